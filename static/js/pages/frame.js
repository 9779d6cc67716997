// The tip line in a frame of a school's page. The journey is the same as in a tab, but for where its cookies are.
// All modules come at once: what is held here would not survive loading the page again.

import { awaitHost } from "../net/host.js"
import { openJar } from "../net/jar.js"
import { look } from "./journey.js"
import "./safety.js"
import "./form.js"
import "./receipt.js"
import "./room.js"

const shell = /** @type {HTMLElement} */ (document.querySelector("[data-jar]"))
const { jar = "", locked = "", origins = "[]" } = shell.dataset

openJar(location.hash === "#locked" ? `${jar}; ${locked}` : jar)
history.replaceState(null, "", location.pathname)
awaitHost(JSON.parse(origins))
look()
