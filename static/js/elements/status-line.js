// One line above the composer, on both sides: the gravest thing there is to say about the connection.

import { on } from "./hearing.js"
import { put, slot } from "./message-node.js"

/** A line that is down for less is only blinking: not worth a word. */
export const BLINK_MS = 1500

export class StatusLine {
  #room
  /** @type {Set<string>} */
  #true = new Set()
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #blink

  /** @param {HTMLElement} room Its slot has, as data, the words for each name. */
  constructor(room) {
    this.#room = room
  }

  /** Say from now on how `line` is. @param {EventTarget} line */
  follow(line) {
    on(line, "late", ({ late }) => this.set("late", late))
    on(line, "offline", () => {
      this.letGo()
      this.#blink = setTimeout(() => this.set("offline", true), BLINK_MS)
    })
    // Once it is over nobody keeps trying; what that means is said by others.
    for (const end of ["online", "over"]) {
      on(line, end, () => {
        this.letGo()
        this.set("offline", false)
      })
    }
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
    put(this.#room, "line", (gravest && slot(this.#room, "line")?.dataset[gravest]) ?? "")
  }
}
