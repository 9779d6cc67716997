"""The button on a school's page, which is another site: what it does there, and what it leaves alone."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect

from messenger.app import HERE
from messenger.web.loaders import current_loader
from messenger.web.snippets import Look, button_snippet, link_snippet
from tests.browser.accessibility import violations
from tests.browser.people import DESK, PHONE, Crowd
from tests.browser.school_site import SchoolSite
from tests.browser.test_accessibility import overflow

LOADER = current_loader(HERE / "static")
# As strict as a policy can be that lets the button in.
STRICT = (
    "default-src 'none'; script-src {origin}; connect-src {origin}; base-uri 'none'; "
    "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)


@pytest.fixture(scope="module")
def site() -> Iterator[SchoolSite]:
    with SchoolSite() as site:
        yield site


@pytest.fixture
def origin(crowd: Crowd) -> str:
    return crowd.server.origin


def button(origin: str, look: Look | None = None) -> str:
    return button_snippet(origin, "LINCOLN", LOADER, look or Look())


def visit(crowd: Crowd, address: str, **options: Any) -> Page:
    page = crowd.context(**{"viewport": PHONE, **options}).new_page()
    page.goto(address)
    return page


def drawn(page: Page, label: str = "Report anonymously") -> Any:
    found = page.get_by_role("link", name=label)
    expect(found).to_be_visible()
    return found


def start_page(page: Page, pressed: Any) -> Page:
    """Press what leads to the tip line; return the tab it opens, once it has."""
    with page.context.expect_page() as opened:
        pressed.click()
    tab = opened.value
    expect(tab.locator("h1")).to_have_text("Tell someone. Stay anonymous.")
    return tab


def requests_of(source: Page | BrowserContext) -> list[Request]:
    """Return a list that grows with what is asked for from now on."""
    asked: list[Request] = []

    def note(request: Request) -> None:
        asked.append(request)

    source.on("request", note)
    return asked


# The two snippets


def test_a_plain_link_needs_no_script_and_tells_nobody_where_it_was_pressed(
    crowd: Crowd, site: SchoolSite, origin: str
) -> None:
    address = site.put(link_snippet(f"{origin}/c/LINCOLN", "Tell us"), "/link")
    page = visit(crowd, address, java_script_enabled=False)
    asked = requests_of(page.context)

    tab = start_page(page, page.get_by_role("link", name="Tell us"))

    assert tab.url == f"{origin}/"
    followed = [request for request in asked if request.url == f"{origin}/c/LINCOLN"]
    assert ["referer" in request.all_headers() for request in followed] == [False]


def test_the_button_opens_a_tab_that_knows_nothing_of_the_page_nor_the_page_of_it(
    crowd: Crowd, site: SchoolSite, origin: str
) -> None:
    page = visit(crowd, site.put(button(origin), "/button"))

    tab = start_page(page, drawn(page))

    assert tab.evaluate("[window.opener, document.referrer, window.name]") == [None, "", ""]
    assert page.evaluate("[document.cookie, localStorage.length, sessionStorage.length]") == [
        "",
        0,
        0,
    ]


def test_it_works_under_a_policy_that_allows_nothing_else(
    crowd: Crowd, site: SchoolSite, origin: str
) -> None:
    snippet = button(origin, Look(status=True))
    page = visit(crowd, site.put(snippet, "/strict", policy=STRICT.format(origin=origin)))

    found = drawn(page)

    assert found.evaluate("link => getComputedStyle(link).backgroundColor") == "rgb(11, 77, 84)"
    start_page(page, found)


def test_the_first_page_of_the_tip_line_may_not_be_framed(
    crowd: Crowd, site: SchoolSite, origin: str
) -> None:
    address = site.put(f'<iframe src="{origin}/"></iframe>', "/framing")
    with crowd.trouble() as heard:
        page = visit(crowd, address)
        page.wait_for_load_state("networkidle")

    assert any("frame-ancestors 'none'" in line for line in heard)


# What the page is asked for, and what it is told


def test_the_network_log_of_the_page_shows_the_script_and_nothing_else(
    crowd: Crowd, site: SchoolSite, origin: str
) -> None:
    page = crowd.context(viewport=PHONE).new_page()
    asked = requests_of(page)

    page.goto(site.put(button(origin), "/log"))
    drawn(page)
    page.wait_for_load_state("networkidle")

    ours = [request for request in asked if request.url.startswith(origin)]
    assert [request.url for request in ours] == [origin + LOADER.path]
    assert_tells_nothing(ours)
    assert page.context.cookies() == []


def test_the_status_is_one_file_for_everybody_and_asked_for_once(
    crowd: Crowd, site: SchoolSite, origin: str
) -> None:
    page = crowd.context(viewport=PHONE).new_page()
    page.context.add_cookies([{"name": "reporter", "value": "secret", "url": origin}])
    asked = requests_of(page)
    crowd.responder("ana").open_console()

    snippet = button_snippet(
        origin, "Lincoln", LOADER, Look(status=True)
    )  # In nobody's memory yet.
    page.goto(site.put(snippet, "/status") + "?from=home")
    expect(drawn(page)).to_contain_text("Someone is here now")

    ours = [request for request in asked if request.url.startswith(origin)]
    paths = [LOADER.path, "/widget/status/Lincoln"]
    assert [request.url for request in ours] == [origin + path for path in paths]
    assert_tells_nothing(ours)


def assert_tells_nothing(requests: list[Request]) -> None:
    for request in requests:
        headers = request.all_headers()
        assert not {"cookie", "referer", "authorization"} & set(headers), headers
        assert request.method == "GET" and request.post_data is None
        assert "?" not in request.url


def test_the_page_s_own_world_stays_as_it_was(crowd: Crowd, site: SchoolSite, origin: str) -> None:
    watch = """<script>window.before = [Object.keys(window).length, document.styleSheets.length]
      for (const name of ['addEventListener', 'removeEventListener']) {
        window.heard = []
        const real = EventTarget.prototype[name]
        EventTarget.prototype[name] = function (kind, ...rest) {
          if (!(this instanceof Node) && new Error().stack.includes('/widget/')) heard.push(kind)
          return real.call(this, kind, ...rest)
        }
      }</script>"""
    style = "<style>a { display: none !important; color: red } * { font-size: 40px }</style>"
    page = visit(crowd, site.put(watch + style + button(origin), "/world"))

    found = drawn(page)

    look = found.evaluate("link => [getComputedStyle(link).fontSize, getComputedStyle(link).color]")
    assert look == ["16px", "rgb(255, 255, 255)"]
    assert page.evaluate("Object.keys(window).length - before[0]") == 3  # before, heard, Messenger.
    assert page.evaluate("document.styleSheets.length") == 1
    assert page.evaluate("heard") == []
    height = page.evaluate("document.documentElement.scrollHeight - innerHeight")
    page.evaluate("Messenger.remove()")
    assert page.evaluate("document.documentElement.scrollHeight - innerHeight") == height
    assert page.locator("messenger-button").count() == 0
    assert page.evaluate("'Messenger' in window") is False


# How pages use it


def test_calls_before_it_has_loaded_are_kept(crowd: Crowd, site: SchoolSite, origin: str) -> None:
    queue = """<script>window.Messenger = window.Messenger || []; window.told = []
      for (const name of ['ready', 'open', 'close']) Messenger.push(['on', name, () => told.push(name)])
      Messenger.push(['nonsense'])</script>"""
    page = visit(crowd, site.put(queue + button(origin), "/queue"))

    drawn(page)
    assert page.evaluate("told") == ["ready"]
    with page.context.expect_page() as opened:
        page.evaluate("Messenger.open()")

    expect(opened.value.locator("h1")).to_be_visible()
    assert page.evaluate("told") == ["ready", "open"]


def test_loaded_twice_or_late_or_in_the_head_there_is_one_button(
    crowd: Crowd, site: SchoolSite, origin: str
) -> None:
    page = visit(crowd, site.put(button(origin) * 2, "/twice"))
    drawn(page)

    page.evaluate(
        """([src, code]) => new Promise((done) => {
          const script = document.createElement('script')
          Object.assign(script, { src, onload: done })
          script.dataset.code = code
          document.head.append(script)
        })""",
        [origin + LOADER.path, "LINCOLN"],
    )

    expect(page.get_by_role("link", name="Report anonymously")).to_have_count(1)


def test_where_a_site_draws_its_body_anew_with_the_line_in_it_the_button_is_there_again(
    crowd: Crowd, site: SchoolSite, origin: str
) -> None:
    page = visit(crowd, site.put(button(origin), "/drawn"))
    drawn(page)

    # As Turbo and others do that fetch the next page themselves.
    page.evaluate(
        """() => {
          const line = document.createElement('script')
          for (const { name, value } of document.querySelector('script').attributes) line.setAttribute(name, value)
          document.body.replaceWith(document.createElement('body'))
          document.body.append(line)
        }"""
    )

    start_page(page, drawn(page))


def test_several_on_one_page_stand_above_one_another(
    crowd: Crowd, site: SchoolSite, origin: str
) -> None:
    looks = [Look("One"), Look("Two"), Look("Three", "left"), Look("Four", "here")]
    page = visit(crowd, site.put("".join(button(origin, look) for look in looks), "/several"))

    boxes = [drawn(page, look.label).bounding_box() for look in looks]

    assert page.locator("messenger-button").count() == 3
    assert abs(boxes[0]["y"] - boxes[1]["y"]) >= boxes[0]["height"]
    assert boxes[2]["x"] < boxes[0]["x"]
    assert page.locator("main messenger-button").count() == 1


def test_pages_that_should_show_none_show_none(crowd: Crowd, site: SchoolSite, origin: str) -> None:
    snippet = button(origin, Look(hide_on="/staff*, /lunch")) + "<script>window.over = 1</script>"
    shown = []
    for path in ("/staff", "/staff/rooms", "/lunch", "/lunches"):
        page = visit(crowd, site.put(snippet, path))
        page.wait_for_function("window.Messenger?.add !== undefined")
        shown.append(page.locator("messenger-button").count())

    assert shown == [0, 0, 0, 1]


def test_whatever_else_a_page_calls_messenger_stays(
    crowd: Crowd, site: SchoolSite, origin: str
) -> None:
    own = "<script>window.Messenger = { ours: true }</script>"
    page = visit(crowd, site.put(own + button(origin), "/own"))

    drawn(page)

    assert page.evaluate("Messenger") == {"ours": True}


@pytest.mark.parametrize("broken", ["blocked", "changed", "gone"])
def test_without_the_script_the_page_is_as_it_was(
    crowd: Crowd, site: SchoolSite, origin: str, broken: str
) -> None:
    snippet, policy = button(origin), ""
    if broken == "blocked":
        policy = "script-src 'self'"
    if broken == "changed":
        snippet = snippet.replace(LOADER.integrity[:20], "sha384-AAAAAAAAAAAAA")
    if broken == "gone":
        snippet = snippet.replace(LOADER.path, "/widget/loader-000000000000.js")
    with crowd.trouble():
        page = visit(crowd, site.put(snippet, f"/{broken}", policy=policy))
        page.wait_for_load_state("networkidle")

    expect(page.locator("h1")).to_have_text("Lincoln High")
    assert page.locator("messenger-button").count() == 0


# Whom it must not be in the way of


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("colour", ["", "#ffcc00", "#777777", "#000000", "#ffffff"])
def test_axe_finds_nothing_wrong_with_it(
    crowd: Crowd, site: SchoolSite, origin: str, colour: str, direction: str
) -> None:
    snippet = button(origin, Look(colour=colour, status=True))
    page = visit(crowd, site.put(snippet, "/axe", direction=direction))
    drawn(page)

    for size in (PHONE, DESK):
        for theme in ("light", "dark"):
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            found = [line for line in violations(page) if not is_middle_grey(colour, line)]
            assert found == []
    assert overflow(page) == []


def is_middle_grey(colour: str, found: str) -> bool:
    """On it no ink has 7:1, black the most with 4.7:1: who chooses it has what WCAG asks, 4.5:1."""
    return colour == "#777777" and found.startswith("color-contrast-enhanced:")


def test_it_is_last_in_order_and_worked_by_keyboard(
    crowd: Crowd, site: SchoolSite, origin: str
) -> None:
    address = site.put('<a href="/lunch">Lunch</a>' + button(origin), "/keyboard")
    page = visit(crowd, address)
    found = drawn(page)

    page.keyboard.press("Tab")
    page.keyboard.press("Tab")

    expect(page.locator("body")).to_match_aria_snapshot("""
      - /children: equal
      - main:
        - heading "Lincoln High"
        - link "Lunch"
      - link "Report anonymously (opens in a new tab)"
    """)
    expect(found).to_be_focused()
    assert found.evaluate("link => getComputedStyle(link).outlineStyle") == "solid"
    assert found.evaluate("link => getComputedStyle(link).transitionDuration") == "0s"
    with page.context.expect_page() as opened:
        page.keyboard.press("Enter")
    expect(opened.value.locator("h1")).to_be_visible()


def test_from_right_to_left_it_stands_at_the_other_side_and_large_enough_to_touch(
    crowd: Crowd, site: SchoolSite, origin: str
) -> None:
    look = Look("أبلغ دون اسم", language="ar")
    page = visit(crowd, site.put(button(origin, look), "/rtl", direction="rtl"))

    found = drawn(page, look.label)
    box = found.bounding_box()

    assert box["x"] < 40 and box["height"] >= 44
    assert found.evaluate("link => [link.lang, getComputedStyle(link).direction]") == ["ar", "rtl"]
