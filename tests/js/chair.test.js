import assert from "node:assert/strict"
import { test } from "node:test"

import { Chair, TOUCHED_FOR_MS } from "../../static/js/protocol/chair.js"

test("a console that nobody touches for long stands before an empty chair", () => {
  const chair = new Chair(0)

  assert.equal(chair.isEmpty(TOUCHED_FOR_MS), false)
  assert.equal(chair.isEmpty(TOUCHED_FOR_MS + 1), true)
})

test("a clock that was set back keeps nobody before the console", () => {
  const chair = new Chair(3_600_000)

  assert.equal(chair.isEmpty(0), false)
  assert.equal(chair.isEmpty(TOUCHED_FOR_MS + 1), true)
})

test("whoever touches it is there, which is news only after nobody was", () => {
  const chair = new Chair(0)

  assert.equal(chair.touch(1), false)
  assert.equal(chair.touch(TOUCHED_FOR_MS + 2), true)
  assert.equal(chair.isEmpty(TOUCHED_FOR_MS + 3), false)
})
