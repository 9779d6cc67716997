// What stands around the messages of the reporter's room: who is there, who writes, open or closed.

import { put, slot } from "./message-node.js"
import { fill, fillCount } from "./words.js"

/** @typedef {import("../protocol/frames.js").Here} Here */

const TYPING_SHOWN_MS = 5000

/** Who is in the room. @param {HTMLElement} page @param {Here} here @param {any} words */
export function showPresence(page, here, words) {
  page.dataset.inRoom = here.team > 0 ? someoneIsHere(here, words) : ""
  showWho(page)
}

/** Who is on duty, and what follows from that. @param {HTMLElement} page @param {import("../protocol/frames.js").Duty} duty @param {any} words */
export function showDuty(page, duty, words) {
  page.dataset.duty = duty.text
  page.dataset.onDuty = duty.here ? "yes" : ""
  put(page, "usual", duty.usual)
  put(page, "call", duty.call)
  const lookAgain = slot(page, "look-again")
  const { soon, later, then } = words.look_again
  const sentence = duty.here ? soon : duty.next === "" ? later : fill(then, { when: duty.next })
  if (lookAgain !== null) lookAgain.textContent = sentence
  showWho(page)
}

/** Who is on duty, as a page tells it. @param {HTMLElement} page @param {HTMLElement} told */
export function showDutyOf(page, told) {
  const said = (/** @type {string} */ name) => slot(told, name)?.textContent ?? ""
  Object.assign(page.dataset, { inRoom: "", duty: said("presence"), onDuty: told.classList.contains("presence--here") ? "yes" : "" })
  for (const name of ["usual", "call"]) put(page, name, said(name))
  showWho(page)
}

/** @param {HTMLElement} page */
function showWho(page) {
  const { inRoom = "", duty = "", onDuty = "" } = page.dataset
  put(page, "presence", inRoom || duty)
  slot(page, "duty")?.classList.toggle("presence--here", inRoom !== "" || onDuty !== "")
}

/** @param {Here} here @param {any} words */
function someoneIsHere(here, words) {
  if (here.team > 1) return fillCount(words.here_several, here.team)
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
