"""What a visit leaves behind: nothing on the screen, nothing on the disk, one dull line of history."""

import os
import re
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Error, Page, Playwright, expect

from tests.browser.conftest import WHOLE_CHROMIUM
from tests.browser.elsewhere import TITLE, Elsewhere
from tests.browser.people import PHONE, Crowd, Reporter
from tests.browser.seeding import Seeded, seed
from tests.browser.traces import find_traces, noted, packed, texts_of, the_text, the_words
from tests.server import Server

TEXT, NAME, MESSAGE, ANSWER = "Quokkastory", "Zebrinaname", "Wombatmessage", "Numbatanswer"
EMPTY = {"local": 0, "session": 0, "databases": 0, "caches": 0, "workers": 0, "cookie": ""}
Leave = Callable[[Page], None]


@dataclass(slots=True)
class Visit:
    """One journey through the pages, with five things said on the way."""

    words: list[str] = field(default_factory=list)
    urls: set[str] = field(default_factory=set)
    titles: set[str] = field(default_factory=set)
    icons: set[str] = field(default_factory=set)
    requests: set[str] = field(default_factory=set)
    storage: list[dict[str, object]] = field(default_factory=list)
    kept_fields: set[str] = field(default_factory=set)

    @property
    def secrets(self) -> dict[str, Callable[[str], bool]]:
        texts = {text: the_text(text) for text in (TEXT, NAME, MESSAGE, ANSWER)}
        return {**texts, "receipt": the_words(self.words)}

    def look(self, mia: Reporter) -> None:
        """Note what this page shows of itself and keeps."""
        page = mia.page
        if not mia.scripts:
            return  # Nothing can be asked of it.
        self.urls.add(page.url)
        self.titles.add(page.title())
        icons = page.locator("link[rel~=icon]").evaluate_all("all => all.map(icon => icon.href)")
        self.icons.update(re.sub(r"\?.*", "", icon) for icon in icons)
        self.storage.append(page.evaluate(STORAGE))
        self.kept_fields.update(page.evaluate(KEPT_FIELDS))


KEPT_FIELDS = """() => [...document.querySelectorAll("textarea, input:is([type=text], :not([type]))")]
  .filter((field) => field.autocomplete !== "off").map((field) => field.name)"""
"""Fields whose words a browser may keep, to offer them to whoever types there next."""

PRESS_SHIFT = """() => [1, 2, 3].map(() => {
  dispatchEvent(new KeyboardEvent("keydown", { key: "Shift" }))
  return Math.min(document.documentElement.childElementCount, 1)
})"""
"""Whether anything is on the page after each press."""

STORAGE = """async () => ({
  local: localStorage.length,
  session: sessionStorage.length,
  databases: (await indexedDB.databases()).length,
  caches: (await caches.keys()).length,
  workers: (await navigator.serviceWorker.getRegistrations()).length,
  cookie: document.cookie,
})"""


def leave_by_button(page: Page) -> None:
    page.get_by_role("button", name="Leave").click()


def leave_by_keys(page: Page) -> None:
    for _ in range(3):
        page.keyboard.press("Shift")


def close(context: BrowserContext, profile: Path) -> None:
    del profile
    context.close()


def pull_the_plug(context: BrowserContext, profile: Path) -> None:
    os.kill(browser_of(profile), signal.SIGKILL)
    # Until the end of it was heard of, closing waits for it; from then on, it is refused.
    with suppress(Error):
        context.close()


@pytest.mark.parametrize(
    ("leave", "end"),
    [
        (leave_by_button, close),
        (leave_by_keys, pull_the_plug),
        (leave_by_button, pull_the_plug),
        (leave_by_keys, close),
    ],
    ids=["button, closed", "keys, killed", "button, killed", "keys, closed"],
)
def test_after_leaving_nothing_that_was_said_is_on_the_disk_or_behind_the_back_button(
    playwright: Playwright,
    crowd: Crowd,
    tmp_path: Path,
    leave: Leave,
    end: Callable[[BrowserContext, Path], None],
) -> None:
    with profiled(playwright, tmp_path) as context:
        mia = Reporter(context.pages[0], crowd.server.origin)
        mia.page.goto("about:blank")
        visit = go_through_it_all(mia, crowd)

        leave(mia.page)
        expect(mia.page).to_have_title(TITLE)
        shown = all_that_back_shows(mia.page)
        end(context, tmp_path)

    assert [name for name, finds in visit.secrets.items() if finds(shown)] == []
    assert find_traces(tmp_path, visit.secrets) == {}
    assert titles_in_history(tmp_path) <= {"Home", TITLE, ""}


def test_a_messenger_that_lets_the_browser_keep_things_is_found_out(
    playwright: Playwright,
    crowd: Crowd,
    elsewhere: Elsewhere,
    tmp_path_factory: pytest.TempPathFactory,
    tmp_path: Path,
) -> None:
    folder = tmp_path_factory.mktemp("leaky")
    leaky = Server(folder, program="tests.browser.leaky", LEAVE_URL=elsewhere.url)
    seeded = seed(leaky.data)
    with leaky, profiled(playwright, tmp_path) as context:
        mia = Reporter(context.pages[0], leaky.origin)
        visit = go_through_it_all(mia, in_town(crowd, leaky, seeded))
        leave_by_button(mia.page)
        expect(mia.page).to_have_title(TITLE)
        close(context, tmp_path)

    assert set(find_traces(tmp_path, visit.secrets)) == set(visit.secrets)


def test_words_typed_to_come_back_stay_in_nobodys_way(
    playwright: Playwright, crowd: Crowd, tmp_path: Path
) -> None:
    told = crowd.told()
    with profiled(playwright, tmp_path) as context:
        mia = Reporter(context.pages[0], crowd.server.origin)
        come_back_at_the_second_try(mia, told.words)

        leave_by_button(mia.page)
        expect(mia.page).to_have_title(TITLE)
        close(context, tmp_path)

    assert find_traces(tmp_path, {"receipt": the_words(told.words[:5])}) == {}


def test_without_scripts_the_browser_keeps_what_was_posted_and_the_page_says_so(
    playwright: Playwright, crowd: Crowd, tmp_path: Path
) -> None:
    told = crowd.told()
    with profiled(playwright, tmp_path, scripts=False) as context:
        mia = Reporter(context.pages[0], crowd.server.origin, scripts=False)
        come_back_at_the_second_try(mia, told.words)
        mia.page.goto(f"{mia.origin}/c/LINCOLN")
        mia.page.locator(".room__menu summary").click()
        mia.go("privacy")
        warning = mia.page.get_by_text("Scripts are switched off")
        is_told = warning.is_visible()
        close(context, tmp_path)

    # The one trace we know of and can't prevent. It also proves that the search reads these files.
    found = find_traces(tmp_path, {"receipt": the_words(told.words[:5])})
    assert {Path(file).parent.name for file in found["receipt"]} == {"Sessions"}
    assert is_told


def test_the_search_reads_what_browsers_pack_words_into(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"\x00\xff" + TEXT.encode())
    (tmp_path / "wide").write_bytes(b"\x01" + NAME.encode("utf-16-le"))
    (tmp_path / "zipped").write_bytes(packed(MESSAGE)[:-9])
    (tmp_path / "noted").write_bytes(noted(ANSWER))
    (tmp_path / "words").write_text("<li>apple</li> <li>bread</li> <li>chair</li>")

    words = {"near": the_words(["bread", "chair", "apple"]), "far": the_words(["apple", "door"])}
    secrets = {text: the_text(text) for text in (TEXT, NAME, MESSAGE, ANSWER)}
    found = find_traces(tmp_path, {**secrets, **words})

    files = {TEXT: {"plain"}, NAME: {"wide"}, MESSAGE: {"zipped"}, ANSWER: {"noted"}}
    assert found == {**files, "near": {"words"}}
    # What stood before is not written again: raw, nobody would find it.
    assert ANSWER.encode() not in (tmp_path / "noted").read_bytes()


def test_without_scripts_leaving_clears_the_way_back_too(
    playwright: Playwright, crowd: Crowd, tmp_path: Path
) -> None:
    with profiled(playwright, tmp_path, scripts=False) as context:
        mia = Reporter(context.pages[0], crowd.server.origin, scripts=False)
        mia.page.goto("about:blank")
        visit = go_through_it_all(mia, crowd)

        leave_by_button(mia.page)
        expect(mia.page).to_have_title(TITLE)
        shown = all_that_back_shows(mia.page)
        close(context, tmp_path)

    assert [name for name, finds in visit.secrets.items() if finds(shown)] == []


def test_the_way_back_is_open_in_this_browser_for_pages_that_do_not_mind(
    playwright: Playwright, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    with profiled(playwright, tmp_path) as context:
        page = context.pages[0]
        page.goto(elsewhere.url)
        navigated: list[str] = []
        session = context.new_cdp_session(page)
        session.on("Page.frameNavigated", lambda event: navigated.append(event["type"]))
        session.send("Page.enable")

        # A busy machine may let go of a page once.
        while "BackForwardCacheRestore" not in navigated and len(navigated) < 10:
            page.goto(elsewhere.url.replace("weather", "rain"))
            page.go_back(wait_until="commit")
            expect(page).to_have_url(elsewhere.url)

        assert "BackForwardCacheRestore" in navigated


def test_the_whole_journey_has_one_address_one_title_and_one_icon_and_keeps_nothing(
    crowd: Crowd,
) -> None:
    mia = crowd.reporter()
    visit = go_through_it_all(mia, crowd)

    origin = crowd.server.origin
    assert visit.urls == {f"{origin}/"}
    assert visit.titles == {"Home"}
    assert visit.icons == {f"{origin}/static/icon.svg"}
    assert [kept for kept in visit.storage if kept != EMPTY] == []
    assert len(visit.storage) >= 8
    assert visit.kept_fields == set()


def test_no_page_asks_anybody_else_for_anything(crowd: Crowd) -> None:
    mia, ana = crowd.reporter(), crowd.responder("ana")
    asked: set[str] = set()
    for page in (mia.page, ana.page):
        page.on("request", lambda request: asked.add(request.url))
        page.on("websocket", lambda socket: asked.add(socket.url.replace("ws", "http", 1)))

    _, number = mia.tell()
    ana.take(number)
    for path in ("team", "account", "sign-in", "join"):
        ana.page.goto(f"{crowd.server.origin}/console/{path}")

    assert [url for url in asked if not url.startswith(f"{crowd.server.origin}/")] == []
    assert len(asked) > 40


def test_the_page_is_blank_before_the_server_has_answered(crowd: Crowd) -> None:
    mia = crowd.reporter()
    mia.tell(TEXT)

    with crowd.server.paused():
        # In the very turn of the third press: half a second later, somebody has read it.
        assert mia.page.evaluate(PRESS_SHIFT) == [1, 1, 0]
        expect(mia.page).to_have_title(TITLE)


def test_where_one_leaves_to_takes_the_place_of_the_page(crowd: Crowd) -> None:
    mia = crowd.reporter()
    mia.tell(TEXT)
    before = mia.page.evaluate("history.length")

    leave_by_button(mia.page)

    expect(mia.page).to_have_title(TITLE)
    assert mia.page.evaluate("history.length") == before


def test_a_page_left_alone_is_closed_once_the_words_are_kept(crowd: Crowd) -> None:
    mia = crowd.reporter()
    mia.page.clock.install()
    words, number = mia.tell(TEXT)

    mia.page.clock.fast_forward("11:00")

    expect(mia.page.locator("h1")).not_to_have_text("Your conversation")
    expect(mia.page.locator("body")).not_to_contain_text(TEXT)
    mia.come_back(" ".join(words))
    assert mia.number() == number


def test_a_page_left_alone_before_the_words_are_kept_is_only_covered(crowd: Crowd) -> None:
    mia = crowd.reporter()
    mia.page.clock.install()
    words = mia.report(TEXT)
    mia.go("room")
    mia.wait_until_live()
    mia.write("half a")

    mia.page.clock.fast_forward("11:00")
    expect(mia.page.get_by_text(TEXT)).to_be_hidden()
    expect(mia.page.locator("textarea[name=body]")).to_be_hidden()
    mia.page.get_by_role("button", name="Show it again").click()

    expect(mia.page.get_by_text(TEXT)).to_be_visible()
    expect(mia.page.locator("textarea[name=body]")).to_have_value("half a")
    mia.page.locator(".room__keep button").click()
    assert mia.words() == words


def test_a_covered_page_is_left_without_showing_itself(crowd: Crowd, elsewhere: Elsewhere) -> None:
    mia = crowd.reporter()
    mia.page.clock.install()
    mia.arrive()
    mia.fill_report("half")

    assert mia.page.context.cookies() != []
    mia.page.clock.fast_forward("11:00")
    mia.page.get_by_role("button", name="Leave").click()

    mia.page.wait_for_url(elsewhere.url)
    assert mia.page.context.cookies() == []


def test_who_shows_a_covered_page_again_writes_on_where_they_were(crowd: Crowd) -> None:
    mia = crowd.reporter()
    mia.page.clock.install()
    mia.arrive()
    mia.fill_report("half")

    mia.page.clock.fast_forward("11:00")
    expect(mia.page.get_by_role("button", name="Show it again")).to_be_focused()
    mia.page.keyboard.press("Enter")
    mia.page.keyboard.type(" a report")

    expect(mia.page.locator("[name=what]")).to_have_value("half a report")


def test_a_page_that_is_left_holds_no_word_for_the_way_back(crowd: Crowd) -> None:
    mia = crowd.reporter()
    mia.arrive()
    mia.fill_report(TEXT)
    mia.go("privacy")
    leave_and_look(mia.page, [TEXT])
    mia.fill_report(TEXT)
    for view in ("privacy", "start", "report"):
        mia.go(view)
    leave_and_look(mia.page, [TEXT])
    mia.fill_report(TEXT)
    mia.do("send_report")
    words, other = mia.words(), crowd.reporter()
    other.report()
    said_to_all = all_that_is_on(other.page)  # Words of a receipt are plain ones: "these" is one.
    leave_and_look(mia.page, [word for word in words if word not in said_to_all])
    mia.keep(words)
    mia.say(MESSAGE)
    mia.write(ANSWER)
    leave_and_look(mia.page, [TEXT, MESSAGE, ANSWER])


def test_the_team_keeps_a_preference_in_the_browser_and_no_word(crowd: Crowd) -> None:
    mia, ana = crowd.reporter(), crowd.responder("ana")
    _, number = mia.tell(TEXT)
    ana.take(number)

    ana.composer(number).fill(ANSWER)
    ana.page.locator("[data-menu=sound] summary").click()
    ana.page.locator("[data-preference=sound]").uncheck()

    kept = ana.page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    assert kept == '[{"console.sound":"off"},{}]'
    assert TEXT not in str(ana.page.evaluate("JSON.stringify(history.state)"))


def go_through_it_all(mia: Reporter, crowd: Crowd) -> Visit:
    """Report with a name, look around, keep the words, talk, and look at it all once more."""
    visit, ana = Visit(), crowd.responder("ana")
    mia.arrive()
    visit.look(mia)
    mia.fill_report(f"{TEXT} is what happened.")
    mia.choose("identity", "named")
    mia.page.fill("[name=name]", NAME)
    for view in ("privacy", "start", "return", "start", "report"):
        visit.look(mia)
        mia.go(view)
    mia.do("send_report")
    visit.words = mia.words()
    visit.look(mia)
    mia.keep(visit.words)
    visit.look(mia)
    number = mia.number()
    ana.take(number)
    mia.say(f"{MESSAGE} is what I want to add.")
    expect(ana.line(number, MESSAGE)).to_be_visible()
    ana.answer(number, f"{ANSWER} is what we do.")
    mia.page.reload()
    expect((mia.page if mia.scripts else mia.history()).get_by_text(ANSWER)).to_be_visible()
    visit.look(mia)
    mia.page.locator(".room__menu summary").click()
    mia.go("held")
    visit.look(mia)
    mia.page.goto(mia.origin)
    visit.look(mia)
    ana.page.context.close()
    return visit


def come_back_at_the_second_try(mia: Reporter, words: list[str]) -> None:
    # Near to no word of the list: a slip would be forgiven.
    mia.come_back(" ".join([*words[:5], "qqqqqqqq"]))
    expect(mia.page.locator("#words-error")).to_be_visible()
    mia.page.fill("[name=words]", " ".join(words))
    mia.do("open")
    expect(mia.page.locator("textarea[name=body]")).to_be_visible()


def leave_and_look(page: Page, secrets: list[str]) -> None:
    """What a browser keeps for the way back is the page as it is when it hears that it is left."""
    for secret in secrets:
        assert secret in all_that_is_on(page)

    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")

    left = all_that_is_on(page)
    assert [secret for secret in secrets if secret in left] == []
    page.reload()


def all_that_back_shows(page: Page) -> str:
    """Press Back until there is nothing more; return all that could be read on the way."""
    shown = []
    for _ in range(40):
        go_back(page)
        if page.url == "about:blank":
            break
        shown.append(all_that_is_on(page))
    return " ".join(" ".join(texts_of(text.encode())) for text in shown)


def all_that_is_on(page: Page, tries: int = 10) -> str:
    """Return the page with what stands in its fields; again, if it was just going elsewhere."""
    try:
        fields = page.locator("input, textarea").evaluate_all("all => all.map(each => each.value)")
        return " ".join([page.content(), *fields])
    except Error:
        if tries == 0:
            raise
        page.wait_for_load_state()
        return all_that_is_on(page, tries - 1)


def go_back(page: Page) -> None:
    """Press Back; and where that would send a form again, have it sent again."""
    try:
        page.go_back(wait_until="commit")
    except Error as error:
        if "ERR_CACHE_MISS" not in error.message:
            raise
        # The browser's own page says so. It is there a moment after the error.
        expect(page.locator("body.neterror")).to_be_attached()
        page.reload()
    page.wait_for_load_state()


@contextmanager
def profiled(
    playwright: Playwright, folder: Path, *, scripts: bool = True
) -> Iterator[BrowserContext]:
    """A browser with a profile on disk, and the back/forward cache that Playwright switches off."""
    context = playwright.chromium.launch_persistent_context(
        folder,
        executable_path=WHOLE_CHROMIUM,
        args=["--no-sandbox"],
        ignore_default_args=["--disable-back-forward-cache"],
        ignore_https_errors=True,
        viewport=PHONE,
        java_script_enabled=scripts,
    )
    context.set_default_timeout(15_000)
    try:
        yield context
    finally:
        with suppress(Error):
            context.close()


def browser_of(profile: Path) -> int:
    """Return the process that has this profile open: the one without a parent that has."""
    wanted = f"--user-data-dir={profile}".encode()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            arguments = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue  # It ended meanwhile.
        if wanted in arguments and not any(each.startswith(b"--type=") for each in arguments):
            return int(entry.name)
    raise AssertionError(profile)


def titles_in_history(profile: Path) -> set[str]:
    """Return them; "" for none, also where the browser put the host in its place for the time being."""
    with closing(sqlite3.connect(profile / "Default" / "History")) as history:
        rows = history.execute("SELECT url, title FROM urls").fetchall()
    return {title if title != urlsplit(url).netloc else "" for url, title in rows}


def in_town(crowd: Crowd, server: Server, seeded: Seeded) -> Crowd:
    return Crowd(crowd.browser, server, seeded)
