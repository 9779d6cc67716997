// The reporter's room: joins the message list and the composer to the connection. Only this file knows both ends.

import { Conversation } from "../protocol/conversation.js"
import { helloAsReporter, say } from "../protocol/frames.js"
import { Connection } from "../net/connection.js"
import { heldToken } from "../net/jar.js"
import { fetchLines } from "../net/room-page.js"
import { OVER } from "../net/uploads.js"
import { MessageComposer } from "../elements/message-composer.js"
import { MessageList } from "../elements/message-list.js"
import { put } from "../elements/message-node.js"
import { StatusLine, showPresence, showState, showTyping } from "../elements/room-state.js"
import { fill, spanInWords, wordsOf } from "../elements/words.js"
import { SHOWN } from "./journey.js"

/** A shorter break is not worth a line. */
const WORTH_SAYING_MS = 10_000

start()
document.addEventListener(SHOWN, start)

function start() {
  const page = /** @type {HTMLElement | null} */ (document.querySelector(".room"))
  const list = document.querySelector("message-list")
  const composer = document.querySelector("message-composer")
  if (page && list instanceof MessageList && composer instanceof MessageComposer) live(page, list, composer)
}

/** @param {HTMLElement} page @param {MessageList} list @param {MessageComposer} composer */
function live(page, list, composer) {
  const words = wordsOf(page)
  const conversation = new Conversation({ hello, random: Math.random, since: list.last, room: page.dataset.room ?? "" })
  const connection = new Connection(conversation)
  const line = new StatusLine(page, words)

  composer.addEventListener("say", (said) => {
    const { id, body } = detailOf(said)
    list.echo(id, body)
    connection.submit(say(id, body))
  })
  composer.addEventListener("typing", () => connection.mention({ t: "typing" }))
  list.addEventListener("earlier", async (earlier) => {
    const said = await fetchLines(detailOf(earlier).url)
    if (said === null) return
    if (said.room === page.dataset.room) list.showEarlier(said.lines, said.earlier)
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
    showPresence(page, here, words, duty)
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
  connection.addEventListener("typing", (typing) => showTyping(page, detailOf(typing), words))
  connection.addEventListener("seen", (seen) => {
    if (detailOf(seen).role === "team") list.readUpTo(detailOf(seen).seq)
  })
  connection.addEventListener("state", (state) => showState(page, detailOf(state).status))
  connection.addEventListener("late", (late) => line.set("late", detailOf(late).late))
  connection.addEventListener("offline", () => line.set("offline", true))
  connection.addEventListener("online", (online) => {
    line.set("offline", false)
    const { away } = detailOf(online)
    if (away >= WORTH_SAYING_MS) list.remark(fill(words.back, { span: spanInWords(away, words) }))
  })
  /** @param {"over" | "elsewhere"} why */
  const end = (why) => {
    connection.close()
    line.set(why, true)
    composer.readOnly = true
    document.dispatchEvent(new Event(OVER))
  }
  connection.addEventListener("over", () => end("over"))
  connection.addEventListener("elsewhere", () => end("elsewhere"))
  const letGo = () => {
    connection.close()
    list.wipe()
    composer.wipe()
  }
  addEventListener("pagehide", letGo)
  document.addEventListener(SHOWN, letGo, { once: true })
  connection.open()
}

/** A cookie says who this is, or what a frame holds. @param {number} since */
function hello(since) {
  return { ...helloAsReporter(since), token: heldToken() }
}

/** @param {Event} event @returns {any} */
function detailOf(event) {
  return /** @type {CustomEvent} */ (event).detail
}
