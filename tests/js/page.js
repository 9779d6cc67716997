// The page around the uploads: its requests, answered by the test, its clock, which the test moves, and its network.

/** What listens to the page. @type {Map<string, Set<() => void>>} */
const listeners = new Map()
/** @type {Map<object, { at: number, call: () => void }>} */
const timers = new Map()
/** Sent, and not looked at yet. @type {PageRequest[]} */
let sent = []
let now = 0

/** A request of the page. Nothing answers it but the test. */
export class PageRequest {
  upload = { onprogress: (/** @type {{ loaded: number }} */ _) => {} }
  onloadend = () => {}
  status = 0
  responseText = ""
  said = ""
  isAborted = false
  /** @type {Record<string, string>} */
  headers = {}
  /** @type {Record<string, string>} */
  #answered = {}

  /** @param {string} method @param {string} address */
  open(method, address) {
    this.said = `${method} ${address}`
  }

  /** @param {string} name @param {string} value */
  setRequestHeader(name, value) {
    this.headers[name] = value
  }

  send() {
    sent.push(this)
  }

  abort() {
    this.isAborted = true
    this.onloadend()
  }

  /** @param {string} name */
  getResponseHeader(name) {
    return this.#answered[name] ?? null
  }

  /** @param {number} status @param {object} body @param {Record<string, string>} [headers] */
  answer(status, body, headers = {}) {
    this.#answered = headers
    this.status = status
    this.responseText = JSON.stringify(body)
    this.onloadend()
  }
}

// A browser that can't hash: what the other does beside the page would take time of its own.
Object.defineProperty(crypto, "subtle", { value: undefined })
Object.assign(globalThis, {
  XMLHttpRequest: PageRequest,
  setTimeout: (/** @type {() => void} */ call, /** @type {number} */ wait) => {
    const timer = {}
    timers.set(timer, { at: now + wait, call })
    return timer
  },
  clearTimeout: (/** @type {object} */ timer) => timers.delete(timer),
  addEventListener: (/** @type {string} */ name, /** @type {() => void} */ listener) => hearing(name).add(listener),
  removeEventListener: (/** @type {string} */ name, /** @type {() => void} */ listener) => hearing(name).delete(listener),
})

/** @param {string} name */
function hearing(name) {
  const known = listeners.get(name) ?? new Set()
  listeners.set(name, known)
  return known
}

/** The network is back, says the browser. */
export async function comeOnline() {
  await settled()
  hearing("online").forEach((listener) => listener())
}

/** Time goes by. @param {number} milliseconds */
export async function pass(milliseconds) {
  await settled()
  now += milliseconds
  for (const [timer, { at, call }] of timers) if (at <= now && timers.delete(timer)) call()
}

/** What was sent since this was asked last: in words, and as requests. */
export async function requests() {
  await settled()
  const found = sent
  sent = []
  return found
}

/** The one request that was sent. */
export async function request() {
  const [found, ...others] = await requests()
  if (found === undefined || others.length > 0) throw new Error(`asked ${found === undefined ? "nothing" : "more than once"}`)
  return found
}

/** What waits for nothing but promises has gone on. */
function settled() {
  return new Promise((done) => setImmediate(done))
}
