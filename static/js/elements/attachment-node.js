// A file in a conversation as a DOM node. The markup is templates/parts/attachments.html, cloned: the server and this
// file fill the same parts.

import { sizeInWords } from "../protocol/choosing.js"
import { slot } from "./message-node.js"

/** @typedef {import("../protocol/frames.js").RoomEvent} RoomEvent */

const ID = /^[\w-]+$/
/** The longer side of a preview (messenger/media/pictures.py). */
const PREVIEW_PX = 320

/** @param {HTMLElement} node The line. @param {RoomEvent} event @param {HTMLElement} list Where the templates are. @param {any} words */
export function fillFigure(node, event, list, words) {
  const figure = slot(node, "attachment")
  if (figure === null || event.kind !== "attachment_added") return
  const { attachment = "", type = "", alt = "" } = event.details
  figure.hidden = false
  if (event.details.withheld || !ID.test(attachment)) return withhold(figure, list)
  figure.dataset.attachment = attachment
  figure.dataset.alt = alt
  figure.replaceChildren(cloned(list, type.split("/")[0] ?? ""))
  putAddresses(figure, `${list.dataset.filesAt}/${attachment}`, event.details)
  putWords(figure, event.details, words)
  putSize(figure, event.details)
}

/** It is not shown any more, to anybody; nothing says which it was, as when the server draws it. @param {HTMLElement} figure @param {HTMLElement} list */
export function withhold(figure, list) {
  figure.dataset.attachment = ""
  figure.dataset.alt = ""
  figure.replaceChildren(cloned(list, "withheld"))
}

/** @param {HTMLElement} list @param {string} kind */
function cloned(list, kind) {
  const named = list.querySelector(`template[data-file="${kind}"]`) ?? list.querySelector("template[data-file=application]")
  return document.importNode(/** @type {HTMLTemplateElement} */ (named).content, true)
}

/** @param {HTMLElement} figure @param {string} at @param {Record<string, string>} details */
function putAddresses(figure, at, { attachment = "", file = "", preview = "" }) {
  const large = `${at}/content?inline`
  set(figure, "open", "href", large)
  set(figure, "large", "data-lightbox", large)
  set(figure, "whole", "src", large)
  set(figure, "preview", "src", preview ? `${at}/preview` : large)
  if (preview) set(figure, "player", "poster", `${at}/preview`, "[data-poster]")
  set(figure, "player", "src", large)
  set(figure, "save", "href", `${at}/content`)
  set(figure, "save", "download", file)
  figure.querySelector("input[name=attachment]")?.setAttribute("value", attachment)
}

/** @param {HTMLElement} figure @param {Record<string, string>} details @param {any} words */
function putWords(figure, { file = "", size = "", alt = "" }, words) {
  const about = part(figure, "about")
  if (about !== null) about.textContent = `${file} · ${sizeInWords(Number(size), words)}`
  if (alt === "") return
  const caption = part(figure, "alt")
  if (caption !== null) caption.textContent = alt
  caption?.removeAttribute("hidden")
  set(figure, "preview", "alt", alt)
  set(figure, "whole", "alt", alt)
  set(figure, "player", "aria-label", alt)
}

/** So that nothing moves when the picture comes: as large as its preview. @param {HTMLElement} figure @param {Record<string, string>} details */
function putSize(figure, { width = "", height = "" }) {
  if (width === "" || height === "") return
  const picture = figure.querySelector("[data-part=preview], video")
  const longest = Math.max(Number(width), Number(height), PREVIEW_PX)
  /** @param {string} side */
  const shown = (side) => String(Math.max(1, Math.floor((Number(side) * PREVIEW_PX) / longest)))
  picture?.setAttribute("width", shown(width))
  picture?.setAttribute("height", shown(height))
}

/** @param {HTMLElement} figure @param {string} name @param {string} attribute @param {string} value @param {string} [only] */
function set(figure, name, attribute, value, only = "") {
  figure.querySelector(`[data-part="${name}"]${only}`)?.setAttribute(attribute, value)
}

/** @param {HTMLElement} figure @param {string} name */
function part(figure, name) {
  return figure.querySelector(`[data-part="${name}"]`)
}
