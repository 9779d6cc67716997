// <sign-in-dialog>: signing in again over the page when the session is over, so that nothing typed below is lost.
// Emits: "signed-in".

import { put } from "./message-node.js"
import { show } from "./queue-row.js"

/** Longer than a server lets somebody wait who has typed a wrong password often. */
const DEADLINE_MS = 60_000

export class SignInDialog extends HTMLElement {
  connectedCallback() {
    this.#form.addEventListener("submit", (submit) => this.#onSubmit(submit))
    this.querySelector("[data-again]")?.addEventListener("click", () => this.open())
  }

  /** Say that the page is a still picture: also when Escape gives it back to be read. */
  tellOut() {
    show(this, "out", true)
  }

  /** Ask once, whoever noticed first that the session is over. */
  open() {
    if (this.#dialog.open) return
    this.tellOut()
    this.#dialog.showModal()
    this.#field("password").focus()
  }

  get #dialog() {
    return /** @type {HTMLDialogElement} */ (this.querySelector("dialog"))
  }

  get #form() {
    return /** @type {HTMLFormElement} */ (this.querySelector("form"))
  }

  /** @param {string} name */
  #field(name) {
    return /** @type {HTMLInputElement} */ (this.#form.elements.namedItem(name))
  }

  /** @param {SubmitEvent} submit */
  async #onSubmit(submit) {
    submit.preventDefault()
    const button = /** @type {HTMLButtonElement} */ (this.#form.querySelector("button"))
    button.disabled = true
    put(this, "error", "") // The same refusal again is said again.
    const answer = await signIn(this.#form)
    button.disabled = false
    if (answer?.ok) return this.#succeed()
    this.#complain(answer?.errors ?? null)
  }

  #succeed() {
    this.#field("password").value = this.#field("code").value = ""
    put(this, "error", "")
    show(this, "out", false)
    this.#dialog.close()
    this.dispatchEvent(new CustomEvent("signed-in", { bubbles: true }))
  }

  /** @param {Record<string, string> | null} errors Null: nobody answered. */
  #complain(errors) {
    const unreachable = /** @type {HTMLElement} */ (this.querySelector("[data-slot=error]")).dataset.unreachable ?? ""
    put(this, "error", errors === null ? unreachable : Object.values(errors).join(" "))
    this.#field("password").focus()
    this.#field("password").select() // What is typed next takes the place of the wrong one.
  }
}

/**
 * @param {HTMLFormElement} form
 * @returns {Promise<{ ok?: boolean, errors?: Record<string, string> } | null>}
 */
async function signIn(form) {
  try {
    const body = new URLSearchParams(/** @type {any} */ (new FormData(form)))
    const signal = AbortSignal.timeout(DEADLINE_MS)
    const response = await fetch(form.action, { method: "POST", body, signal, headers: { Accept: "application/json" } })
    return await response.json()
  } catch {
    return null
  }
}

customElements.define("sign-in-dialog", SignInDialog)
