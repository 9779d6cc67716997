/** The server's clock, as far as a page knows it: the computer's own may be hours off. Pure. */
export class ServerClock {
  /** Milliseconds by which the computer's clock is ahead. */
  #ahead = 0

  /** What the server said now. @param {number} seconds Unix seconds. @param {number} now in milliseconds */
  set(seconds, now) {
    if (seconds > 0) this.#ahead = now - seconds * 1000
  }

  /** How many seconds ago something was. @param {number} at Unix seconds, as the server told them. @param {number} now in milliseconds */
  secondsSince(at, now) {
    return Math.max(0, (now - this.#ahead) / 1000 - at)
  }
}
