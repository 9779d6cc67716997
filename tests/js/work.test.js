// A puzzle is solved as the server expects, within what it says, and no longer than anybody wants it.

import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { test } from "node:test"

import { solve } from "../../static/js/protocol/work.js"

const SALT = "1795466082.q3Vx9kLr2sT8wYbZq3Vx9k."
const MARK = "M".repeat(22)

/** @param {number} number @param {number} most */
function puzzleOf(number, most) {
  const digest = createHash("sha256").update(`${SALT}${number}`).digest("hex")
  return { salt: SALT, digest, most, mark: MARK }
}

test("the answer is the salt, the number and the mark, wherever the number is", async () => {
  for (const number of [0, 1, 255, 256, 1000]) {
    assert.equal(await solve(puzzleOf(number, 1000), () => true), `${SALT}${number}.${MARK}`)
  }
})

test("what has no answer ends without one", async () => {
  assert.equal(await solve(puzzleOf(5000, 1000), () => true), "")
  assert.equal(await solve({ salt: "", digest: "nonsense", most: Number.NaN, mark: "" }, () => true), "")
})

test("nobody goes on for a page that is gone", async () => {
  let looks = 0

  assert.equal(await solve(puzzleOf(1000, 10_000_000), () => (looks += 1) <= 2), "")
  assert.equal(looks, 3)
})
