"""The tip line in a frame of a school's page: the whole journey, and who may not have it."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Frame, Locator, Page, WebSocketRoute, expect

from messenger.app import HERE
from messenger.web.loaders import current_loader
from messenger.web.snippets import Look, button_snippet, frame_snippet
from tests.browser.accessibility import violations
from tests.browser.holding import hold, wait_until
from tests.browser.people import DESK, PHONE, TEASING, Crowd, Reporter
from tests.browser.school_site import SchoolSite
from tests.browser.test_accessibility import NARROW, overflow, too_wide
from tests.browser.test_widget import STRICT, drawn, requests_of, start_page
from tests.server import CHECKOUT, Server

LOADER = current_loader(HERE / "static")


@pytest.fixture(scope="module")
def site(server: Server) -> Iterator[SchoolSite]:
    """Lincoln High's site, that may have the frame."""
    with SchoolSite() as site:
        subprocess.run(
            [*server.command()[:-1], "allow-frame", "riverbend", site.origin],
            check=True, cwd=CHECKOUT, env=server.environment(), capture_output=True,
        )  # fmt: skip
        server.wait_until(lambda: site.origin in policy(server))
        yield site


def policy(server: Server) -> str:
    answer = httpx2.get(f"{server.origin}/frame/LINCOLN")
    return answer.headers["content-security-policy"]


def plain(crowd: Crowd) -> str:
    return frame_snippet(crowd.server.origin, "LINCOLN", "Report anonymously")


def framed_button(crowd: Crowd) -> str:
    return button_snippet(crowd.server.origin, "LINCOLN", LOADER, Look(framed=True))


class Framed(Reporter):
    """Mia, in a frame. What she does is the same; where she looks is the frame."""

    def __init__(self, page: Page, origin: str) -> None:
        super().__init__(page, origin)
        self.around = page
        self.page = self._frame()  # type: ignore[assignment]

    def arrive(self, code: str = "LINCOLN") -> None:
        expect(self.page.locator("h1")).to_have_text("Tell someone. Stay anonymous.")

    def _frame(self) -> Frame:
        frame = self.around.locator("iframe").element_handle().content_frame()
        assert frame is not None
        return frame


@dataclass  # No slots: Playwright puts an attribute of its own on whoever listens.
class Deaf:
    """A line on which what is said gets lost when we want it to, and everything else gets through."""

    to_what_is_said: bool = False

    def route(self, line: WebSocketRoute) -> None:
        server = line.connect_to_server()

        def pass_on(frame: str | bytes) -> None:
            if not (self.to_what_is_said and '"t":"say"' in str(frame)):
                server.send(frame)

        line.on_message(pass_on)


def visit(crowd: Crowd, address: str, **options: Any) -> Page:
    page = crowd.context(**{"viewport": DESK, **options}).new_page()
    page.goto(address)
    return page


def in_plain_frame(crowd: Crowd, site: SchoolSite, **options: Any) -> Framed:
    mia = Framed(visit(crowd, site.put(plain(crowd), "/plain"), **options), crowd.server.origin)
    mia.arrive()
    return mia


def told_on_a_clock_of_ours(crowd: Crowd, site: SchoolSite) -> Framed:
    page = crowd.context(viewport=DESK).new_page()
    page.clock.install()
    page.goto(site.put(plain(crowd), "/plain"))
    mia = Framed(page, crowd.server.origin)
    mia.arrive()
    mia.tell()
    return mia


def in_button_frame(crowd: Crowd, site: SchoolSite, direction: str = "ltr") -> Framed:
    told = """<script>window.told = []; window.Messenger = window.Messenger || []
      for (const name of ['ready', 'open', 'close']) Messenger.push(['on', name, () => told.push(name)])
      addEventListener('message', (message) => told.push(message.data))</script>"""
    page = visit(crowd, site.put(told + framed_button(crowd), "/button", direction=direction))
    page.get_by_role("button", name="Report anonymously").click()
    mia = Framed(page, crowd.server.origin)
    mia.arrive()
    return mia


# The lines


def test_each_line_works_as_it_is_printed(crowd: Crowd, site: SchoolSite) -> None:
    link, button, frame = printed(crowd.server, "--status")
    _, framed_button, _ = printed(crowd.server, "--frame", "--label", "Tell us")

    linked = visit(crowd, site.put(link, "/link"), java_script_enabled=False)
    start_page(linked, linked.get_by_role("link", name="Report anonymously"))
    buttoned = visit(crowd, site.put(button, "/button"))
    start_page(buttoned, drawn(buttoned))
    Framed(visit(crowd, site.put(frame, "/frame")), crowd.server.origin).arrive()
    policy = f"{STRICT}; frame-src {{origin}}".format(origin=crowd.server.origin)
    both = visit(crowd, site.put(framed_button, "/framed", policy=policy))
    both.get_by_role("button", name="Tell us").click()
    Framed(both, crowd.server.origin).arrive()


def test_the_lines_of_the_documentation_work_on_one_page(crowd: Crowd, site: SchoolSite) -> None:
    page = (HERE / "docs" / "widget.md").read_text()
    lines = re.findall(r"^ *```html\n(.*?)```", page, re.MULTILINE | re.DOTALL)
    here = "".join(lines).replace("https://tips.example.org", crowd.server.origin)
    here = here.replace("/widget/loader-….js", LOADER.path).replace("sha384-…", LOADER.integrity)
    school = visit(crowd, site.put(here, "/documented"))

    assert here.count("<script async") == 3
    Framed(school, crowd.server.origin).arrive()
    start_page(school, school.get_by_role("link", name="Report anonymously", exact=True))
    with school.expect_console_message(lambda said: said.text == "somebody opened it"):
        start_page(school, drawn(school, "Report anonymously (opens in a new tab)"))


def test_the_page_to_look_at_them_has_them_at_work(crowd: Crowd, tmp_path: Path) -> None:
    preview = tmp_path / "preview.html"
    printed(crowd.server, "--label", "Tell us", "--preview", str(preview))

    page = visit(crowd, preview.as_uri())

    start_page(page, page.get_by_role("link", name="Tell us", exact=True))
    start_page(page, page.get_by_role("link", name="Tell us (opens in a new tab)"))
    assert violations(page) == []


def printed(server: Server, *options: str) -> list[str]:
    """Return the lines that are printed for LINCOLN, to be pasted as they are."""
    told = subprocess.run(
        [*server.command()[:-1], "widget", "LINCOLN", *options],
        check=True, cwd=CHECKOUT, env=server.environment(), capture_output=True, text=True,
    )  # fmt: skip
    return re.findall(r"^    (<.*>)$", told.stdout, re.MULTILINE)


# The journey


@pytest.mark.parametrize("opened_by", ["plain", "button"])
def test_report_and_chat_and_coming_back_by_the_words(
    crowd: Crowd, site: SchoolSite, opened_by: str
) -> None:
    mia = in_plain_frame(crowd, site) if opened_by == "plain" else in_button_frame(crowd, site)
    ana = crowd.responder("ana")

    words, number = mia.tell()
    ana.take(number)
    ana.answer(number, "I am here. Are you safe?")
    expect(mia.line("Are you safe?")).to_be_visible()
    mia.say("Yes. I am in the library.")
    expect(ana.line(number, "I am in the library.")).to_be_visible()

    assert mia.page.evaluate("document.cookie") == ""
    assert mia.around.context.cookies() == []
    again = in_plain_frame(crowd, site)
    again.go("return")
    again.page.fill("[name=words]", " ".join(words))
    again.do("open")
    expect(again.line("I am in the library.")).to_be_visible()
    again.wait_until_live()
    again.say("I am back.")
    expect(ana.line(number, "I am back.")).to_be_visible()


def test_the_room_s_other_views_are_there_and_lead_back(crowd: Crowd, site: SchoolSite) -> None:
    mia = in_plain_frame(crowd, site)
    mia.tell()

    mia.page.locator(".room__menu summary").click()
    mia.go("introduce")
    with mia.next_page():
        mia.page.locator("a.back").click()
    mia.wait_until_live()
    mia.say("Still here.")

    expect(mia.line("Still here.").get_by_text("sent")).to_be_visible()
    mia.page.locator(".room__menu summary").click()
    mia.go("held")
    mia.page.check("#sure")
    mia.do("delete")
    expect(mia.page.locator("h1")).to_have_text("It is being deleted.")


def test_half_a_message_and_what_is_not_sent_yet_are_there_after_looking_elsewhere(
    crowd: Crowd, site: SchoolSite
) -> None:
    page, deaf = crowd.context(viewport=DESK).new_page(), Deaf()
    page.route_web_socket(re.compile("/ws$"), deaf.route)
    page.goto(site.put(plain(crowd), "/plain"))
    mia = Framed(page, crowd.server.origin)
    mia.arrive()
    mia.tell()
    deaf.to_what_is_said = True
    mia.say("Nobody hears this yet.")
    mia.write("Half a message")

    mia.page.locator(".room__menu summary").click()
    mia.go("held")
    deaf.to_what_is_said = False
    mia.go("room")

    mia.wait_until_live()
    expect(mia.page.locator("textarea[name=body]")).to_have_value("Half a message")
    expect(mia.line("Nobody hears this yet.").get_by_text("sent", exact=True)).to_be_visible()
    expect(mia.line("Nobody hears this yet.")).to_have_count(1)


def test_what_is_not_sent_is_covered_and_not_locked_away(crowd: Crowd, site: SchoolSite) -> None:
    mia = told_on_a_clock_of_ours(crowd, site)
    mia.write("Half a message")

    mia.around.clock.fast_forward("11:00")
    mia.page.get_by_role("button", name="Show it again").click()

    expect(mia.page.locator("textarea[name=body]")).to_have_value("Half a message")


def test_left_alone_for_half_an_hour_it_locks_with_words_in_it(
    crowd: Crowd, site: SchoolSite
) -> None:
    mia = told_on_a_clock_of_ours(crowd, site)
    mia.write("Half a message")

    for _ in range(2):
        mia.around.clock.fast_forward("11:00")
        expect(mia.page.get_by_role("button", name="Show it again")).to_be_visible()
    mia.around.clock.fast_forward("11:00")

    expect(mia.around.frame_locator("iframe").locator("h1")).to_have_text(
        "We closed this page for you."
    )


def test_files_are_for_a_tab_of_its_own_and_it_says_so(crowd: Crowd, site: SchoolSite) -> None:
    mia, noa = in_plain_frame(crowd, site), in_plain_frame(crowd, site)

    mia.go("report")
    noa.tell()

    for framed in (mia, noa):
        expect(framed.page.get_by_text("To send a photo, a video or a sound")).to_be_visible()
        expect(framed.page.locator("input[type=file]")).to_have_count(0)


def test_it_says_that_it_forgets_and_offers_its_own_tab(crowd: Crowd, site: SchoolSite) -> None:
    mia = in_plain_frame(crowd, site)
    notice = mia.page.locator(".framed")
    expect(notice).to_contain_text("your six words are the way back")

    for view in ("report", "return"):
        mia.go(view)
        expect(notice).to_be_visible()
        mia.go("start")
    with mia.around.expect_popup() as opened:
        notice.get_by_role("link").click()

    expect(opened.value.locator("h1")).to_have_text("Tell someone. Stay anonymous.")
    assert opened.value.evaluate("[window.opener, document.referrer]") == [None, ""]


def test_without_scripts_it_leads_to_its_own_tab(server: Server) -> None:
    page = httpx2.get(f"{server.origin}/frame/LINCOLN").text

    assert re.search("<noscript><p>Without scripts this works in a tab of its own.", page)
    assert (
        '<a class="link-button" href="/c/LINCOLN" target="_blank" rel="noopener noreferrer">'
        in page
    )


def test_opened_by_itself_it_is_the_tip_line_in_a_tab(crowd: Crowd) -> None:
    page = visit(crowd, f"{crowd.server.origin}/frame/LINCOLN")

    expect(page.locator("h1")).to_have_text("Tell someone. Stay anonymous.")
    assert page.url == f"{crowd.server.origin}/"
    expect(page.locator(".framed")).to_have_count(0)


def test_leaving_blanks_the_frame_and_takes_the_page_along(
    crowd: Crowd, site: SchoolSite, elsewhere: Any
) -> None:
    mia = in_plain_frame(crowd, site)
    mia.go("talk")
    mia.page.fill("[name=what]", TEASING)

    mia.page.locator(".leave__button").click()

    mia.around.wait_for_url(elsewhere.url)


def test_where_the_page_does_not_let_it_leaving_blanks_the_frame(
    crowd: Crowd, site: SchoolSite
) -> None:
    sandboxed = plain(crowd).replace(
        "<iframe ", '<iframe sandbox="allow-scripts allow-same-origin allow-forms" '
    )
    with unheard(crowd) as page:
        page.goto(site.put(sandboxed, "/sandboxed"))
        mia = Framed(page, crowd.server.origin)
        mia.arrive()
        mia.page.locator(".leave__button").click()
        expect(page.frame_locator("iframe").locator("body")).to_have_count(0)
        assert page.url == f"{site.origin}/sandboxed"


def test_closed_and_opened_again_it_goes_on_and_left_it_is_gone(
    crowd: Crowd, site: SchoolSite
) -> None:
    mia = in_button_frame(crowd, site)
    page = mia.around
    mia.go("talk")
    mia.page.fill("[name=what]", TEASING)

    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("button", name="Report anonymously")).to_be_focused()
    page.evaluate("Messenger.open()")

    expect(mia.page.locator("[name=what]")).to_have_value(TEASING)
    page.evaluate("Messenger.close()")
    assert page.evaluate("told") == ["ready", "open", "close", "open", "close"]
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_left_alone_it_locks_and_says_so(crowd: Crowd, site: SchoolSite) -> None:
    mia = told_on_a_clock_of_ours(crowd, site)

    mia.around.clock.fast_forward("11:00")

    expect(mia.around.frame_locator("iframe").locator("h1")).to_have_text(
        "We closed this page for you."
    )


# Who may not have it: test_framing


@contextmanager
def unheard(crowd: Crowd) -> Iterator[Page]:
    """Open a page of which the browser complains, rightly and more than once."""
    context = crowd.browser.new_context(viewport=DESK)
    yield context.new_page()
    context.close()


def test_a_button_on_a_site_that_may_not_still_offers_the_tab(
    crowd: Crowd, site: SchoolSite
) -> None:
    site.put(framed_button(crowd), "/unlisted")
    with unheard(crowd) as page:
        page.goto(f"{site.origin_of('other.localhost')}/unlisted")
        page.get_by_role("button", name="Report anonymously").click()
        with page.context.expect_page() as opened:
            page.get_by_role("link", name="Open in its own tab").click()
        expect(opened.value.locator("h1")).to_have_text("Tell someone. Stay anonymous.")


# What passes between the two


def test_the_page_is_told_nothing_but_that_it_is_open(crowd: Crowd, site: SchoolSite) -> None:
    mia = in_button_frame(crowd, site)
    asked = requests_of(mia.around)

    mia.tell()
    ana = crowd.responder("ana")
    ana.take(mia.number())
    ana.answer(mia.number(), "I am here.")
    expect(mia.line("I am here.")).to_be_visible()

    assert mia.around.evaluate("told") == ["ready", "open"]
    for request in asked:
        headers = request.all_headers()
        # Of what comes from its cache the browser tells with an empty one.
        assert headers.get("referer", "") == "" and "cookie" not in headers
        assert not re.search(r"[?&](?!v=)", request.url)
        assert "messenger-jar" not in headers or request.url.startswith(crowd.server.origin)


def test_forged_messages_change_nothing(crowd: Crowd, site: SchoolSite) -> None:
    mia = in_plain_frame(crowd, site)
    mia.go("talk")
    mia.page.fill("[name=what]", TEASING)
    before = mia.page.evaluate("document.body.innerText")

    # From the frame to itself, from a page beside it, and by the page around it: as often as it likes.
    mia.page.evaluate("postMessage('messenger', '*', [new MessageChannel().port2])")
    heard = mia.around.evaluate(
        """async () => {
          const heard = []
          const frame = document.querySelector('iframe').contentWindow
          const beside = document.createElement('iframe')
          document.body.append(beside)
          beside.contentWindow.eval(`
            const { port1, port2 } = new MessageChannel()
            port1.onmessage = (message) => parent.postMessage(['beside', message.data], '*')
            parent.frames[0].postMessage('messenger', '*', [port2])`)
          addEventListener('message', (message) => heard.push(message.data))
          const ports = []
          for (const data of ['leave', 'close', { do: 'leave' }, 'messenger', 'messenger', null, 7]) {
            const { port1, port2 } = new MessageChannel()
            port1.onmessage = (message) => heard.push(message.data)
            frame.postMessage(data, '*', [port2])
            for (const word of ['leave', 'lock', { token: 1 }]) port1.postMessage(word)
            ports.push(port1)
          }
          const frames = async (most, isEnough) => {
            for (let n = 0; n < most && !isEnough(); n += 1) await new Promise((done) => requestAnimationFrame(done))
          }
          await frames(1800, () => heard.length > 0)
          await frames(30, () => false)
          return heard
        }"""
    )

    assert heard == ["ready"]  # Once, to the page itself.
    assert mia.page.evaluate("document.body.innerText") == before
    expect(mia.page.locator("[name=what]")).to_have_value(TEASING)


def test_forged_messages_to_the_button_change_nothing(crowd: Crowd, site: SchoolSite) -> None:
    mia = in_button_frame(crowd, site)

    mia.around.evaluate(
        """origin => {
          const source = document.querySelector('messenger-button').shadowRoot.querySelector('iframe').contentWindow
          for (const data of ['leave', 'ready', 'close', { messenger: 'leave' }]) {
            postMessage(data, '*')
            dispatchEvent(new MessageEvent('message', { data, origin, source }))
          }
        }""",
        crowd.server.origin,
    )

    expect(mia.around.get_by_role("dialog")).to_be_visible()
    mia.arrive()


# Whom it must not be in the way of


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_the_frame_and_what_is_around_it(
    crowd: Crowd, site: SchoolSite, theme: Any
) -> None:
    mia = in_button_frame(crowd, site)
    page = mia.around
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    for size in (DESK, PHONE, NARROW):
        page.set_viewport_size(size)
        assert violations(page) == []
    assert overflow(page) == []

    alone = visit(crowd, site.put(plain(crowd), "/plain"))
    assert violations(alone) == []
    alone.set_viewport_size(NARROW)
    assert overflow(alone) == []


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_whichever_way_its_words_run_nothing_in_the_frame_is_in_anybody_s_way(
    crowd: Crowd, site: SchoolSite, direction: str
) -> None:
    mia = in_button_frame(crowd, site, direction)
    assert_fits(mia, direction)
    mia.go("report")
    assert_fits(mia, direction)
    mia.go("start")
    words = mia.report()
    assert_fits(mia, direction)
    mia.keep(words)
    ana = crowd.responder("ana")
    ana.take(mia.number())
    ana.answer(mia.number(), "I am here.")
    theirs, own = (mia.line(each).locator(".message__bubble") for each in ("I am here.", TEASING))
    expect(theirs).to_be_visible()
    assert_fits(mia, direction)

    # As people read: theirs begins a line, and one's own ends it, as what is to be pressed does.
    name, leave = (mia.page.locator(each) for each in (".topbar__name", ".leave__button"))
    box, send = (mia.page.locator(each) for each in ("[name=body]", "[name=do][value=say]"))
    for first, last in ((theirs, own), (name, leave), (box, send)):
        assert (middle(first) < middle(last)) == (direction == "ltr")
    turned = leave.locator(".icon").evaluate("icon => getComputedStyle(icon).scale")
    assert turned == ("none" if direction == "ltr" else "-1 1")


def middle(shown: Locator) -> float:
    box = shown.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2


def assert_fits(mia: Framed, direction: str) -> None:
    """Look at what is in the frame, in both themes, on a phone and on a narrow one."""
    for size, theme in ((PHONE, "light"), (NARROW, "dark")):
        mia.around.set_viewport_size(size)
        mia.around.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        assert too_wide(mia.page, direction) == []
        assert violations(mia.page) == []


@pytest.mark.parametrize(
    "window", [PHONE, {"width": 844, "height": 390}, {"width": 390, "height": 300}], ids=str
)
def test_a_panel_whose_button_stands_in_the_page_is_whole_on_the_screen(
    crowd: Crowd, site: SchoolSite, window: Any
) -> None:
    snippet = f"""<script async src="{crowd.server.origin}{LOADER.path}" data-code="LINCOLN"
      data-frame data-position="here"></script>"""
    page = visit(crowd, site.put(snippet, "/here"), viewport=window)

    page.get_by_role("button", name="Report anonymously").click()

    panel = page.get_by_role("dialog")
    expect(panel).to_be_in_viewport(ratio=1)
    # Else what has the focus in the frame would take the way to close it out of sight.
    assert panel.evaluate("panel => panel.scrollHeight - panel.clientHeight") == 0


def test_on_paper_there_are_the_words_and_nothing_that_says_what_for(
    crowd: Crowd, site: SchoolSite
) -> None:
    mia = in_plain_frame(crowd, site)
    words = mia.report()

    mia.around.emulate_media(media="print")

    printed = mia.page.locator("body").inner_text()
    assert printed.split() == words


def test_nothing_moves_for_whom_motion_is_too_much(crowd: Crowd, site: SchoolSite) -> None:
    mia = in_button_frame(crowd, site)
    mia.tell()
    moving = []
    for wish in ("no-preference", "reduce"):
        mia.around.emulate_media(reduced_motion=wish)
        moving.append(mia.page.evaluate(MOVING, "body *"))
        assert mia.around.evaluate(MOVING, "messenger-button") == []

    assert moving[0] != []
    assert moving[1] == []


# What takes time to change its look, of all that matches or stands in its shadow.
MOVING = """matching => [...document.querySelectorAll(matching)]
  .flatMap((each) => [each, ...(each.shadowRoot?.querySelectorAll("*") ?? [])])
  .filter((each) => {
    const { transitionDuration, animationDuration, animationName } = getComputedStyle(each)
    const animation = animationName === "none" ? "0s" : animationDuration
    return Math.max(...[transitionDuration, animation].map(parseFloat)) > 0.00002
  })
  .map((each) => each.tagName)"""


def test_a_screen_reader_hears_the_frame_where_it_stands_and_in_the_order_it_is_seen(
    crowd: Crowd, site: SchoolSite
) -> None:
    mia = in_button_frame(crowd, site)
    inside = mia.page.locator("body")

    expect(mia.around.locator("body")).to_match_aria_snapshot("""
      - /children: equal
      - main:
        - heading "Lincoln High"
      - dialog "Report anonymously":
        - /children: equal
        - link "Open in its own tab"
        - button "Close"
        - iframe
      - button "Report anonymously" [expanded]
    """)
    expect(inside).to_match_aria_snapshot("""
      - /children: equal
      - link "Skip to the page"
      - banner:
        - button "Leave"
      - complementary:
        - paragraph: /This box forgets you/
        - link "Open it in its own tab"
      - main:
        - paragraph: Lincoln High
        - heading "Tell someone. Stay anonymous." [level=1]
        - button /Report something/
        - button /Just talk/
        - button "I already have my six words"
        - button "How private is this?"
        - region "In danger? Call now.":
          - heading "In danger? Call now." [level=2]
          - list:
            - listitem:
              - link "911 Emergency"
    """)

    mia.tell()

    expect(inside).to_match_aria_snapshot(f"""
      - /children: equal
      - link "Skip to the page"
      - banner:
        - button "Leave"
      - complementary:
        - link "Open it in its own tab"
      - main:
        - heading "Your conversation" [level=1]
        - paragraph:
          - status: /These are the team's hours|is here/
        - group: More
        - region "Your conversation":
          - paragraph: /Your conversation is number/
          - log "Messages":
            - list:
              - listitem:
                - paragraph: You
                - paragraph: {TEASING}
        - textbox "Your message"
        - button "Send"
    """)


def test_the_keyboard_gets_into_the_frame_and_out_of_it(crowd: Crowd, site: SchoolSite) -> None:
    page = visit(crowd, site.put('<a href="#">Lunch</a>' + framed_button(crowd), "/keys"))
    button = page.get_by_role("button", name="Report anonymously")

    expect(button).to_be_visible()
    button.focus()
    page.keyboard.press("Enter")
    expect(page.frame_locator("iframe").locator("h1")).to_be_visible()
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(page.locator("iframe")).to_be_focused()
    close, inside = page.get_by_role("button", name="Close"), Framed(page, crowd.server.origin).page

    for _ in range(8):  # Backwards over what stands above the first words of the frame.
        before = focused_in(inside)
        page.keyboard.press("Shift+Tab")
        # From the frame to the page around it is a way through another process.
        wait_until(page, partial(has_moved, close, inside, before))
        if is_focused(close):
            break
    expect(close).to_be_focused()
    page.keyboard.press("Enter")

    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "false")


def test_escape_folds_the_panel_away_wherever_in_it_one_is(crowd: Crowd, site: SchoolSite) -> None:
    mia = in_button_frame(crowd, site)
    page = mia.around
    button, panel = (
        page.get_by_role("button", name="Report anonymously"),
        page.get_by_role("dialog"),
    )
    mia.go("talk")

    page.get_by_role("button", name="Close").press("Escape")
    expect(panel).to_be_hidden()
    expect(button).to_be_focused()
    button.press("Enter")
    mia.page.fill("[name=what]", TEASING)
    mia.page.locator("[name=what]").press("Escape")
    expect(panel).to_be_hidden()
    expect(button).to_be_focused()
    button.press("Enter")

    expect(mia.page.locator("[name=what]")).to_have_value(TEASING)
    assert page.evaluate("told") == ["ready", *["open", "close"] * 2, "open"]


def test_escape_first_folds_away_what_is_unfolded_in_the_panel(
    crowd: Crowd, site: SchoolSite
) -> None:
    mia = in_button_frame(crowd, site)
    mia.tell()
    unfolded = mia.page.locator(".room__menu")

    unfolded.locator("summary").press("Enter")
    unfolded.get_by_role("link").first.press("Escape")
    expect(unfolded.get_by_role("link").first).to_be_hidden()
    expect(mia.around.get_by_role("dialog")).to_be_visible()
    unfolded.locator("summary").press("Escape")

    expect(mia.around.get_by_role("dialog")).to_be_hidden()


def test_who_is_in_the_page_around_a_frame_is_not_taken_out_of_it(
    crowd: Crowd, site: SchoolSite
) -> None:
    page = crowd.context(viewport=DESK).new_page()
    page.clock.install()
    first = hold(page, f"{crowd.server.origin}/", times=1)
    page.goto(site.put("<label>Search <input></label>" + plain(crowd), "/search"))
    search = page.get_by_label("Search")
    search.focus()
    first.let_go()
    mia = Framed(page, crowd.server.origin)
    mia.arrive()
    expect(mia.page.locator("main[aria-label]")).to_be_visible()
    expect(search).to_be_focused()

    mia.go("talk")
    mia.page.fill("[name=what]", TEASING)
    search.focus()
    page.clock.fast_forward("11:00")
    expect(mia.page.get_by_role("button", name="Show it again")).to_be_visible()

    expect(search).to_be_focused()


def has_moved(close: Locator, inside: Page, before: int) -> bool:
    """Whether the focus has left a place of the frame, and come to another or out to the button."""
    return is_focused(close) or focused_in(inside) not in {before, NOWHERE}


def is_focused(button: Locator) -> bool:
    return bool(button.evaluate("button => button.matches(':focus')"))


def focused_in(inside: Page) -> int:
    return int(inside.evaluate(FOCUSED))


NOWHERE = -1
FOCUSED = """() => document.activeElement === document.body
  ? -1 : [...document.querySelectorAll("*")].indexOf(document.activeElement)"""
