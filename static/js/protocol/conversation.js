// One page's conversation with the server, without its socket: what was heard goes in, what to do comes out.
// Shows each event once and in order, asks again across a gap, sends again what was not answered, notices a dead line.
// Pure: time and chance are passed in; net/connection.js carries the effects out.

import { encode, parse } from "./frames.js"
import { Backoff } from "./backoff.js"
import { Outbox } from "./outbox.js"
import { Sequence } from "./sequence.js"

/** @typedef {import("./frames.js").Act} Act */
/** @typedef {import("./frames.js").ClientFrame} ClientFrame */
/** @typedef {import("./frames.js").ServerFrame} ServerFrame */

/**
 * @typedef {(
 *   | { do: "dial" }
 *   | { do: "send", text: string }
 *   | { do: "hang_up" }
 *   | { do: "wait", milliseconds: number }
 *   | { do: "tell", name: string, detail: any }
 * )} Effect
 */

export const PING_EVERY_MS = 20_000
export const DEAD_AFTER_MS = 45_000
/** A live line answers a ping sooner than this; asked so after waking (the tab shown, the network back). */
export const PROBE_MS = 8_000
/** Who is without a line for so long looks for another way. */
export const CUT_OFF_MS = 10_000

/** Who hears nothing for so long has slept: the line is not worth asking. */
const ASLEEP_MS = 150_000

/** Close codes from here on say: do not come back. */
const FINAL_CODES = 4500
/** It may, once somebody has signed in again. */
export const SIGNED_OUT = 4501
/** The server is full, and says for how many seconds to stay away; or it could not keep what we said. */
const COME_BACK_LATER = 4002
const LONGEST_AWAY_S = 300

export class Conversation {
  #hello
  #isAway
  #room
  #you
  #sequence
  #backoff
  #outbox
  /** @type {"idle" | "dialing" | "joining" | "open" | "waiting" | "over"} */
  #state = "idle"
  #heardAt = 0
  #pingedAt = 0
  /** Since when we wait for the server to say something; null for not at all. @type {number | null} */
  #askedAt = null
  #patience = DEAD_AFTER_MS
  /** The head we were told of when we joined. */
  #catchUpTo = 0
  /** The head of the newest state heard. */
  #stoodAt = 0
  /** @type {number | null} */
  #offlineSince = null
  /** Since when nobody has answered: also before the first time. @type {number | null} */
  #unheardSince = null
  /** Until then the server asked to be left alone. */
  #awayUntil = 0
  #late = false
  #saw = 0

  /**
   * @param {object} options
   * @param {(since: number) => ClientFrame} options.hello
   * @param {() => number} options.random
   * @param {number} [options.since] The last number the page already shows.
   * @param {Outbox} [options.outbox] What an earlier conversation with this room left unanswered.
   * @param {string} [options.room] The room the page shows, where a cookie says which one answers; "" for any.
   * @param {string} [options.you] For whom of the team the page is, where a cookie says who speaks; "" for anybody.
   * @param {(now: number) => boolean} [options.isAway] Whether nobody is before the page, though it is there.
   */
  constructor({ hello, random, since = 0, outbox = new Outbox(), room = "", you = "", isAway = () => false }) {
    this.#hello = hello
    this.#isAway = isAway
    this.#outbox = outbox
    this.#room = room
    this.#you = you
    this.#sequence = new Sequence(since)
    this.#backoff = new Backoff(random)
  }

  /** The last number shown. */
  get last() {
    return this.#sequence.last
  }

  get isOpen() {
    return this.#state === "open"
  }

  /** Whether something that was written has not got in, or not that we know. */
  get isUnsaid() {
    return !this.#outbox.isEmpty
  }

  /** Whether there is no line, and not because the server asked to be left alone. @param {number} now */
  isCutOff(now) {
    const isDown = this.#unheardSince !== null && now - this.#unheardSince >= CUT_OFF_MS
    return isDown && this.#state !== "over" && this.#away(now) <= 0
  }

  /** @param {number} now @returns {Effect[]} */
  dial(now) {
    if (this.#state !== "idle" && this.#state !== "waiting") return []
    // In the future: then the clock was set back.
    this.#unheardSince = Math.min(this.#unheardSince ?? now, now)
    this.#state = "dialing"
    this.#heardAt = this.#askedAt = now
    this.#patience = DEAD_AFTER_MS
    return [{ do: "dial" }]
  }

  /** The socket is open: say who we are and how far we got. @param {number} now @returns {Effect[]} */
  opened(now) {
    this.#state = "joining"
    this.#heardAt = this.#pingedAt = this.#askedAt = now
    return [this.#sayHere(this.#hello(this.#sequence.since), now)]
  }

  /** @param {unknown} text @param {number} now @returns {Effect[]} */
  heard(text, now) {
    if (this.#state !== "joining" && this.#state !== "open") return []
    this.#heardAt = now
    this.#askedAt = null
    this.#patience = DEAD_AFTER_MS
    const frame = parse(text)
    return frame === null ? [] : this.#take(frame, now)
  }

  /** The socket closed, or never opened. @param {number} code @param {number} now @param {string} [reason] @returns {Effect[]} */
  closed(code, now, reason = "") {
    if (this.#state === "over" || this.#state === "waiting" || this.#state === "idle") return []
    if (code >= FINAL_CODES) {
      this.#state = "over"
      return [{ do: "tell", name: "over", detail: { code } }]
    }
    if (code === COME_BACK_LATER) this.#awayUntil = now + secondsIn(reason) * 1000
    return this.#lose(now)
  }

  /** Send an act, now or as soon as there is a line. @param {Act} act @param {number} now @returns {Effect[]} */
  submit(act, now) {
    this.#outbox.put(act, now)
    return this.#state === "open" ? [send(act)] : []
  }

  /** Try again what was given up. @param {string} id @param {number} now @returns {Effect[]} */
  retry(id, now) {
    const act = this.#outbox.revive(id, now)
    return act !== null && this.#state === "open" ? [send(act)] : []
  }

  /** Say something not worth repeating (typing, shown). @param {ClientFrame} frame @returns {Effect[]} */
  mention(frame) {
    return this.#state === "open" ? [send(frame)] : []
  }

  /** The reader has seen everything up to `seq`. @param {number} seq @returns {Effect[]} */
  saw(seq) {
    if (seq <= this.#saw) return []
    this.#saw = seq
    return this.mention({ t: "seen", seq })
  }

  /** Time has passed. @param {number} now @returns {Effect[]} */
  ticked(now) {
    return [...this.#expire(now), ...this.#tellHowItStands(now), ...this.#checkLine(now)]
  }

  /** The tab is shown again or the network is back: do not wait. @param {number} now @returns {Effect[]} */
  woke(now) {
    if (this.#state === "waiting") return this.#away(now) > 0 ? [] : this.dial(now)
    if (this.#state !== "open") return []
    this.#heardAt = this.#askedAt = now
    this.#patience = PROBE_MS
    return this.#ping(now)
  }

  /** What ended the conversation is mended (signed in again): go on. @param {number} now @returns {Effect[]} */
  resume(now) {
    if (this.#state !== "over") return this.woke(now)
    this.#state = "waiting"
    return this.dial(now)
  }

  /** @param {ServerFrame} frame @param {number} now @returns {Effect[]} */
  #take(frame, now) {
    switch (frame.t) {
      case "welcome":
        return this.#welcome(frame, now)
      case "queue":
        return this.#isAnothers(frame) ? this.#leaveForGood() : this.#joined([tell(frame.t, frame)], now)
      case "event":
        return this.#event(frame, now)
      case "ack":
        this.#outbox.settle(frame.id)
        return [tell("ack", frame), ...this.#tellHowItStands(now)]
      case "refused":
        return [tell("refused", { ...frame, act: this.#outbox.settle(frame.id) }), ...this.#tellHowItStands(now)]
      case "state":
        return this.#stand(frame)
      case "resync":
        return this.#lose(now)
      case "pong":
        return []
      default:
        return [tell(frame.t, frame)]
    }
  }

  /** @param {Extract<ServerFrame, { t: "welcome" }>} frame @param {number} now @returns {Effect[]} */
  #welcome(frame, now) {
    if ((this.#room !== "" && frame.room.id !== this.#room) || this.#isAnothers(frame)) return this.#leaveForGood()
    if (frame.head < this.last) return this.#rewind(now)
    this.#catchUpTo = frame.head
    this.#stoodAt = frame.head
    return this.#joined([tell("welcome", frame)], now)
  }

  /** A colleague has signed in, over this page or in another tab. @param {Extract<ServerFrame, { t: "welcome" | "queue" }>} frame */
  #isAnothers({ you }) {
    return this.#you !== "" && you.id !== this.#you
  }

  /** Another tab opened another conversation, and the cookie is that one's now: not a word of ours may go there. @returns {Effect[]} */
  #leaveForGood() {
    this.#state = "over"
    return [{ do: "hang_up" }, tell("elsewhere", {})]
  }

  /** What was read for us just before something changed may arrive just after it. @param {Extract<ServerFrame, { t: "state" }>} frame @returns {Effect[]} */
  #stand(frame) {
    if (frame.head < this.#stoodAt) return []
    this.#stoodAt = frame.head
    return [tell(frame.t, frame)]
  }

  /** @param {Effect[]} first @param {number} now @returns {Effect[]} */
  #joined(first, now) {
    if (this.#state === "open") return first
    this.#state = "open"
    this.#unheardSince = null
    const again = this.#outbox.unanswered().map(send)
    const seen = this.#saw > 0 ? [send({ t: "seen", seq: this.#saw })] : []
    return [...first, ...again, ...seen, ...this.#tellCaughtUp(now)]
  }

  /** @param {Extract<ServerFrame, { t: "event" }>} frame @param {number} now @returns {Effect[]} */
  #event(frame, now) {
    const found = this.#sequence.take(frame.seq, frame.id)
    if (found === "gap") return this.#lose(now)
    if (found === "other") return this.#rewind(now)
    if (found === "repeat") return []
    this.#outbox.settle(frame.id)
    return [tell("event", frame), ...this.#tellHowItStands(now)]
  }

  /** What the page shows is not what the server has any more. @param {number} now @returns {Effect[]} */
  #rewind(now) {
    return [...this.#lose(now), tell("rewound", {})]
  }

  /** Something was heard or time has passed. @param {number} now @returns {Effect[]} */
  #tellHowItStands(now) {
    return [...this.#tellLate(now), ...this.#tellCaughtUp(now)]
  }

  /**
   * Everything up to the head we were told of is here, and nothing of ours waits for an answer: only now are we truly
   * back. Where it is our own words that end the line, because they can't be kept, the next try has to come later.
   *
   * @param {number} now @returns {Effect[]}
   */
  #tellCaughtUp(now) {
    if (this.#state !== "open" || this.last < this.#catchUpTo || this.#outbox.isWaiting) return []
    this.#backoff.reset()
    if (this.#offlineSince === null) return []
    const away = now - this.#offlineSince
    this.#offlineSince = null
    return [tell("online", { away })]
  }

  /** @param {number} now @returns {Effect[]} */
  #lose(now) {
    const known = this.#offlineSince !== null
    this.#offlineSince ??= now
    this.#unheardSince ??= now
    this.#state = "waiting"
    const told = known ? [] : [tell("offline", {})]
    const milliseconds = Math.max(this.#away(now), this.#backoff.next())
    return [{ do: "hang_up" }, ...told, { do: "wait", milliseconds }]
  }

  /** For how many milliseconds the server wants to be left alone. More than it may ask for: then the clock was set back. @param {number} now */
  #away(now) {
    const left = this.#awayUntil - now
    return left > LONGEST_AWAY_S * 1000 ? 0 : left
  }

  /** @param {number} now @returns {Effect[]} */
  #checkLine(now) {
    if (this.#state === "idle" || this.#state === "waiting" || this.#state === "over") return []
    if (now < this.#heardAt) this.#setBack(now)
    const silent = now - this.#heardAt
    if (silent > this.#patience && (silent > ASLEEP_MS || this.#isUnanswered(now))) return this.#lose(now)
    return this.#state === "open" && now - this.#pingedAt >= PING_EVERY_MS ? this.#ping(now) : []
  }

  /** In a hidden tab time passes a minute at a time: a line is not dead that nobody has asked. @param {number} now */
  #isUnanswered(now) {
    return this.#askedAt !== null && now - this.#askedAt >= PROBE_MS
  }

  /** The clock was set back: count from here. @param {number} now */
  #setBack(now) {
    this.#heardAt = this.#pingedAt = now
    if (this.#askedAt !== null) this.#askedAt = now
  }

  /** @param {number} now @returns {Effect[]} */
  #ping(now) {
    this.#pingedAt = now
    this.#askedAt ??= now
    return [this.#sayHere({ t: "ping" }, now)]
  }

  /** What tells the server that the page is there says so, too, if nobody is before it. @param {ClientFrame} frame @param {number} now */
  #sayHere(frame, now) {
    return send(this.#isAway(now) ? { ...frame, away: true } : frame)
  }

  /** @param {number} now @returns {Effect[]} */
  #expire(now) {
    return this.#outbox.expire(now).map((act) => tell("expired", { id: act.id, act }))
  }

  /** @param {number} now @returns {Effect[]} */
  #tellLate(now) {
    const late = this.#state !== "over" && this.#outbox.isLate(now)
    if (late === this.#late) return []
    this.#late = late
    return [tell("late", { late })]
  }
}

/** Other reasons say nothing. @param {string} reason */
function secondsIn(reason) {
  return /^\d{1,3}$/.test(reason) ? Math.min(Number(reason), LONGEST_AWAY_S) : 0
}

/** @param {ClientFrame} frame @returns {Effect} */
function send(frame) {
  return { do: "send", text: encode(frame) }
}

/** @param {string} name @param {any} detail @returns {Effect} */
function tell(name, detail) {
  return { do: "tell", name, detail }
}
