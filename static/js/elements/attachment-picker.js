// <attachment-picker>: where files are chosen, taken with the camera, pasted, dropped, or spoken.
// Without scripts the field inside goes along with its form. Emits: "chosen" {files, unwanted: [{file, why}]},
// "send-files" {keepsOriginal} when the button that sends them was pressed.

import { objectionTo } from "../protocol/choosing.js"
import { VoiceRecorder } from "./voice-recorder.js"
import { fill, wordsOf } from "./words.js"

/** @typedef {import("../protocol/choosing.js").Limits} Limits */

export class AttachmentPicker extends HTMLElement {
  /** @type {AbortController} */
  #attached = new AbortController()

  connectedCallback() {
    this.#attached = new AbortController()
    const until = { signal: this.#attached.signal }
    this.#showTools()
    this.addEventListener("change", (change) => this.#onChange(change), until)
    this.addEventListener("click", (click) => this.#onClick(click), until)
    this.addEventListener("recorded", (recorded) => this.#offer([/** @type {CustomEvent} */ (recorded).detail.file]), until)
    this.closest("form")?.addEventListener("submit", (submit) => this.#onSubmit(submit), until)
    const around = this.closest("room-column") ?? document
    around.addEventListener("paste", (paste) => this.#onPaste(/** @type {ClipboardEvent} */ (paste)), until)
    around.addEventListener("dragover", (drag) => this.#onDrag(/** @type {DragEvent} */ (drag)), until)
    around.addEventListener("dragleave", () => this.toggleAttribute("data-over", false), until)
    around.addEventListener("drop", (drop) => this.#onDrop(/** @type {DragEvent} */ (drop)), until)
  }

  disconnectedCallback() {
    this.#attached.abort()
  }

  /** Offer what was chosen before this page woke up: the plain field has it, and will not send it any more. */
  offerChosen() {
    this.#take(this.#input("files"))
  }

  /** @returns {Limits} */
  get limits() {
    const { image, video, audio, pdf } = this.dataset
    return { image: Number(image), video: Number(video), audio: Number(audio), pdf: Number(pdf) }
  }

  get #fold() {
    return /** @type {HTMLDetailsElement} */ (this.querySelector("details"))
  }

  /** What was pressed in it is out of sight by now: the focus stays on the word that unfolds it. */
  #foldAway() {
    const hadFocus = this.#fold.contains(document.activeElement)
    this.#fold.open = false
    if (hadFocus) this.#fold.querySelector("summary")?.focus()
  }

  /** The plain field steps back; it opens the browser's own choice, and sends nothing itself. */
  #showTools() {
    const field = this.#input("files")
    field.removeAttribute("name")
    this.querySelectorAll("[data-part=plain]").forEach((part) => part.toggleAttribute("hidden", true))
    this.querySelectorAll("[data-part=tools]").forEach((part) => part.toggleAttribute("hidden", false))
    const record = /** @type {HTMLElement} */ (this.querySelector("[data-record]"))
    record.hidden = !VoiceRecorder.isPossible
  }

  /** @param {string} from */
  #input(from) {
    return /** @type {HTMLInputElement} */ (this.querySelector(`input[data-from="${from}"]`))
  }

  /** @param {Event} change */
  #onChange(change) {
    const field = change.target
    if (field instanceof HTMLInputElement && field.dataset.from !== undefined) this.#take(field)
  }

  /** Emptied at once: the same file may be chosen again. @param {HTMLInputElement} field */
  #take(field) {
    const files = [...(field.files ?? [])]
    field.value = ""
    this.#offer(files)
  }

  /** @param {Event} click */
  #onClick(click) {
    const button = /** @type {Element} */ (click.target).closest("button")
    const from = button?.dataset.pick
    if (from !== undefined) return this.#input(from).click()
    if (button?.hasAttribute("data-record")) this.#record()
  }

  #record() {
    if (this.querySelector("voice-recorder") !== null) return
    const template = /** @type {HTMLTemplateElement} */ (this.querySelector("template[data-part=recorder]"))
    this.#fold.after(document.importNode(template.content, true))
    this.#fold.open = false
    const recorder = /** @type {VoiceRecorder} */ (this.querySelector("voice-recorder"))
    recorder.start()
  }

  /** Only the button that sends the words sends the files. @param {SubmitEvent} submit */
  #onSubmit(submit) {
    const act = this.querySelector("[name=enclosing]")?.getAttribute("value")
    if (submit.submitter?.getAttribute("value") !== act) return
    const keeps = /** @type {HTMLInputElement | null} */ (this.querySelector("[name=keep_original]"))
    this.#foldAway()
    this.#emit("send-files", { keepsOriginal: keeps?.checked ?? false })
  }

  /** A screenshot is a file without words; words stay words. @param {ClipboardEvent} paste */
  #onPaste(paste) {
    const files = [...(paste.clipboardData?.files ?? [])]
    if (files.length === 0 || paste.clipboardData?.types.includes("text/plain") || !this.checkVisibility()) return
    paste.preventDefault()
    this.#offer(files)
  }

  /** @param {DragEvent} drag */
  #onDrag(drag) {
    if (!drag.dataTransfer?.types.includes("Files") || !this.checkVisibility()) return
    drag.preventDefault()
    this.toggleAttribute("data-over", true)
  }

  /** @param {DragEvent} drop */
  #onDrop(drop) {
    this.toggleAttribute("data-over", false)
    const files = [...(drop.dataTransfer?.files ?? [])]
    if (files.length === 0 || !this.checkVisibility()) return
    drop.preventDefault()
    this.#offer(files)
  }

  /** @param {File[]} files */
  #offer(files) {
    if (files.length === 0) return
    const fits = files.filter((file) => objectionTo(file, this.limits) === null)
    if (fits.length > 0) this.#foldAway()
    this.#emit("chosen", { files: fits, unwanted: files.flatMap((file) => this.#unwanted(file)) })
  }

  /** @param {File} file */
  #unwanted(file) {
    const objection = objectionTo(file, this.limits)
    return objection === null ? [] : [{ file, why: fill(wordsOf(this)[objection.why], { most: objection.most }) }]
  }

  /** @param {string} name @param {object} detail */
  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }))
  }
}

customElements.define("attachment-picker", AttachmentPicker)
