// Fields for many lines are as tall as their text. Browsers do it by themselves (`field-sizing`, css/controls.css), or here.

const doesBrowser = CSS.supports("field-sizing", "content")

document.addEventListener("input", ({ target }) => target instanceof HTMLTextAreaElement && grow(target))

/** What is typed makes its field grow; this is for text that a script puts there, or the server. @param {HTMLTextAreaElement} field */
export function grow(field) {
  if (doesBrowser) return
  field.style.blockSize = "auto"
  // Out of sight it has no height.
  if (field.scrollHeight > 0) field.style.blockSize = `${field.scrollHeight + 2}px`
}
