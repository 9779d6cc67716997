// Files of the reporter. There is one Uploads for the whole visit: what was chosen with a report goes on while the six
// words are kept, and in the room.

import { UploadList } from "../elements/upload-list.js"
import { OVER, Uploads } from "../net/uploads.js"
import { joinFiles } from "./joining-files.js"
import { SHOWN } from "./journey.js"
import { LOCKING } from "./safety.js"

/** @type {Uploads | null} */
let uploads = null

start()
document.addEventListener(SHOWN, start)
document.addEventListener(OVER, () => {
  uploads?.stop()
  uploads = null
})
document.addEventListener(LOCKING, (locking) => {
  const { isLate } = /** @type {CustomEvent} */ (locking).detail
  if (isLate ? uploads?.isUnderWay : uploads?.isUnfinished) locking.preventDefault()
})
addEventListener("pagehide", () => uploads?.close())

function start() {
  const list = document.querySelector("upload-list")
  if (!(list instanceof UploadList)) return
  const isFirst = uploads === null
  uploads ??= new Uploads(list.dataset.filesAt ?? "", { isOpen: false })
  joinFiles(uploads, list)
  // Before the report is in, there is nothing to belong to; also when it came back to be looked at again.
  if (document.querySelector("form.report") !== null) return uploads.hold()
  uploads.open()
  if (isFirst) uploads.look()
}
