// One line of a conversation as a DOM node. The markup is templates/parts/events.html, cloned: the server and this
// file fill the same slots. Text, always: the sender is a stranger.

import { fill, timeInWords } from "./words.js"

/** @typedef {import("../protocol/frames.js").RoomEvent} RoomEvent */
/** @typedef {"own" | "other" | "note"} Look */

const MESSAGES = new Set(["message_posted", "report_submitted", "attachment_added"])

/** @param {RoomEvent} event @param {boolean} own @returns {Look} */
export function lookOf(event, own) {
  if (!MESSAGES.has(event.kind)) return "note"
  return own ? "own" : "other"
}

/** @param {RoomEvent} event Who wrote it, as one word: lines by one author stand together. */
function authorOf(event) {
  return MESSAGES.has(event.kind) ? `${event.by.role}:${event.by.id}` : ""
}

/** @param {HTMLElement} node @param {RoomEvent} event @param {any} words */
export function fillNode(node, event, words) {
  node.dataset.seq = String(event.seq)
  node.dataset.id = event.id
  node.dataset.author = authorOf(event)
  put(node, "who", nameOf(event, words))
  put(node, "text", noteOf(event, words))
  put(node, "body", event.body)
  putTime(node, event.at)
  putDetails(node, event, words)
}

/** @param {ParentNode} node @param {number} at Unix seconds. */
export function putTime(node, at) {
  const time = /** @type {HTMLElement | null} */ (slot(node, "at"))
  if (time === null || !at) return
  time.dataset.at = String(at)
  const words = timeInWords(at)
  // The same words written again are news to a screen reader.
  if (time.textContent !== words) time.textContent = words
}

/** @param {ParentNode} node @param {string} name @param {string} text */
export function put(node, name, text) {
  const place = slot(node, name)
  if (place === null) return
  // The same words written again are news to a screen reader.
  if (place.textContent !== text) place.textContent = text
  place.hidden = text === ""
}

/** @param {ParentNode} node @param {string} name @returns {HTMLElement | null} */
export function slot(node, name) {
  return node.querySelector(`[data-slot="${name}"]`)
}

/** @param {RoomEvent} event @param {any} words */
function nameOf(event, words) {
  return event.by.name || words.authors[event.by.role] || ""
}

/** @param {RoomEvent} event @param {any} words */
function noteOf(event, words) {
  const exact = words.notes[`${event.kind}:${event.details?.urgency}`]
  const [plain, named] = exact ?? words.notes[event.kind] ?? words.notes.other
  return event.by.name && named ? fill(named, { name: event.by.name }) : plain
}

/** @param {HTMLElement} node @param {RoomEvent} event @param {any} words */
function putDetails(node, event, words) {
  const list = slot(node, "details")
  if (list === null) return
  // What is told of a file stands in its figure.
  const told = event.kind === "attachment_added" ? {} : (event.details ?? {})
  const rows = Object.entries(told).flatMap(([key, value]) => detail(key, value, words))
  list.replaceChildren(...rows)
  list.hidden = rows.length === 0
}

/** @param {string} key @param {string} value @param {any} words @returns {HTMLElement[]} */
function detail(key, value, words) {
  const label = words.details[key]
  const said = words.answers[key]?.[value] ?? value
  if (!label || !said) return []
  const row = document.createElement("div")
  const term = document.createElement("dt")
  const description = document.createElement("dd")
  term.textContent = label
  description.dir = "auto"
  description.textContent = said
  row.append(term, description)
  return [row]
}
