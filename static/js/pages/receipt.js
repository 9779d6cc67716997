// Keeping the six words: copy them as plain text, print them alone, and don't lose them with the session.

import { offerToKeep } from "../elements/keeping.js"
import { SHOWN } from "./journey.js"

start()
document.addEventListener(SHOWN, start)

function start() {
  const tools = /** @type {HTMLElement | null} */ (document.querySelector(".keeping"))
  if (tools === null) return
  offerToKeep(tools, words())
  takeAlong()
}

/**
 * When the session ends while this page stays open, nobody has the words but the page: its forms bring them, to be shown
 * again. Not those of a browser without scripts, which keeps on its disk what they send.
 */
function takeAlong() {
  for (const form of document.querySelectorAll("main form")) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "words", value: words() }))
  }
}

/** The six of them. */
function words() {
  return [...document.querySelectorAll(".receipt__word")].map((word) => word.textContent?.trim()).join(" ")
}
