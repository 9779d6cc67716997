// The queue as plain values: order, sections, folds, and whether anybody must be called.
import assert from "node:assert/strict"
import { test } from "node:test"

import { GAP, alarmOf, hasNews, isDue } from "../../static/js/protocol/alarm.js"
import { FOLD_ABOVE, FOLD_LIFE_SAFETY_ABOVE, Queue, SHOWN_AT_ONCE, SHOWN_EVERY_MS, ShownRooms, compareRows, fold, isInvited, isUnread, moveFrom, newsFor, sectionOf, sectionsOf, silentSince, standingOf } from "../../static/js/protocol/queue.js"

/** @typedef {import("../../static/js/protocol/queue.js").Row} Row */

const DANA = { id: "dana", name: "Dana" }
const LEE = { id: "lee", name: "Lee" }
const NOON = 1_700_000_000

/** @param {Partial<Row>} given @returns {Row} */
function row(given = {}) {
  return {
    room: `room-${given.number ?? 1}`,
    number: 1,
    school: "Lincoln High",
    category: "bullying",
    category_label: "Bullying",
    urgency: "normal",
    status: "new",
    responder: null,
    participants: [],
    invited: [],
    waiting_since: NOON,
    returned: false,
    head: 1,
    seen: 0,
    last: { role: "reporter", text: "hello" },
    reporter_here: false,
    silent_since: 0,
    deleted: false,
    closing: 0,
    ...given,
  }
}

/** @param {number} count @param {Partial<Row>} given @returns {Row[]} */
function flood(count, given = {}) {
  return Array.from({ length: count }, (_, index) => row({ number: 100 + index, waiting_since: NOON + index, ...given }))
}

/** @param {Row[]} rows */
const numbers = (rows) => rows.map((each) => Number(each.number))

test("life safety comes first, then unclaimed, then returned, then who waits longest", () => {
  const claimed = row({ number: 1, status: "active", responder: DANA, waiting_since: NOON - 900 })
  const late = row({ number: 2, waiting_since: NOON })
  const early = row({ number: 3, waiting_since: NOON - 60 })
  const returned = row({ number: 4, status: "waiting", returned: true, waiting_since: NOON + 60 })
  const danger = row({ number: 5, urgency: "life_safety", waiting_since: NOON + 90 })

  const ordered = [claimed, late, early, returned, danger].sort(compareRows)

  assert.deepEqual(numbers(ordered), [5, 4, 3, 2, 1])
})

test("a claimed life-safety room still stands before a claimed one that waits longer", () => {
  const danger = row({ number: 1, urgency: "life_safety", status: "active", responder: DANA, waiting_since: 0 })
  const other = row({ number: 2, status: "active", responder: DANA, waiting_since: NOON })

  assert.deepEqual(numbers([other, danger].sort(compareRows)), [1, 2])
})

test("where nobody waits for an answer comes after where somebody does", () => {
  const answered = row({ number: 1, status: "active", responder: DANA, waiting_since: 0 })
  const waits = row({ number: 2, status: "active", responder: DANA, waiting_since: NOON })

  assert.deepEqual(numbers([answered, waits].sort(compareRows)), [2, 1])
})

test("the order does not depend on the order of arrival", () => {
  const rows = everyKind()
  const expected = numbers([...rows].sort(compareRows))

  for (let turn = 0; turn < rows.length; turn++) {
    rows.push(/** @type {Row} */ (rows.shift()))
    assert.deepEqual(numbers([...rows].sort(compareRows)), expected)
    assert.deepEqual(numbers([...rows].reverse().sort(compareRows)), expected)
  }
})

test("each room stands in exactly one section", () => {
  const sections = sectionsOf(everyKind(), "dana")

  const shown = sections.flatMap((section) => section.entries.flatMap(rowsIn))
  assert.deepEqual(numbers(shown).sort(), numbers(everyKind()).sort())
})

test("sections stand in order, and an empty one is left out", () => {
  const ids = sectionsOf(everyKind(), "dana").map((section) => section.id)

  assert.deepEqual(ids, ["alert", "waiting", "mine", "new", "others", "closed"])
  assert.deepEqual(sectionsOf([], "dana"), [])
})

test("an unclaimed life-safety room is an alert; a claimed one is its responder's", () => {
  const danger = row({ urgency: "life_safety" })
  const claimed = { ...danger, status: "active", responder: DANA }

  assert.equal(sectionOf(danger, "dana"), "alert")
  assert.equal(sectionOf(claimed, "dana"), "mine")
  assert.equal(sectionOf(claimed, "lee"), "others")
})

test("who takes part, or was asked to, has the room among theirs; nobody else does", () => {
  const joined = row({ status: "active", responder: DANA, participants: ["dana", "lee"] })
  const asked = row({ status: "active", responder: DANA, invited: ["lee"] })

  assert.equal(sectionOf(joined, "lee"), "mine")
  assert.equal(sectionOf(asked, "lee"), "mine")
  assert.equal(sectionOf(joined, "kim"), "others")
  assert.equal(isInvited(asked, "lee"), true)
  assert.equal(isInvited(joined, "lee"), false)
  assert.equal(isInvited({ ...asked, status: "closed" }, "lee"), false)
})

test("what is handed over is news for whom it is given to, and one's own claim is not", () => {
  const unclaimed = row()
  const lees = row({ status: "active", responder: LEE, participants: ["lee"] })
  const given = { ...lees, responder: DANA, participants: ["lee", "dana"], head: 2, last: { role: "system", text: "" } }

  assert.equal(newsFor(lees, /** @type {Row} */ (given), "dana"), "given")
  assert.equal(newsFor(lees, /** @type {Row} */ (given), "lee"), null)
  assert.equal(newsFor(/** @type {Row} */ (given), { .../** @type {Row} */ (given), head: 3 }, "dana"), null)
  assert.equal(newsFor(unclaimed, row({ status: "active", responder: DANA }), "dana"), null)
  assert.equal(newsFor(undefined, row({ status: "active", responder: DANA }), "dana"), null)
  assert.equal(newsFor(row({ ...lees, head: 9 }), /** @type {Row} */ (given), "dana"), null)
})

test("who is brought in is asked once", () => {
  const lees = row({ status: "active", responder: LEE, participants: ["lee"] })
  const asked = row({ ...lees, participants: ["lee", "dana"], invited: ["dana"], head: 2, last: { role: "system", text: "" } })

  assert.equal(newsFor(lees, asked, "dana"), "asked")
  assert.equal(newsFor(asked, { ...asked, head: 3, last: { role: "team", text: "hi" } }, "dana"), null)
  assert.equal(newsFor(lees, asked, "lee"), null)
})

test("a reporter's answer is news where the room is one's own and somebody has it", () => {
  const mine = row({ status: "active", responder: DANA, participants: ["dana"] })

  assert.equal(newsFor(mine, { ...mine, head: 2 }, "dana"), "answer")
  assert.equal(newsFor(mine, { ...mine, head: 2 }, "lee"), null)
  assert.equal(newsFor(mine, { ...mine, head: 2, last: { role: "team", text: "hi" } }, "dana"), null)
  assert.equal(newsFor(mine, mine, "dana"), null)
  const back = { ...mine, status: /** @type {const} */ ("waiting"), responder: null }
  assert.equal(newsFor(back, { ...back, head: 2 }, "dana"), null)
})

test("a room that came back is waiting for anyone, also for those who took part", () => {
  const back = row({ status: "waiting", returned: true, participants: ["dana"] })

  assert.equal(sectionOf(back, "dana"), "waiting")
})

test("what you are to a room says what you may do in it", () => {
  const held = row({ status: "active", responder: DANA, participants: ["dana", "lee"] })

  assert.equal(standingOf(row(), "dana"), "unclaimed")
  assert.equal(standingOf(held, "dana"), "mine")
  assert.equal(standingOf(held, "lee"), "joined")
  assert.equal(standingOf(held, "kim"), "other")
  assert.equal(standingOf({ ...held, status: "closed", responder: null }, "dana"), "closed")
})

test("moving in a list stops at its ends, and starts at the top from nowhere", () => {
  assert.equal(moveFrom(0, 1, 3), 1)
  assert.equal(moveFrom(2, 1, 3), 2)
  assert.equal(moveFrom(0, -1, 3), 0)
  assert.equal(moveFrom(-1, 1, 3), 0)
  assert.equal(moveFrom(-1, -1, 3), 0)
  assert.equal(moveFrom(-1, 1, 0), -1)
})

test("the newest closed room comes first", () => {
  const closed = [3, 9, 5].map((number) => row({ number, status: "closed", waiting_since: 0 }))

  const [section] = sectionsOf(closed, "dana")

  assert.deepEqual(numbers(section?.entries.flatMap(rowsIn) ?? []), [9, 5, 3])
})

test("what was closed last comes first, whatever its number", () => {
  const closed = [3, 9, 5].map((number) => row({ number, closing: 10 - number, status: "closed", waiting_since: 0 }))

  const [section] = sectionsOf(closed, "dana")

  assert.deepEqual(numbers(section?.entries.flatMap(rowsIn) ?? []), [3, 5, 9])
})

test("a room is unread until its head was seen", () => {
  assert.equal(isUnread(row({ head: 4, seen: 3 })), true)
  assert.equal(isUnread(row({ head: 4, seen: 4 })), false)
})

test("six alike new rooms become one line; five stay five", () => {
  assert.equal(fold(flood(FOLD_ABOVE)).length, FOLD_ABOVE)

  const [entry, ...rest] = fold(flood(FOLD_ABOVE + 1))
  assert.equal(rest.length, 0)
  assert.ok(entry?.folded)
  assert.equal(entry.count, FOLD_ABOVE + 1)
})

test("life safety folds only when it is surely a flood", () => {
  const danger = { urgency: "life_safety" }

  assert.equal(fold(flood(FOLD_LIFE_SAFETY_ABOVE, danger)).length, FOLD_LIFE_SAFETY_ABOVE)
  assert.equal(fold(flood(FOLD_LIFE_SAFETY_ABOVE + 1, danger)).length, 1)
})

test("what came back to the queue stands beside a flood of life safety, and not in it", () => {
  const danger = { urgency: "life_safety" }
  const returned = row({ number: 1, status: "waiting", returned: true, ...danger })

  const [alert] = sectionsOf([...flood(FOLD_LIFE_SAFETY_ABOVE + 1, danger), returned], "dana")

  assert.deepEqual(alert?.entries.map((entry) => rowsIn(entry).length), [1, FOLD_LIFE_SAFETY_ABOVE + 1])
})

test("a fold stands where its first row stood and hides none", () => {
  const rows = [row({ number: 1, category: "drugs", waiting_since: NOON - 1 }), ...flood(7), row({ number: 2, category: "drugs", waiting_since: NOON + 99 })]

  const entries = fold(rows)

  assert.deepEqual(entries.map((entry) => entry.folded), [false, true, false])
  assert.deepEqual(numbers(entries.flatMap(rowsIn)), numbers(rows))
})

test("only new rooms of one school, category and urgency are alike", () => {
  const rows = [
    ...flood(4, { school: "Lincoln High" }),
    ...flood(4, { school: "Roosevelt Middle" }),
    ...flood(4, { category: "drugs" }),
    ...flood(4, { urgency: "life_safety" }),
    ...flood(9, { status: "waiting" }),
    ...flood(9, { status: "active", responder: LEE }),
  ]

  assert.equal(fold(rows).some((entry) => entry.folded), false)
})

test("school and category can't be confused with one another", () => {
  const rows = [...flood(3, { school: "a", category: "b,c" }), ...flood(3, { school: "a,b", category: "c" })]

  assert.equal(fold(rows).some((entry) => entry.folded), false)
})

test("the queue believes a snapshot, changes single rows and forgets those gone", () => {
  const queue = new Queue()
  queue.replace([row({ number: 1 }), row({ number: 2 })])
  queue.put(row({ number: 2, status: "active", responder: DANA }))
  queue.put(row({ number: 3 }))
  queue.drop("room-1")

  assert.deepEqual(numbers(queue.rows), [2, 3])
  assert.equal(queue.find("room-2")?.responder, DANA)
  assert.equal(queue.find("room-1"), undefined)
  assert.deepEqual(sectionsOf(queue.rows, "dana").map((section) => section.id), ["mine", "new"])

  queue.replace([])
  assert.deepEqual(queue.rows, [])
})

test("what an update leaves out stays as it was", () => {
  const queue = new Queue()
  queue.replace([row({ seen: 3, last: { role: "team", text: "here" }, silent_since: NOON })])

  queue.put({ ...row({ head: 4, reporter_here: true, silent_since: 0 }), seen: null, last: null })

  const found = queue.find("room-1")
  assert.deepEqual([found?.head, found?.seen, found?.last.text, found?.silent_since], [4, 3, "here", NOON])
  assert.equal(found?.reporter_here, true)
})

test("a row that appears without words has none", () => {
  const queue = new Queue()
  queue.put({ ...row(), seen: null, last: null })

  assert.deepEqual([queue.find("room-1")?.seen, queue.find("room-1")?.last.text], [0, ""])
})

test("what was seen here is read, and never becomes unread again", () => {
  const queue = new Queue()
  queue.replace([row({ head: 4, seen: 1 })])

  assert.equal(queue.markSeen("room-1", 4), true)
  assert.equal(queue.markSeen("room-1", 2), false)
  assert.equal(queue.markSeen("nowhere", 2), false)
  assert.deepEqual(queue.find("room-1"), row({ head: 4, seen: 4 }))
})

test("a reporter is silent while we wait for them, not while they wait for us", () => {
  const answered = row({ status: "active", responder: DANA, waiting_since: 0, silent_since: NOON })

  assert.equal(silentSince(answered), NOON)
  assert.equal(silentSince({ ...answered, waiting_since: NOON }), 0)
  assert.equal(silentSince({ ...answered, status: "closed" }), 0)
})

test("an unclaimed life-safety room rings, and is quiet the moment someone claims it", () => {
  const danger = row({ urgency: "life_safety" })

  assert.deepEqual(alarmOf([danger]), { level: "life_safety", count: 1, every: 6, rooms: ["room-1"] })
  assert.equal(alarmOf([{ ...danger, status: "active", responder: LEE }]).level, "quiet")
  assert.equal(alarmOf([{ ...danger, status: "closed" }]).level, "quiet")
})

test("life safety drowns what is only new", () => {
  const alarm = alarmOf([row({ number: 1 }), row({ number: 2, urgency: "life_safety" })])

  assert.equal(alarm.level, "life_safety")
  assert.deepEqual(alarm.rooms, ["room-2"])
})

test("new and returned rooms ring less often; a claimed or closed one does not ring", () => {
  const alarm = alarmOf([row({ number: 1 }), row({ number: 2, status: "waiting" }), row({ number: 3, status: "active", responder: DANA })])

  assert.deepEqual(alarm, { level: "new", count: 2, every: 20, rooms: ["room-1", "room-2"] })
})

test("an alarm sounds at once for a new room, then again only when its time has come", () => {
  const quiet = alarmOf([])
  const one = alarmOf([row({ number: 1 })])
  const two = alarmOf([row({ number: 1 }), row({ number: 2 })])

  assert.equal(hasNews(one, quiet), true)
  assert.equal(hasNews(two, one), true)
  assert.equal(hasNews(one, one), false)
  assert.equal(hasNews(one, two), false)
  assert.equal(isDue(one, { news: true, ago: Infinity, lifeSafetyOnly: false }), true)
  assert.equal(isDue(one, { news: false, ago: 19, lifeSafetyOnly: false }), false)
  assert.equal(isDue(one, { news: false, ago: 20, lifeSafetyOnly: false }), true)
  assert.equal(isDue(quiet, { news: true, ago: 999, lifeSafetyOnly: false }), false)
})

test("however many come at once, there are seconds between one tune and the same again", () => {
  for (const urgency of ["normal", "life_safety"]) {
    const flood = alarmOf([row({ number: 1, urgency }), row({ number: 2, urgency })])

    assert.equal(isDue(flood, { news: true, ago: GAP - 1, lifeSafetyOnly: false }), false)
    assert.equal(isDue(flood, { news: true, ago: GAP, lifeSafetyOnly: false }), true)
  }
})

test("a room raised to life safety is news, though it rang before", () => {
  const before = alarmOf([row()])
  const raised = alarmOf([row({ urgency: "life_safety" })])

  assert.equal(hasNews(raised, before), true)
  assert.equal(hasNews(raised, raised), false)
  assert.equal(hasNews(alarmOf([]), raised), false)
})

test("a person may silence what is only new, never life safety", () => {
  const when = { news: true, ago: 999, lifeSafetyOnly: true }

  assert.equal(isDue(alarmOf([row()]), when), false)
  assert.equal(isDue(alarmOf([row({ urgency: "life_safety" })]), when), true)
})

/** One of each, out of order. @returns {Row[]} */
function everyKind() {
  return [
    row({ number: 10, status: "closed", waiting_since: 0 }),
    row({ number: 11, status: "active", responder: LEE }),
    row({ number: 12, status: "active", responder: DANA, waiting_since: 0 }),
    row({ number: 13 }),
    row({ number: 14, status: "waiting", returned: true }),
    row({ number: 15, urgency: "life_safety" }),
    row({ number: 16, urgency: "life_safety", status: "active", responder: DANA }),
    ...flood(8).map((each) => ({ ...each, number: Number(each.number) + 100 })),
  ]
}

/** @param {import("../../static/js/protocol/queue.js").Entry} entry */
function rowsIn(entry) {
  return entry.folded ? entry.rows : [entry.row]
}

test("a row that was read before the last change only tells who is there", () => {
  const queue = new Queue()
  queue.put(row({ head: 4, status: "active", responder: DANA }))
  queue.put(row({ head: 3, status: "waiting", reporter_here: true }))

  assert.equal(queue.rows[0]?.status, "active")
  assert.equal(queue.rows[0]?.head, 4)
  assert.equal(queue.rows[0]?.reporter_here, true)
})

test("as long as a room waits, the server is told of it again and again", () => {
  const shown = new ShownRooms()
  const rows = [row({ number: 1 }), row({ number: 2, status: "active", responder: DANA })]

  assert.deepEqual(shown.due(rows, 0), ["room-1"])
  assert.deepEqual(shown.due(rows, SHOWN_EVERY_MS - 1), [])
  assert.deepEqual(shown.due(rows, SHOWN_EVERY_MS), ["room-1"])
})

test("a clock that was set back does not keep the server from hearing what is shown", () => {
  const shown = new ShownRooms()
  shown.due([row()], 3_600_000)

  assert.deepEqual(shown.due([row()], SHOWN_EVERY_MS), ["room-1"])
})

test("after coming back the server is told of all that is shown", () => {
  const shown = new ShownRooms()
  shown.due([row()], 0)
  shown.forget()

  assert.deepEqual(shown.due([row()], 1), ["room-1"])
})

test("of a flood no more is told at a time than the server takes, and nothing is left out", () => {
  const shown = new ShownRooms()
  const rows = flood(SHOWN_AT_ONCE + 5)

  assert.equal(shown.due(rows, 0).length, SHOWN_AT_ONCE)
  assert.equal(shown.due(rows, 0).length, 5)
})
