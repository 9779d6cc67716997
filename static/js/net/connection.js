// The websocket that carries a Conversation: dials, sends, waits, and tells the page by events.
// Everything that decides something is in protocol/conversation.js.

/** @typedef {import("../protocol/conversation.js").Conversation} Conversation */
/** @typedef {import("../protocol/conversation.js").Effect} Effect */
/** @typedef {import("../protocol/frames.js").Act} Act */
/** @typedef {import("../protocol/frames.js").ClientFrame} ClientFrame */

const TICK_MS = 1000
const GOING_AWAY = 1000
const NEVER_OPENED = 1006

/**
 * Emits CustomEvents named after the server's frames (welcome, event, ack, refused, presence, typing, seen, state,
 * file, queue, row, gone) and after the line (offline, online, late, expired, over, elsewhere,
 * rewound: the server was restored from a backup, and has other lines than the page shows); `detail` is the frame.
 */
export class Connection extends EventTarget {
  #conversation
  /** @type {WebSocket | null} */
  #socket = null
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #redial
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #ticking

  /** @param {Conversation} conversation */
  constructor(conversation) {
    super()
    this.#conversation = conversation
  }

  /** Whether something that was written has not got in, or not that we know. */
  get isUnsaid() {
    return this.#conversation.isUnsaid
  }

  /** Whether there is no line, and it is time to go another way. */
  get isCutOff() {
    return this.#conversation.isCutOff(Date.now())
  }

  /** Dial, and keep the line up until `close()`. */
  open() {
    addEventListener("online", this.wake)
    document.addEventListener("visibilitychange", this.wake)
    this.#ticking = setInterval(() => this.#carryOut(this.#conversation.ticked(Date.now())), TICK_MS)
    this.#carryOut(this.#conversation.dial(Date.now()))
  }

  /** Let go of the line for good. */
  close() {
    removeEventListener("online", this.wake)
    document.removeEventListener("visibilitychange", this.wake)
    clearInterval(this.#ticking)
    clearTimeout(this.#redial)
    this.#hangUp()
  }

  /** Dial again now, even after the server ended it: the person has signed in again. */
  redial() {
    this.#carryOut(this.#conversation.resume(Date.now()))
  }

  /** Send an act until it is answered. @param {Act} act */
  submit(act) {
    this.#carryOut(this.#conversation.submit(act, Date.now()))
  }

  /** @param {string} id */
  retry(id) {
    this.#carryOut(this.#conversation.retry(id, Date.now()))
  }

  /** Say something once, if there is a line. @param {ClientFrame} frame */
  mention(frame) {
    this.#carryOut(this.#conversation.mention(frame))
  }

  /** @param {number} seq */
  saw(seq) {
    this.#carryOut(this.#conversation.saw(seq))
  }

  /** Look at once whether the line is up: the tab is shown again, the network is back, somebody has come. */
  wake = () => {
    if (document.visibilityState === "visible") this.#carryOut(this.#conversation.woke(Date.now()))
  }

  /** @param {Effect[]} effects */
  #carryOut(effects) {
    for (const effect of effects) {
      switch (effect.do) {
        case "dial": this.#dial(); break
        case "send": this.#send(effect.text); break
        case "hang_up": this.#hangUp(); break
        case "wait": this.#wait(effect.milliseconds); break
        case "tell": this.dispatchEvent(new CustomEvent(effect.name, { detail: effect.detail })); break
      }
    }
  }

  #dial() {
    const socket = newSocket(socketAddress())
    this.#socket = socket
    if (socket === null) return this.#carryOut(this.#conversation.closed(NEVER_OPENED, Date.now()))
    // A socket that was let go of may still speak; nobody listens to it any more.
    const ours = (/** @type {() => Effect[]} */ effects) => {
      if (this.#socket === socket) this.#carryOut(effects())
    }
    socket.onopen = () => ours(() => this.#conversation.opened(Date.now()))
    socket.onmessage = (message) => ours(() => this.#conversation.heard(message.data, Date.now()))
    socket.onclose = (closing) => ours(() => this.#conversation.closed(closing.code, Date.now(), closing.reason))
  }

  /** @param {string} text */
  #send(text) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(text)
  }

  #hangUp() {
    const socket = this.#socket
    this.#socket = null
    socket?.close(GOING_AWAY)
  }

  /** @param {number} milliseconds */
  #wait(milliseconds) {
    clearTimeout(this.#redial)
    this.#redial = setTimeout(() => this.#carryOut(this.#conversation.dial(Date.now())), milliseconds)
  }
}

/** Null: filters and policies take sockets away, and what they put there throws. It is tried again as one that never opened. @param {string} address */
function newSocket(address) {
  try {
    return new WebSocket(address)
  } catch {
    return null
  }
}

/** The one address of the socket, on the page's own origin. */
function socketAddress() {
  const address = new URL("/ws", location.href)
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:"
  return address.href
}
