// The controls of the alert: test the sound, allow notices on the desktop.

/** @param {import("../elements/alert-bell.js").AlertBell} bell */
export function attachSound(bell) {
  document.querySelector("[data-test-sound]")?.addEventListener("click", async () => {
    const heard = /** @type {HTMLElement} */ (document.querySelector("[data-sound-heard]"))
    heard.hidden = !(await bell.test())
  })
  document.querySelector("[data-allow-notices]")?.addEventListener("click", async () => {
    await Notification.requestPermission()
    showNotices()
  })
  showNotices()
}

function showNotices() {
  const permission = "Notification" in window ? Notification.permission : "denied"
  showAll("[data-allow-notices]", permission === "default")
  showAll("[data-notices=granted]", permission === "granted")
  showAll("[data-notices=denied]", permission === "denied")
}

/** @param {string} selector @param {boolean} shown */
function showAll(selector, shown) {
  for (const part of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(selector))) part.hidden = !shown
}
