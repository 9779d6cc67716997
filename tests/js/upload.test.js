// A file on its way: whatever the line loses, the server ends up with exactly its bytes, and shows it once.

import assert from "node:assert/strict"
import { test } from "node:test"

import { PIECE, SMALL_PIECE, Upload } from "../../static/js/protocol/upload.js"
import { RoughUpload } from "./uploads-world.js"
import { chance } from "./world.js"

const MIB = 1024 * 1024

/** @param {number} [size] */
function uploadOf(size = 10 * MIB) {
  return new Upload({ size, random: () => 0 })
}

/** @param {number} offset @param {string} [progress] */
function standing(offset, progress = "arriving") {
  return { attachment: "a-1", progress, offset, refused: "" }
}

/** @param {Upload} upload @param {number} offset */
function arrive(upload, offset) {
  upload.start()
  return upload.answered(201, standing(offset))
}

test("it is announced first, then sent piece by piece, in order, then made safe, then there", () => {
  const upload = uploadOf(PIECE + 5)

  assert.deepEqual(upload.start(), [{ do: "announce" }])
  assert.deepEqual(upload.answered(201, standing(0)), [{ do: "send", from: 0, to: PIECE }])
  assert.deepEqual(upload.answered(200, standing(PIECE)), [{ do: "send", from: PIECE, to: PIECE + 5 }])
  assert.deepEqual(upload.answered(200, standing(PIECE + 5)), [{ do: "finish" }])
  assert.equal(upload.stage, "cleaning")
  assert.deepEqual(upload.answered(200, standing(PIECE + 5, "there")), [])
  assert.equal(upload.stage, "done")
})

test("a file the server knows half of goes on in the middle", () => {
  assert.deepEqual(arrive(uploadOf(3 * MIB), MIB), [{ do: "send", from: MIB, to: 3 * MIB }])
})

test("when the line breaks it waits, asks how far it is, and goes on there", () => {
  const upload = uploadOf()
  arrive(upload, 0)

  const wait = upload.broke()
  const asked = upload.woke()
  const sent = upload.answered(200, standing(MIB))

  assert.deepEqual(wait, [{ do: "wait", milliseconds: 500 }])
  assert.deepEqual(asked, [{ do: "ask" }])
  assert.deepEqual(sent, [{ do: "send", from: MIB, to: 5 * MIB }])
})

test("it says that it is offline from the break to the next answer, and not longer", () => {
  const upload = uploadOf()
  arrive(upload, 0)

  upload.broke()
  const broken = upload.isOffline
  upload.woke()
  upload.answered(200, standing(0))

  assert.deepEqual([broken, upload.isOffline], [true, false])
})

test("a wait that ends twice asks once", () => {
  const upload = uploadOf()
  arrive(upload, 0)
  upload.broke()

  assert.equal(upload.woke().length, 1)
  assert.deepEqual(upload.woke(), [])
})

test("a busy server is left alone for as long as it says", () => {
  for (const [status, code] of /** @type {[number, string][]} */ ([[429, "too_busy"], [500, "refused"], [502, ""], [503, "too_busy"]])) {
    const upload = uploadOf()
    upload.start()

    assert.deepEqual(upload.answered(status, { ...standing(0), code, text: "Wait." }, 17_000), [{ do: "wait", milliseconds: 17_000 }])
    assert.deepEqual(upload.woke(), [{ do: "announce" }])
  }
})

test("what cleaning refuses has failed, in the server's words, and nothing more is sent", () => {
  const upload = uploadOf(5)
  arrive(upload, 5)

  assert.deepEqual(upload.answered(422, { ...standing(0), code: "cannot_clean", text: "Send a JPEG." }), [])
  assert.deepEqual([upload.stage, upload.why, upload.isUnderWay], ["failed", "Send a JPEG.", false])
  assert.equal(upload.isFinal, true)
})

test("what cleaning refused while nobody heard of it has failed the same way, and can't be tried again", () => {
  const upload = uploadOf(5)
  arrive(upload, 5)
  upload.broke()
  upload.woke()

  assert.deepEqual(upload.answered(200, { ...standing(5, "refused"), refused: "Send a JPEG." }), [])
  assert.deepEqual([upload.stage, upload.why, upload.isFinal], ["failed", "Send a JPEG.", true])
})

test("what the browser can't read any more has failed, and can be chosen again", () => {
  const upload = uploadOf()
  arrive(upload, 0)

  assert.deepEqual(upload.unreadable(), [])
  assert.deepEqual([upload.stage, upload.why, upload.isFinal], ["failed", "", false])
})

test("where another page of ours sends the same file, it asks how far that is, and goes on there", () => {
  const upload = uploadOf()
  arrive(upload, 0)

  assert.deepEqual(upload.answered(409, { ...standing(0), code: "wrong_offset" }), [{ do: "wait", milliseconds: 500 }])
  assert.deepEqual(upload.woke(), [{ do: "ask" }])
  assert.deepEqual(upload.answered(200, standing(9 * MIB)), [{ do: "send", from: 9 * MIB, to: 10 * MIB }])
})

test("what turns out not to be whole once it is to be cleaned is asked for, and the rest is sent", () => {
  const upload = uploadOf(5)
  arrive(upload, 5)

  assert.deepEqual(upload.answered(409, { ...standing(0), code: "still_arriving" }), [{ do: "wait", milliseconds: 500 }])
  assert.deepEqual(upload.woke(), [{ do: "ask" }])
  assert.deepEqual(upload.answered(200, standing(3)), [{ do: "send", from: 3, to: 5 }])
})

test("a file that is being cleaned elsewhere is asked for again, but not at once", () => {
  const upload = uploadOf(5)
  arrive(upload, 5)

  assert.deepEqual(upload.answered(200, standing(5)), [{ do: "wait", milliseconds: 500 }])
  assert.deepEqual(upload.woke(), [{ do: "finish" }])
})

test("a server that lost it gets it from the beginning, and a server that loses it for ever ends it", () => {
  const upload = uploadOf()
  arrive(upload, 4 * MIB)

  const tries = []
  for (let n = 0; n < 10 && upload.isUnderWay; n += 1) {
    upload.answered(404, { ...standing(0), code: "not_found" })
    tries.push(...upload.woke())
    if (upload.isUnderWay) upload.answered(201, standing(0))
  }

  assert.deepEqual(tries, Array(3).fill({ do: "announce" }))
  assert.equal(upload.stage, "failed")
  assert.equal(upload.isFinal, false)
})

test("a server that loses it now and then, and takes more of it in between, gets it in the end", () => {
  const upload = uploadOf()
  arrive(upload, 0)

  for (let n = 0; n < 10; n += 1) {
    upload.answered(200, standing(4 * MIB))
    upload.answered(404, { ...standing(0), code: "not_found" })
    assert.equal(upload.fraction, 0)
    assert.deepEqual(upload.woke(), [{ do: "announce" }])
    upload.answered(201, standing(0))
  }

  assert.equal(upload.stage, "sending")
})

test("the waits grow while nothing gets through, and are short again once something has", () => {
  const upload = new Upload({ size: 10 * MIB, random: () => 0.999999 })
  arrive(upload, 0)
  const breaks = () => {
    const waits = upload.broke()
    upload.woke()
    return waits
  }

  assert.deepEqual([...breaks(), ...breaks()], [{ do: "wait", milliseconds: 1000 }, { do: "wait", milliseconds: 2000 }])
  upload.answered(200, standing(MIB))
  assert.deepEqual(breaks(), [{ do: "wait", milliseconds: 1000 }])
})

test("where there is nothing to send it to, it has failed at once", () => {
  const upload = uploadOf()
  upload.start()

  assert.deepEqual(upload.answered(404, { ...standing(0), code: "not_found", text: "We can't find that." }), [])
  assert.deepEqual([upload.stage, upload.why], ["failed", "We can't find that."])
})

test("behind a proxy that takes no large bodies it goes on in small pieces", () => {
  const upload = uploadOf()
  arrive(upload, 0)

  assert.ok(SMALL_PIECE <= MIB, "more than nginx lets through if it is told nothing")
  assert.deepEqual(upload.answered(413, standing(0)), [{ do: "send", from: 0, to: SMALL_PIECE }])
  assert.deepEqual(upload.answered(413, standing(0)), [])
  assert.equal(upload.stage, "failed")
})

test("what the server itself finds too large has failed in its words, and does not come in small pieces", () => {
  const upload = uploadOf()
  upload.start()

  assert.deepEqual(upload.answered(413, { ...standing(0), code: "file_too_large", text: "Larger than 25 MB." }), [])
  assert.deepEqual([upload.stage, upload.why], ["failed", "Larger than 25 MB."])
})

test("cancelling stops the line and has the server forget it", () => {
  const known = uploadOf()
  arrive(known, 0)

  assert.deepEqual(known.cancel(), [{ do: "stop" }, { do: "forget" }])
  assert.deepEqual(known.answered(200, standing(MIB)), [])
  assert.deepEqual(known.broke(), [])
  assert.equal(known.stage, "cancelled")
})

test("cancelled while it is announced, it is forgotten by the name that comes with the answer", () => {
  const [taken, refused, unheard] = [uploadOf(), uploadOf(), uploadOf()]
  for (const upload of [taken, refused, unheard]) {
    upload.start()
    assert.deepEqual(upload.cancel(), [])
  }

  assert.deepEqual(taken.answered(201, standing(0)), [{ do: "forget" }])
  assert.equal(taken.attachment, "a-1")
  assert.deepEqual(refused.answered(422, standing(0)), [])
  assert.deepEqual(unheard.broke(), [])
})

test("cancelled while nobody answers, only the waiting ends", () => {
  const upload = uploadOf()
  upload.start()
  upload.broke()

  assert.deepEqual(upload.cancel(), [{ do: "stop" }])
})

test("what is there can't be cancelled any more", () => {
  const upload = uploadOf(5)
  arrive(upload, 5)
  upload.answered(200, standing(5, "there"))

  assert.deepEqual(upload.cancel(), [])
  assert.equal(upload.stage, "done")
})

test("the bar moves with what leaves, and stands on what is safe after a break", () => {
  const upload = uploadOf(8 * MIB)
  arrive(upload, 2 * MIB)

  upload.moved(MIB)
  const onTheLine = upload.fraction
  upload.broke()

  assert.deepEqual([onTheLine, upload.fraction], [3 / 8, 2 / 8])
  upload.woke()
  upload.answered(200, standing(2 * MIB))
  upload.moved(4 * MIB)
  upload.answered(200, standing(6 * MIB))
  assert.equal(upload.fraction, 6 / 8, "what has arrived is not on the line any more")
})

test("whatever is lost, repeated, cut, refused for now or forgotten, the file arrives whole and is shown once", () => {
  for (let seed = 1; seed <= 400; seed += 1) {
    const rough = new RoughUpload(chance(seed))

    rough.run()

    assert.equal(rough.upload.stage, "done", `seed ${seed}`)
    assert.deepEqual(rough.server.bytes, rough.file, `seed ${seed}`)
    assert.equal(rough.server.shown, 1, `seed ${seed}`)
  }
})

test("cancelled at any moment, nothing more is asked of the server but to forget it", () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const rough = new RoughUpload(chance(seed))

    rough.run({ cancelAfter: seed % 25 })

    assert.ok(["cancelled", "done"].includes(rough.upload.stage), `seed ${seed}`)
    assert.deepEqual(rough.askedAfterCancel.filter((asked) => asked !== "stop" && asked !== "forget"), [], `seed ${seed}`)
  }
})
