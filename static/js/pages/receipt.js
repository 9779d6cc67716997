// Keeping the six words: copy them as plain text, print them alone, and don't lose them with the session.

import { wordsOf } from "../elements/words.js"
import { SHOWN } from "./journey.js"

start()
document.addEventListener(SHOWN, start)

function start() {
  const tools = /** @type {HTMLElement | null} */ (document.querySelector(".receipt__tools"))
  if (tools === null) return
  offer(tools)
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

/** @param {HTMLElement} tools */
function offer(tools) {
  const texts = wordsOf(tools)
  const said = /** @type {HTMLElement} */ (tools.querySelector("[data-slot=said]"))
  show(tools, "copy", async () => {
    said.textContent = (await copy()) ? texts.copied : texts.failed
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

/** The six of them. */
function words() {
  return [...document.querySelectorAll(".receipt__word")].map((word) => word.textContent?.trim()).join(" ")
}

async function copy() {
  try {
    await navigator.clipboard.writeText(words())
    return true
  } catch {
    return false
  }
}
