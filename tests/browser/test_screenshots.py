"""The README's pictures, taken from a story played by the cast: they never go stale.

They go to a folder of their own; with MESSENGER_SCREENSHOTS=1 to docs/images, to be committed.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import Crowd, Reporter, Responder
from tests.server import CHECKOUT

IMAGES = CHECKOUT / "docs" / "images"
LEAST_BYTES = 10_000
PNG = b"\x89PNG\r\n\x1a\n"
THEMES = ("light", "dark")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = IMAGES if os.environ.get("MESSENGER_SCREENSHOTS") == "1" else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_the_readme_shows_a_conversation_from_both_sides(own_crowd: Crowd, folder: Path) -> None:
    ana = own_crowd.responder("ana")
    ana.open_console()
    mia = own_crowd.reporter(device_scale_factor=2)

    taken = [*tell_the_story(mia, own_crowd, folder), *answer_it(mia, ana, own_crowd, folder)]

    assert sorted(path.name for path in taken) == sorted(
        f"{name}-{theme}.png"
        for name in ("start", "form", "receipt", "room", "console")
        for theme in THEMES
    )
    for path in taken:
        picture = path.read_bytes()
        assert picture.startswith(PNG)
        assert len(picture) > LEAST_BYTES


def tell_the_story(mia: Reporter, crowd: Crowd, folder: Path) -> list[Path]:
    """Mia reports; three pictures of her phone."""
    mia.arrive()
    taken = take(mia.page, folder, "start")
    mia.fill_report("A boy in my grade says he will bring a knife on Friday. He showed it to us "
                    "at the bus stop.", "weapon", danger="unsure")  # fmt: skip
    mia.page.locator("[name=what]").scroll_into_view_if_needed()
    taken += take(mia.page, folder, "form", before=lambda page: page.evaluate("scrollTo(0, 0)"))
    mia.do("send_report")
    words = mia.words()
    show_words = "() => document.querySelector('.receipt').scrollIntoView({ block: 'center' })"
    taken += take(mia.page, folder, "receipt", before=lambda page: page.evaluate(show_words))
    mia.keep(words)
    return taken


def answer_it(mia: Reporter, ana: Responder, crowd: Crowd, folder: Path) -> list[Path]:
    """Ana answers, while others wait; a picture of the phone and one of the desk."""
    number = mia.number()
    ana.open_room(number)
    ana.claim(number)
    ana.answer(number, "Thank you for telling us. I am the counselor. Are you safe right now?")
    expect(mia.line("Are you safe right now?")).to_be_visible()
    mia.say("Yes, I am at home.")
    expect(ana.line(number, "Yes, I am at home.")).to_be_visible()
    ana.answer(number, "Good. You did the right thing. Do you know when he gets to school?")
    expect(mia.line("You did the right thing.")).to_be_visible()
    mia.say("He takes bus 12. Please don't say it was me.")
    expect(ana.line(number, "He takes bus 12.")).to_be_visible()
    for what, category, code in OTHERS:
        other = crowd.reporter()
        other.arrive(code)
        other.fill_report(what, category)
        other.do("send_report")
        other.words()
    expect(ana.page.locator(".row")).to_have_count(1 + len(OTHERS))
    ana.composer(number).press_sequentially("We won't. Nobody here knows who you are, and")
    expect(mia.page.locator("[data-slot=typing]")).to_be_visible()
    return [*take(mia.page, folder, "room"), *take(ana.page, folder, "console")]


OTHERS = (
    ("They keep taking my little brother's lunch on the bus.", "bullying", "LINCOLN"),
    ("A group chat has pictures of a girl in it. She does not know.", "cyberbullying", "MetroED"),
    (
        "My friend does not eat any more, and says nobody would miss her.",
        "welfare_concern",
        "LINCOLN",
    ),
)


def take(
    page: Page, folder: Path, name: str, before: Callable[[Page], object] = lambda page: None
) -> list[Path]:
    """Take a picture in each theme."""
    taken = []
    before(page)
    for theme in THEMES:
        path = folder / f"{name}-{theme}.png"
        page.emulate_media(
            color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce"
        )
        page.screenshot(path=path, animations="disabled", caret="hide")
        taken.append(path)
    return taken
