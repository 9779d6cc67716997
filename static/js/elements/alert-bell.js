// <alert-bell>: calls a person while a room is unclaimed: a band over the page, the tab's title, a sound, a notice on
// the desktop (a number, never words). Quiet the moment somebody claims. When to call is in protocol/alarm.js.
// A flood is one call and one notice, which counts.
// Emits: "take" {room} for "Claim and open", "focus-lost" {room} when the band went away under the keyboard.

import { GAP, alarmOf, hasNews, isDue } from "../protocol/alarm.js"
import { isMine, isUnread } from "../protocol/queue.js"
import { AlertSound } from "./alert-sound.js"
import { slot } from "./message-node.js"
import { age, say, show } from "./queue-row.js"
import { moving } from "./settling.js"
import { fill, fillCount } from "./words.js"

/** @typedef {import("../protocol/queue.js").Row} Row */
/** @typedef {import("../protocol/alarm.js").Alarm} Alarm */
/** @typedef {NotificationOptions & { renotify?: boolean }} NoticeOptions */

const TICK_MS = 1000
/** In seconds: who has a flood read to them must hear something else in between. */
const SAID_EVERY = 15

export class AlertBell extends HTMLElement {
  #sound = new AlertSound()
  #alarm = alarmOf([])
  /** @type {Map<string, Row>} */
  #rows = new Map()
  #soundedAt = -Infinity
  #nudgedAt = -Infinity
  /** Whether something came since it sounded. */
  #news = false
  /** Whether something came since it was said in words. */
  #unsaid = false
  #saidAt = -Infinity
  #blocked = false
  /** What stands on the desktop for the alarm as it is. @type {Notification | null} */
  #notice = null
  /** Whether the person wants to hear of life safety only. */
  lifeSafetyOnly = false

  connectedCallback() {
    setInterval(() => this.#ring(), TICK_MS)
    this.addEventListener("click", (click) => this.#onClick(click))
    // Any press anywhere lets the browser play: take it, so that the first alert is heard. Not each one does, and a
    // phone call takes it away again: so take all there are.
    for (const press of ["click", "keydown"]) addEventListener(press, () => this.#unblock())
  }

  /** The queue as it is now. @param {Row[]} rows @param {string} you */
  show(rows, you) {
    const before = this.#alarm
    this.#rows = new Map(rows.map((row) => [row.room, row]))
    this.#alarm = alarmOf(rows)
    if (this.#alarm.level !== before.level) this.#hush()
    if (this.#notice !== null && this.#alarm.count < before.count) this.#showNotice({ silent: true })
    const news = hasNews(this.#alarm, before)
    this.#news ||= news
    this.#unsaid ||= news
    // What stands there may be true no more.
    if (!news && this.#alarm.count !== before.count) say(this, "news", "")
    this.#ring()
    this.#showTitle(rows.filter((row) => isMine(row, you) && isUnread(row)).length)
    this.#showBand()
  }

  /** The session is over: what was known may be true no more, and the server, to which nothing is shown now, calls others. */
  rest() {
    this.show([], "")
    document.title = this.dataset.titleOver ?? ""
  }

  /**
   * Something is for this person alone: one soft tone, and a notice while they look elsewhere. Gives back its words.
   * @param {string | number} number @param {import("../protocol/queue.js").News} news
   */
  nudge(number, news) {
    const { noticeAnswer, noticeGiven, noticeAsked } = this.dataset
    const words = fill({ answer: noticeAnswer, given: noticeGiven, asked: noticeAsked }[news] ?? "", { number })
    this.#notify(words, { tag: String(number) })
    const now = seconds()
    if (now - this.#nudgedAt >= GAP) {
      this.#nudgedAt = now
      this.#sound.play("answer")
    }
    return words
  }

  /** @returns {Promise<boolean>} whether it could be heard */
  async test() {
    const heard = await this.#sound.play("life_safety")
    this.#showBlocked(!heard)
    return heard
  }

  /** Called each second and at each change. */
  #ring() {
    this.#sayNews()
    const now = seconds()
    const ago = now - this.#soundedAt
    if (!isDue(this.#alarm, { news: this.#news, ago, lifeSafetyOnly: this.lifeSafetyOnly })) return
    this.#soundedAt = now
    const tune = this.#alarm.level === "life_safety" ? "life_safety" : "new"
    this.#sound.play(tune).then((heard) => this.#showBlocked(!heard))
    // In the place of the last one, and so without a word of the browser's own, unless it is about life safety.
    if (this.#news) this.#showNotice({ renotify: this.#alarm.level === "life_safety" })
    this.#news = false
  }

  /** A tune has no words, and may be switched off. Life safety has its band. */
  #sayNews() {
    const now = seconds()
    if (!this.#unsaid || now - this.#saidAt < SAID_EVERY) return
    this.#saidAt = now
    this.#unsaid = false
    say(this, "news", this.#alarm.level === "new" ? this.#words : "")
  }

  /** Claimed means quiet now, not after the tune; and what is graver waits for nothing. */
  #hush() {
    this.#sound.hush()
    this.#soundedAt = -Infinity
    this.#news = this.#unsaid = false
    this.#saidAt = -Infinity
    this.#notice?.close()
    this.#notice = null
  }

  async #unblock() {
    if (!this.#sound.isAwake && (await this.#sound.unblock())) this.#showBlocked(false)
  }

  /** @param {boolean} blocked */
  #showBlocked(blocked) {
    if (this.#blocked === blocked) return
    this.#blocked = blocked
    // As it is by then, not as it was when the press began.
    moving(() => show(this, "blocked", this.#blocked))
  }

  /** @param {number} unread */
  #showTitle(unread) {
    const { level, count } = this.#alarm
    const shown = level === "quiet" ? unread : count
    const { titleDanger = "", titleCount = "", titleQueue = "" } = this.dataset
    const words = level === "life_safety" ? titleDanger : shown > 0 ? titleCount : titleQueue
    document.title = fill(words, { count: shown })
  }

  #showBand() {
    if (this.#inDanger?.room === this.#shownBand?.dataset.room) return this.#fillBand()
    // Another room, or none, only when no press is on its way to this one.
    moving(() => {
      const before = this.#shownBand
      const hadFocus = before?.contains(document.activeElement)
      // Of another room all is said, not only its number.
      if (this.#inDanger?.room !== before?.dataset.room) {
        slot(this, "danger-place")?.replaceChildren(...(this.#inDanger === undefined ? [] : [this.#band()]))
      }
      this.#fillBand()
      if (hadFocus && !before?.isConnected) this.#emit("focus-lost", before?.dataset.room)
    })
  }

  /** The same band stays in place: replacing it would be read aloud again and again. */
  #fillBand() {
    const row = this.#inDanger
    const band = this.#shownBand
    if (band === null || row === undefined) return
    band.dataset.room = row.room
    say(band, "number", `R-${row.number}`)
    say(band, "school", row.school)
    say(band, "category", row.category_label)
    age(band, "waiting", row.waiting_since)
    say(band, "more-count", String(this.#alarm.count - 1))
    show(band, "more", this.#alarm.count > 1)
  }

  get #shownBand() {
    return /** @type {HTMLElement | null} */ (slot(this, "danger-place")?.firstElementChild ?? null)
  }

  #band() {
    const template = /** @type {HTMLTemplateElement} */ (this.querySelector("template"))
    return document.importNode(template.content, true)
  }

  /** Of those whose life is in danger, who has waited longest. */
  get #inDanger() {
    if (this.#alarm.level !== "life_safety") return undefined
    const rows = this.#alarm.rooms.flatMap((room) => this.#rows.get(room) ?? [])
    return rows.sort((a, b) => a.waiting_since - b.waiting_since)[0]
  }

  /** Each level has one, so that life safety never queues up behind a flood. @param {NoticeOptions} how */
  #showNotice(how) {
    const notice = this.#notify(this.#words, { ...how, tag: this.#alarm.level })
    if (notice === null) return
    this.#notice = notice
    // Who puts it away is not to see it again because there are fewer.
    notice.onclose = () => {
      if (this.#notice === notice) this.#notice = null
    }
  }

  /** The alarm as it is, as a number. */
  get #words() {
    const { level, count, rooms } = this.#alarm
    const { noticeNew, noticeNewMany, noticeDanger, noticeDangerMany } = this.dataset
    const [one, many] = level === "life_safety" ? [noticeDanger, noticeDangerMany] : [noticeNew, noticeNewMany]
    if (count > 1) return fillCount(JSON.parse(many ?? "{}"), count)
    return fill(one ?? "", { number: this.#rows.get(rooms[0] ?? "")?.number ?? "" })
  }

  /** A number, never words: a desktop is read by whoever passes. @param {string} title @param {NoticeOptions} options */
  #notify(title, options) {
    if (!("Notification" in window) || Notification.permission !== "granted" || document.hasFocus()) return null
    const notice = makeNotice(title, options)
    if (notice !== null) notice.onclick = () => window.focus()
    return notice
  }

  /** @param {MouseEvent} click */
  #onClick(click) {
    const target = /** @type {Element} */ (click.target)
    if (target.closest("[data-unblock]")) this.test()
    const room = target.closest("[data-take]")?.closest("[data-room]")?.getAttribute("data-room")
    if (room) this.#emit("take", room)
  }

  /** @param {string} name @param {string | undefined} room */
  #emit(name, room) {
    this.dispatchEvent(new CustomEvent(name, { detail: { room }, bubbles: true }))
  }
}

/** Where a browser lets only a service worker show one (on Android), there is none. @param {string} title @param {NoticeOptions} options */
function makeNotice(title, options) {
  try {
    return new Notification(title, options)
  } catch {
    return null
  }
}

/** In seconds of the page, which nobody sets back. */
function seconds() {
  return performance.now() / 1000
}

customElements.define("alert-bell", AlertBell)
