// One line above the composer, on both sides: the gravest thing there is to say about the connection.

import { put } from "./message-node.js"

/** A line that is down for less is only blinking: not worth a word. */
export const BLINK_MS = 1500

export class StatusLine {
  #room
  #words
  /** @type {Set<string>} */
  #true = new Set()
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #blink

  /** @param {HTMLElement} room @param {any} words For each name of `set` what is said. */
  constructor(room, words) {
    this.#room = room
    this.#words = words
  }

  /** Say from now on how `line` is. @param {EventTarget} line */
  follow(line) {
    line.addEventListener("late", (late) => this.set("late", /** @type {CustomEvent} */ (late).detail.late))
    line.addEventListener("offline", () => {
      this.letGo()
      this.#blink = setTimeout(() => this.set("offline", true), BLINK_MS)
    })
    line.addEventListener("online", () => {
      this.letGo()
      this.set("offline", false)
    })
  }

  /** Say nothing more by itself. */
  letGo() {
    clearTimeout(this.#blink)
  }

  /** @param {"elsewhere" | "over" | "late" | "offline"} name @param {boolean} holds */
  set(name, holds) {
    if (holds) this.#true.add(name)
    else this.#true.delete(name)
    const gravest = ["elsewhere", "over", "late", "offline"].find((each) => this.#true.has(each))
    put(this.#room, "line", gravest === undefined ? "" : this.#words[gravest])
  }
}
