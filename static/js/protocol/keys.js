/**
 * Which key means what in the console. Single letters work only outside fields, never together
 * with a modifier, and can be switched off (WCAG 2.1.4). Plain values only.
 */

/** @typedef {"next" | "previous" | "claim" | "answer" | "canned" | "keys" | "leave" | "next_room" | "previous_room"} Command */
/**
 * @typedef {object} Press
 * @property {string} key
 * @property {boolean} modified a Control, Alt or Meta key is down
 * @property {boolean} typing the focus is in a field
 * @property {boolean} empty that field is an empty composer
 * @property {boolean} composing an input method is at work
 */

/** @type {Map<string, Command>} */
const LETTERS = new Map(Object.entries({
  j: "next",
  k: "previous",
  c: "claim",
  r: "answer",
  "/": "canned",
  "?": "keys",
  "]": "next_room",
  "[": "previous_room",
}))

/** @param {Press} press @param {{letters: boolean}} preference @returns {Command | null} */
export function commandFor(press, { letters }) {
  if (press.modified || press.composing) return null
  if (press.key === "Escape") return "leave"
  // In an empty composer "/" can only mean the canned responses; after a word it is a slash.
  if (press.typing) return press.key === "/" && press.empty && letters ? "canned" : null
  return letters ? (LETTERS.get(press.key) ?? null) : null
}
