// A changed voice: as long as before, as loud as before, deeper or higher, and never twice the same.

import assert from "node:assert/strict"
import { test } from "node:test"

import { RATE, changed, wavOf } from "../../static/js/protocol/voice.js"
import { chance } from "./world.js"

/** @param {number} hertz @param {number} seconds */
function hum(hertz, seconds) {
  return Float32Array.from({ length: seconds * RATE }, (_, at) => 0.4 * Math.sin((2 * Math.PI * hertz * at) / RATE))
}

/** @param {Float32Array} samples @param {"deeper" | "higher"} direction @param {() => number} random */
function change(samples, direction, random) {
  const changing = changed(samples, direction, random)
  let step = changing.next()
  while (!step.done) step = changing.next()
  return step.value
}

/** Of its second half second on: the beginning fades in. @param {Float32Array} samples */
function pitchOf(samples) {
  const middle = samples.subarray(RATE / 2, samples.length - RATE / 2)
  return (middle.filter((sample, at) => at > 0 && (middle[at - 1] ?? 0) < 0 && sample >= 0).length * RATE) / middle.length
}

/** @param {Float32Array} samples */
function loudness(samples) {
  const middle = samples.subarray(RATE / 2, samples.length - RATE / 2)
  return Math.sqrt(middle.reduce((sum, sample) => sum + sample * sample, 0) / middle.length)
}

test("any hum between a deep and a high voice gets deeper, or higher, by as much as it should", () => {
  for (let seed = 1; seed <= 12; seed += 1) {
    const random = chance(seed * 7919)
    const hertz = 90 + random() * 260

    const deeper = pitchOf(change(hum(hertz, 3), "deeper", random)) / hertz
    const higher = pitchOf(change(hum(hertz, 3), "higher", random)) / hertz

    assert.ok(deeper > 0.68 && deeper < 0.82, `${hertz} Hz: ${deeper}`)
    assert.ok(higher > 1.22 && higher < 1.45, `${hertz} Hz: ${higher}`)
  }
})

test("it lasts as long as before and is about as loud", () => {
  const before = hum(150, 3)

  for (const direction of /** @type {const} */ (["deeper", "higher"])) {
    const after = change(before, direction, chance(3))

    assert.equal(after.length, before.length)
    assert.ok(Math.abs(loudness(after) / loudness(before) - 1) < 0.1, `${loudness(after)}`)
  }
})

test("the same words never change in the same way twice", () => {
  const before = hum(150, 2)

  const [one, other] = [change(before, "deeper", chance(1)), change(before, "deeper", chance(2))]

  assert.ok(one.some((sample, at) => Math.abs(sample - (other[at] ?? 0)) > 0.05))
})

test("silence stays silence, and nothing stays nothing", () => {
  assert.ok(change(new Float32Array(RATE), "higher", chance(1)).every((sample) => sample === 0))
  assert.equal(change(new Float32Array(0), "deeper", chance(1)).length, 0)
})

test("a WAV file says what it holds, and what is too loud is cut, not turned over", () => {
  const bytes = wavOf(Float32Array.from([0, 0.5, 2, -2]))
  const view = new DataView(bytes.buffer)

  assert.equal(new TextDecoder().decode(bytes.slice(0, 16)).replace(/[^ -~]/g, "."), "RIFF,...WAVEfmt ")
  assert.deepEqual([view.getUint32(4, true), view.getUint32(24, true), view.getUint32(40, true)], [44, RATE, 8])
  assert.deepEqual([44, 46, 48, 50].map((at) => view.getInt16(at, true)), [0, 16384, 32767, -32767])
})
