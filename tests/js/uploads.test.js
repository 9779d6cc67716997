// Files of a conversation over the browser's line: when one that says nothing is given up, and whose turn it is.

import assert from "node:assert/strict"
import { test } from "node:test"

import { Uploads } from "../../static/js/net/uploads.js"
import { comeOnline, pass, request, requests } from "./page.js"

const SIZE = 10 * 1024 * 1024
const LONGEST_WAIT = 20_000

/** @param {string} name @param {boolean} [isThere] Whether the browser can read it. @returns {any} */
function photo(name, isThere = true) {
  const slice = (/** @type {number} */ from, /** @type {number} */ to) => ({
    arrayBuffer: async () => (isThere ? new ArrayBuffer(to - from) : Promise.reject(new Error("It is unplugged."))),
  })
  return { name, type: "image/jpeg", size: SIZE, slice }
}

/** @param {number} offset @param {string} [progress] */
function standing(offset, progress = "arriving") {
  return { attachment: "a-1", progress, offset, refused: "" }
}

/** @param {any[]} photos */
function sending(...photos) {
  const uploads = new Uploads("/attachments")
  photos.forEach((each) => uploads.add(each))
  uploads.send({ keepsOriginal: false })
  return uploads
}

/** The first is announced, and its first piece on the line. */
async function firstPiece() {
  const announced = await request()
  announced.answer(201, standing(0))
  return request()
}

test("a line on which something moves is given time, however slow; one that is silent for 40 seconds is asked anew", async () => {
  const uploads = sending(photo("a.jpg"))
  const piece = await firstPiece()

  for (let loaded = 1; loaded <= 10; loaded += 1) {
    await pass(39_000)
    piece.upload.onprogress({ loaded })
  }
  assert.equal(piece.isAborted, false)
  await pass(40_000)
  assert.equal(piece.isAborted, true)

  await pass(LONGEST_WAIT)
  assert.equal((await request()).said, "GET /attachments/a-1")
  uploads.close()
})

test("as soon as the browser says that the network is back a file goes on, and nothing of a page that let go of it", async () => {
  const uploads = sending(photo("a.jpg"))
  const piece = await firstPiece()

  piece.abort()
  await comeOnline()
  const asked = await request()
  assert.equal(asked.said, "GET /attachments/a-1")
  asked.abort()
  uploads.close()
  await comeOnline()
  await pass(LONGEST_WAIT)
  assert.deepEqual(await requests(), [])
})

test("closed, what is on the line ends, and no answer leads to another request", async () => {
  const uploads = sending(photo("a.jpg"), photo("b.jpg"))
  const piece = await firstPiece()

  uploads.close()
  piece.answer(200, standing(SIZE / 2))

  assert.equal(piece.isAborted, true)
  assert.deepEqual(await requests(), [])
})

test("what the browser can't read any more fails, and holds up no other file", async () => {
  const uploads = sending(photo("gone.jpg", false), photo("b.jpg"))

  const announced = await request()
  announced.answer(201, standing(0))
  const next = await request()

  assert.deepEqual(uploads.items.map((item) => item.upload.stage), ["failed", "sending"])
  assert.equal(next.said, "POST /attachments")
  uploads.close()
})

test("who takes one file away stops no other", async () => {
  const uploads = sending(photo("a.jpg"), photo("b.jpg"))
  const piece = await firstPiece()

  const [, other] = uploads.items
  if (other !== undefined) uploads.cancel(other)

  assert.equal(piece.isAborted, false)
  uploads.close()
})

test("a server that asks to be left alone is asked what was begun no sooner, and that is asked once", async () => {
  const uploads = new Uploads("/attachments")
  uploads.look()
  uploads.look()

  const asked = await request()
  asked.answer(503, { code: "too_busy" }, { "Retry-After": "25" })
  await pass(24_000)
  assert.deepEqual(await requests(), [])
  await pass(1_000)
  assert.equal((await request()).said, "GET /attachments")
  uploads.close()
})

test("a server that asks to be left alone gets no file sooner", async () => {
  const uploads = sending(photo("a.jpg"))

  const announced = await request()
  announced.answer(503, { code: "too_busy" }, { "Retry-After": "25" })
  await pass(24_000)
  assert.deepEqual(await requests(), [])
  await pass(1_000)
  assert.equal((await request()).said, "POST /attachments")
  uploads.close()
})

test("what a proxy says in the server's place, in words and dates of its own, is waited for like any silence", async () => {
  const uploads = sending(photo("a.jpg"))

  const announced = await request()
  announced.answer(502, "<h1>Bad Gateway</h1>", { "Retry-After": "Tue, 04 May 2027 12:00:00 GMT" })
  await pass(499)
  assert.deepEqual(await requests(), [])
  await pass(LONGEST_WAIT)
  assert.equal((await request()).said, "POST /attachments")
  uploads.close()
})

test("of what was begun, what waits for more is offered, what is whole is finished, and what was refused is neither", async () => {
  const uploads = new Uploads("/attachments")
  uploads.look()
  const begun = [
    { ...standing(5), id: "half", attachment: "a-half", size: 10, mark: "m" },
    { ...standing(10), id: "whole", attachment: "a-whole", size: 10, mark: "m" },
    { ...standing(5, "refused"), id: "refused", attachment: "a-refused", size: 10, mark: "m" },
  ]

  const asked = await request()
  asked.answer(200, { unfinished: begun })

  assert.equal((await request()).said, "POST /attachments/a-whole/finish")
  assert.deepEqual(uploads.begun.map(({ id }) => id), ["half"])
  uploads.close()
})
