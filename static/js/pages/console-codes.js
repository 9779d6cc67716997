// Keeping the recovery codes: copy them, one a line, or print them.

import { offerToKeep } from "../elements/keeping.js"

const codes = [...document.querySelectorAll(".codes li")].map((code) => code.textContent?.trim())
offerToKeep(/** @type {HTMLElement} */ (document.querySelector(".keeping")), codes.join("\n"))
