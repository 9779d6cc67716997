"""Calling a responder in browsers that make it hard: no notices, no sound before a press, one sound for good."""

from playwright.sync_api import Locator, expect

from tests.browser.people import THREAT, Crowd, Responder

DIFFICULT = """
// As on Android: only a service worker may show one.
globalThis.Notification = class {
  static permission = "granted"
  constructor() { throw new TypeError("Illegal constructor") }
}
document.hasFocus = () => false
globalThis.isAllowed = true
globalThis.contexts = 0
globalThis.heard = 0
const Context = AudioContext
globalThis.AudioContext = class extends Context {
  constructor() { super(); contexts += 1 }
  get state() { return isAllowed ? super.state : "suspended" }
}
const Tone = OscillatorNode
globalThis.OscillatorNode = class extends Tone {
  constructor(...given) { super(...given); heard += 1 }
}
"""


def difficult(crowd: Crowd) -> Responder:
    ana = crowd.responder("ana")
    ana.page.add_init_script(DIFFICULT)
    return ana


def threaten(crowd: Crowd) -> str:
    return crowd.told(THREAT, category="weapon").number


def blocked(ana: Responder) -> Locator:
    return ana.page.locator("[data-slot=blocked]")


def test_without_notices_alert_after_alert_shows_and_sounds_through_one_sound(
    own_crowd: Crowd,
) -> None:
    ana = difficult(own_crowd)
    ana.open_console()

    for _ in range(2):
        number = threaten(own_crowd)
        expect(ana.page.locator(".alerts__band")).to_contain_text(number)
        before = ana.page.evaluate("heard")
        ana.page.wait_for_function("before => heard > before", arg=before)
        ana.page.locator("[data-take]").click()
        expect(ana.page.locator(".alerts__band")).to_have_count(0)

    assert ana.page.evaluate("contexts") == 1


def test_a_browser_that_is_silent_until_a_press_is_asked_at_every_press(own_crowd: Crowd) -> None:
    ana = difficult(own_crowd)
    ana.open_console()
    ana.page.evaluate("isAllowed = false")
    threaten(own_crowd)
    expect(blocked(ana)).to_be_visible()

    press = ana.page.locator(".bar__name")
    press.click()
    expect(blocked(ana)).to_be_visible()
    ana.page.evaluate("isAllowed = true")
    press.click()

    expect(blocked(ana)).to_be_hidden()


def test_an_alert_is_read_aloud_once_and_not_with_every_tick(own_crowd: Crowd) -> None:
    ana = own_crowd.responder("ana")
    ana.page.clock.install()
    ana.open_console()
    number = threaten(own_crowd)
    band = ana.page.locator("[data-slot=danger-place]")
    expect(band).to_contain_text(number)
    band.evaluate("""band => {
      window.written = []
      const note = (changes) => written.push(...changes.map((change) => change.target.nodeName))
      new MutationObserver(note).observe(band, { childList: true, characterData: true, subtree: true })
    }""")

    ana.page.clock.run_for(25_000)

    assert ana.page.evaluate("written") == []
    expect(band).to_have_attribute("aria-atomic", "false")
    expect(band.locator("[data-slot=waiting]")).to_have_attribute("aria-live", "off")
