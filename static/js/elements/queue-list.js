// <queue-list you>: the staff's queue. Takes over the rows the server rendered and keeps them live, in order, without
// moving the focus. Emits: "open-room" {room}, "claim-room" {room}. What the order is, is in protocol/queue.js.

import { SECTIONS, moveFrom, sectionsOf } from "../protocol/queue.js"
import { fillFlood, fillRow, say, show } from "./queue-row.js"
import { moving } from "./settling.js"

/** @typedef {import("../protocol/queue.js").Row} Row */
/** @typedef {import("../protocol/queue.js").Entry} Entry */
/** @typedef {import("../protocol/queue.js").Section} Section */

export class QueueList extends HTMLElement {
  /** Nodes by room, and folds by their key. @type {Map<string, HTMLElement>} */
  #nodes = new Map()
  #current = ""

  connectedCallback() {
    for (const node of this.#rows()) this.#nodes.set(node.dataset.room ?? "", node)
    this.addEventListener("click", (click) => this.#onClick(click))
    this.addEventListener("submit", (submit) => this.#onClaim(submit))
  }

  /** @param {Row[]} rows */
  show(rows) {
    moving(() => this.#show(rows))
  }

  /** @param {Row[]} rows */
  #show(rows) {
    const focused = /** @type {HTMLElement | null} */ (this.contains(document.activeElement) ? document.activeElement : null)
    const room = this.focusedRoom
    const sections = new Map(sectionsOf(rows, this.#you).map((section) => [section.id, section]))
    for (const id of SECTIONS) this.#showSection(id, sections.get(id))
    show(this, "empty", rows.length === 0)
    this.#forget(new Set(rows.map((row) => row.room)))
    this.#mark()
    if (focused === null) return
    // A row that changed its place keeps the focus it had; of what went away, as the button of a colleague's row, its line has it.
    const place = inSight(focused)
    if (!place.checkVisibility()) this.focusRoom(room)
    else if (document.activeElement !== focused) place.focus({ preventScroll: true })
  }

  /** The room that stands beside the queue. @param {string} room */
  set current(room) {
    this.#current = room
    this.#mark()
  }

  /** The room of the line that has the focus; "" for none. */
  get focusedRoom() {
    return document.activeElement?.closest("queue-list [data-room]")?.getAttribute("data-room") ?? ""
  }

  /** Move the focus from line to line; a folded flood is one line. @param {1 | -1} step */
  move(step) {
    const lines = this.#lines()
    const at = lines.indexOf(/** @type {HTMLElement} */ (document.activeElement))
    const from = at >= 0 ? at : lines.findIndex((line) => line.parentElement?.dataset.room === this.#current)
    lines[moveFrom(from, step, lines.length)]?.focus()
  }

  /** Put the focus on a room's line, or else the first. @param {string} room */
  focusRoom(room) {
    const line = this.#nodes.get(room)?.querySelector("a") ?? this.#lines()[0]
    if (line !== undefined) inSight(line).focus()
  }

  get #you() {
    return this.getAttribute("you") ?? ""
  }

  #rows() {
    return /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-room]"))
  }

  /** What the focus can stand on, from the top. */
  #lines() {
    const all = /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll(".row__open, .flood__line"))
    return [...all].filter((line) => line.checkVisibility())
  }

  /** @param {string} id @param {Section | undefined} section */
  #showSection(id, section) {
    const place = /** @type {HTMLElement} */ (this.querySelector(`[data-section="${id}"]`))
    place.hidden = section === undefined
    say(place, "total", String(section?.count ?? 0))
    const list = /** @type {HTMLElement} */ (place.querySelector("ol"))
    arrange(list, (section?.entries ?? []).map((entry) => this.#nodeFor(entry)))
  }

  /** @param {Entry} entry */
  #nodeFor(entry) {
    return entry.folded ? this.#floodNode(entry) : this.#rowNode(entry.row)
  }

  /** @param {Row} row */
  #rowNode(row) {
    const node = this.#nodes.get(row.room) ?? this.#clone("row")
    this.#nodes.set(row.room, node)
    fillRow(node, row, this.#you)
    return node
  }

  /** @param {import("../protocol/queue.js").Fold} fold */
  #floodNode(fold) {
    const node = this.#nodes.get(fold.key) ?? this.#renderedAround(fold) ?? this.#clone("flood")
    this.#nodes.set(fold.key, node)
    fillFlood(node, fold)
    const list = /** @type {HTMLElement} */ (node.querySelector("ol"))
    arrange(list, fold.rows.map((row) => this.#rowNode(row)))
    return node
  }

  /** The fold the server rendered around these rows; unfolded or not, it stays as it is. @param {import("../protocol/queue.js").Fold} fold */
  #renderedAround(fold) {
    return /** @type {HTMLElement | undefined} */ (this.#nodes.get(fold.rows[0]?.room ?? "")?.closest(".flood") ?? undefined)
  }

  /** @param {string} name */
  #clone(name) {
    const template = /** @type {HTMLTemplateElement} */ (this.querySelector(`template[data-template="${name}"]`))
    return /** @type {HTMLElement} */ (document.importNode(template.content, true).firstElementChild)
  }

  /** @param {Set<string>} rooms */
  #forget(rooms) {
    for (const [key, node] of this.#nodes) {
      if (!node.isConnected && !rooms.has(key)) this.#nodes.delete(key)
    }
  }

  #mark() {
    for (const node of this.#rows()) {
      const open = node.querySelector("a")
      if (node.dataset.room === this.#current) open?.setAttribute("aria-current", "true")
      else open?.removeAttribute("aria-current")
    }
  }

  /** @param {MouseEvent} click */
  #onClick(click) {
    const row = /** @type {Element} */ (click.target).closest(".row__open")?.closest("[data-room]")
    // With a modifier it is a link like any other: a new tab, a new window.
    if (!row || click.ctrlKey || click.metaKey || click.shiftKey) return
    click.preventDefault()
    this.#emit("open-room", row)
  }

  /** @param {SubmitEvent} submit */
  #onClaim(submit) {
    const row = /** @type {Element} */ (submit.target).closest("[data-room]")
    if (row === null) return
    submit.preventDefault()
    this.#emit("claim-room", row)
  }

  /** @param {string} name @param {Element} row */
  #emit(name, row) {
    this.dispatchEvent(new CustomEvent(name, { detail: { room: row.getAttribute("data-room") }, bubbles: true }))
  }
}

/** The line it is folded behind, or else itself. @param {HTMLElement} place */
function inSight(place) {
  return place.closest("details:not([open])")?.querySelector("summary") ?? place
}

/** Make `nodes` the children of `list`, touching only what is out of place. @param {HTMLElement} list @param {HTMLElement[]} nodes */
function arrange(list, nodes) {
  const wanted = new Set(nodes)
  for (const child of [...list.children]) if (!wanted.has(/** @type {HTMLElement} */ (child))) child.remove()
  nodes.forEach((node, place) => {
    const there = list.children[place] ?? null
    if (there === node) return
    // One that goes down lets the others stay: they keep the focus, and a reader's place.
    if (there?.nextElementSibling === node) list.append(there)
    else list.insertBefore(node, there)
  })
}

customElements.define("queue-list", QueueList)
