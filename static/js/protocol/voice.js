// A voice made deeper or higher, and samples written as a WAV file. Pure: numbers in, numbers out.
//
// The sound is stretched in time by overlapping short pieces where they fit together best (WSOLA: Verhelst and
// Roelands, 1993), then played faster or slower, so that it lasts as long as before: pitch and the colour of the voice
// move together. How far drifts by chance all the while, so that one number does not turn it back. It makes a voice
// harder to recognize. It is no guarantee: how somebody speaks stays as it is.

/** @typedef {"deeper" | "higher"} Direction */

/** Samples a second: plenty for speech, and what lies above says more about the voice than about the words. */
export const RATE = 24_000
/** How far a voice moves: a factor of its pitch, somewhere in here. @type {Record<Direction, [number, number]>} */
const REACH = { deeper: [0.7, 0.8], higher: [1.25, 1.42] }

const PIECE = 720 // 30 ms
const STEP = PIECE / 2
/** How far a piece may be moved to fit the one before: half the period of a deep voice. */
const SLACK = 160
/** Every so many pieces, about 2 s, the factor has drifted somewhere else. */
const DRIFT = 130

/** @type {Float32Array} */
const WINDOW = Float32Array.from({ length: PIECE }, (_, at) => 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / PIECE))

/**
 * The same words in another voice, piece by piece: so that the page may breathe in between. The last yield is followed
 * by the samples, as the return value.
 * @param {Float32Array} samples At RATE. @param {Direction} direction @param {() => number} random
 * @returns {Generator<number, Float32Array>} Yields how much is done, from 0 to 1.
 */
export function* changed(samples, direction, random) {
  const factors = drift(direction, random)
  const stretched = new Float32Array(Math.ceil(samples.length * REACH[direction][1]) + 2 * PIECE)
  const out = new Float32Array(samples.length)
  let [from, to, read, written, piece] = [0, 0, 0, 0, 0]
  while (written < out.length) {
    const factor = factors.next().value
    const at = piece === 0 ? 0 : bestFit(samples, stretched, Math.round(from), to)
    overlap(stretched, to, samples, at)
    from += STEP / factor
    to += STEP
    for (; written < out.length && read + 1 < to; written += 1, read += factor) out[written] = between(stretched, read)
    piece += 1
    if (piece % DRIFT === 0) yield written / out.length
  }
  return out
}

/** Mono, 16 bits. @param {Float32Array} samples @param {number} [rate] @returns {Uint8Array<ArrayBuffer>} */
export function wavOf(samples, rate = RATE) {
  const bytes = new Uint8Array(44 + samples.length * 2)
  const view = new DataView(bytes.buffer)
  const put = (/** @type {number} */ at, /** @type {string} */ text) => bytes.set([...text].map((sign) => sign.charCodeAt(0)), at)
  put(0, "RIFF")
  view.setUint32(4, 36 + samples.length * 2, true)
  put(8, "WAVEfmt ")
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true) // PCM
  view.setUint16(22, 1, true) // one channel
  view.setUint32(24, rate, true)
  view.setUint32(28, rate * 2, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  put(36, "data")
  view.setUint32(40, samples.length * 2, true)
  samples.forEach((sample, at) => view.setInt16(44 + at * 2, Math.round(Math.max(-1, Math.min(1, sample)) * 32_767), true))
  return bytes
}

/** A factor for each piece, on its way from one chance value to the next. @param {Direction} direction @param {() => number} random @returns {Generator<number, never>} */
function* drift(direction, random) {
  const [least, most] = REACH[direction]
  const somewhere = () => least + random() * (most - least)
  let now = somewhere()
  for (;;) {
    const next = somewhere()
    for (let piece = 0; piece < DRIFT; piece += 1) yield now + ((next - now) * piece) / DRIFT
    now = next
  }
}

/** Where near `from` the sound goes on most like what already stands at `to`. @param {Float32Array} samples @param {Float32Array} stretched @param {number} from @param {number} to */
function bestFit(samples, stretched, from, to) {
  let [best, most] = [from, -Infinity]
  for (let at = Math.max(0, from - SLACK); at <= from + SLACK; at += 2) {
    let likeness = 0
    for (let n = 0; n < STEP; n += 4) likeness += (stretched[to + n] ?? 0) * (samples[at + n] ?? 0)
    if (likeness > most) [best, most] = [at, likeness]
  }
  return best
}

/** @param {Float32Array} onto @param {number} to @param {Float32Array} samples @param {number} from */
function overlap(onto, to, samples, from) {
  for (let n = 0; n < PIECE && to + n < onto.length; n += 1) {
    onto[to + n] = (onto[to + n] ?? 0) + (samples[from + n] ?? 0) * (WINDOW[n] ?? 0)
  }
}

/** @param {Float32Array} samples @param {number} at */
function between(samples, at) {
  const whole = Math.floor(at)
  const [one, other] = [samples[whole] ?? 0, samples[whole + 1] ?? 0]
  return one + (other - one) * (at - whole)
}
