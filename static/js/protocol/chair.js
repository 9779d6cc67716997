/**
 * Whether somebody sits before a console. A console alone answers nobody, however long it stays on.
 */

export const TOUCHED_FOR_MS = 15 * 60_000

export class Chair {
  #touchedAt

  /** @param {number} now in milliseconds */
  constructor(now) {
    this.#touchedAt = now
  }

  /** Somebody is there; whether nobody was. @param {number} now in milliseconds */
  touch(now) {
    const wasEmpty = this.isEmpty(now)
    this.#touchedAt = now
    return wasEmpty
  }

  /** Nobody has touched the console for long. @param {number} now in milliseconds */
  isEmpty(now) {
    this.#touchedAt = Math.min(this.#touchedAt, now) // The clock may have been set back: count from here.
    return now - this.#touchedAt > TOUCHED_FOR_MS
  }
}
