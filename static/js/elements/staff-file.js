// <staff-file>: the staff's file of a room, whole: summaries and changes of urgency. The reporter never sees it.

import { fillNode, slot } from "./message-node.js"
import { show } from "./queue-row.js"
import { wordsOf } from "./words.js"

/** @typedef {import("../protocol/frames.js").RoomEvent} RoomEvent */

export class StaffFile extends HTMLElement {
  #newest = 0

  /** The server sends the file whole each time; of two acts at once, an older one may come last. @param {RoomEvent[]} events */
  show(events) {
    const newest = events.at(-1)?.seq ?? 0
    if (newest < this.#newest) return
    this.#newest = newest
    const words = wordsOf(this)
    slot(this, "list")?.replaceChildren(...events.map((event) => this.#node(event, words)))
    show(this, "empty", events.length === 0)
  }

  /** @param {RoomEvent} event @param {any} words */
  #node(event, words) {
    const template = /** @type {HTMLTemplateElement} */ (this.querySelector("template"))
    const node = /** @type {HTMLElement} */ (document.importNode(template.content, true).firstElementChild)
    fillNode(node, event, words)
    return node
  }
}

customElements.define("staff-file", StaffFile)
