// The way of a conversation by pages, where no line stays up: nothing is said twice, and nothing goes or comes elsewhere.

import assert from "node:assert/strict"
import { test } from "node:test"

import { Detour } from "../../static/js/net/detour.js"
import { say } from "../../static/js/protocol/frames.js"
import { Outbox } from "../../static/js/protocol/outbox.js"
import { pass, request, requests } from "./page.js"

const JOURNEY = "[data-slot=journey]"
const WITHIN = 20_000

/** @param {string[]} words What was said and not answered. */
function onTheWay(...words) {
  const line = { isCutOff: true }
  const outbox = new Outbox()
  for (const each of words) outbox.put(say(`id of ${each}`, each), 0)
  const detour = new Detour(/** @type {any} */ (line), outbox, "mark", "ours")
  /** @type {string[]} */
  const told = []
  for (const name of ["ack", "refused", "over", "elsewhere", "page"]) detour.addEventListener(name, () => told.push(name))
  /** Each time it began or ceased to lead there. @type {boolean[]} */
  const taken = []
  detour.addEventListener("taken", (taking) => taken.push(/** @type {CustomEvent} */ (taking).detail.isTaken))
  detour.open()
  return { line, detour, outbox, told, taken }
}

/** The page a room answers with once something was said in it. */
function room() {
  return { [JOURNEY]: {}, ".room, .receipt": {} }
}

/** What was said in a room. @param {string} room @param {string[]} ids */
function history(room, ...ids) {
  return { "[data-slot=list]": { children: ids.map((id) => ({ dataset: { id } })) }, main: { dataset: { room } } }
}

test("before a line had its time nobody goes this way", async () => {
  const { detour } = onTheWay("one")

  detour.hurry()
  await pass(9_999)
  assert.deepEqual(await requests(), [])
  await pass(WITHIN)
  assert.equal((await request()).said, "POST /")
  detour.close()
})

test("where a line is up nobody goes this way", async () => {
  const { line, detour, taken, submit } = await onIt()
  line.isCutOff = false

  submit("by the line")
  await pass(WITHIN)

  assert.deepEqual(await requests(), [])
  assert.deepEqual(taken, [true, false])
  detour.close()
})

/** That way leads there, and nothing is on its way. */
async function onIt() {
  const way = onTheWay()
  await pass(WITHIN)
  const look = await request()
  look.answerPage(200, history("ours"))
  await requests()
  const submit = (/** @type {string} */ words) => {
    way.outbox.put(say(`id of ${words}`, words), 0)
    way.detour.hurry()
  }
  return { ...way, submit }
}

test("once this way leads there, what is said goes at once, and before anything is read", async () => {
  const { detour, told, submit } = await onIt()

  submit("one")
  const post = await request()
  assert.deepEqual([post.said, post.body.get("room"), post.body.get("id"), post.body.get("body")], ["POST /", "ours", "id of one", "one"])
  post.answerPage(200, room())
  assert.equal((await request()).said, "GET /history")
  assert.deepEqual(told, ["page", "ack"])
  detour.close()
})

test("what is said while something is on its way goes right after it, and each once", async () => {
  const { detour, outbox, submit } = await onIt()

  submit("one")
  const post = await request()
  submit("two")
  await pass(WITHIN)
  assert.deepEqual(await requests(), [])
  post.answerPage(200, room())
  const look = await request()
  look.answerPage(200, history("ours", "id of one"))
  const next = await request()
  assert.equal(next.body.get("id"), "id of two")
  next.answerPage(200, room())
  const last = await request()
  last.answerPage(200, history("ours", "id of one", "id of two"))
  assert.deepEqual(await requests(), [])
  assert.equal(outbox.isEmpty, true)
  detour.close()
})

test("where this way leads nowhere any more, whoever hurries does not hurry it", async () => {
  const { detour, taken, submit } = await onIt()

  submit("one")
  const post = await request()
  submit("two")
  post.answerPage(503, {})

  assert.deepEqual(await requests(), [])
  assert.deepEqual(taken, [true, false])
  detour.close()
})

test("where what is read does not come, it is said that this way leads there no more", async () => {
  const { detour, taken } = await onIt()

  await pass(WITHIN)
  const look = await request()
  look.answerPage(503, {})
  await requests()

  assert.deepEqual(taken, [true, false])
  detour.close()
})

test("words that are refused come back with the reason, and are said no more", async () => {
  const { detour, outbox, told, submit } = await onIt()

  submit("one")
  const post = await request()
  post.answerPage(422, { ...room(), "message-composer [data-slot=error]": { textContent: "Take the six words out." } })
  await requests()

  assert.deepEqual([told, outbox.isEmpty], [["page", "refused"], true])
  detour.close()
})

test("in a frame, which gets no page, words are in once they stand in what is read", async () => {
  const { detour, outbox, told, submit } = await onIt()

  submit("one")
  const post = await request()
  post.answerPage(204, {})
  const look = await request()
  assert.equal(outbox.isWaiting, true)
  look.answerPage(200, history("ours", "id of one"))
  await requests()

  assert.deepEqual([told, outbox.isEmpty], [["page", "page"], true])
  detour.close()
})

test("a page that nobody looks at asks for nothing, which would be taken for read, and says what was said", async () => {
  const { detour, told, taken, submit } = await onIt()
  Object.assign(document, { visibilityState: "hidden" })

  await pass(WITHIN)
  assert.deepEqual(await requests(), [])
  submit("one")
  const post = await request()
  post.answerPage(200, room())

  assert.deepEqual(await requests(), [])
  assert.deepEqual([told, taken], [["page", "ack"], [true]])
  Object.assign(document, { visibilityState: "visible" })
  detour.close()
})

test("what did not get in holds up what was said after it, and both are said the next time", async () => {
  for (const [status, page] of /** @type {[number, Record<string, object>][]} */ ([[500, room()], [404, { [JOURNEY]: {} }], [200, {}], [0, {}]])) {
    const { detour, outbox, told } = onTheWay("one", "two")
    await pass(WITHIN)

    const first = await request()
    first.answerPage(status, page)
    assert.deepEqual(await requests(), [], String(status))
    await pass(WITHIN)
    assert.equal((await request()).body.get("id"), "id of one")
    assert.deepEqual([told, outbox.unanswered().length], [[], 2])
    detour.close()
  }
})

test("who is not let in any more is told so, and their words are kept", async () => {
  const { detour, outbox, told } = onTheWay("one")
  await pass(WITHIN)

  const first = await request()
  first.answerPage(200, { [JOURNEY]: {} })
  await requests()

  assert.deepEqual([told, outbox.unanswered().length], [["over"], 1])
  detour.close()
})

test("what stands in the page that comes is said no more; lines of another conversation are not shown", async () => {
  const { detour, outbox, told } = onTheWay()
  await pass(WITHIN)
  const ours = await request()
  outbox.put(say("id-1", "came by the line before it broke"), 0)
  ours.answerPage(200, history("ours", "id-1"))
  await requests()
  assert.deepEqual([told, outbox.isEmpty], [["page"], true])

  await pass(WITHIN)
  const theirs = await request()
  theirs.answerPage(200, history("another", "id-2"))
  await requests()
  assert.deepEqual(told, ["page", "elsewhere"])
  detour.close()
})

test("once it is closed, an answer that comes late tells nothing, and nothing more is asked", async () => {
  for (const words of [["one"], []]) {
    const { detour, told } = onTheWay(...words)
    await pass(WITHIN)
    const asked = await request()

    detour.close()
    asked.answerPage(200, words.length > 0 ? room() : history("ours"))
    await pass(WITHIN)

    assert.deepEqual([told, await requests()], [[], []])
  }
})

test("once it is closed, what was said meanwhile goes another way", async () => {
  const { detour, outbox, submit } = await onIt()
  submit("one")
  const post = await request()
  submit("two")

  detour.close()
  post.answerPage(200, room())

  assert.deepEqual(await requests(), [])
  assert.equal(outbox.unanswered().length, 2)
})
