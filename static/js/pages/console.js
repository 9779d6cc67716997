// The staff's desk, live: one line for the queue, one for each open room. Only this file knows queue, rooms, alert,
// duty and signing in together; the rules are in protocol/, the parts in elements/.

import { AlertBell } from "../elements/alert-bell.js"
import { on } from "../elements/hearing.js"
import { put, slot } from "../elements/message-node.js"
import { QueueList } from "../elements/queue-list.js"
import { RoomBoard } from "../elements/room-board.js"
import { SignInDialog } from "../elements/sign-in-dialog.js"
import { hearOfBreaks, speakOnce } from "../elements/status-line.js"
import { setTime } from "../elements/time-since.js"
import { Connection } from "../net/connection.js"
import { Chair } from "../protocol/chair.js"
import { Conversation, SIGNED_OUT } from "../protocol/conversation.js"
import { helloToQueue } from "../protocol/frames.js"
import { Queue, SHOWN_EVERY_MS, ShownRooms, isUnclaimed, newsFor } from "../protocol/queue.js"
import { attachDuty, showPresence, showSwitch } from "./console-duty.js"
import { attachKeys } from "./console-keys.js"
import { attachPreferences, isOn } from "./console-preferences.js"
import { OpenRooms } from "./console-rooms.js"
import { attachSound } from "./console-sound.js"
import "./keyboard.js"
import { attachMenus } from "./menus.js"

const TOAST_MS = 6000

const desk = /** @type {HTMLElement} */ (document.querySelector(".desk"))
const list = /** @type {QueueList} */ (document.querySelector("queue-list"))
const board = /** @type {RoomBoard} */ (document.querySelector("room-board"))
const bell = /** @type {AlertBell} */ (document.querySelector("alert-bell"))
const signIn = /** @type {SignInDialog} */ (document.querySelector("sign-in-dialog"))
const toast = /** @type {HTMLElement} */ (document.querySelector("#toast"))
const you = list.getAttribute("you") ?? ""

const queue = new Queue()
const chair = new Chair(Date.now())
const line = new Connection(new Conversation({ hello: helloToQueue, random: Math.random, you, isAway: (now) => chair.isEmpty(now) }))
const rooms = new OpenRooms(board, chair, {
  onSignedOut: () => signIn.open(),
  onFailed: () => tell(toast.dataset.notOpened),
  onChanged: () => remember(),
  onLeft: (room) => (board.current === null ? list.focusRoom(room) : board.current.focus()),
  onSeen: (room, seq) => queue.markSeen(room, seq) && changed(),
})
const shown = new ShownRooms()
let drawing = false
/** The server said goodbye: what the page shows is a still picture. */
let over = false
/** @type {ReturnType<typeof setTimeout> | undefined} */
let telling
/** Rooms that were open before a reload, and have not come yet. @type {Set<string>} */
const awaited = new Set(history.state?.rooms)

on(line, "queue", ({ rows, on_duty, now, edition }) => {
  setTime(now)
  showNewer(edition)
  over = false
  desk.dataset.live = ""
  // What was given while the line was down is news, too; of what was said, nobody knows whether it is.
  for (const row of rows) nudgeFor({ ...row, last: null })
  queue.replace(rows)
  shown.forget()
  showDuty(on_duty)
  changed()
})
on(line, "row", ({ row }) => {
  nudgeFor(row)
  queue.put(row)
  changed()
})
on(line, "gone", ({ room }) => {
  queue.drop(room)
  changed()
})
hearOfBreaks(line, showLink)
on(line, "over", ({ code }) => {
  over = true
  bell.rest()
  if (code === SIGNED_OUT) signIn.open()
  else location.assign("/console/sign-in")
})
// A colleague has signed in: what stands here is not theirs. Who has written something is asked first, and can sign in again.
on(line, "elsewhere", () => {
  over = true
  bell.rest()
  signIn.tellOut()
  location.replace("/console")
})

on(list, "open-room", ({ room }) => rooms.open(room))
on(list, "claim-room", ({ room }) => rooms.claim(room))
on(bell, "take", ({ room }) => rooms.claim(room))
// To the line that says who was faster; where that is out of sight, to the room that is not.
on(bell, "focus-lost", ({ room }) => (list.checkVisibility() ? list.focusRoom(room) : board.current?.focus()))
on(board, "current-room", ({ room }) => showCurrent(room))
on(signIn, "signed-in", () => goOn())
document.addEventListener("visibilitychange", () => changed())
// Half an answer is in this page alone: the browser asks first.
addEventListener("beforeunload", (leaving) => {
  if (!rooms.isUnfinished) return
  leaving.preventDefault()
  leaving.returnValue = true // What Chromium before 119 asks by.
})

document.querySelector("[data-reload]")?.addEventListener("click", () => location.reload())
attachMenus() // Before the keys: what Escape folds away, it does not leave.
attachKeys({ list, board, claim: (room) => room !== "" && rooms.claim(room) })
attachDuty({ onSignedOut: () => signIn.open(), onFailed: () => tell(toast.dataset.notSwitched) })
attachSound(bell)
attachPreferences(() => (bell.lifeSafetyOnly = !isOn("sound")))
// A browser must not put this page to sleep while it is in the background: it would miss the alert.
navigator.locks?.request("console", { mode: "shared" }, () => new Promise(() => {}))
for (const touch of ["pointerdown", "pointermove", "keydown", "wheel"]) {
  addEventListener(touch, () => chair.touch(Date.now()) && comeBack(), { passive: true, capture: true })
}
// Also while nothing happens: a room that waits longer than a minute is still before somebody's eyes, or nobody is there.
setInterval(() => {
  tellShown()
  showPresence(!chair.isEmpty(Date.now()))
}, SHOWN_EVERY_MS / 2)
line.open()
restore()
// Until then the page shows nothing that it takes this to serve.
document.documentElement.dataset.running = ""

/** The alert decides at once, also in a hidden tab; what is only to be looked at waits for the next frame. */
function changed() {
  if (!over) bell.show(queue.rows, you)
  if (drawing) return
  drawing = true
  requestAnimationFrame(() => {
    drawing = false
    draw()
  })
}

function draw() {
  list.show(queue.rows)
  const count = queue.rows.filter(isUnclaimed).length
  put(board, "waiting-count", count > 0 ? `(${count})` : "")
  // Not each row of a flood is looked for among what is open.
  for (const column of board.columns) {
    const row = queue.find(column.room)
    if (row === undefined) continue
    column.showRow(row)
    board.showRow(row)
  }
  tellShown()
}

/** The server calls further only for what nobody has before their eyes. */
function tellShown() {
  const now = Date.now()
  if (document.visibilityState !== "visible" || chair.isEmpty(now)) return
  const due = shown.due(queue.rows, now)
  if (due.length > 0) line.mention({ t: "shown", rooms: due })
}

/** Reporters are told who is before a screen, not which screens are on. */
function comeBack() {
  line.wake()
  rooms.wake()
  showPresence(true)
}

/** What is for oneself: an answer only while one looks elsewhere, a room given by a colleague in any case. @param {import("../protocol/queue.js").RowUpdate} row */
function nudgeFor(row) {
  const news = newsFor(queue.find(row.room), row, you)
  if (news === null || (news === "answer" && document.hasFocus() && board.shows(row.room))) return
  const words = bell.nudge(row.number, news)
  if (news !== "answer") tell(words)
}

/** @param {{ id: string, name: string }[]} members */
function showDuty(members) {
  const onDuty = new Set(members.map((member) => member.id))
  const names = slot(document, "on-duty")
  if (names !== null) names.textContent = members.map((member) => member.name).join(", ") || (names.dataset.nobody ?? "")
  board.columns.forEach((column) => column.showDuty(onDuty))
  showSwitch(onDuty.has(you)) // It may have been switched in another tab.
}

/** @param {string} room */
function showCurrent(room) {
  desk.dataset.view = room === "" ? "queue" : "room"
  list.current = room
  remember()
}

/**
 * The server has other pages than this one is of. Not reloaded by itself: half an answer would be gone, and a page that
 * nobody has touched since makes no sound. @param {string | undefined} edition Of a server that says none, nothing is known.
 */
function showNewer(edition) {
  const newer = /** @type {HTMLElement} */ (document.querySelector("[data-newer]"))
  newer.hidden = edition === undefined || edition === document.documentElement.dataset.edition
}

/** @param {boolean} isDown */
function showLink(isDown) {
  const state = /** @type {HTMLElement} */ (document.querySelector("[data-link]"))
  speakOnce(state, isDown)
  state.hidden = !isDown
}

function goOn() {
  line.redial()
  rooms.resume()
}

/** Which rooms are open survives a reload: in the history entry, ids only. */
function remember() {
  const current = board.current?.room ?? ""
  history.replaceState({ rooms: [...new Set([...rooms.ids, ...awaited])] }, "", current === "" ? "/console" : `/console/rooms/${encodeURIComponent(current)}`)
}

async function restore() {
  list.current = board.current?.room ?? ""
  for (const room of awaited) {
    await rooms.add(room)
    awaited.delete(room)
  }
}

/** @param {string | undefined} text */
function tell(text) {
  toast.textContent = text ?? ""
  toast.hidden = false
  clearTimeout(telling)
  telling = setTimeout(() => (toast.hidden = true), TOAST_MS)
}
