// Fetches pages and takes parts out: the server renders a room, and what was said in it, in one place only.
// XMLHttpRequest, because it alone parses a page without a trusted-types policy; its scripts never run.

import { jarHeaders } from "./jar.js"

/** @typedef {{ column: HTMLElement | null, signedOut: boolean }} RoomPage */
/**
 * `earlier` leads to what was said before; empty for nothing. `room`: whose lines these are, where a cookie decides it.
 * @typedef {{ lines: HTMLElement[], earlier: string, room: string }} Lines
 */

const DEADLINE_MS = 15_000

/** Fetching is not seeing: the socket says so, once the lines are on the screen. @param {string} room @returns {Promise<RoomPage>} */
export async function fetchRoom(room) {
  const { page, signedOut } = await fetchPage(`/console/rooms/${encodeURIComponent(room)}?quiet`)
  const column = adopt(page?.querySelector("room-column") ?? null)
  // Parsed as if there were no scripts: what stands in for them must not come along.
  for (const part of column?.querySelectorAll("noscript") ?? []) part.remove()
  return { column, signedOut }
}

/** The lines of a conversation that a page shows; null if it did not come. @param {string} url @returns {Promise<Lines | null>} */
export async function fetchLines(url) {
  const { page } = await fetchPage(url)
  const list = page?.querySelector("[data-slot=list]")
  if (!list) return null
  const lines = [...list.children].map((line) => /** @type {HTMLElement} */ (adopt(line)))
  const earlier = page?.querySelector("[data-slot=earlier] a")?.getAttribute("href") ?? ""
  return { lines, earlier, room: page?.querySelector("main")?.dataset.room ?? "" }
}

/** @param {string} url @returns {Promise<{ page: Document | null, signedOut: boolean }>} */
function fetchPage(url) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest()
    request.open("GET", url)
    for (const [name, value] of Object.entries(jarHeaders())) request.setRequestHeader(name, value)
    request.responseType = "document"
    request.timeout = DEADLINE_MS
    request.onloadend = () => {
      const isAtSignIn = new URL(request.responseURL || location.href).pathname === "/console/sign-in"
      const page = request.status === 200 ? request.responseXML : null
      resolve({ page, signedOut: request.status === 401 || isAtSignIn })
    }
    request.send()
  })
}

/** @param {Element | null} node @returns {HTMLElement | null} */
function adopt(node) {
  return node === null ? null : /** @type {HTMLElement} */ (document.adoptNode(node))
}
