// The duty switch without leaving the page: open rooms and what is being written in them stay.

/** @param {{ onSignedOut: () => void, onFailed: () => void }} told */
export function attachDuty({ onSignedOut, onFailed }) {
  const form = /** @type {HTMLFormElement | null} */ (document.querySelector("form[data-duty]"))
  form?.addEventListener("submit", async (submit) => {
    submit.preventDefault()
    const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"))
    const body = new URLSearchParams(/** @type {any} */ (new FormData(form, button)))
    const answer = await post(form.action, body)
    if (answer === null || answer.status >= 500) return onFailed()
    if (answer.status === 401 || new URL(answer.url).pathname === "/console/sign-in") return onSignedOut()
    if (!answer.ok) return onFailed()
    show(form, button, button.value === "on")
  })
}

/** @param {HTMLFormElement} form @param {HTMLButtonElement} button @param {boolean} on */
function show(form, button, on) {
  form.dataset.duty = on ? "on" : "off"
  button.value = on ? "off" : "on"
  button.setAttribute("aria-checked", String(on))
}

/** @param {string} address @param {URLSearchParams} body */
async function post(address, body) {
  try {
    return await fetch(address, { method: "POST", body })
  } catch {
    return null
  }
}
