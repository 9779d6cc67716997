// The rooms that are open: each has a column and a line of its own. Here column and line are tied together.

import { RoomColumn } from "../elements/room-column.js"
import { StatusLine } from "../elements/status-line.js"
import { UploadList } from "../elements/upload-list.js"
import { Connection } from "../net/connection.js"
import { fetchLines, fetchRoom } from "../net/room-page.js"
import { Uploads } from "../net/uploads.js"
import { Conversation } from "../protocol/conversation.js"
import { helloToRoom, say } from "../protocol/frames.js"
import { Outbox } from "../protocol/outbox.js"
import { joinFiles } from "./joining-files.js"

/** @typedef {import("../protocol/frames.js").Act} Act */
/** @typedef {import("../protocol/queue.js").Row} Row */
/** @typedef {import("../elements/room-board.js").RoomBoard} RoomBoard */

const SIGNED_OUT = 4501

export class OpenRooms {
  /** @type {Map<string, Connection>} */
  #lines = new Map()
  /** @type {Map<string, Uploads>} */
  #uploads = new Map()
  /** @type {Map<string, Promise<RoomColumn | null>>} */
  #opening = new Map()
  #board
  #told

  /** @param {RoomBoard} board @param {{ onSignedOut: () => void, onFailed: () => void, onChanged: () => void,
   *   onSeen: (room: string, seq: number) => void }} told */
  constructor(board, told) {
    this.#board = board
    this.#told = told
    for (const column of board.columns) this.#attach(column)
    board.addEventListener("put-away", (put) => this.close(/** @type {CustomEvent} */ (put).detail.room))
  }

  get ids() {
    return this.#board.columns.map((column) => column.room)
  }

  /** Whether whoever leaves the page would lose something they wrote or chose. */
  get isUnfinished() {
    const parts = [...this.#lines.values()].some((line) => line.isUnsaid) || [...this.#uploads.values()].some((uploads) => uploads.isUnfinished)
    return parts || this.#board.columns.some((column) => column.holdsWords)
  }

  /** Open a room beside the others, or bring it to the front. @param {string} room */
  async open(room) {
    const column = this.#board.find(room) ?? (await this.#fetch(room))
    if (column === null) return null
    this.#board.bring(room)
    return column
  }

  /** @param {string} room */
  async claim(room) {
    const column = await this.open(room)
    if (column?.standing !== "unclaimed") return column?.startAnswer()
    column.press("claim")
  }

  /** @param {string} room */
  close(room) {
    this.#letGo(room)
    this.#board.putAway(room)
    this.#told.onChanged()
  }

  /** Signed in again: every line goes on where it was. */
  resume() {
    for (const line of this.#lines.values()) line.redial()
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
    if (node === null || !column.isConnected) return // The line asks again, and then so do we.
    this.#letGo(column.room)
    const fresh = this.#board.exchange(column, node)
    fresh.takeOver(column)
    fresh.list.takeOver(outbox)
    this.#attach(fresh, outbox)
  }

  /** @param {RoomColumn} column @param {Outbox} [outbox] */
  #attach(column, outbox = new Outbox()) {
    const conversation = new Conversation({ hello: helloToRoom(column.room), random: Math.random, since: column.list.last, outbox })
    const line = new Connection(conversation)
    this.#lines.set(column.room, line)
    listenToColumn(column, line, this.#told.onSeen)
    listenToLine(column, line)
    new StatusLine(column).follow(line)
    this.#attachFiles(column)
    line.addEventListener("rewound", () => this.#renew(column, outbox))
    line.addEventListener("over", (over) => {
      if (/** @type {CustomEvent} */ (over).detail.code === SIGNED_OUT) this.#told.onSignedOut()
      else column.markGone()
    })
    line.open()
    column.list.scrollToEnd()
  }

  /** @param {RoomColumn} column */
  #attachFiles(column) {
    const list = column.querySelector("upload-list")
    if (!(list instanceof UploadList)) return
    const uploads = new Uploads(list.dataset.filesAt ?? "")
    this.#uploads.set(column.room, uploads)
    joinFiles(uploads, list)
    if (column.composer.checkVisibility()) uploads.look()
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
    if (said !== null) column.list.showEarlier(said.lines, said.earlier)
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

/** @param {EventTarget} from @param {string} name @param {(detail: any) => void} listener */
function on(from, name, listener) {
  from.addEventListener(name, (event) => listener(/** @type {CustomEvent} */ (event).detail))
}
