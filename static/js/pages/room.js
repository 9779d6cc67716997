// The reporter's room: joins the message list and the composer to the connection. Only this file knows both ends.

import { Conversation } from "../protocol/conversation.js"
import { helloAsReporter, say } from "../protocol/frames.js"
import { Outbox } from "../protocol/outbox.js"
import { Connection } from "../net/connection.js"
import { heldToken } from "../net/jar.js"
import { fetchLines } from "../net/room-page.js"
import { OVER } from "../net/uploads.js"
import { MessageComposer } from "../elements/message-composer.js"
import { MessageList } from "../elements/message-list.js"
import { put, slot } from "../elements/message-node.js"
import { showDuty, showPresence, showState, showTyping } from "../elements/room-state.js"
import { StatusLine } from "../elements/status-line.js"
import { fill, spanInWords, wordsOf } from "../elements/words.js"
import { SHOWN, look } from "./journey.js"
import "./keyboard.js"
import { LOCKING } from "./safety.js"

/** A shorter break is not worth a line. */
const WORTH_SAYING_MS = 10_000

/**
 * A room that is shown, or that stands aside while another view of this page is. In memory only, like all of it.
 * @typedef {object} Held
 * @property {string} room
 * @property {Outbox} outbox What was said in it and not answered.
 * @property {() => string} text What is being written.
 * @property {() => void} stepAside
 * @property {() => void} letGo
 */

/** @type {Held | null} */
let held = null

start()
document.addEventListener(SHOWN, start)
document.addEventListener(LOCKING, (locking) => {
  const isUnsaid = held !== null && (held.text() !== "" || !held.outbox.isEmpty)
  if (isUnsaid && !detailOf(locking).isLate) locking.preventDefault()
})
addEventListener("pagehide", () => {
  held?.letGo()
  held = null
})

function start() {
  const page = /** @type {HTMLElement | null} */ (document.querySelector(".room"))
  const list = document.querySelector("message-list")
  const composer = document.querySelector("message-composer")
  held?.stepAside()
  if (page && list instanceof MessageList && composer instanceof MessageComposer) held = live(page, list, composer, held)
}

/** @param {HTMLElement} page @param {MessageList} list @param {MessageComposer} composer @param {Held | null} before @returns {Held} */
function live(page, list, composer, before) {
  const words = wordsOf(page)
  const room = page.dataset.room ?? ""
  const outbox = before?.room === room ? takeOver(before, list, composer) : new Outbox()
  before?.letGo()
  const conversation = new Conversation({ hello, random: Math.random, since: list.last, outbox, room })
  const connection = new Connection(conversation)
  const line = new StatusLine(page)
  line.follow(connection)

  composer.addEventListener("say", (said) => {
    const { id, body } = detailOf(said)
    list.echo(id, body)
    connection.submit(say(id, body))
  })
  composer.addEventListener("typing", () => connection.mention({ t: "typing" }))
  list.addEventListener("earlier", async (earlier) => {
    const said = await fetchLines(detailOf(earlier).url)
    if (said === null) list.tellNotCome()
    else if (said.room === page.dataset.room) list.showEarlier(said.lines, said.earlier)
    else end("elsewhere")
  })
  list.addEventListener("seen-to", (seen) => connection.saw(detailOf(seen).seq))
  list.addEventListener("retry", (retry) => {
    list.mark(detailOf(retry).id, "sending")
    connection.retry(detailOf(retry).id)
  })

  connection.addEventListener("welcome", (welcome) => {
    const { seen, here, room, duty } = detailOf(welcome)
    list.readUpTo(seen.team)
    showState(page, room.status)
    showDuty(page, duty, words)
    showPresence(page, here, words)
  })
  connection.addEventListener("event", (event) => {
    list.show(detailOf(event))
    if (detailOf(event).by.role === "team") put(page, "typing", "")
  })
  connection.addEventListener("withheld", (withheld) => list.withhold(detailOf(withheld).attachment))
  connection.addEventListener("ack", (ack) => list.mark(detailOf(ack).id, "sent"))
  connection.addEventListener("refused", (refused) => {
    const { id, text, act } = detailOf(refused)
    list.withdraw(id)
    if (act?.t === "say") composer.giveBack(act.body, text)
  })
  connection.addEventListener("expired", (expired) => list.mark(detailOf(expired).id, "unsent"))
  connection.addEventListener("presence", (presence) => showPresence(page, detailOf(presence), words))
  connection.addEventListener("duty", (changed) => showDuty(page, detailOf(changed).duty, words))
  connection.addEventListener("typing", (typing) => showTyping(page, detailOf(typing), words))
  connection.addEventListener("seen", (seen) => {
    if (detailOf(seen).role === "team") list.readUpTo(detailOf(seen).seq)
  })
  connection.addEventListener("state", (state) => showState(page, detailOf(state).status))
  connection.addEventListener("online", (online) => {
    const { away } = detailOf(online)
    if (away >= WORTH_SAYING_MS) list.remark(fill(words.back, { span: spanInWords(away, words) }))
  })
  /** @param {"over" | "elsewhere"} why */
  const end = (why) => {
    connection.close()
    line.letGo()
    line.set(why, true)
    slot(page, "way-back")?.removeAttribute("hidden")
    composer.readOnly = true
    outbox.all().forEach(({ act }) => list.mark(act.id, "lost"))
    document.dispatchEvent(new Event(OVER))
  }
  connection.addEventListener("over", () => end("over"))
  // From what the server has left; the line asks again until this page came.
  connection.addEventListener("rewound", () => look())
  connection.addEventListener("elsewhere", () => end("elsewhere"))
  const hangUpWhenSaid = () => outbox.isEmpty && connection.close()
  const stepAside = () => {
    list.wipe()
    // What was said goes on being said, also while somebody reads how private it is.
    connection.addEventListener("ack", hangUpWhenSaid)
    connection.addEventListener("event", hangUpWhenSaid)
    hangUpWhenSaid()
  }
  const letGo = () => {
    connection.close()
    line.letGo()
    list.wipe()
    composer.wipe()
  }
  connection.open()
  return { room, outbox, text: () => composer.text.trim(), stepAside, letGo }
}

/** What was half written, and what was not answered, stands in the room again. @param {Held} before @param {MessageList} list @param {MessageComposer} composer */
function takeOver({ outbox, text }, list, composer) {
  if (composer.text === "") composer.text = text()
  list.takeOver(outbox)
  return outbox
}

/** A cookie says who this is, or what a frame holds. @param {number} since */
function hello(since) {
  return { ...helloAsReporter(since), token: heldToken() }
}

/** @param {Event} event @returns {any} */
function detailOf(event) {
  return /** @type {CustomEvent} */ (event).detail
}
