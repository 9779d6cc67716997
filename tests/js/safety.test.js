import assert from "node:assert/strict"
import { test } from "node:test"

/** The page around the module: what it does by itself is called here, as time passes. @type {(() => void)[]} */
const checks = []
/** @type {Record<string, (event?: object) => void>} */
const heard = {}
let now = Date.parse("2027-05-04T12:00:00Z")
let covered = 0
let reloaded = 0

const form = { dataset: { kept: "" } }
const page = {
  documentElement: { dataset: {} },
  addEventListener() {},
  querySelector: (/** @type {string} */ what) => (what === "#cover" ? ((covered += 1), null) : form),
}
Object.assign(globalThis, {
  document: page,
  addEventListener: (/** @type {string} */ name, /** @type {(event?: object) => void} */ hear) => (heard[name] = hear),
  setInterval: (/** @type {() => void} */ check) => checks.push(check),
  CustomEvent: Event,
  location: { reload: () => (reloaded += 1) },
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

test("a page that the browser had kept whole asks anew what to show, and one that was fetched does not", async () => {
  await import("../../static/js/pages/safety.js")

  heard.pageshow?.({ persisted: false })
  assert.equal(reloaded, 0)
  heard.pageshow?.({ persisted: true })
  assert.equal(reloaded, 1)
})
