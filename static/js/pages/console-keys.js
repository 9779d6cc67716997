// The whole work by keyboard: presses become commands (protocol/keys.js), commands move the queue and the rooms.

import { isComposing } from "../elements/hearing.js"
import { commandFor } from "../protocol/keys.js"
import { isOn } from "./console-preferences.js"

/** @typedef {import("../protocol/keys.js").Command} Command */

/**
 * @param {{ list: import("../elements/queue-list.js").QueueList, board: import("../elements/room-board.js").RoomBoard,
 *   claim: (room: string) => void }} parts
 */
export function attachKeys({ list, board, claim }) {
  const keyList = /** @type {HTMLDialogElement} */ (document.querySelector("#keys"))

  /** @type {Record<Command, () => void>} */
  const commands = {
    next: () => list.move(1),
    previous: () => list.move(-1),
    claim: () => claim(list.focusedRoom || (board.current?.room ?? "")),
    answer: () => board.current?.startAnswer(),
    canned: () => board.current?.composer.checkVisibility() && board.current.picker.open(),
    keys: () => keyList.showModal(),
    next_room: () => board.move(1),
    previous_room: () => board.move(-1),
    leave: () => leave(),
  }

  /** One step out: the picker, the field, the room, and so to the queue. */
  function leave() {
    const column = board.current
    if (column?.picker.close()) return column.startAnswer()
    const inside = document.activeElement !== column && column?.contains(document.activeElement)
    if (inside) return column?.focus()
    if (list.contains(document.activeElement)) return
    // Where one thing shows at a time, as in a page enlarged, the queue comes in the room's place.
    if (!list.checkVisibility()) board.bring("")
    list.focusRoom(column?.room ?? "")
  }

  document.addEventListener("keydown", (key) => {
    // An open dialog has the keyboard, and closes itself on Escape.
    if (key.defaultPrevented || document.querySelector("dialog[open]")) return
    const command = commandFor(pressOf(key), { letters: isOn("letters") })
    if (command === null) return
    if (command !== "leave") key.preventDefault()
    commands[command]()
  })

  document.querySelector("[data-command=keys]")?.addEventListener("click", () => keyList.showModal())
}

/** @param {KeyboardEvent} key */
function pressOf(key) {
  const field = /** @type {Element | null} */ (key.target instanceof Element ? key.target.closest("input, textarea, select") : null)
  const empty = field instanceof HTMLTextAreaElement && field.name === "body" && field.value === ""
  const modified = key.ctrlKey || key.altKey || key.metaKey
  return { key: key.key, modified, typing: field !== null && !isBox(field), empty, composing: isComposing(key) }
}

/** A check box takes no letters. @param {Element} field */
function isBox(field) {
  return field instanceof HTMLInputElement && field.type === "checkbox"
}
