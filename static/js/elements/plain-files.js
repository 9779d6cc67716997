// Files in a plain field: what sends them in pieces did not wake up, so the browser sends them along, as without scripts.

/** @param {HTMLFormElement} form */
export function holdsFiles(form) {
  const fields = /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("input[type=file]"))
  return [...fields].some((field) => (field.files?.length ?? 0) > 0)
}
