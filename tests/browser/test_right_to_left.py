"""The console where words run from right to left: what is drawn by hand follows them."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.people import Crowd


def turned(page: Page) -> Page:
    page.evaluate("document.dir = 'rtl'")
    come_to_rest(page)
    return page


def come_to_rest(page: Page) -> None:
    """Wait until nothing is on its way to another style: even the shortest transition begins at the old one."""
    page.evaluate(
        """() => Promise.allSettled(document.getAnimations()
            .filter((each) => each instanceof CSSTransition).map((each) => each.finished))"""
    )


def is_inside(part: Locator, whole: Locator) -> bool:
    inner, outer = part.bounding_box(), whole.bounding_box()
    assert inner is not None and outer is not None
    ends = inner["x"] + inner["width"], outer["x"] + outer["width"]
    return inner["x"] >= outer["x"] and ends[0] <= ends[1]


def style(part: Locator, name: str) -> str:
    return str(part.evaluate("(part, name) => getComputedStyle(part)[name]", name))


def test_the_switch_s_thumb_stays_in_its_track(crowd: Crowd) -> None:
    ana = crowd.responder("ana")
    ana.open_console()
    switch = turned(ana.page).locator(".switch[aria-checked=true]")

    assert is_inside(switch.locator(".switch__thumb"), switch.locator(".switch__track"))


def test_the_open_room_is_marked_at_the_side_where_its_words_begin(crowd: Crowd) -> None:
    told, ana = crowd.told(), crowd.responder("ana")
    ana.take(told.number)
    opened = turned(ana.page).locator(".row__open[aria-current]")

    assert "-4px 0px 0px 0px inset" in style(opened, "boxShadow")


def test_the_arrow_of_a_fold_points_where_its_words_go(crowd: Crowd) -> None:
    for _ in range(6):
        crowd.told(category="theft_vandalism")
    ana = crowd.responder("ana")
    ana.open_console()
    line = turned(ana.page).locator(".flood__line").first
    arrow = "line => getComputedStyle(line, '::before').rotate"

    assert line.evaluate(arrow) == "45deg"
    line.click()
    expect(line.locator("xpath=..")).to_have_attribute("open", "")
    come_to_rest(ana.page)
    assert line.evaluate(arrow) == "-45deg"


def test_last_words_find_their_own_way(crowd: Crowd) -> None:
    told, ana = crowd.told("مرحبا، هل من أحد هنا؟"), crowd.responder("ana")
    ana.open_console()

    assert style(ana.row(told.number).locator("[data-slot=last-text]"), "direction") == "rtl"


def test_what_a_reporter_told_finds_its_own_way_as_the_server_and_as_a_script_draws_it(
    crowd: Crowd,
) -> None:
    ana, mia = crowd.responder("ana"), crowd.reporter()
    _, number = mia.tell()
    ana.take(number)
    mia.page.locator(".room__menu summary").click()
    mia.go("introduce")
    mia.page.fill("[name=name]", "مريم")
    mia.do("introduce")

    for page in (mia.page, ana.room(number)):
        name = page.locator("message-list dd").filter(has_text="مريم")
        expect(name).to_have_css("direction", "rtl")
