"""Long conversations: what matters is in sight, and nothing scrolls away."""

from playwright.sync_api import Locator, expect

from tests.browser.people import Crowd, Reporter, Told


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
