// The words a script shows. They are rendered by the templates into data-words, so that they are translated there.

/**
 * The words an element carries.
 * @param {HTMLElement} element
 * @returns {any}
 */
export function wordsOf(element) {
  return JSON.parse(element.dataset.words ?? "{}")
}

/**
 * Put values into a sentence: "{name} is here."
 * @param {string} sentence
 * @param {Record<string, string | number>} values
 */
export function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole))
}

/**
 * How long, in words: less than a minute, minutes, hours.
 * @param {number} milliseconds
 * @param {{ moment: string, minute: string, minutes: string, hour: string, hours: string }} words
 */
export function spanInWords(milliseconds, words) {
  const minutes = Math.round(milliseconds / 60_000)
  if (minutes < 1) return words.moment
  if (minutes < 60) return fill(minutes === 1 ? words.minute : words.minutes, { count: minutes })
  const hours = Math.round(minutes / 60)
  return fill(hours === 1 ? words.hour : words.hours, { count: hours })
}

/**
 * A time said softly: the clock today, the day before that, the date before a week ago.
 * @param {number} at Unix seconds.
 * @param {Date} [now]
 */
export function timeInWords(at, now = new Date()) {
  const date = new Date(at * 1000)
  const clock = { hour: "numeric", minute: "2-digit" }
  const days = Math.round((startOfDay(now) - startOfDay(date)) / 86_400_000)
  const day = days === 0 ? {} : days < 7 ? { weekday: "long" } : { day: "numeric", month: "short" }
  const options = /** @type {Intl.DateTimeFormatOptions} */ ({ ...clock, ...day })
  return new Intl.DateTimeFormat(document.documentElement.lang || "en", options).format(date)
}

/** @param {Date} date */
function startOfDay(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
}
