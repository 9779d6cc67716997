// The frames of the wire: their shapes, and text to frame and back. Pure. See docs/protocol.md.

/** @typedef {"reporter" | "team" | "system"} Role */
/** @typedef {{ role: Role, name: string, id: string }} Author */

/**
 * What happened in a room, or in the staff's file of it. `seq` has no gaps; `at` is unix seconds.
 * @typedef {object} RoomEvent
 * @property {number} seq
 * @property {string} kind
 * @property {Author} by
 * @property {string} id
 * @property {number} at
 * @property {string} body
 * @property {Record<string, string>} details
 */

/** @typedef {{ here: boolean, text: string, usual: string, next: string, call: string }} Duty */
/** @typedef {{ id: string, name: string }} Person */
/** @typedef {{ reporter: boolean, team: number, names: string[] }} Here */
/** @typedef {{ id: string, number: string | number, status: string, urgency: string, responder: Person | null }} RoomState */

/**
 * @typedef {object} Row One room in the staff queue.
 * @property {string} room
 * @property {string | number} number
 * @property {string} school
 * @property {string} category
 * @property {string} category_label
 * @property {string} urgency
 * @property {string} status
 * @property {Person | null} responder
 * @property {string[]} participants
 * @property {string[]} invited
 * @property {number} waiting_since
 * @property {boolean} returned
 * @property {number} head
 * @property {number | null} seen Null where an update leaves it as it was.
 * @property {{ role: Role, text: string } | null} last Null where an update leaves it as it was.
 * @property {boolean} reporter_here
 * @property {number} silent_since
 * @property {boolean} deleted
 * @property {number} closing The highest was closed last.
 */

/**
 * @typedef {(
 *   | { t: "welcome", v: number, head: number, you: { role: Role, id: string, name: string }, room: RoomState,
 *       seen: { team: number, reporter: number }, here: Here, duty: Duty }
 *   | ({ t: "event" } & RoomEvent)
 *   | { t: "ack", id: string, seq: number }
 *   | { t: "refused", id: string, code: string, text: string }
 *   | ({ t: "presence" } & Here)
 *   | { t: "duty", duty: Duty }
 *   | { t: "typing", role: Role, name: string }
 *   | { t: "seen", role: Role, seq: number }
 *   | { t: "state", status: string, urgency: string, responder: Person | null, participants: string[], head: number }
 *   | { t: "file", events: RoomEvent[] }
 *   | { t: "withheld", attachment: string }
 *   | { t: "queue", rows: Row[], you: Person, on_duty: Person[], duty: Duty, now: number, edition?: string }
 *   | { t: "row", row: Row }
 *   | { t: "gone", room: string }
 *   | { t: "resync" }
 *   | { t: "pong" }
 * )} ServerFrame
 */

/** A frame that carries an act: sent again under the same id until it is acknowledged or refused for good.
 *  @typedef {{ t: string, id: string, [field: string]: unknown }} Act */
/** @typedef {{ t: string, [field: string]: unknown }} ClientFrame */

/**
 * Read a frame; null for what is not one, or for kinds this page does not know yet.
 * @param {unknown} text
 * @returns {ServerFrame | null}
 */
export function parse(text) {
  if (typeof text !== "string") return null
  const frame = parseJson(text)
  if (frame === null || typeof frame !== "object" || !("t" in frame)) return null
  if (!KINDS.has(String(frame.t))) return null
  if (frame.t === "event" && !isNumbered(frame)) return null
  return /** @type {ServerFrame} */ (frame)
}

/**
 * With spaces behind it, up to a power of two of bytes: on the wire a ping, typing and a few words look alike.
 * @param {ClientFrame} frame
 */
export function encode(frame) {
  const text = JSON.stringify(frame)
  const bytes = new TextEncoder().encode(text).length
  let padded = PAD_FLOOR
  while (padded < bytes && padded < FRAME_LIMIT) padded *= 2
  return text + " ".repeat(Math.max(padded - bytes, 0))
}

/** @param {number} since The last number this page has. */
export function helloAsReporter(since) {
  return { t: "hello", v: 1, since }
}

/** @param {string} room @returns {(since: number) => ClientFrame} */
export function helloToRoom(room) {
  return (since) => ({ t: "hello", v: 1, room, since })
}

/** @returns {ClientFrame} */
export function helloToQueue() {
  return { t: "hello", v: 1, queue: true }
}

/** @param {string} id @param {string} body @returns {Act} */
export function say(id, body) {
  return { t: "say", id, body: body.replace(HALF_CHARACTERS, "\ufffd") }
}

/** Half of a character (a broken paste) is no text: the server would end the connection over it. */
const HALF_CHARACTERS = /[\ud800-\udfff]/gu

/** Bytes, as the server pads what it says itself; and more than the limit it does not take. */
const PAD_FLOOR = 256
const FRAME_LIMIT = 65_536

const KINDS = new Set([
  "welcome", "event", "ack", "refused", "presence", "duty", "typing", "seen", "state", "file",
  "withheld", "queue", "row", "gone", "resync", "pong",
])

/** @param {string} text @returns {unknown} */
function parseJson(text) {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** @param {object} frame */
function isNumbered(frame) {
  return "seq" in frame && Number.isSafeInteger(frame.seq) && Number(frame.seq) > 0
}
