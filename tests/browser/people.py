"""Mia, who reports, and the team, who answer: what each does with a browser, as verbs.

They use what people see. Nothing here waits for a time, only for what appears.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Any

import httpx2
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    ViewportSize,
    expect,
)
from playwright.sync_api import TimeoutError as NotInTime

from tests.browser.seeding import Seeded
from tests.cast import PASSWORD
from tests.server import Server

SOUNDLESS = "localStorage.setItem('console.sound', 'off')"
"""A script for a page: only danger to life sounds there, and nothing says beside it that the browser is silent."""
PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 800}
PRESSED_AGAIN_AFTER_MS = 10_000
TEASING = "They call her names every day at lunch."
THREAT = "He says he will hurt her after school today."


class Reporter:
    """Mia's browser."""

    def __init__(self, page: Page, origin: str, *, scripts: bool = True) -> None:
        self.page = page
        self.origin = origin
        self.scripts = scripts

    def arrive(self, code: str = "LINCOLN") -> None:
        self.page.goto(f"{self.origin}/c/{code}")
        expect(self.page.locator("h1")).to_have_text("Tell someone. Stay anonymous.")

    def fill_report(
        self, what: str = TEASING, category: str = "bullying", danger: str = "no"
    ) -> None:
        self.go("report")
        self.choose("danger", danger)
        self.choose("category", category)
        self.page.fill("[name=what]", what)

    def report(
        self, what: str = TEASING, category: str = "bullying", danger: str = "no"
    ) -> list[str]:
        """Arrive, fill the form, send it; return the six words."""
        self.arrive()
        self.fill_report(what, category, danger)
        self.do("send_report")
        return self.words()

    def words(self) -> list[str]:
        expect(self.page.locator(".receipt__word")).to_have_count(6)
        return [word.strip() for word in self.page.locator(".receipt__word").all_inner_texts()]

    def keep(self, words: list[str]) -> None:
        """Type back the word that is asked for."""
        asked = int(self.page.locator("[name=ask]").get_attribute("value") or "0")
        self.page.fill("[name=word]", words[asked - 1])
        self.do("keep")
        expect(self.page.locator("textarea[name=body]")).to_be_visible()
        self.wait_until_live()

    def tell(self, what: str = TEASING, **answers: str) -> tuple[list[str], str]:
        """Report and keep the receipt; return the words and the room's number."""
        words = self.report(what, **answers)
        self.keep(words)
        return words, self.number()

    def wait_until_live(self) -> None:
        """Until then the composer is a form like any other; without scripts it stays one."""
        composer = self.page.locator("message-composer")
        if self.scripts:
            expect(composer.and_(self.page.locator(":defined"))).to_be_visible()

    def number(self) -> str:
        place = self.page if self.scripts else self.history()
        said = place.locator(".messages__opening").inner_text()
        found = re.search(r"R-\d+", said)
        assert found is not None, said
        return found.group()

    def come_back(self, typed: str) -> None:
        self.page.goto(self.origin)
        self.go("return")
        self.page.fill("[name=words]", typed)
        self.do("open")

    def write(self, text: str) -> None:
        """Type into the composer, and don't send."""
        self.page.locator("textarea[name=body]").press_sequentially(text)

    def say(self, text: str) -> None:
        self.page.fill("textarea[name=body]", text)
        if self.scripts:
            self.press("say")
        else:
            self.do("say")

    def go(self, view: str) -> None:
        """Look somewhere else."""
        with self.next_page():
            self.page.locator(f"button[name=go][value={view}]:not(.visually-hidden)").first.click()

    def do(self, act: str) -> None:
        with self.next_page():
            self.press(act)

    @contextmanager
    def next_page(self) -> Iterator[None]:
        """Wait for another page: it has the same address, and with scripts even the same document."""
        if not self.scripts:
            with self.page.expect_navigation():
                yield
            return
        self.page.locator("main").evaluate("main => (main.dataset.before = '')")
        yield
        expect(self.page.locator("main:not([data-before])")).to_be_visible()
        self.page.wait_for_load_state()

    def press(self, act: str) -> None:
        self.page.locator(f"button[name=do][value={act}]:not(.visually-hidden)").last.click()

    def choose(self, name: str, value: str) -> None:
        mark = self.page.locator(f"[name={name}][value={value}]")
        fold = self.page.locator("details.fold:not([open])").filter(has=mark)
        if fold.count():
            fold.locator("summary").click()
        # The mark is drawn by its label: the row is what people press.
        mark.check(force=True)

    def line(self, text: str) -> Locator:
        """Return the line of the conversation that says `text`."""
        return self.page.locator("li.message, li.note").filter(has_text=text)

    def history(self) -> Any:
        """Return the frame with the messages of a page without scripts."""
        return self.page.frame_locator("iframe.room__frame")


class Responder:
    """A browser of somebody of the team."""

    def __init__(self, page: Page, origin: str, login: str, seeded: Seeded) -> None:
        self.page = page
        self.origin = origin
        self.login = login
        self._seeded = seeded

    def sign_in(self) -> None:
        """With password and a recovery code, by the form that stands there."""
        self.page.goto(f"{self.origin}/console/sign-in")
        self.fill_sign_in("#login", "#password", "#code")
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.queue).to_be_visible()

    def sign_in_again(self) -> None:
        """Over the page, where the session ended."""
        title = self.page.locator("#again-title")
        expect(title).to_be_visible()
        self.fill_sign_in("#again-login", "#again-password", "#again-code")
        self.page.locator("sign-in-dialog").locator("form button").click()
        expect(title).to_be_hidden()

    def fill_sign_in(self, login: str, password: str, code: str) -> None:
        self.page.fill(login, self.login)
        self.page.fill(password, PASSWORD)
        self.page.fill(code, self._seeded.recovery[self.login].pop())

    def open_console(self) -> None:
        self.page.goto(f"{self.origin}/console")
        expect(self.queue).to_be_visible()

    def open_room(self, number: str) -> None:
        """Open a room from the queue."""
        self._press_until(number, ".row__open", self.room(number))

    def claim_from_queue(self, number: str) -> None:
        self._press_until(number, "button[value=claim]", self.composer(number))

    def _press_until(self, number: str, what: str, leads_to: Locator) -> None:
        """What has moved takes no press for a moment, as at the first sound: people see it, and press again."""
        self.press_in_row(number, what, leads_to)
        with suppress(NotInTime):
            leads_to.wait_for(timeout=PRESSED_AGAIN_AFTER_MS)
            return
        if self.row(number).locator(what).is_visible():
            self.press_in_row(number, what, leads_to)
        expect(leads_to).to_be_visible()

    def press_in_row(self, number: str, what: str, leads_to: Locator | None = None) -> None:
        """Many alike stand behind one line, and may fold behind it just when we reach for one."""
        row = self.row(number)
        flood = self.page.locator(".flood").filter(has=row)
        expect(row).to_be_attached()
        for _ in range(10):
            with suppress(NotInTime):
                if flood.count() and not row.is_visible():
                    flood.locator(".flood__line").click(timeout=2_000)
                # What comes of the press may take longer: pressed again, it would be done twice.
                row.locator(what).click(timeout=2_000, no_wait_after=True)
                return
            # It was pressed, and the browser took too long to say so: there is nothing left to press.
            if leads_to is not None and leads_to.is_visible():
                return
        raise AssertionError(f"{number} can't be reached")

    def take(self, number: str) -> None:
        """Open the console, the room, and claim it."""
        self.open_console()
        self.open_room(number)
        self.claim(number)

    def claim(self, number: str) -> None:
        self.press(number, "claim")
        expect(self.composer(number)).to_be_visible()

    def answer(self, number: str, text: str) -> None:
        self.composer(number).fill(text)
        self.room(number).locator("[data-slot=send]").click()

    def unfold(self, number: str, step: str) -> Locator:
        """Open one of the next steps beside the room; return its form."""
        act = self.page.locator(f"form[data-act={step}]")
        self.room(number).locator("details.step").filter(has=act).locator("summary").click()
        return self.room(number).locator(f"form[data-act={step}]")

    def press(self, number: str, act: str) -> None:
        self.room(number).locator(f"button[name=do][value={act}]").first.click()

    @property
    def queue(self) -> Locator:
        return self.page.locator("queue-list")

    def row(self, number: str) -> Locator:
        return self.page.locator(".row").filter(has=self.page.get_by_text(number, exact=True))

    def room(self, number: str) -> Locator:
        return self.page.locator(f"room-column[data-number='{number.removeprefix('R-')}']")

    def composer(self, number: str) -> Locator:
        return self.room(number).locator("textarea[name=body]")

    def line(self, number: str, text: str) -> Locator:
        return self.room(number).locator("message-list li").filter(has_text=text)


@dataclass(frozen=True, slots=True)
class Told:
    """A report that came in by the API, for tests that begin after it."""

    number: str
    words: list[str]
    token: str


@dataclass  # No slots: Playwright puts an attribute of its own on whoever listens.
class Crowd:
    """Opens browsers for people, and remembers what went wrong in any of their pages."""

    browser: Browser
    server: Server
    seeded: Seeded
    problems: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def reporter(self, **options: Any) -> Reporter:
        context = self.context(**{"viewport": PHONE, **options})
        scripts = options.get("java_script_enabled", True)
        return Reporter(context.new_page(), self.server.origin, scripts=scripts)

    def responder(self, login: str, *, signed_in: bool = True, **options: Any) -> Responder:
        context = self.context(**{"viewport": DESK, **options})
        if signed_in:
            self.hold(context, login)
        return Responder(context.new_page(), self.server.origin, login, self.seeded)

    def told(self, what: str = TEASING, category: str = "bullying", danger: str = "no") -> Told:
        """Have somebody report and keep their words, without a browser."""
        report = {"what": what, "category": category, "danger": danger}
        with httpx2.Client(base_url=self.server.origin, timeout=20) as client:
            token = client.post("/api/tokens", json={}).json()["token"]
            report |= {"token": token, "code": "LINCOLN", "id": token_urlsafe(12)}
            said = client.post("/api/reports", json=report).raise_for_status().json()
            client.post("/api/receipts/kept", json={"token": said["token"]}).raise_for_status()
            page = client.get("/", headers={"cookie": f"reporter={said['token']}"}).text
        # As words: a nonce in the page's head may look like a number.
        number = re.search(r">[^<]*\b(R-\d+)", page)
        assert number is not None, page
        return Told(number.group(1), said["receipt"], said["token"])

    def returned(self, told: Told, **options: Any) -> Reporter:
        """Open the conversation in a browser that has been there all the time."""
        reporter = self.reporter(**options)
        url = self.server.origin
        reporter.page.context.add_cookies([{"name": "reporter", "value": told.token, "url": url}])
        reporter.page.goto(url)
        reporter.wait_until_live()
        return reporter

    def hold(self, context: BrowserContext, login: str) -> None:
        """Give a browser the session that seeding opened."""
        value = self.seeded.tokens[login]
        context.add_cookies([{"name": "responder", "value": value, "url": self.server.origin}])

    def context(self, **options: Any) -> BrowserContext:
        context = self.browser.new_context(ignore_https_errors=True, **options)
        context.set_default_timeout(30_000)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.problems.append(f"error: {error.error}"))
        context.on("request", self._look_at)
        self._contexts.append(context)
        return context

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    @contextmanager
    def trouble(self) -> Iterator[list[str]]:
        """What the browser complains of meanwhile is meant: the server is gone, a session is over."""
        before, heard = list(self.problems), list[str]()
        yield heard
        heard += self.problems[len(before) :]
        self.problems[:] = before

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _MEANT.search(message.text):
            self.problems.append(f"{message.type}: {message.text}")

    def _look_at(self, request: Request) -> None:
        # By any other address a file is not kept, and fetched again and again.
        if "/static/" in request.url and "?v=" not in request.url:
            self.problems.append(f"not kept: {request.url}")


_MEANT = re.compile(
    # A page that says "look at this again" comes with a 4xx, which Chromium logs as an error.
    r"the server responded with a status of (401|403|404|422)"
    # The console tries, and offers a button when the browser keeps it silent.
    r"|The AudioContext was not allowed to start"
    # A page that was left while its line was being opened.
    r"|WebSocket is closed before the connection is established"
)


def state_of(line: Locator) -> Locator:
    """How far a line of the conversation got, as it says beside it."""
    return line.locator("[data-slot=state]")
