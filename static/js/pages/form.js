// The forms before there is a conversation: Enter never sends by accident, staying anonymous sends no name, long text
// gets room, a puzzle is solved meanwhile. All of it works without this file.

import { grow } from "../elements/growing.js"
import { solve } from "../protocol/work.js"
import { SHOWN } from "./journey.js"

start()
document.addEventListener(SHOWN, start)

function start() {
  for (const form of document.querySelectorAll("form")) {
    keepEnterHarmless(form)
    keepNameAside(form)
  }
  document.querySelectorAll("textarea").forEach(grow)
  const work = /** @type {HTMLInputElement | null} */ (document.querySelector("input[name=work]"))
  if (work !== null) solveMeanwhile(work)
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

/** Many come at once: this page earns its place. Whoever sends before it is done sends all the same. @param {HTMLInputElement} field */
async function solveMeanwhile(field) {
  const { salt = "", digest = "", most = "", mark = "" } = field.dataset
  field.value = await solve({ salt, digest, most: Number(most), mark }, () => field.isConnected)
}
