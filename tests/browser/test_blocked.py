"""Scripts are on, and some of ours do not come: a filter takes them away, or the browser is too old for them."""

import pytest
from playwright.sync_api import expect

from tests.browser.people import Crowd

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
