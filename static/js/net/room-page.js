// Fetches the page of a room and takes its <room-column> out: the server renders a room in one place only.
// XMLHttpRequest, because it alone parses a page without a trusted-types policy; its scripts never run.

/** @typedef {{ column: HTMLElement | null, signedOut: boolean }} RoomPage */

const DEADLINE_MS = 15_000

/** @param {string} room @returns {Promise<RoomPage>} */
export function fetchRoom(room) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest()
    request.open("GET", `/console/rooms/${encodeURIComponent(room)}`)
    request.responseType = "document"
    request.timeout = DEADLINE_MS
    request.onloadend = () => resolve(read(request))
    request.send()
  })
}

/** @param {XMLHttpRequest} request @returns {RoomPage} */
function read(request) {
  const signedOut = request.status === 401 || new URL(request.responseURL || location.href).pathname === "/console/sign-in"
  const column = request.status === 200 ? (request.responseXML?.querySelector("room-column") ?? null) : null
  return { column: column === null ? null : /** @type {HTMLElement} */ (document.adoptNode(column)), signedOut }
}
