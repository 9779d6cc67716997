// One line above the composer, on both sides: the gravest thing there is to say about the connection. And, for it and the
// bar on top of the desk, when a line is down, and that whoever listens hears it once.

import { on } from "./hearing.js"
import { put, slot } from "./message-node.js"

/** A line that is down for less is only blinking: not worth a word. */
const BLINK_MS = 1500
/** On what says of a line that it is down. */
const DOWN = "data-down"

export class StatusLine {
  #room
  /** @type {Set<string>} */
  #true = new Set()
  #hearNoMore = () => {}

  /** @param {HTMLElement} room Its slot has, as data, the words for each name. */
  constructor(room) {
    this.#room = room
  }

  /** Say from now on how `line` is. @param {EventTarget} line */
  follow(line) {
    on(line, "late", ({ late }) => this.set("late", late))
    this.#hearNoMore = hearOfBreaks(line, (isDown) => this.set("offline", isDown))
  }

  /** Say nothing more by itself. */
  letGo() {
    this.#hearNoMore()
  }

  /** @param {"elsewhere" | "over" | "detour" | "late" | "offline"} name @param {boolean} holds */
  set(name, holds) {
    if (holds) this.#true.add(name)
    else this.#true.delete(name)
    const gravest = ["elsewhere", "over", "detour", "late", "offline"].find((each) => this.#true.has(each))
    const place = slot(this.#room, "line")
    if (place !== null) speakOnce(place, gravest === "offline")
    put(this.#room, "line", (gravest && place?.dataset[gravest]) ?? "")
  }
}

/**
 * Tell when a line is down, and when it is no more. Once it is over nobody keeps trying; what that means is said by others.
 * @param {EventTarget} line @param {(isDown: boolean) => void} tell @returns {() => void} Takes back what is to be told in a moment.
 */
export function hearOfBreaks(line, tell) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let blink
  const stop = () => clearTimeout(blink)
  on(line, "offline", () => {
    stop()
    blink = setTimeout(() => tell(true), BLINK_MS)
  })
  for (const end of ["online", "over", "elsewhere"]) {
    on(line, end, () => {
      stop()
      tell(false)
    })
  }
  return stop
}

/**
 * A desk has many lines, and mostly all of them are down together: where it stands for all to see already, what says it
 * next is seen and not heard.
 * @param {HTMLElement} place @param {boolean} isDown
 */
export function speakOnce(place, isDown) {
  const others = [...document.querySelectorAll(`[${DOWN}]`)].filter((each) => each !== place && each.checkVisibility())
  place.toggleAttribute(DOWN, isDown)
  if (isDown && others.length > 0) place.setAttribute("aria-live", "off")
  else place.removeAttribute("aria-live")
}
