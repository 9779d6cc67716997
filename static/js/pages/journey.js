// Moving from page to page without leaving words behind. What a browser's own navigation posts stays in its history,
// to be posted again by whoever presses Back, and on its disk, for restoring the session. So forms are sent from here,
// and the answer takes the page's place. Without scripts, forms post themselves.

import { put, slot } from "../elements/message-node.js"
import { holdsFiles } from "../elements/plain-files.js"
import { wordsOf } from "../elements/words.js"
import { mayTakeFocus } from "../net/host.js"
import { isFramed, startOver } from "../net/jar.js"
import { fetchPage } from "../net/page.js"
import "./ahead.js"
import { LOCKING } from "./safety.js"

/** @typedef {"sending" | "unreachable" | "too_large"} Line What the line under the name can say. */
/** @typedef {Document | "unreachable" | "too_large"} Answer A page, or why there is none. */

/** An answer that comes sooner needs no word about the waiting. */
const SOON_MS = 700
/** A page whose styles don't come is shown without. */
const DRESSED_IN_MS = 5000
const NO_CONTENT = 204
const TOO_LARGE = 413
const SERVER_ERROR = 500
/** Asked on the document before what was pressed leads to another page: whoever holds what would be lost says no, and why. */
export const GOING = "page-going"
/** Said on the document when another page stands in it: what attaches to pages attaches again. */
export const SHOWN = "page-shown"
/** Said there when the page's conversation is not this browser's any more: files would go to another. */
export const OVER = "room-over"

let busy = false
/** The view that was asked for while an answer was on its way; "" for none. */
let wanted = ""
/** The modules that were asked for, by their addresses. @type {Set<string>} */
const asked = new Set()

document.addEventListener("submit", (submit) => {
  const form = submit.target
  if (submit.defaultPrevented || !(form instanceof HTMLFormElement) || !isQuiet(form)) return
  submit.preventDefault()
  send(form, submit.submitter)
})
// Until then a page warns of what the browser keeps.
document.documentElement.dataset.quiet = ""

/** Show what stands at the one address. */
export async function look() {
  await take(await ask())
}

addEventListener("popstate", (pop) => {
  // A conversation stays: there is no view before it that could be gone back to.
  if (isFramed() || document.querySelector("message-composer") !== null) return
  const form = draftForm()
  if (form === null) return startOver()
  const view = String(pop.state?.go ?? "start")
  if (busy) wanted = view
  else move(form, { go: view })
})

// Within the page. An entry in the history, as the browser makes one, would take the page away.
document.addEventListener("click", (click) => {
  const link = /** @type {Element} */ (click.target).closest('a[href^="#"]')
  if (link === null) return
  click.preventDefault()
  const place = document.getElementById(link.getAttribute("href")?.slice(1) ?? "")
  if (place !== null) lookAt(place)
})

// Back, within the page: what this document holds, unsent words of a room, would be gone with it.
document.addEventListener("click", (click) => {
  const link = /** @type {Element} */ (click.target).closest("a[href='/']")
  if (link === null || click.ctrlKey || click.metaKey || click.shiftKey) return
  click.preventDefault()
  if (!busy) goBack()
})

/** One that leads to another view of ours. @param {HTMLFormElement} form */
function isQuiet(form) {
  return form.method === "post" && new URL(form.action).pathname === "/" && !holdsFiles(form)
}

/** The form that carries what was typed so far. */
function draftForm() {
  return document.querySelector("main [name=draft_id]")?.closest("form") ?? null
}

/** @param {HTMLFormElement} form @param {HTMLElement | null} button */
function send(form, button) {
  const { name, value } = /** @type {HTMLButtonElement} */ (button ?? { name: "", value: "" })
  const view = name === "go" ? value : ""
  if (busy) wanted = view
  else if (document.dispatchEvent(new Event(GOING, { cancelable: true }))) move(form, name === "" ? {} : { [name]: value }, () => remember(view))
}

/** Send what the form says and show the answer. @param {HTMLFormElement} form @param {Record<string, string>} pressed @param {() => void} [note] Once it shows. */
async function move(form, pressed, note) {
  const shown = await bring(pressed.do === undefined ? carry(form, pressed) : hand(form, pressed))
  if (shown) note?.()
  goOn(shown && wanted !== pressed.go)
}

/** To what stands at the one address. */
async function goBack() {
  goOn(await bring(ask()))
}

/** Show the page that comes, and say so if it takes long. @param {Promise<Answer>} coming */
async function bring(coming) {
  busy = true
  say("")
  const waiting = setTimeout(() => say("sending"), SOON_MS)
  const answer = await coming
  clearTimeout(waiting)
  // Not before it shows: what was pressed again meanwhile would bring it twice, and the second take away what was typed in the first.
  return take(answer).finally(() => (busy = false))
}

/** To another view goes what is typed by the time it comes: it would not be in that page. @param {HTMLFormElement} form @param {Record<string, string>} pressed */
async function carry(form, pressed) {
  for (;;) {
    const fields = written(form, pressed)
    const answer = await ask(fields)
    if (!(answer instanceof Document)) return answer
    await dress(answer)
    if (`${fields}` === `${written(form, pressed)}`) return answer
  }
}

/** What was handed over is not changed any more, unless it stays; once it is there it is not being written. @param {HTMLFormElement} form @param {Record<string, string>} pressed */
async function hand(form, pressed) {
  const fields = written(form, pressed)
  const typed = /** @type {NodeListOf<HTMLInputElement | HTMLTextAreaElement>} */ (form.querySelectorAll(".input:read-write"))
  for (const field of typed) field.readOnly = true
  const answer = await ask(fields)
  const isPage = answer instanceof Document
  if (isPage) await dress(answer)
  for (const field of typed) {
    field.readOnly = false
    // A room that became live meanwhile would carry it on as a draft. What was refused is in the page that comes.
    if (isPage) field.value = ""
  }
  return answer
}

/** @param {HTMLFormElement} form @param {Record<string, string>} pressed */
function written(form, pressed) {
  const fields = new URLSearchParams(/** @type {any} */ (new FormData(form)))
  for (const [name, value] of Object.entries(pressed)) fields.set(name, value)
  fields.delete("files") // Of the empty field a name came along.
  return fields
}

/**
 * Go where somebody wanted to meanwhile, if the page that came leads there and nothing in it needs a look first.
 * @param {boolean} isElsewhere Whether that is not here: a button pressed twice would take away what is being typed by now.
 */
function goOn(isElsewhere) {
  const button = document.querySelector(`button[name=go][value="${wanted}"]:not([aria-hidden])`)
  wanted = ""
  if (isElsewhere && button instanceof HTMLElement && document.querySelector("#errors") === null) button.click()
}

/** Show the page, or say why the one that stands here stays. @param {Answer} answer */
async function take(answer) {
  const isPage = answer instanceof Document
  if (isPage) await show(answer)
  else say(answer)
  return isPage
}

/** In the line under the name of every page. @param {Line | ""} what */
function say(what) {
  const line = slot(document, "journey")
  if (line !== null) put(document, "journey", what === "" ? "" : wordsOf(line)[what])
}

/** Back leads to the view before, with every word still in it. Only the view's name is kept. @param {string} view */
function remember(view) {
  if (isFramed()) return // Back is the page's around it.
  if (view === "") history.replaceState(null, "", "/")
  else history.pushState({ go: view }, "", "/")
}

/**
 * What could not be taken stays in its form: a page about the failure in its place would be the loss of it.
 * @param {URLSearchParams} [fields] @returns {Promise<Answer>}
 */
async function ask(fields) {
  const { status, page } = await fetchPage("/", "[data-slot=journey]", fields)
  // To a frame, this is what a redirect to `/` is to others.
  if (status === NO_CONTENT) return ask()
  if (status === TOO_LARGE) return "too_large"
  return page !== null && status < SERVER_ERROR ? page : "unreachable"
}

/** @param {Document} page */
async function show(page) {
  const dressed = dress(page)
  askForModules(page)
  await dressed
  takeOff(page)
  const { lang, dir } = page.documentElement
  Object.assign(document.documentElement, { lang, dir })
  document.body.className = page.body.className
  document.body.replaceChildren(...page.body.childNodes)
  scrollTo(0, 0)
  lookAtFirst()
  document.dispatchEvent(new Event(SHOWN))
  // Not waited for: from now on Back must lead to the view before this one.
  attach(page)
}

/** What needs another look, or the page from its beginning. */
function lookAtFirst() {
  const wrong = /** @type {HTMLElement | null} */ (document.querySelector("#errors, [aria-invalid=true]"))
  if (wrong !== null) return lookAt(wrong)
  const main = document.querySelector("main")
  // All pages have one title, which tells nobody anything: who listens hears where they are by the heading.
  main?.setAttribute("aria-label", main.querySelector("h1")?.textContent ?? "")
  if (mayTakeFocus()) main?.focus({ preventScroll: true })
}

/** Go there with the eyes and with the keyboard. @param {HTMLElement} place */
function lookAt(place) {
  const field = place.matches("fieldset") ? place.querySelector("input") : place
  field?.focus({ preventScroll: true })
  const whole = place.closest(".field") ?? place
  whole.scrollIntoView()
}

/** All at once, and beside the styles: not one after another, as the browser finds them. @param {Document} page */
function askForModules(page) {
  const nonce = document.querySelector("script")?.nonce ?? ""
  for (const { href } of /** @type {NodeListOf<HTMLLinkElement>} */ (page.querySelectorAll("link[rel=modulepreload]"))) {
    if (asked.has(href)) continue
    asked.add(href)
    document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", nonce, href }))
  }
}

/** Put on the styles the page needs before it shows. @param {Document} page */
async function dress(page) {
  const worn = styles(document)
  const missing = [...styles(page).keys()].filter((address) => !worn.has(address))
  await Promise.all(missing.map(putOn))
}

/** Take off the styles that only the page before needed. @param {Document} page */
function takeOff(page) {
  const wanted = styles(page)
  for (const [address, link] of styles(document)) if (!wanted.has(address)) link.remove()
}

/** @param {Document} page */
function styles(page) {
  const links = /** @type {HTMLLinkElement[]} */ ([...page.querySelectorAll("head > link[rel=stylesheet]")])
  return new Map(links.map((link) => [link.getAttribute("href") ?? "", link]))
}

/** @param {string} address */
function putOn(address) {
  return new Promise((done) => {
    const link = document.createElement("link")
    link.rel = "stylesheet"
    link.onload = link.onerror = done
    setTimeout(done, DRESSED_IN_MS)
    link.href = address
    document.head.append(link)
  })
}

/** Modules the page brings and this document has not run yet, once more those that got lost. Those it has run heard of the page. @param {Document} page */
async function attach(page) {
  const scripts = /** @type {NodeListOf<HTMLScriptElement>} */ (page.querySelectorAll("script[type=module]"))
  try {
    for (const script of scripts) await import(new URL(script.src, location.href).pathname)
  } catch {
    // The network left in the middle. The whole page, asked for again, works even with no module at all: so do forms.
    if ((await isThere()) && !isHeldHere()) startOver()
  }
}

/** Whether the page would come again: not to who left it. A frame would lose what it holds in its memory alone, the way into its room. */
async function isThere() {
  return document.body !== null && !isFramed() && (await ask()) instanceof Document
}

/** Whether there is something that nobody has but this page: a draft, words in a field, or what another module holds. */
function isHeldHere() {
  const fields = /** @type {NodeListOf<HTMLInputElement | HTMLTextAreaElement>} */ (document.querySelectorAll("main .input"))
  const isWritten = draftForm() !== null || [...fields].some(({ value }) => value.trim() !== "")
  return isWritten || !document.dispatchEvent(new CustomEvent(LOCKING, { cancelable: true, detail: { isLate: false } }))
}
