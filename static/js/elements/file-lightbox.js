// <file-lightbox>: the pictures of a conversation, large, one after the other. Opened by what carries [data-lightbox]
// in the list around it, or [data-look] for one that is covered: that one is shown alone, and stays covered.
// Arrows turn the page, Escape closes, and the focus goes back where it was.

import { fill, wordsOf } from "./words.js"

export class FileLightbox extends HTMLElement {
  /** What can be leafed through now. @type {HTMLElement[]} */
  #pictures = []
  #at = 0

  connectedCallback() {
    const list = this.closest("message-list")
    list?.addEventListener("click", (click) => this.#onClick(click))
    list?.addEventListener("withheld", () => this.#onWithheld())
    this.addEventListener("click", (click) => this.#onPress(click))
    this.addEventListener("keydown", (key) => this.#onKey(key))
    this.#dialog.addEventListener("close", () => this.#onClosed())
  }

  get #dialog() {
    return /** @type {HTMLDialogElement} */ (this.querySelector("dialog"))
  }

  /** @param {string} name */
  #part(name) {
    return /** @type {HTMLElement} */ (this.querySelector(`[data-part="${name}"]`))
  }

  /** @param {Event} click */
  #onClick(click) {
    const opener = /** @type {HTMLElement | null} */ (/** @type {Element} */ (click.target).closest("[data-lightbox], [data-look]"))
    if (opener === null) return
    click.preventDefault()
    const all = /** @type {HTMLElement[]} */ ([...(this.closest("message-list")?.querySelectorAll("[data-lightbox]") ?? [])])
    this.#pictures = opener.matches("[data-look]") ? [opener] : all
    this.#dialog.showModal()
    this.#show(this.#pictures.indexOf(opener))
  }

  /** @param {Event} press */
  #onPress(press) {
    const target = /** @type {Element} */ (press.target)
    const step = target.closest("button")?.dataset.step
    if (step !== undefined) this.#show(this.#at + Number(step))
    // Beside the picture, too: the dialog itself is what lies around its parts.
    if (target === this.#dialog || target.closest("[data-close]")) this.#dialog.close()
  }

  /** @param {KeyboardEvent} key */
  #onKey(key) {
    const towardsRight = getComputedStyle(this).direction === "rtl" ? -1 : 1
    const step = { ArrowLeft: -towardsRight, ArrowRight: towardsRight }[key.key]
    if (step === undefined) return
    key.preventDefault()
    this.#show(this.#at + step)
  }

  /** @param {number} at */
  #show(at) {
    const opener = this.#pictures[at]
    if (opener === undefined) return
    this.#at = at
    const figure = opener.closest("figure")
    const picture = /** @type {HTMLImageElement} */ (this.#part("picture"))
    picture.src = opener.dataset.lightbox || opener.getAttribute("href") || ""
    const alt = figure?.dataset.alt ?? ""
    picture.alt = alt || wordsOf(this).no_alt
    this.#part("alt").textContent = alt
    this.#part("alt").hidden = alt === ""
    const count = this.#pictures.length
    this.#part("place").textContent = count > 1 ? fill(wordsOf(this).place, { number: at + 1, count }) : ""
    this.querySelectorAll("[data-step]").forEach((button) => button.toggleAttribute("hidden", count < 2))
    const save = figure?.querySelector("a[download]")
    this.#part("save").setAttribute("href", save?.getAttribute("href") ?? "")
    this.#part("save").setAttribute("download", save?.getAttribute("download") ?? "")
  }

  /** What went from the list is not looked at any longer. */
  #onWithheld() {
    const shown = this.#pictures[this.#at]
    this.#pictures = this.#pictures.filter((each) => each.isConnected)
    if (shown === undefined) return
    if (shown.isConnected) this.#show(this.#pictures.indexOf(shown))
    else this.#dialog.close()
  }

  #onClosed() {
    this.#part("picture").removeAttribute("src")
    this.#pictures[this.#at]?.focus()
    this.#pictures = []
  }
}

customElements.define("file-lightbox", FileLightbox)
