// <time-since since="unix seconds">: how long ago, in words, and true again every ten seconds. 0 means never: nothing shown.

import { ServerClock } from "../protocol/clock.js"

const TICK_MS = 10_000
/** @type {[Intl.NumberFormatOptions["unit"], number][]} */
const UNITS = [["day", 86_400], ["hour", 3600], ["minute", 60]]

/** @type {Set<TimeSince>} */
const shown = new Set()
const clock = new ServerClock()
setInterval(showAll, TICK_MS)

/** The server said what time it is. @param {number} seconds Unix seconds. */
export function setTime(seconds) {
  clock.set(seconds, Date.now())
  showAll()
}

function showAll() {
  shown.forEach((element) => element.show())
}

export class TimeSince extends HTMLElement {
  static observedAttributes = ["since"]

  connectedCallback() {
    shown.add(this)
    this.show()
  }

  disconnectedCallback() {
    shown.delete(this)
  }

  attributeChangedCallback() {
    this.show()
  }

  get since() {
    return Number(this.getAttribute("since") ?? 0)
  }

  set since(seconds) {
    if (seconds !== this.since) this.setAttribute("since", String(seconds))
  }

  show() {
    const text = this.since > 0 ? ageInWords(clock.secondsSince(this.since, Date.now())) : ""
    // The same words written again are news to a screen reader.
    if (text !== this.textContent) this.replaceChildren(text)
  }
}

/** "<1 min", "5 min", "2 hr", "3 days": the largest whole unit, in the page's language. @param {number} seconds */
function ageInWords(seconds) {
  const [unit, size] = UNITS.find(([, length]) => seconds >= length) ?? ["minute", 60]
  const format = new Intl.NumberFormat(document.documentElement.lang || "en", { style: "unit", unit, unitDisplay: "short" })
  return seconds < 60 ? `<${format.format(1)}` : format.format(Math.floor(seconds / size))
}

customElements.define("time-since", TimeSince)
