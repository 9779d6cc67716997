// Where this page is in a numbered stream: what comes next, what was here before, what is missing. Pure.

export class Sequence {
  /** The last number taken; everything up to it has been shown. */
  last

  /** @param {number} [last] */
  constructor(last = 0) {
    this.last = last
  }

  /**
   * Say what `seq` is to us, and take it if it is the next.
   * @param {number} seq
   * @returns {"next" | "repeat" | "gap"}
   */
  take(seq) {
    if (seq <= this.last) return "repeat"
    if (seq > this.last + 1) return "gap"
    this.last = seq
    return "next"
  }
}
