"""What people see and lose while nothing can be kept: no word, and not the order of their words."""

from playwright.sync_api import Page, expect

from tests.browser.elsewhere import Elsewhere
from tests.browser.holding import hold
from tests.browser.people import Crowd, Reporter, state_of
from tests.disks import full_disk

FIRST = "Which school is it about?"
"""What the address shows to whom it does not know."""
FAILED = "chrome-error://chromewebdata/"
"""Where a browser is when what it went to did not come."""


def test_what_is_said_while_the_disk_is_full_gets_in_afterwards_in_its_order(
    own_crowd: Crowd,
) -> None:
    mia, ana = own_crowd.reporter(), own_crowd.responder("ana")
    _, number = mia.tell()
    ana.take(number)

    with own_crowd.trouble(), full_disk(own_crowd.server.pid):
        mia.say("He has a knife.")
        ana.answer(number, "Are you safe?")
        for where in (mia.page, ana.room(number)):
            expect(where.locator("[data-slot=line]")).to_contain_text("We keep trying.")
        mia.say("No, wait. It is a comb.")
    for words in ("He has a knife.", "No, wait. It is a comb."):
        expect(ana.line(number, words)).to_have_count(1)
        expect(state_of(mia.line(words))).to_have_text("read")
    expect(mia.line("Are you safe?")).to_have_count(1)
    for where in (mia.page, ana.room(number)):
        expect(where.locator("[data-slot=line]")).to_be_hidden()

    lines = ana.page.locator("message-list").inner_text()
    assert lines.index("He has a knife.") < lines.index("No, wait. It is a comb.")


def test_while_something_waits_for_the_line_nobody_is_told_to_close_the_page(
    crowd: Crowd,
) -> None:
    mia = crowd.returned(crowd.told())
    again = mia.page.get_by_text("You may close this page now.")
    expect(again).to_be_visible()

    with crowd.trouble():
        mia.page.context.set_offline(True)
        mia.say("One more thing.")
        expect(mia.page.get_by_text("Not sent yet.")).to_be_visible()
        expect(again).to_be_hidden()
        mia.page.context.set_offline(False)
        expect(state_of(mia.line("One more thing."))).to_have_text("sent")

    expect(again).to_be_visible()


def test_left_over_a_dead_line_the_conversation_is_closed_to_who_opens_the_address_next(
    crowd: Crowd, elsewhere: Elsewhere
) -> None:
    mia, token = left_on_a_phone(crowd)
    mia.page.route("**/leave", lambda route: route.abort())

    with crowd.trouble():
        mia.page.locator(".leave__button").click()
        mia.page.wait_for_url(elsewhere.url)
    mia.page.goto(mia.origin)

    expect(mia.page.locator("h1")).to_have_text(FIRST)
    assert "reporter" not in [each["name"] for each in mia.page.context.cookies()]
    hold_token(mia, token)
    mia.page.goto(mia.origin)
    expect(mia.page.locator("h1")).to_have_text(FIRST)


def test_left_alone_over_a_dead_line_it_is_locked_as_soon_as_the_line_is_back(crowd: Crowd) -> None:
    mia, _ = left_on_a_phone(crowd)
    for path in ("/lock", "/"):
        mia.page.route(f"**{path}", lambda route: route.abort(), times=1)

    with crowd.trouble():
        mia.page.clock.fast_forward("11:00")
        # The page goes to the address by itself, last of all: only then can somebody open it next.
        expect(mia.page).to_have_url(FAILED)
    expect(mia.page.locator("message-list")).to_have_count(0)
    mia.page.goto(mia.origin)

    expect(mia.page.locator("h1")).to_have_text("We closed this page for you.")
    mia.page.reload()
    expect(mia.page.locator("h1")).to_have_text(FIRST)


def test_an_answer_that_comes_once_somebody_left_lets_nobody_in(
    own_crowd: Crowd, elsewhere: Elsewhere
) -> None:
    mia = own_crowd.reporter()
    mia.arrive()
    mia.fill_report()
    away = hold(mia.page, elsewhere.url)

    with own_crowd.trouble(), own_crowd.server.paused():
        with mia.page.expect_request(lambda request: request.method == "POST"):
            mia.press("send_report")
        leave(mia.page)
        away.wait()
    number = own_crowd.told().number
    ana = own_crowd.responder("ana")
    ana.open_console()
    expect(ana.row(number)).to_be_visible()
    away.let_go()
    mia.page.wait_for_url(elsewhere.url)
    mia.page.goto(mia.origin)

    expect(mia.page.locator("h1")).to_have_text(FIRST)
    assert mia.page.context.cookies() == []


def test_who_left_while_a_page_s_modules_were_on_their_way_is_not_led_back(
    crowd: Crowd, elsewhere: Elsewhere
) -> None:
    mia = crowd.reporter()
    mia.arrive()
    mia.fill_report()
    modules = hold(mia.page, "**/receipt.js*")
    mia.do("send_report")
    modules.wait()
    away = hold(mia.page, elsewhere.url)

    with crowd.trouble():
        with mia.page.expect_event("requestfailed"):
            leave(mia.page)
        away.wait()
        mia.page.wait_for_timeout(500)
        away.let_go()

    mia.page.wait_for_url(elsewhere.url)


def leave(page: Page) -> None:
    """Press, and no more: where it leads to is held."""
    page.locator(".leave__button").click(no_wait_after=True)


def left_on_a_phone(crowd: Crowd) -> tuple[Reporter, str]:
    """Return Mia in her room, on a page whose clock can be set forward, and her token."""
    told, mia = crowd.told(), crowd.reporter()
    mia.page.clock.install()
    hold_token(mia, told.token)
    mia.page.goto(mia.origin)
    mia.wait_until_live()
    return mia, told.token


def hold_token(mia: Reporter, token: str) -> None:
    cookie = {"name": "reporter", "value": token, "url": mia.origin}
    mia.page.context.add_cookies([cookie])  # type: ignore[list-item]


def test_a_room_that_is_over_says_no_more_that_it_keeps_trying(own_crowd: Crowd) -> None:
    told, ana = own_crowd.told(), own_crowd.responder("ana")
    ana.take(told.number)
    line = ana.room(told.number).locator("[data-slot=line]")

    with own_crowd.trouble(), full_disk(own_crowd.server.pid):
        ana.answer(told.number, "Are you safe?")
        expect(line).to_contain_text("We keep trying.")
        ana.page.context.clear_cookies()
        expect(ana.page.get_by_role("dialog")).to_be_visible()
        expect(line).to_be_hidden()
