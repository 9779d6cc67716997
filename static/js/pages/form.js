// The forms before there is a conversation: Enter never sends by accident, staying anonymous sends no name, long text
// gets room. All of it works without this file.

import { SHOWN } from "./journey.js"

start()
document.addEventListener(SHOWN, start)

function start() {
  for (const form of document.querySelectorAll("form")) {
    keepEnterHarmless(form)
    keepNameAside(form)
  }
  for (const field of document.querySelectorAll("textarea")) growWithText(field)
}

/** Enter in one line of a longer form moves nothing and sends nothing. @param {HTMLFormElement} form */
function keepEnterHarmless(form) {
  if (!form.matches(".report")) return
  form.addEventListener("keydown", (key) => {
    if (key.key === "Enter" && key.target instanceof HTMLInputElement) key.preventDefault()
  })
}

/** Who chose to stay anonymous after typing a name does not send it. @param {HTMLFormElement} form */
function keepNameAside(form) {
  const choice = form.elements.namedItem("identity")
  if (!(choice instanceof RadioNodeList)) return
  const fields = form.querySelectorAll(".identity__fields input")
  const follow = () => fields.forEach((field) => field.toggleAttribute("disabled", choice.value !== "named"))
  form.addEventListener("change", follow)
  follow()
}

/** Where the browser can't size a field by its content. @param {HTMLTextAreaElement} field */
function growWithText(field) {
  if (CSS.supports("field-sizing", "content")) return
  field.addEventListener("input", () => {
    field.style.blockSize = "auto"
    field.style.blockSize = `${field.scrollHeight + 2}px`
  })
}
