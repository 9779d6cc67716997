// Taking words off the screen: for good, or until someone wants them back.

import { mayTakeFocus } from "../net/host.js"

/** Nothing is left to see, in the colour of an empty page, and nothing comes any more: an answer could let in who is here next. */
export function goBlank() {
  stop()
  document.title = "Home"
  document.documentElement.replaceChildren()
  document.documentElement.style.background = "Canvas"
}

/** Cover the page until the button is pressed. What was typed is still under it. */
export function cover() {
  const template = /** @type {HTMLTemplateElement | null} */ (document.querySelector("#cover"))
  if (template === null || document.body.classList.contains("is-covered")) return
  // Under an open dialog the cover would take no press.
  document.querySelectorAll("dialog").forEach((dialog) => dialog.close())
  const focused = document.activeElement
  const curtain = /** @type {HTMLElement} */ (document.importNode(template.content, true).firstElementChild)
  const covered = /** @type {HTMLElement[]} */ ([...document.body.children])
  const hidden = covered.filter((part) => !part.hidden)
  hidden.forEach((part) => (part.hidden = true))
  document.body.classList.add("is-covered")
  document.body.append(curtain)
  const button = curtain.querySelector("button")
  if (mayTakeFocus()) button?.focus()
  button?.addEventListener("click", () => {
    curtain.remove()
    hidden.forEach((part) => (part.hidden = false))
    document.body.classList.remove("is-covered")
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true })
  })
}

/** Empty every place that holds someone's words. */
export function wipeWords() {
  for (const place of document.querySelectorAll("[data-slot=list], [data-slot=words], .holdings")) place.replaceChildren()
  // Hidden ones, too: other views carry a whole report along in them.
  for (const field of document.querySelectorAll("textarea, input:not([type=radio]):not([type=checkbox])")) {
    // What the page came with as well.
    if (field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement) field.value = field.defaultValue = ""
  }
}
