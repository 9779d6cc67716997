"""Scripts are on, and not all of ours works: a filter takes it away, or the browser is too old for it."""

import pytest
from playwright.sync_api import Route, expect

from tests.browser.people import DESK, Crowd, Reporter, Responder, Told, state_of
from tests.browser.school_site import SchoolSite
from tests.browser.test_frame import Framed, plain, site
from tests.cast import STATICS

__all__ = ["site"]  # A fixture.

KEEPS = "it may keep what you type in its own files"
BLANK = "The page goes blank at once"
WAITS = "another site opens as soon as the network lets it"


@pytest.mark.parametrize(
    ("blocked", "said"),
    [
        ("nothing.js", {BLANK}),
        ("pages/journey.js", {KEEPS, BLANK}),
        ("pages/safety.js", {KEEPS, WAITS}),
    ],
)
def test_how_private_it_is_promises_what_runs_and_no_more(
    crowd: Crowd, blocked: str, said: set[str]
) -> None:
    mia = crowd.reporter()
    mia.arrive()
    mia.page.route(f"**/{blocked}*", lambda route: route.abort())

    with crowd.trouble():
        mia.page.reload()
        mia.page.locator("button[name=go][value=privacy]").click()
        expect(mia.page.locator("h1")).to_have_text("How private is this?")

        for words in (KEEPS, BLANK, WAITS):
            expect(mia.page.get_by_text(words)).to_be_visible(visible=words in said)
        mia.page.context.close()


THROWS = (
    "window.WebSocket = class { constructor() { throw new DOMException('no', 'SecurityError') } }"
)
TAKEN = "delete window.WebSocket"
REFUSED = """window.WebSocket = class {
  constructor() { setTimeout(() => this.onclose({ code: 1006, reason: "" })) }
  close() {}
}"""
SILENT = "window.WebSocket = class { readyState = 0; close() {} }"


@pytest.mark.parametrize("blocked", [THROWS, TAKEN, REFUSED, SILENT])
def test_where_the_live_line_is_blocked_words_go_both_ways_all_the_same_and_once(
    crowd: Crowd, blocked: str
) -> None:
    told, mia, ana = without_a_line(crowd, blocked)

    mia.say("He waits at the gate.")
    mia.say("Every day.")
    mia.page.clock.run_for(25_000)
    for words in ("He waits at the gate.", "Every day."):
        expect(ana.line(told.number, words)).to_have_count(1)
    ana.answer(told.number, "Who does?")
    mia.page.clock.run_for(25_000)
    expect(mia.line("Who does?")).to_have_count(1)
    mia.say("Sam does.")
    expect(ana.line(told.number, "Sam does.")).to_have_count(1)
    mia.page.clock.run_for(25_000)

    for words in ("He waits at the gate.", "Every day.", "Sam does."):
        expect(state_of(mia.line(words))).to_have_text("read")
        expect(mia.line(words)).to_have_count(1)
        expect(ana.line(told.number, words)).to_have_count(1)
    said = mia.page.locator("message-list").inner_text()
    assert said.index("gate") < said.index("Every day.") < said.index("Who") < said.index("Sam")
    expect(mia.page.locator("[data-slot=line]")).to_contain_text(
        "Messages get through all the same"
    )


def test_what_waits_for_a_way_and_what_is_half_written_is_there_after_a_look_elsewhere(
    crowd: Crowd,
) -> None:
    told, mia, ana = without_a_line(crowd, SILENT)

    mia.say("He waits at the gate.")
    mia.write("Half a story")
    mia.page.locator(".room__menu summary").click()
    mia.go("privacy")
    mia.page.locator("a.back").click()
    mia.wait_until_live()
    expect(state_of(mia.line("He waits at the gate."))).to_have_text("sending")
    expect(mia.page.locator("textarea[name=body]")).to_have_value("Half a story")
    mia.page.clock.run_for(40_000)

    for line in (ana.line(told.number, "He waits at the gate."), mia.line("He waits at the gate.")):
        expect(line).to_have_count(1)


def without_a_line(crowd: Crowd, blocked: str) -> tuple[Told, Reporter, Responder]:
    """Return a conversation, who began it, and who claimed it."""
    told, mia, ana = crowd.told(), crowd.reporter(), crowd.responder("ana")
    ana.take(told.number)
    mia.page.clock.install()
    mia.page.add_init_script(blocked)
    url = crowd.server.origin
    mia.page.context.add_cookies([{"name": "reporter", "value": told.token, "url": url}])
    mia.page.goto(url)
    mia.wait_until_live()
    return told, mia, ana


def test_a_frame_whose_live_line_is_blocked_goes_by_pages_too(
    crowd: Crowd, site: SchoolSite
) -> None:
    ana, page = crowd.responder("ana"), crowd.context(viewport=DESK).new_page()
    page.add_init_script(THROWS)
    page.clock.install()
    page.goto(site.put(plain(crowd), "/plain"))
    mia = Framed(page, crowd.server.origin)
    mia.arrive()
    _, number = mia.tell()
    ana.take(number)

    mia.say("He waits at the gate.")
    page.clock.run_for(25_000)
    expect(ana.line(number, "He waits at the gate.")).to_have_count(1)
    ana.answer(number, "Who does?")
    page.clock.run_for(25_000)

    expect(mia.line("Who does?")).to_have_count(1)
    expect(mia.line("He waits at the gate.")).to_have_count(1)
    expect(state_of(mia.line("He waits at the gate."))).to_have_text("read")


def test_a_console_whose_live_line_is_blocked_says_so(crowd: Crowd) -> None:
    ana = crowd.responder("ana")
    ana.page.add_init_script(THROWS)

    ana.open_console()

    expect(ana.page.get_by_text("This page is not live yet.")).to_be_visible()


def test_a_console_whose_modules_do_not_come_shows_nothing_that_a_press_does_nothing_on(
    crowd: Crowd,
) -> None:
    told, ana = crowd.told(), crowd.responder("ana")
    ana.take(told.number)
    served = [
        ana.page.get_by_text("Sound", exact=True),
        ana.page.get_by_role("button", name="Keys"),
        ana.room(told.number).locator("[data-leave]"),
        ana.page.get_by_text("Reporters see that someone is here."),
    ]
    for each in served:
        expect(each).to_be_visible()
    ana.page.route("**/*.js*", lambda route: route.abort())

    with crowd.trouble():
        ana.page.reload()
        for each in served:
            expect(each).to_be_hidden()
        ana.room(told.number).get_by_text("Canned responses").click()
        expect(ana.page.get_by_label("Find a response")).to_be_hidden()
        expect(ana.page.locator(".canned p").first).to_be_visible()
        expect(ana.page.locator(".canned button").first).to_be_hidden()


def test_whichever_module_is_blocked_a_report_gets_in_and_the_six_words_are_shown(
    crowd: Crowd,
) -> None:
    entries = [f"js/pages/{name}.js" for name in ("safety", "journey", "form", "receipt", "files")]

    with crowd.trouble():
        for module in STATICS.modules(*entries):
            mia = crowd.reporter()
            mia.page.route(f"**/static/{module}*", lambda route: route.abort())
            mia.arrive()
            mia.go("report")
            mia.choose("danger", "no")
            mia.choose("category", "bullying")
            mia.page.fill("[name=what]", f"They tease me. ({module})")
            mia.press("send_report")
            expect(mia.page.locator(".receipt__word"), module).to_have_count(6)
            mia.page.context.close()


def test_without_its_styles_a_room_is_read_from_top_to_bottom_and_nothing_false_stands_in_it(
    crowd: Crowd,
) -> None:
    mia = crowd.reporter()
    words = mia.report()
    mia.keep(words)
    mia.page.route("**/*.css*", lambda route: route.abort())

    with crowd.trouble():
        mia.page.reload()
        mia.wait_until_live()
        mia.say("Does anybody read this?")
        expect(state_of(mia.line("Does anybody read this?"))).to_have_text("sent")

        expect(mia.page.get_by_text("New messages don't appear here")).to_be_hidden()
        icons = mia.page.locator(".icon:visible").all()
        assert icons
        assert all(box["width"] <= 24 for icon in icons if (box := icon.bounding_box()))


def test_an_engine_that_knows_no_has_shows_the_numbers_to_call_and_takes_a_name(
    crowd: Crowd,
) -> None:
    def without_has(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace(":has(", ":unknown("))

    mia = crowd.reporter()
    mia.page.route("**/*.css*", without_has)
    mia.arrive()
    mia.go("report")

    expect(mia.page.locator("#danger .crisis")).to_be_visible()
    expect(mia.page.locator("#category .crisis")).to_be_hidden()
    mia.choose("identity", "named")
    mia.page.locator("input[name=name]").fill("Mia")
