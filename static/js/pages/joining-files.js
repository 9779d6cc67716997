// Joins the field where files are chosen, and the list that shows how far they are, to what sends them. Both sides.

import { AttachmentPicker } from "../elements/attachment-picker.js"
import "../elements/file-lightbox.js"

/** @typedef {import("../elements/upload-list.js").UploadList} UploadList */
/** @typedef {import("../net/uploads.js").Uploads} Uploads */

/** @param {Uploads} uploads @param {UploadList} list */
export function joinFiles(uploads, list) {
  list.show(uploads)
  const picker = list.closest("attachment-picker")
  if (!(picker instanceof AttachmentPicker)) return
  picker.addEventListener("chosen", (chosen) => {
    list.complain("", "")
    for (const file of detailOf(chosen).files) uploads.add(file)
  })
  picker.addEventListener("unwanted", (unwanted) => list.complain(detailOf(unwanted).file.name, detailOf(unwanted).why))
  picker.addEventListener("send-files", (send) => uploads.send(detailOf(send)))
  picker.offerChosen()
}

/** @param {Event} event @returns {any} */
function detailOf(event) {
  return /** @type {CustomEvent} */ (event).detail
}
