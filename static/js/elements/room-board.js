// <room-board>: the rooms that are open, side by side where there is room, as tabs where there is not.
// Emits: "current-room" {room} ("" for the queue) when another one comes to the front.

import { slot } from "./message-node.js"
import { say, show } from "./queue-row.js"
import { RoomColumn } from "./room-column.js"

/** @typedef {import("../protocol/queue.js").Row} Row */

export class RoomBoard extends HTMLElement {
  #current = ""

  connectedCallback() {
    for (const column of this.columns) this.#addTab(column)
    this.#current = this.columns[0]?.room ?? ""
    this.#mark()
    this.addEventListener("click", (click) => this.#onClick(click))
    this.addEventListener("focusin", (focus) => this.#onFocus(focus))
  }

  get columns() {
    return /** @type {RoomColumn[]} */ ([...this.#rooms.querySelectorAll("room-column")])
  }

  get current() {
    return this.find(this.#current)
  }

  /** @param {string} room */
  find(room) {
    return this.columns.find((column) => column.room === room) ?? null
  }

  /** @param {HTMLElement} node */
  add(node) {
    node.removeAttribute("data-current")
    this.#rooms.append(node)
    const column = /** @type {RoomColumn} */ (node)
    this.#addTab(column)
    return column
  }

  /** Put a fresh node of the same room in a column's place. @param {RoomColumn} column @param {HTMLElement} node */
  exchange(column, node) {
    node.toggleAttribute("data-current", column.room === this.#current)
    column.replaceWith(node)
    return /** @type {RoomColumn} */ (node)
  }

  /** Whether a room stands before somebody's eyes, and not behind another or beyond the edge. @param {string} room */
  shows(room) {
    const column = this.find(room)
    if (column === null || !column.checkVisibility()) return false
    const [seen, whole] = [column.getBoundingClientRect(), this.#rooms.getBoundingClientRect()]
    return seen.right > whole.left && seen.left < whole.right
  }

  /** Put a room away; its neighbour comes to the front. @param {string} room */
  putAway(room) {
    const columns = this.columns
    const place = columns.findIndex((column) => column.room === room)
    const next = columns[place + 1] ?? columns[place - 1]
    columns[place]?.remove()
    this.#tab(room)?.remove()
    if (room === this.#current) this.bring(next?.room ?? "")
  }

  /** Bring a room to the front; "" for the queue. @param {string} room */
  bring(room) {
    this.#current = room
    this.#mark()
    this.current?.scrollIntoView({ block: "nearest", inline: "nearest" })
    this.current?.list.scrollToEnd()
    this.#tell()
  }

  /** The next or previous open room. @param {1 | -1} step */
  move(step) {
    const columns = this.columns
    const at = columns.findIndex((column) => column.room === this.#current)
    const next = columns[(at + step + columns.length) % columns.length]
    if (next === undefined) return
    this.bring(next.room)
    next.focus()
  }

  /** What a tab says of its room while another one is in front. @param {Row} row */
  showRow(row) {
    const tab = this.#tab(row.room)
    if (tab === null) return
    show(tab, "unread", row.head > row.seen && row.room !== this.#current)
    show(tab, "danger", row.urgency === "life_safety")
  }

  get #rooms() {
    return /** @type {HTMLElement} */ (slot(this, "rooms"))
  }

  /** @param {string} room @returns {HTMLElement | null} */
  #tab(room) {
    return this.querySelector(`[data-tab="${CSS.escape(room)}"]`)
  }

  /** @param {RoomColumn} column */
  #addTab(column) {
    const template = /** @type {HTMLTemplateElement} */ (this.querySelector("template"))
    const tab = /** @type {HTMLElement} */ (document.importNode(template.content, true).firstElementChild)
    tab.dataset.tab = column.dataset.room ?? ""
    say(tab, "number", `R-${column.dataset.number}`)
    slot(this, "tabs")?.append(tab)
  }

  #mark() {
    for (const column of this.columns) column.toggleAttribute("data-current", column.room === this.#current)
    for (const tab of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-tab]"))) {
      const pressed = tab.dataset.tab === this.#current
      tab.setAttribute("aria-pressed", String(pressed))
      if (pressed && tab.dataset.tab !== "") show(tab, "unread", false)
    }
  }

  #tell() {
    this.dispatchEvent(new CustomEvent("current-room", { detail: { room: this.#current }, bubbles: true }))
  }

  /** @param {MouseEvent} click */
  #onClick(click) {
    const tab = /** @type {HTMLElement | null} */ (/** @type {Element} */ (click.target).closest("[data-tab]"))
    if (tab !== null) this.bring(tab.dataset.tab ?? "")
  }

  /** The room one works in is the one in front. @param {FocusEvent} focus */
  #onFocus(focus) {
    const column = /** @type {Element} */ (focus.target).closest("room-column")
    if (!(column instanceof RoomColumn) || column.room === this.#current) return
    this.#current = column.room
    this.#mark()
    this.#tell()
  }
}

customElements.define("room-board", RoomBoard)
