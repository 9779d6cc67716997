"""Windows with little height, and long conversations: what matters is in sight, and nothing scrolls away."""

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.browser.people import PHONE, THREAT, Crowd, Reporter, Told
from tests.browser.school_site import SchoolSite
from tests.browser.states_of_files import recording
from tests.browser.test_accessibility import enlarge, overflow
from tests.browser.test_alerts import WATCHED, can_be_heard
from tests.browser.test_frame import in_button_frame, site

__all__ = ["site"]  # A fixture.

FOUR_TIMES: ViewportSize = {"width": 320, "height": 256}
"""What is left of 1280 by 1024 at 400 %."""
LYING: ViewportSize = {"width": 844, "height": 390}
WITH_KEYBOARD: ViewportSize = {"width": 390, "height": 375}
LOW: tuple[ViewportSize, ...] = (
    {"width": 390, "height": 508},
    {"width": 390, "height": 480},
    LYING,
)
SIZES = (PHONE, {"width": 375, "height": 667}, LYING, WITH_KEYBOARD)


def long_talk(crowd: Crowd) -> tuple[Told, Reporter]:
    told = crowd.told()
    mia = crowd.returned(told)
    for number in range(30):
        mia.say(f"And {number}")
    expect(mia.line("And 29").locator("[data-slot=state]")).to_have_text("sent")
    return told, mia


def overhang(part: Locator) -> int:
    """Return by how many pixels something can be scrolled."""
    return int(part.evaluate("part => part.scrollHeight - part.clientHeight"))


def test_a_long_conversation_stretches_no_page(crowd: Crowd) -> None:
    told, mia = long_talk(crowd)
    ana = crowd.responder("ana")
    ana.take(told.number)
    expect(ana.line(told.number, "And 29")).to_be_visible()

    assert overhang(mia.page.locator("html")) == 0
    assert overhang(mia.page.locator(".messages__scroller")) > 0
    assert overhang(ana.page.locator(".board__rooms")) == 0
    assert overhang(ana.page.locator("html")) == 0


@pytest.mark.parametrize("window", SIZES, ids=str)
def test_the_field_to_write_in_and_every_number_to_call_are_in_reach(
    crowd: Crowd, window: ViewportSize
) -> None:
    mia = crowd.returned(crowd.told(), viewport=window)

    assert overhang(mia.page.locator("html")) == 0
    expect(mia.page.locator("[name=body]")).to_be_in_viewport(ratio=1)
    reach_the_numbers(mia)


def test_a_keyboard_that_lies_over_the_page_hides_neither_the_way_out_nor_the_field(
    crowd: Crowd,
) -> None:
    told, ana = crowd.told(), crowd.responder("ana", viewport=PHONE)
    mia = crowd.returned(told)
    ana.take(told.number)

    for page, top in ((mia.page, ".leave__button"), (ana.page, "room-column h2")):
        part, field = page.locator(top), page.locator("[name=body]:visible")
        show_keyboard(page, from_top=400)
        expect(part).to_be_in_viewport(ratio=1)
        assert bottom(field) <= 400
        show_keyboard(page, from_top=400, scale=2)
        assert bottom(field) > 400
        show_keyboard(page, from_top=400)
        show_keyboard(page, from_top=PHONE["height"])
        assert bottom(field) > 400


def test_beside_a_keyboard_who_answers_sees_what_was_said(crowd: Crowd) -> None:
    told, ana = crowd.told(), crowd.responder("ana", viewport=PHONE)
    ana.take(told.number)
    crowd.returned(told).say("Are you there?")
    said = ana.line(told.number, "Are you there?")

    ana.composer(told.number).focus()
    ana.page.set_viewport_size({"width": 390, "height": 430})
    expect(said).to_be_in_viewport(ratio=0.9)
    ana.page.set_viewport_size(PHONE)
    expect(ana.page.locator(".bar")).to_be_visible()
    show_keyboard(ana.page, from_top=430)
    expect(said).to_be_in_viewport(ratio=0.9)


@pytest.mark.parametrize("window", LOW, ids=str)
def test_so_they_do_below_an_alert_about_another_room(
    own_crowd: Crowd, window: ViewportSize
) -> None:
    told = own_crowd.told()
    own_crowd.told(THREAT, "weapon", danger="yes")
    ana = own_crowd.responder("ana", viewport=window)
    ana.page.add_init_script(WATCHED)
    ana.take(told.number)
    expect(ana.page.locator(".alerts__take")).to_be_in_viewport(ratio=1)
    # Before, that it can't be heard may still be to come, and takes a line.
    can_be_heard(ana.page)
    expect(ana.page.locator("[data-slot=blocked]")).to_be_hidden()
    send = ana.room(told.number).locator("[data-slot=send]")

    for words in ("", "Are you somewhere safe? " * 20):
        ana.composer(told.number).fill(words)
        expect(send).to_be_in_viewport(ratio=1)
        assert height(ana.page.locator(".messages__scroller")) >= 110
        assert overhang(ana.page.locator("html")) == 0


def test_a_desk_enlarged_four_times_leaves_lines_to_read_and_scrolls_to_the_rest(
    own_crowd: Crowd,
) -> None:
    told = own_crowd.told()
    own_crowd.told(danger="yes")
    ana = own_crowd.responder("ana", viewport=FOUR_TIMES)

    ana.take(told.number)
    expect(ana.page.locator(".alerts__band")).to_be_attached()

    assert height(ana.page.locator(".messages__scroller")) >= 110
    send = ana.room(told.number).locator("[data-slot=send]")
    send.scroll_into_view_if_needed()
    assert bottom(send) <= FOUR_TIMES["height"]


@pytest.mark.parametrize("window", [LOW[0], {"width": 320, "height": 568}], ids=str)
def test_who_reports_sees_it_too_however_much_they_write(
    own_crowd: Crowd, window: ViewportSize
) -> None:
    mia = own_crowd.returned(own_crowd.told(), viewport=window)

    mia.page.fill("[name=body]", "She said it again, and then he did. " * 20)

    assert height(mia.page.locator(".messages__scroller")) >= 90
    for part in (".presence__call", ".leave__button", "[name=body]", "[data-slot=send]"):
        expect(mia.page.locator(part)).to_be_in_viewport(ratio=0.95)


def test_a_language_with_long_words_leaves_lines_to_read_on_the_smallest_phone(
    crowd: Crowd,
) -> None:
    mia = crowd.returned(crowd.told(), viewport={"width": 320, "height": 640})

    mia.page.locator(".room__presence p").evaluate("p => p.append(' Jemand ist da.'.repeat(20))")

    assert height(mia.page.locator(".messages__scroller")) >= 80
    for part in ("[name=body]", "[data-slot=send]"):
        mia.page.locator(part).scroll_into_view_if_needed()
        expect(mia.page.locator(part)).to_be_in_viewport(ratio=0.95)
    expect(mia.page.locator(".leave__button")).to_be_in_viewport(ratio=0.95)


def test_a_voice_is_chosen_by_its_whole_name_however_long_that_is(crowd: Crowd) -> None:
    page = recording(crowd).page
    page.get_by_role("button", name="Stop").click()
    voices = page.locator(".voice__choices .choice")
    expect(voices.first).to_be_visible()

    voices.locator(".choice__label").evaluate_all(
        "all => all.forEach((each) => (each.textContent = 'Ganz ohne Änderung'))"
    )

    assert [overhang_sideways(voice) for voice in voices.all()] == [0, 0, 0]


def test_who_is_led_back_to_a_question_sees_the_question(crowd: Crowd) -> None:
    mia = crowd.reporter()
    mia.arrive()
    mia.go("report")
    scroll_to_the_end(mia.page)
    # Else it could still scroll when the question is looked at.
    expect(mia.page.locator("button[name=do][value=send_report]").last).to_be_in_viewport()

    mia.press("send_report")

    bar = bottom(mia.page.locator(".topbar"))
    expect(mia.page.locator("#what")).to_be_focused()
    expect(mia.page.locator("#what")).to_be_in_viewport(ratio=0.95)
    question = mia.page.locator("label[for=what]").bounding_box()
    assert question is not None and question["y"] >= bar


def test_letters_twice_as_large_leave_room_for_themselves(crowd: Crowd) -> None:
    mia = crowd.reporter()
    mia.arrive()
    enlarge(mia.page)
    assert bottom(mia.page.locator(".topbar")) <= 200
    mia.go("report")
    assert overhang_sideways(mia.page.locator(".choices--row")) == 0

    mia = crowd.returned(crowd.told())
    enlarge(mia.page)
    field = mia.page.locator("[name=body]")
    field.scroll_into_view_if_needed()
    expect(field).to_be_in_viewport(ratio=0.95)
    assert field.evaluate("field => field.clientWidth") >= 300
    assert height(mia.page.locator(".messages__scroller")) >= 200


def test_no_word_of_the_receipt_is_cut_in_pieces_however_large_the_letters(crowd: Crowd) -> None:
    mia = crowd.reporter()
    mia.report()
    enlarge(mia.page)

    mia.page.set_viewport_size({"width": 360, "height": 640})

    # Of the longest words there are, nine letters, one of the widest.
    words = mia.page.locator(".receipt__word")
    words.evaluate_all("all => all.forEach((each) => (each.textContent = 'mammogram'))")
    assert words.evaluate_all(LINES) == [1] * 6


def test_no_word_of_the_receipt_is_cut_in_pieces_on_any_phone_nor_where_letters_are_further_apart(
    crowd: Crowd,
) -> None:
    mia = crowd.reporter()
    mia.report()

    # The longest and widest there is.
    words = mia.page.locator(".receipt__word")
    words.evaluate_all("all => all.forEach((each) => (each.textContent = 'mammogram'))")
    for apart in ("0", "0.12em"):
        words.evaluate_all(
            "(all, apart) => all.forEach((each) => (each.style.letterSpacing = apart))", apart
        )
        for width in (320, 344, 353, 360, 375, 390, 412, 430, 460, 480, 768):
            mia.page.set_viewport_size({"width": width, "height": 844})
            assert (apart, width, words.evaluate_all(LINES)) == (apart, width, [1] * 6)


def test_the_six_words_stand_as_near_to_what_is_said_of_them_as_all_else(crowd: Crowd) -> None:
    mia = crowd.reporter()
    mia.report()

    words, said, sent = (
        mia.page.locator(each).bounding_box() for each in (".receipt", ".lead", ".sent")
    )
    title = mia.page.locator("h1").bounding_box()

    assert words and said and sent and title
    assert words["y"] - said["y"] - said["height"] == title["y"] - sent["y"] - sent["height"]


def test_who_answers_on_a_phone_in_letters_twice_as_large_gets_to_the_queue_and_to_the_field(
    own_crowd: Crowd,
) -> None:
    told = own_crowd.told()
    own_crowd.told(THREAT, "weapon", danger="yes")
    ana = own_crowd.responder("ana", viewport=PHONE)
    ana.take(told.number)
    ana.page.locator(".tab--queue").click()
    expect(ana.page.locator(".alerts__take")).to_be_visible()
    enlarge(ana.page)

    row = ana.row(told.number).locator(".row__open")
    row.scroll_into_view_if_needed()
    expect(row).to_be_in_viewport(ratio=0.95)
    assert height(ana.page.locator(".desk__queue")) >= 250
    row.click()
    assert height(ana.page.locator(".messages__scroller")) >= 250
    send = ana.room(told.number).locator("[data-slot=send]")
    send.scroll_into_view_if_needed()

    expect(send).to_be_in_viewport(ratio=0.95)
    assert overhang_sideways(ana.page.locator("html")) == 0


@pytest.mark.parametrize("window", [LYING, {"width": 640, "height": 400}], ids=str)
def test_where_no_script_of_ours_comes_nothing_lies_over_the_answer(
    crowd: Crowd, window: ViewportSize
) -> None:
    told, ana = crowd.told(), crowd.responder("ana", viewport=window)
    ana.take(told.number)
    with crowd.trouble():
        ana.page.route("**/*.js*", lambda route: route.abort())
        ana.page.reload()
        answer, side = ana.composer(told.number), ana.room(told.number).locator(".side")
        expect(answer).to_be_visible()

        assert bottom(ana.room(told.number).locator("[data-slot=send]")) <= top(side)


def top(part: Locator) -> float:
    box = part.bounding_box()
    assert box is not None
    return box["y"]


LINES = """(all) => all.map((each) => {
  const range = document.createRange()
  range.selectNodeContents(each)
  return range.getClientRects().length
})"""


@pytest.mark.parametrize("place", ["start", "report", "danger"])
def test_letters_twice_as_large_make_no_page_wider_than_a_small_phone(
    crowd: Crowd, place: str
) -> None:
    mia = crowd.reporter()
    mia.arrive()
    if place == "report":
        mia.go("report")
        mia.page.fill("[name=what]", " ")
        mia.do("send_report")
        expect(mia.page.locator("#category-error")).to_be_visible()
    elif place == "danger":
        mia.fill_report(THREAT, "weapon", danger="yes")
        expect(mia.page.locator(".crisis--danger")).to_be_visible()
    enlarge(mia.page)

    assert overflow(mia.page) == []


def overhang_sideways(part: Locator) -> int:
    return int(part.evaluate("part => part.scrollWidth - part.clientWidth"))


def show_keyboard(page: Page, from_top: int, scale: float = 1) -> None:
    """What Safari tells of its keyboard: Chromium has none that lies over the page."""
    page.evaluate(
        """([height, scale]) => {
          Object.defineProperty(visualViewport, "height", { configurable: true, value: height / scale })
          Object.defineProperty(visualViewport, "scale", { configurable: true, value: scale })
          visualViewport.dispatchEvent(new Event("resize"))
        }""",
        [from_top, scale],
    )


def height(part: Locator) -> int:
    return int(part.evaluate("part => part.clientHeight"))


def bottom(part: Locator) -> float:
    box = part.bounding_box()
    assert box is not None
    return box["y"] + box["height"]


def test_so_they_are_in_the_panel_of_a_button_on_a_low_screen(
    crowd: Crowd, site: SchoolSite
) -> None:
    mia = in_button_frame(crowd, site)
    mia.around.set_viewport_size({"width": 1280, "height": 600})
    mia.tell()

    assert overhang(mia.page.locator("html")) == 0
    expect(mia.page.locator("[name=body]")).to_be_in_viewport(ratio=1)
    reach_the_numbers(mia)


def reach_the_numbers(mia: Reporter) -> None:
    mia.page.locator(".room__menu summary").click()
    last = mia.page.locator(".room__sheet a[href^='tel:']").last
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport(ratio=0.95)  # Edges are rounded.


def scroll_to_the_end(page: Page) -> None:
    """As a person does: what can't be scrolled by hand stays where it is."""
    page.mouse.move(20, 20)
    page.mouse.wheel(0, 5_000)


def test_lower_than_that_the_page_scrolls_to_all_of_it(crowd: Crowd) -> None:
    mia = crowd.returned(crowd.told(), viewport={"width": 640, "height": 300})

    scroll_to_the_end(mia.page)

    expect(mia.page.locator("[name=body]")).to_be_in_viewport(ratio=1)


def test_without_scripts_a_phone_on_its_side_gets_to_the_field(crowd: Crowd) -> None:
    mia = crowd.reporter(viewport=LYING, java_script_enabled=False)
    mia.tell()

    scroll_to_the_end(mia.page)

    expect(mia.page.locator("[name=body]")).to_be_in_viewport(ratio=1)


def test_where_browsers_do_not_size_fields_by_their_text_all_of_it_is_seen_also_when_it_comes_back(
    crowd: Crowd,
) -> None:
    mia = crowd.reporter()
    mia.page.add_init_script(SIZES_NO_FIELDS)
    mia.arrive()
    mia.fill_report(LONG)
    story, message = mia.page.locator("[name=what]"), mia.page.locator("[name=body]")
    see_whole(story)

    mia.go("start")
    mia.go("report")
    expect(story).to_have_value(LONG)
    see_whole(story)
    mia.do("send_report")
    mia.keep(mia.words())
    message.fill(LONG)
    see_whole(message)
    mia.page.locator(".room__menu summary").click()
    mia.go("held")
    mia.go("room")

    expect(message).to_have_value(LONG)
    see_whole(message)


def see_whole(field: Locator) -> None:
    """Wait for what makes it grow to be there."""
    field.page.wait_for_function(
        "field => field.scrollHeight === field.clientHeight", arg=field.element_handle()
    )


LONG = "\n".join(["Every day."] * 9)

# As browsers are that don't know `field-sizing`.
SIZES_NO_FIELDS = """
  CSS.supports = () => false
  const fixed = new CSSStyleSheet()
  fixed.replaceSync("textarea { field-sizing: fixed !important }")
  document.adoptedStyleSheets = [fixed]
"""
