// Messenger's button for a school's own pages (docs/widget.md): a classic script that needs nothing else, sets nothing
// and reads nothing of the page but its path, for data-hide-on, which stays here.
// @ts-nocheck Types would weigh too much.
(() => {
  const script = document.currentScript ?? document.querySelector("script[data-code]")
  const before = window.Messenger
  if (!script?.dataset.code) return
  // Loaded twice: the first draws what this one was asked for, unless it has already.
  if (before?.add) return before.add(script.dataset, script)

  const { origin } = new URL(script.src)
  const listeners = { ready: [], open: [], close: [] }
  const buttons = new Map()
  let isReady = false

  const STYLE = `:host { all: initial !important; display: block !important; position: relative !important }
:host(:not([at=here])) { position: fixed !important; z-index: 2147483000 !important; bottom: 16px !important }
:host([at=right]) { inset-inline-end: 16px !important }
:host([at=left]) { inset-inline-start: 16px !important }
* { box-sizing: border-box; font: 700 16px/1.25 system-ui, sans-serif; text-align: start }
.go { display: grid; align-content: center; width: fit-content; max-width: min(320px, 100vw - 32px); min-height: 48px;
  margin-top: 8px; padding: 8px 18px; border: 2px solid var(--ink); border-radius: 28px; background: var(--colour);
  color: var(--ink); text-decoration: none; overflow-wrap: anywhere; box-shadow: 0 2px 8px #0004; cursor: pointer }
.go:hover { text-decoration: underline }
:focus-visible { outline: 3px solid #fff; box-shadow: 0 0 0 6px #000 }
.box { position: absolute; bottom: 64px; inset-inline-end: 0; width: min(400px, 100vw - 32px);
  height: min(680px, 100vh - 112px); height: min(680px, 100dvh - 112px); display: grid; grid-template: auto minmax(0, 1fr) / 1fr auto; border: 1px solid #737c78; border-radius: 12px; overflow: hidden;
  background: #fff; box-shadow: 0 4px 24px #0006 }
.box[hidden] { display: none }
:host([at=left]) .box { inset-inline: 0 auto }
:host([at=here]) .box { position: fixed; z-index: 9; margin: 0 16px }
.box > :not(iframe) { padding: 12px 16px; border: 0; background: none; color: #0b4d54; cursor: pointer }
iframe { grid-column: 1 / 3; width: 100%; height: 100%; border: 0 }
small { font-weight: 400; font-size: 14px }
i { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
@media print { :host { display: none !important } }`
  function make(name, text = "", attributes = {}) {
    const made = document.createElement(name)
    made.textContent = text
    for (const key in attributes) made.setAttribute(key, attributes[key])
    return made
  }

  function add(options, at) {
    const { code, colour, hideOn, position, label = "Report anonymously", lang = "en", newTab = "opens in a new tab" } = options
    const isFrame = "frame" in options
    const key = JSON.stringify(Object.entries(options).sort())
    if (!code || buttons.get(key)?.host.isConnected || hides(hideOn)) return
    const host = hostAt(position === "left" || (position === "here" && at) ? position : "right", at)
    const tab = { lang, dir: "auto", href: `${origin}/c/${encodeURIComponent(code)}`, target: "_blank", rel: "noreferrer" }
    const go = make(isFrame ? "button" : "a", "", { ...tab, class: "go" })
    go.style.cssText = colours(colour)
    const words = make("span", label)
    const status = make("small")
    go.append(words, status)
    const close = isFrame && box(go, tab, options, label)
    if (!isFrame) {
      words.append(make("i", ` (${newTab})`))
      go.onclick = () => tell("open")
    }
    host.shadowRoot.append(go)
    buttons.set(key, { go, host, close })
    if ("status" in options) say(code, status)
  }

  // The tip line in a frame, above its button. Out of sight it goes on.
  function box(go, tab, { code, sayTab = "Open in its own tab", sayClose = "Close" }, label) {
    let panel
    const show = (isOpen) => {
      if (panel?.hidden !== isOpen) return
      panel.hidden = !isOpen
      go.setAttribute("aria-expanded", isOpen)
      ;(isOpen ? panel.lastChild : go).focus()
      tell(isOpen ? "open" : "close")
    }
    const hide = () => show(false)
    go.setAttribute("aria-expanded", "false")
    go.onclick = () => {
      if (panel) return show(panel.hidden)
      panel = make("div", "", { class: "box", role: "dialog", "aria-label": label, lang: tab.lang, hidden: "" })
      panel.onkeydown = ({ key }) => key !== "Escape" || hide()
      const close = make("button", sayClose)
      close.onclick = hide
      const frame = make("iframe", "", {
        src: `${origin}/frame/${encodeURIComponent(code)}`, title: label, referrerpolicy: "no-referrer", allow: "clipboard-write",
      })
      frame.onload = () => {
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = ({ data }) => {
          if (data === "ready") return
          hide()
          if (data !== "leave") return
          panel.remove()
          panel = null
        }
        frame.contentWindow.postMessage("messenger", origin, [port2]) // To nobody else, should it be elsewhere.
      }
      panel.append(make("a", sayTab, tab), close, frame)
      go.before(panel)
      show(true)
    }
    return hide
  }

  // One for each corner, so that buttons stand above one another.
  function hostAt(place, at) {
    const there = place !== "here" && document.querySelector(`messenger-button[at=${place}]`)
    if (there) return there
    const host = make("messenger-button", "", { at: place })
    const root = host.attachShadow({ mode: "open" })
    try {
      const sheet = new CSSStyleSheet()
      sheet.replaceSync(STYLE)
      root.adoptedStyleSheets = [sheet]
    } catch {
      root.append(make("style", STYLE)) // Older browsers, which a strict style-src stops.
    }
    if (place === "here") at.after(host)
    else document.body.append(host)
    return host
  }
  function hides(paths = "") {
    return paths.trim().split(/\s*,\s*/).some((path) =>
      path.endsWith("*") ? location.pathname.startsWith(path.slice(0, -1)) : path === location.pathname)
  }

  // The ground, and black or white on it, whichever reads better: 4.5 to 1 or more.
  function colours(asked) {
    const colour = /^#[0-9a-f]{6}$/i.test(asked) ? asked : "#0b4d54"
    const [red, green, blue] = [1, 3, 5].map((from) => {
      const part = parseInt(colour.slice(from, from + 2), 16) / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return `--colour: ${colour}; --ink: ${0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000" : "#fff"}`
  }

  // Whether somebody is there, from a file that is the same for all.
  async function say(code, place) {
    try {
      const answer = await fetch(`${origin}/widget/status/${encodeURIComponent(code)}`, { credentials: "omit", referrerPolicy: "no-referrer" })
      if (answer.ok) place.textContent = (await answer.json()).text
    } catch {} // The button says less, and works.
  }
  function tell(name) {
    for (const listener of listeners[name]) listener()
  }
  const api = {
    add,
    // What pages queue before this has loaded: ["open"].
    push([name, ...values]) {
      api[name]?.(...values)
    },
    open() {
      for (const { go } of buttons.values()) return go.getAttribute("aria-expanded") === "true" || go.click()
    },
    close() {
      for (const { close } of buttons.values()) if (close) close()
    },
    on(name, listener) {
      listeners[name]?.push(listener)
      if (name === "ready" && isReady) listener()
    },
    // Take everything away, and this, too.
    remove() {
      for (const { host } of buttons.values()) host.remove()
      buttons.clear()
      if (window.Messenger === api) delete window.Messenger
    },
  }
  // Whatever else a page calls Messenger stays what it is.
  if (!before || Array.isArray(before)) window.Messenger = api

  function start() {
    add(script.dataset, script)
    if (Array.isArray(before)) before.forEach(api.push)
    isReady = true
    tell("ready")
  }
  if (document.body) start()
  else addEventListener("DOMContentLoaded", start, { once: true })
})()
