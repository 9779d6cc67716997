// Joins the field where files are chosen, and the list that shows how far they are, to what sends them. Both sides.

import { AttachmentPicker } from "../elements/attachment-picker.js"
import "../elements/file-lightbox.js"
import { on } from "../elements/hearing.js"

/** @typedef {import("../elements/upload-list.js").UploadList} UploadList */
/** @typedef {import("../net/uploads.js").Uploads} Uploads */

/** @param {Uploads} uploads @param {UploadList} list */
export function joinFiles(uploads, list) {
  list.show(uploads)
  const picker = list.closest("attachment-picker")
  if (!(picker instanceof AttachmentPicker)) return
  on(picker, "chosen", ({ files, unwanted }) => {
    list.complain(unwanted)
    for (const file of files) uploads.add(file)
  })
  on(picker, "send-files", (how) => uploads.send(how))
  picker.offerChosen()
}
