// <attachment-picker>: choose files, or paste, drag, photograph or record them; then send them, with progress, cancel and
// a word when it does not work. Without scripts the field inside goes along with its form.
// What was chosen lives in this page alone, also when another page takes its place (see journey.js).

import { Upload } from "../net/upload.js"
import { idOf, problemOf, sizeInWords } from "../protocol/file-kinds.js"
import { newId } from "../protocol/ids.js"
import { put, slot } from "./message-node.js"
import { VoiceRecorder } from "./voice-recorder.js"
import { fill, wordsOf } from "./words.js"

/** Chosen or on their way, whichever page shows them. @type {Upload[]} */
const uploads = []
/** The report that these belong to was sent: they follow it, from the page that comes next. */
let isReportSent = false

export class AttachmentPicker extends HTMLElement {
  /** @type {Map<Upload, HTMLElement>} */
  #items = new Map()
  /** @type {any} */
  #words = {}

  connectedCallback() {
    this.#words = wordsOf(this)
    for (const upload of uploads) this.#show(upload)
    this.#field?.addEventListener("change", () => this.#take([...(this.#field?.files ?? [])]))
    this.#area.addEventListener("paste", this.#onPaste)
    this.#area.addEventListener("dragover", this.#onDrag)
    this.#area.addEventListener("dragleave", this.#onLeave)
    this.#area.addEventListener("drop", this.#onDrop)
    this.#addTools()
    if (this.#report !== null) this.#waitForReport(this.#report)
    else if (isReportSent) this.sendAll()
    else if (this.#field !== null) this.#remindOfUnfinished()
  }

  disconnectedCallback() {
    this.#area.removeEventListener("paste", this.#onPaste)
    this.#area.removeEventListener("dragover", this.#onDrag)
    this.#area.removeEventListener("dragleave", this.#onLeave)
    this.#area.removeEventListener("drop", this.#onDrop)
  }

  /** Whether something was chosen that is not sent. */
  get hasWaiting() {
    return uploads.some((upload) => upload.state === "waiting")
  }

  /** Send what was chosen. */
  async sendAll() {
    for (const upload of uploads.filter((each) => each.state === "waiting")) this.#send(upload)
    this.querySelector("details")?.removeAttribute("open")
    const alt = this.#alt
    if (alt !== null) alt.value = ""
  }

  /** Take everything off the page that was chosen here. What the server has of it can be gone on with. */
  wipe() {
    for (const upload of uploads.splice(0)) upload.stop()
    for (const item of this.#items.values()) item.remove()
    this.#items.clear()
  }

  get #field() {
    return /** @type {HTMLInputElement | null} */ (this.querySelector("input[type=file]"))
  }

  get #alt() {
    return /** @type {HTMLInputElement | null} */ (this.querySelector("input[name=alt]"))
  }

  /** Where things may be dropped and pasted: the form and the conversation it belongs to. */
  /** @returns {HTMLElement} */
  get #area() {
    return /** @type {HTMLElement} */ (this.closest("room-column, .room, form") ?? this)
  }

  /** The form of a report around it: before it is sent there is no conversation to put files into. */
  get #report() {
    return /** @type {HTMLFormElement | null} */ (this.closest("form.report"))
  }

  get #mark() {
    return /** @type {HTMLInputElement | null} */ (this.closest("main, room-column")?.querySelector("[name=csrf]"))?.value ?? ""
  }

  /** @param {File[]} files */
  #take(files) {
    put(this, "problem", "")
    put(this, "unfinished", "")
    for (const file of files) this.#takeOne(file)
    // Chosen once: the form itself has nothing more to bring along, and the same file may be chosen again.
    if (this.#field !== null) this.#field.value = ""
  }

  /** @param {File} file */
  #takeOne(file) {
    const { images, videos, sounds, documents } = this.dataset
    const megabytes = { image: Number(images), video: Number(videos), audio: Number(sounds), pdf: Number(documents) }
    const problem = problemOf(file, megabytes)
    if (problem !== "") {
      const most = megabytes[/** @type {"image"} */ (file.type.split("/")[0] ?? "")] ?? megabytes.pdf
      return put(this, "problem", `${file.name}: ${fill(this.#words[problem], { most })}`)
    }
    const upload = new Upload(file)
    uploads.push(upload)
    this.#show(upload)
  }

  /** @param {Upload} upload */
  async #send(upload) {
    upload.alt ||= this.#alt?.value ?? ""
    const keep = /** @type {HTMLInputElement | null} */ (this.querySelector("[name=keep_original]"))
    upload.keepOriginal ||= keep?.checked ?? false
    const mark = this.#mark
    const id = crypto.subtle ? await idOf(upload.file, mark) : newId()
    await upload.start({ place: this.dataset.filesAt ?? "", id, mark })
  }

  /** @param {Upload} upload */
  #show(upload) {
    const item = document.createElement("li")
    item.className = "enclose__item"
    const name = element("span", "enclose__name", `${upload.file.name} · ${sizeInWords(upload.file.size)}`)
    const state = element("span", "enclose__state")
    const progress = document.createElement("progress")
    progress.max = upload.file.size
    progress.setAttribute("aria-label", fill(this.#words.progress, { name: upload.file.name }))
    const button = document.createElement("button")
    button.type = "button"
    button.className = "link-button"
    const middle = element("div")
    middle.append(name, progress, state)
    item.append(thumbOf(upload.file), middle, button)
    this.#items.set(upload, item)
    const update = () => this.#update(upload, { item, state, progress, button })
    upload.addEventListener("change", update)
    button.addEventListener("click", () => this.#press(upload))
    slot(this, "list")?.append(item)
    hide(slot(this, "list"), false)
    update()
  }

  /** @param {Upload} upload @param {{ item: HTMLElement, state: HTMLElement, progress: HTMLProgressElement, button: HTMLButtonElement }} parts */
  #update(upload, { item, state, progress, button }) {
    const percent = Math.floor((100 * upload.sent) / upload.file.size)
    progress.hidden = upload.state !== "sending" && upload.state !== "offline"
    progress.value = upload.sent
    const said = upload.state === "failed" ? upload.why || this.#words.failed : fill(this.#words[upload.state], { percent })
    if (state.textContent !== said) state.textContent = said
    item.classList.toggle("enclose__item--failed", upload.state === "failed")
    const act = upload.state === "waiting" || upload.state === "failed" ? this.#words.remove : this.#words.cancel
    button.textContent = act
    button.setAttribute("aria-label", fill(this.#words.about, { act, name: upload.file.name }))
    if (upload.state === "done" || upload.state === "cancelled") this.#forget(upload)
  }

  /** @param {Upload} upload */
  #press(upload) {
    if (upload.isOver) this.#forget(upload)
    else upload.cancel()
  }

  /** @param {Upload} upload */
  #forget(upload) {
    if (uploads.includes(upload)) uploads.splice(uploads.indexOf(upload), 1)
    const item = this.#items.get(upload)
    this.#items.delete(upload)
    release(item)
    item?.remove()
    hide(slot(this, "list"), this.#items.size === 0)
  }

  /** @param {HTMLFormElement} report */
  #waitForReport(report) {
    isReportSent = false
    report.addEventListener("submit", ({ submitter }) => {
      isReportSent = submitter instanceof HTMLButtonElement && submitter.value === "send_report"
    })
  }

  /** What a reload broke off goes on when the same file is chosen again: nothing else knows where it lies. */
  async #remindOfUnfinished() {
    const answer = await fetch(this.dataset.filesAt ?? "", { headers: { Accept: "application/json" } }).catch(() => null)
    const { unfinished = [] } = answer?.ok ? await answer.json() : {}
    if (unfinished.length > 0 && this.#items.size === 0) put(this, "unfinished", this.#words.unfinished)
  }

  #addTools() {
    const tools = slot(this, "tools")
    if (tools === null) return
    const recorder = new VoiceRecorder(this.#words)
    recorder.addEventListener("recorded", (recorded) => this.#take([/** @type {CustomEvent} */ (recorded).detail.file]))
    tools.append(recorder)
    tools.hidden = false
  }

  /** @param {ClipboardEvent} paste */
  #onPaste = (paste) => {
    const files = [...(paste.clipboardData?.files ?? [])]
    if (files.length === 0) return
    paste.preventDefault()
    this.#take(files)
  }

  /** @param {DragEvent} drag */
  #onDrag = (drag) => {
    if (!drag.dataTransfer?.types.includes("Files")) return
    drag.preventDefault()
    this.toggleAttribute("data-over", true)
  }

  #onLeave = () => this.removeAttribute("data-over")

  /** @param {DragEvent} drop */
  #onDrop = (drop) => {
    this.removeAttribute("data-over")
    const files = [...(drop.dataTransfer?.files ?? [])]
    if (files.length === 0) return
    drop.preventDefault()
    this.#take(files)
  }
}

/** @param {string} tag @param {string} [name] @param {string} [text] */
function element(tag, name = "", text = "") {
  const made = document.createElement(tag)
  made.className = name
  made.textContent = text
  return made
}

/** @param {File} file */
function thumbOf(file) {
  const thumb = document.createElement("img")
  thumb.className = "enclose__thumb"
  thumb.alt = ""
  if (file.type.startsWith("image/")) thumb.src = URL.createObjectURL(file)
  return thumb
}

/** @param {HTMLElement | undefined} item */
function release(item) {
  const thumb = item?.querySelector("img")
  if (thumb?.src.startsWith("blob:")) URL.revokeObjectURL(thumb.src)
}

/** @param {HTMLElement | null} node @param {boolean} hidden */
function hide(node, hidden) {
  if (node !== null) node.hidden = hidden
}

customElements.define("attachment-picker", AttachmentPicker)
