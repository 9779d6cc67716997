// An invitation's code travels behind the "#" of its link, which no server ever sees in an address: put it in the field.

const field = /** @type {HTMLInputElement | null} */ (document.querySelector("[data-from-hash]"))
const code = decodeURIComponent(location.hash.slice(1))

if (field !== null && code !== "") {
  field.value = code
  // The address is kept by the browser; the code should not be.
  history.replaceState(null, "", location.pathname)
}
