// The alert as sound, made here (no file to load, nothing to block): two calm rising tones for a new room, a falling
// and rising siren of three for life safety, one soft tone for an answer in a room of one's own.

/** @typedef {{ at: number, from: number, to: number, lasts: number }} Tone Seconds and hertz. */
/** @typedef {"life_safety" | "new" | "answer"} Tune */

/** @type {Record<Tune, { loudness: number, shape: OscillatorType, tones: Tone[] }>} */
const TUNES = {
  life_safety: {
    loudness: 0.5,
    shape: "triangle",
    tones: [0, 0.5, 1].map((at) => ({ at, from: 988, to: 659, lasts: 0.42 })),
  },
  new: {
    loudness: 0.3,
    shape: "sine",
    tones: [{ at: 0, from: 587, to: 587, lasts: 0.3 }, { at: 0.24, from: 784, to: 784, lasts: 0.5 }],
  },
  answer: { loudness: 0.15, shape: "sine", tones: [{ at: 0, from: 659, to: 659, lasts: 0.35 }] },
}

export class AlertSound {
  /** @type {AudioContext | null} */
  #context = null

  /** Whether the browser keeps us silent until the person presses something. */
  get isBlocked() {
    return this.#context !== null && this.#context.state !== "running"
  }

  /** Wake the sound; true once the browser allows it. */
  async unblock() {
    this.#context ??= new AudioContext()
    // `resume` waits for ever where nobody has pressed anything yet: do not wait with it.
    await Promise.race([this.#context.resume(), new Promise((done) => setTimeout(done, 300))])
    return !this.isBlocked
  }

  /** @param {Tune} tune */
  async play(tune) {
    if (!(await this.unblock()) || this.#context === null) return false
    const { loudness, shape, tones } = TUNES[tune]
    for (const tone of tones) playTone(this.#context, tone, { loudness, shape })
    return true
  }

  /** Silence at once, also in the middle of a tune. */
  async hush() {
    const context = this.#context
    this.#context = null
    await context?.close()
  }
}

/** @param {AudioContext} context @param {Tone} tone @param {{ loudness: number, shape: OscillatorType }} how */
function playTone(context, tone, { loudness, shape }) {
  const start = context.currentTime + 0.02 + tone.at
  const end = start + tone.lasts
  const oscillator = new OscillatorNode(context, { type: shape, frequency: tone.from })
  const gain = new GainNode(context, { gain: 0 })
  oscillator.frequency.setValueAtTime(tone.from, start)
  oscillator.frequency.linearRampToValueAtTime(tone.to, end)
  gain.gain.setValueAtTime(0, start)
  gain.gain.linearRampToValueAtTime(loudness, start + 0.02)
  gain.gain.setTargetAtTime(0, end - tone.lasts / 3, tone.lasts / 8)
  oscillator.connect(gain).connect(context.destination)
  oscillator.start(start)
  oscillator.stop(end + 0.2)
}
