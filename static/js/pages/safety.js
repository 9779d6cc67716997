// Every reporter page: leaving fast, covering a page that was left alone, and leaving no words behind.

import { takePageElsewhere } from "../net/host.js"
import { isFramed, jarHeaders, markOver, startOver } from "../net/jar.js"
import { cover, goBlank, wipeWords } from "./cover.js"

/**
 * Asked on the document before the session of who went away is ended, or a page begins anew: whoever holds what would be
 * lost says no. Once it `isLate` (in the event's detail), words are no reason any more: whoever comes to this screen next may be somebody else.
 */
export const LOCKING = "page-locking"
const IDLE_MS = 10 * 60_000
/** How often a page that was left alone is only covered for the sake of unsent words. */
const COVERED_FIRST = 2

const LEAVE_DEADLINE_MS = 500
const SHIFTS = 3
const SHIFT_WITHIN_MS = 1500

leaveByButton()
leaveByKey()
lockWhenIdle()
disableWhatWasPressed()
wipeWhenHidden()
// Until then a page promises no quick leaving.
document.documentElement.dataset.quick = ""

/** Asked for each time: another page may stand here by now. */
function leaveForm() {
  return /** @type {HTMLFormElement | null} */ (document.querySelector("form.leave"))
}

function leaveByButton() {
  document.addEventListener("submit", (submit) => {
    const form = leaveForm()
    if (form === null || submit.target !== form) return
    submit.preventDefault()
    leave(form)
  })
}

/** Three times Shift, for hands that are on the keyboard. */
function leaveByKey() {
  /** @type {number[]} */
  let pressed = []
  addEventListener("keydown", (key) => {
    if (key.repeat) return
    const now = performance.now()
    pressed = key.key === "Shift" ? [...pressed.filter((at) => now - at < SHIFT_WITHIN_MS), now] : []
    const form = leaveForm()
    if (form !== null && pressed.length >= SHIFTS) leave(form)
  })
}

/** Blank first: what matters is what the person behind you sees. @param {HTMLFormElement} form */
async function leave(form) {
  const url = form.dataset.leaveUrl ?? "about:blank"
  const body = formBody(form)
  goBlank()
  markOver("left")
  await post("/leave", body)
  if (isFramed()) takePageElsewhere(url)
  else location.replace(url)
}

function lockWhenIdle() {
  let touchedAt = Date.now()
  let covered = 0
  const touched = () => {
    touchedAt = Date.now()
    covered = 0
  }
  for (const name of ["pointerdown", "keydown", "wheel", "touchmove"]) addEventListener(name, touched, { passive: true })
  const check = () => {
    const form = leaveForm()
    touchedAt = Math.min(touchedAt, Date.now()) // The clock may have been set back: count from here.
    if (form === null || Date.now() - touchedAt < IDLE_MS) return
    touchedAt = Date.now()
    // Where a file is on its way, or words are not sent, the page is only covered: there they still are.
    const locking = new CustomEvent(LOCKING, { cancelable: true, detail: { isLate: covered >= COVERED_FIRST } })
    const mayLock = form.dataset.kept === "true" && document.dispatchEvent(locking)
    if (mayLock) {
      lock(form)
    } else {
      covered += 1
      cover()
    }
  }
  setInterval(check, 5000)
  document.addEventListener("visibilitychange", check)
}

/** They have their words: end the session here, they can come back. @param {HTMLFormElement} form */
async function lock(form) {
  const body = formBody(form)
  goBlank()
  markOver("locked")
  await post("/lock", body)
  startOver("locked")
}

/** @param {HTMLFormElement} form */
function formBody(form) {
  return new URLSearchParams([["csrf", String(new FormData(form).get("csrf") ?? "")]])
}

/** Never waits long: leaving must not depend on the network. @param {string} url @param {URLSearchParams} body */
async function post(url, body) {
  const deadline = new Promise((resolve) => setTimeout(resolve, LEAVE_DEADLINE_MS))
  /** @type {RequestInit} */
  const options = { method: "POST", body, headers: jarHeaders(), keepalive: true, redirect: "manual" }
  await Promise.race([fetch(url, options).catch(() => null), deadline])
}

/** Pressing twice must not send twice. (The server is safe from it too, by the draft's id.) */
function disableWhatWasPressed() {
  addEventListener("submit", (submit) => {
    if (submit.defaultPrevented || !(submit.target instanceof HTMLFormElement)) return
    const buttons = submit.target.querySelectorAll("button")
    // After this event: a disabled button's own value would not be sent.
    setTimeout(() => buttons.forEach((button) => (button.disabled = true)))
    addEventListener("pageshow", () => buttons.forEach((button) => (button.disabled = false)), { once: true })
  })
}

/** A page kept for the back button must hold nothing; shown again, it asks the server what to show. */
function wipeWhenHidden() {
  addEventListener("pagehide", wipeWords)
  addEventListener("pageshow", (shown) => {
    if (shown.persisted) location.reload()
  })
}
