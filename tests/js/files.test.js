// Files before they are sent: what they are, whether they may come, an id that is the same again, and a changed voice.

import assert from "node:assert/strict"
import { test } from "node:test"

import { idOf, kindOf, mediaTypeOf, problemOf, sizeInWords } from "../../static/js/protocol/file-kinds.js"
import { changePitch, wavOf } from "../../static/js/protocol/voice.js"

const MEGABYTES = { image: 25, video: 250, audio: 50, pdf: 25 }

/** @param {Partial<import("../../static/js/protocol/file-kinds.js").FileLike>} some */
function file(some = {}) {
  return { name: "IMG_4711.jpg", size: 5_000, type: "image/jpeg", lastModified: 1, ...some }
}

test("a file is what the browser calls it, or else what its name ends in", () => {
  assert.equal(mediaTypeOf(file({ type: "audio/webm;codecs=opus" })), "audio/webm")
  assert.equal(mediaTypeOf(file({ name: "IMG.HEIC", type: "" })), "image/heic")
  assert.equal(mediaTypeOf(file({ name: "noise", type: "" })), "")
})

test("pictures, video, sound and pdf may be sent, and what is like them may not", () => {
  const kinds = ["image/png", "image/svg+xml", "video/quicktime", "audio/wav", "application/pdf", "text/html", ""]

  assert.deepEqual(
    kinds.map((type) => kindOf(file({ type, name: "x" }))),
    ["image", null, "video", "audio", "pdf", null, null],
  )
})

test("what can't be sent is told before it is", () => {
  assert.equal(problemOf(file(), MEGABYTES), "")
  assert.equal(problemOf(file({ size: 25_000_000 }), MEGABYTES), "")
  assert.equal(problemOf(file({ size: 25_000_001 }), MEGABYTES), "too_large")
  assert.equal(problemOf(file({ size: 0 }), MEGABYTES), "empty")
  assert.equal(problemOf(file({ type: "text/plain", name: "x" }), MEGABYTES), "unknown")
})

test("sizes are said the way the server says them", () => {
  assert.deepEqual([10, 1_999, 5_000, 1_250_000].map(sizeInWords), ["1 KB", "1 KB", "5 KB", "1.3 MB"])
})

test("the same file has the same id in this session, and in no other", async () => {
  const first = await idOf(file(), "secret")

  assert.match(first, /^[0-9a-f]{32}$/)
  assert.equal(await idOf(file(), "secret"), first)
  for (const other of [file({ size: 5_001 }), file({ name: "b.jpg" }), file({ lastModified: 2 })]) {
    assert.notEqual(await idOf(other, "secret"), first)
  }
  assert.notEqual(await idOf(file(), "another"), first)
})

/** @param {Float32Array} samples @param {number} rate The tone in it, by counting where it rises through zero. */
function toneOf(samples, rate) {
  let rises = 0
  for (let place = 1; place < samples.length; place += 1) {
    if ((samples[place - 1] ?? 0) < 0 && (samples[place] ?? 0) >= 0) rises += 1
  }
  return (rises * rate) / samples.length
}

test("a voice becomes deeper or higher, takes as long as before, and is never too loud", () => {
  const rate = 24_000
  const tone = Float32Array.from({ length: rate }, (_, place) => 0.5 * Math.sin((2 * Math.PI * 220 * place) / rate))

  for (const factor of [0.78, 1.32]) {
    const changed = changePitch(tone, rate, factor)
    assert.equal(changed.length, tone.length)
    assert.ok(Math.abs(toneOf(changed, rate) / 220 - factor) < 0.12, String(toneOf(changed, rate)))
    assert.ok(changed.every((sample) => Math.abs(sample) <= 1))
  }
})

test("a recording is a WAV file of one channel", () => {
  const bytes = new DataView(wavOf(new Float32Array([0, 1, -1, 2]), 24_000))

  assert.equal(String.fromCharCode(...new Uint8Array(bytes.buffer, 0, 4)), "RIFF")
  assert.equal(bytes.getUint16(22, true), 1)
  assert.equal(bytes.getUint32(24, true), 24_000)
  assert.deepEqual([44, 46, 48, 50].map((place) => bytes.getInt16(place, true)), [0, 32_767, -32_767, 32_767])
})
