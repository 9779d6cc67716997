// Messenger's button for a school's own pages (docs/widget.md): a classic script that needs nothing else, sets nothing
// and reads nothing of the page but its path, for data-hide-on, which stays here.
(() => {
  /** @type {any} */ const page = window
  /** @type {any} */ const script = document.currentScript ?? document.querySelector("script[data-code][src*='/widget/loader']")
  const before = page.Messenger
  if (!script?.dataset.code) return
  // Loaded twice: the first one draws what this one was asked for, unless it has already.
  if (before?.add) return before.add(script.dataset, script)

  const { origin } = new URL(script.src)
  /** @type {Record<string, (() => void)[]>} */
  const listeners = { ready: [], open: [], close: [] }
  /** @type {Map<string, any>} */
  const buttons = new Map()
  let isReady = false

  const STYLE = `:host { all: initial !important; display: block !important }
:host([at=right]), :host([at=left]) { position: fixed !important; z-index: 2147483000 !important; bottom: 16px !important }
:host([at=right]) { inset-inline-end: 16px !important }
:host([at=left]) { inset-inline-start: 16px !important }
* { box-sizing: border-box; font: 700 16px/1.25 system-ui, sans-serif }
.go { display: flex; gap: 10px; align-items: center; width: fit-content; max-width: min(20rem, calc(100vw - 32px)); min-height: 48px;
  margin-top: 8px; padding: 8px 18px; border: 2px solid var(--ink); border-radius: 28px; background: var(--colour);
  color: var(--ink); text-align: start; text-decoration: none; overflow-wrap: anywhere; box-shadow: 0 2px 8px #0004; cursor: pointer }
.go:hover { text-decoration: underline }
:focus-visible { outline: 3px solid #fff; box-shadow: 0 0 0 6px #000 }
svg { flex: none; width: 22px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round }
small { display: block; font-weight: 400; font-size: 14px }
small:empty { display: none }
i { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
@media print { :host { display: none !important } }`

  /** @param {string} name @param {string} text @param {any} attributes */
  function make(name, text = "", attributes = {}) {
    const made = document.createElement(name)
    made.textContent = text
    for (const key in attributes) made.setAttribute(key, attributes[key])
    return made
  }

  /** Draw a button. @param {any} options @param {any} at What it stands after, at data-position="here". */
  function add(options, at) {
    const { code, colour, hideOn, label = "Report anonymously", lang = "en", newTab = "opens in a new tab" } = options
    const key = JSON.stringify(Object.entries(options).sort())
    if (!code || buttons.has(key) || hides(hideOn)) return
    const place = options.position === "left" || (options.position === "here" && at) ? options.position : "right"
    const host = hostAt(place, at)
    const go = make("a", "", {
      class: "go", lang, dir: "auto", href: `${origin}/c/${encodeURIComponent(code)}`, target: "_blank",
      rel: "noopener noreferrer", referrerpolicy: "no-referrer",
    })
    go.style.cssText = colours(colour)
    const words = make("span", label)
    const status = make("small")
    words.append(make("i", ` (${newTab})`), status)
    go.append(bubble(), words)
    go.onclick = () => tell("open")
    host.shadowRoot.append(go)
    buttons.set(key, { go, host })
    if ("status" in options) say(code, status)
  }

  /** One for each corner, so that buttons stand above one another. @param {string} place @param {any} at */
  function hostAt(place, at) {
    for (const { host } of buttons.values()) if (place !== "here" && host.getAttribute("at") === place) return host
    const host = make("messenger-button", "", { at: place })
    const root = host.attachShadow({ mode: "open" })
    try {
      const sheet = new CSSStyleSheet()
      sheet.replaceSync(STYLE)
      root.adoptedStyleSheets = [sheet]
    } catch {
      root.append(make("style", STYLE)) // In older browsers, which a strict style-src stops.
    }
    if (place === "here") at.after(host)
    else document.body.append(host)
    return host
  }

  /** @param {string} paths "/staff*, /lunch": pages without a button. */
  function hides(paths = "") {
    return paths.split(",").map((path) => path.trim()).some((path) =>
      path.endsWith("*") ? location.pathname.startsWith(path.slice(0, -1)) : path === location.pathname)
  }

  /** The ground, and black or white on it, whichever is easier to read: 4.5 to 1 or better. @param {string} asked */
  function colours(asked) {
    const colour = /^#[0-9a-f]{6}$/i.test(asked) ? asked : "#0b4d54"
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((from) => {
      const part = parseInt(colour.slice(from, from + 2), 16) / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return `--colour: ${colour}; --ink: ${0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000" : "#fff"}`
  }

  function bubble() {
    /** @param {string} name @param {any} attributes */
    const draw = (name, attributes) => {
      const drawn = document.createElementNS("http://www.w3.org/2000/svg", name)
      for (const key in attributes) drawn.setAttribute(key, attributes[key])
      return drawn
    }
    const svg = draw("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" })
    svg.append(draw("path", { d: "M21 12a8 8 0 0 1-8 8H4l2-3.4A8 8 0 1 1 21 12z" }))
    return svg
  }

  /** Whether somebody is there, from a file that is the same for every visitor. @param {string} code @param {any} place */
  async function say(code, place) {
    try {
      const answer = await fetch(`${origin}/widget/status/${encodeURIComponent(code)}`, { credentials: "omit", referrerPolicy: "no-referrer" })
      if (answer.ok) place.textContent = (await answer.json()).text
    } catch {} // The button says less, and works.
  }

  /** @param {string} name */
  function tell(name) {
    for (const listener of listeners[name] ?? []) listener()
  }

  /** @type {any} */
  const api = {
    add,
    /** What pages queue before this has loaded: ["open"]. @param {any[]} call */
    push([name, ...values]) {
      api[name]?.(...values)
    },
    open() {
      for (const { go } of buttons.values()) return go.click()
    },
    /** @param {string} name @param {() => void} listener */
    on(name, listener) {
      listeners[name]?.push(listener)
      if (name === "ready" && isReady) listener()
    },
    /** Take everything away, and this, too. */
    remove() {
      for (const { host } of buttons.values()) host.remove()
      buttons.clear()
      if (page.Messenger === api) delete page.Messenger
    },
  }
  // Whatever else a page calls Messenger stays what it is.
  if (!before || Array.isArray(before)) page.Messenger = api

  function start() {
    add(script.dataset, script)
    if (Array.isArray(before)) before.forEach(api.push)
    isReady = true
    tell("ready")
  }
  if (document.body) start()
  else addEventListener("DOMContentLoaded", start, { once: true })
})()
