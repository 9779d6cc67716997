// What can be sent is told before it is sent, by the same rules as the server's; and a file is known again.

import assert from "node:assert/strict"
import { test } from "node:test"

import { familyOf, objectionTo, sameAs, sizeInWords, typeOf } from "../../static/js/protocol/choosing.js"

const LIMITS = { image: 25, video: 250, audio: 50, pdf: 25 }

/** @param {string} name @param {string} type @param {number} [size] */
function file(name, type, size = 1000) {
  return { name, type, size }
}

test("a file is what its type says, and where it says nothing, what its name ends with", () => {
  assert.equal(familyOf(file("a.jpg", "image/jpeg")), "image")
  assert.equal(familyOf(file("IMG_1.HEIC", "")), "image")
  assert.equal(familyOf(file("clip.MOV", "application/octet-stream")), "video")
  assert.equal(familyOf(file("recording", "audio/webm;codecs=opus")), "audio")
  assert.equal(familyOf(file("clip.webm", "video/webm")), "video")
  assert.equal(familyOf(file("letter.pdf", "application/pdf")), "pdf")
})

test("a type that says nothing to the server is not announced", () => {
  const clip = file("clip.m4v", "video/x-m4v")

  assert.equal(familyOf(clip), "video")
  assert.equal(typeOf(clip), "file/m4v")
})

test("what nobody can make safe is nothing", () => {
  assert.equal(familyOf(file("a.svg", "image/svg+xml")), null)
  assert.equal(familyOf(file("homework.docx", "application/vnd.openxmlformats")), null)
  assert.equal(familyOf(file("no ending", "")), null)
})

test("the announced type never carries a codec, nor the name", () => {
  assert.equal(typeOf(file("secret name.webm", "audio/webm;codecs=opus")), "audio/webm")
  assert.equal(typeOf(file("secret name.heic", "")), "file/heic")
})

test("an objection says why, and how much is the most", () => {
  assert.equal(objectionTo(file("a.jpg", "image/jpeg", 25_000_000), LIMITS), null)
  assert.deepEqual(objectionTo(file("a.jpg", "image/jpeg", 25_000_001), LIMITS), { why: "too_large", most: 25 })
  assert.deepEqual(objectionTo(file("a.jpg", "image/jpeg", 0), LIMITS), { why: "empty", most: 0 })
  assert.deepEqual(objectionTo(file("a.exe", "application/x-msdownload"), LIMITS), { why: "unknown", most: 0 })
})

test("a file is known again by its size and its beginning, never by one alone, nor by no mark", () => {
  const begun = [{ attachment: "a", id: "one", offset: 5, size: 10, mark: "abc" }, { attachment: "b", id: "two", offset: 0, size: 7, mark: "" }]

  assert.equal(sameAs(begun, { size: 10, mark: "abc" })?.id, "one")
  assert.equal(sameAs(begun, { size: 11, mark: "abc" }), undefined)
  assert.equal(sameAs(begun, { size: 10, mark: "abd" }), undefined)
  assert.equal(sameAs(begun, { size: 7, mark: "" }), undefined)
})

test("a size is said as the server says it", () => {
  const words = { mb: "{size} MB", kb: "{size} KB" }

  assert.deepEqual([5, 1999, 1_500_000].map((bytes) => sizeInWords(bytes, words)), ["1 KB", "1 KB", "1.5 MB"])
})
