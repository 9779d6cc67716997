// How long to wait before trying again: longer each time, with chance in it, so that a school full of
// pages does not come back in the same second. Full jitter between a floor and a ceiling that doubles. Pure.

const FLOOR_MS = 500
const CEILING_MS = 20_000

export class Backoff {
  #random
  #tries = 0

  /** @param {() => number} random From 0 up to, not including, 1. */
  constructor(random) {
    this.#random = random
  }

  /** The milliseconds to wait before the next try. */
  next() {
    const ceiling = Math.min(CEILING_MS, FLOOR_MS * 2 ** (this.#tries + 1))
    this.#tries = Math.min(this.#tries + 1, 16)
    return Math.round(FLOOR_MS + this.#random() * (ceiling - FLOOR_MS))
  }

  /** It worked: start small again. */
  reset() {
    this.#tries = 0
  }
}
