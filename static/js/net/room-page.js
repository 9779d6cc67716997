// Takes parts out of our pages: the server renders a room, and what was said in it, in one place only.

import { fetchPage, isSignedOut } from "./page.js"

/** @typedef {{ column: HTMLElement | null, signedOut: boolean }} RoomPage */
/**
 * `main` tells of the conversation at that moment, `duty` who is there. `earlier` leads to what was said before; empty for nothing. `room`: whose lines these are, where a cookie decides it.
 * @typedef {{ lines: HTMLElement[], earlier: string, room: string, main: HTMLElement | null, duty: HTMLElement | null }} Lines
 */

const LIST = "[data-slot=list]"

/** Fetching is not seeing: the socket says so, once the lines are on the screen. @param {string} room @returns {Promise<RoomPage>} */
export async function fetchRoom(room) {
  const answer = await fetchPage(`/console/rooms/${encodeURIComponent(room)}?quiet`, "room-column")
  const column = adopt(answer.page?.querySelector("room-column") ?? null)
  return { column, signedOut: isSignedOut(answer) }
}

/** The lines of a conversation that a page shows; null if it did not come. @param {string} url @returns {Promise<Lines | null>} */
export async function fetchLines(url) {
  const { page } = await fetchPage(url, LIST)
  const list = page?.querySelector(LIST)
  if (!list) return null
  const lines = [...list.children].map((line) => /** @type {HTMLElement} */ (adopt(line)))
  const earlier = page?.querySelector("[data-slot=earlier] a")?.getAttribute("href") ?? ""
  const main = page?.querySelector("main") ?? null
  return { lines, earlier, room: main?.dataset.room ?? "", main, duty: page?.querySelector("[data-slot=duty]") ?? null }
}

/** @param {Element | null} node @returns {HTMLElement | null} */
function adopt(node) {
  return node === null ? null : /** @type {HTMLElement} */ (document.adoptNode(node))
}
