// One file on its way to the server, without the network: answers and silence go in, what to do next comes out.
// What the server has acknowledged is safe; after any break it is asked how far it is, and goes on from there.
// Pure: chance is passed in, net/uploads.js carries the effects out.

import { Backoff } from "./backoff.js"

/** What the server says of a file. @typedef {{ attachment: string, progress: string, offset: number, refused: string }} Standing */
/** A refusal, or what a proxy answered instead. @typedef {{ code?: string, text?: string }} Problem */

/**
 * One request at a time.
 * @typedef {(
 *   | { do: "announce" }
 *   | { do: "send", from: number, to: number }
 *   | { do: "ask" }
 *   | { do: "finish" }
 *   | { do: "forget" }
 *   | { do: "stop" }
 *   | { do: "wait", milliseconds: number }
 * )} Effect
 */

/** `chosen`: nobody has pressed Send yet. @typedef {"chosen" | "sending" | "cleaning" | "done" | "failed" | "cancelled"} Stage */

/** What is sent at once, where the line allows it. The server keeps less of it, too, when the line breaks. */
export const PIECE = 4 * 1024 * 1024
/** What a careful proxy between us lets through. */
export const SMALL_PIECE = 256 * 1024
/** So often a file may vanish on the server before that is the end of it. */
const VANISHES = 3

export class Upload {
  /** @type {Stage} */
  stage = "chosen"
  /** Nobody answers right now; it goes on by itself. */
  isOffline = false
  /** Why it failed, in the server's words; empty if it had none. */
  why = ""
  /** The server will never take this file, however often it comes. */
  isFinal = false
  /** In bytes. */
  size
  #backoff
  #piece = PIECE
  #attachment = ""
  #safe = 0
  #moving = 0
  #vanished = 0
  /** @type {Effect["do"] | ""} */
  #asked = ""

  /** @param {{ size: number, random: () => number }} options */
  constructor({ size, random }) {
    this.size = size
    this.#backoff = new Backoff(random)
  }

  /** By what name the server knows it; empty until it does. */
  get attachment() {
    return this.#attachment
  }

  /** From 0 to 1: what is safe, and what is on the line now. */
  get fraction() {
    return (this.#safe + this.#moving) / this.size
  }

  /** Whether something is still to happen by itself. */
  get isUnderWay() {
    return this.stage === "sending" || this.stage === "cleaning"
  }

  /** Send it. @returns {Effect[]} */
  start() {
    if (this.stage !== "chosen") return []
    this.stage = "sending"
    return this.#do({ do: "announce" })
  }

  /** Begun before this page was loaded: the server has all of it, and only has to be asked to finish. @param {Standing} standing @returns {Effect[]} */
  resume(standing) {
    return this.#take(standing)
  }

  /** So many bytes of the present piece have left. @param {number} bytes */
  moved(bytes) {
    if (this.#asked === "send") this.#moving = bytes
  }

  /**
   * The server answered.
   * @param {number} status @param {Standing & Problem} body Empty fields for what is no JSON of ours.
   * @param {number} [away] For how many milliseconds it asks to be left alone.
   * @returns {Effect[]}
   */
  answered(status, body, away = 0) {
    const asked = this.#asked
    this.#asked = ""
    this.#moving = 0
    if (this.stage === "cancelled" && asked === "announce" && status < 300) {
      this.#attachment = body.attachment
      return [{ do: "forget" }]
    }
    if (!this.isUnderWay) return []
    this.isOffline = false
    if (status < 300) return this.#take(body, asked)
    return this.#refused(asked, status, body, away)
  }

  /** Nobody answered. @returns {Effect[]} */
  broke() {
    this.#asked = ""
    this.#moving = 0
    if (!this.isUnderWay) return []
    this.isOffline = true
    return this.#wait()
  }

  /** The wait is over, or the network is back. @returns {Effect[]} */
  woke() {
    if (!this.isUnderWay || this.#asked !== "wait") return []
    if (this.#attachment === "") return this.#do({ do: "announce" })
    return this.#do(this.stage === "cleaning" ? { do: "finish" } : { do: "ask" })
  }

  /** The browser can't read it any more. @returns {Effect[]} */
  unreadable() {
    return this.#fail("")
  }

  /** Stop, and have the server forget what it has. @returns {Effect[]} */
  cancel() {
    if (this.stage === "done" || this.stage === "cancelled") return []
    this.stage = "cancelled"
    // Not stopped: what it is called on the server, and has to be forgotten by, comes with the answer.
    if (this.#asked === "announce") return []
    return [{ do: "stop" }, ...(this.#attachment === "" ? [] : [/** @type {Effect} */ ({ do: "forget" })])]
  }

  /** @param {Standing} standing @param {string} [asked] @returns {Effect[]} */
  #take(standing, asked = "") {
    if (standing.offset > this.#safe) {
      this.#backoff.reset()
      this.#vanished = 0
    }
    this.#attachment = standing.attachment
    this.#safe = standing.offset
    if (standing.progress === "refused") return this.#fail(standing.refused, true)
    if (standing.progress === "there") return this.#succeed()
    if (standing.progress === "arriving" && standing.offset < this.size) return this.#sendNext()
    this.stage = "cleaning"
    // It is being cleaned elsewhere: not again at once.
    return asked === "finish" ? this.#wait() : this.#do({ do: "finish" })
  }

  /** @returns {Effect[]} */
  #sendNext() {
    this.stage = "sending"
    return this.#do({ do: "send", from: this.#safe, to: Math.min(this.size, this.#safe + this.#piece) })
  }

  /** @param {string} asked @param {number} status @param {Problem} problem @param {number} away @returns {Effect[]} */
  #refused(asked, status, { code = "", text = "" }, away) {
    if (code === "wrong_offset" || code === "still_arriving") return this.#askAgain()
    if (status === 404 && asked !== "announce") return this.#vanish()
    if (status === 413 && code === "" && this.#piece > SMALL_PIECE) return this.#shrink()
    if (status === 429 || status >= 500) return this.#wait(away)
    return this.#fail(text, code === "cannot_clean")
  }

  /** Another page of ours sends the same file, or an answer was lost: how far is it? @returns {Effect[]} */
  #askAgain() {
    this.stage = "sending"
    return this.#wait()
  }

  /** Something between us takes no large bodies. @returns {Effect[]} */
  #shrink() {
    this.#piece = SMALL_PIECE
    return this.#sendNext()
  }

  /** The server does not have it any more: from the beginning, under the same id. @returns {Effect[]} */
  #vanish() {
    this.#vanished += 1
    if (this.#vanished > VANISHES) return this.#fail("")
    this.stage = "sending"
    this.#attachment = ""
    this.#safe = 0
    return this.#wait()
  }

  /** @param {string} why @param {boolean} [isFinal] @returns {Effect[]} */
  #fail(why, isFinal = false) {
    this.stage = "failed"
    this.why = why
    this.isFinal = isFinal
    return []
  }

  /** @returns {Effect[]} */
  #succeed() {
    this.stage = "done"
    return []
  }

  /** @param {number} [away] @returns {Effect[]} */
  #wait(away = 0) {
    return this.#do({ do: "wait", milliseconds: Math.max(away, this.#backoff.next()) })
  }

  /** @param {Effect} effect @returns {Effect[]} */
  #do(effect) {
    this.#asked = effect.do
    return [effect]
  }
}
