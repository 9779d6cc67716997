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
  const outbox = new Outbox()
  for (const each of words) outbox.put(say(`id of ${each}`, each), 0)
  const detour = new Detour(/** @type {any} */ ({ isCutOff: true }), outbox, "mark", "ours")
  /** @type {string[]} */
  const told = []
  for (const name of ["ack", "refused", "over", "elsewhere", "page"]) detour.addEventListener(name, () => told.push(name))
  detour.open()
  return { detour, outbox, told }
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

  await pass(9_999)
  assert.deepEqual(await requests(), [])
  await pass(WITHIN)
  assert.equal((await request()).said, "POST /")
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
  assert.deepEqual(await requests(), [])
  post.answerPage(200, room())
  const look = await request()
  look.answerPage(200, history("ours", "id of one"))
  const next = await request()
  assert.equal(next.body.get("id"), "id of two")
  next.answerPage(200, room())
  assert.equal((await request()).said, "GET /history")
  assert.equal(outbox.isEmpty, true)
  detour.close()
})

test("what did not get in holds up what was said after it, and both are said the next time", async () => {
  for (const [status, page] of /** @type {[number, Record<string, object>][]} */ ([[500, room()], [200, {}], [0, {}]])) {
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
