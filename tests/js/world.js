// A server of the wire in memory, for tests of the pure side: a numbered stream, acks, and a line that can be cut.

import { Conversation } from "../../static/js/protocol/conversation.js"
import { helloAsReporter, say } from "../../static/js/protocol/frames.js"

/** @typedef {{ seq: number, id?: string, role?: "team" | "reporter", body?: string }} Brief */

/** @param {Brief} brief */
export function eventOf({ seq, id = `other-${seq}`, role = "team", body = String(seq) }) {
  return { seq, kind: "message_posted", by: { role, name: "", id: "" }, id, at: 1, body, details: {} }
}

/** @param {Brief} brief */
export function eventFrame(brief) {
  return JSON.stringify({ t: "event", ...eventOf(brief) })
}

/** @param {number} head @param {string} [id] */
export function welcomeFrame(head, id = "") {
  const you = { role: "reporter", id, name: "" }
  const room = { id: "r", number: "R-1", status: "active", urgency: "normal", responder: null }
  return JSON.stringify({ t: "welcome", v: 1, head, you, room, seen: { team: 0, reporter: 0 }, here: {}, duty: {} })
}

/** Keeps every event once by its id, as the real one does. */
export class Server {
  /** @type {{ seq: number, id: string, body: string }[]} */
  stream = []

  /** @param {string} id @param {string} body */
  take(id, body) {
    const known = this.stream.find((event) => event.id === id)
    if (known) return known
    const event = { seq: this.stream.length + 1, id, body }
    this.stream.push(event)
    return event
  }

  /** @param {number} since */
  after(since) {
    return this.stream.filter((event) => event.seq > since)
  }
}

/** A conversation on a line that loses what is said, says what arrives up to twice, and breaks; until it calms down. */
export class RoughLine {
  server = new Server()
  /** What the person saw. @type {any[]} */
  shown = []
  #random
  #conversation
  #up = false
  #calm = false
  #now = 1_000_000
  /** On its way to the page. @type {string[]} */
  #incoming = []

  /** @param {() => number} random */
  constructor(random) {
    this.#random = random
    this.#conversation = new Conversation({ hello: helloAsReporter, random })
  }

  connect() {
    if (this.#up) return
    this.#conversation.dial(this.#tick())
    this.#up = true
    this.#carryOut(this.#conversation.opened(this.#now))
    this.#deliver()
  }

  cut() {
    this.#up = false
    this.#incoming = []
    this.#carryOut(this.#conversation.closed(1006, this.#tick()))
  }

  /** @param {string} body */
  say(body) {
    this.#carryOut(this.#conversation.submit(say(`id of ${body}`, body), this.#tick()))
    this.#deliver()
  }

  /** @param {string} body */
  hearFromTeam(body) {
    const event = this.server.take(`id of ${body}`, body)
    if (this.#up) this.#incoming.push(eventFrame(event))
    this.#deliver()
  }

  calmDown() {
    this.#calm = true
    this.cut()
    this.connect()
  }

  #tick() {
    return (this.#now += 500)
  }

  /** @param {import("../../static/js/protocol/conversation.js").Effect[]} effects */
  #carryOut(effects) {
    this.shown.push(...told(effects, "event"))
    if (done(effects).includes("hang_up")) this.#up = false
    for (const frame of sent(effects)) if (this.#up) this.#answer(frame)
  }

  /** @param {any} frame */
  #answer(frame) {
    if (frame.t === "hello") {
      this.#incoming.push(welcomeFrame(this.server.stream.length))
      this.#incoming.push(...this.server.after(frame.since).map((event) => eventFrame(event)))
    }
    if (frame.t === "say" && (this.#calm || this.#random() < 0.7)) {
      const { seq } = this.server.take(frame.id, frame.body)
      this.#incoming.push(JSON.stringify({ t: "ack", id: frame.id, seq }))
      this.#incoming.push(eventFrame({ seq, id: frame.id, role: "reporter", body: frame.body }))
    }
  }

  #deliver() {
    for (let text = this.#incoming.shift(); text !== undefined && this.#up; text = this.#incoming.shift()) {
      const times = this.#calm ? 1 : Math.floor(this.#random() * 3)
      for (let time = 0; time < times; time += 1) this.#carryOut(this.#conversation.heard(text, this.#now))
    }
  }
}

/** Chance that can be repeated. @param {number} seed */
export function chance(seed) {
  let state = seed >>> 0 || 1
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/** @param {import("../../static/js/protocol/conversation.js").Effect[]} effects @param {string} name */
export function told(effects, name) {
  return effects.flatMap((effect) => (effect.do === "tell" && effect.name === name ? [effect.detail] : []))
}

/** @param {import("../../static/js/protocol/conversation.js").Effect[]} effects */
export function sent(effects) {
  return effects.flatMap((effect) => (effect.do === "send" ? [JSON.parse(effect.text)] : []))
}

/** @param {import("../../static/js/protocol/conversation.js").Effect[]} effects */
export function done(effects) {
  return effects.map((effect) => effect.do)
}

/** For how long, in milliseconds, before dialing again. @param {import("../../static/js/protocol/conversation.js").Effect[]} effects */
export function waited(effects) {
  return effects.reduce((most, effect) => (effect.do === "wait" ? effect.milliseconds : most), 0)
}
