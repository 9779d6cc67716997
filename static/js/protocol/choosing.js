// What of the files on this machine can be sent, and which of them the server has the beginning of. Pure.

/** @typedef {"image" | "video" | "audio" | "pdf"} Family */
/** The most megabytes of each family. @typedef {Record<Family, number>} Limits */
/** What a page may know of a file before it reads it. @typedef {{ name: string, type: string, size: number }} Candidate */
/** @typedef {{ attachment: string, id: string, offset: number, size: number, mark: string }} Begun */

const MEGABYTE = 1_000_000
/** Bytes at the beginning of a file by which it is known again. */
export const BEGINNING = 256 * 1024

/** As the server tells them apart, by type or by the name's ending. @type {Record<Family, string[]>} */
const ENDINGS = {
  image: ["jpeg", "jpg", "png", "webp", "gif", "heic", "heif", "avif"],
  video: ["mp4", "m4v", "mov", "quicktime", "webm"],
  audio: ["m4a", "mp3", "mpeg", "ogg", "oga", "opus", "wav", "x-wav", "x-m4a", "aac", "wave"],
  pdf: ["pdf"],
}
/** What a type the server knows may begin with. */
const KINDS = new Set(["image", "video", "audio", "application", "file"])
/** Endings that video and sound share. */
const SHARED = new Set(["mp4", "webm", "ogg", "mpeg"])

/** The type to announce: the browser's, or if it says nothing to the server, the name's ending. @param {{ name: string, type: string }} file */
export function typeOf({ name, type }) {
  const plain = type.toLowerCase().split(";")[0]?.trim() ?? ""
  return familyOfType(plain) === null ? `file/${endingOf(name)}` : plain
}

/** @param {{ name: string, type: string }} file @returns {Family | null} */
export function familyOf(file) {
  return familyOfType(typeOf(file))
}

/** Why it can't be sent; null if it can. @param {Candidate} file @param {Limits} limits @returns {{ why: "empty" | "unknown" | "too_large", most: number } | null} */
export function objectionTo(file, limits) {
  const family = familyOf(file)
  if (family === null) return { why: "unknown", most: 0 }
  if (file.size === 0) return { why: "empty", most: 0 }
  return file.size > limits[family] * MEGABYTE ? { why: "too_large", most: limits[family] } : null
}

/** Which of the files that were begun this one is. @template {Begun} T @param {T[]} begun @param {{ size: number, mark: string }} file @returns {T | undefined} */
export function sameAs(begun, { size, mark }) {
  return begun.find((each) => mark !== "" && each.mark === mark && each.size === size)
}

/** How large, for people: as the templates say it. @param {number} bytes @param {{ mb: string, kb: string }} words */
export function sizeInWords(bytes, words) {
  if (bytes >= MEGABYTE) return words.mb.replace("{size}", (bytes / MEGABYTE).toFixed(1))
  return words.kb.replace("{size}", String(Math.max(1, Math.floor(bytes / 1000))))
}

/** @param {string} type @returns {Family | null} */
function familyOfType(type) {
  const [kind = "", ...rest] = type.split("/")
  const ending = rest.join("/")
  if (!KINDS.has(kind)) return null
  if ((kind === "image" || kind === "video" || kind === "audio") && SHARED.has(ending)) return kind
  const families = /** @type {Family[]} */ (Object.keys(ENDINGS))
  return families.find((family) => ENDINGS[family].includes(ending)) ?? null
}

/** @param {string} name */
function endingOf(name) {
  return name.includes(".") ? (name.split(".").pop() ?? "").toLowerCase() : ""
}
