// Files of one conversation on their way: asks, sends, waits and asks again, one file after the other. What decides
// something is in protocol/upload.js. Everything is in memory only: after a reload the person chooses the file again.

import { BEGINNING, sameAs, typeOf } from "../protocol/choosing.js"
import { Backoff } from "../protocol/backoff.js"
import { hexOf, newId } from "../protocol/ids.js"
import { Upload } from "../protocol/upload.js"

/** @typedef {import("../protocol/upload.js").Effect} Effect */
/** @typedef {import("../protocol/choosing.js").Begun & { progress: string, refused: string }} Begun */

/** Silence after which whoever should answer is gone: longer than the server takes its time to clean. */
const QUIET_MS = 40_000
const SERVER_ERROR = 500
const PIECE_TYPE = "application/offset+octet-stream"

/** A file of this page. `file` is null for one whose bytes the server has already. */
export class Item {
  alt = ""
  keepsOriginal = false
  /** Whether somebody pressed Send. */
  isWanted = false
  mark = ""
  /** Until it is known whether the server has its beginning. @type {Promise<void>} */
  recognized = Promise.resolve()

  /** @param {string} id @param {File | null} file @param {Upload} upload */
  constructor(id, file, upload) {
    this.id = id
    this.file = file
    this.upload = upload
  }
}

/** Emits "changed" {item}, when anything about it did; "begun", when it is known what was not finished. */
export class Uploads extends EventTarget {
  /** @type {Item[]} */
  items = []
  /** What an earlier page began and did not end. @type {Begun[]} */
  begun = []
  #address
  #isOpen
  /** Which conversation they are for, where the address does not say it. */
  #room = ""
  /** @type {Item | null} */
  #current = null
  /** @type {XMLHttpRequest | null} */
  #request = null
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #waiting
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #looking
  /** Until it is known what was begun; null as long as nobody asked. @type {Promise<void> | null} */
  #looked = null
  #backoff = new Backoff(Math.random)
  #isClosed = false

  /** @param {string} address @param {{ isOpen?: boolean }} [options] Not open: nothing leaves before there is a conversation. */
  constructor(address, { isOpen = true } = {}) {
    super()
    this.#address = address
    this.#isOpen = isOpen
    addEventListener("online", this.#wake)
  }

  /** There is a conversation to send to. @param {string} room */
  open(room) {
    this.#room = room
    this.#isOpen = true
    this.#next()
  }

  /** There is none, or not yet: what was to be sent waits for Send to be pressed again. */
  hold() {
    this.#isOpen = false
    for (const item of this.items.filter((each) => each.isWanted && each.upload.stage === "chosen")) {
      item.isWanted = false
      this.#changed(item)
    }
  }

  /** Ask what was begun, until that is answered, and once. What only has to be finished is. */
  look() {
    this.#looked ??= this.#findBegun()
  }

  /** Choose a file. @param {File} file */
  add(file) {
    const item = new Item(newId(), file, new Upload({ size: file.size, random: Math.random }))
    item.recognized = this.#recognize(item, file)
    this.items.push(item)
    this.#changed(item)
  }

  /** Send everything that was chosen. @param {{ keepsOriginal: boolean }} how */
  send({ keepsOriginal }) {
    for (const item of this.items.filter((each) => each.upload.stage === "chosen" && !each.isWanted)) {
      item.isWanted = true
      item.keepsOriginal = keepsOriginal
      this.#changed(item)
    }
    this.#next()
  }

  /** @param {Item} item */
  retry(item) {
    if (item.file === null) return
    item.upload = new Upload({ size: item.file.size, random: Math.random })
    this.#changed(item)
    this.#next()
  }

  /** Take it away, whatever has become of it. @param {Item} item */
  cancel(item) {
    this.items = this.items.filter((each) => each !== item)
    this.#carryOut(item, item.upload.cancel())
    this.#changed(item)
    this.#leave(item)
  }

  /** Never mind what an earlier page began. @param {Begun} begun */
  forget(begun) {
    this.#forgetBegun(begun.id)
    ask("DELETE", `${this.#address}/${begun.attachment}`)
  }

  /** Nothing more leaves. What has arrived of them is offered again where the conversation is opened again. */
  stop() {
    this.#isOpen = false
    for (const item of this.items) {
      item.upload.cancel()
      this.#changed(item)
    }
    this.close()
  }

  /** Let go of everything; the server keeps what it has for a day. */
  close() {
    this.#isClosed = true
    removeEventListener("online", this.#wake)
    clearTimeout(this.#waiting)
    clearTimeout(this.#looking)
    this.#request?.abort()
    this.items = []
    this.#current = null
  }

  /** Whether a file was chosen and is not there yet. */
  get isUnfinished() {
    return this.isUnderWay || this.items.some(({ upload }) => upload.stage === "chosen")
  }

  /** Whether one is being sent. */
  get isUnderWay() {
    return this.items.some(({ upload }) => upload.isUnderWay)
  }

  #wake = () => {
    const item = this.#current
    if (item !== null) this.#carryOut(item, item.upload.woke())
  }

  async #findBegun() {
    let answer = await ask("GET", this.#address)
    while (answer === null || answer.status >= SERVER_ERROR) {
      await this.#pause(answer?.away ?? 0)
      answer = await ask("GET", this.#address)
    }
    if (answer.status !== 200 || this.#isClosed) return
    const known = new Set(this.items.map((item) => item.id))
    const begun = /** @type {Begun[]} */ (answer.body.unfinished ?? []).filter((each) => !known.has(each.id) && each.progress !== "refused")
    this.begun = begun.filter((each) => each.offset < each.size)
    begun.filter((each) => each.offset >= each.size).forEach((each) => this.#finish(each))
    this.dispatchEvent(new Event("begun"))
  }

  /** Before asking again; once this is closed, it never ends. @param {number} away Milliseconds the server wants to be left alone. @returns {Promise<void>} */
  #pause(away) {
    return new Promise((resolve) => {
      if (!this.#isClosed) this.#looking = setTimeout(resolve, Math.max(away, this.#backoff.next()))
    })
  }

  /** @param {Item} item @param {File} file */
  async #recognize(item, file) {
    item.mark = await markOf(file)
    await this.#looked
    const before = sameAs(this.begun, { size: file.size, mark: item.mark })
    if (before === undefined || !this.items.includes(item)) return
    item.id = before.id
    this.#forgetBegun(before.id)
  }

  /** @param {Begun} begun */
  #finish(begun) {
    const item = new Item(begun.id, null, new Upload({ size: begun.size, random: Math.random }))
    item.isWanted = true
    this.items.push(item)
    this.#carryOut(item, item.upload.resume(begun))
    this.#changed(item)
  }

  /** @param {string} id */
  #forgetBegun(id) {
    this.begun = this.begun.filter((each) => each.id !== id)
    this.dispatchEvent(new Event("begun"))
  }

  #next() {
    if (!this.#isOpen || this.#current !== null) return
    const item = this.items.find((each) => each.isWanted && each.upload.stage === "chosen")
    if (item !== undefined) this.#begin(item)
  }

  /** @param {Item} item */
  async #begin(item) {
    this.#current = item
    await item.recognized
    if (!this.items.includes(item)) return
    this.#carryOut(item, item.upload.start())
    this.#changed(item)
  }

  /** @param {Item} item */
  #leave(item) {
    if (this.#current !== item) return
    this.#current = null
    this.#next()
  }

  /** @param {Item} item @param {Effect[]} effects */
  #carryOut(item, effects) {
    for (const effect of effects) {
      switch (effect.do) {
        case "announce": this.#ask(item, "POST", "", announcementOf(item, this.#room)); break
        case "ask": this.#ask(item, "GET", `/${item.upload.attachment}`); break
        case "finish": this.#ask(item, "POST", `/${item.upload.attachment}/finish`); break
        case "send": this.#send(item, effect.from, effect.to); break
        case "forget": ask("DELETE", `${this.#address}/${item.upload.attachment}`); break
        case "stop": this.#stop(item); break
        case "wait": this.#wait(item, effect.milliseconds); break
      }
    }
  }

  /** @param {Item} item @param {string} method @param {string} path @param {string} [body] */
  async #ask(item, method, path, body) {
    this.#hear(item, await ask(method, this.#address + path, { body, taken: (request) => this.#take(item, request) }))
  }

  /** @param {Item} item @param {number} from @param {number} to */
  async #send(item, from, to) {
    const body = await bytesOf(item.file, from, to)
    if (body === null) return this.#carryOn(item, item.upload.unreadable())
    if (item.upload.stage !== "sending") return
    const address = `${this.#address}/${item.upload.attachment}`
    this.#hear(item, await ask("PATCH", address, {
      body,
      headers: { "Content-Type": PIECE_TYPE, "Upload-Offset": String(from) },
      taken: (request) => this.#take(item, request),
      moved: (bytes) => {
        item.upload.moved(bytes)
        this.#changed(item)
      },
    }))
  }

  /** @param {Item} item @param {Answer | null} answer */
  #hear(item, answer) {
    if (this.#isClosed) return
    const effects = answer === null ? item.upload.broke() : item.upload.answered(answer.status, answer.body, answer.away)
    if (this.items.includes(item)) this.#carryOn(item, effects)
    else this.#carryOut(item, effects)
  }

  /** @param {Item} item @param {Effect[]} effects */
  #carryOn(item, effects) {
    this.#carryOut(item, effects)
    this.#changed(item)
    if (!item.upload.isUnderWay) this.#leave(item)
  }

  /** @param {Item} item @param {XMLHttpRequest} request */
  #take(item, request) {
    if (item === this.#current) this.#request = request
  }

  /** @param {Item} item */
  #stop(item) {
    if (item !== this.#current) return
    clearTimeout(this.#waiting)
    this.#request?.abort()
  }

  /** @param {Item} item @param {number} milliseconds */
  #wait(item, milliseconds) {
    const waiting = setTimeout(() => this.#carryOut(item, item.upload.woke()), milliseconds)
    if (item === this.#current) this.#waiting = waiting
  }

  /** @param {Item} item */
  #changed(item) {
    this.dispatchEvent(new CustomEvent("changed", { detail: { item } }))
  }
}

/** @typedef {{ status: number, body: any, away: number }} Answer */
/** @typedef {{ body?: string | ArrayBuffer | undefined, headers?: Record<string, string>, taken?: (request: XMLHttpRequest) => void, moved?: (bytes: number) => void }} More */

/** Null: nobody answered. XMLHttpRequest, because it alone tells how much has left. @param {string} method @param {string} address @param {More} [more] @returns {Promise<Answer | null>} */
function ask(method, address, { body, headers = {}, taken, moved } = {}) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest()
    const hush = quiet(() => request.abort())
    request.open(method, address)
    if (typeof body === "string") request.setRequestHeader("Content-Type", "application/json")
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    request.upload.onprogress = (progress) => {
      hush.heard()
      moved?.(progress.loaded)
    }
    request.onloadend = () => {
      hush.end()
      resolve(request.status === 0 ? null : answerOf(request))
    }
    taken?.(request)
    request.send(body ?? null)
  })
}

/** @param {XMLHttpRequest} request @returns {Answer} */
function answerOf(request) {
  const away = Number(request.getResponseHeader("Retry-After") ?? 0)
  return { status: request.status, body: parsed(request.responseText), away: Number.isFinite(away) ? away * 1000 : 0 }
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text) ?? {}
  } catch {
    return {}
  }
}

/** Call `gone` when nothing is heard for too long. @param {() => void} gone */
function quiet(gone) {
  let timer = setTimeout(gone, QUIET_MS)
  return {
    heard() {
      clearTimeout(timer)
      timer = setTimeout(gone, QUIET_MS)
    },
    end: () => clearTimeout(timer),
  }
}

/** @param {Item} item @param {string} room */
function announcementOf({ id, file, alt, mark, keepsOriginal }, room) {
  if (file === null) return ""
  return JSON.stringify({ id, type: typeOf(file), size: file.size, alt, mark, keep_original: keepsOriginal, room })
}

/** Null: the phone that held it is unplugged, or it has changed meanwhile. @param {File | null} file @param {number} from @param {number} to */
async function bytesOf(file, from, to) {
  try {
    return (await file?.slice(from, to).arrayBuffer()) ?? null
  } catch {
    return null
  }
}

/** By what this file is known again after a reload. The server keeps it sealed, until it has all. Empty where the browser can't tell. @param {File} file */
async function markOf(file) {
  const beginning = await bytesOf(file, 0, BEGINNING)
  if (beginning === null || crypto.subtle === undefined) return ""
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", beginning))
  return hexOf(digest.slice(0, 16))
}
