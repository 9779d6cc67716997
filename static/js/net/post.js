// A form of the staff's, sent without leaving the page: open rooms, and what is being written in them, stay.

import { isSignedOut } from "./page.js"

/** Nobody waits longer to hear whether it was done. */
const DEADLINE_MS = 15_000

/** @param {HTMLFormElement} form @param {HTMLElement | null} button @returns {Promise<"done" | "signed out" | "failed">} */
export async function post(form, button) {
  const body = new URLSearchParams(/** @type {any} */ (new FormData(form, button)))
  try {
    const answer = await fetch(form.action, { method: "POST", body, signal: AbortSignal.timeout(DEADLINE_MS) })
    if (isSignedOut(answer)) return "signed out"
    return answer.ok ? "done" : "failed"
  } catch {
    // Nobody answered, or not in time: whoever asked says so, and it can be pressed again.
    return "failed"
  }
}
