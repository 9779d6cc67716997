// Sentences with numbers in them, in languages that have more forms than two.

import assert from "node:assert/strict"
import { test } from "node:test"

import { awayInWords, fillCount } from "../../static/js/elements/words.js"

const POLISH = { one: "{count} raport czeka", few: "{count} raporty czekają", many: "{count} raportów czeka" }

test("a number has the form of the sentence that its language asks for", () => {
  const said = [1, 2, 5, 12, 22].map((count) => fillCount(POLISH, count, "pl"))

  assert.deepEqual(said, ["1 raport czeka", "2 raporty czekają", "5 raportów czeka", "12 raportów czeka", "22 raporty czekają"])
})

test("a number that has a form of its own only in newer browsers has the one for all others", () => {
  assert.equal(fillCount({ one: "{count} día", other: "{count} días" }, 1_000_000, "es"), "1000000 días")
})

test("how long somebody was away is one sentence, of minutes until there is an hour", () => {
  const words = { moment: "A moment.", minutes: { one: "{count} minute.", other: "{count} minutes." }, hours: { one: "{count} hour.", other: "{count} hours." } }

  const said = [20_000, 60_000, 59 * 60_000, 60 * 60_000, 150 * 60_000].map((away) => awayInWords(away, words, "en"))

  assert.deepEqual(said, ["A moment.", "1 minute.", "59 minutes.", "1 hour.", "3 hours."])
})
