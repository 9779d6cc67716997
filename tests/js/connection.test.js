// The line of a conversation as sockets of the page: which of them is listened to, and when another is dialed.

import assert from "node:assert/strict"
import { test } from "node:test"

import { Connection } from "../../static/js/net/connection.js"
import { Conversation } from "../../static/js/protocol/conversation.js"
import { helloAsReporter, say } from "../../static/js/protocol/frames.js"
import { comeOnline, pass, sockets } from "./page.js"
import { welcomeFrame } from "./world.js"

const LONGEST_WAIT = 20_000

/** A line, and a way to its newest socket. */
function openLine() {
  const line = new Connection(new Conversation({ hello: helloAsReporter, random: () => 0.5 }))
  const before = sockets.length
  line.open()
  return { line, dialed: () => sockets.slice(before) }
}

test("a socket that was let go of says nothing any more, and what is said goes to the one after it", async () => {
  const { line, dialed } = openLine()
  dialed()[0]?.open(welcomeFrame(0))
  dialed()[0]?.onmessage({ data: '{"t":"resync"}' })
  assert.equal(dialed()[0]?.isLetGo, true)
  await pass(LONGEST_WAIT)
  dialed()[1]?.open(welcomeFrame(0))

  dialed()[0]?.end(4501)
  line.submit(say("id-1", "one"))

  assert.deepEqual(dialed().map(({ sent }) => sent.filter(({ t }) => t === "say").length), [0, 1])
  line.close()
})

test("whoever lets go of a line for good dials no more, whatever was to be dialed or is heard of the network", async () => {
  const { line, dialed } = openLine()
  dialed()[0]?.end(1006)

  line.close()
  await pass(LONGEST_WAIT)
  await comeOnline()

  assert.equal(dialed().length, 1)
})

test("a server that asks to be left alone is not dialed because of a break before that", async () => {
  const { line, dialed } = openLine()
  dialed()[0]?.end(1006)
  await comeOnline()
  assert.equal(dialed().length, 2)

  dialed()[1]?.end(4002, "25")
  await pass(24_999)
  assert.equal(dialed().length, 2)
  await pass(1)
  assert.equal(dialed().length, 3)
  line.close()
})
