// The other way of a conversation, where pages come and the line does not: filters of schools take websockets away. What
// was said goes as the room's form sends it, under the same id; what is new comes as for a browser without scripts.

import { fetchPage } from "./page.js"
import { fetchLines } from "./room-page.js"

/** @typedef {import("./connection.js").Connection} Connection */
/** @typedef {import("../protocol/frames.js").Act} Act */
/** @typedef {import("../protocol/outbox.js").Outbox} Outbox */

const LOOK_AFTER_MS = 10_000
const NO_CONTENT = 204
const REFUSED = 400
const SERVER_ERROR = 500

/** Emits: "taken" {isTaken}, "page" (what fetchLines brings), "ack" {id}, "refused" {id, text, act}, "over", "elsewhere". */
export class Detour extends EventTarget {
  #connection
  #outbox
  #formMark
  #room
  #isOpen = false
  #isTaken = false
  #isGoing = false
  /** Whether something was said since what goes this way set out. */
  #isHurried = false
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #waiting

  /** @param {Connection} connection @param {Outbox} outbox @param {string} formMark @param {string} room */
  constructor(connection, outbox, formMark, room) {
    super()
    this.#connection = connection
    this.#outbox = outbox
    this.#formMark = formMark
    this.#room = room
  }

  /** Go this way whenever the line is down, until `close()`. */
  open() {
    this.#isOpen = true
    this.#wait()
  }

  close() {
    this.#isOpen = false
    clearTimeout(this.#waiting)
  }

  /** Somebody waits for what they just said. */
  hurry() {
    if (this.#isGoing) this.#isHurried = true
    else if (this.#isTaken) this.#go()
  }

  /** With chance in it: after an outage a school full of pages does not come in the same second. */
  #wait() {
    if (this.#isOpen) this.#waiting = setTimeout(() => this.#go(), LOOK_AFTER_MS * (1 + Math.random()))
  }

  async #go() {
    clearTimeout(this.#waiting)
    this.#isGoing = true
    do {
      this.#isHurried = false
      this.#take(this.#connection.isCutOff && (await this.#carry()))
    } while (this.#isHurried && this.#isTaken && this.#isOpen)
    this.#isGoing = false
    this.#wait()
  }

  /** What is said before what is read, so that it stands there. @returns {Promise<boolean>} Whether this way leads there. */
  async #carry() {
    // Asked for, the server takes it as read, and the reader as here.
    const isLooking = document.visibilityState === "visible"
    if (!isLooking && !this.#outbox.isWaiting) return this.#isTaken
    return (await this.#say()) && (!isLooking || (await this.#look()))
  }

  /** In their order, and no further than where one does not get in. */
  async #say() {
    for (const act of this.#outbox.unanswered()) if (act.t === "say" && !(await this.#post(act))) return false
    return true
  }

  /** @param {Act} act */
  async #post(act) {
    const said = { csrf: this.#formMark, room: this.#room, id: act.id, body: String(act.body), do: "say" }
    const { status, page } = await fetchPage("/", "[data-slot=journey]", new URLSearchParams(said))
    if (status === NO_CONTENT) return true // To a frame: whether it got in, is seen where it stands.
    if (page === null || status >= SERVER_ERROR || !this.#isOpen) return false
    // Who is not let in any more is led elsewhere: there the words are not.
    if (page.querySelector(".room, .receipt") !== null) return this.#settle(act, page)
    if (status < REFUSED) this.#tell("over", {})
    return false
  }

  /** @param {Act} act @param {Document} page */
  #settle(act, page) {
    const text = page.querySelector("message-composer [data-slot=error]")?.textContent ?? ""
    this.#outbox.settle(act.id)
    return text === "" ? this.#tell("ack", { id: act.id }) : this.#tell("refused", { id: act.id, text, act })
  }

  async #look() {
    const told = await fetchLines("/history")
    if (told === null || !this.#isOpen) return false
    if (told.room !== this.#room) return this.#tell("elsewhere", {})
    told.lines.forEach((line) => this.#outbox.settle(line.dataset.id ?? ""))
    return this.#tell("page", told)
  }

  /** @param {boolean} isTaken */
  #take(isTaken) {
    if (isTaken !== this.#isTaken && this.#isOpen) this.#tell("taken", { isTaken })
    this.#isTaken = isTaken
  }

  /** @param {string} name @param {object} detail */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }))
    return true
  }
}
