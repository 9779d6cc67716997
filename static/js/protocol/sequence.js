// Where this page is in a numbered stream: what comes next, what was here before, what is missing, and whether the stream is
// still the one it was. Pure.

export class Sequence {
  /** The last number taken; everything up to it has been shown. */
  last
  /** The id of the line with that number, once it was heard. @type {string | null} */
  #lastId = null

  /** @param {number} [last] */
  constructor(last = 0) {
    this.last = last
  }

  /**
   * After which number to ask for what is missing. The last line is told once more: a server that was restored from an older
   * backup may have given its number to another by now.
   */
  get since() {
    return Math.max(0, this.last - 1)
  }

  /**
   * Say what the line `seq` is to us, and take it if it is the next.
   * @param {number} seq @param {string} id
   * @returns {"next" | "repeat" | "gap" | "other"}
   */
  take(seq, id) {
    if (seq < this.last) return "repeat"
    if (seq > this.last + 1) return "gap"
    if (seq === this.last && this.#lastId !== null) return id === this.#lastId ? "repeat" : "other"
    const isNext = seq > this.last
    this.last = seq
    this.#lastId = id
    return isNext ? "next" : "repeat"
  }
}
