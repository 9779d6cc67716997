"""The desk while it changes: a press goes where it was aimed, and only what goes elsewhere moves."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Dialog, Locator, ViewportSize, expect

from tests.browser.people import DESK, PHONE, SOUNDLESS, THREAT, Crowd, Responder
from tests.browser.states import NO_SCRIPTS, close


def test_what_an_alert_pushes_down_takes_no_press_for_a_moment_nor_does_the_alert(
    own_crowd: Crowd,
) -> None:
    ana, first = own_crowd.responder("ana"), own_crowd.told().number
    ana.page.add_init_script(SOUNDLESS)
    ana.take(first)
    page, row = ana.page, ana.row(first).locator("a")
    put_away, answer = ana.room(first).locator("[data-leave]"), ana.composer(first)
    page.evaluate(WATCH, [each.element_handle() for each in (row, put_away, answer)])

    second = own_crowd.told(THREAT, category="weapon").number

    page.wait_for_function("() => met.length === 2")
    # What stands at the lower end of the page did not move.
    assert page.evaluate("met") == [[True, True, True], [False, False, True, False]]
    row.click()
    page.locator("[data-take]").click()
    expect(ana.composer(second)).to_be_visible()


def test_a_page_of_another_edition_says_that_there_is_a_newer_one_until_it_is_reloaded(
    own_crowd: Crowd,
) -> None:
    ana, number = own_crowd.responder("ana"), own_crowd.told().number
    newer = ana.page.locator("[data-newer]")
    ana.take(number)
    expect(newer).to_be_hidden()

    ana.page.evaluate("document.documentElement.dataset.edition = 'yesterday'")
    ana.page.locator(".duty .switch").click()  # Every desk asks for the queue again.
    ana.composer(number).fill("Half an answer")
    expect(newer).to_be_visible()
    for width in (1280, 320):
        ana.page.set_viewport_size({"width": width, "height": 800})
        across = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        assert ana.page.evaluate(across)

    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    ana.page.on("dialog", leave)
    newer.locator("button").click()
    expect(newer).to_be_hidden()
    expect(ana.page.locator(".desk[data-live]")).to_be_visible()
    assert asked == ["beforeunload"]


def test_nothing_moves_away_from_under_a_press(own_crowd: Crowd) -> None:
    number = own_crowd.told().number
    ana = at_a_stopped_clock(own_crowd)
    box = ana.row(number).locator("a").bounding_box()
    assert box is not None
    ana.page.mouse.move(box["x"] + 20, box["y"] + 20)

    ana.page.mouse.down()
    own_crowd.told(THREAT, category="weapon")
    expect(ana.page).to_have_title(re.compile("LIFE SAFETY"))
    ana.page.mouse.up()

    expect(ana.room(number)).to_be_visible()
    expect(ana.page.locator("[data-take]")).to_have_count(0)
    ana.page.clock.run_for(100)
    expect(ana.page.locator("[data-take]")).to_be_visible()


def test_a_press_that_never_ends_holds_up_no_alert(own_crowd: Crowd) -> None:
    own_crowd.told()
    ana = at_a_stopped_clock(own_crowd)
    ana.page.mouse.move(5, 5)

    ana.page.mouse.down()
    alert(ana, comes=True)
    ana.page.clock.run_for(900)
    expect(ana.page.locator("[data-take]")).to_have_count(0)
    ana.page.clock.run_for(200)

    expect(ana.page.locator("[data-take]")).to_be_visible()


def test_a_press_claims_the_room_it_was_aimed_at_though_another_is_more_urgent_by_then(
    own_crowd: Crowd,
) -> None:
    aimed_at = own_crowd.told(THREAT, category="weapon").number
    ana = at_a_stopped_clock(own_crowd)
    ana.page.locator("[data-take]").hover()

    ana.page.mouse.down()
    alert(ana, comes=True)
    ana.page.mouse.up()

    expect(ana.composer(aimed_at)).to_be_visible()


def at_a_stopped_clock(crowd: Crowd) -> Responder:
    """Somebody at the desk, when it has said that its sound is off, and what that moved has come to rest.

    Not years later: it would take itself for cut off, and draw its queue anew.
    """
    ana = crowd.responder("ana")
    ana.page.add_init_script(SILENT)
    ana.page.clock.install()
    ana.open_console()
    expect(ana.page.locator("[data-slot=blocked]")).to_be_visible()
    ana.page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=10))
    ana.page.clock.run_for(1_500)
    return ana


def alert(ana: Responder, *, comes: bool) -> None:
    ana.page.evaluate(
        "rows => document.querySelector('alert-bell').show(rows, '')", [URGENT] if comes else []
    )


@pytest.mark.parametrize(("order", "moves"), [("bcda", 1), ("dabc", 1), ("bcad", 2), ("abd", 0)])
def test_rows_that_keep_their_place_are_not_touched(crowd: Crowd, order: str, moves: int) -> None:
    ana = crowd.responder("ana")
    ana.open_console()

    seen = ana.page.evaluate(ARRANGE, [rows_in("abcd"), rows_in(order)])

    assert seen == [list(order), moves]


def test_the_focus_of_a_row_that_is_folded_behind_others_alike_goes_to_their_line(
    crowd: Crowd,
) -> None:
    alike = [{**row, "category": "alike", "urgency": "normal"} for row in rows_in("abcdef")]
    ana = crowd.responder("ana")
    ana.open_console()

    assert ana.page.evaluate(FOLD, [alike[:5], alike])


def test_the_focus_of_a_button_that_a_colleague_was_faster_to_press_goes_to_its_line(
    own_crowd: Crowd,
) -> None:
    told, danger = own_crowd.told(), own_crowd.told(danger="yes")
    ana, ben = own_crowd.responder("ana"), own_crowd.responder("ben")
    ana.open_console()
    ben.open_console()

    for number, button in (
        (told.number, ana.row(told.number).locator("button[value=claim]")),
        (danger.number, ana.page.locator("[data-take]")),
    ):
        button.focus()
        ben.claim_from_queue(number)
        expect(button).to_be_hidden()
        expect(ana.row(number).locator(".row__open")).to_be_focused()


def test_the_focus_of_a_line_that_goes_away_goes_to_another(crowd: Crowd) -> None:
    ana = crowd.responder("ana")
    ana.open_console()

    assert ana.page.evaluate(DROP, [rows_in("abc"), rows_in("bc")]) == "b"


def test_in_a_page_enlarged_so_far_that_one_thing_shows_escape_leads_back_to_the_queue(
    crowd: Crowd,
) -> None:
    told = crowd.told()
    ana = crowd.responder("ana", viewport={"width": 640, "height": 400})
    ana.take(told.number)
    ana.composer(told.number).focus()

    ana.page.keyboard.press("Escape")
    expect(ana.room(told.number)).to_be_focused()
    ana.page.keyboard.press("Escape")

    expect(ana.row(told.number).locator(".row__open")).to_be_focused()


def rows_in(order: str) -> list[dict[str, object]]:
    """Return rows of a queue that stand in this order there."""
    return [
        {**URGENT, "room": room, "category": room, "waiting_since": 1000 + place}
        for place, room in enumerate(order)
    ]


def test_where_lines_never_come_to_rest_they_can_be_pressed_nevertheless(own_crowd: Crowd) -> None:
    own_crowd.told()
    ana = at_a_stopped_clock(own_crowd)
    moved = ana.page.locator(".row[data-room] a[data-moved]")

    alert(ana, comes=True)
    expect(moved).to_have_count(1)
    ana.page.clock.run_for(400)
    expect(moved).to_have_count(0)
    alert(ana, comes=False)
    expect(moved).to_have_count(0)
    ana.page.clock.run_for(800)
    alert(ana, comes=True)
    expect(moved).to_have_count(1)


def test_a_closed_conversation_is_found_by_its_number_without_scripts_and_by_keyboard(
    crowd: Crowd,
) -> None:
    told, ana = crowd.told(), crowd.responder("ana")
    ana.take(told.number)
    close(ana, told.number)
    ben = crowd.responder("ben", **NO_SCRIPTS)
    ben.open_console()
    field = ben.page.get_by_label("Open by number")

    field.fill("9999")
    field.press("Enter")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description(
        "Your team has no room with that number. Check it and try again."
    )
    field.fill(told.number.lower())
    field.press("Enter")

    expect(ben.room(told.number).get_by_role("button", name="Reopen")).to_be_visible()


def test_on_a_tablet_what_is_pressed_is_as_large_as_on_a_phone(own_crowd: Crowd) -> None:
    first = own_crowd.told().number
    own_crowd.told(THREAT, category="weapon")
    tablet: ViewportSize = {"width": 1280, "height": 800}
    ana = own_crowd.responder("ana", viewport=tablet, has_touch=True, is_mobile=True)
    ana.open_console()
    ana.open_room(first)

    claims = ana.page.locator(".row__claim .button:visible")
    expect(claims).to_have_count(2)
    for control in [*claims.all(), *ana.page.locator(".step > summary:visible").all()]:
        assert height(control) >= FINGER
    expect(ana.page.locator("[data-unblock]")).to_have_css("min-height", f"{FINGER}px")


def test_a_row_that_is_stepped_to_is_not_under_the_title_of_its_section(own_crowd: Crowd) -> None:
    for category in ("bullying", "drugs", "hazing", "harassment", "stalking"):
        own_crowd.told(category=category)
    ana = own_crowd.responder("ana", viewport={"width": 1280, "height": 420})
    ana.open_console()
    rows = ana.page.locator(".row__open")
    expect(rows).to_have_count(5)
    expect(ana.page.locator(".desk[data-live]")).to_be_visible()

    rows.last.focus()
    for _ in range(4):
        ana.page.keyboard.press("k")
        # For a moment, what has moved is not found by its place.
        expect(ana.page.locator("[data-moved]")).to_have_count(0)
        assert ana.page.evaluate(IN_SIGHT)
    expect(rows.first).to_be_focused()


@pytest.mark.parametrize("window", [DESK, PHONE], ids=str)
def test_a_button_with_a_long_word_stands_beside_the_words_of_its_row(
    crowd: Crowd, window: ViewportSize
) -> None:
    told, ana = crowd.told(), crowd.responder("ana", viewport=window)
    ana.open_console()
    row = ana.row(told.number)
    button, said = row.locator(".row__claim button"), row.locator(".row__last")

    button.locator("span").first.evaluate("word => (word.textContent = 'Übernehmen!')")

    assert end_of(said) <= start_of(button)


def start_of(part: Locator) -> float:
    return float(part.evaluate("part => part.getBoundingClientRect().left"))


def end_of(part: Locator) -> float:
    """Return where its words end at the latest."""
    return float(
        part.evaluate(
            """part => part.getBoundingClientRect().right - parseFloat(getComputedStyle(part).paddingRight)"""
        )
    )


def test_where_colours_are_forced_the_switch_and_the_open_room_can_still_be_told(
    own_crowd: Crowd,
) -> None:
    ana, number = own_crowd.responder("ana"), own_crowd.told().number
    own_crowd.told(THREAT, category="weapon")
    ana.take(number)

    ana.page.emulate_media(forced_colors="active")

    assert ground(ana.page.locator(".switch__thumb")) != ground(ana.page.locator(".switch__track"))
    edges = ana.page.locator(".row__open").evaluate_all(EDGES)
    assert sorted(edges) == ["0px", "4px"]


def test_a_long_name_leaves_duty_on_the_first_line_of_the_bar(own_crowd: Crowd) -> None:
    ana = own_crowd.responder("ana")
    ana.open_console()
    name, bar = ana.page.locator(".bar__name"), ana.page.locator(".bar")
    short = height(bar)

    name.evaluate(
        "name => (name.textContent = 'Unified School District of the Upper River Valley and Bend')"
    )

    assert height(bar) == short


def ground(part: Locator) -> str:
    return str(part.evaluate("part => getComputedStyle(part).backgroundColor"))


def height(control: Locator) -> float:
    box = control.bounding_box()
    assert box is not None
    return box["height"]


FINGER = 44
"""How high, in pixels, is what a finger is sure to meet."""

URGENT = {
    "room": "urgent", "number": 7, "school": "Lincoln High", "category_label": "Weapons", "urgency": "life_safety",
    "status": "new", "category": "weapon", "returned": False, "reporter_here": False, "silent_since": 0, "last": None,
    "responder": None, "participants": [], "invited": [], "waiting_since": 1, "head": 1, "seen": 0,
}  # fmt: skip

# A browser that lets nothing be heard, whatever is pressed: each look of a test may count as a press, or not.
SILENT = """
  globalThis.AudioContext = class {
    state = "suspended"
    resume() { return new Promise(() => {}) }
  }
"""

# Which of `elements`, and of the alert, a press would meet: now, and as soon as the alert comes.
WATCH = """(elements) => {
  const isMet = (element) => {
    const { x, y, width, height } = element.getBoundingClientRect()
    return element.contains(document.elementFromPoint(x + width / 2, y + height / 2))
  }
  const place = document.querySelector("[data-slot=danger-place]")
  const look = () => [...elements, ...place.querySelectorAll("button")].map(isMet)
  globalThis.met = [look()]
  new MutationObserver(() => met.push(look())).observe(place, { childList: true })
}"""

# Whether the focus of a row stands, once it is folded, on the line it is folded behind.
FOLD = """([before, after]) => {
  const queue = document.querySelector("queue-list")
  queue.show(before)
  queue.querySelector("[data-room=c] a").focus()
  queue.show(after)
  return document.activeElement.matches(".flood__line") && document.activeElement.checkVisibility()
}"""

# The room of the line that has the focus once the one that had it is gone.
DROP = """([before, after]) => {
  const queue = document.querySelector("queue-list")
  queue.show(before)
  queue.querySelector("[data-room=a] a").focus()
  queue.show(after)
  return queue.focusedRoom
}"""

# The order in which rows stand then, and how many were moved.
ARRANGE = """async ([before, after]) => {
  const queue = document.querySelector("queue-list")
  queue.show(before)
  const place = queue.querySelector("[data-section=alert] ol")
  let moved = 0
  const count = (changes) => changes.forEach(({ addedNodes }) => (moved += addedNodes.length))
  new MutationObserver(count).observe(place, { childList: true })
  queue.show(after)
  await Promise.resolve()
  return [[...place.children].map((row) => row.dataset.room), moved]
}"""

IN_SIGHT = """() => {
  const { left, top } = document.activeElement.getBoundingClientRect()
  return document.activeElement.contains(document.elementFromPoint(left + 40, top + 4))
}"""
EDGES = "rows => rows.map((row) => getComputedStyle(row).borderInlineStartWidth)"
