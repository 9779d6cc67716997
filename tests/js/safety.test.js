import assert from "node:assert/strict"
import { test } from "node:test"

/** The page around the module: what it does by itself is called here, as time passes. @type {(() => void)[]} */
const checks = []
const view = new EventTarget()
/** What waits for a moment to come. @type {{ at: number, call: () => void }[]} */
let waiting = []
let now = Date.parse("2027-05-04T12:00:00Z")
let covered = 0
let reloaded = 0
let isBlank = false
/** Where the browser went, and what was asked of the server, in this order. @type {string[]} */
let done = []
/** Each time it was asked whether something would be lost: whether it was late already. @type {boolean[]} */
let askedLate = []
let wouldLose = false

const form = { dataset: { kept: "", leaveUrl: "https://weather.example" } }
const page = Object.assign(new EventTarget(), {
  documentElement: { dataset: {}, style: {}, replaceChildren: () => (isBlank = true) },
  title: "",
  cookie: "",
  querySelector(/** @type {string} */ what) {
    if (what === "#cover") covered += 1
    return what === "#cover" || isBlank ? null : form
  },
})
page.addEventListener("page-locking", (locking) => {
  askedLate.push(/** @type {CustomEvent} */ (locking).detail.isLate)
  if (wouldLose) locking.preventDefault()
})
Object.assign(globalThis, {
  document: page,
  addEventListener: view.addEventListener.bind(view),
  setInterval: (/** @type {() => void} */ check) => checks.push(check),
  setTimeout: (/** @type {() => void} */ call, /** @type {number} */ wait) => waiting.push({ at: now + wait, call }),
  location: {
    protocol: "https:",
    reload: () => (reloaded += 1),
    replace: (/** @type {string} */ url) => done.push(`go to ${url}`),
  },
  stop() {},
  FormData: class {
    get() {
      return "mark"
    }
  },
  // Nobody answers: whoever leaves must not depend on it.
  fetch(/** @type {string} */ url, /** @type {RequestInit} */ { method, body, keepalive }) {
    done.push(`${isBlank ? "blank, " : ""}${method} ${url} ${body}${keepalive ? "" : ", if the page stays"}`)
    return new Promise(() => {})
  },
})
Object.defineProperty(globalThis, "performance", { value: { now: () => now } })
Date.now = () => now

/** @param {EventTarget} place @param {string} name @param {object} [details] */
function happen(place, name, details = {}) {
  const event = new Event(name, { cancelable: true })
  for (const [key, value] of Object.entries(details)) Object.defineProperty(event, key, { value })
  place.dispatchEvent(event)
  return event
}

/** @param {number} minutes */
function pass(minutes) {
  now += minutes * 60_000
  checks.forEach((check) => check())
}

/** What waits until then happens. @param {number} milliseconds */
async function wait(milliseconds) {
  now += milliseconds
  const due = waiting.filter(({ at }) => at <= now)
  waiting = waiting.filter(({ at }) => at > now)
  due.forEach(({ call }) => call())
  await new Promise((settled) => setImmediate(settled))
}

/** Whoever comes next has a page of their own. */
function open() {
  isBlank = wouldLose = false
  done = []
  askedLate = []
  page.cookie = form.dataset.kept = ""
  happen(view, "pointerdown")
}

/** @param {string[]} keys @param {{ every?: number, repeat?: boolean }} [how] `every`: milliseconds between them. */
function press(keys, { every = 100, repeat = false } = {}) {
  for (const key of keys) {
    happen(view, "keydown", { key, repeat })
    now += every
  }
}

test("a page that was left alone is covered after ten minutes, also if the clock was set back meanwhile", async () => {
  await import("../../static/js/pages/safety.js")

  pass(9)
  assert.equal(covered, 0)
  pass(1)
  assert.equal(covered, 1)
  happen(view, "pointerdown")
  pass(-60)
  pass(9)
  assert.equal(covered, 1)
  pass(1)
  assert.equal(covered, 2)
})

test("a page that the browser had kept whole asks anew what to show, and one that was fetched does not", async () => {
  await import("../../static/js/pages/safety.js")

  happen(view, "pageshow", { persisted: false })
  assert.equal(reloaded, 0)
  happen(view, "pageshow", { persisted: true })
  assert.equal(reloaded, 1)
})

test("pressed to leave, the page is blank before anybody is asked, and goes away though nobody answers", async () => {
  await import("../../static/js/pages/safety.js")
  open()

  const pressed = happen(page, "submit", { target: form })
  assert.equal(pressed.defaultPrevented, true)
  assert.match(page.cookie, /^__Host-left=left; .*secure/)
  await wait(499)
  assert.deepEqual(done, ["blank, POST /leave csrf=mark"])
  await wait(1)
  assert.deepEqual(done.slice(1), ["go to https://weather.example"])
})

test("what is pressed to send something else leaves nothing", async () => {
  await import("../../static/js/pages/safety.js")
  open()

  const pressed = happen(page, "submit", { target: {} })
  await wait(500)

  assert.equal(pressed.defaultPrevented, false)
  assert.deepEqual(done, [])
})

test("three times Shift leaves; held down, slowly, or with a letter in between as in a name, it does not", async () => {
  await import("../../static/js/pages/safety.js")
  open()

  press(["Shift", "M", "c", "Shift", "D", "Shift", "K"])
  await wait(5000)
  press(["Shift", "Shift", "Shift"], { repeat: true })
  await wait(5000)
  press(["Shift", "Shift", "Shift"], { every: 800 })
  await wait(5000)
  press(["Shift", "Shift"])
  await wait(5000)
  press(["a"])
  assert.deepEqual(done, [])

  press(["Shift", "Shift", "Shift"], { every: 700 })
  await wait(500)
  assert.deepEqual(done, ["blank, POST /leave csrf=mark", "go to https://weather.example"])
})

test("whoever has their words is locked out where nothing would be lost, and sees nothing of it before", async () => {
  await import("../../static/js/pages/safety.js")
  open()
  form.dataset.kept = "true"
  const before = covered

  pass(10)
  assert.match(page.cookie, /^__Host-left=locked/)
  await wait(500)

  assert.deepEqual(done, ["blank, POST /lock csrf=mark", "go to /"])
  assert.equal(covered, before)
})

test("unsent words are covered twice, then they are no reason any more; whoever touches the page has twice again", async () => {
  await import("../../static/js/pages/safety.js")
  open()
  form.dataset.kept = "true"
  wouldLose = true

  pass(10)
  pass(9)
  assert.deepEqual(askedLate, [false], "they have as long again")
  pass(1)
  pass(10)
  assert.deepEqual(askedLate, [false, false, true])
  happen(view, "touchmove")
  for (let time = 0; time < 3; time += 1) pass(10)
  assert.deepEqual(askedLate.slice(3), [false, false, true])
  await wait(500)
  assert.deepEqual(done, [], "a file that is on its way is")
})

test("whatever is done with the page keeps it open, and a page that slept is looked at as soon as it is shown", async () => {
  await import("../../static/js/pages/safety.js")
  open()
  const before = covered

  for (const touch of ["pointerdown", "keydown", "wheel", "touchmove"]) {
    pass(9)
    happen(view, touch, { key: "a" })
  }
  pass(9)
  assert.equal(covered, before)
  now += 60_000
  happen(page, "visibilitychange")
  assert.equal(covered, before + 1)
})
