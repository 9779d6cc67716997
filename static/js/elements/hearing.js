// Hearing what elements, lines, uploads and keyboards tell by events.

/** The code of a key that only ends the choosing of a character, as for Japanese: Safari says then that nothing is being composed. */
const PROCESSED = 229

/** Hear the details of each `name` that is told there. @param {EventTarget} from @param {string} name @param {(detail: any) => void} listener */
export function on(from, name, listener) {
  from.addEventListener(name, (event) => listener(/** @type {CustomEvent} */ (event).detail))
}

/** Whether a key belongs to a character that is still being composed. @param {KeyboardEvent} key */
export function isComposing(key) {
  return key.isComposing || key.keyCode === PROCESSED
}
