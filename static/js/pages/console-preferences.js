// What a person chose for this browser: whether every new room sounds, whether single letters are keys.
// The only thing the staff's pages keep here; never a word of a room.

/** @typedef {"sound" | "letters"} Preference */

const PREFIX = "console."

/** On, unless it was switched off here. @param {Preference} name */
export function isOn(name) {
  return read(PREFIX + name) !== "off"
}

/** Let the page's check boxes show and change the preferences. @param {(name: Preference) => void} changed */
export function attachPreferences(changed) {
  for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("[data-preference]"))) {
    const name = /** @type {Preference} */ (box.dataset.preference)
    box.checked = isOn(name)
    // A console stays open for days, and hears of what is chosen on another page.
    addEventListener("storage", ({ key }) => {
      if (key !== PREFIX + name) return
      kept.delete(key)
      box.checked = isOn(name)
      changed(name)
    })
    box.addEventListener("change", () => {
      keep(PREFIX + name, box.checked ? "on" : "off")
      changed(name)
    })
    changed(name)
  }
}

// Where the browser forbids storage, a preference lasts as long as the page.
/** @type {Map<string, string>} */
const kept = new Map()

/** @param {string} key */
function read(key) {
  try {
    return kept.get(key) ?? localStorage.getItem(key)
  } catch {
    return null
  }
}

/** @param {string} key @param {string} value */
function keep(key, value) {
  kept.set(key, value)
  try {
    localStorage.setItem(key, value)
  } catch {
    // Kept above for as long as the page lives.
  }
}
