"""Who may have the frame: the school's own origin, and in a real browser none that tries to pass for it.

Each trick is refused where it is tried, and each way of trying is shown to work where it may.
"""

import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import httpx2
import pytest
from playwright.sync_api import Browser, Frame, Page, expect
from playwright.sync_api import Error as BrowserError

from tests.browser import tricks
from tests.browser.conftest import FLAGS
from tests.browser.elsewhere import certified
from tests.browser.holding import wait_until
from tests.browser.school_site import SchoolSite
from tests.browser.tricks import (
    ADDRESSES,
    EVIL,
    IFRAME,
    LOOK_ALIKES,
    READS,
    SCHOOL,
    THE_SAME,
    WAYS,
    Way,
)
from tests.server import CHECKOUT, Server

FIRST_WORDS = "Tell someone. Stay anonymous."
# Greets every page right below as the button does, and keeps what they answer in `heard`. It ends when what it said to
# itself has come back.
KNOCK = """async () => {
  window.heard = []
  for (let n = 0; n < frames.length; n += 1) {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = ({ data }) => heard.push(data)
    frames[n].postMessage('messenger', '*', [port2])
  }
  const echo = new MessageChannel()
  await new Promise((done) => {
    echo.port1.onmessage = done
    echo.port2.postMessage('')
  })
  return heard
}"""


@pytest.fixture(scope="module")
def internet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SchoolSite, SchoolSite]]:
    """Every site there is: the same pages by any name, with encryption and without."""
    certificate = certified(tmp_path_factory.mktemp("internet"))
    with SchoolSite() as plain, SchoolSite(plain.pages, certificate) as secure:
        yield plain, secure


@pytest.fixture(scope="module")
def flags(internet: tuple[SchoolSite, SchoolSite]) -> list[str]:
    """A browser for which every name leads to this machine, by the usual ports and two others."""
    plain, secure = internet
    ports = {80: plain, 8080: plain, 443: secure, 8443: secure}
    rules = [f"MAP *:{port} 127.0.0.1:{site.port}" for port, site in ports.items()]
    return [*FLAGS, f"--host-resolver-rules={','.join(rules)}", "--ignore-certificate-errors"]


@pytest.fixture(scope="module")
def frame(server: Server) -> str:
    """The frame's address. Lincoln High's own site may have it."""
    subprocess.run(
        [*server.command()[:-1], "allow-frame", "riverbend", SCHOOL],
        check=True, cwd=CHECKOUT, env=server.environment(), capture_output=True,
    )  # fmt: skip
    address = f"{server.origin}/frame/LINCOLN"
    server.wait_until(lambda: SCHOOL in httpx2.get(address).headers["content-security-policy"])
    return address


# One page for all visits: a new one for each would take most of the time.
@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def web(page: Page, internet: tuple[SchoolSite, SchoolSite], frame: str) -> Iterator["Web"]:
    yield Web(page, internet[0], frame)
    for opened in page.context.pages[1:]:
        opened.close()
    page.goto("about:blank")


class Web:
    """Pages to publish on every site there is, and a browser to visit them with."""

    def __init__(self, page: Page, site: SchoolSite, frame: str) -> None:
        self.page = page
        self._site = site
        self._frame = frame
        site.put_redirect(tricks.REDIRECT, frame)
        site.put_script("/worker.js", tricks.WORKER)

    def put(self, html: str, path: str = "/page", policy: str = "") -> None:
        said = html.replace("FRAME", self._frame).replace("SCHOOL", SCHOOL).replace("EVIL", EVIL)
        self._site.put(said, path, policy=policy)

    def publish(self, way: Way) -> None:
        self.put(way.html, policy=way.policy)
        for path, html in way.others.items():
            self.put(html, path)

    def assert_refused(self, address: str) -> None:
        """Visit a page: the browser says itself that it holds back what we sent, and nobody answers."""
        with self.page.context.expect_console_message(lambda said: "frame-ancestors" in said.text):
            self.page.goto(address, wait_until="commit")
        assert self._of_ours() == []
        for each in self._frames():
            if each.url.startswith("http"):
                assert each.evaluate(KNOCK) == []

    def assert_let_in(self, address: str) -> Frame:
        """Visit a page: our page stands in it."""
        with self.page.context.expect_event(
            "requestfinished", lambda request: request.url.rstrip("?") == self._frame
        ):
            self.page.goto(address, wait_until="commit")
        wait_until(self.page, lambda: self._of_ours() != [])
        [found] = self._of_ours()
        return found

    def _of_ours(self) -> list[Frame]:
        return [each for each in self._frames() if each.url.startswith(self._frame)]

    def _frames(self) -> list[Frame]:
        return [frame for page in self.page.context.pages for frame in page.frames]


# Whose page it is


@pytest.mark.parametrize("origin", THE_SAME.values(), ids=THE_SAME)
def test_the_school_s_own_site_gets_the_frame_however_it_is_spelled(web: Web, origin: str) -> None:
    web.put(IFRAME)

    framed = web.assert_let_in(f"{origin}/page")

    expect(framed.locator("h1")).to_have_text(FIRST_WORDS)
    around = framed.parent_frame
    assert around is not None
    assert around.evaluate("location.origin") == SCHOOL
    around.evaluate(KNOCK)
    around.wait_for_function("heard.length > 0")
    assert around.evaluate("heard") == ["ready"]


@pytest.mark.parametrize("origin", LOOK_ALIKES.values(), ids=LOOK_ALIKES)
def test_a_site_that_only_looks_alike_does_not(web: Web, origin: str) -> None:
    web.put(IFRAME)

    web.assert_refused(f"{origin}/page")


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
def test_nor_does_one_that_has_the_school_s_name_in_its_address(web: Web, address: str) -> None:
    for path in ("/page", urlsplit(address.replace("\\", "/")).path):
        web.put(IFRAME.replace("<iframe", '<iframe referrerpolicy="unsafe-url"'), path)

    web.assert_refused(address)


# How it gets there


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_no_way_around_brings_it_into_a_foreign_page(web: Web, way: Way) -> None:
    web.publish(way)

    web.assert_refused(f"{way.at}/page")


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_what_does_so_in_a_page_of_the_school_has_the_school_alone_around_it(
    web: Web, way: Way
) -> None:
    web.publish(way)

    if way.own:
        web.assert_let_in(f"{SCHOOL}/page")
    else:
        web.assert_refused(f"{SCHOOL}/page")


# What else there is


@pytest.mark.parametrize("path", ["/", "/c/LINCOLN", "/console/sign-in", "/frame/NOWHERE"])
def test_nothing_else_can_be_framed_by_the_school(web: Web, server: Server, path: str) -> None:
    web.put(IFRAME.replace("FRAME", server.origin + path))

    web.assert_refused(f"{SCHOOL}/page")


def test_who_may_is_not_decided_by_who_says_to_be_who(frame: str) -> None:
    said = {"referer": f"{EVIL}/", "origin": EVIL, "host": "evil.example"}
    for headers in ({}, said):
        answer = httpx2.get(frame, headers=headers)
        found = re.search("frame-ancestors ([^;]*)", answer.headers["content-security-policy"])
        assert found is not None
        assert found.group(1) == SCHOOL
        assert "set-cookie" not in answer.headers


# Reading it instead


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_scripts_of_other_pages_can_not_read_it(
    web: Web, server: Server, frame: str, read: str
) -> None:
    web.put("")
    web.page.goto(f"{EVIL}/page")

    open_to_all = web.page.evaluate(read, f"{server.origin}/widget/status/LINCOLN")

    assert '"here":' in open_to_all
    with suppress(BrowserError):
        assert web.page.evaluate(read, frame) == ""
