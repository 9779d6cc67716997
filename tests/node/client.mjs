// A client of Messenger, written from docs/protocol.md and nothing else of ours: `ws` and what Node has.
// It reads commands from standard input, a JSON object a line, and answers each with a line; see test_client.py.

import { createHash, randomBytes } from "node:crypto"
import { createInterface } from "node:readline"
import { setTimeout as pause } from "node:timers/promises"
import WebSocket from "ws"

const PING_EVERY = 20_000
const SILENT_TOO_LONG = 45_000
const FLOOR = 500
const CEILING = 20_000

/** One conversation, over sockets that come and go. */
class Line {
  events = []
  file = []
  welcomes = 0
  over = null
  #address
  #options
  #hello
  #socket = null
  #tries = 0
  #waiting = new Map()
  #watchers = new Set()
  #timer
  #latest = {}

  constructor(address, options, hello) {
    this.#address = address
    this.#options = options
    this.#hello = hello
    this.#dial()
  }

  get last() {
    return this.events.length
  }

  /** Send an act until it is answered; resolves with the `ack` or the `refused`. */
  act(frame) {
    const id = frame.id ?? randomBytes(12).toString("base64url")
    const text = JSON.stringify({ ...frame, id })
    return new Promise((resolve) => {
      this.#waiting.set(id, { text, resolve })
      this.#write(text)
    })
  }

  /** Say something that nobody answers. */
  mention(frame) {
    this.#write(JSON.stringify(frame))
  }

  /** Resolve once `holds(this)`. */
  until(holds) {
    return new Promise((resolve) => {
      const look = () => {
        if (!holds(this)) return
        this.#watchers.delete(look)
        resolve()
      }
      this.#watchers.add(look)
      look()
    })
  }

  /** The newest frame of a kind. */
  latest(kind) {
    return this.#latest[kind]
  }

  /** What a tunnel, a closed lid or a cut cable does: no closing handshake. */
  drop() {
    this.#socket.terminate()
  }

  hangUp() {
    this.over = 1000
    this.#socket?.close(1000)
  }

  #dial() {
    // A reader of `queue` and `file` frames needs no small limit; nobody needs compression.
    const socket = new WebSocket(this.#address, { perMessageDeflate: false, ...this.#options })
    this.#socket = socket
    socket.on("open", () => this.#write(JSON.stringify({ t: "hello", v: 1, since: Math.max(0, this.last - 1), ...this.#hello })))
    socket.on("message", (data) => this.#heard(JSON.parse(data.toString())))
    socket.on("close", (code, reason) => this.#closed(socket, code, Number(reason.toString()) || 0))
    socket.on("error", () => {}) // A close follows.
    this.#listenFor(SILENT_TOO_LONG)
  }

  #heard(frame) {
    this.#listenFor(SILENT_TOO_LONG)
    this.#latest[frame.t] = frame
    switch (frame.t) {
      case "welcome":
        this.#joined(frame)
        break
      case "queue":
        this.#open()
        break
      case "event":
        this.#event(frame)
        break
      case "file":
        this.file = frame.events
        break
      case "ack":
      case "refused":
        this.#settle(frame)
        break
      case "resync":
        this.#socket.close(1000)
        break
    }
    for (const look of this.#watchers) look()
  }

  #joined(welcome) {
    if (welcome.head < this.last) this.#forget()
    else this.#open()
  }

  /** Restored from an older backup: what we have is not what they have. */
  #forget() {
    this.events = []
    this.#socket.close(1000)
  }

  #open() {
    this.welcomes += 1
    this.#startSmallAgain()
    for (const { text } of this.#waiting.values()) this.#write(text)
  }

  #event(event) {
    const known = this.events[event.seq - 1]
    if (known !== undefined) {
      if (known.id !== event.id) this.#forget()
      return
    }
    if (event.seq > this.last + 1) {
      this.#socket.close(1000)
      return
    }
    this.events.push(event)
  }

  #settle(answer) {
    this.#waiting.get(answer.id)?.resolve(answer)
    this.#waiting.delete(answer.id)
    this.#startSmallAgain()
  }

  #startSmallAgain() {
    if (this.#waiting.size === 0) this.#tries = 0
  }

  #closed(socket, code, seconds) {
    if (socket !== this.#socket) return
    clearTimeout(this.#timer)
    if (code >= 4500 && code <= 4999) this.over = code
    for (const look of this.#watchers) look()
    if (this.over !== null) return
    this.#tries += 1
    const ceiling = Math.min(CEILING, FLOOR * 2 ** this.#tries)
    const told = code === 4002 ? seconds * 1000 : 0
    setTimeout(() => this.#dial(), Math.max(told, FLOOR + Math.random() * (ceiling - FLOOR)))
  }

  #write(text) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text)
  }

  #listenFor(milliseconds) {
    clearTimeout(this.#timer)
    const ping = setTimeout(() => this.mention({ t: "ping" }), Math.min(PING_EVERY, milliseconds))
    this.#timer = setTimeout(() => {
      clearTimeout(ping)
      this.#socket.terminate()
    }, milliseconds)
  }
}

/** The HTTP API: JSON in, JSON out, a refusal as `code` and `text`. */
class Api {
  #origin

  constructor(origin) {
    this.#origin = origin
  }

  get socketAddress() {
    return `${this.#origin.replace("http", "ws")}/ws`
  }

  async get(path) {
    const response = await fetch(this.#origin + path)
    return { status: response.status, ...(await response.json()) }
  }

  async post(path, body = {}) {
    const response = await fetch(this.#origin + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    return { status: response.status, ...(text ? JSON.parse(text) : {}) }
  }

  /** The same, working for it if that is asked. */
  async workAndPost(path, body) {
    const answer = await this.post(path, body)
    if (answer.code !== "needs_work") return { asked: false, ...answer }
    return { asked: true, ...(await this.post(path, { ...body, work: solve(answer.puzzle) })) }
  }

  /** Sign in over the form, as a page of theirs would, and take the cookie. */
  async signIn(login, password, code) {
    const response = await fetch(`${this.#origin}/console/sign-in`, {
      method: "POST",
      headers: { accept: "application/json", origin: this.#origin },
      body: new URLSearchParams({ login, password, code }),
    })
    const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(";")[0])
    return { status: response.status, cookie: cookies.join("; "), ...(await response.json()) }
  }

  async signOut(cookie) {
    const response = await fetch(`${this.#origin}/console/sign-out`, {
      method: "POST",
      headers: { cookie, origin: this.#origin },
      body: new URLSearchParams(),
      redirect: "manual",
    })
    return { status: response.status }
  }

  get origin() {
    return this.#origin
  }
}

/** The number that, after the salt, has the digest. */
function solve({ salt, digest, most, mark }) {
  for (let number = 0; number <= most; number += 1) {
    const answer = `${salt}${number}`
    if (createHash("sha256").update(answer).digest("hex") === digest) return `${answer}.${mark}`
  }
}

const api = new Api(process.argv[2])
const lines = new Map()

/** What standard input may ask for. */
const COMMANDS = {
  get: ({ path }) => api.get(path),
  post: ({ path, body }) => api.post(path, body),
  workAndPost: ({ path, body }) => api.workAndPost(path, body),
  solve: ({ puzzle }) => solve(puzzle),
  signIn: ({ login, password, code = "" }) => api.signIn(login, password, code),
  signOut: ({ cookie }) => api.signOut(cookie),
  async joinRoom({ who, token }) {
    lines.set(who, new Line(api.socketAddress, {}, { token }))
    return await welcomed(who)
  },
  async joinAsStaff({ who, cookie, room }) {
    const options = { origin: api.origin, headers: { cookie } }
    lines.set(who, new Line(api.socketAddress, options, { room }))
    return await welcomed(who)
  },
  async joinByToken({ who, token, room }) {
    lines.set(who, new Line(api.socketAddress, {}, { token, room }))
    return await welcomed(who)
  },
  async watchQueue({ who, cookie }) {
    const options = { origin: api.origin, headers: { cookie } }
    lines.set(who, new Line(api.socketAddress, options, { queue: true }))
    return await welcomed(who, "queue")
  },
  act: ({ who, frame }) => lines.get(who).act(frame),
  mention: ({ who, frame }) => lines.get(who).mention(frame),
  drop: ({ who }) => lines.get(who).drop(),
  async leave({ who }) {
    lines.get(who).hangUp()
    await pause(0)
  },
  async events({ who, until }) {
    await lines.get(who).until((line) => line.last >= until || line.over !== null)
    return lines.get(who).events
  },
  async latest({ who, kind }) {
    await lines.get(who).until((line) => line.latest(kind))
    return lines.get(who).latest(kind)
  },
  async over({ who, seconds }) {
    const over = lines.get(who).until((line) => line.over !== null)
    await Promise.race([over, pause(1000 * seconds)])
    return { code: lines.get(who).over }
  },
  async joined({ who, times }) {
    await lines.get(who).until((line) => line.welcomes >= times)
    return lines.get(who).welcomes
  },
  state({ who }) {
    const line = lines.get(who)
    return { welcomes: line.welcomes, file: line.file }
  },
}

async function welcomed(who, kind = "welcome") {
  const line = lines.get(who)
  await line.until(() => line.latest(kind) || line.over !== null)
  return line.latest(kind) ?? { over: line.over }
}

createInterface({ input: process.stdin })
  .on("line", async (text) => {
    const { n, command, ...options } = JSON.parse(text)
    const answer = await COMMANDS[command](options)
    console.log(JSON.stringify({ n, answer: answer ?? null }))
  })
  .on("close", () => process.exit(0))
