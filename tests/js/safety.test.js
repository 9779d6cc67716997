import assert from "node:assert/strict"
import { test } from "node:test"

/** The page around the module: what it does by itself is called here, as time passes. @type {(() => void)[]} */
const checks = []
/** @type {Record<string, () => void>} */
const heard = {}
let now = Date.parse("2027-05-04T12:00:00Z")
let covered = 0

const form = { dataset: { kept: "" } }
const page = {
  addEventListener() {},
  querySelector: (/** @type {string} */ what) => (what === "#cover" ? ((covered += 1), null) : form),
}
Object.assign(globalThis, {
  document: page,
  addEventListener: (/** @type {string} */ name, /** @type {() => void} */ hear) => (heard[name] = hear),
  setInterval: (/** @type {() => void} */ check) => checks.push(check),
  CustomEvent: Event,
})
Date.now = () => now

/** @param {number} minutes */
function pass(minutes) {
  now += minutes * 60_000
  checks.forEach((check) => check())
}

test("a page that was left alone is covered after ten minutes, also if the clock was set back meanwhile", async () => {
  await import("../../static/js/pages/safety.js")

  pass(9)
  assert.equal(covered, 0)
  pass(1)
  assert.equal(covered, 1)
  heard.pointerdown?.()
  pass(-60)
  pass(9)
  assert.equal(covered, 1)
  pass(1)
  assert.equal(covered, 2)
})
