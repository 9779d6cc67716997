// Files of the reporter. What was chosen with a report goes on while the six words are kept, and in its room: in no other.

import { UploadList } from "../elements/upload-list.js"
import { VoiceRecorder } from "../elements/voice-recorder.js"
import { Uploads } from "../net/uploads.js"
import { joinFiles } from "./joining-files.js"
import { GOING, OVER, SHOWN } from "./journey.js"
import { LOCKING } from "./safety.js"

/**
 * What was chosen, and for which report, by the id of its draft; once that `isIn`, for which room.
 * @typedef {{ uploads: Uploads, owner: string, isIn: boolean }} Held
 */

/** @type {Held | null} */
let held = null

start()
document.addEventListener(SHOWN, start)
document.addEventListener(OVER, () => {
  held?.uploads.stop()
  held = null
})
document.addEventListener(LOCKING, (locking) => {
  const { isLate } = /** @type {CustomEvent} */ (locking).detail
  const isUnsent = held?.uploads.isUnfinished || VoiceRecorder.atWorkIn(document) !== null
  if (isLate ? held?.uploads.isUnderWay : isUnsent) locking.preventDefault()
})
document.addEventListener(GOING, (going) => {
  const recorder = VoiceRecorder.atWorkIn(document)
  if (recorder === null) return
  going.preventDefault()
  recorder.warn()
  holdWhatIsForNoRoom()
})
addEventListener("pagehide", () => held?.uploads.close())

function start() {
  const list = document.querySelector("upload-list")
  const room = list?.getAttribute("data-room") ?? ""
  if (room === "") holdWhatIsForNoRoom()
  if (!(list instanceof UploadList)) return
  const before = held
  held = goesOn(before, room) ?? begin(list)
  if (held !== before) before?.uploads.close()
  joinFiles(held.uploads, list)
  if (room !== "") enter(held, room)
}

/** Before the report is in, there is nothing to belong to; also when it came back to be looked at again. */
function holdWhatIsForNoRoom() {
  if (held?.isIn === false) held.uploads.hold()
}

/** Null: what was chosen, if anything was, is for something else. @param {Held | null} before @param {string} room */
function goesOn(before, room) {
  if (before === null) return null
  const isSame = before.owner === (room || draftId())
  // Only a report sent with its files leads to a room they are for.
  const isSent = !before.isIn && room !== "" && before.uploads.items.some((item) => item.isWanted)
  return isSame || isSent ? before : null
}

/** @param {UploadList} list @returns {Held} */
function begin(list) {
  return { uploads: new Uploads(list.dataset.filesAt ?? "", { isOpen: false }), owner: draftId(), isIn: false }
}

/** The draft that is written here. */
function draftId() {
  return document.querySelector("form.report [name=draft_id]")?.getAttribute("value") ?? ""
}

/** @param {Held} held @param {string} room */
function enter(held, room) {
  Object.assign(held, { owner: room, isIn: true })
  held.uploads.open(room)
  held.uploads.look()
}
