// What was sent and not yet answered. Each act keeps its id and is sent again until it is acknowledged or refused for good.
// In memory only, and for ten minutes only: nothing is sent behind anyone's back a week later. Pure.

/** @typedef {import("./frames.js").Act} Act */
/** @typedef {{ act: Act, since: number }} Entry */

export const LIFETIME_MS = 10 * 60 * 1000
/** After this long without an answer the page says so. */
export const LATE_MS = 4000

export class Outbox {
  /** @type {Map<string, Entry>} */
  #waiting = new Map()
  /** @type {Map<string, Act>} */
  #expired = new Map()

  /** @param {Act} act @param {number} now */
  put(act, now) {
    this.#waiting.set(act.id, { act, since: now })
  }

  /** Whether there is nothing in it, nor anything that was given up. */
  get isEmpty() {
    return this.#waiting.size === 0 && this.#expired.size === 0
  }

  /** Whether something in it waits for an answer. */
  get isWaiting() {
    return this.#waiting.size > 0
  }

  /** Everything in it, and whether it was given up. @returns {{ act: Act, isGivenUp: boolean }[]} */
  all() {
    const waiting = this.unanswered().map((act) => ({ act, isGivenUp: false }))
    return [...waiting, ...[...this.#expired.values()].map((act) => ({ act, isGivenUp: true }))]
  }

  /** What has to be sent again on a new connection, oldest first. @returns {Act[]} */
  unanswered() {
    return [...this.#waiting.values()].map((entry) => entry.act)
  }

  /** The server answered: yes, no, or by showing it. The act, if it was ours. @param {string} id */
  settle(id) {
    const act = this.#waiting.get(id)?.act ?? this.#expired.get(id) ?? null
    this.#waiting.delete(id)
    this.#expired.delete(id)
    return act
  }

  /** Give up on what is too old. Words are kept aside for whoever asks to try again; all else is pressed anew. @param {number} now @returns {Act[]} */
  expire(now) {
    // Since later than now: then the clock was set back, and it counts from here.
    for (const entry of this.#waiting.values()) entry.since = Math.min(entry.since, now)
    const old = [...this.#waiting.values()].filter((entry) => now - entry.since >= LIFETIME_MS)
    for (const { act } of old) {
      this.#waiting.delete(act.id)
      if (act.t === "say") this.#expired.set(act.id, act)
    }
    return old.map((entry) => entry.act)
  }

  /** Try again what was given up, under its old id. @param {string} id @param {number} now @returns {Act | null} */
  revive(id, now) {
    const act = this.#expired.get(id) ?? null
    if (act === null) return null
    this.#expired.delete(id)
    this.put(act, now)
    return act
  }

  /** Whether something has waited long enough to say so. @param {number} now */
  isLate(now) {
    return [...this.#waiting.values()].some((entry) => now - entry.since >= LATE_MS)
  }
}
