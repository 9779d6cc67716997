// Where a keyboard lies over the page, as Safari's does on phones, the page ends above it. Otherwise it would be pushed up,
// and the way out at its top would be out of sight just while somebody writes. Other browsers make the page smaller.

/** What covers less is a bar of the browser's, which comes and goes. */
const KEYBOARD_PX = 120
/** As much as a keyboard leaves of a phone, or a small phone has: `data-low` on the document says so. */
const LOW_PX = 576

const seen = globalThis.visualViewport
seen?.addEventListener("resize", () => fit(seen))
if (seen) fit(seen)

/** @param {VisualViewport} seen */
function fit({ height, scale }) {
  const root = document.documentElement
  root.toggleAttribute("data-low", height * scale < LOW_PX)
  const isCovered = root.clientHeight - height * scale > KEYBOARD_PX
  // Who enlarges the page wants to see less of it.
  if (!isCovered || scale > 1) {
    root.style.removeProperty("--seen")
    return
  }
  root.style.setProperty("--seen", `${height}px`)
  // Back down, if all of it is in sight now; a page that scrolls stays where it is.
  if (root.scrollHeight <= root.clientHeight) scrollTo(0, 0)
}
