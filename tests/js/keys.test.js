// Keys in the console: single letters never take what somebody is typing.
import assert from "node:assert/strict"
import { test } from "node:test"

import { commandFor } from "../../static/js/protocol/keys.js"

const ON = { letters: true }

/** @param {string} key @param {Partial<import("../../static/js/protocol/keys.js").Press>} given */
function press(key, given = {}) {
  return { key, modified: false, typing: false, empty: false, composing: false, ...given }
}

test("outside a field each letter is a command", () => {
  const found = ["j", "k", "c", "r", "/", "?", "[", "]", "Escape"].map((key) => commandFor(press(key), ON))

  assert.deepEqual(found, ["next", "previous", "claim", "answer", "canned", "keys", "previous_room", "next_room", "leave"])
})

test("any other key is nobody's", () => {
  assert.equal(commandFor(press("q"), ON), null)
  assert.equal(commandFor(press("toString"), ON), null)
})

test("in a field letters are letters, and Escape leaves it", () => {
  assert.equal(commandFor(press("c", { typing: true }), ON), null)
  assert.equal(commandFor(press("/", { typing: true }), ON), null)
  assert.equal(commandFor(press("Escape", { typing: true }), ON), "leave")
})

test("a slash in an empty composer opens the canned responses", () => {
  assert.equal(commandFor(press("/", { typing: true, empty: true }), ON), "canned")
  assert.equal(commandFor(press("r", { typing: true, empty: true }), ON), null)
})

test("with a modifier, or while an input method is at work, a key belongs to the browser", () => {
  assert.equal(commandFor(press("r", { modified: true }), ON), null)
  assert.equal(commandFor(press("Escape", { composing: true }), ON), null)
})

test("who switched single letters off keeps Escape only", () => {
  const off = { letters: false }

  assert.equal(commandFor(press("c"), off), null)
  assert.equal(commandFor(press("/", { typing: true, empty: true }), off), null)
  assert.equal(commandFor(press("Escape"), off), "leave")
})
