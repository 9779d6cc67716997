// The page around a frame. It is told one word, when somebody leaves, and is listened to for nothing but the port that
// word goes to: from the page right above, of an origin that may have the frame, once.

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
