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
  /** One for the whole page: what a press has woken stays awake. @type {AudioContext | null} */
  #context = null
  /** What all tunes go through until they are silenced. @type {AudioNode | null} */
  #out = null

  /** Whether the browser lets us be heard. It may want the person to press something first. */
  get isAwake() {
    return this.#context?.state === "running"
  }

  /** Wake the sound; true once the browser allows it. */
  async unblock() {
    try {
      this.#context ??= new AudioContext()
      // `resume` waits for ever where nobody has pressed anything yet: do not wait with it.
      await Promise.race([this.#context.resume(), new Promise((done) => setTimeout(done, 300))])
    } catch {} // A browser may have no sound; and Safari, interrupted by a phone call, refuses.
    return this.isAwake
  }

  /** @param {Tune} tune */
  async play(tune) {
    if (!(await this.unblock()) || this.#context === null) return false
    const { loudness, shape, tones } = TUNES[tune]
    if (this.#out === null) {
      this.#out = new GainNode(this.#context)
      this.#out.connect(this.#context.destination)
    }
    for (const tone of tones) playTone(this.#out, tone, { loudness, shape })
    return true
  }

  /** Silence at once, also in the middle of a tune. */
  hush() {
    this.#out?.disconnect()
    this.#out = null
  }
}

/** @param {AudioNode} out @param {Tone} tone @param {{ loudness: number, shape: OscillatorType }} how */
function playTone(out, tone, { loudness, shape }) {
  const { context } = out
  const start = context.currentTime + 0.02 + tone.at
  const end = start + tone.lasts
  const oscillator = new OscillatorNode(context, { type: shape, frequency: tone.from })
  const gain = new GainNode(context, { gain: 0 })
  oscillator.frequency.setValueAtTime(tone.from, start)
  oscillator.frequency.linearRampToValueAtTime(tone.to, end)
  gain.gain.setValueAtTime(0, start)
  gain.gain.linearRampToValueAtTime(loudness, start + 0.02)
  gain.gain.setTargetAtTime(0, end - tone.lasts / 3, tone.lasts / 8)
  oscillator.connect(gain).connect(out)
  oscillator.start(start)
  oscillator.stop(end + 0.2)
}
