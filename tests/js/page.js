// The page around what goes over the network: its requests and sockets, which the test answers, and its clock, which the
// test moves.

/** What listens to the page. @type {Map<string, Set<() => void>>} */
const listeners = new Map()
/** @type {Map<object, { at: number, call: () => void, every?: number }>} */
const timers = new Map()
/** All that were ever dialed. @type {PageSocket[]} */
export const sockets = []
/** Sent, and not looked at yet. @type {PageRequest[]} */
let sent = []
let now = 0

/** A request of the page. Nothing answers it but the test. */
export class PageRequest {
  upload = { onprogress: (/** @type {{ loaded: number }} */ _) => {} }
  onloadend = () => {}
  status = 0
  responseText = ""
  responseURL = "https://tips.example/"
  /** @type {any} */
  responseXML = null
  said = ""
  /** @type {any} */
  body = null
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

  /** @param {any} body */
  send(body) {
    this.body = body
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

  /** @param {number} status @param {object | string} body As it is, if it is text. @param {Record<string, string>} [headers] */
  answer(status, body, headers = {}) {
    this.#answered = headers
    this.status = status
    this.responseText = typeof body === "string" ? body : JSON.stringify(body)
    this.onloadend()
  }

  /** @param {number} status @param {Record<string, object>} parts A page, by what is looked for in it. */
  answerPage(status, parts) {
    this.status = status
    this.responseXML = { querySelector: (/** @type {string} */ what) => parts[what] ?? null, querySelectorAll: () => [] }
    this.onloadend()
  }
}

/** A line of the page. What is heard on it, and that it opens or closes, the test says. */
export class PageSocket {
  static OPEN = 1
  readyState = 0
  /** @type {any[]} */
  sent = []
  isLetGo = false
  onopen = () => {}
  onmessage = (/** @type {{ data: string }} */ _) => {}
  onclose = (/** @type {{ code: number, reason: string }} */ _) => {}

  constructor() {
    sockets.push(this)
  }

  /** @param {string} text */
  send(text) {
    this.sent.push(JSON.parse(text))
  }

  close() {
    this.isLetGo = true
  }

  /** @param {string} first What the server says first. */
  open(first) {
    this.readyState = PageSocket.OPEN
    this.onopen()
    this.onmessage({ data: first })
  }

  /** @param {number} code @param {string} [reason] */
  end(code, reason = "") {
    this.onclose({ code, reason })
  }
}

// A browser that can't hash: what the other does beside the page would take time of its own.
Object.defineProperty(crypto, "subtle", { value: undefined })
Object.assign(globalThis, {
  XMLHttpRequest: PageRequest,
  WebSocket: PageSocket,
  location: { href: "https://tips.example/" },
  document: { visibilityState: "visible", adoptNode: (/** @type {any} */ node) => node, addEventListener() {}, removeEventListener() {} },
  setTimeout: (/** @type {() => void} */ call, /** @type {number} */ wait) => {
    const timer = {}
    timers.set(timer, { at: now + wait, call })
    return timer
  },
  setInterval: (/** @type {() => void} */ call, /** @type {number} */ every) => {
    const timer = {}
    timers.set(timer, { at: now + every, call, every })
    return timer
  },
  clearTimeout: (/** @type {object} */ timer) => timers.delete(timer),
  clearInterval: (/** @type {object} */ timer) => timers.delete(timer),
  addEventListener: (/** @type {string} */ name, /** @type {() => void} */ listener) => hearing(name).add(listener),
  removeEventListener: (/** @type {string} */ name, /** @type {() => void} */ listener) => hearing(name).delete(listener),
})

Date.now = () => now

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
  for (const [timer, { at, call, every }] of [...timers]) {
    if (at > now || !timers.delete(timer)) continue
    if (every !== undefined) timers.set(timer, { at: now + every, call, every })
    call()
  }
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
