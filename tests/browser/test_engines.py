"""The same conversation in the other engines people have: Safari's and Firefox's."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.browser.drawing import photo
from tests.browser.elsewhere import TITLE, Elsewhere
from tests.browser.engines import Window, gecko, webkit
from tests.browser.people import TEASING, Crowd
from tests.browser.seeding import Seeded, seed
from tests.browser.traces import find_traces, the_text, the_words
from tests.cast import PASSWORD
from tests.server import Server

Open = Callable[..., Window]
ENGINES = {"webkit": webkit, "gecko": gecko}
# Firefox has no narrower window.
NARROW, WIDE = (450, 844), (1280, 860)


@pytest.fixture(params=ENGINES)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens browsers of an engine; at the end no page of theirs may have complained."""
    with ExitStack() as stack:
        windows: list[Window] = []

        def open_window(size: tuple[int, int] = NARROW, *, scripts: bool = True) -> Window:
            folder = tmp_path / f"browser-{len(windows)}"
            folder.mkdir()
            engine = ENGINES[request.param]
            windows.append(stack.enter_context(engine(folder, size, scripts=scripts)))
            return windows[-1]

        yield open_window
        complaints = [window.complaints() for window in windows if window.has_scripts]
        assert not any(complaints), complaints


def test_a_report_becomes_a_conversation(
    opened: Open, town: tuple[Server, Seeded], tmp_path: Path
) -> None:
    server, seeded = town
    mia, ana = opened(), opened(WIDE)
    picture = tmp_path / "IMG_4711.jpg"
    picture.write_bytes(photo(900))

    mia.go(f"{server.origin}/c/LINCOLN")
    fill_report(mia)
    mia.press("attachment-picker summary")
    mia.give_file("input[data-from=files]", picture)
    mia.see(".enclose__item", "Not sent yet")
    words = send_report(mia)
    number = number_of(mia)
    mia.see("li.message img")
    say(mia, "And today too.")
    mia.see("li.message", "sent")

    sign_in(ana, server, seeded)
    column = claim(ana, number)
    ana.see("li.message", "And today too.")
    ana.type(f"{column} textarea[name=body]", "I am here. Are you safe?")
    ana.press(f"{column} [data-slot=send]")
    mia.see("li.message", "I am here. Are you safe?")
    ana.see("li.message", "read")
    say(mia, "Yes. Thank you.")
    ana.see("li.message", "Yes. Thank you.")

    mia.press("button", "Leave")
    mia.see("h1", TITLE)
    mia.go(server.origin)
    mia.press("button[value=return]")
    mia.type("[name=words]", "-".join(words).upper())
    mia.press("button[value=open]")
    mia.see("li.message", "I am here. Are you safe?")


def test_without_scripts_words_go_both_ways(opened: Open, crowd: Crowd) -> None:
    mia, ana = opened(scripts=False), crowd.responder("ana")

    mia.go(f"{crowd.server.origin}/c/LINCOLN")
    fill_report(mia)
    send_report(mia)
    say(mia, "And today too.")
    mia.see(
        "textarea[name=body]:placeholder-shown"
    )  # Leaving before the answer would take it back.
    mia.go(f"{crowd.server.origin}/history")
    mia.see("li.message", "And today too.")
    number = number_of(mia)
    ana.take(number)
    ana.answer(number, "I am here.")

    mia.see("li.message", "I am here.")


def test_firefox_notes_nothing_for_when_it_is_started_again(
    elsewhere: Elsewhere, tmp_path: Path
) -> None:
    assert what_firefox_keeps(Server(tmp_path, LEAVE_URL=elsewhere.url)) == {}


def test_what_firefox_notes_of_fields_that_let_it_is_found(
    elsewhere: Elsewhere, tmp_path: Path
) -> None:
    leaky = Server(tmp_path, program="tests.browser.leaky", LEAVE_URL=elsewhere.url)

    assert "half a word" in what_firefox_keeps(leaky)


def what_firefox_keeps(server: Server) -> dict[str, set[str]]:
    """Return what is in its profile, and where, after it was ended in the middle of a conversation."""
    profile = server.data.parent / "profile"
    profile.mkdir()
    seed(server.data)
    with server, gecko(profile, NARROW) as mia:
        mia.go(f"{server.origin}/c/LINCOLN")
        fill_report(mia)
        words = send_report(mia)
        say(mia, "Wombatmessage")
        mia.see("li.message", "sent")
        mia.type("textarea[name=body]", "Halfaquokka")
        # All fields of a page are noted at once, so what may be noted is there when this one is.
        mia.run(
            "document.body.append(Object.assign(document.createElement('input'), {id: 'kept'}))"
        )
        mia.type("#kept", "Noticednumbat")
        kept = {"kept": the_text("Noticednumbat")}
        mia.wait(lambda: find_traces(profile / "sessionstore-backups", kept), "what to restore")
    texts = {"report": TEASING, "message": "Wombatmessage", "half a word": "Halfaquokka"}
    secrets = {name: the_text(text) for name, text in texts.items()}
    return find_traces(profile, {**secrets, "words": the_words(words)})


def fill_report(mia: Window) -> None:
    mia.press("button[value=report]:not(.visually-hidden)")
    mia.press("label:has([name=danger][value=no])")
    mia.press("label:has([name=category][value=bullying])")
    mia.type("[name=what]", TEASING)


def send_report(mia: Window) -> list[str]:
    """Send it, keep the six words, and return them."""
    mia.press("button[value=send_report]")
    mia.see(".receipt__word")
    words = [re.sub(r"\W|\d", "", text) for text in mia.texts(".receipt__word")]
    asked = re.search(r"Type the (\w+) word", mia.texts("main")[0])
    assert asked is not None and len(words) == 6
    mia.type("[name=word]", words[ORDINALS.index(asked.group(1))])
    mia.press("button[value=keep]")
    mia.see("message-composer:defined textarea" if mia.has_scripts else "textarea[name=body]")
    return words


ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")


def number_of(mia: Window) -> str:
    mia.see(".messages__opening")
    found = re.search(r"R-\d+", mia.texts(".messages__opening")[0])
    assert found is not None
    return found.group()


def say(mia: Window, text: str) -> None:
    mia.type("textarea[name=body]", text)
    mia.press("button[value=say]")


def sign_in(ana: Window, server: Server, seeded: Seeded) -> None:
    ana.go(f"{server.origin}/console/sign-in")
    ana.type("#login", "ana")
    ana.type("#password", PASSWORD)
    ana.type("#code", seeded.recovery["ana"].pop())
    ana.press("button", "Sign in")
    ana.see("queue-list:defined")


def claim(ana: Window, number: str) -> str:
    """Claim the room from the queue; return the selector of its column."""
    column = f"room-column[data-number='{number.removeprefix('R-')}']"

    def is_open() -> bool:
        if not ana.texts(column):
            ana.press(".row__open", number)
        return bool(ana.texts(column))

    # A line that comes above moves the row away under the pointer: then it is pressed again.
    ana.wait(is_open, number)
    ana.press(f"{column} button[value=claim]")
    ana.see(f"{column} textarea[name=body]")
    return column
