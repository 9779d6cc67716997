// What somebody has to keep: copied as plain text, or printed alone. Without scripts its buttons stay hidden.

import { wordsOf } from "./words.js"

/**
 * Show the buttons of `parts/keeping.html`.
 * @param {HTMLElement} tools
 * @param {string} text What is copied.
 */
export function offerToKeep(tools, text) {
  const texts = wordsOf(tools)
  const said = /** @type {HTMLElement} */ (tools.querySelector("[data-slot=said]"))
  show(tools, "copy", async () => {
    said.textContent = (await copy(text)) ? texts.copied : texts.failed
  })
  show(tools, "print", () => print())
}

/** @param {HTMLElement} tools @param {string} name @param {() => void} act */
function show(tools, name, act) {
  const button = /** @type {HTMLButtonElement} */ (tools.querySelector(`[data-slot=${name}]`))
  button.hidden = false
  button.addEventListener("click", act)
}

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}
