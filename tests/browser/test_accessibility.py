"""Every page and state of it: nothing that axe can find, in both themes, no sideways scrolling, room for each finger.

And for letters twice as large.

At night only colours are looked at: nothing else is different then, which is proved first.

On the way each page also proves that it does nothing its security policy forbids: the crowd listens.
"""

import re
from time import monotonic

import pytest
from playwright.sync_api import Frame, Page, ViewportSize

import tests.browser.states_of_files  # noqa: F401 - it adds its states to the list.
from tests.browser.accessibility import violations
from tests.browser.holding import wait_until
from tests.browser.people import DESK, PHONE, Crowd
from tests.browser.states import STATES, State, all_there_is
from tests.server import CHECKOUT

NARROW: ViewportSize = {"width": 320, "height": 640}
TABLET: ViewportSize = {"width": 768, "height": 1024}
SETTLED_WITHIN = 5.0
"""Seconds until a page has the styles for a finger: they come with one of its next frames."""
TOKENS = CHECKOUT / "static" / "css" / "tokens.css"
COLOUR = r"(#[0-9a-f]{6}|rgb\([\d %/]+\))"
SHADOW = rf"[\dpx ]+ {COLOUR}"


def test_no_page_no_view_and_no_act_is_without_a_state() -> None:
    covered = {cover for state in STATES for cover in state.covers}

    assert covered == all_there_is()


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_nothing_is_in_anybodys_way(state: State, request: pytest.FixtureRequest) -> None:
    crowd: Crowd = request.getfixturevalue("own_crowd" if state.alone else "crowd")

    page = state.open(crowd)

    for size, theme in ((PHONE, "light"), (PHONE, "dark"), (DESK, "light")):
        assert not_excused(state, look(page, size, theme)) == []
    assert too_small(page) == []
    assert overflow(page) == []
    assert overflow(page, TABLET) == []
    # No language of ours is written from right to left yet; the pages are ready for one.
    for size in (NARROW, PHONE):
        assert overflow(page, size, "rtl") == []
    enlarge(page)
    assert overflow(page, PHONE) == []
    assert squeezed(page) == []
    assert hides_the_way_out(page) == []


def test_themes_differ_in_colours_alone() -> None:
    told = [
        path
        for folder in ("static", "templates")
        for path in (CHECKOUT / folder).rglob("*")
        if path.is_file() and b"prefers-color-scheme" in path.read_bytes()
    ]
    (dark,) = re.findall(
        r"@media \(prefers-color-scheme: dark\) \{(.*?)\n\}", TOKENS.read_text(), re.DOTALL
    )
    root = re.fullmatch(r"\s*:root \{([^{}]*)\}", dark)

    assert told == [TOKENS]
    assert root is not None
    for each in root[1].split(";")[:-1]:
        assert re.fullmatch(rf"\s*--[\w-]+: ({COLOUR}|{SHADOW}(, {SHADOW})*)", each), each


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pale_words_are_found_by_day_and_by_night(crowd: Crowd, theme: str) -> None:
    mia = crowd.reporter()
    mia.arrive()

    pale = "rgb(200 200 200)" if theme == "light" else "rgb(60 60 60)"
    mia.page.locator("h1").evaluate("(title, pale) => (title.style.color = pale)", pale)

    assert {line.partition(":")[0] for line in look(mia.page, PHONE, theme)} == {"color-contrast"}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_that_only_some_can_read_are_found(crowd: Crowd, theme: str) -> None:
    mia = crowd.reporter()
    mia.arrive()

    soft = "rgb(105 105 105)" if theme == "light" else "rgb(150 150 150)"
    mia.page.locator("[data-slot=presence]").evaluate("(p, soft) => (p.style.color = soft)", soft)

    found = look(mia.page, PHONE, theme)
    assert {line.partition(":")[0] for line in found} == {"color-contrast-enhanced"}


def test_a_field_without_a_label_and_pale_words_are_found(crowd: Crowd) -> None:
    mia = crowd.reporter()
    mia.arrive()
    mia.go("talk")

    mia.page.locator("label[for=what]").evaluate("label => label.remove()")
    mia.page.locator("h1").evaluate("title => (title.style.color = 'rgb(200 200 200)')")

    found = look(mia.page, PHONE, "light")
    assert sorted({line.partition(":")[0] for line in found}) == ["color-contrast", "label"]


def test_what_is_too_small_for_a_finger_is_found(crowd: Crowd) -> None:
    mia = crowd.reporter()
    mia.arrive()

    mia.page.locator(".leave__button").evaluate(
        "button => Object.assign(button.style, { minBlockSize: 0, blockSize: '30px' })"
    )

    (found,) = too_small(mia.page)
    assert "x30" in found


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_a_page_that_is_too_wide_is_found(crowd: Crowd, direction: str) -> None:
    mia = crowd.reporter()
    mia.arrive()

    mia.page.locator("h1").evaluate("title => (title.style.minInlineSize = '400px')")

    assert "H1." in overflow(mia.page, NARROW, direction)


def test_letter_under_letter_and_a_way_out_that_scrolls_away_are_found(crowd: Crowd) -> None:
    mia = crowd.reporter()
    mia.arrive()
    assert squeezed(mia.page) == hides_the_way_out(mia.page) == []

    mia.page.locator("h1").evaluate("title => (title.style.inlineSize = '1em')")
    mia.page.locator(".topbar").evaluate("bar => (bar.style.position = 'static')")

    assert len(squeezed(mia.page)) == len(hides_the_way_out(mia.page)) == 1


def not_excused(state: State, found: list[str]) -> list[str]:
    return [line for line in found if not line.startswith(state.excused)]


def look(page: Page, size: ViewportSize, theme: str) -> list[str]:
    page.set_viewport_size(size)
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    return violations(page, only_colours=theme == "dark")


def too_small(page: Page) -> list[str]:
    """Return what is to be pressed, on a phone, and is less than 44 px wide or high. Links in a sentence may be."""
    page.set_viewport_size(PHONE)
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 1})
    wait_until(page, lambda: bool(page.evaluate(COARSE)))
    assert page.evaluate(COARSE)
    until = monotonic() + SETTLED_WITHIN
    found: list[str] = page.evaluate(SMALL)
    while found and monotonic() < until:
        page.wait_for_timeout(50)
        found = page.evaluate(SMALL)
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": False})
    session.detach()
    return found


def overflow(page: Page, size: ViewportSize = NARROW, direction: str = "ltr") -> list[str]:
    """Return what reaches beyond the edge of a narrow window, if the page can be scrolled to it."""
    page.set_viewport_size(size)
    return too_wide(page, direction)


def too_wide(page: Page | Frame, direction: str) -> list[str]:
    """The same in a window as wide as it is."""
    page.evaluate("direction => (document.documentElement.dir = direction)", direction)
    found: list[str] = page.evaluate(WIDER)
    return found


def enlarge(page: Page) -> None:
    page.evaluate("document.documentElement.style.fontSize = '200%'")


def squeezed(page: Page) -> list[str]:
    """Return words that stand letter under letter."""
    found: list[str] = page.evaluate(THIN)
    return found


def hides_the_way_out(page: Page) -> list[str]:
    """Return what stands where Leave should be to be pressed, at either end of a page that has it."""
    found: list[str] = page.evaluate(WAY_OUT)
    return found


COARSE = "matchMedia('(pointer: coarse)').matches"

# A box, and its words beside it, are pressed together.
SMALL = """() => {
  const pressed = [...document.querySelectorAll("a[href], button, summary, input, select, textarea")]
    .filter((each) => each.checkVisibility({ visibilityProperty: true }) && !each.closest(".visually-hidden"))
    .filter((each) => getComputedStyle(each).display !== "inline")
  return pressed.flatMap((each) => {
    const target = each.matches("[type=radio], [type=checkbox]") ? (each.closest("label") ?? each) : each
    const { width, height } = target.getBoundingClientRect()
    const isSmall = width > 1 && height > 1 && Math.min(width, height) < 43.5
    return isSmall ? [`${each.tagName}.${each.className} ${Math.round(width)}x${Math.round(height)}`] : []
  })
}"""

# The console arranges its columns anew only after the window has told it.
WIDER = """async () => {
  const root = document.scrollingElement
  for (let n = 0; n < 60 && (n < 3 || root.scrollWidth > root.clientWidth); n += 1) {
    await new Promise((done) => requestAnimationFrame(done))
  }
  if (root.scrollWidth <= root.clientWidth) return []
  const beyond = [...document.querySelectorAll("body *")]
    .filter((each) => {
      const { left, right } = each.getBoundingClientRect()
      return getComputedStyle(root).direction === "rtl" ? left < -1 : right > root.clientWidth + 1
    })
  return [`${root.scrollWidth}`, ...beyond.slice(0, 5).map((each) => `${each.tagName}.${each.className}`)]
}"""

# A column of less than two letters.
THIN = """() => {
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const found = []
  while (words.nextNode()) {
    const { data, parentElement: place } = words.currentNode
    if (data.trim().length < 4 || !place.checkVisibility({ visibilityProperty: true })) continue
    if (getComputedStyle(place).whiteSpace === "nowrap") continue
    const range = document.createRange()
    range.selectNodeContents(words.currentNode)
    const lines = [...range.getClientRects()]
    const widest = Math.max(...lines.map(({ width }) => width))
    if (lines.length > 2 && widest < 2 * parseFloat(getComputedStyle(place).fontSize)) found.push(data.trim())
  }
  return found
}"""

WAY_OUT = """() => {
  const ways = [...document.querySelectorAll(".leave__button")]
  const ends = document.querySelector("dialog[open]") || ways.length === 0 ? [] : [0, document.body.scrollHeight]
  const found = ends.flatMap((end) => {
    scrollTo(0, end)
    const there = ways.map((way) => {
      const { x, y, width, height } = way.getBoundingClientRect()
      const top = document.elementFromPoint(x + width / 2, y + height / 2)
      return way.contains(top) ? null : `${end}: ${top?.tagName}.${top?.className}`
    })
    return there.includes(null) ? [] : there.slice(0, 1)
  })
  scrollTo(0, 0)
  return found
}"""
