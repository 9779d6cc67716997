// What a frame holds instead of cookies, which browsers don't give to a page inside a page of another site. In memory
// only: gone with the frame, and never put into its address. A page that is no frame holds nothing here.

const HEADER = "Messenger-Jar"

/** @type {Map<string, string> | null} */
let jar = null

/** This page is a frame, and begins with these. @param {string} held "name=value; name=value" */
export function openJar(held) {
  jar = new Map()
  put(held.split("; "))
}

export function isFramed() {
  return jar !== null
}

/** What goes along with every request. @returns {Record<string, string>} */
export function jarHeaders() {
  return jar === null ? {} : { [HEADER]: [...jar].map((pair) => pair.join("=")).join("; ") }
}

/** Take what an answer sets, or takes away. @param {XMLHttpRequest} request */
export function takeJar(request) {
  if (jar !== null) put(request.getResponseHeader(HEADER)?.split(", ") ?? [])
}

/** The token of the conversation; empty where a cookie has it. */
export function heldToken() {
  return jar?.get("__Host-reporter") ?? jar?.get("reporter") ?? ""
}

/**
 * This visit is over, though the server may not hear of it. Scripts can't take the cookie away that lets in; with this
 * one beside it, it lets nobody in. What a frame holds is gone with it. @param {"left" | "locked"} why
 */
export function markOver(why) {
  if (jar !== null) return
  const [name, where] = location.protocol === "https:" ? ["__Host-left", "; secure"] : ["left", ""]
  document.cookie = `${name}=${why}; path=/; samesite=lax${where}`
}

/** Begin anew, with nothing in hand. @param {"" | "locked"} [why] */
export function startOver(why = "") {
  if (jar === null) return location.replace("/")
  history.replaceState(null, "", why === "" ? location.pathname : `#${why}`)
  location.reload()
}

/** @param {string[]} pairs */
function put(pairs) {
  for (const pair of pairs) {
    const [name = "", value = ""] = pair.split("=")
    if (value === "") jar?.delete(name)
    else jar?.set(name, value)
  }
}
