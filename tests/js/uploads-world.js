// A server of files in memory, and a line to it that loses what is asked and what is answered.

import { Upload } from "../../static/js/protocol/upload.js"

/** @typedef {import("../../static/js/protocol/upload.js").Effect} Effect */

const SEGMENT = 256 * 1024
/** With everything going wrong that can, a file of these sizes takes far fewer steps. */
const MOST_STEPS = 5000

/** Keeps whole segments of what breaks off, as the real one does. */
class FileServer {
  /** Each byte of `file` stands for itself: its place. @type {number[]} */
  bytes = []
  shown = 0
  #size
  #isKnown = false

  /** @param {number} size */
  constructor(size) {
    this.#size = size
  }

  announce() {
    this.#isKnown = true
    return this.#standing(201)
  }

  /** @param {number[]} piece @param {number} offset @param {number} came How much of the piece did. */
  receive(piece, offset, came) {
    if (!this.#isKnown) return refusal(404, "not_found")
    if (offset !== this.bytes.length) return refusal(409, "wrong_offset")
    const isEnd = offset + came === this.#size
    this.bytes.push(...piece.slice(0, isEnd ? came : came - (came % UNIT)))
    return this.#standing(200)
  }

  ask() {
    return this.#isKnown ? this.#standing(200) : refusal(404, "not_found")
  }

  /** @param {boolean} isSlow */
  finish(isSlow) {
    if (!this.#isKnown) return refusal(404, "not_found")
    if (this.bytes.length < this.#size) return refusal(409, "still_arriving")
    if (!isSlow) this.shown = 1
    return this.#standing(200)
  }

  /** Given up, or erased by hand. */
  lose() {
    if (this.shown > 0) return
    this.#isKnown = false
    this.bytes = []
  }

  /** @param {number} status */
  #standing(status) {
    const progress = this.shown > 0 ? "there" : "arriving"
    return { status, body: { attachment: "a-1", progress, offset: Math.min(this.bytes.length * SCALE, this.#size * SCALE), refused: "" } }
  }
}

/** So that a test need not move megabytes: one number of `file` stands for so many bytes. */
const SCALE = SEGMENT / 4
/** Numbers that make a whole segment. */
const UNIT = SEGMENT / SCALE

/** One file over a line on which anything may happen; until it has happened often enough. */
export class RoughUpload {
  /** @type {string[]} */
  askedAfterCancel = []
  #random
  #steps = 0

  /** @param {() => number} random */
  constructor(random) {
    this.#random = random
    this.file = Array.from({ length: 1 + Math.floor(random() * 400) }, (_, place) => place)
    this.server = new FileServer(this.file.length)
    this.upload = new Upload({ size: this.file.length * SCALE, random })
  }

  /** @param {{ cancelAfter?: number }} [options] */
  run({ cancelAfter = MOST_STEPS } = {}) {
    let effects = this.upload.start()
    for (; effects.length > 0 && this.#steps < MOST_STEPS; this.#steps += 1) {
      if (this.#steps === cancelAfter) return this.#cancel(effects)
      effects = effects.flatMap((effect) => this.#carryOut(effect))
    }
  }

  /** @param {Effect[]} under What was on its way: its answer comes all the same. */
  #cancel(under) {
    const asked = this.upload.cancel()
    this.askedAfterCancel = [...asked, ...under.flatMap((effect) => this.#carryOut(effect)), ...this.upload.woke()].map((each) => each.do)
  }

  /** @param {Effect} effect @returns {Effect[]} */
  #carryOut(effect) {
    if (effect.do === "wait") return this.upload.woke()
    if (this.#happens(0.1)) return this.upload.broke() // It never got there.
    if (this.#happens(0.02)) this.server.lose()
    if (this.#happens(0.05)) return this.upload.answered(503, { ...nothing(), code: "too_busy" }, 1000)
    const { status, body } = this.#answer(effect)
    if (this.#happens(0.1)) return this.upload.broke() // It did; the answer was lost.
    return this.upload.answered(status, body)
  }

  /** @param {Effect} effect @returns {{ status: number, body: any }} */
  #answer(effect) {
    switch (effect.do) {
      case "announce": return this.server.announce()
      case "ask": return this.server.ask()
      case "finish": return this.server.finish(this.#happens(0.3))
      case "send": return this.#receive(effect.from / SCALE, effect.to / SCALE)
      default: return refusal(500, "")
    }
  }

  /** @param {number} from @param {number} to */
  #receive(from, to) {
    const piece = this.file.slice(from, to)
    const came = this.#happens(0.2) ? Math.floor(this.#random() * piece.length) : piece.length
    return this.server.receive(piece, from, came)
  }

  /** @param {number} often Less and less, or it would never end. */
  #happens(often) {
    return this.#random() < often * Math.max(0, 1 - this.#steps / 1000)
  }
}

/** @param {number} status @param {string} code */
function refusal(status, code) {
  return { status, body: { ...nothing(), code } }
}

function nothing() {
  return { attachment: "", progress: "", offset: 0, refused: "" }
}
