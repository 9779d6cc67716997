// The conversation with the server: whatever the line loses or repeats, each event is shown once, in order.

import assert from "node:assert/strict"
import { test } from "node:test"

import { Conversation, CUT_OFF_MS, DEAD_AFTER_MS, PING_EVERY_MS, PROBE_MS } from "../../static/js/protocol/conversation.js"
import { helloAsReporter, helloToQueue, say } from "../../static/js/protocol/frames.js"
import { LATE_MS, LIFETIME_MS, Outbox } from "../../static/js/protocol/outbox.js"
import { chance, done, eventFrame, RoughLine, sent, told, waited, welcomeFrame } from "./world.js"

const NOON = 1_000_000

function conversationSince(since = 0) {
  return new Conversation({ hello: helloAsReporter, random: () => 0.5, since })
}

/** @param {number} [head] */
function openConversation(head = 0) {
  const conversation = conversationSince()
  conversation.dial(NOON)
  conversation.opened(NOON)
  conversation.heard(welcomeFrame(head), NOON)
  return conversation
}

test("it says how far it got when it joins, and has its last line told again", () => {
  const conversation = conversationSince(7)

  conversation.dial(NOON)
  const hello = sent(conversation.opened(NOON))

  assert.deepEqual(hello, [{ t: "hello", v: 1, since: 6 }])
})

test("an event heard twice is shown once", () => {
  const conversation = openConversation()

  const first = told(conversation.heard(eventFrame({ seq: 1 }), NOON), "event")
  const second = told(conversation.heard(eventFrame({ seq: 1 }), NOON), "event")

  assert.equal(first.length, 1)
  assert.equal(second.length, 0)
})

test("across a gap it shows nothing, hangs up and asks again from the last it has", () => {
  const conversation = openConversation()
  conversation.heard(eventFrame({ seq: 1 }), NOON)
  conversation.heard(eventFrame({ seq: 2 }), NOON)

  const effects = conversation.heard(eventFrame({ seq: 4 }), NOON)
  conversation.dial(NOON + 1000)
  const hello = sent(conversation.opened(NOON + 1000))

  assert.deepEqual(told(effects, "event"), [])
  assert.deepEqual(done(effects), ["hang_up", "tell", "wait"])
  assert.equal(hello[0].since, 1)
})

test("whatever the line loses, repeats or cuts, both sides' events are shown once and in order", () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const shown = roughRide(seed)

    assert.deepEqual(shown.numbers, shown.expected, `seed ${seed}`)
    assert.deepEqual(shown.bodies, shown.said, `seed ${seed}: every own message arrived exactly once`)
  }
})

/**
 * Talk over a line that drops frames, repeats them and breaks, until everything is quiet; return what was seen.
 * @param {number} seed
 */
function roughRide(seed) {
  const random = chance(seed)
  const line = new RoughLine(random)
  /** @type {string[]} */
  const said = []
  for (let step = 0; step < 60; step += 1) {
    const roll = random()
    if (roll < 0.25) line.connect()
    else if (roll < 0.35) line.cut()
    else if (roll < 0.65) line.say(said[said.push(`own ${said.length}`) - 1] ?? "")
    else line.hearFromTeam(`theirs ${step}`)
  }
  line.calmDown()

  return {
    numbers: line.shown.map((event) => event.seq),
    expected: line.server.stream.map((event) => event.seq),
    bodies: line.shown.map((event) => event.body).filter((body) => body.startsWith("own")).sort(),
    said: said.sort(),
  }
}

test("what was not answered is sent again under the same id, oldest first", () => {
  const conversation = openConversation()
  conversation.submit(say("id-1", "one"), NOON)
  conversation.submit(say("id-2", "two"), NOON)
  conversation.heard(JSON.stringify({ t: "ack", id: "id-1", seq: 1 }), NOON)
  conversation.submit(say("id-3", "three"), NOON)

  conversation.closed(1006, NOON)
  conversation.dial(NOON)
  conversation.opened(NOON)
  const again = sent(conversation.heard(welcomeFrame(0), NOON))

  assert.deepEqual(again.map((frame) => frame.id), ["id-2", "id-3"])
})

test("on an open line words and second tries are sent at once, on none they wait for the next", () => {
  const outbox = new Outbox()
  const conversation = new Conversation({ hello: helloAsReporter, random: () => 0.5, outbox })
  assert.deepEqual(conversation.submit(say("id-1", "one"), NOON), [])
  assert.equal(conversation.isUnsaid, true)
  conversation.dial(NOON)
  conversation.opened(NOON)
  conversation.heard(welcomeFrame(0), NOON)
  outbox.expire(NOON + LIFETIME_MS)

  assert.deepEqual(sent(conversation.retry("id-1", NOON)), [say("id-1", "one")])
  assert.deepEqual(conversation.retry("unknown", NOON), [])
  assert.deepEqual(sent(conversation.submit(say("id-2", "two"), NOON)), [say("id-2", "two")])
  for (const id of ["id-1", "id-2"]) conversation.heard(JSON.stringify({ t: "ack", id, seq: 1 }), NOON)
  assert.equal(conversation.isUnsaid, false)
})

test("what is not worth repeating is said on an open line only", () => {
  const conversation = openConversation()
  assert.deepEqual(sent(conversation.mention({ t: "typing" })), [{ t: "typing" }])

  conversation.closed(1006, NOON)
  assert.deepEqual(conversation.mention({ t: "typing" }), [])
  conversation.dial(NOON)
  conversation.opened(NOON)
  assert.deepEqual(sent(conversation.heard(welcomeFrame(0), NOON)), [])
})

test("a queue that is told anew on the same line has nothing sent twice", () => {
  const conversation = new Conversation({ hello: helloToQueue, random: () => 0.5 })
  const queue = JSON.stringify({ t: "queue", rows: [] })
  conversation.submit({ t: "claim", id: "c-1" }, NOON)
  conversation.dial(NOON)
  conversation.opened(NOON)

  assert.equal(sent(conversation.heard(queue, NOON)).length, 1)
  assert.deepEqual(done(conversation.heard(queue, NOON)), ["tell"])
})

test("its own message coming back settles it even when the ack was lost", () => {
  const conversation = openConversation()
  conversation.submit(say("id-1", "one"), NOON)
  conversation.heard(eventFrame({ seq: 1, id: "id-1", role: "reporter" }), NOON)

  conversation.closed(1006, NOON)
  conversation.dial(NOON)
  conversation.opened(NOON)
  const again = sent(conversation.heard(welcomeFrame(1), NOON))

  assert.deepEqual(again, [])
})

test("what one conversation left unanswered the next one says, under the same id and with the same age", () => {
  const outbox = new Outbox()
  const before = new Conversation({ hello: helloAsReporter, random: () => 0.5, outbox })
  before.submit(say("id-1", "one"), NOON)

  const after = new Conversation({ hello: helloAsReporter, random: () => 0.5, outbox })
  after.dial(NOON + 1000)
  after.opened(NOON + 1000)
  const again = sent(after.heard(welcomeFrame(0), NOON + 1000))
  const given = told(after.ticked(NOON + LIFETIME_MS), "expired")

  assert.deepEqual(again, [say("id-1", "one")])
  assert.deepEqual(given.map(({ id }) => id), ["id-1"])
  assert.deepEqual(outbox.all(), [{ act: say("id-1", "one"), isGivenUp: true }])
})

test("whoever sends something hears that it is in", () => {
  const conversation = openConversation()
  conversation.submit(say("id-1", "one"), NOON)

  const acks = told(conversation.heard(JSON.stringify({ t: "ack", id: "id-1", seq: 1 }), NOON), "ack")

  assert.deepEqual(acks.map(({ id }) => id), ["id-1"])
})

test("a refusal hands the words back and is not sent again", () => {
  const conversation = openConversation()
  conversation.submit(say("id-1", "six secret words"), NOON)

  const frame = { t: "refused", id: "id-1", code: "contains_receipt", text: "Take them out." }
  const [refused] = told(conversation.heard(JSON.stringify(frame), NOON), "refused")

  assert.equal(refused.act.body, "six secret words")
  assert.equal(refused.text, "Take them out.")
})

test("where our own words end the line, it comes back later each time, and is not back until they are in", () => {
  const conversation = openConversation()
  conversation.submit(say("id-1", "one"), NOON)

  const waits = [1, 2, 3].map(() => {
    const wait = waited(conversation.closed(4002, NOON))
    conversation.dial(NOON)
    conversation.opened(NOON)
    const effects = conversation.heard(welcomeFrame(0), NOON)
    assert.deepEqual(sent(effects), [say("id-1", "one")])
    assert.deepEqual(told(effects, "online"), [])
    return wait
  })
  const answered = told(conversation.heard(JSON.stringify({ t: "ack", id: "id-1", seq: 1 }), NOON + 9000), "online")

  assert.deepEqual(waits, [750, 1250, 2250])
  assert.deepEqual(answered, [{ away: 9000 }])
  assert.equal(waited(conversation.closed(4002, NOON)), 750, "it got in, so the next time begins small")
})

test("nothing is sent behind anyone's back after ten minutes; trying again keeps the id", () => {
  const conversation = openConversation()
  conversation.submit(say("id-1", "one"), NOON)

  const given = told(conversation.ticked(NOON + LIFETIME_MS), "expired")
  const again = conversation.retry("id-1", NOON + LIFETIME_MS)

  assert.equal(given[0].id, "id-1")
  assert.ok(!conversation.isOpen, "the line was silent for ten minutes, so it is not trusted")
  assert.deepEqual(again, [])
  conversation.dial(NOON + LIFETIME_MS)
  conversation.opened(NOON + LIFETIME_MS)
  const sentAgain = sent(conversation.heard(welcomeFrame(0), NOON + LIFETIME_MS))
  assert.deepEqual(sentAgain.map((frame) => frame.id), ["id-1"])
})

test("a clock that was set back makes no message wait for longer", () => {
  const conversation = openConversation()
  conversation.submit(say("id-1", "one"), NOON)
  const earlier = NOON - 3_600_000

  conversation.ticked(earlier)

  assert.deepEqual(told(conversation.ticked(earlier + LATE_MS), "late"), [{ late: true }])
  assert.equal(told(conversation.ticked(earlier + LIFETIME_MS), "expired").length, 1)
})

test("it says when a message is late, and when it is not any more", () => {
  const conversation = openConversation()
  conversation.submit(say("id-1", "one"), NOON)

  const late = told(conversation.ticked(NOON + LATE_MS), "late")
  const settled = told(conversation.heard(JSON.stringify({ t: "ack", id: "id-1", seq: 1 }), NOON + LATE_MS), "late")

  assert.deepEqual(late, [{ late: true }])
  assert.deepEqual(settled, [{ late: false }])
})

test("a message that was refused is not late any more", () => {
  const conversation = openConversation()
  conversation.submit(say("id-1", "one"), NOON)
  conversation.ticked(NOON + LATE_MS)

  const refused = { t: "refused", id: "id-1", code: "contains_receipt", text: "Take them out." }

  assert.deepEqual(told(conversation.heard(JSON.stringify(refused), NOON + LATE_MS), "late"), [{ late: false }])
})

test("a line that went silent is given up, and one that answers is kept", () => {
  const silent = openConversation()
  const answering = openConversation()

  for (const each of [silent, answering]) each.ticked(NOON + PING_EVERY_MS)
  answering.heard('{"t":"pong"}', NOON + PING_EVERY_MS)

  assert.ok(done(silent.ticked(NOON + DEAD_AFTER_MS + 1)).includes("hang_up"))
  assert.ok(!done(answering.ticked(NOON + DEAD_AFTER_MS + 1)).includes("hang_up"))
})

test("a slow line may take long to answer, as long as it was not silent for 45 seconds", () => {
  const conversation = openConversation()
  conversation.ticked(NOON + PING_EVERY_MS)

  assert.ok(!done(conversation.ticked(NOON + 44_999)).includes("hang_up"))
  assert.ok(done(conversation.ticked(NOON + 45_001)).includes("hang_up"))
})

test("a line that takes long to open is given the same time, each time it is dialed", () => {
  const conversation = openConversation()
  conversation.woke(NOON)
  conversation.closed(1006, NOON)

  for (const dialed of [NOON + 1000, NOON + 3_600_000]) {
    conversation.dial(dialed)
    assert.deepEqual(conversation.ticked(dialed + 44_999), [], "no ping either: nobody has been welcomed")
    assert.ok(done(conversation.ticked(dialed + 45_001)).includes("hang_up"))
  }
})

test("a line that answered when it was asked after waking has time again", () => {
  const conversation = openConversation()
  conversation.woke(NOON)
  conversation.heard('{"t":"pong"}', NOON)
  conversation.ticked(NOON + PING_EVERY_MS)

  assert.ok(!done(conversation.ticked(NOON + PING_EVERY_MS + PROBE_MS)).includes("hang_up"))
})

test("who was asleep asks the line before giving it up", () => {
  const conversation = openConversation()
  const morning = NOON + 8 * 3_600_000

  assert.deepEqual(sent(conversation.woke(morning)), [{ t: "ping" }])
  assert.deepEqual(conversation.ticked(morning + 1000), [])
})

test("while it waits, and once it is over, time alone changes nothing", () => {
  const waiting = openConversation()
  const over = openConversation()
  for (const each of [waiting, over]) each.ticked(NOON + PING_EVERY_MS)
  waiting.closed(1006, NOON + PING_EVERY_MS)
  over.closed(4501, NOON + PING_EVERY_MS)

  for (const seconds of [1, 60, 3600]) {
    assert.deepEqual(waiting.ticked(NOON + PING_EVERY_MS + seconds * 1000), [])
    assert.deepEqual(over.ticked(NOON + PING_EVERY_MS + seconds * 1000), [])
  }
  assert.equal(waited(dialInVain(waiting)), 1250, "it was not back meanwhile: the second wait is longer than the first")
})

/** It is dialed, and nobody is there. @param {Conversation} conversation @param {number} [at] */
function dialInVain(conversation, at = NOON) {
  conversation.dial(at)
  return conversation.closed(1006, at)
}

test("in a hidden tab, where time passes a minute at a time, a line is asked before it is given up", () => {
  const alive = openConversation()
  const dead = openConversation()
  const minute = 60_000

  for (let at = NOON + minute; at <= NOON + 5 * minute; at += minute) {
    const effects = alive.ticked(at)
    assert.deepEqual(done(effects), ["send"])
    assert.deepEqual(sent(effects), [{ t: "ping" }])
    alive.heard('{"t":"pong"}', at + 100)
  }
  assert.deepEqual(sent(dead.ticked(NOON + minute)), [{ t: "ping" }])
  assert.ok(done(dead.ticked(NOON + 2 * minute)).includes("hang_up"))
})

test("just asked, in a tab where time passes a second at a time again, a line has a moment to answer", () => {
  const conversation = openConversation()
  const asked = NOON + 60_000
  conversation.ticked(asked)

  assert.deepEqual(conversation.ticked(asked + PROBE_MS - 1), [])
  assert.ok(done(conversation.ticked(asked + PROBE_MS)).includes("hang_up"))
})

test("a line that was asked before the clock was set back is given up as soon", () => {
  const conversation = openConversation()
  conversation.ticked(NOON + PING_EVERY_MS)
  const earlier = NOON - 3_600_000

  conversation.ticked(earlier)

  assert.ok(done(conversation.ticked(earlier + DEAD_AFTER_MS + 1)).includes("hang_up"))
})

test("a clock that was set back stops neither pings nor giving up", () => {
  const alive = openConversation()
  const dead = openConversation()
  const earlier = NOON - 3_600_000

  for (const each of [alive, dead]) {
    each.ticked(earlier)
    assert.deepEqual(sent(each.ticked(earlier + PING_EVERY_MS)), [{ t: "ping" }])
  }
  alive.heard('{"t":"pong"}', earlier + PING_EVERY_MS + 100)

  assert.ok(!done(alive.ticked(earlier + DEAD_AFTER_MS + 1)).includes("hang_up"))
  assert.ok(done(dead.ticked(earlier + DEAD_AFTER_MS + 1)).includes("hang_up"))
})

test("it pings every twenty seconds", () => {
  const conversation = openConversation()

  assert.deepEqual(sent(conversation.ticked(NOON + PING_EVERY_MS - 1)), [])
  assert.deepEqual(sent(conversation.ticked(NOON + PING_EVERY_MS)), [{ t: "ping" }])
  assert.deepEqual(sent(conversation.ticked(NOON + 2 * PING_EVERY_MS - 1)), [])
})

test("beside an empty chair, hello and ping say so", () => {
  let isEmpty = true
  const conversation = new Conversation({ hello: helloToQueue, random: chance(1), isAway: () => isEmpty })
  conversation.dial(NOON)

  const hello = sent(conversation.opened(NOON))
  conversation.heard(JSON.stringify({ t: "queue", rows: [] }), NOON)
  const away = sent(conversation.ticked(NOON + PING_EVERY_MS))
  isEmpty = false

  assert.deepEqual([...hello, ...away], [{ ...helloToQueue(), away: true }, { t: "ping", away: true }])
  assert.deepEqual(sent(conversation.woke(NOON + PING_EVERY_MS)), [{ t: "ping" }])
})

test("woken up, it dials at once, and gives an open line only a moment to answer", () => {
  const waiting = openConversation()
  waiting.closed(1006, NOON)
  const open = openConversation()

  assert.deepEqual(done(waiting.woke(NOON)), ["dial"])
  assert.deepEqual(sent(open.woke(NOON)), [{ t: "ping" }])
  assert.ok(done(open.ticked(NOON + PROBE_MS + 1)).includes("hang_up"))
})

test("that it is offline is told once, that it is back once, and for how long it was away from the first break on", () => {
  const conversation = openConversation()

  const lost = [conversation.closed(1006, NOON), dialInVain(conversation, NOON + 4000), dialInVain(conversation, NOON + 8000)]
  conversation.dial(NOON + 12_000)
  conversation.opened(NOON + 12_000)
  const back = conversation.heard(welcomeFrame(0), NOON + 12_000)

  assert.deepEqual(lost.map((effects) => told(effects, "offline").length), [1, 0, 0])
  assert.deepEqual(told(back, "online"), [{ away: 12_000 }])
  assert.deepEqual(told(conversation.ticked(NOON + 13_000), "online"), [])
})

test("there is one line: it is not dialed while there is one, nor lost twice", () => {
  const conversation = openConversation()

  assert.deepEqual(conversation.dial(NOON), [])
  assert.deepEqual(done(conversation.resume(NOON)), ["send"], "who has signed in again has it asked like any other")
  conversation.closed(1006, NOON)
  assert.deepEqual(conversation.closed(1006, NOON), [])
  conversation.dial(NOON)
  assert.deepEqual(conversation.dial(NOON), [])
  conversation.closed(4501, NOON)
  assert.deepEqual(conversation.closed(1006, NOON), [])
})

test("it is back only when everything missed is here", () => {
  const conversation = openConversation()
  conversation.closed(1012, NOON)
  conversation.dial(NOON + 1000)
  conversation.opened(NOON + 1000)

  const welcomed = told(conversation.heard(welcomeFrame(2), NOON + 2000), "online")
  conversation.heard(eventFrame({ seq: 1 }), NOON + 2000)
  const caughtUp = told(conversation.heard(eventFrame({ seq: 2 }), NOON + 3000), "online")

  assert.deepEqual(welcomed, [])
  assert.deepEqual(caughtUp, [{ away: 3000 }])
})

test("once it is over nothing is late any more, until somebody signs in again", () => {
  const conversation = openConversation()
  conversation.submit(say("id-1", "one"), NOON)
  conversation.ticked(NOON + LATE_MS)
  conversation.closed(4501, NOON + LATE_MS)

  assert.deepEqual(told(conversation.ticked(NOON + LATE_MS + 1000), "late"), [{ late: false }])
  conversation.resume(NOON + LATE_MS + 2000)
  assert.deepEqual(told(conversation.ticked(NOON + LATE_MS + 2000), "late"), [{ late: true }])
})

test("codes under 4500 come back, codes from 4500 do not", () => {
  for (const code of [1006, 1012, 4000, 4001, 4002, 4003]) {
    assert.ok(done(openConversation().closed(code, NOON)).includes("wait"), String(code))
  }
  for (const code of [4500, 4501, 4502, 4503]) {
    const conversation = openConversation()
    assert.deepEqual(told(conversation.closed(code, NOON), "over"), [{ code }])
    assert.deepEqual(conversation.woke(NOON), [])
    assert.deepEqual(done(conversation.resume(NOON)), ["dial"], "until the person signs in again")
  }
})

test("told how long to stay away, it does, also when somebody looks at the page", () => {
  const conversation = openConversation()

  const wait = waited(conversation.closed(4002, NOON, "25"))

  assert.equal(wait, 25_000)
  assert.deepEqual(conversation.woke(NOON + 24_999), [])
  assert.deepEqual(done(conversation.woke(NOON + 25_000)), ["dial"])
})

test("told to stay away before the clock was set back, it stays away no longer", () => {
  const conversation = openConversation()
  conversation.closed(4002, NOON, "25")
  conversation.dial(NOON + 25_000)
  const earlier = NOON - 3_600_000

  assert.ok(waited(conversation.closed(1006, earlier)) < 5_000)
  assert.deepEqual(done(conversation.woke(earlier)), ["dial"])
})

test("a reason that says nothing of time leaves it to its own back-off", () => {
  for (const reason of ["", "-25", "25 s", "1e9"]) {
    assert.ok(waited(openConversation().closed(4002, NOON, reason)) < 5_000, reason)
  }
  for (const code of [1012, 4001]) {
    assert.ok(waited(openConversation().closed(code, NOON, "25")) < 5_000, String(code))
  }
  assert.equal(waited(openConversation().closed(4002, NOON, "999")), 300_000)
})

test("a resync makes it join again from where it is", () => {
  const conversation = openConversation()
  conversation.heard(eventFrame({ seq: 1 }), NOON)
  conversation.heard(eventFrame({ seq: 2 }), NOON)

  const effects = conversation.heard('{"t":"resync"}', NOON)
  conversation.dial(NOON)

  assert.ok(done(effects).includes("hang_up"))
  assert.equal(sent(conversation.opened(NOON))[0].since, 1)
})

test("what the server tells of a room is told to its page", () => {
  const conversation = openConversation()

  for (const t of ["presence", "duty", "typing", "seen", "file", "withheld", "row", "gone"]) {
    assert.deepEqual(told(conversation.heard(JSON.stringify({ t }), NOON), t), [{ t }])
  }
  conversation.closed(1006, NOON)
  conversation.dial(NOON)
  conversation.opened(NOON)
  assert.deepEqual(told(conversation.heard(welcomeFrame(0), NOON), "welcome"), [JSON.parse(welcomeFrame(0))])
})

test("what is not a frame, or not one we know, changes nothing", () => {
  const conversation = openConversation()

  for (const text of ["", "{", "null", "5", "[]", '{"t":"later"}', '{"t":"event","seq":"1"}', '{"t":"event","seq":0}', '{"t":"event","seq":1.5}', '{"t":"event"}']) {
    assert.deepEqual(conversation.heard(text, NOON), [], text)
  }
})

test("seen numbers only go up, and are said again after coming back", () => {
  const conversation = openConversation()

  assert.deepEqual(sent(conversation.saw(3)), [{ t: "seen", seq: 3 }])
  assert.deepEqual([...conversation.saw(2), ...conversation.saw(3)], [])
  conversation.closed(1006, NOON)
  conversation.dial(NOON)
  conversation.opened(NOON)
  assert.deepEqual(sent(conversation.heard(welcomeFrame(0), NOON)), [{ t: "seen", seq: 3 }])
})

test("a server that was restored from an older backup is not believed to have what the page shows", () => {
  const conversation = conversationSince(5)
  conversation.submit(say("id-1", "one"), NOON)
  conversation.dial(NOON)
  conversation.opened(NOON)

  const effects = conversation.heard(welcomeFrame(3), NOON)

  assert.deepEqual(sent(effects), [], "what is said belongs behind what the server has")
  assert.equal(told(effects, "rewound").length, 1)
  assert.ok(waited(effects) > 0, "until the page has begun anew, it asks again")
})

test("where as many lines came as a restored server had lost, they are not taken for those that were lost", () => {
  const conversation = openConversation()
  for (const seq of [1, 2, 3]) conversation.heard(eventFrame({ seq, id: `before-${seq}` }), NOON)
  conversation.closed(1006, NOON)
  conversation.dial(NOON)
  conversation.opened(NOON)
  conversation.heard(welcomeFrame(4), NOON)

  const effects = conversation.heard(eventFrame({ seq: 3, id: "after-3" }), NOON)

  assert.equal(told(effects, "rewound").length, 1)
  assert.ok(waited(effects) > 0, "until the page has begun anew, it asks again")
  assert.deepEqual(conversation.heard(eventFrame({ seq: 4, id: "after-4" }), NOON), [], "nothing is put behind what is gone")
})

test("a line that was told again is no other, also when the page had it from the server and not from the line", () => {
  const conversation = conversationSince(3)
  for (let time = 0; time < 2; time += 1) {
    conversation.dial(NOON)
    conversation.opened(NOON)
    conversation.heard(welcomeFrame(3), NOON)
    assert.deepEqual(conversation.heard(eventFrame({ seq: 3, id: "same" }), NOON), [])
    conversation.closed(1006, NOON)
  }
})

test("what was written for one room never goes to another, whatever the cookie says by now", () => {
  const conversation = new Conversation({ hello: helloAsReporter, random: () => 0.5, room: "ours" })
  conversation.submit(say("id-1", "for our room only"), NOON)
  conversation.dial(NOON)
  conversation.opened(NOON)

  const effects = conversation.heard(welcomeFrame(0), NOON)

  assert.deepEqual(sent(effects), [])
  assert.deepEqual(done(effects), ["hang_up", "tell"])
  assert.equal(told(effects, "elsewhere").length, 1)
  assert.deepEqual(conversation.woke(NOON), [], "it does not come back")
  assert.deepEqual(sent(conversation.submit(say("id-2", "nor this"), NOON)), [])
})

test("what was written for one room goes to it", () => {
  const conversation = new Conversation({ hello: helloAsReporter, random: () => 0.5, room: "r" })
  conversation.submit(say("id-1", "for our room"), NOON)
  conversation.dial(NOON)
  conversation.opened(NOON)

  assert.deepEqual(sent(conversation.heard(welcomeFrame(0), NOON)).map(({ id }) => id), ["id-1"])
})

test("what one of the team was saying is not said by the next who signs in there, but by the same", () => {
  const conversation = new Conversation({ hello: helloAsReporter, random: () => 0.5, you: "ana" })
  conversation.submit(say("id-1", "ana says"), NOON)
  /** @param {string} id */
  const joinedAs = (id) => {
    conversation.opened(NOON)
    return conversation.heard(welcomeFrame(0, id), NOON)
  }
  conversation.dial(NOON)

  const byBen = joinedAs("ben")
  assert.deepEqual(sent(byBen), [])
  assert.deepEqual(done(byBen), ["hang_up", "tell"])
  assert.equal(told(byBen, "elsewhere").length, 1)
  assert.deepEqual(conversation.woke(NOON), [], "it does not come back by itself")

  assert.deepEqual(done(conversation.resume(NOON)), ["dial"])
  assert.deepEqual(sent(joinedAs("ana")).map(({ id }) => id), ["id-1"])
})

test("one's queue is not shown to somebody else", () => {
  const conversation = new Conversation({ hello: helloToQueue, random: () => 0.5, you: "ana" })
  conversation.dial(NOON)
  conversation.opened(NOON)

  const effects = conversation.heard(JSON.stringify({ t: "queue", rows: [], you: { id: "ben", name: "Ben" } }), NOON)

  assert.deepEqual(done(effects), ["hang_up", "tell"])
  assert.equal(told(effects, "elsewhere").length, 1)
})

test("where the room stood before something changed is old news when it arrives after it", () => {
  const conversation = openConversation(2)
  /** @param {string} status @param {number} head */
  const state = (status, head) =>
    told(conversation.heard(JSON.stringify({ t: "state", status, urgency: "", responder: null, participants: [], head }), NOON), "state")

  assert.equal(state("waiting", 1).length, 0, "older than the welcome")
  assert.equal(state("active", 3).length, 1)
  assert.equal(state("waiting", 2).length, 0)
  assert.equal(state("active", 3).length, 1, "of the same number: perhaps the urgency changed")
})

test("who is without a line for ten seconds is cut off, however it was lost, and not any more once it is up", () => {
  const conversation = conversationSince()
  conversation.dial(NOON)
  assert.equal(conversation.isCutOff(NOON + CUT_OFF_MS - 1), false)
  assert.equal(conversation.isCutOff(NOON + CUT_OFF_MS), true, "it never opened")

  conversation.opened(NOON + CUT_OFF_MS)
  assert.equal(conversation.isCutOff(NOON + CUT_OFF_MS), true, "and nothing was heard")
  conversation.heard(welcomeFrame(0), NOON + CUT_OFF_MS)
  assert.equal(conversation.isCutOff(NOON + 5 * CUT_OFF_MS), false)

  conversation.closed(1006, NOON + 5 * CUT_OFF_MS)
  assert.equal(conversation.isCutOff(NOON + 6 * CUT_OFF_MS), true)
})

test("who dials again and again, or sets the clock back, is cut off as soon", () => {
  const trying = openConversation()
  const setBack = openConversation()
  const earlier = NOON - 3_600_000

  for (let at = NOON; at <= NOON + CUT_OFF_MS; at += 2000) dialInVain(trying, at)
  setBack.closed(1006, NOON)
  setBack.dial(earlier)

  assert.equal(trying.isCutOff(NOON + CUT_OFF_MS), true)
  assert.equal(setBack.isCutOff(earlier + CUT_OFF_MS - 1), false)
  assert.equal(setBack.isCutOff(earlier + CUT_OFF_MS), true)
})

test("nobody goes another way who was asked to stay away, or told not to come back", () => {
  const asked = openConversation()
  const over = openConversation()

  asked.closed(4002, NOON, "60")
  over.closed(1006, NOON)
  over.dial(NOON)
  over.closed(4501, NOON)

  assert.equal(asked.isCutOff(NOON + 59_000), false)
  assert.equal(asked.isCutOff(NOON + 60_000), true)
  assert.equal(over.isCutOff(NOON + 60_000), false)
})
