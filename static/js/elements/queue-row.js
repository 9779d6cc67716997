// One line of the queue as a DOM node. The markup is the row macro of templates/console/parts/queue.html, cloned:
// the server and this file fill the same slots. Text, always: the last words are a stranger's.

import { isInvited, isUnclaimed, isUnread, silentSince } from "../protocol/queue.js"
import { slot } from "./message-node.js"
import { TimeSince } from "./time-since.js"
import { fillCount, wordsOf } from "./words.js"

/** @typedef {import("../protocol/queue.js").Row} Row */
/** @typedef {import("../protocol/queue.js").Fold} Fold */

/** @param {HTMLElement} node @param {Row} row @param {string} you */
export function fillRow(node, row, you) {
  node.dataset.room = row.room
  node.dataset.urgency = row.urgency
  node.dataset.status = row.status
  const address = `/console/rooms/${encodeURIComponent(row.room)}`
  node.querySelector("a")?.setAttribute("href", address)
  node.querySelector("form")?.setAttribute("action", address)
  say(node, "number", `R-${row.number}`)
  say(node, "claim-number", ` R-${row.number}`)
  say(node, "category", row.category_label)
  say(node, "school", row.school)
  fillFacts(node, row, you)
  fillLast(node, row)
}

/** @param {HTMLElement} node @param {Row} row @param {string} you */
function fillFacts(node, row, you) {
  const colleague = row.responder !== null && row.responder.id !== you
  show(node, "danger", row.urgency === "life_safety")
  show(node, "unread", isUnread(row))
  show(node, "wait", row.waiting_since > 0)
  show(node, "returned", row.returned && isUnclaimed(row))
  show(node, "invited", isInvited(row, you))
  show(node, "responder", colleague)
  show(node, "here", row.reporter_here)
  show(node, "silent", silentSince(row) > 0 && !row.reporter_here)
  show(node, "claim", isUnclaimed(row))
  say(node, "responder-name", colleague ? (row.responder?.name ?? "") : "")
  age(node, "waiting", row.waiting_since)
  age(node, "silence", silentSince(row))
}

/** @param {HTMLElement} node @param {Row} row */
function fillLast(node, row) {
  const text = row.last?.text ?? ""
  show(node, "last", text !== "")
  show(node, "last-team", row.last?.role === "team")
  say(node, "last-text", text)
}

/** @param {HTMLElement} node @param {Fold} fold */
export function fillFlood(node, fold) {
  const first = fold.rows[0]
  if (first === undefined) return
  const line = /** @type {HTMLElement} */ (node.querySelector("summary"))
  node.dataset.urgency = first.urgency
  show(line, "danger", first.urgency === "life_safety")
  const count = /** @type {HTMLElement} */ (slot(line, "count"))
  say(line, "count", fillCount(wordsOf(count), fold.count))
  say(line, "school", first.school)
  say(line, "category", first.category_label)
  age(line, "waiting", first.waiting_since)
}

/** @param {ParentNode} node @param {string} name @param {boolean} shown */
export function show(node, name, shown) {
  const place = slot(node, name)
  if (place !== null) place.hidden = !shown
}

/** Unlike `put`, leaves hiding to `show`. @param {ParentNode} node @param {string} name @param {string} text */
export function say(node, name, text) {
  const place = slot(node, name)
  if (place !== null && place.textContent !== text) place.textContent = text
}

/** @param {ParentNode} node @param {string} name @param {number} since */
export function age(node, name, since) {
  const time = slot(node, name)?.querySelector("time-since")
  if (time instanceof TimeSince) time.since = since
}
