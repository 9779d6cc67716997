/**
 * The staff's queue, as plain values: in which order rows stand, in which section, which of them
 * fold into one, and whether anybody must be called. No DOM, no clock, no network.
 * The server renders the same order for pages without JavaScript (see docs/protocol.md).
 */

/** A row as the server sends it: null (and with it the silence) means "as it was". @typedef {import("./frames.js").Row} RowUpdate */
/** A row as the console knows it. @typedef {Omit<RowUpdate, "seen" | "last"> & { seen: number, last: { role: import("./frames.js").Role, text: string } }} Row */
/** @typedef {"unclaimed" | "mine" | "joined" | "other" | "closed"} Standing What `you` are to a room: decides what may be done. */
/** @typedef {"alert" | "waiting" | "mine" | "new" | "others" | "closed"} SectionId */
/** @typedef {{folded: false, key: string, row: Row}} Single */
/** @typedef {{folded: true, key: string, count: number, rows: Row[]}} Fold */
/** @typedef {Single | Fold} Entry */
/** @typedef {{id: SectionId, count: number, entries: Entry[]}} Section */
/** @typedef {"answer" | "given" | "asked"} News What a row says to `you` alone, by somebody else's act. */

/** More alike new rooms than this become one line. */
export const FOLD_ABOVE = 5
/** The same for life safety: until it is surely a flood, each may be another child in danger. */
export const FOLD_LIFE_SAFETY_ABOVE = 20

/** How often the server is told of a room that is shown, and of how many at a time (docs/protocol.md). */
export const SHOWN_EVERY_MS = 20_000
export const SHOWN_AT_ONCE = 1000

/** The order on the page: what needs a person now is always at the top. @type {SectionId[]} */
export const SECTIONS = ["alert", "waiting", "mine", "new", "others", "closed"]

/** @param {Row} row */
export function isUnclaimed(row) {
  return row.responder === null && row.status !== "closed"
}

/** @param {Row} row */
export function isUrgent(row) {
  return row.urgency === "life_safety"
}

/** Whether this member has not yet seen all that was said. @param {Row} row */
export function isUnread(row) {
  return row.head > row.seen
}

/** Whether `you` hold this room, take part in it, or were asked to. @param {Row} row @param {string} you */
export function isMine(row, you) {
  return row.responder?.id === you || row.participants.includes(you) || row.invited.includes(you)
}

/** Whether a colleague asked `you` into this room and you have not looked yet. @param {Row} row @param {string} you */
export function isInvited(row, you) {
  return row.status !== "closed" && row.invited.includes(you)
}

/**
 * What just became news for `you` alone: a room was handed to you, you were asked into one, or a reporter answered in
 * one of yours. A room that nobody had becomes yours by your own claim only, and that is no news.
 * @param {Row | undefined} before @param {RowUpdate} row @param {string} you @returns {News | null}
 */
export function newsFor(before, row, you) {
  if (before === undefined || row.head < before.head) return null
  const held = before.responder !== null
  if (held && before.responder?.id !== you && row.responder?.id === you) return "given"
  if (!before.invited.includes(you) && row.invited.includes(you)) return "asked"
  const answered = row.head > before.head && row.last?.role === "reporter"
  return answered && held && isMine(before, you) ? "answer" : null
}

/** Where a row stands for `you`. An unclaimed room is nobody's, whoever took part before. @param {Row} row @param {string} you @returns {SectionId} */
export function sectionOf(row, you) {
  if (row.status === "closed") return "closed"
  if (isUnclaimed(row)) return isUrgent(row) ? "alert" : row.status === "new" ? "new" : "waiting"
  return isMine(row, you) ? "mine" : "others"
}

/**
 * What `you` may do hangs on this: answer what is yours or what you joined, claim what is nobody's.
 * @param {Pick<Row, "status" | "responder" | "participants">} room @param {string} you @returns {Standing}
 */
export function standingOf(room, you) {
  if (room.status === "closed") return "closed"
  if (room.responder === null) return "unclaimed"
  if (room.responder.id === you) return "mine"
  return room.participants.includes(you) ? "joined" : "other"
}

/**
 * Life safety first, then unclaimed, then what came back to the queue, then who waits longest.
 * Nobody waits in a row without `waiting_since`; those come last, by number.
 * @param {Row} a @param {Row} b @returns {number}
 */
export function compareRows(a, b) {
  return (
    first(a, b, isUrgent) ||
    first(a, b, isUnclaimed) ||
    first(a, b, (row) => row.returned) ||
    first(a, b, (row) => row.waiting_since > 0) ||
    a.waiting_since - b.waiting_since ||
    Number(a.number) - Number(b.number)
  )
}

/** What is closed is looked up, not worked through: what was closed last comes first. @param {Row} a @param {Row} b */
function compareClosed(a, b) {
  return b.closing - a.closing || Number(b.number) - Number(a.number)
}

/** @param {Row} a @param {Row} b @param {(row: Row) => boolean} holds */
function first(a, b, holds) {
  return Number(holds(b)) - Number(holds(a))
}

/**
 * The whole queue as `you` read it from the top; sections with nothing in them are left out.
 * @param {Iterable<Row>} rows @param {string} you @returns {Section[]}
 */
export function sectionsOf(rows, you) {
  const groups = groupBy([...rows], (row) => sectionOf(row, you))
  return SECTIONS.flatMap((id) => {
    const found = groups.get(id)
    if (found === undefined) return []
    const ordered = found.sort(id === "closed" ? compareClosed : compareRows)
    return [{ id, count: ordered.length, entries: fold(ordered) }]
  })
}

/**
 * A flood (many new rooms alike) becomes one entry, which stands where its first row stood.
 * Rows keep their order, and no row is lost: a fold only hides.
 * @param {Row[]} ordered @returns {Entry[]}
 */
export function fold(ordered) {
  const alike = groupBy(ordered.filter(mayFold), foldKey)
  /** @type {Set<string>} */
  const done = new Set()
  return ordered.flatMap(entriesOf)

  /** @param {Row} row @returns {Entry[]} */
  function entriesOf(row) {
    const rows = mayFold(row) ? (alike.get(foldKey(row)) ?? []) : []
    if (rows.length <= (isUrgent(row) ? FOLD_LIFE_SAFETY_ABOVE : FOLD_ABOVE)) return [{ folded: false, key: row.room, row }]
    const key = foldKey(row)
    if (done.has(key)) return []
    done.add(key)
    return [{ folded: true, key, count: rows.length, rows }]
  }
}

/** @param {Row} row */
function mayFold(row) {
  return isUnclaimed(row) && row.status === "new"
}

/** @param {Row} row */
function foldKey(row) {
  return JSON.stringify([row.school, row.category, row.urgency])
}

/**
 * @template T, K
 * @param {T[]} items @param {(item: T) => K} keyOf @returns {Map<K, T[]>}
 */
function groupBy(items, keyOf) {
  /** @type {Map<K, T[]>} */
  const groups = new Map()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

/** The queue's rows by room, kept up to date by snapshots and single rows. */
export class Queue {
  /** @type {Map<string, Row>} */
  #rows = new Map()

  get rows() {
    return [...this.#rows.values()]
  }

  /** Forget everything and believe the snapshot. @param {RowUpdate[]} rows */
  replace(rows) {
    this.#rows = new Map()
    rows.forEach((row) => this.put(row))
  }

  /** @param {RowUpdate} row */
  put(row) {
    const known = this.#rows.get(row.room)
    // Read for us just before something changed, and told just after: only who is there is news.
    if (known && row.head < known.head) row = { ...known, reporter_here: row.reporter_here }
    this.#rows.set(row.room, merge(known, row))
  }

  /** This member has seen up to `seq`, here: nobody sends that back to us. @param {string} room @param {number} seq */
  markSeen(room, seq) {
    const row = this.#rows.get(room)
    if (row === undefined || row.seen >= seq) return false
    this.#rows.set(room, { ...row, seen: seq })
    return true
  }

  /** @param {string} room */
  drop(room) {
    this.#rows.delete(room)
  }

  /** @param {string} room */
  find(room) {
    return this.#rows.get(room)
  }
}

/** Which waiting rooms the server knows to be before somebody's eyes: it forgets each after a minute. */
export class ShownRooms {
  /** @type {Map<string, number>} */
  #toldAt = new Map()

  /**
   * The rooms to be told of now, `SHOWN_AT_ONCE` at most; the next call has the others.
   * @param {Row[]} rows @param {number} now in milliseconds
   */
  due(rows, now) {
    const due = rows
      // Told later than now: then the clock was set back.
      .filter((row) => isUnclaimed(row) && Math.abs(now - (this.#toldAt.get(row.room) ?? -Infinity)) >= SHOWN_EVERY_MS)
      .slice(0, SHOWN_AT_ONCE)
      .map((row) => row.room)
    due.forEach((room) => this.#toldAt.set(room, now))
    return due
  }

  /** Another connection begins: what was told on the old one may be lost. */
  forget() {
    this.#toldAt.clear()
  }
}

/** @param {Row | undefined} before @param {RowUpdate} row @returns {Row} */
function merge(before, row) {
  const seen = Math.max(row.seen ?? 0, before?.seen ?? 0)
  if (row.last !== null) return { ...row, seen, last: row.last }
  return { ...row, seen, last: before?.last ?? { role: "system", text: "" }, silent_since: before?.silent_since ?? row.silent_since }
}

/** Since when the reporter has said nothing to our last words; 0 while it is they who wait. @param {Row} row */
export function silentSince(row) {
  return row.status === "active" && row.waiting_since === 0 ? row.silent_since : 0
}

/** The place one step on in a list of `length`: stops at the ends; from nowhere, the top. @param {number} place @param {1 | -1} step @param {number} length */
export function moveFrom(place, step, length) {
  return length === 0 ? -1 : Math.min(length - 1, Math.max(0, place + step))
}
