// What unfolds over the page (details.menu) folds away again when one presses or goes elsewhere, and on Escape, with the
// focus back where it was opened. Without scripts a press on its word does it.

export function attachMenus() {
  for (const elsewhere of ["pointerdown", "focusin"]) {
    addEventListener(elsewhere, (event) => closeAllBut(event.target), { capture: true })
  }
  document.addEventListener("keydown", (key) => {
    if (key.key !== "Escape" || key.defaultPrevented || document.querySelector("dialog[open]")) return
    const menu = openMenus().find((each) => each.dataset.menu !== undefined)
    if (menu === undefined) return // The canned responses go back to the answer instead: see console-keys.js.
    key.preventDefault()
    menu.open = false
    menu.querySelector("summary")?.focus()
  })
}

/** @param {EventTarget | null} target */
function closeAllBut(target) {
  for (const menu of openMenus()) if (target instanceof Node && !menu.contains(target)) menu.open = false
}

function openMenus() {
  return /** @type {HTMLDetailsElement[]} */ ([...document.querySelectorAll("details.menu[open]")])
}
