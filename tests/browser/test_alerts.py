"""Calling a responder in browsers that make it hard: no notices, no sound before a press, one sound for good."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.browser.aloud import listen, said_aloud
from tests.browser.holding import hold
from tests.browser.people import DESK, PHONE, SOUNDLESS, THREAT, Crowd, Responder

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

INTERRUPTED = """
// As Safari on a phone that rings: it refuses, and does not wait.
const Context = AudioContext
globalThis.AudioContext = class extends Context {
  get state() { return "interrupted" }
  resume() { return Promise.reject(new DOMException("Interrupted", "InvalidStateError")) }
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


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("delete globalThis.AudioContext", id="none"),
        pytest.param(INTERRUPTED, id="interrupted"),
    ],
)
def test_a_browser_that_refuses_to_sound_is_said_to_be_silent(
    own_crowd: Crowd, script: str
) -> None:
    ana = own_crowd.responder("ana")
    ana.page.add_init_script(script)
    ana.open_console()
    threaten(own_crowd)

    expect(blocked(ana)).to_be_visible()
    expect(blocked(ana).get_by_role("status")).to_have_text(
        "This browser keeps alerts silent until you press a button."
    )
    blocked(ana).get_by_role("button").click()
    expect(blocked(ana)).to_be_visible()
    expect(ana.page.locator(".alerts__band")).to_be_visible()


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


def test_the_next_alert_is_read_aloud_whole_and_takes_no_key_meant_for_the_one_before(
    own_crowd: Crowd,
) -> None:
    first, second = threaten(own_crowd), threaten(own_crowd)
    ana, ben = own_crowd.responder("ana"), own_crowd.responder("ben")
    ana.open_console()
    ben.open_console()
    band = ana.page.locator(".alerts__band")
    expect(band).to_contain_text(first)
    band.evaluate("band => (band.dataset.before = '')")
    ana.page.locator("[data-take]").focus()

    ben.claim_from_queue(first)

    expect(band.and_(ana.page.locator(":not([data-before])"))).to_contain_text(second)
    expect(ana.row(first).locator(".row__open")).to_be_focused()


def test_what_came_is_said_in_words_too_and_a_flood_only_now_and_then(own_crowd: Crowd) -> None:
    page = looked_away_from(own_crowd)
    page.evaluate("document.querySelector('alert-bell').lifeSafetyOnly = true")
    listen(page)

    show(page, 1)
    for count in range(1, 61):
        show(page, count)
        page.clock.run_for(100)
    page.clock.run_for(15_000)
    show(page, 60, endangered=1)
    page.clock.run_for(15_000)

    said = [words for words in said_aloud(page) if "waiting" in words and "LIFE" not in words]
    assert said == ["R-1 is waiting", "60 reports are waiting"]
    assert not heard(page, ORDINARY)


def test_what_is_nobodys_news_any_more_is_not_there_to_be_read(own_crowd: Crowd) -> None:
    page = looked_away_from(own_crowd)
    news = page.locator("[data-slot=news]")
    show(page, 2)
    expect(news).to_have_text("2 reports are waiting")

    show(page, 1)

    expect(news).to_be_empty()


def test_a_flood_is_one_call_and_one_notice_that_counts_and_holds_up_no_life_safety(
    own_crowd: Crowd,
) -> None:
    page = looked_away_from(own_crowd)

    for count in range(1, 61):
        show(page, count)
        page.clock.run_for(100)
    assert heard(page, ORDINARY) in (2, 3)
    assert len(noted(page)) in (2, 3)
    page.clock.run_for(4_000)
    assert {notice["tag"] for notice in noted(page)} == {"new"}
    assert noted(page)[0]["title"] == "R-1 is waiting"
    assert noted(page)[-1]["title"] == "60 reports are waiting"
    assert not noted(page)[-1]["renotify"]

    show(page, 60, endangered=1)
    page.wait_for_function("tone => tones.includes(tone)", arg=GRAVE)
    [danger] = [notice for notice in noted(page) if notice["tag"] == "life_safety"]
    assert danger["title"] == "Life safety: R-1001 is waiting"
    assert danger["renotify"]
    assert [notice["tag"] for notice in noted(page) if not notice["closed"]] == ["life_safety"]


def test_what_comes_right_after_a_call_is_called_for_soon_and_life_safety_calls_again(
    own_crowd: Crowd,
) -> None:
    page = looked_away_from(own_crowd)

    show(page, 0, endangered=1)
    page.wait_for_function("tone => tones.includes(tone)", arg=GRAVE)
    page.clock.run_for(500)
    show(page, 0, endangered=2)
    assert len(noted(page)) == 1
    page.clock.run_for(4_000)

    assert noted(page)[-1]["title"] == "Life safety: 2 reports are waiting"
    assert noted(page)[-1]["renotify"]
    assert heard(page, GRAVE) == 6


def test_a_notice_counts_down_without_a_sound_unless_it_was_put_away(own_crowd: Crowd) -> None:
    page = looked_away_from(own_crowd)
    show(page, 3)

    show(page, 2)
    assert [notice["title"] for notice in noted(page)] == [
        "3 reports are waiting",
        "2 reports are waiting",
    ]
    assert noted(page)[-1]["silent"]
    page.evaluate("put_away()")
    show(page, 1)

    assert len(noted(page)) == 2


def test_many_answers_in_a_room_of_ones_own_are_one_tone(own_crowd: Crowd) -> None:
    page = looked_away_from(own_crowd)

    for _ in range(10):
        page.evaluate("document.querySelector('alert-bell').nudge(7, 'answer')")
        page.clock.run_for(100)

    assert {notice["title"] for notice in noted(page)} == {"R-7 has an answer for you"}
    assert heard(page, SOFT) == 1


@pytest.mark.parametrize("step", ["hand_over", "bring_in"])
def test_what_a_colleague_gives_one_is_heard_said_and_above_what_is_new(
    own_crowd: Crowd, step: str
) -> None:
    given, other = own_crowd.told(), own_crowd.told()
    ana, ben = own_crowd.responder("ana"), own_crowd.responder("ben")
    ana.take(given.number)
    ben.page.add_init_script(WATCHED + "document.hasFocus = () => true")
    ben.open_console()
    ben.page.locator(".bar__name").click()
    can_be_heard(ben.page)
    expect(ben.page.locator(".desk[data-live]")).to_be_visible()
    expect(ben.page.locator("[data-section=others]")).to_contain_text(given.number)

    form = ana.unfold(given.number, step)
    form.locator("select").select_option(label="Ben Carter")
    if step == "hand_over":
        form.locator("textarea").fill("Knows the girl.")
    form.locator("button[name=do]").click()

    words = {"hand_over": "{} was given to you", "bring_in": "You were asked into {}"}[step]
    expect(ben.page.get_by_role("status").get_by_text(words.format(given.number))).to_be_visible()
    expect(ben.page.locator("[data-section=mine]")).to_contain_text(given.number)
    assert top(ben.row(given.number)) < top(ben.row(other.number))
    ben.page.wait_for_function("tone => tones.includes(tone)", arg=SOFT)


def test_an_answer_behind_another_room_is_heard_and_one_before_ones_eyes_is_not(
    own_crowd: Crowd,
) -> None:
    behind, front = own_crowd.told(), own_crowd.told()
    ana = own_crowd.responder("ana", viewport=PHONE)
    ana.page.add_init_script(WATCHED + "document.hasFocus = () => true")
    ana.take(behind.number)
    ana.page.locator("[data-tab='']").click()
    ana.open_room(front.number)
    ana.claim(front.number)
    can_be_heard(ana.page)
    expect(ana.page.locator(".desk[data-live]")).to_be_visible()
    seen, unseen = own_crowd.returned(front), own_crowd.returned(behind)
    ana.page.wait_for_timeout(500)
    ana.page.evaluate("forget()")

    seen.say("Are you there?")
    expect(ana.line(front.number, "Are you there?")).to_be_visible()
    assert heard(ana.page, SOFT) == 0
    unseen.say("I am at the gym.")
    ana.page.wait_for_function("tone => tones.includes(tone)", arg=SOFT)

    assert noted(ana.page) == []


@pytest.mark.parametrize("module", ["pages/console", "protocol/alarm"])
def test_a_console_that_lost_a_module_says_that_it_is_not_live_and_promises_nothing(
    own_crowd: Crowd, module: str
) -> None:
    ana = own_crowd.responder("ana", reduced_motion="reduce")
    ana.page.route(f"**/js/{module}.js*", lambda route: route.abort())

    with own_crowd.trouble():
        ana.open_console()

        expect(ana.page.get_by_text("Nobody is waiting.")).to_be_visible()
        expect(ana.page.get_by_text("New reports appear here")).to_be_hidden()
        expect(ana.page.get_by_text("not live yet")).to_be_hidden()
        expect(ana.page.get_by_role("status").get_by_text("not live yet")).to_be_visible()


@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
def test_what_was_not_live_goes_live_and_nothing_moves(
    own_crowd: Crowd, screen: ViewportSize
) -> None:
    told = own_crowd.told()
    ana = own_crowd.responder("ana", viewport=screen)
    ana.page.add_init_script(SOUNDLESS)
    held = hold(ana.page, "**/js/pages/console.js*")
    ana.page.goto(f"{ana.origin}/console", wait_until="commit")
    notice, row = ana.page.get_by_text("not live yet"), ana.row(told.number)
    expect(notice).to_be_visible()
    stood = row.bounding_box()

    held.let_go()

    expect(notice).to_be_hidden()
    assert row.bounding_box() == stood


def test_a_console_that_is_live_in_time_says_nothing_of_it(own_crowd: Crowd) -> None:
    ana = own_crowd.responder("ana")
    ana.open_console()

    expect(ana.page.get_by_text("New reports appear here")).to_be_visible()
    ana.page.wait_for_timeout(5_500)

    expect(ana.page.get_by_text("not live yet")).to_be_hidden()


def test_without_scripts_a_console_says_to_reload_it(own_crowd: Crowd) -> None:
    ana = own_crowd.responder("ana", java_script_enabled=False)
    ana.open_console()

    still = ana.page.locator("noscript p")
    expect(still).to_be_visible()
    expect(still).to_contain_text("Reload it to see new reports.")
    expect(ana.page.get_by_text("New reports appear here")).to_be_hidden()
    ana.page.wait_for_timeout(5_500)
    expect(ana.page.get_by_text("not live yet")).to_be_hidden()


def looked_away_from(crowd: Crowd) -> Page:
    """A console in the background, where time stands still and nobody is waiting yet."""
    ana = crowd.responder("ana")
    ana.page.add_init_script(WATCHED)
    ana.page.clock.install()
    ana.open_console()
    expect(ana.page.locator(".desk[data-live]")).to_be_visible()
    ana.page.locator(".bar__name").click()
    can_be_heard(ana.page)
    ana.page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=10))
    show(ana.page, 0)
    ana.page.evaluate("forget()")
    return ana.page


def can_be_heard(page: Page) -> None:
    """Wait for its sound: that gives itself 300 ms to begin, on a stopped clock none, and a soft tone has one try."""
    # A function: words are evaluated at each look, and our pages' policy lets only the first one do so.
    page.wait_for_function("() => sound?.state === 'running'")


def show(page: Page, ordinary: int, *, endangered: int = 0) -> None:
    page.evaluate(SHOW, [ordinary, endangered])


def top(row: Locator) -> float:
    box = row.bounding_box()
    assert box is not None
    return box["y"]


def heard(page: Page, tone: int) -> int:
    count: int = page.evaluate("tone => tones.filter((each) => each === tone).length", tone)
    return count


def noted(page: Page) -> list[dict[str, Any]]:
    noted: list[dict[str, Any]] = page.evaluate("notices")
    return noted


ORDINARY, GRAVE, SOFT = 587, 988, 659
"""What each tune begins with, in hertz; that of life safety has it three times."""

SHOW = """([ordinary, endangered]) => {
  const row = (number, urgency) => ({
    room: String(number), number, urgency, status: "new", responder: null, participants: [], invited: [],
    head: 1, seen: 0, school: "Lincoln High", category_label: "Weapons", waiting_since: number,
  })
  const rows = [
    ...Array.from({ length: ordinary }, (_, place) => row(1 + place, "normal")),
    ...Array.from({ length: endangered }, (_, place) => row(1001 + place, "life_safety")),
  ]
  document.querySelector("alert-bell").show(rows, "")
}"""

WATCHED = """
globalThis.tones = []
globalThis.notices = []
globalThis.sound = null
const Context = AudioContext
globalThis.AudioContext = class extends Context {
  constructor() {
    super()
    sound = this
  }
}
const standing = []
globalThis.forget = () => { tones.length = notices.length = standing.length = 0 }
globalThis.put_away = () => standing.at(-1).onclose?.()
const Tone = OscillatorNode
globalThis.OscillatorNode = class extends Tone {
  constructor(context, options) {
    super(context, options)
    tones.push(options.frequency)
  }
}
globalThis.Notification = class {
  static permission = "granted"
  constructor(title, options) {
    this.noted = { title, renotify: false, silent: false, closed: false, ...options }
    // What has the same tag takes the place of the other.
    for (const each of notices) if (each.tag === options.tag) each.closed = true
    notices.push(this.noted)
    standing.push(this)
  }
  close() { this.noted.closed = true }
}
document.hasFocus = () => false
"""
