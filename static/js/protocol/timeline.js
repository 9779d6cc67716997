// The lines of a room in the order to show them. Pure.

/** @typedef {import("./frames.js").RoomEvent} RoomEvent */
/** @typedef {{ id: string, body: string, at: number }} Echo */

/** What the server has settled, in its order; then what it has not heard yet, in ours. */
export class Timeline {
  /** @type {Map<number, RoomEvent>} */
  #settled = new Map()
  /** @type {Map<string, Echo>} */
  #pending = new Map()

  /** Show it at once; the server has not heard it yet. @param {Echo} echo */
  echo(echo) {
    this.#pending.set(echo.id, echo)
  }

  /** Take the server's word for it. Hearing it twice changes nothing. @param {RoomEvent} event */
  settle(event) {
    if (event.by.role !== "system") this.#pending.delete(event.id)
    if (!this.#settled.has(event.seq)) this.#settled.set(event.seq, event)
  }

  /** The server refused it: it never happened. @param {string} id */
  withdraw(id) {
    this.#pending.delete(id)
  }

  /** @param {string} id */
  isPending(id) {
    return this.#pending.has(id)
  }

  /** Whether anything still waits for the server. */
  get waits() {
    return this.#pending.size > 0
  }

  /** @returns {(RoomEvent | Echo)[]} */
  lines() {
    const settled = [...this.#settled.values()].sort((one, other) => one.seq - other.seq)
    return [...settled, ...this.#pending.values()]
  }
}
