// The small pure parts: back-off with chance in it, the outbox, ids, frames padded with white space.

import assert from "node:assert/strict"
import { test } from "node:test"

import { Backoff } from "../../static/js/protocol/backoff.js"
import { encode, helloToQueue, helloToRoom, parse, say } from "../../static/js/protocol/frames.js"
import { newId } from "../../static/js/protocol/ids.js"
import { LIFETIME_MS, Outbox } from "../../static/js/protocol/outbox.js"
import { Sequence } from "../../static/js/protocol/sequence.js"
import { chance } from "./world.js"

test("waits grow from half a second to twenty seconds and never leave those bounds", () => {
  for (let seed = 1; seed <= 50; seed += 1) {
    const backoff = new Backoff(chance(seed))
    for (let tries = 0; tries < 30; tries += 1) {
      const wait = backoff.next()
      assert.ok(wait >= 500 && wait <= 20_000, String(wait))
    }
  }
})

test("without luck the waits double up to the ceiling, and start small again after success", () => {
  const backoff = new Backoff(() => 0.999999)

  const waits = Array.from({ length: 7 }, () => backoff.next())
  backoff.reset()

  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000, 20_000, 20_000])
  assert.equal(backoff.next(), 1000)
})

test("a school full of pages does not come back in the same second", () => {
  const waits = Array.from({ length: 1000 }, (_, page) => {
    const backoff = new Backoff(chance(page + 1))
    for (let tries = 0; tries < 5; tries += 1) backoff.next()
    return Math.floor(backoff.next() / 1000)
  })

  const busiest = Math.max(...Array.from({ length: 21 }, (_, second) => waits.filter((wait) => wait === second).length))
  assert.ok(busiest < 150, `${busiest} of 1000 in one second`)
})

test("an outbox gives up what is ten minutes old and keeps what is not", () => {
  const outbox = new Outbox()
  outbox.put({ t: "say", id: "old" }, 0)
  outbox.put({ t: "say", id: "new" }, 1)

  assert.deepEqual(outbox.expire(LIFETIME_MS).map((act) => act.id), ["old"])
  assert.deepEqual(outbox.unanswered().map((act) => act.id), ["new"])
  assert.equal(outbox.revive("new", 5), null)
  assert.equal(outbox.revive("old", LIFETIME_MS)?.id, "old")
  assert.deepEqual(outbox.unanswered().map((act) => act.id), ["new", "old"])
})

test("ten minutes are ten minutes, and a message is late after four seconds", () => {
  const outbox = new Outbox()
  outbox.put({ t: "say", id: "one" }, 0)

  assert.deepEqual([outbox.isLate(3_999), outbox.isLate(4_000)], [false, true])
  assert.deepEqual([outbox.expire(599_999).length, outbox.expire(600_000).length], [0, 1])
})

test("an outbox holds what waits and words that were given up, each once, until it is answered", () => {
  const outbox = new Outbox()
  const [old, late] = [{ t: "say", id: "old" }, { t: "say", id: "late" }]
  assert.equal(outbox.isEmpty, true)
  outbox.put(old, 0)
  assert.equal(outbox.isEmpty, false)
  outbox.expire(LIFETIME_MS)
  assert.equal(outbox.isEmpty, false, "who wrote it can still send it")
  outbox.put(late, LIFETIME_MS)

  assert.deepEqual(outbox.all(), [{ act: late, isGivenUp: false }, { act: old, isGivenUp: true }])
  outbox.revive("old", LIFETIME_MS)
  assert.deepEqual(outbox.all(), [{ act: late, isGivenUp: false }, { act: old, isGivenUp: false }])
  for (const id of ["old", "late"]) outbox.settle(id)
  assert.equal(outbox.isEmpty, true)
})

test("a claim that was given up is pressed anew, and keeps nobody from closing the page", () => {
  const outbox = new Outbox()
  outbox.put({ t: "claim", id: "c-1" }, 0)

  assert.deepEqual(outbox.expire(LIFETIME_MS).map((act) => act.id), ["c-1"])
  assert.equal(outbox.isEmpty, true)
  assert.equal(outbox.revive("c-1", LIFETIME_MS), null)
})

test("an answer that comes after giving up still counts", () => {
  const outbox = new Outbox()
  outbox.put({ t: "say", id: "slow" }, 0)
  outbox.expire(LIFETIME_MS)

  assert.equal(outbox.settle("slow")?.id, "slow")
  assert.equal(outbox.revive("slow", LIFETIME_MS), null)
})

test("a sequence knows the next, a repeat and a gap", () => {
  const sequence = new Sequence(4)

  assert.deepEqual([5, 5, 7, 6].map((seq) => sequence.take(seq, `line ${seq}`)), ["next", "repeat", "gap", "next"])
  assert.equal(sequence.last, 6)
})

test("a sequence asks for its last line once more, and knows another by its id", () => {
  const sequence = new Sequence(4)
  assert.equal(new Sequence().since, 0)
  assert.equal(sequence.since, 3)

  assert.deepEqual(["four", "four", "another"].map((id) => sequence.take(4, id)), ["repeat", "repeat", "other"])
  assert.equal(sequence.take(5, "five"), "next")
  assert.equal(sequence.take(4, "another"), "repeat", "older lines are not looked at: those after them would differ, too")
  assert.deepEqual([sequence.last, sequence.since], [5, 4])
})

test("ids are 128 random bits the server accepts", () => {
  const ids = new Set(Array.from({ length: 1000 }, () => newId()))

  assert.equal(ids.size, 1000)
  for (const id of ids) assert.match(id, /^[0-9a-f]{32}$/)
})

test("frames may be padded with white space", () => {
  assert.deepEqual(parse('{"t":"pong"}      \n'), { t: "pong" })
  assert.equal(parse(new ArrayBuffer(2)), null)
})

test("what is sent is padded to a power of two of bytes: a ping, typing and a few words look alike", () => {
  const few = say("id-1", "I saw a knife. \u00e9\u4e2d\ud83d\ude42".repeat(3))

  const sizes = [{ t: "ping" }, { t: "typing" }, { t: "seen", seq: 41 }, helloToQueue(), few].map(bytesOf)

  assert.deepEqual(sizes, [256, 256, 256, 256, 256])
})

test("padding never doubles but once, changes nothing, and makes nothing too large that was not", () => {
  for (const character of ["a", "\u00e9", "\u4e2d", "\ud83d\ude42"]) {
    for (let length = 1; length <= 10_000; length = Math.ceil(length * 1.3)) {
      const frame = say("id-1", character.repeat(length))
      const bare = Buffer.byteLength(JSON.stringify(frame))
      const size = bytesOf(frame)

      assert.ok(Number.isInteger(Math.log2(size)) && size >= bare && size <= 65_536, `${bare} became ${size}`)
      assert.ok(size === 256 || size < 2 * bare, `${bare} became ${size}`)
      assert.deepEqual(JSON.parse(encode(frame)), frame)
    }
  }
})

test("what the server would not take anyway is left as it is", () => {
  const frame = say("id-1", "a".repeat(65_536))

  assert.equal(encode(frame), JSON.stringify(frame))
})

test("half a character is mended before it is sent, whole ones are left alone", () => {
  assert.equal(say("id-1", "a\ud83d b").body, "a\ufffd b")
  assert.equal(say("id-1", "ok \ud83d\ude42").body, "ok \ud83d\ude42")
})

test("hello says who joins what", () => {
  assert.equal(encode(helloToQueue()).trimEnd(), '{"t":"hello","v":1,"queue":true}')
  assert.equal(encode(helloToRoom("r1")(3)).trimEnd(), '{"t":"hello","v":1,"room":"r1","since":3}')
})

/** @param {import("../../static/js/protocol/frames.js").ClientFrame} frame */
function bytesOf(frame) {
  return Buffer.byteLength(encode(frame))
}
