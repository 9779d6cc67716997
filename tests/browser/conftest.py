"""A seeded server and one browser process for each module; fresh browser profiles for each test."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from tests.browser.elsewhere import Elsewhere
from tests.browser.people import Crowd
from tests.browser.seeding import Seeded, seed
from tests.proofs.hosts import Servers
from tests.server import Server

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium-headless-shell")
"""The engine without a window's trimmings, which cost a third more."""
FLAGS = ["--no-sandbox", "--site-per-process"]
"""Each site in a process of its own, as people's browsers have it."""
MICROPHONE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
"""One that hums, and that every page may use."""
WHOLE_CHROMIUM = "/usr/bin/chromium"
"""What people have: for what it leaves on a disk."""
ONE_PROCESS, TWO_WORKERS = "one process", "two workers"
"""Sizes: the embedded default; PostgreSQL and Redis with two workers."""
HERE = Path(__file__).resolve().parent

expect.set_options(timeout=30_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    with Elsewhere(tmp_path_factory.mktemp("elsewhere")) as elsewhere:
        yield elsewhere


# A module's, not the session's: while it is open its event loop would be in the way of async tests.
@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


# A module whose browser has more has a fixture of this name.
@pytest.fixture(scope="module")
def flags() -> list[str]:
    return FLAGS


@pytest.fixture(scope="module")
def browser(playwright: Playwright, flags: list[str]) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with Servers() as servers:
        yield servers


# A module that has its tests run on both sizes has a fixture of this name with both as parameters.
@pytest.fixture(scope="module")
def size() -> str:
    return ONE_PROCESS


@pytest.fixture(scope="module")
def host(size: str, servers: Servers, elsewhere: Elsewhere) -> Callable[[Path], Server]:
    """Make a server of that size in a folder."""
    make = servers.host if size == TWO_WORKERS else Server
    return lambda folder: make(folder, LEAVE_URL=elsewhere.url)


@pytest.fixture(scope="module")
def town(
    tmp_path_factory: pytest.TempPathFactory, host: Callable[[Path], Server]
) -> Iterator[tuple[Server, Seeded]]:
    """Riverbend Schools, served for all tests of the module."""
    server = host(tmp_path_factory.mktemp("town"))
    seeded = seed(server.data, server.database_server)
    with server:
        yield server, seeded


@pytest.fixture(scope="module")
def server(town: tuple[Server, Seeded]) -> Server:
    return town[0]


@pytest.fixture
def crowd(browser: Browser, town: tuple[Server, Seeded]) -> Iterator[Crowd]:
    """People with browsers. At the end no page of theirs may have complained."""
    crowd = Crowd(browser, *town)
    yield crowd
    crowd.close()
    assert crowd.problems == []


@pytest.fixture
def own_crowd(browser: Browser, host: Callable[[Path], Server], tmp_path: Path) -> Iterator[Crowd]:
    """The same in a town of its own, for what must be alone: an empty queue, a server to kill."""
    server = host(tmp_path)
    seeded = seed(server.data, server.database_server)
    with server:
        crowd = Crowd(browser, server, seeded)
        yield crowd
        crowd.close()
    assert crowd.problems == []
