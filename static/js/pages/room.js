// The reporter's room: joins the message list and the composer to the connection. Only this file knows both ends.

import { Conversation } from "../protocol/conversation.js"
import { helloAsReporter, say } from "../protocol/frames.js"
import { Outbox } from "../protocol/outbox.js"
import { Connection } from "../net/connection.js"
import { Detour } from "../net/detour.js"
import { heldToken } from "../net/jar.js"
import { fetchLines } from "../net/room-page.js"
import { on } from "../elements/hearing.js"
import { MessageComposer } from "../elements/message-composer.js"
import { MessageList } from "../elements/message-list.js"
import { put, slot } from "../elements/message-node.js"
import { showDuty, showDutyOf, showPresence, showState, showTyping } from "../elements/room-state.js"
import { StatusLine } from "../elements/status-line.js"
import { awayInWords, wordsOf } from "../elements/words.js"
import { OVER, SHOWN, look } from "./journey.js"
import "./keyboard.js"
import { attachMenus } from "./menus.js"
import { LOCKING } from "./safety.js"

/** A shorter break is not worth a line. */
const WORTH_SAYING_MS = 10_000
/** What stands between two messages that come along as one text. */
const BETWEEN = "\n\n"

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

attachMenus()
start()
document.addEventListener(SHOWN, start)
document.addEventListener(LOCKING, (locking) => {
  const { isLate } = /** @type {CustomEvent} */ (locking).detail
  const isUnsaid = held !== null && (held.text() !== "" || !held.outbox.isEmpty)
  if (isUnsaid && !isLate) locking.preventDefault()
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
  const detour = new Detour(connection, outbox, composer.formMark, room)

  on(composer, "say", ({ id, body }) => {
    list.echo(id, body)
    connection.submit(say(id, body))
    detour.hurry()
  })
  on(composer, "typing", () => connection.mention({ t: "typing" }))
  on(list, "earlier", async ({ url }) => {
    const said = await fetchLines(url)
    if (said === null) list.tellNotCome()
    else if (said.room === page.dataset.room) list.showEarlier(said.lines, said.earlier)
    else end("elsewhere")
  })
  on(list, "seen-to", ({ seq }) => connection.saw(seq))
  on(list, "retry", ({ id }) => {
    list.mark(id, "sending")
    connection.retry(id)
    detour.hurry()
  })

  on(connection, "welcome", ({ seen, here, room, duty }) => {
    list.readUpTo(seen.team)
    showState(page, room.status)
    showDuty(page, duty, words)
    showPresence(page, here, words)
  })
  on(connection, "event", (event) => {
    list.show(event)
    if (event.id) composer.settle(event.id, event.body)
    if (event.by.role === "team") put(page, "typing", "")
  })
  on(connection, "withheld", ({ attachment }) => list.withhold(attachment))
  for (const way of [connection, detour]) {
    on(way, "ack", ({ id }) => list.mark(id, "sent"))
    on(way, "refused", ({ id, text, act }) => {
      list.withdraw(id)
      if (act?.t === "say") composer.giveBack(act.body, text)
    })
    on(way, "over", () => end("over"))
    on(way, "elsewhere", () => end("elsewhere"))
  }
  on(detour, "taken", ({ isTaken }) => line.set("detour", isTaken))
  on(detour, "page", ({ lines, main, duty }) => {
    if (!list.isConnected) return
    const isGap = Number(lines[0]?.dataset.seq) > list.last + 1
    if (isGap || list.contradicts(lines)) look()
    else list.showLater(lines)
    list.readUpTo(Number(main.dataset.readUpTo))
    showState(page, main.dataset.status)
    if (duty !== null) showDutyOf(page, duty)
  })
  on(connection, "expired", ({ id }) => list.mark(id, "unsent"))
  on(connection, "presence", (here) => showPresence(page, here, words))
  on(connection, "duty", ({ duty }) => showDuty(page, duty, words))
  on(connection, "typing", (typing) => showTyping(page, typing, words))
  on(connection, "seen", ({ role, seq }) => role === "team" && list.readUpTo(seq))
  on(connection, "state", ({ status }) => showState(page, status))
  on(connection, "online", ({ away }) => {
    detour.hurry()
    if (away >= WORTH_SAYING_MS) list.remark(awayInWords(away, words.back))
  })
  /** @param {"over" | "elsewhere"} why */
  const end = (why) => {
    letGoOfLines()
    line.letGo()
    line.set(why, true)
    slot(page, "way-back")?.removeAttribute("hidden")
    composer.readOnly = true
    outbox.all().forEach(({ act }) => list.mark(act.id, "lost"))
    if (why === "over") takeAlong(page, [...outbox.all().map(({ act }) => (act.t === "say" ? String(act.body) : "")), composer.text.trim()])
    document.dispatchEvent(new Event(OVER))
  }
  // From what the server has left; the line asks again until this page came.
  on(connection, "rewound", () => look())
  const letGoOfLines = () => {
    connection.close()
    detour.close()
  }
  const hangUpWhenSaid = () => outbox.isEmpty && letGoOfLines()
  const stepAside = () => {
    list.wipe()
    // What was said goes on being said, also while somebody reads how private it is.
    on(connection, "ack", hangUpWhenSaid)
    on(detour, "ack", hangUpWhenSaid)
    on(connection, "event", hangUpWhenSaid)
    hangUpWhenSaid()
  }
  const letGo = () => {
    letGoOfLines()
    line.letGo()
    list.wipe()
    composer.wipe()
  }
  connection.open()
  detour.open()
  page.dataset.live = ""
  slot(page, "still")?.setAttribute("hidden", "")
  return { room, outbox, text: () => composer.text.trim(), stepAside, letGo }
}

/** What was half written, and what was not answered, stands in the room again. @param {Held} before @param {MessageList} list @param {MessageComposer} composer */
function takeOver({ outbox, text }, list, composer) {
  // What came along with the page is to be looked at, and then sent: by itself it would go besides.
  for (const { act } of outbox.all()) if (isAmong(composer.text, String(act.body))) outbox.settle(act.id)
  if (composer.text === "") composer.text = text()
  list.takeOver(outbox)
  return outbox
}

/** Whether `words` are some of those that came along, and not just letters of theirs. @param {string} all @param {string} words */
function isAmong(all, words) {
  return `${BETWEEN}${all.trim()}${BETWEEN}`.includes(`${BETWEEN}${words.trim()}${BETWEEN}`)
}

/** The six words are asked for first: what is not sent goes along, and is there again behind them. @param {HTMLElement} page @param {string[]} unsent */
function takeAlong(page, unsent) {
  const body = unsent.filter((each) => each !== "").join(BETWEEN)
  if (body === "") return
  for (const [name, value] of Object.entries({ unsent: "say", body })) {
    const field = Object.assign(document.createElement("input"), { type: "hidden", name, value })
    slot(page, "way-back")?.append(field)
  }
}

/** A cookie says who this is, or what a frame holds. @param {number} since */
function hello(since) {
  return { ...helloAsReporter(since), token: heldToken() }
}
