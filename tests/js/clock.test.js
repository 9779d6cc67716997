import assert from "node:assert/strict"
import { test } from "node:test"

import { ServerClock } from "../../static/js/protocol/clock.js"

const NOON = 1_800_000_000

test("how long somebody waits is told by the server's clock, however wrong the computer's is", () => {
  for (const hours of [-8760, -1, 0, 1, 8760]) {
    const clock = new ServerClock()
    const here = (NOON + hours * 3600) * 1000

    clock.set(NOON, here)

    assert.equal(clock.secondsSince(NOON - 300, here), 300)
    assert.equal(clock.secondsSince(NOON - 300, here + 60_000), 360)
    assert.equal(clock.secondsSince(NOON + 5, here), 0, "what has just come in is not from the future")
  }
})

test("until the server has said what time it is, the computer's clock counts", () => {
  const clock = new ServerClock()
  clock.set(/** @type {any} */ (undefined), NOON * 1000)

  assert.equal(clock.secondsSince(NOON - 300, NOON * 1000), 300)
})
