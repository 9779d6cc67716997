// <alert-bell>: calls a person while a room is unclaimed: a band over the page, the tab's title, a sound, a notice on
// the desktop (a number, never words). Quiet the moment somebody claims. When to call is in protocol/alarm.js.
// Emits: "take" {room} for "Claim and open".

import { alarmOf, hasNews, isDue } from "../protocol/alarm.js"
import { isMine, isUnread } from "../protocol/queue.js"
import { AlertSound } from "./alert-sound.js"
import { slot } from "./message-node.js"
import { age, say, show } from "./queue-row.js"
import { moving } from "./settling.js"
import { fill } from "./words.js"

/** @typedef {import("../protocol/queue.js").Row} Row */
/** @typedef {import("../protocol/alarm.js").Alarm} Alarm */

const TICK_MS = 1000

export class AlertBell extends HTMLElement {
  #sound = new AlertSound()
  #alarm = alarmOf([])
  /** @type {Map<string, Row>} */
  #rows = new Map()
  #soundedAt = 0
  #blocked = false
  /** @type {Map<string, Notification>} */
  #notices = new Map()
  /** Whether the person wants to hear of life safety only. */
  lifeSafetyOnly = false

  connectedCallback() {
    setInterval(() => this.#ring(this.#alarm), TICK_MS)
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
    this.#ring(before)
    this.#showTitle(rows.filter((row) => isMine(row, you) && isUnread(row)).length)
    this.#showBand()
    this.#showNotices(before)
  }

  /** The session is over: what was known may be true no more, and the server, to which nothing is shown now, calls others. */
  rest() {
    this.show([], "")
    document.title = this.dataset.titleOver ?? ""
  }

  /** Somebody answered in a room of one's own while one looked elsewhere. @param {string | number} number */
  nudge(number) {
    this.#sound.play("answer")
    this.#notify(String(number), this.dataset.noticeAnswer ?? "", number)
  }

  /** @returns {Promise<boolean>} whether it could be heard */
  async test() {
    const heard = await this.#sound.play("life_safety")
    this.#showBlocked(!heard)
    return heard
  }

  /** Called each second and at each change; `before` is what was known when it last sounded. @param {Alarm} before */
  #ring(before) {
    const now = Date.now() / 1000
    if (!isDue(this.#alarm, before, { now, last: this.#soundedAt, lifeSafetyOnly: this.lifeSafetyOnly })) return
    this.#soundedAt = now
    const tune = this.#alarm.level === "life_safety" ? "life_safety" : "new"
    this.#sound.play(tune).then((heard) => this.#showBlocked(!heard))
  }

  /** Claimed means quiet now, not after the tune. */
  #hush() {
    this.#sound.hush()
    this.#soundedAt = 0
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
      if ((this.#inDanger === undefined) !== (this.#shownBand === null)) {
        slot(this, "danger-place")?.replaceChildren(...(this.#inDanger === undefined ? [] : [this.#band()]))
      }
      this.#fillBand()
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

  /** @param {Alarm} before */
  #showNotices(before) {
    for (const [room, notice] of this.#notices) {
      if (this.#alarm.rooms.includes(room)) continue
      notice.close()
      this.#notices.delete(room)
    }
    if (!hasNews(this.#alarm, before) || (this.#alarm.level === "new" && this.lifeSafetyOnly)) return
    const room = this.#alarm.rooms.find((each) => !before.rooms.includes(each)) ?? this.#alarm.rooms[0] ?? ""
    const words = this.#alarm.level === "life_safety" ? this.dataset.noticeDanger : this.dataset.noticeNew
    const notice = this.#notify(room, words ?? "", this.#rows.get(room)?.number ?? "")
    if (notice !== null) this.#notices.set(room, notice)
  }

  /** A number, never words: a desktop is read by whoever passes. @param {string} tag @param {string} words @param {string | number} number */
  #notify(tag, words, number) {
    if (!("Notification" in window) || Notification.permission !== "granted" || document.hasFocus()) return null
    const notice = makeNotice(fill(words, { number }), tag)
    if (notice !== null) notice.onclick = () => window.focus()
    return notice
  }

  /** @param {MouseEvent} click */
  #onClick(click) {
    const target = /** @type {Element} */ (click.target)
    if (target.closest("[data-unblock]")) this.test()
    const room = target.closest("[data-take]")?.closest("[data-room]")?.getAttribute("data-room")
    if (room) this.dispatchEvent(new CustomEvent("take", { detail: { room }, bubbles: true }))
  }
}

/** Where a browser lets only a service worker show one (on Android), there is none. @param {string} title @param {string} tag */
function makeNotice(title, tag) {
  try {
    return new Notification(title, { tag })
  } catch {
    return null
  }
}

customElements.define("alert-bell", AlertBell)
