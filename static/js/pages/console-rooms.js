// The rooms that are open: each has a column and a line of its own. Here column and line are tied together.

import { on } from "../elements/hearing.js"
import { RoomColumn } from "../elements/room-column.js"
import { StatusLine } from "../elements/status-line.js"
import { UploadList } from "../elements/upload-list.js"
import { VoiceRecorder } from "../elements/voice-recorder.js"
import { Connection } from "../net/connection.js"
import { post } from "../net/post.js"
import { fetchLines, fetchRoom } from "../net/room-page.js"
import { Uploads } from "../net/uploads.js"
import { Conversation, SIGNED_OUT } from "../protocol/conversation.js"
import { helloToRoom, say } from "../protocol/frames.js"
import { Outbox } from "../protocol/outbox.js"
import { joinFiles } from "./joining-files.js"

/** @typedef {import("../protocol/frames.js").Act} Act */
/** @typedef {import("../protocol/chair.js").Chair} Chair */
/** @typedef {import("../protocol/queue.js").Row} Row */
/** @typedef {import("../elements/room-board.js").RoomBoard} RoomBoard */

export class OpenRooms {
  /** @type {Map<string, Connection>} */
  #lines = new Map()
  /** @type {Map<string, Uploads>} */
  #uploads = new Map()
  /** @type {Map<string, Promise<RoomColumn | null>>} */
  #opening = new Map()
  /** The room to be in front as soon as it is there; "" for the queue. */
  #wanted = ""
  #board
  #chair
  #told

  /** @param {RoomBoard} board @param {Chair} chair @param {{ onSignedOut: () => void, onFailed: () => void, onChanged: () => void,
   *   onLeft: (room: string) => void, onSeen: (room: string, seq: number) => void }} told */
  constructor(board, chair, told) {
    this.#board = board
    this.#chair = chair
    this.#told = told
    for (const column of board.columns) this.#attach(column)
    on(board, "put-away", ({ room }) => this.putAway(room))
    on(board, "current-room", ({ room }) => (this.#wanted = room))
  }

  get ids() {
    return this.#board.columns.map((column) => column.room)
  }

  /** Whether whoever leaves the page would lose something they wrote or chose. */
  get isUnfinished() {
    return this.#board.columns.some((column) => this.#holdsSomething(column))
  }

  /** Open a room behind those that are there. @param {string} room */
  async add(room) {
    return this.#board.find(room) ?? (await this.#fetch(room))
  }

  /**
   * Open a room and bring it to the front, with the focus. If it had to be fetched, and somebody has gone elsewhere or
   * begun to write meanwhile, it stays behind: what they type would go to the wrong person.
   * @param {string} room
   */
  async open(room) {
    const before = document.activeElement
    this.#wanted = room
    const column = await this.add(room)
    if (column === null || this.#wanted !== room || hasBegunToWrite(before)) return column
    this.#board.bring(room)
    column.focus()
    return column
  }

  /** @param {string} room */
  async claim(room) {
    const column = await this.open(room)
    if (column === null) return
    if (column.standing === "unclaimed") column.press("claim")
    else if (column === this.#board.current) column.startAnswer()
  }

  /** Put a room away; if something in it was not sent, only who presses again after a warning. @param {string} room */
  putAway(room) {
    const column = this.#board.find(room)
    if (column !== null && this.#holdsSomething(column) && !column.warn()) return
    const hadFocus = column?.contains(document.activeElement)
    this.#letGo(room)
    this.#board.putAway(room)
    this.#told.onChanged()
    if (hadFocus) this.#told.onLeft(room)
  }

  /** Signed in again: every line goes on where it was. */
  resume() {
    for (const line of this.#lines.values()) line.redial()
  }

  /** Somebody is back: what tells others that nobody is there is true no more. */
  wake() {
    for (const line of this.#lines.values()) line.wake()
  }

  /** @param {RoomColumn} column */
  #holdsSomething(column) {
    return column.holdsWords || this.#lines.get(column.room)?.isUnsaid || this.#holdsFiles(column)
  }

  /** Whether a file was chosen there and is not sent, or is being spoken. @param {RoomColumn} column */
  #holdsFiles(column) {
    return this.#uploads.get(column.room)?.isUnfinished || VoiceRecorder.atWorkIn(column) !== null
  }

  /** @param {string} room */
  #letGo(room) {
    this.#lines.get(room)?.close()
    this.#lines.delete(room)
    this.#uploads.get(room)?.close()
    this.#uploads.delete(room)
  }

  /** Pressing twice opens once. @param {string} room */
  #fetch(room) {
    const opening = this.#opening.get(room) ?? this.#load(room).finally(() => this.#opening.delete(room))
    this.#opening.set(room, opening)
    return opening
  }

  /** @param {string} room */
  async #load(room) {
    const { column, signedOut } = await fetchRoom(room)
    if (signedOut) this.#told.onSignedOut()
    else if (column === null) this.#told.onFailed()
    return column === null ? null : this.#settleIn(column)
  }

  /** A node of another page becomes a <room-column> by standing in this one. @param {HTMLElement} node */
  #settleIn(node) {
    const column = this.#board.add(node)
    this.#attach(column)
    this.#told.onChanged()
    return column
  }

  /** What stands in the column is not what the server has any more: fetch it anew, and keep what was being written. @param {RoomColumn} column @param {Outbox} outbox */
  async #renew(column, outbox) {
    const { column: node } = await fetchRoom(column.room)
    // The line asks again, and then so do we.
    if (node === null || !column.isConnected || this.#holdsFiles(column)) return
    this.#letGo(column.room)
    const focused = document.activeElement
    const fresh = this.#board.exchange(column, node)
    fresh.takeOver(column, focused)
    fresh.list.takeOver(outbox)
    this.#attach(fresh, outbox)
  }

  /** @param {RoomColumn} column @param {Outbox} [outbox] */
  #attach(column, outbox = new Outbox()) {
    const isAway = (/** @type {number} */ now) => this.#chair.isEmpty(now)
    const { room, list: { last: since }, dataset: { you = "" } } = column
    const conversation = new Conversation({ hello: helloToRoom(room), random: Math.random, since, outbox, you, isAway })
    const line = new Connection(conversation)
    this.#lines.set(column.room, line)
    listenToColumn(column, line, this.#told.onSeen)
    listenToLine(column, line)
    new StatusLine(column).follow(line)
    this.#attachFiles(column, line)
    column.addEventListener("submit", (submit) => this.#onSubmit(column, outbox, submit))
    on(line, "rewound", () => this.#renew(column, outbox))
    on(line, "over", ({ code }) => (code === SIGNED_OUT ? this.#told.onSignedOut() : column.markGone()))
    line.open()
    column.list.scrollToEnd()
  }

  /** What is no act of the conversation's: the room, fetched anew, has what comes of it. @param {RoomColumn} column @param {Outbox} outbox @param {SubmitEvent} submit */
  async #onSubmit(column, outbox, submit) {
    const form = /** @type {HTMLFormElement} */ (submit.target)
    if (!("stays" in form.dataset)) return
    submit.preventDefault()
    const answer = await post(form, submit.submitter)
    if (answer === "signed out") this.#told.onSignedOut()
    else if (answer === "failed") column.expire("")
    else this.#renew(column, outbox)
  }

  /** @param {RoomColumn} column @param {Connection} line */
  #attachFiles(column, line) {
    const list = column.querySelector("upload-list")
    if (!(list instanceof UploadList)) return
    const uploads = new Uploads(list.dataset.filesAt ?? "")
    this.#uploads.set(column.room, uploads)
    joinFiles(uploads, list)
    // What one began there can go on once one may write there: again, perhaps, after a claim.
    const look = () => ["mine", "joined"].includes(column.standing) && uploads.look()
    look()
    on(line, "welcome", look)
    on(line, "state", look)
  }
}

/** From the person to the server. @param {RoomColumn} column @param {Connection} line @param {(room: string, seq: number) => void} onSeen */
function listenToColumn(column, line, onSeen) {
  on(column, "say", ({ id, body }) => {
    column.list.echo(id, body)
    line.submit(say(id, body))
  })
  on(column, "act", (act) => line.submit(act))
  on(column, "typing", () => line.mention({ t: "typing" }))
  on(column, "retry", ({ id }) => {
    column.list.mark(id, "sending")
    line.retry(id)
  })
  on(column, "earlier", async ({ url }) => {
    const said = await fetchLines(url)
    if (said === null) column.list.tellNotCome()
    else column.list.showEarlier(said.lines, said.earlier)
  })
  on(column, "seen-to", ({ seq }) => {
    line.saw(seq)
    onSeen(column.room, seq)
  })
}

/** From the server to the person. @param {RoomColumn} column @param {Connection} line */
function listenToLine(column, line) {
  on(line, "welcome", (frame) => {
    column.update({ ...frame.room, head: frame.head })
    column.showHere(frame.here)
    column.list.readUpTo(frame.seen.reporter)
  })
  on(line, "event", (event) => {
    column.list.show(event)
    column.hideTyping()
    if (event.kind === "introduced") column.introduce(event.details)
  })
  on(line, "ack", ({ id }) => column.settle(id))
  on(line, "refused", (frame) => giveBack(column, frame))
  on(line, "withheld", ({ attachment }) => column.list.withhold(attachment))
  on(line, "expired", ({ id, act }) => (act.t === "say" ? column.list.mark(id, "unsent") : column.expire(id)))
  on(line, "state", (state) => column.update(state))
  on(line, "presence", (here) => column.showHere(here))
  on(line, "typing", ({ role, name }) => column.showTyping(role, name))
  on(line, "seen", ({ role, seq }) => role === "reporter" && column.list.readUpTo(seq))
  on(line, "file", ({ events }) => column.file.show(events))
}

/** Refused words go back where they were written. @param {RoomColumn} column @param {{ id: string, text: string, act: Act | null }} refused */
function giveBack(column, { id, text, act }) {
  if (act?.t !== "say") return column.refuse(id, text)
  column.list.withdraw(id)
  column.composer.giveBack(String(act.body), text)
}

/** Whether the focus went into a field since it was at `before`. @param {Element | null} before */
function hasBegunToWrite(before) {
  const here = document.activeElement
  return here !== before && here?.matches("textarea, input, select") === true
}
