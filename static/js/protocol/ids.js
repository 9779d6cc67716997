// Ids made by this page, so that sending twice says it once. 128 random bits: nobody has to be asked.

/** @param {(bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>} [fill] */
export function newId(fill = (bytes) => crypto.getRandomValues(bytes)) {
  return hexOf(fill(new Uint8Array(16)))
}

/** @param {Uint8Array} bytes */
export function hexOf(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
}
