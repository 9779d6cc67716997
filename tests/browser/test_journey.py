"""Going from view to view with scripts: every press is answered, and nothing typed is lost on the way."""

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.people import Crowd, Reporter

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


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_in_trouble_takes_no_report_off_the_page(
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
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    mia.page.route("**/", hold, times=1)

    mia.page.locator("button[value=privacy]").click()
    expect(line(mia.page)).to_have_text("Sending …")
    with crowd.trouble():
        held[0].abort()
        expect(line(mia.page)).to_contain_text("press the button again")
    mia.go("privacy")

    expect(mia.page.locator("h1")).to_have_text("How private is this?")
    expect(line(mia.page)).to_be_hidden()
