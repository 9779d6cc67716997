// The account page: test the sound, choose what sounds in this browser, allow notices on the desktop.

import { AlertBell } from "../elements/alert-bell.js"
import { attachPreferences } from "./console-preferences.js"
import { attachSound } from "./console-sound.js"

attachPreferences(() => {})
attachSound(/** @type {AlertBell} */ (document.querySelector("alert-bell")))
document.documentElement.dataset.running = ""
