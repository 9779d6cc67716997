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
 * Put a number into the form of a sentence that goes with it. Some languages have six.
 * @param {Record<string, string>} forms By the names that a language has for numbers (Pages.forms).
 * @param {number} count
 * @param {string} [language]
 */
export function fillCount(forms, count, language = document.documentElement.lang) {
  const form = forms[new Intl.PluralRules(language).select(count)] ?? forms.other
  return fill(form ?? "", { count })
}

/**
 * Say for how long somebody was away: less than a minute, minutes, hours.
 * @param {number} milliseconds
 * @param {{ moment: string, minutes: Record<string, string>, hours: Record<string, string> }} words
 * @param {string} [language]
 */
export function awayInWords(milliseconds, words, language) {
  const minutes = Math.round(milliseconds / 60_000)
  if (minutes < 1) return words.moment
  if (minutes < 60) return fillCount(words.minutes, minutes, language)
  return fillCount(words.hours, Math.round(minutes / 60), language)
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
