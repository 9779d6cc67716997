// The page around a frame. It is told when somebody leaves or presses Escape, and is listened to for nothing but the port
// those words go to: from the page right above, of an origin that may have the frame, once.

import { isFramed } from "./jar.js"

/** @type {MessagePort | null} */
let port = null

/** @param {string[]} origins */
export function awaitHost(origins) {
  addEventListener("message", (message) => {
    const [offered] = message.ports
    if (port !== null || offered === undefined || message.data !== "messenger") return
    if (message.source !== parent || parent === window || !origins.includes(message.origin)) return
    port = offered
    port.postMessage("ready")
  })
  addEventListener("keydown", tellOfEscape)
}

/** The button folds its panel away, as everything unfolded does; what is here goes on. @param {KeyboardEvent} press */
function tellOfEscape(press) {
  // Whatever else it is pressed for comes first: something unfolded in here, a word that is being put together.
  if (press.key !== "Escape" || press.defaultPrevented || press.isComposing || document.querySelector("dialog[open]")) return
  port?.postMessage("close")
}

/** Whether the focus may be moved here: who is in the page around a frame stays there. */
export function mayTakeFocus() {
  return !isFramed() || document.hasFocus()
}

/** Somewhere else, with the whole page if it lets us. What was here is blank already. @param {string} url */
export function takePageElsewhere(url) {
  try {
    top?.location.replace(url)
  } catch {} // It does not: then it is told, and takes the frame away if it was the button's.
  port?.postMessage("leave")
}
