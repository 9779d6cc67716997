// <canned-picker>: responses kept ready. Opens above the composer, finds by a few letters, works by arrows and Enter.
// Folds away as every menu does: see pages/menus.js.
// Emits: "pick" {body}.

import { isComposing } from "./hearing.js"
import { show } from "./queue-row.js"

export class CannedPicker extends HTMLElement {
  connectedCallback() {
    this.#fold.addEventListener("toggle", () => this.#fold.open && this.#start())
    this.#filter.addEventListener("input", () => this.#narrow())
    this.addEventListener("keydown", (key) => this.#onKey(key))
    this.addEventListener("click", (click) => this.#onClick(click))
  }

  open() {
    this.#fold.open = true
  }

  /** Fold it away; say whether there was anything to fold. */
  close() {
    const was = this.#fold.open
    this.#fold.open = false
    return was
  }

  get #fold() {
    return /** @type {HTMLDetailsElement} */ (this.querySelector("details"))
  }

  get #filter() {
    return /** @type {HTMLInputElement} */ (this.querySelector("[data-slot=filter]"))
  }

  get #picks() {
    return /** @type {HTMLElement[]} */ ([...this.querySelectorAll("button.canned__pick")])
  }

  get #shown() {
    return this.#picks.filter((pick) => pick.parentElement?.hidden === false)
  }

  #start() {
    this.#filter.value = ""
    this.#narrow()
    this.#filter.focus()
  }

  #narrow() {
    const wanted = this.#filter.value.trim().toLocaleLowerCase()
    for (const pick of this.#picks) {
      const item = /** @type {HTMLElement} */ (pick.parentElement)
      item.hidden = !pick.textContent?.toLocaleLowerCase().includes(wanted)
    }
    show(this, "none", this.#picks.length > 0 && this.#shown.length === 0)
  }

  /** @param {KeyboardEvent} key */
  #onKey(key) {
    if (!this.#fold.open || isComposing(key)) return
    if (key.key === "ArrowDown" || key.key === "ArrowUp") this.#step(key, key.key === "ArrowDown" ? 1 : -1)
    // Enter in the filter takes the first that is left; it must not send the form around it.
    if (key.key === "Enter" && key.target === this.#filter) this.#take(key, this.#shown[0])
  }

  /** @param {KeyboardEvent} key @param {number} step */
  #step(key, step) {
    key.preventDefault()
    const places = [this.#filter, ...this.#shown]
    const at = places.indexOf(/** @type {HTMLElement} */ (document.activeElement))
    places[Math.min(places.length - 1, Math.max(0, at + step))]?.focus()
  }

  /** @param {MouseEvent} click */
  #onClick(click) {
    const pick = /** @type {Element} */ (click.target).closest("button.canned__pick")
    if (pick !== null) this.#take(click, /** @type {HTMLElement} */ (pick))
  }

  /** @param {Event} event @param {HTMLElement | undefined} pick */
  #take(event, pick) {
    event.preventDefault()
    if (pick === undefined) return
    this.close()
    this.dispatchEvent(new CustomEvent("pick", { detail: { body: pick.dataset.body ?? "" }, bubbles: true }))
  }
}

customElements.define("canned-picker", CannedPicker)
