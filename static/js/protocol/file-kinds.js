// What may be sent as a file, told before it is: its kind, its limit, and an id that is the same when it is chosen again.
// Pure, but for the browser's own digest. The server believes none of it.

/** @typedef {"image" | "video" | "audio" | "pdf"} Kind */
/** @typedef {{ name: string, size: number, type: string, lastModified: number }} FileLike */

/** @type {Record<string, string>} */
const BY_ENDING = {
  heic: "image/heic", heif: "image/heif", avif: "image/avif", mov: "video/quicktime", m4a: "audio/mp4", mp3: "audio/mpeg",
  ogg: "audio/ogg", wav: "audio/wav", webm: "video/webm", mp4: "video/mp4", pdf: "application/pdf",
}
const IMAGES = new Set(["jpeg", "png", "webp", "gif", "heic", "heif", "avif"])

/** What the browser calls it; by its ending where it knows nothing. @param {FileLike} file */
export function mediaTypeOf(file) {
  const type = (file.type.split(";")[0] ?? "").trim()
  return type || (BY_ENDING[file.name.toLowerCase().split(".").pop() ?? ""] ?? "")
}

/** @param {FileLike} file @returns {Kind | null} */
export function kindOf(file) {
  const [kind, name = ""] = mediaTypeOf(file).split("/")
  if (kind === "image") return IMAGES.has(name) ? "image" : null
  if (kind === "video" || kind === "audio") return kind
  return name === "pdf" ? "pdf" : null
}

/** Why it can't be sent, as the name of the words that say so; empty if it can. @param {FileLike} file @param {Record<Kind, number>} megabytes */
export function problemOf(file, megabytes) {
  const kind = kindOf(file)
  if (kind === null) return "unknown"
  if (file.size === 0) return "empty"
  return file.size > megabytes[kind] * 1_000_000 ? "too_large" : ""
}

/** @param {number} bytes */
export function sizeInWords(bytes) {
  return bytes >= 1_000_000 ? `${(bytes / 1_000_000).toFixed(1)} MB` : `${Math.max(1, Math.floor(bytes / 1000))} KB`
}

/**
 * The id of a file of this page: chosen again after a reload, it goes on where it stopped. `secret` is known to this
 * browser's session alone, so that nobody can tell from the id which file it is.
 * @param {FileLike} file @param {string} secret
 */
export async function idOf(file, secret) {
  const said = JSON.stringify([secret, file.name, file.size, file.lastModified])
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(said)))
  return Array.from(digest.slice(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("")
}
