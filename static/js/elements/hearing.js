// Hearing what elements, lines and uploads tell by events.

/** Hear the details of each `name` that is told there. @param {EventTarget} from @param {string} name @param {(detail: any) => void} listener */
export function on(from, name, listener) {
  from.addEventListener(name, (event) => listener(/** @type {CustomEvent} */ (event).detail))
}
