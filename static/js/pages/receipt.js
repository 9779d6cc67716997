// Keeping the six words: copy them as plain text, print them alone.

import { wordsOf } from "../elements/words.js"
import { SHOWN } from "./journey.js"

start()
document.addEventListener(SHOWN, start)

function start() {
  const tools = /** @type {HTMLElement | null} */ (document.querySelector(".receipt__tools"))
  if (tools !== null) offer(tools)
}

/** @param {HTMLElement} tools */
function offer(tools) {
  const words = wordsOf(tools)
  const said = /** @type {HTMLElement} */ (tools.querySelector("[data-slot=said]"))
  show(tools, "copy", async () => {
    said.textContent = (await copy()) ? words.copied : words.failed
  })
  show(tools, "print", () => print())
}

/** @param {HTMLElement} tools @param {string} name @param {() => void} act */
function show(tools, name, act) {
  const button = /** @type {HTMLButtonElement | null} */ (tools.querySelector(`[data-slot=${name}]`))
  if (button === null) return
  button.hidden = false
  button.addEventListener("click", act)
}

async function copy() {
  const words = [...document.querySelectorAll(".receipt__word")].map((word) => word.textContent?.trim())
  try {
    await navigator.clipboard.writeText(words.join(" "))
    return true
  } catch {
    return false
  }
}
