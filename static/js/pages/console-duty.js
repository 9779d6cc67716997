// The duty switch without leaving the page.

import { post } from "../net/post.js"

/** @param {{ onSignedOut: () => void, onFailed: () => void }} told */
export function attachDuty({ onSignedOut, onFailed }) {
  const form = switchForm()
  form?.addEventListener("submit", async (submit) => {
    submit.preventDefault()
    const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"))
    const on = button.value === "on"
    const answer = await post(form, button)
    if (answer === "done") showSwitch(on)
    else if (answer === "signed out") onSignedOut()
    else onFailed()
  })
}

/** @param {boolean} on */
export function showSwitch(on) {
  const form = switchForm()
  const button = form?.querySelector("button")
  if (!form || !button) return
  form.dataset.duty = on ? "on" : "off"
  button.value = on ? "off" : "on"
  button.setAttribute("aria-checked", String(on))
}

/** @param {boolean} isHere Whether somebody is before this page: else on duty, they count as nobody. */
export function showPresence(isHere) {
  switchForm()?.toggleAttribute("data-away", !isHere)
}

function switchForm() {
  return /** @type {HTMLFormElement | null} */ (document.querySelector("form[data-duty]"))
}
