// One file on its way to the server: announced, sent in pieces, made safe there, shown. Goes on by itself after a lost
// connection, from the last byte that is safe. Emits "change" whenever `state`, `sent` or `why` is another.
// XMLHttpRequest for the pieces, because it alone tells how much has left.

import { Backoff } from "../protocol/backoff.js"
import { mediaTypeOf } from "../protocol/file-kinds.js"

/** @typedef {"waiting" | "sending" | "offline" | "cleaning" | "done" | "failed" | "cancelled"} State */
/** @typedef {{ attachment: string, progress: string, offset: number }} Answer */

const PIECE = 1024 * 1024
const PIECE_TYPE = "application/offset+octet-stream"
/** A piece may take its time over a weak signal; one that does not move at all is given up, and sent again. */
const STUCK_MS = 40_000

/** The server said no, and will again. */
class Refused extends Error {
  /** @param {string} code @param {string} text */
  constructor(code, text) {
    super(text)
    this.code = code
  }
}

export class Upload extends EventTarget {
  /** @type {State} */
  state = "waiting"
  /** Bytes that have left. */
  sent = 0
  /** Why it failed, in words. */
  why = ""
  alt = ""
  keepOriginal = false

  #place = ""
  #id = ""
  #mark = ""
  #attachment = ""
  #backoff = new Backoff(Math.random)
  /** @type {XMLHttpRequest | null} */
  #request = null
  /** @type {(() => void) | null} */
  #wake = null

  /** @param {File} file */
  constructor(file) {
    super()
    this.file = file
  }

  get isOver() {
    return this.state === "done" || this.state === "failed" || this.state === "cancelled"
  }

  /** @param {{ place: string, id: string, mark: string }} where */
  async start({ place, id, mark }) {
    if (this.state !== "waiting" && this.state !== "failed") return
    this.#place = place
    this.#id = id
    this.#mark = mark
    this.#become("sending")
    addEventListener("online", this.#onOnline)
    while (!this.isOver) await this.#try()
    removeEventListener("online", this.#onOnline)
  }

  /** Send nothing more. The server keeps what it has, for a day. */
  stop() {
    this.#become("cancelled")
    this.#request?.abort()
    this.#wake?.()
  }

  cancel() {
    this.stop()
    if (this.#attachment !== "") this.#ask("DELETE", `/${this.#attachment}`).catch(() => null)
  }

  async #try() {
    try {
      await this.#send()
      this.#backoff.reset()
    } catch (error) {
      if (this.state === "cancelled") return
      if (!(error instanceof Refused)) return this.#waitAndSee()
      // Somebody else, an older connection of ours perhaps, has sent more than we knew of.
      if (error.code === "wrong_offset" || error.code === "still_arriving") return this.#waitAndSee("sending")
      this.why = error.message
      this.#become("failed")
    }
  }

  async #send() {
    const { file, alt } = this
    const body = { id: this.#id, type: mediaTypeOf(file), size: file.size, alt, keep_original: this.keepOriginal }
    let answer = await this.#ask("POST", "", JSON.stringify(body))
    this.#attachment = answer.attachment
    while (answer.progress === "arriving" && answer.offset < file.size) {
      this.#sentTo(answer.offset)
      answer = await this.#sendPiece(answer.offset)
      this.#backoff.reset()
    }
    this.#sentTo(file.size)
    this.#become("cleaning")
    while (answer.progress !== "there") answer = await this.#ask("POST", `/${this.#attachment}/finish`)
    this.#become("done")
  }

  /** @param {string} method @param {string} path @param {string} [body] @returns {Promise<Answer>} */
  async #ask(method, path, body) {
    const headers = { Accept: "application/json", "Content-Type": "application/json", "X-Form-Mark": this.#mark }
    const response = await fetch(this.#place + path, { method, headers, ...(body === undefined ? {} : { body }) })
    if (response.status === 204) return { attachment: "", progress: "", offset: 0 }
    return readAnswer(response.status, await response.text())
  }

  /** @param {number} offset @returns {Promise<Answer>} */
  #sendPiece(offset) {
    const piece = this.file.slice(offset, offset + PIECE)
    return new Promise((resolve, reject) => {
      const request = (this.#request = new XMLHttpRequest())
      let stuck = setTimeout(() => request.abort(), STUCK_MS)
      request.open("PATCH", `${this.#place}/${this.#attachment}`)
      request.setRequestHeader("Accept", "application/json")
      request.setRequestHeader("Content-Type", PIECE_TYPE)
      request.setRequestHeader("Upload-Offset", String(offset))
      request.setRequestHeader("X-Form-Mark", this.#mark)
      request.upload.onprogress = (progress) => {
        clearTimeout(stuck)
        stuck = setTimeout(() => request.abort(), STUCK_MS)
        this.#sentTo(offset + progress.loaded)
      }
      request.onloadend = () => {
        clearTimeout(stuck)
        try {
          resolve(readAnswer(request.status, request.responseText))
        } catch (error) {
          reject(error)
        }
      }
      request.send(piece)
    })
  }

  /** @param {State} [state] */
  async #waitAndSee(state = "offline") {
    this.#become(state)
    await new Promise((/** @type {(value?: unknown) => void} */ done) => {
      this.#wake = done
      setTimeout(done, this.#backoff.next())
    })
    this.#wake = null
    if (this.state === "offline") this.#become("sending")
  }

  #onOnline = () => this.#wake?.()

  /** @param {number} sent */
  #sentTo(sent) {
    this.sent = Math.min(sent, this.file.size)
    this.dispatchEvent(new Event("change"))
  }

  /** @param {State} state */
  #become(state) {
    if (this.state === "cancelled") return
    this.state = state
    this.dispatchEvent(new Event("change"))
  }
}

/** @param {number} status @param {string} text @returns {Answer} */
function readAnswer(status, text) {
  // No answer, or one from something in between: that passes.
  if (status === 0 || status === 429 || status >= 500) throw new Error(`status ${status}`)
  const answer = JSON.parse(text)
  if (status >= 400) throw new Refused(answer.code ?? "", answer.text ?? "")
  return answer
}
