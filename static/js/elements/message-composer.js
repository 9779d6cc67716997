// <message-composer>: the form for the next message. Grows with the text; Enter sends where there is a keyboard.
// Emits: "say" {id, body}, "typing". Without scripts the form inside posts itself.

import { newId } from "../protocol/ids.js"
import { grow } from "./growing.js"
import { isComposing } from "./hearing.js"
import { put, slot } from "./message-node.js"
import { holdsFiles } from "./plain-files.js"
import { wordsOf } from "./words.js"

const TYPING_EVERY_MS = 3000
/** Code points the server takes in one message. */
const LIMIT = 10_000

export class MessageComposer extends HTMLElement {
  #typedAt = 0

  connectedCallback() {
    this.#form.addEventListener("submit", (submit) => this.#onSubmit(submit))
    this.#field.addEventListener("input", () => this.#onInput())
    this.#field.addEventListener("keydown", (key) => this.#onKey(key))
    grow(this.#field)
  }

  /** What is being written. */
  get text() {
    return this.#field.value
  }

  /** Put words (a canned response, a draft) where the next message is written. */
  set text(text) {
    this.#field.value = text
    grow(this.#field)
  }

  /** By what the server knows a form of its own. */
  get formMark() {
    return String(new FormData(this.#form).get("csrf"))
  }

  focusField() {
    this.#field.focus()
  }

  /** Give words back with the reason; what was typed meanwhile stays below them. @param {string} body @param {string} reason */
  giveBack(body, reason) {
    this.text = [body, this.text].filter((part) => part.trim() !== "").join("\n\n")
    this.#complain(reason)
  }

  /** What the form posted is in the conversation, even where the answer to it got lost. @param {string} id @param {string} body */
  settle(id, body) {
    const posted = /** @type {HTMLInputElement} */ (this.#form.elements.namedItem("id"))
    if (posted.value !== id) return
    posted.value = newId()
    if (this.text.trim() === body) this.text = ""
  }

  /** What was typed can still be read and copied, and nothing more can be sent. @param {boolean} readOnly */
  set readOnly(readOnly) {
    this.#field.readOnly = readOnly
    for (const button of this.querySelectorAll("button")) button.disabled = readOnly
  }

  wipe() {
    this.#field.value = ""
  }

  get #form() {
    return /** @type {HTMLFormElement} */ (this.querySelector("form"))
  }

  get #field() {
    return /** @type {HTMLTextAreaElement} */ (this.querySelector("textarea"))
  }

  /** @param {SubmitEvent} submit */
  #onSubmit(submit) {
    if (submit.submitter instanceof HTMLButtonElement && submit.submitter.name === "go") return
    if (holdsFiles(this.#form)) return
    submit.preventDefault()
    // Its words are on their way by the form, or can't be sent any more: pressed again, they would go twice or nowhere.
    if (this.#field.readOnly) return
    const body = this.text.trim()
    if (body === "") return this.focusField()
    if ([...body].length > LIMIT) return this.#complain(wordsOf(this).too_long ?? "")
    this.text = ""
    this.#typedAt = 0 // What is typed next is another message: it is news at once.
    this.#forgive()
    this.dispatchEvent(new CustomEvent("say", { detail: { id: newId(), body }, bubbles: true }))
    this.focusField()
  }

  #onInput() {
    this.#forgive()
    const now = Date.now()
    if (this.text.trim() === "" || now - this.#typedAt < TYPING_EVERY_MS) return
    this.#typedAt = now
    this.dispatchEvent(new CustomEvent("typing", { bubbles: true }))
  }

  /** @param {KeyboardEvent} key */
  #onKey(key) {
    const sends = key.key === "Enter" && !key.shiftKey && !isComposing(key) && matchMedia("(pointer: fine)").matches
    if (!sends) return
    key.preventDefault()
    this.#form.requestSubmit(slot(this, "send"))
  }

  /** @param {string} reason */
  #complain(reason) {
    put(this, "error", reason)
    this.#field.setAttribute("aria-invalid", "true")
    this.focusField()
  }

  #forgive() {
    put(this, "error", "")
    this.#field.removeAttribute("aria-invalid")
  }
}

customElements.define("message-composer", MessageComposer)
