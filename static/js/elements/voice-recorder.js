// <voice-recorder>: record one's voice in the page, hear it, change how it sounds if one likes, and use it or throw it
// away. Nothing leaves the page before it is used. Emits: "recorded" {file}.

import { changePitch, wavOf } from "../protocol/voice.js"
import { fill } from "./words.js"

const DEEPER = 0.78
const HIGHER = 1.32
/** Samples a second are plenty for a voice. */
const RATE = 24_000
const TICK_MS = 500

export class VoiceRecorder extends HTMLElement {
  /** @type {any} */
  #words
  /** @type {MediaRecorder | null} */
  #recorder = null
  /** What was recorded, as it is. @type {Float32Array | null} */
  #voice = null
  #factor = 1
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #ticking

  /** @param {any} words */
  constructor(words = {}) {
    super()
    this.#words = words
  }

  connectedCallback() {
    if (this.childElementCount === 0) this.#showStart()
  }

  disconnectedCallback() {
    this.#stopListening()
  }

  #showStart(problem = "") {
    const line = said(problem, "field__error")
    line.hidden = problem === ""
    this.replaceChildren(button(this.#words.record, () => this.#record()), line)
  }

  async #record() {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
      const recorder = (this.#recorder = new MediaRecorder(stream))
      /** @type {Blob[]} */
      const parts = []
      recorder.ondataavailable = ({ data }) => parts.push(data)
      recorder.onstop = () => this.#recorded(new Blob(parts))
      recorder.start()
      this.#showRecording()
    } catch {
      this.#showStart(this.#words.no_microphone)
    }
  }

  #showRecording() {
    const line = said("", "")
    line.setAttribute("role", "status")
    let seconds = 0
    const tick = () => (line.textContent = fill(this.#words.recording, { seconds: Math.floor((seconds += TICK_MS / 1000)) }))
    tick()
    this.#ticking = setInterval(tick, TICK_MS)
    this.replaceChildren(line, button(this.#words.stop, () => this.#recorder?.stop()))
    this.querySelector("button")?.focus()
  }

  /** @param {Blob} recording */
  async #recorded(recording) {
    this.#stopListening()
    const context = new OfflineAudioContext(1, 1, RATE)
    const sound = await context.decodeAudioData(await recording.arrayBuffer())
    this.#voice = sound.getChannelData(0)
    this.#factor = 1
    this.#showRecorded()
  }

  #stopListening() {
    clearInterval(this.#ticking)
    for (const track of this.#recorder?.stream.getTracks() ?? []) track.stop()
    this.#recorder = null
  }

  #showRecorded() {
    const player = document.createElement("audio")
    player.controls = true
    player.setAttribute("aria-label", this.#words.listen)
    player.src = URL.createObjectURL(this.#sound())
    const choices = document.createElement("fieldset")
    const legend = document.createElement("legend")
    legend.textContent = this.#words.change
    choices.append(legend, said(this.#words.change_help, "small quiet"))
    for (const [factor, label] of [[1, this.#words.as_it_is], [DEEPER, this.#words.deeper], [HIGHER, this.#words.higher]]) {
      choices.append(this.#choice(Number(factor), String(label), player))
    }
    const use = button(this.#words.keep_recording, () => this.#use())
    const drop = button(this.#words.drop_recording, () => this.#drop())
    this.replaceChildren(player, choices, use, drop)
    use.focus()
  }

  /** @param {number} factor @param {string} label @param {HTMLAudioElement} player */
  #choice(factor, label, player) {
    const line = document.createElement("label")
    line.className = "choice"
    const mark = document.createElement("input")
    mark.type = "radio"
    mark.className = "choice__mark"
    // Outside of every form: it must not be sent.
    mark.setAttribute("form", "")
    mark.name = "voice"
    mark.checked = factor === this.#factor
    mark.addEventListener("change", () => {
      this.#factor = factor
      URL.revokeObjectURL(player.src)
      player.src = URL.createObjectURL(this.#sound())
    })
    line.append(mark, said(label, "choice__label", "span"))
    return line
  }

  #sound() {
    const voice = this.#voice ?? new Float32Array()
    const changed = this.#factor === 1 ? voice : changePitch(voice, RATE, this.#factor)
    return new Blob([wavOf(changed, RATE)], { type: "audio/wav" })
  }

  #use() {
    const file = new File([this.#sound()], `${this.#words.recorded}.wav`, { type: "audio/wav", lastModified: Date.now() })
    this.#drop()
    this.dispatchEvent(new CustomEvent("recorded", { detail: { file }, bubbles: true }))
  }

  #drop() {
    const player = this.querySelector("audio")
    if (player !== null) URL.revokeObjectURL(player.src)
    this.#voice = null
    this.#showStart()
  }
}

/** @param {string} label @param {() => void} act */
function button(label, act) {
  const made = document.createElement("button")
  made.type = "button"
  made.className = "button"
  made.textContent = label
  made.addEventListener("click", act)
  return made
}

/** @param {string} text @param {string} name @param {string} [tag] */
function said(text, name, tag = "p") {
  const line = document.createElement(tag)
  line.className = name
  line.textContent = text
  return line
}

customElements.define("voice-recorder", VoiceRecorder)
