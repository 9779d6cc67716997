// <room-column>: one open room. Shows how it stands, and turns what is pressed into acts. Takes over what the server
// rendered. Emits: "act" {t, id, ...}, "put-away", and what its composer and list emit ("say", "typing", "seen-to", "retry", "earlier").

import { newId } from "../protocol/ids.js"
import { silentSince, standingOf } from "../protocol/queue.js"
import { CannedPicker } from "./canned-picker.js"
import { grow } from "./growing.js"
import { on } from "./hearing.js"
import { MessageComposer } from "./message-composer.js"
import { MessageList } from "./message-list.js"
import { put, slot } from "./message-node.js"
import { age, say, show } from "./queue-row.js"
import { StaffFile } from "./staff-file.js"
import { fill } from "./words.js"

/** @typedef {import("../protocol/queue.js").Row} Row */
/** @typedef {import("../protocol/frames.js").Here} Here */

const TYPING_MS = 5000

export class RoomColumn extends HTMLElement {
  /** Forms whose act has no answer yet, by the act's id. @type {Map<string, HTMLFormElement>} */
  #asked = new Map()
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #typing
  /** @type {Pick<Row, "status" | "responder" | "participants">} */
  #state = { status: "", responder: null, participants: [] }
  /** The newest number when it stood so. */
  #stoodAt = 0

  connectedCallback() {
    if (this.#state.status !== "") return
    // Taken over from another page, the elements inside would wake only after this one.
    customElements.upgrade(this)
    this.#state = { status: "active", responder: null, participants: (this.dataset.participants ?? "").split(" ") }
    this.addEventListener("submit", (submit) => this.#onSubmit(submit))
    this.addEventListener("click", (click) => this.#onClick(click))
    on(this, "pick", ({ body }) => this.#insert(body))
    // Whoever writes on stays, and is warned anew.
    this.addEventListener("input", () => this.#isWarned && put(this, "refusal", ""))
  }

  get room() {
    return this.dataset.room ?? ""
  }

  get standing() {
    return this.dataset.standing ?? ""
  }

  get list() {
    return /** @type {MessageList} */ (this.querySelector("message-list"))
  }

  get composer() {
    return /** @type {MessageComposer} */ (this.querySelector("message-composer"))
  }

  get picker() {
    return /** @type {CannedPicker} */ (this.querySelector("canned-picker"))
  }

  get file() {
    return /** @type {StaffFile} */ (this.querySelector("staff-file"))
  }

  /** Whether words stand in it that nobody has sent: an answer, a summary, a note. */
  get holdsWords() {
    const fields = /** @type {NodeListOf<HTMLTextAreaElement>} */ (this.querySelectorAll(".answer__field, form[data-act] textarea"))
    return [...fields].some((field) => field.value.trim() !== "")
  }

  /** Write on what was begun in another column of the same room, and where. @param {RoomColumn} before @param {Element | null} focused What had the focus. */
  takeOver(before, focused) {
    for (const field of before.querySelectorAll("textarea")) {
      const same = field.id === "" ? null : this.querySelector(`#${CSS.escape(field.id)}`)
      if (!(same instanceof HTMLTextAreaElement)) continue
      same.value = field.value
      grow(same)
    }
    if (before.contains(focused)) this.#focusAs(focused)
  }

  /** How the room stands now; what is not said stays as it was. @param {Partial<Row>} row */
  update(row) {
    if (row.reporter_here !== undefined) this.#showReporter(row.reporter_here)
    // The queue and the room come by lines of their own: what one says may be older than what the other has said.
    if ((row.head ?? this.#stoodAt) < this.#stoodAt) return
    this.#stoodAt = row.head ?? this.#stoodAt
    if (row.status !== undefined) this.#showStanding({ ...this.#state, ...row })
    if (row.urgency !== undefined) this.dataset.urgency = row.urgency
  }

  /** The room as the queue knows it. @param {Row} row */
  showRow(row) {
    this.update(row)
    this.#showSince("wait", "waiting", row.waiting_since)
    this.#showSince("silent", "silence", silentSince(row))
  }

  /** Who is looking at it now. @param {Here} here */
  showHere(here) {
    this.#showReporter(here.reporter)
    const others = here.names.filter((name) => name !== this.dataset.name)
    show(this, "others", others.length > 0)
    say(this, "others-names", others.join(", "))
    this.#addReaders(here.names)
  }

  /** @param {string} role @param {string} name */
  showTyping(role, name) {
    if (role === "team" && name === this.dataset.name) return
    const words = slot(this, "typing-who")?.dataset
    say(this, "typing-who", role === "reporter" ? (words?.reporter ?? "") : fill(words?.team ?? "", { name }))
    show(this, "typing", true)
    clearTimeout(this.#typing)
    this.#typing = setTimeout(() => this.hideTyping(), TYPING_MS)
  }

  hideTyping() {
    show(this, "typing", false)
  }

  /** The reporter said who they are. @param {Record<string, string>} details */
  introduce(details) {
    for (const name of ["name", "contact"]) {
      const fact = slot(this, name)
      const text = details[name] ?? ""
      if (fact === null || text === "") continue
      show(this, name, true)
      fact.querySelector("dd")?.replaceChildren(text)
    }
  }

  /** Whom a room can be handed to, on duty first. @param {Set<string>} onDuty */
  showDuty(onDuty) {
    for (const option of /** @type {NodeListOf<HTMLOptionElement>} */ (this.querySelectorAll("optgroup option"))) {
      const group = onDuty.has(option.value) ? "on" : "off"
      if (option.parentElement?.dataset.duty === group) continue
      option.closest("select")?.querySelector(`[data-duty="${group}"]`)?.append(option)
    }
  }

  /** An act was done: its form folds away, empty. @param {string} id */
  settle(id) {
    const form = this.#answered(id)
    form?.reset()
    form?.closest("details")?.removeAttribute("open")
    if (form !== undefined || this.#isWarned) put(this, "refusal", "")
  }

  /** An act was refused: its form stays as it was, and says why. @param {string} id @param {string} text */
  refuse(id, text) {
    this.#answered(id)
    put(this, "refusal", text)
  }

  /** An act got no answer and was given up: it can be pressed again. @param {string} id */
  expire(id) {
    this.refuse(id, slot(this, "refusal")?.dataset.expired ?? "")
  }

  /** Say that something here would be lost; whether that was said already. */
  warn() {
    const again = this.#isWarned
    put(this, "refusal", slot(this, "refusal")?.dataset.unsent ?? "")
    return again
  }

  get #isWarned() {
    const refusal = slot(this, "refusal")
    return refusal?.textContent === refusal?.dataset.unsent
  }

  /** It may not be read any more; what is on the page stays, to be copied. */
  markGone() {
    this.dataset.standing = "gone"
  }

  /** Do what this button of ours does, if it can be done now. @param {string} act */
  press(act) {
    this.sideOpen = false // On a small screen it lies over what is pressed.
    const form = /** @type {HTMLFormElement | null} */ (this.querySelector(`form[data-act="${act}"]`))
    // In a room behind the others nothing shows; that it can be done is for whoever presses it there to know.
    if (form?.checkVisibility() || !this.checkVisibility()) form?.requestSubmit()
  }

  /** Put the cursor where the answer goes, or on what must be done before. */
  startAnswer() {
    this.sideOpen = false
    if (this.composer.checkVisibility()) return this.composer.focusField()
    const buttons = /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll(".room__foot button"))
    ;[...buttons].find((button) => button.checkVisibility())?.focus()
  }

  /** @param {boolean} open */
  set sideOpen(open) {
    this.toggleAttribute("data-side-open", open)
    this.querySelector("[data-toggle-side]")?.setAttribute("aria-expanded", String(open))
  }

  /** @param {Pick<Row, "status" | "responder" | "participants">} state */
  #showStanding({ status, responder, participants }) {
    this.#state = { status, responder, participants }
    const you = this.dataset.you ?? ""
    const before = this.standing
    this.dataset.standing = standingOf(this.#state, you)
    // Who has just claimed wants to write.
    if (before !== "mine" && this.standing === "mine" && document.activeElement === this) this.composer.focusField()
    say(this, "responder-name", responder?.name ?? "")
    const words = slot(this, "claimed-by")?.dataset
    const name = responder?.name ?? words?.nobody ?? ""
    say(this, "claimed-by", responder?.id === you ? fill(words?.you ?? "", { name }) : name)
  }

  /** @param {boolean} here */
  #showReporter(here) {
    show(this, "here", here)
    show(this, "away", !here)
  }

  /** @param {string} name @param {string} time @param {number} since */
  #showSince(name, time, since) {
    show(this, name, since > 0)
    age(this, time, since)
  }

  /** @param {string[]} names */
  #addReaders(names) {
    const list = slot(this, "readers")
    const known = new Set([...(list?.children ?? [])].map((item) => item.textContent))
    for (const name of names) {
      if (known.has(name)) continue
      const item = document.createElement("li")
      item.textContent = name
      list?.append(item)
    }
  }

  /** On the same field, at the same place in its text; or else on the room: keys must not come to mean something else. @param {Element | null} focused */
  #focusAs(focused) {
    const same = focused?.id ? this.querySelector(`#${CSS.escape(focused.id)}`) : null
    if (!(same instanceof HTMLTextAreaElement && same.checkVisibility())) return this.focus({ preventScroll: true })
    const { selectionStart, selectionEnd } = /** @type {HTMLTextAreaElement} */ (focused)
    same.focus({ preventScroll: true })
    same.setSelectionRange(selectionStart, selectionEnd)
  }

  /** @param {string} body */
  #insert(body) {
    this.composer.text = [this.composer.text.trimEnd(), body].filter((part) => part !== "").join("\n")
    this.composer.focusField()
  }

  /** @param {SubmitEvent} submit */
  #onSubmit(submit) {
    const form = /** @type {HTMLFormElement} */ (submit.target)
    const act = form.dataset.act
    if (act === undefined) return
    submit.preventDefault()
    // A key, or a press in the queue, comes past the button that is grey by now: asked again, it would be refused.
    if (this.#isAsked(form)) return
    const id = newId()
    this.#asked.set(id, form)
    // The pressed button goes away or goes grey: keep the focus in the room.
    if (this.contains(document.activeElement)) this.focus()
    const detail = { t: act, id, ...fieldsOf(form, submit.submitter) }
    setDisabled(form, true)
    put(this, "refusal", "") // The same refusal again is said again.
    this.dispatchEvent(new CustomEvent("act", { detail, bubbles: true }))
  }

  /** @param {HTMLFormElement} form */
  #isAsked(form) {
    return [...this.#asked.values()].includes(form)
  }

  /** @param {string} id */
  #answered(id) {
    const form = this.#asked.get(id)
    this.#asked.delete(id)
    if (form !== undefined) setDisabled(form, false)
    return form
  }

  /** @param {MouseEvent} click */
  #onClick(click) {
    const target = /** @type {Element} */ (click.target)
    if (target.closest("[data-toggle-side]")) this.sideOpen = !this.hasAttribute("data-side-open")
    if (target.closest("[data-leave]")) this.dispatchEvent(new CustomEvent("put-away", { detail: { room: this.room }, bubbles: true }))
  }
}

/** What a form says, without what only a form without scripts needs. @param {HTMLFormElement} form @param {HTMLElement | null} submitter */
function fieldsOf(form, submitter) {
  const { csrf: _csrf, do: _do, ...fields } = Object.fromEntries(new FormData(form, submitter))
  return fields
}

/** Nothing is written into what is on its way: once it is there, the field is empty. @param {HTMLFormElement} form @param {boolean} disabled */
function setDisabled(form, disabled) {
  for (const button of form.querySelectorAll("button")) button.disabled = disabled
  for (const field of form.querySelectorAll("textarea")) field.readOnly = disabled
}

customElements.define("room-column", RoomColumn)
