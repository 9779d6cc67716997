"""Going from view to view with scripts: every press is answered, and nothing typed is lost on the way."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, Route, ViewportSize, expect

from tests.browser.evidence import choose, items, photo_file, pictures
from tests.browser.holding import hold, hold_pieces, wait_until
from tests.browser.people import Crowd, Reporter
from tests.browser.school_site import SchoolSite
from tests.browser.test_frame import in_plain_frame, site

__all__ = ["site"]  # A fixture.

LOW: ViewportSize = {"width": 375, "height": 667}
HALF = "Half a story"


def line(page: Page) -> Locator:
    """Return where a page says how it goes."""
    return page.locator("[data-slot=journey]")


@pytest.fixture
def mia(crowd: Crowd) -> Reporter:
    mia = crowd.reporter()
    mia.arrive()
    return mia


# What can't be sent


@pytest.mark.parametrize("status", [500, 502, 503, 200, 403, 429])
def test_no_page_but_ours_takes_a_report_off_the_page(
    crowd: Crowd, mia: Reporter, status: int
) -> None:
    mia.fill_report(HALF)
    page = {"status": status, "content_type": "text/html", "body": "<h1>That did not work.</h1>"}
    mia.page.route("**/", lambda route: route.fulfill(**page), times=1)

    with crowd.trouble():
        mia.press("send_report")
        expect(line(mia.page)).to_contain_text("Nothing is lost")

    expect(mia.page.locator("[name=what]")).to_have_value(HALF)
    mia.do("send_report")
    assert len(mia.words()) == 6


def test_a_report_that_is_too_long_stays_and_is_told_to_come_in_two(
    crowd: Crowd, mia: Reporter
) -> None:
    long = "ü" * 200_000
    mia.fill_report(long)

    with crowd.trouble():
        mia.press("send_report")
        expect(line(mia.page)).to_have_text("That is too much at once. Send it in two parts.")

    expect(mia.page.locator("[name=what]")).to_have_value(long)


def test_on_a_slow_line_every_button_says_that_it_was_pressed_and_what_came_of_it(
    crowd: Crowd, mia: Reporter
) -> None:
    held = hold(mia.page, "**/", times=1)

    mia.page.locator("button[value=privacy]").click()
    expect(line(mia.page)).to_have_text("Sending …")
    with crowd.trouble():
        held.drop()
        expect(line(mia.page)).to_contain_text("press the button again")
    mia.go("privacy")

    expect(mia.page.locator("h1")).to_have_text("How private is this?")
    expect(line(mia.page)).to_be_hidden()


@pytest.mark.parametrize("late", ["**/", "**/text.css*"])
def test_what_is_typed_until_another_view_comes_goes_along(mia: Reporter, late: str) -> None:
    mia.fill_report(HALF)
    held = hold(mia.page, late, times=1)

    mia.page.locator("button[name=go][value=privacy]").first.click()
    held.wait()
    mia.page.locator("[name=what]").press_sequentially(" and the rest")
    held.let_go()
    expect(mia.page.locator("h1")).to_have_text("How private is this?")
    mia.page.go_back()

    expect(mia.page.locator("[name=what]")).to_have_value(f"{HALF} and the rest")


def test_what_is_being_sent_is_not_changed_any_more_unless_it_comes_back(
    crowd: Crowd, mia: Reporter
) -> None:
    mia.fill_report(HALF)
    what = mia.page.locator("[name=what]")
    held = hold(mia.page, "**/", times=1)

    with crowd.trouble():
        mia.press("send_report")
        held.wait()
        expect(what).not_to_be_editable()
        held.drop()
        expect(what).to_be_editable()

    mia.do("send_report")
    assert len(mia.words()) == 6


def test_a_button_pressed_again_while_its_styles_stand_still_takes_nothing_away(
    mia: Reporter,
) -> None:
    held = hold(mia.page, "**/report.css*")
    report = mia.page.locator("button[name=go][value=report]").first

    report.click()
    held.wait()
    report.click()
    mia.page.fill("[name=what]", HALF)  # Its styles do not come, so it shows without.
    held.let_go()
    mia.page.wait_for_load_state("networkidle")

    expect(mia.page.locator("[name=what]")).to_have_value(HALF)


# A module that got lost


def test_a_report_stays_when_a_module_gets_lost_and_the_next_view_asks_for_it_again(
    crowd: Crowd, mia: Reporter
) -> None:
    held = hold(mia.page, "**/js/pages/form.js*")
    mia.go("report")
    mia.page.fill("[name=what]", HALF)

    with crowd.trouble():
        held.lose()
        mia.go("privacy")
    mia.page.unroute_all()
    mia.go("start")
    mia.go("report")

    expect(mia.page.locator("[name=what]")).to_have_value(HALF)
    expect(mia.page.locator("attachment-picker:defined")).to_be_attached()


def test_a_message_stays_when_its_room_s_module_gets_lost_and_goes_by_its_form(
    crowd: Crowd, mia: Reporter
) -> None:
    mia.fill_report()
    mia.do("send_report")
    held = hold(mia.page, "**/js/pages/room.js*")
    mia.go("room")
    mia.write(HALF)

    with crowd.trouble():
        held.lose()
        mia.page.unroute_all()
        mia.do("say")

    expect(mia.line(HALF)).to_be_visible()
    mia.wait_until_live()


def test_what_is_written_while_it_is_asked_whether_the_page_would_come_again_stays(
    crowd: Crowd, mia: Reporter
) -> None:
    mia.fill_report()
    mia.do("send_report")
    held = hold(mia.page, "**/js/pages/room.js*")
    mia.go("room")
    there = hold(mia.page, "**/", times=1)

    with crowd.trouble():
        held.lose()
        there.wait()
        mia.write(HALF)
        there.let_go()
        mia.page.wait_for_timeout(500)

    expect(mia.page.locator("[name=body]")).to_have_value(HALF)


def test_files_of_a_report_go_on_when_a_module_of_its_receipt_gets_lost(
    crowd: Crowd, mia: Reporter
) -> None:
    mia.fill_report()
    choose(mia.page, photo_file())
    pieces = hold_pieces(mia.page)
    held = hold(mia.page, "**/js/pages/receipt.js*")

    mia.do("send_report")
    pieces.wait()
    with crowd.trouble():
        held.lose()
        pieces.let_go()
        expect(items(mia.page)).to_have_count(0)
        mia.go("room")

    expect(pictures(mia.page)).to_have_count(1)


def test_files_of_a_report_go_to_no_other_conversation_that_is_opened_meanwhile(
    crowd: Crowd, mia: Reporter
) -> None:
    other = crowd.told()
    mia.fill_report()
    choose(mia.page, photo_file())
    pieces = hold_pieces(mia.page)
    mia.do("send_report")
    pieces.wait()
    url = crowd.server.origin
    mia.page.context.add_cookies([{"name": "reporter", "value": other.token, "url": url}])

    with crowd.trouble():
        pieces.let_go()
        expect(items(mia.page)).to_contain_text("Another conversation was opened in this browser.")

    tab = Reporter(mia.page.context.new_page(), mia.origin)
    tab.page.goto(mia.origin)
    tab.wait_until_live()
    expect(pictures(tab.page)).to_have_count(0)


def test_in_a_frame_the_words_stay_when_a_module_gets_lost(crowd: Crowd, site: SchoolSite) -> None:
    mia = in_plain_frame(crowd, site)
    page = mia.around
    mia.page.wait_for_function(AHEAD)
    page.route("**/static/js/**", lambda route: route.abort())

    words = mia.report()  # None is asked for any more, so that none gets lost.
    page.unroute_all()
    page.wait_for_timeout(500)

    assert mia.words() == words


def test_the_words_stay_when_the_line_is_gone_with_a_module(crowd: Crowd, mia: Reporter) -> None:
    mia.fill_report()
    held = hold(mia.page, "**/js/pages/receipt.js*")
    mia.do("send_report")
    words = mia.words()

    with crowd.trouble():
        held.wait()
        mia.page.route("**/*", lambda route: route.abort())
        # It asks whether the page would come again.
        with mia.page.expect_event("requestfailed", lambda asked: asked.url == f"{mia.origin}/"):
            held.drop()
        mia.page.wait_for_timeout(500)
    mia.page.unroute_all()

    assert mia.words() == words
    mia.keep(words)


# Links within a page


def test_from_what_is_missing_a_link_leads_to_its_field_and_loses_no_word(
    crowd: Crowd, mia: Reporter
) -> None:
    mia.page.set_viewport_size(LOW)
    mia.go("report")
    mia.page.fill("[name=what]", HALF)
    mia.do("send_report")
    expect(mia.page.locator("#errors")).to_be_focused()
    entries = mia.page.evaluate("history.length")

    mia.page.locator("#errors a[href='#category']").click()

    expect(mia.page.locator("#category input").first).to_be_focused()
    assert is_in_sight(mia.page.locator("#category-error"))
    expect(mia.page.locator("[name=what]")).to_have_value(HALF)
    assert mia.page.evaluate("history.length") == entries


def test_skipping_to_the_page_keeps_a_half_written_message(crowd: Crowd) -> None:
    mia = crowd.returned(crowd.told())
    mia.write(HALF)

    skip_to_the_page(mia)

    expect(mia.page.locator("[name=body]")).to_have_value(HALF)


def test_skipping_to_the_page_keeps_the_conversation_of_a_frame(
    crowd: Crowd, site: SchoolSite
) -> None:
    mia = in_plain_frame(crowd, site)
    mia.tell()
    mia.write(HALF)

    skip_to_the_page(mia)

    expect(mia.page.locator("[name=body]")).to_have_value(HALF)


def skip_to_the_page(mia: Reporter) -> None:
    mia.page.locator(".skip-link").focus()
    mia.page.locator(".skip-link").press("Enter")
    expect(mia.page.locator("main")).to_be_focused()


# The room's own views


def test_the_room_s_views_come_without_another_document_and_its_line_comes_back(
    crowd: Crowd,
) -> None:
    mia = crowd.returned(crowd.told())
    mia.page.evaluate("window.isSame = true")

    for view in ("held", "privacy"):
        mia.page.locator(".room__menu summary").click()
        mia.go(view)
        expect(mia.page.locator("message-composer")).to_have_count(0)
        if view == "held":
            mia.go("room")
    assert mia.page.evaluate("window.isSame")
    mia.page.locator("a.back").click()
    mia.wait_until_live()
    mia.say("Here again.")

    expect(mia.line("Here again.").locator("[data-slot=state]")).to_have_text("sent")


def test_on_a_slow_line_back_says_that_it_was_pressed_and_leads_there_once(crowd: Crowd) -> None:
    mia = crowd.returned(crowd.told())
    mia.page.locator(".room__menu summary").click()
    mia.go("privacy")
    held = hold(mia.page, "**/", times=1)
    asked: list[str] = []
    mia.page.on("request", lambda request: asked.append(urlsplit(request.url).path))

    mia.page.locator("a.back").dblclick()
    expect(line(mia.page)).to_have_text("Sending …")
    held.let_go()
    mia.write(HALF)
    mia.page.wait_for_load_state("networkidle")

    expect(mia.page.locator("[name=body]")).to_have_value(HALF)
    assert asked.count("/") == 1


def test_the_browser_s_back_leaves_a_conversation_as_it_is(crowd: Crowd) -> None:
    mia = crowd.reporter()
    mia.tell()
    mia.write(HALF)
    mia.page.locator("main").evaluate("main => (main.dataset.before = '')")

    mia.page.evaluate(
        "new Promise((popped) => { addEventListener('popstate', popped, { once: true }); history.back() })"
    )

    expect(mia.page.locator("main[data-before]")).to_be_visible()
    expect(mia.page.locator("[name=body]")).to_have_value(HALF)


def test_back_leads_to_the_view_before_as_soon_as_the_next_one_shows(mia: Reporter) -> None:
    held = hold(mia.page, "**/js/pages/form.js*")
    mia.go("report")
    mia.page.fill("[name=what]", HALF)

    mia.page.evaluate("history.back()")

    expect(mia.page.locator("button[name=go][value=report]").first).to_be_visible()
    held.let_go()
    mia.go("report")
    expect(mia.page.locator("[name=what]")).to_have_value(HALF)


def test_who_goes_back_before_the_next_view_came_gets_there(mia: Reporter) -> None:
    mia.go("report")
    mia.page.fill("[name=what]", HALF)
    held = hold(mia.page, "**/", times=1)
    mia.page.locator("button[name=go][value=privacy]").click()
    held.wait()

    mia.page.evaluate("history.back()")
    held.let_go()

    expect(mia.page.locator("button[name=go][value=report]").first).to_be_visible()
    mia.go("report")
    expect(mia.page.locator("[name=what]")).to_have_value(HALF)


def test_a_button_pressed_twice_leads_there_once(mia: Reporter) -> None:
    asked: list[str] = []
    mia.page.on("request", lambda request: asked.append(request.method))
    held = hold(mia.page, "**/", times=1)

    mia.page.locator("button[name=go][value=report]").first.dblclick()
    held.let_go()
    mia.page.fill("[name=what]", HALF)
    mia.page.wait_for_load_state("networkidle")

    expect(mia.page.locator("[name=what]")).to_have_value(HALF)
    assert asked.count("POST") == 1


# Where the eyes and the keyboard are


def test_a_wrong_word_is_told_where_it_can_be_seen(crowd: Crowd) -> None:
    mia = crowd.reporter(viewport=LOW)
    mia.report()
    mia.page.fill("[name=word]", "nonsense")

    mia.do("keep")

    expect(mia.page.locator("#word")).to_be_focused()
    assert is_in_sight(mia.page.locator("#word-error"))
    assert is_in_sight(mia.page.locator("label[for=word]"))


def test_entering_the_room_the_keyboard_is_on_the_page(crowd: Crowd) -> None:
    mia = crowd.reporter()

    mia.tell()

    expect(mia.page.locator("main")).to_be_focused()


def is_in_sight(part: Locator) -> bool:
    """Whether all of it is in the window, under the bar on top and above the end."""
    return bool(
        part.evaluate("""part => {
          const { top, bottom } = part.getBoundingClientRect()
          return top >= document.querySelector('.topbar').offsetHeight && bottom <= innerHeight
        }""")
    )


# Which way words run


def test_a_view_brings_its_language_and_its_direction_along(mia: Reporter) -> None:
    def in_arabic(route: Route) -> None:
        answer = route.fetch()
        page = answer.text().replace('<html lang="en" dir="ltr"', '<html lang="ar" dir="rtl"')
        route.fulfill(response=answer, body=page)

    expect(mia.page.locator("html")).to_have_attribute("dir", "ltr")
    mia.page.route("**/", in_arabic, times=1)
    mia.go("privacy")

    expect(mia.page.locator("html")).to_have_attribute("dir", "rtl")
    expect(mia.page.locator("html")).to_have_attribute("lang", "ar")


# What pages are made of


def test_what_later_pages_are_made_of_comes_while_the_first_is_read(crowd: Crowd) -> None:
    mia = crowd.reporter()
    fetched = Fetched(mia.page)
    mia.arrive()
    mia.page.wait_for_function(AHEAD)
    assert "room.js" in fetched.names()
    fetched.clear()

    mia.tell()
    mia.wait_until_live()

    # That something came from the cache is told after it was used.
    wait_until(mia.page, lambda: fetched.names() == set())
    assert fetched.names() == set()


@pytest.mark.parametrize("path", ["/", "/console", "/console/account"])
def test_what_a_page_needs_is_asked_for_before_any_of_it_is_there(crowd: Crowd, path: str) -> None:
    page = crowd.responder("ana").page
    held = hold(page, "**/static/js/**")

    page.goto(f"{crowd.server.origin}{path}", wait_until="commit")
    expect(page.locator("main")).to_be_visible()
    needed = page.locator("head script[type=module]").count()
    wait_until(page, lambda: len(held.routes) == needed)
    asked = len(held.routes)
    page.unroute_all()  # And with it let go.
    page.wait_for_load_state("load")

    assert (asked, page.evaluate(MODULES)) == (needed, needed)


def test_what_a_later_view_needs_is_asked_for_at_once_too(mia: Reporter) -> None:
    held = hold(mia.page, "**/static/js/**")

    mia.go("report")
    expect(mia.page.locator("[name=what]")).to_be_visible()
    wait_until(mia.page, lambda: any("/voice.js" in route.request.url for route in held.routes))
    asked = [route.request.url.partition("?")[0].rpartition("/")[2] for route in held.routes]
    held.let_go()

    # The last of eight that import one another.
    assert "voice.js" in asked
    expect(mia.page.locator("attachment-picker:defined")).to_be_attached()


def test_where_nothing_is_kept_nothing_is_fetched_ahead(crowd: Crowd) -> None:
    mia = crowd.reporter()
    session = mia.page.context.new_cdp_session(mia.page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    mia.arrive()
    mia.page.wait_for_function(f"() => ({FETCHED}).length === 1")

    mia.go("report")
    expect(mia.page.locator("attachment-picker:defined")).to_be_attached()

    assert mia.page.evaluate(FETCHED) == ["ahead.js"]


class Fetched:
    """The static files that came over the network."""

    def __init__(self, page: Page) -> None:
        self._asked: dict[str, str] = {}
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self._ask)
        session.on("Network.requestServedFromCache", self._forget)
        session.on("Network.loadingFinished", self._finish)

    def names(self) -> set[str]:
        return set(self._asked.values())

    def clear(self) -> None:
        self._asked.clear()

    def _ask(self, event: dict[str, Any]) -> None:
        path = urlsplit(event["request"]["url"]).path
        if path.startswith("/static/"):
            self._asked[event["requestId"]] = path.rpartition("/")[2]

    def _forget(self, event: dict[str, Any]) -> None:
        self._asked.pop(event["requestId"], None)

    def _finish(self, event: dict[str, Any]) -> None:
        if event["encodedDataLength"] == 0:
            self._forget(event)


AHEAD = """() => {
  const addresses = JSON.parse(document.querySelector("[data-ahead]").textContent)
  // Also of what the page itself has loaded, as a frame does: what is still being fetched would get lost.
  const fetched = performance.getEntriesByType("resource").filter(({ initiatorType }) => initiatorType === "fetch")
  const there = new Set(fetched.map(({ name }) => name))
  return addresses.length > 20 && addresses.every((address) => there.has(location.origin + address))
}"""

# Those that were fetched to lie in the cache.
FETCHED = """performance.getEntriesByType("resource")
  .filter(({ name, initiatorType }) => name.includes("/static/") && initiatorType === "fetch")
  .map(({ name }) => new URL(name).pathname.split("/").at(-1))"""
# Those that were fetched to be run, not to lie in the cache.
MODULES = """performance.getEntriesByType("resource").filter(
  ({ name, initiatorType }) => name.includes("/static/js/") && initiatorType !== "fetch").length"""
