// Files in a conversation: fills the figures the server would have rendered, opens pictures large, and takes a file out of
// sight. The markup is templates/parts/attachments.html, cloned: its placeholders are filled here, as text and addresses.

import { sizeInWords } from "../protocol/file-kinds.js"
import { slot } from "./message-node.js"

/** @typedef {import("../protocol/frames.js").RoomEvent} RoomEvent */

const ID = /^[\w-]+$/

/** @param {HTMLElement} list The message list, with its templates. @param {HTMLElement} node @param {RoomEvent} event */
export function showAttachment(list, node, event) {
  const figure = slot(node, "attachment")
  if (figure === null || event.kind !== "attachment_added") return
  const { attachment = "", type = "" } = event.details
  if (event.details.withheld || !ID.test(attachment)) return withhold(list, figure)
  const kind = list.querySelector(`template[data-file="${type.split("/")[0]}"]`) ?? list.querySelector("template[data-file=application]")
  figure.replaceChildren(filled(/** @type {HTMLTemplateElement} */ (kind), event.details))
  figure.dataset.attachment = attachment
  figure.hidden = false
}

/** A file is not shown any more. @param {HTMLElement} list @param {string} attachment */
export function withholdAttachment(list, attachment) {
  for (const figure of /** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll("[data-slot=attachment]"))) {
    if (figure.dataset.attachment === attachment) withhold(list, figure)
  }
}

/** Open a picture over the page; Escape, or a press beside it, closes it. @param {string} address @param {string} alt @param {string} close */
export function openLarge(address, alt, close) {
  const dialog = document.createElement("dialog")
  dialog.className = "lightbox"
  dialog.setAttribute("aria-label", alt)
  const picture = document.createElement("img")
  picture.alt = alt
  picture.src = address
  const button = document.createElement("button")
  button.className = "button"
  button.textContent = close
  button.addEventListener("click", () => dialog.close())
  dialog.addEventListener("click", (click) => click.target === dialog && dialog.close())
  dialog.addEventListener("close", () => dialog.remove())
  dialog.append(picture, button)
  document.body.append(dialog)
  dialog.showModal()
}

/** What was pressed in a figure, if it is ours to answer. @param {MouseEvent} click @param {{ smaller: string }} words */
export function pressedInFigure(click, words) {
  const target = /** @type {Element} */ (click.target)
  const pressed = target.closest("[data-lightbox], [data-look]")
  if (pressed === null) return
  click.preventDefault()
  const address = pressed.getAttribute("data-lightbox") || pressed.getAttribute("href") || ""
  const figure = pressed.closest("figure")
  const alt = pressed.querySelector("img")?.alt ?? figure?.querySelector("[data-slot=alt]")?.textContent ?? ""
  openLarge(address, alt, words.smaller)
}

/** @param {HTMLElement} list @param {HTMLElement} figure */
function withhold(list, figure) {
  const template = /** @type {HTMLTemplateElement | null} */ (list.querySelector("template[data-file=withheld]"))
  if (template !== null) figure.replaceChildren(document.importNode(template.content, true))
  figure.hidden = false
}

/** @param {HTMLTemplateElement} template @param {Record<string, string>} details */
function filled(template, details) {
  // In the template's own document nothing is fetched: only what is filled gets to the page.
  const content = /** @type {DocumentFragment} */ (template.content.cloneNode(true))
  const values = { ...details, alt: details.alt || (template.dataset.noAlt ?? ""), size: sizeInWords(Number(details.size)) }
  const say = (/** @type {string} */ text) => text.replace(/\{(attachment|file|alt|size|width|height)\}/g, (_, name) => values[/** @type {"alt"} */ (name)] ?? "")
  for (const element of content.querySelectorAll("*")) {
    for (const { name, value } of [...element.attributes]) if (value.includes("{")) element.setAttribute(name, say(value))
    for (const text of element.childNodes) if (text.nodeType === Node.TEXT_NODE && text.nodeValue?.includes("{")) text.nodeValue = say(text.nodeValue)
  }
  if (!details.alt) content.querySelector("[data-slot=alt]")?.remove()
  if (!details.preview) content.querySelector("[poster]")?.removeAttribute("poster")
  return content
}
