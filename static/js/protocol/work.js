/**
 * Work: finding the number that, written after a salt, has a digest. The browser hashes beside the page, some at
 * a time, so that typing goes on meanwhile. No DOM, no clock, no network.
 */

/** @typedef {{salt: string, digest: string, most: number, mark: string}} Puzzle */

const AT_ONCE = 256
const text = new TextEncoder()

/** The work, or "" when there is no such number or it `isWanted` no more. @param {Puzzle} puzzle @param {() => boolean} isWanted */
export async function solve({ salt, digest, most, mark }, isWanted) {
  const wanted = bytes(digest)
  for (let first = 0; first <= most && isWanted(); first += AT_ONCE) {
    const digests = await Promise.all(Array.from({ length: AT_ONCE }, (_, more) => hash(`${salt}${first + more}`)))
    const found = digests.findIndex((digest) => digest.every((byte, place) => byte === wanted[place]))
    if (found >= 0) return `${salt}${first + found}.${mark}`
  }
  return ""
}

/** @param {string} answer */
async function hash(answer) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", text.encode(answer)))
}

/** @param {string} hex */
function bytes(hex) {
  return (hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))
}
