// What stands around the messages of the reporter's room: who is there, who writes, open or closed.

import { put, slot } from "./message-node.js"
import { fill } from "./words.js"

/** @typedef {import("../protocol/frames.js").Here} Here */

const TYPING_SHOWN_MS = 5000

/** @param {HTMLElement} page @param {Here} here @param {any} words @param {import("../protocol/frames.js").Duty} [duty] */
export function showPresence(page, here, words, duty) {
  const place = slot(page, "presence")
  if (place === null) return
  if (duty !== undefined) place.dataset.otherwise = duty.text
  if (duty !== undefined) place.dataset.onDuty = duty.here ? "yes" : ""
  place.textContent = here.team > 0 ? someoneIsHere(here, words) : (place.dataset.otherwise ?? "")
  slot(page, "duty")?.classList.toggle("presence--here", here.team > 0 || place.dataset.onDuty === "yes")
}

/** @param {Here} here @param {any} words */
function someoneIsHere(here, words) {
  if (here.team > 1) return fill(words.here_several, { count: here.team })
  const [name] = here.names
  return name ? fill(words.here_named, { name }) : words.here
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let typingEnds

/** @param {HTMLElement} page @param {{ role: string, name: string }} typing @param {any} words */
export function showTyping(page, typing, words) {
  if (typing.role !== "team") return
  put(page, "typing", typing.name ? fill(words.typing_named, { name: typing.name }) : words.typing)
  clearTimeout(typingEnds)
  typingEnds = setTimeout(() => put(page, "typing", ""), TYPING_SHOWN_MS)
}

/** @param {HTMLElement} page @param {string} status */
export function showState(page, status) {
  page.dataset.status = status
  const closed = slot(page, "closed")
  const lookAgain = slot(page, "look-again")
  if (closed !== null) closed.hidden = status !== "closed"
  if (lookAgain !== null) lookAgain.hidden = status === "closed" || status === "active"
}
