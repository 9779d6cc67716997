// <upload-list>: the files that were chosen, how far each has come, and what can be done about it.
// Shows an Uploads; the markup of an item is a template of the page. Emits nothing: it acts on the Uploads it shows.

import { sizeInWords } from "../protocol/choosing.js"
import { put } from "./message-node.js"
import { fill, wordsOf } from "./words.js"

/** @typedef {import("../net/uploads.js").Uploads} Uploads */
/** @typedef {import("../net/uploads.js").Item} Item */

/** What changes and changes back sooner, a screen reader does not hear of. */
const SAID_AGAIN_MS = 100

export class UploadList extends HTMLElement {
  /** @type {Map<Item, HTMLElement>} */
  #nodes = new Map()
  /** What was last said of an item: a screen reader hears of turns, not of every percent. @type {Map<Item, string>} */
  #said = new Map()
  /** @type {Uploads | null} */
  #uploads = null
  /** @type {any} */
  #words = {}

  /** @param {Uploads} uploads */
  show(uploads) {
    if (this.#uploads !== null) return
    this.#uploads = uploads
    this.#words = wordsOf(this)
    uploads.addEventListener("changed", this.#onChanged)
    uploads.addEventListener("begun", this.#onBegun)
    uploads.items.forEach((item) => this.#draw(item))
    this.#onBegun()
  }

  disconnectedCallback() {
    this.#uploads?.removeEventListener("changed", this.#onChanged)
    this.#uploads?.removeEventListener("begun", this.#onBegun)
    for (const node of this.#nodes.values()) forgetPicture(node)
  }

  /** Say of each file that was not taken why. @param {{ file: File, why: string }[]} unwanted */
  complain(unwanted) {
    put(this, "problem", "") // The same refusal again is said again: in a moment, or nothing would have changed.
    const words = unwanted.map(({ file, why }) => `${file.name}: ${why}`).join(" ")
    setTimeout(() => put(this, "problem", words), SAID_AGAIN_MS)
  }

  get #list() {
    return /** @type {HTMLElement} */ (this.querySelector("[data-slot=list]"))
  }

  /** Where the focus goes when what had it is gone. @returns {HTMLElement | null} */
  get #wayToAdd() {
    return this.closest("attachment-picker")?.querySelector("summary") ?? document.querySelector("main")
  }

  #onChanged = (/** @type {Event} */ changed) => this.#draw(/** @type {CustomEvent} */ (changed).detail.item)

  /** What an earlier page did not finish: the same file again goes on, or never mind. */
  #onBegun = () => {
    const box = /** @type {HTMLElement | null} */ (this.querySelector("[data-slot=begun]"))
    if (box === null || this.#uploads === null) return
    const begun = this.#uploads.begun[0]
    if (begun === undefined && box.contains(document.activeElement)) this.#wayToAdd?.focus()
    box.hidden = begun === undefined
    if (begun === undefined) return
    const percent = Math.floor((100 * begun.offset) / begun.size)
    put(box, "begun-words", fill(this.#words.unfinished, { percent, size: sizeInWords(begun.size, this.#words) }))
    const forget = /** @type {HTMLButtonElement} */ (box.querySelector("button"))
    forget.onclick = () => this.#uploads?.forget(begun)
  }

  /** @param {Item} item */
  #draw(item) {
    const { stage } = item.upload
    if (stage === "done" || stage === "cancelled") return this.#remove(item)
    const node = this.#nodes.get(item) ?? this.#add(item)
    const words = this.#wordsFor(item)
    part(node, "state").textContent = words
    node.classList.toggle("enclose__item--failed", stage === "failed")
    const bar = /** @type {HTMLProgressElement} */ (part(node, "bar"))
    bar.hidden = !item.upload.isUnderWay
    // Cleaning takes as long as it takes: a bar that only moves.
    if (stage === "cleaning") bar.removeAttribute("value")
    else bar.value = item.upload.fraction
    part(node, "alt").hidden = item.isWanted || item.file === null
    const again = part(node, "again")
    if (stage !== "failed" && again === document.activeElement) part(node, "cancel").focus()
    again.hidden = stage !== "failed" || item.file === null || item.upload.isFinal
    this.#count()
    this.#say(item, stage + item.upload.isOffline, words)
  }

  /** @param {Item} item */
  #add(item) {
    const template = /** @type {HTMLTemplateElement} */ (this.querySelector("template"))
    const node = /** @type {HTMLElement} */ (document.importNode(template.content, true).firstElementChild)
    this.#nodes.set(item, node)
    const name = item.file?.name ?? this.#words.earlier
    part(node, "name").textContent = name
    part(node, "size").textContent = sizeInWords(item.upload.size, this.#words)
    part(node, "bar").setAttribute("aria-label", fill(this.#words.progress, { name }))
    part(node, "cancel").setAttribute("aria-label", fill(this.#words.remove, { name }))
    part(node, "cancel").onclick = () => this.#uploads?.cancel(item)
    part(node, "again").onclick = () => this.#uploads?.retry(item)
    const field = /** @type {HTMLInputElement} */ (part(node, "alt").querySelector("input"))
    field.value = item.alt
    field.addEventListener("input", () => (item.alt = field.value))
    showPicture(node, item.file)
    this.#list.append(node)
    return node
  }

  /** @param {Item} item */
  #remove(item) {
    const node = this.#nodes.get(item)
    if (node === undefined) return
    const words = item.upload.stage === "done" ? this.#words.done : this.#words.cancelled
    this.#say(item, item.upload.stage, words)
    forgetPicture(node)
    const hadFocus = node.contains(document.activeElement)
    const neighbor = /** @type {HTMLElement | null} */ (node.nextElementSibling ?? node.previousElementSibling)
    node.remove()
    if (hadFocus) (neighbor ? part(neighbor, "cancel") : this.#wayToAdd)?.focus()
    this.#nodes.delete(item)
    this.#count()
  }

  #count() {
    this.#list.hidden = this.#nodes.size === 0
    const underWay = [...this.#nodes.keys()].some((item) => item.upload.isUnderWay)
    const stay = /** @type {HTMLElement | null} */ (this.querySelector("[data-slot=stay]"))
    if (stay !== null) stay.hidden = !underWay
  }

  /** @param {Item} item */
  #wordsFor({ isWanted, upload }) {
    const words = this.#words
    if (upload.stage === "failed") return `${upload.why || words.failed} ${words.goes_on}`
    if (upload.isUnderWay && upload.isOffline) return words.offline
    if (upload.stage === "sending") return fill(words.sending, { percent: Math.floor(100 * upload.fraction) })
    if (upload.stage === "cleaning") return words.cleaning
    return isWanted ? words.next : words.waiting
  }

  /** @param {Item} item @param {string} turn @param {string} words */
  #say(item, turn, words) {
    if (this.#said.get(item) === turn) return
    this.#said.set(item, turn)
    put(this, "said", `${item.file?.name ?? this.#words.earlier}: ${words}`)
  }
}

/** @param {HTMLElement} node @param {string} name */
function part(node, name) {
  return /** @type {HTMLElement} */ (node.querySelector(`[data-part="${name}"]`))
}

/** A small picture of a picture; anything else keeps its sign. @param {HTMLElement} node @param {File | null} file */
function showPicture(node, file) {
  if (file === null || !/^image\/(jpeg|png|webp|gif|avif)$/.test(file.type)) return
  const picture = document.createElement("img")
  picture.alt = ""
  picture.className = "enclose__thumb"
  // A damaged one keeps the sign.
  picture.onload = () => part(node, "thumb")?.replaceWith(picture)
  picture.src = URL.createObjectURL(file)
  forgetting.set(node, () => URL.revokeObjectURL(picture.src))
}

/** How to let go of the picture of a node. @type {WeakMap<HTMLElement, () => void>} */
const forgetting = new WeakMap()

/** @param {HTMLElement} node */
function forgetPicture(node) {
  forgetting.get(node)?.()
}

customElements.define("upload-list", UploadList)
