// <voice-recorder>: records, lets it be heard first, as it is or in another voice, and hands it over as a file.
// What is thrown away was never anywhere but in this page. Emits: "recorded" {file}. Goes away when it is done.

import { RATE, changed, wavOf } from "../protocol/voice.js"
import { put, slot } from "./message-node.js"
import { fill, wordsOf } from "./words.js"

/** @typedef {"as_it_is" | import("../protocol/voice.js").Direction} Voice */

const LONGEST_S = 600
const BITS_PER_SECOND = 48_000
const KINDS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"]

export class VoiceRecorder extends HTMLElement {
  /** @type {MediaRecorder | null} */
  #recorder = null
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #ticking
  /** By the page's own time, which nobody sets back. */
  #startedAt = 0
  /** How long the recording is. */
  #seconds = 0
  /** The recording in each voice that was listened to. @type {Map<Voice, File>} */
  #voices = new Map()
  /** @type {any} */
  #words = {}

  /** Whether this browser can, on a page that may. */
  static get isPossible() {
    return "MediaRecorder" in globalThis && navigator.mediaDevices !== undefined
  }

  /** Where somebody speaks, or has spoken, and it is neither used nor thrown away. @param {ParentNode} place */
  static atWorkIn(place) {
    return /** @type {VoiceRecorder | null} */ (place.querySelector("voice-recorder:is([data-state=recording], [data-state=recorded])"))
  }

  connectedCallback() {
    this.#words = wordsOf(this)
    this.addEventListener("click", (click) => this.#onClick(click))
    this.addEventListener("change", (change) => this.#onChange(change))
  }

  disconnectedCallback() {
    this.#hush()
    this.#forget()
  }

  async start() {
    this.#button("stop").focus()
    const stream = await microphone()
    if (stream !== null && !this.isConnected) return stop(stream)
    this.#recorder = stream && begin(stream)
    if (this.#recorder === null) return this.#complain(this.#words.no_microphone)
    this.#recorder.ondataavailable = (data) => this.#onRecorded(data.data)
    this.#startedAt = performance.now()
    this.dataset.state = "recording"
    this.#tick()
    this.#ticking = setInterval(() => this.#tick(), 1000)
  }

  /** Whoever goes on would lose it: end it, say so, and lead there. */
  warn() {
    if (this.dataset.state === "recording") return this.#hush()
    put(this, "voice-line", this.#words.unused)
    this.#button("use").focus()
  }

  /** @param {Event} click */
  #onClick(click) {
    const act = /** @type {Element} */ (click.target).closest("button")?.dataset.voice
    if (act === "stop") this.#stop()
    if (act === "drop") this.#leave()
    if (act === "use") this.#use()
  }

  /** While the browser asks whether it may, there is nothing to stop but that. */
  #stop() {
    if (this.#recorder === null) this.#leave()
    else this.#hush()
  }

  /** In a tab behind others it may come a minute late. */
  #tick() {
    this.#seconds = Math.floor((performance.now() - this.#startedAt) / 1000)
    // Counted aloud, every second would be in the recording.
    if (this.#seconds > 0) slot(this, "voice-line")?.setAttribute("aria-live", "off")
    put(this, "voice-line", fill(this.#words.recording, { time: clock(this.#seconds) }))
    if (this.#seconds >= LONGEST_S) this.#hush()
  }

  #hush() {
    clearInterval(this.#ticking)
    if (this.#recorder?.state === "recording") this.#recorder.stop()
  }

  /** Also when the microphone went away by itself. @param {Blob} recording */
  #onRecorded(recording) {
    clearInterval(this.#ticking)
    if (!this.isConnected) return
    const type = recording.type.split(";")[0] ?? ""
    const file = new File([recording], `${this.#words.recorded}.${type.split("/")[1]}`, { type })
    this.#voices.set("as_it_is", file)
    this.dataset.state = "recorded"
    slot(this, "voice-line")?.removeAttribute("aria-live")
    this.#sayHowLong()
    this.#play(file)
    this.#button("use").focus()
  }

  /** @param {Event} change */
  async #onChange(change) {
    const choice = /** @type {HTMLInputElement} */ (change.target)
    this.#button("use").disabled = true
    put(this, "voice-line", this.#words.changing)
    const file = await this.#inVoice(/** @type {Voice} */ (choice.value))
    if (!this.isConnected || !choice.checked) return
    // As it is, it can still be used: the choice stays.
    if (file === null) return put(this, "voice-line", this.#words.not_changed)
    if (choice.value === "as_it_is") this.#sayHowLong()
    else put(this, "voice-line", this.#words.changed)
    this.#play(file)
    this.#button("use").disabled = false
  }

  #sayHowLong() {
    put(this, "voice-line", fill(this.#words.how_long, { time: clock(this.#seconds) }))
  }

  /** @param {Voice} voice @returns {Promise<File | null>} */
  async #inVoice(voice) {
    const known = this.#voices.get(voice) ?? null
    const recording = this.#voices.get("as_it_is")
    if (known !== null || recording === undefined || voice === "as_it_is") return known
    const file = await inAnotherVoice(recording, voice, `${this.#words.recorded}.wav`)
    if (file !== null) this.#voices.set(voice, file)
    return file
  }

  #use() {
    const chosen = /** @type {HTMLInputElement | null} */ (this.querySelector("input:checked"))
    const file = this.#voices.get(/** @type {Voice} */ (chosen?.value ?? "as_it_is"))
    if (file === undefined) return
    this.dispatchEvent(new CustomEvent("recorded", { detail: { file }, bubbles: true }))
    this.#leave()
  }

  #leave() {
    const back = /** @type {HTMLElement | null} */ (this.closest("attachment-picker")?.querySelector("summary") ?? null)
    this.remove()
    back?.focus()
  }

  /** Nothing can be sent, and the way out is one press. @param {string} why */
  #complain(why) {
    this.dataset.state = "failed"
    put(this, "voice-line", why)
    this.#button("drop").focus()
  }

  /** @param {File} file */
  #play(file) {
    const player = this.#player
    if (player.src !== "") URL.revokeObjectURL(player.src)
    player.src = URL.createObjectURL(file)
  }

  #forget() {
    if (this.#player.src !== "") URL.revokeObjectURL(this.#player.src)
    this.#player.removeAttribute("src")
    this.#voices.clear()
  }

  get #player() {
    return /** @type {HTMLAudioElement} */ (this.querySelector("audio"))
  }

  /** @param {string} act */
  #button(act) {
    return /** @type {HTMLButtonElement} */ (this.querySelector(`button[data-voice="${act}"]`))
  }
}

/** Null: there is none, or the person said no. */
async function microphone() {
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: true })
  } catch {
    return null
  }
}

/** Null: this browser can't record from it, and has let go of it. @param {MediaStream} stream */
function begin(stream) {
  try {
    const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind)) ?? ""
    const recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: BITS_PER_SECOND })
    recorder.onstop = () => stop(stream)
    recorder.start()
    return recorder
  } catch {
    stop(stream)
    return null
  }
}

/** @param {MediaStream} stream */
function stop(stream) {
  for (const track of stream.getTracks()) track.stop()
}

/** Some at a time, so that the page goes on. Null: this browser can't read what it recorded. @param {File} recording @param {import("../protocol/voice.js").Direction} direction @param {string} name */
async function inAnotherVoice(recording, direction, name) {
  const samples = await samplesOf(recording)
  if (samples === null) return null
  const changing = changed(samples, direction, chance)
  let step = changing.next()
  while (!step.done) {
    await new Promise((resolve) => setTimeout(resolve))
    step = changing.next()
  }
  return new File([wavOf(step.value)], name, { type: "audio/wav" })
}

/** Of a context that plays nothing: it decodes to the rate it is made for. @param {File} recording */
async function samplesOf(recording) {
  try {
    const context = new OfflineAudioContext(1, 1, RATE)
    return (await context.decodeAudioData(await recording.arrayBuffer())).getChannelData(0)
  } catch {
    return null
  }
}

/** Nobody may find the seed and turn the voice back. */
function chance() {
  return (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32
}

/** @param {number} seconds */
function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
}

customElements.define("voice-recorder", VoiceRecorder)
