// A voice made deeper or higher, at the same speed: grains of sound are read faster or slower and laid over one another
// (granular pitch shifting). Pure: numbers in, numbers out. It hides a voice from most ears, not from a laboratory.

const GRAIN_S = 0.06
const OVERLAP = 4

/**
 * @param {Float32Array} samples From -1 to 1. @param {number} rate Samples a second.
 * @param {number} factor How many times higher: 0.75 is deeper, 1.3 higher.
 */
export function changePitch(samples, rate, factor) {
  const grain = Math.round(GRAIN_S * rate)
  const step = Math.max(1, Math.floor(grain / OVERLAP))
  const changed = new Float32Array(samples.length)
  const weight = new Float32Array(samples.length)
  for (let start = 0; start < samples.length; start += step) {
    for (let place = 0; place < grain && start + place < samples.length; place += 1) {
      const from = start + place * factor
      const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * place) / grain)
      changed[start + place] = (changed[start + place] ?? 0) + window * between(samples, from)
      weight[start + place] = (weight[start + place] ?? 0) + window
    }
  }
  return changed.map((sample, place) => sample / Math.max(weight[place] ?? 1, 1e-3))
}

/** @param {Float32Array} samples @param {number} place Between two of them, perhaps. */
function between(samples, place) {
  const first = Math.floor(place)
  const part = place - first
  return (samples[first] ?? 0) * (1 - part) + (samples[first + 1] ?? 0) * part
}

/** A sound as a WAV file: one channel, 16 bits. @param {Float32Array} samples @param {number} rate */
export function wavOf(samples, rate) {
  const bytes = new DataView(new ArrayBuffer(44 + 2 * samples.length))
  const words = [["RIFF", 36 + 2 * samples.length], ["WAVE"], ["fmt ", 16]]
  let place = 0
  const text = (/** @type {string} */ said) => [...said].forEach((char) => bytes.setUint8(place++, char.charCodeAt(0)))
  const number = (/** @type {number} */ value, /** @type {2 | 4} */ size) => {
    if (size === 4) bytes.setUint32(place, value, true)
    else bytes.setUint16(place, value, true)
    place += size
  }
  for (const [said, value] of words) {
    text(String(said))
    if (value !== undefined) number(Number(value), 4)
  }
  number(1, 2) // PCM
  number(1, 2) // one channel
  number(rate, 4)
  number(2 * rate, 4)
  number(2, 2)
  number(16, 2)
  text("data")
  number(2 * samples.length, 4)
  for (const sample of samples) {
    bytes.setInt16(place, Math.round(Math.max(-1, Math.min(1, sample)) * 32_767), true)
    place += 2
  }
  return bytes.buffer
}
