"""By https, behind the proxies that the guide shows: as they are run in earnest."""

from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.elsewhere import Elsewhere
from tests.browser.evidence import choose, photo_file, pictures
from tests.browser.people import Crowd
from tests.browser.proxies import Run, caddy, nginx
from tests.browser.seeding import seed
from tests.server import Server, free_port

PROXIES = {"nginx": nginx, "caddy": caddy}
VISITOR = "127.0.0.77"


class Behind(Server):
    """A server that is reached by https, and by way of a proxy."""

    def __init__(self, folder: Path, leave_url: str) -> None:
        origin = f"https://127.0.0.1:{free_port()}"
        super().__init__(folder, ORIGIN=origin, LEAVE_URL=leave_url)
        self.origin = origin


@pytest.fixture
def behind(tmp_path: Path, elsewhere: Elsewhere) -> Behind:
    return Behind(tmp_path, elsewhere.url)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "proxy").mkdir()
    return tmp_path / "proxy"


@pytest.mark.parametrize("run", PROXIES.values(), ids=PROXIES)
def test_the_conversation_goes_through_it(
    run: Run, behind: Behind, place: Path, browser: Browser
) -> None:
    seeded = seed(behind.data)
    with behind, run(place, behind):
        crowd = Crowd(browser, behind, seeded)
        mia, ana = crowd.reporter(), crowd.responder("ana", signed_in=False)
        _, number = mia.tell()
        ana.sign_in()
        ana.open_room(number)
        ana.claim(number)
        choose(mia.page, photo_file())
        mia.say("This is what I saw.")
        expect(pictures(ana.room(number))).to_have_count(1)
        ana.answer(number, "I am here.")
        expect(mia.line("I am here.")).to_be_visible()
        cookies = [*mia.page.context.cookies(), *ana.page.context.cookies()]
        crowd.close()

    assert crowd.problems == []
    assert {cookie["name"] for cookie in cookies} >= {"__Host-reporter", "__Host-responder"}
    assert all(each["secure"] and each["name"].startswith("__Host-") for each in cookies)


@pytest.mark.parametrize("run", PROXIES.values(), ids=PROXIES)
def test_it_writes_down_neither_who_came_nor_what_they_sent(
    run: Run, behind: Behind, place: Path
) -> None:
    seed(behind.data)
    with behind, run(place, behind):
        before = folders(place)
        visit(behind)

    assert traces(place) == []
    assert folders(place) == before


@pytest.mark.parametrize("run", PROXIES.values(), ids=PROXIES)
def test_one_that_does_is_found(run: Run, behind: Behind, place: Path) -> None:
    seed(behind.data)
    with behind, run(place, behind, careless=True):
        before = folders(place)
        visit(behind)

    assert traces(place) != []
    # Caddy has no way to put bodies aside.
    assert (folders(place) == before) is (run is caddy)


def test_without_https_nginx_leads_to_it(behind: Behind, place: Path) -> None:
    with nginx(place, behind) as plain:
        answer = httpx2.get(f"{plain}/c/LINCOLN")

    assert (answer.status_code, answer.headers["location"]) == (301, f"{behind.origin}/c/LINCOLN")


def visit(behind: Behind) -> None:
    """Look, send more than fits into a buffer, and find nobody there."""
    transport = httpx2.HTTPTransport(verify=False, local_address=VISITOR)
    with httpx2.Client(base_url=behind.origin, transport=transport, timeout=20) as client:
        assert client.get("/c/LINCOLN").status_code == 303
        assert client.post("/", content=b"x" * 3_000_000).status_code in {400, 403, 413, 415, 422}
        behind.stop()
        assert client.get("/").status_code == 502


def traces(place: Path) -> list[str]:
    """Return the files in which the visitor's address stands."""
    files = (path for path in place.rglob("*") if path.is_file())
    return [path.name for path in files if VISITOR.encode() in path.read_bytes()]


def folders(place: Path) -> dict[Path, int]:
    """Return when something was last put into each folder, or taken from it."""
    return {path: path.stat().st_mtime_ns for path in place.rglob("*") if path.is_dir()}
