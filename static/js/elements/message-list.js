// <message-list>: the lines of one conversation. Takes over what the server rendered and keeps it live.
// Emits: "seen-to" {seq} when the reader has a line before their eyes, "retry" {id} for a line that was given up,
// "earlier" {url} when the reader asks for what was said before.

import { fillFigure, withhold } from "./attachment-node.js"
import { fillNode, lookOf, put, putTime, slot } from "./message-node.js"
import { wordsOf } from "./words.js"

/** @typedef {import("../protocol/frames.js").RoomEvent} RoomEvent */
/** @typedef {import("../protocol/outbox.js").Outbox} Outbox */
/** `lost`: not sent, and from this page it can't be any more. @typedef {"sending" | "sent" | "read" | "unsent" | "lost"} Progress */

/** How near to the end still counts as reading the end. */
const NEAR_END_PX = 120
/** Screen readers hear of a change a little later. */
const HUSHED_MS = 500
/** A column of which less is on the screen is not read. */
const HALF = 0.5
const TICK_MS = 10_000

setInterval(() => {
  for (const list of document.querySelectorAll("message-list")) if (list instanceof MessageList) list.tellTimes()
}, TICK_MS)

export class MessageList extends HTMLElement {
  /** Own lines that the server has not heard yet, by client id. @type {Set<string>} */
  #pending = new Set()
  /** Nodes by client id (own) and by number. @type {Map<string | number, HTMLElement>} */
  #nodes = new Map()
  /** Files that are not shown any more, also in lines that are still on their way. @type {Set<string>} */
  #withheld = new Set()
  #readUpTo = 0
  /** The reader is at the end, and stays there when the room around the list changes. */
  #follows = true
  /** The day the times are told for. */
  #today = new Date().toDateString()
  #resized = new ResizeObserver(() => this.#follows && this.scrollToEnd())
  /** Only what is truly on the screen is read: not in a column that is scrolled away, nor under a cover. */
  #isEndOnScreen = false
  #watched = new IntersectionObserver((changes) => this.#onWatched(changes), { threshold: HALF })
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #hushed
  /** @type {any} */
  #words = {}

  connectedCallback() {
    if (this.#nodes.size > 0) return
    this.#words = wordsOf(this)
    this.#readUpTo = Number(this.dataset.readUpTo ?? 0)
    this.#items().forEach((node) => this.#adopt(node))
    this.#scroller.addEventListener("scroll", () => this.#onScroll(), { passive: true })
    this.#resized.observe(this.#scroller)
    this.#end.style.blockSize = "1px" // Half of nothing can't be told from all of it.
    this.#watched.observe(this.#end)
    this.addEventListener("click", (click) => this.#onClick(click))
    document.addEventListener("visibilitychange", this.#whenShown)
    this.scrollToEnd()
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.#whenShown)
    this.#resized.disconnect()
    this.#watched.disconnect()
  }

  /** The last number shown. */
  get last() {
    return Math.max(0, ...this.#items().map((node) => Number(node.dataset.seq ?? 0)))
  }

  /** Show what was just written, before the server has heard it. @param {string} id @param {string} body */
  echo(id, body) {
    const at = Math.floor(Date.now() / 1000)
    this.#pending.add(id)
    const by = { role: this.#viewer, name: this.dataset.name ?? "", id: this.dataset.you ?? "" }
    const node = this.#clone("own")
    fillNode(node, { seq: 0, kind: "message_posted", by, id, at, body, details: {} }, this.#words)
    delete node.dataset.seq
    this.#nodes.set(id, node)
    this.#list.append(node)
    this.#mark(node, "sending")
    this.#groupWithNeighbour(node)
    this.scrollToEnd()
  }

  /** Show what an earlier list of this conversation had that was not answered. What stands here is. @param {Outbox} outbox */
  takeOver(outbox) {
    for (const { act, isGivenUp } of outbox.all().filter(({ act }) => act.t === "say")) {
      if (this.#has(act.id)) outbox.settle(act.id)
      else this.echo(act.id, String(act.body))
      if (isGivenUp) this.mark(act.id, "unsent")
    }
  }

  /** Show what the server says happened; an echo becomes the real thing in place. @param {RoomEvent} event */
  show(event) {
    if (this.#nodes.has(event.seq)) return
    const follow = this.#follows
    const own = this.#isOwn(event)
    const node = (own && this.#nodes.get(event.id)) || this.#clone(lookOf(event, own))
    if (own) this.#pending.delete(event.id)
    fillNode(node, event, this.#words)
    fillFigure(node, event, this, this.#words)
    this.#withholdIn(node)
    this.#nodes.set(event.seq, node)
    this.#place(node)
    if (own) this.#mark(node, event.seq <= this.#readUpTo ? "read" : "sent")
    this.#groupWithNeighbour(node)
    if (follow) this.scrollToEnd()
    else this.#jump.hidden = false
    this.#atEnd()
  }

  /**
   * Put above what was said before, and leave the reader where they are.
   * @param {HTMLElement[]} lines @param {string} earlier Where there is more; empty for none.
   */
  showEarlier(lines, earlier) {
    const first = this.#items()[0]
    const fresh = lines.filter((line) => !this.#nodes.has(Number(line.dataset.seq)))
    const box = this.#scroller
    const below = box.scrollHeight - box.scrollTop
    this.#hush()
    this.#list.prepend(...fresh)
    fresh.forEach((node) => this.#adopt(node))
    if (first !== undefined) this.#groupWithNeighbour(first)
    put(this, "not-come", "")
    const link = /** @type {HTMLAnchorElement | null} */ (this.querySelector("[data-slot=earlier] a"))
    if (earlier !== "") link?.setAttribute("href", earlier)
    else {
      slot(this, "earlier")?.remove()
      box.focus()
    }
    box.scrollTop = box.scrollHeight - below
  }

  /**
   * Whether a number here has another line in the page, or is not there any more: the server was restored from a backup.
   * @param {HTMLElement[]} lines
   */
  contradicts(lines) {
    const isOther = (/** @type {HTMLElement} */ line) => {
      const known = this.#nodes.get(Number(line.dataset.seq))
      return known !== undefined && known.dataset.id !== line.dataset.id
    }
    return Number(lines.at(-1)?.dataset.seq ?? 0) < this.last || lines.some(isOther)
  }

  /** Put below what was said since, as a page has it; an echo becomes the real thing. @param {HTMLElement[]} lines */
  showLater(lines) {
    const follow = this.#follows
    const fresh = lines.filter((line) => !this.#nodes.has(Number(line.dataset.seq)))
    for (const node of fresh) {
      this.withdraw(node.dataset.id ?? "")
      this.#adopt(node)
      this.#place(node)
      this.#groupWithNeighbour(node)
    }
    if (follow) this.scrollToEnd()
    else if (fresh.length > 0) this.#jump.hidden = false
  }

  /** What was said before was asked for, and did not come. */
  tellNotCome() {
    put(this, "not-come", slot(this, "not-come")?.dataset.words ?? "")
  }

  /** Once the day is over, what was said on it was not said today. */
  tellTimes() {
    const today = new Date().toDateString()
    if (today === this.#today) return
    this.#today = today
    this.#hush()
    this.#items().forEach(tellTime)
  }

  /** How far a line got that the server has not shown; of one it has, more is known. @param {string} id @param {Progress} progress */
  mark(id, progress) {
    const node = this.#nodes.get(id)
    if (node !== undefined && this.#pending.has(id)) this.#mark(node, progress)
  }

  /** Take back an echo that the server refused. @param {string} id */
  withdraw(id) {
    if (!this.#pending.delete(id)) return
    this.#nodes.get(id)?.remove()
    this.#nodes.delete(id)
  }

  /** A file is not shown any more. Heard again, it changes nothing. @param {string} attachment */
  withhold(attachment) {
    this.#withheld.add(attachment)
    this.#items().forEach((node) => this.#withholdIn(node))
  }

  /** The other side has seen everything up to `seq`. @param {number} seq */
  readUpTo(seq) {
    this.#readUpTo = Math.max(this.#readUpTo, seq)
    for (const node of this.#items()) {
      const number = Number(node.dataset.seq ?? 0)
      if (number > 0 && number <= this.#readUpTo) this.#mark(node, "read")
    }
  }

  /** A line between the lines, of this page only: "You were offline ...". @param {string} text */
  remark(text) {
    const follow = this.#follows
    const node = this.#clone("note")
    put(node, "text", text)
    node.classList.add("note--here")
    this.#place(node)
    if (follow) this.scrollToEnd()
  }

  scrollToEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight
    this.#follows = true
    this.#atEnd()
  }

  /** Take every word off the page. */
  wipe() {
    this.#list.replaceChildren()
    this.#nodes.clear()
  }

  /** @returns {"team" | "reporter"} */
  get #viewer() {
    return this.dataset.viewer === "team" ? "team" : "reporter"
  }

  get #list() {
    return /** @type {HTMLElement} */ (this.querySelector("[data-slot=list]"))
  }

  get #scroller() {
    return /** @type {HTMLElement} */ (this.querySelector("[data-slot=scroller]"))
  }

  get #end() {
    return /** @type {HTMLElement} */ (this.querySelector("[data-slot=end]"))
  }

  get #jump() {
    return /** @type {HTMLElement} */ (this.querySelector("[data-slot=jump]"))
  }

  #items() {
    return /** @type {HTMLElement[]} */ ([...this.#list.children])
  }

  /** Whether a line was written under this id. @param {string} id */
  #has(id) {
    return this.#items().some((node) => node.dataset.id === id)
  }

  /** @param {HTMLElement} node */
  #adopt(node) {
    const seq = Number(node.dataset.seq ?? 0)
    if (seq > 0) this.#nodes.set(seq, node)
    this.#withholdIn(node)
    tellTime(node)
  }

  /** @param {HTMLElement} node */
  #withholdIn(node) {
    const figure = slot(node, "attachment")
    if (figure === null || !this.#withheld.has(figure.dataset.attachment ?? "")) return
    const hadFocus = figure.contains(document.activeElement)
    withhold(figure, this)
    if (hadFocus) this.#keepFocus()
    this.dispatchEvent(new CustomEvent("withheld"))
  }

  /** @param {RoomEvent} event */
  #isOwn(event) {
    if (this.#viewer === "reporter") return event.by.role === "reporter"
    return event.by.role === "team" && event.by.id === this.dataset.you
  }

  /** @param {string} look */
  #clone(look) {
    const template = /** @type {HTMLTemplateElement} */ (this.querySelector(`template[data-look="${look}"]`))
    return /** @type {HTMLElement} */ (document.importNode(template.content, true).firstElementChild)
  }

  /** Before what the server has not heard yet, after everything else. @param {HTMLElement} node */
  #place(node) {
    const firstPending = this.#items().find((item) => item !== node && this.#pending.has(item.dataset.id ?? "")) ?? null
    // What is put where it is already is news to a screen reader.
    const isThere = node.parentElement === this.#list && node.nextElementSibling === firstPending
    if (!isThere) this.#list.insertBefore(node, firstPending)
  }

  /** What was said before is not to be read out like news. */
  #hush() {
    const log = this.#list.closest("[role=log]")
    log?.setAttribute("aria-live", "off")
    clearTimeout(this.#hushed)
    this.#hushed = setTimeout(() => log?.removeAttribute("aria-live"), HUSHED_MS)
  }

  /** @param {HTMLElement} node */
  #groupWithNeighbour(node) {
    const before = /** @type {HTMLElement | null} */ (node.previousElementSibling)
    const author = node.dataset.author ?? ""
    node.classList.toggle("message--follows", author !== "" && before?.dataset.author === author)
  }

  /** @param {HTMLElement} node @param {Progress} progress */
  #mark(node, progress) {
    const isUnsent = progress === "unsent" || progress === "lost"
    put(node, "state", this.#words.states[isUnsent ? "unsent" : progress])
    node.classList.toggle("message--pending", progress === "sending")
    node.classList.toggle("message--unsent", isUnsent)
    const retry = slot(node, "retry")
    if (retry !== null) retry.hidden = progress !== "unsent"
  }

  #isNearEnd() {
    const box = this.#scroller
    return box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END_PX
  }

  #onScroll() {
    this.#follows = this.#isNearEnd()
    this.#atEnd()
  }

  /** @param {IntersectionObserverEntry[]} changes */
  #onWatched(changes) {
    this.#isEndOnScreen = (changes.at(-1)?.intersectionRatio ?? 0) >= HALF
    this.#tellSeen()
  }

  /** What was on the screen when the page was looked at last may be covered by now: ask anew. */
  #whenShown = () => {
    this.#isEndOnScreen = false
    this.#watched.unobserve(this.#end)
    this.#watched.observe(this.#end)
  }

  #atEnd() {
    if (!this.#isNearEnd()) return
    this.#jump.hidden = true
    this.#tellSeen()
  }

  #tellSeen() {
    if (!this.#isEndOnScreen || document.visibilityState !== "visible") return
    const detail = { seq: this.last }
    if (detail.seq > 0) this.dispatchEvent(new CustomEvent("seen-to", { detail, bubbles: true }))
  }

  /** @param {Event} click */
  #onClick(click) {
    const target = /** @type {Element} */ (click.target)
    if (target.closest("[data-slot=jump]")) {
      this.scrollToEnd()
      this.#keepFocus()
    }
    const url = target.closest("[data-slot=earlier] a")?.getAttribute("href")
    if (url) {
      click.preventDefault()
      this.dispatchEvent(new CustomEvent("earlier", { detail: { url }, bubbles: true }))
    }
    const id = target.closest("[data-slot=retry]")?.closest("[data-id]")?.getAttribute("data-id")
    if (id) {
      this.dispatchEvent(new CustomEvent("retry", { detail: { id }, bubbles: true }))
      this.#keepFocus()
    }
  }

  /** What had the focus is gone by now, and who works by keyboard would start again at the top of the page. */
  #keepFocus() {
    this.#scroller.focus({ preventScroll: true })
  }
}

/** @param {HTMLElement} node */
function tellTime(node) {
  putTime(node, Number(slot(node, "at")?.dataset.at ?? 0))
}

customElements.define("message-list", MessageList)
