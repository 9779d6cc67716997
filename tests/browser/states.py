"""Every page in every state it can be in, as ways to get there.

`covers` names what a state shows: "GET /path" of the route table, "view:NAME" and "act:NAME" of the
reporter's journey. A test holds them against those tables, so that nothing new goes unlooked at.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx2
from playwright.sync_api import FilePayload, Page, expect

from messenger.web.journey import ACTS, VIEWS
from messenger.web.routes import routes
from tests.browser.drawing import photo
from tests.browser.holding import hold
from tests.browser.people import THREAT, Crowd, Reporter, Responder

NOT_PAGES = {
    "/api/organizations/{code}", "/widget/status/{code}",
    "/health/live", "/health/ready", "/health/metrics",
}  # fmt: skip
"""Answers for programs."""
PHOTO = photo()
NO_SCRIPTS = {"java_script_enabled": False}
Open = Callable[[Crowd], Page]


@dataclass(frozen=True, slots=True)
class State:
    """One thing to look at.

    `alone`: in a town where nothing else happens. `excused`: rules of axe that do not hold there.
    """

    name: str
    open: Open
    covers: tuple[str, ...]
    alone: bool = False
    excused: tuple[str, ...] = ()


STATES: list[State] = []


def state(
    *covers: str, alone: bool = False, excused: tuple[str, ...] = ()
) -> Callable[[Open], Open]:
    """Add the decorated way to the list, under its own name."""

    def add(way: Open) -> Open:
        STATES.append(State(way.__name__.replace("_", " "), way, covers, alone, excused))
        return way

    return add


def all_there_is() -> set[str]:
    """Return everything that has to be covered by some state."""
    views, acts = {f"view:{name}" for name in VIEWS}, {f"act:{name}" for name in ACTS}
    return views | acts | {f"GET {path}" for path in pages()}


def pages() -> Iterator[str]:
    """Return the path of each page."""
    for route in routes():
        is_page = "GET" in (route.methods or ()) and "/attachments" not in route.path
        if is_page and route.path not in NOT_PAGES:
            yield route.path


# Before there is a conversation


@state("GET /", "view:find")
def find_your_school(crowd: Crowd) -> Page:
    mia = crowd.reporter()
    mia.page.goto(mia.origin)
    return mia.page


@state("act:find")
def schools_found(crowd: Crowd) -> Page:
    mia = crowd.reporter()
    mia.page.goto(mia.origin)
    mia.page.fill("[name=school]", "lincoln")
    mia.do("find")
    expect(mia.page.locator(".found__row")).to_be_visible()
    return mia.page


@state("act:find")
def no_such_code(crowd: Crowd) -> Page:
    mia = crowd.reporter()
    mia.page.goto(mia.origin)
    mia.page.fill("[name=code]", "NOWHERE")
    mia.do("find")
    expect(mia.page.locator("#code-error")).to_be_visible()
    return mia.page


@state("act:change_school")
def another_school(crowd: Crowd) -> Page:
    mia = arrived(crowd)
    mia.do("change_school")
    return mia.page


@state("GET /c/{code}", "view:start")
def start(crowd: Crowd) -> Page:
    return arrived(crowd).page


@state("view:start")
def start_with_somebody_here(crowd: Crowd) -> Page:
    crowd.responder("ana").open_console()
    return arrived(crowd).page


@state("view:report")
def empty_form(crowd: Crowd) -> Page:
    mia = arrived(crowd)
    mia.go("report")
    return mia.page


@state("view:report")
def full_form_in_danger(crowd: Crowd) -> Page:
    mia = arrived(crowd)
    mia.fill_report(THREAT, "weapon", danger="yes")
    for fold in mia.page.locator("details.fold summary").all():
        fold.click()
    mia.choose("identity", "named")
    expect(mia.page.locator(".crisis--danger")).to_be_visible()
    expect(mia.page.locator("[name=contact]")).to_be_visible()
    return mia.page


@state("act:send_report")
def form_to_look_at_again(crowd: Crowd) -> Page:
    mia = arrived(crowd)
    mia.go("report")
    mia.page.fill("[name=what]", "   \n")
    mia.do("send_report")
    expect(mia.page.locator("#what-error")).to_be_visible()
    return mia.page


@state("view:talk")
def just_talk(crowd: Crowd) -> Page:
    mia = arrived(crowd)
    mia.go("talk")
    return mia.page


@state("act:send_talk")
def talk_to_look_at_again(crowd: Crowd) -> Page:
    mia = arrived(crowd)
    mia.go("talk")
    mia.page.fill("[name=what]", "  ")
    mia.do("send_talk")
    expect(mia.page.locator("#what-error")).to_be_visible()
    return mia.page


@state("view:return")
def come_back(crowd: Crowd) -> Page:
    mia = arrived(crowd)
    mia.go("return")
    mia.page.locator("details.fold summary").click()
    return mia.page


@state("act:open")
def words_that_open_nothing(crowd: Crowd) -> Page:
    mia = crowd.reporter()
    mia.come_back("apple apple apple apple apple apple")
    expect(mia.page.locator("#words-error")).to_be_visible()
    return mia.page


@state("view:privacy")
def how_private_is_this(crowd: Crowd) -> Page:
    mia = arrived(crowd)
    mia.go("privacy")
    return mia.page


@state("view:privacy")
def how_private_in_the_middle_of_a_report(crowd: Crowd) -> Page:
    mia = arrived(crowd)
    mia.fill_report()
    mia.go("privacy")
    return mia.page


@state("GET /frame/{code}")
def frame_on_no_page_of_anybody(crowd: Crowd) -> Page:
    """By itself it goes on to a tab of its own. In a page of a school's: tests/browser/test_frame.py."""
    mia = crowd.reporter()
    mia.page.goto(f"{mia.origin}/frame/LINCOLN")
    expect(mia.page.locator("h1")).to_have_text("Tell someone. Stay anonymous.")
    return mia.page


# The conversation


@state("view:receipt", "act:send_report")
def receipt(crowd: Crowd) -> Page:
    mia = crowd.reporter()
    mia.report()
    return mia.page


@state("act:keep")
def receipt_with_the_wrong_word(crowd: Crowd) -> Page:
    mia = crowd.reporter()
    mia.report()
    mia.page.fill("[name=word]", "nonsense")
    mia.do("keep")
    expect(mia.page.locator("#word-error")).to_be_visible()
    return mia.page


@state("view:receipt")
def receipt_of_somebody_in_danger(crowd: Crowd) -> Page:
    mia = crowd.reporter()
    mia.report(THREAT, danger="yes")
    return mia.page


@state("view:room", "act:keep")
def new_room(crowd: Crowd) -> Page:
    mia = crowd.reporter()
    mia.tell()
    return mia.page


@state("act:send_talk", "view:room")
def room_begun_by_talking(crowd: Crowd) -> Page:
    mia = arrived(crowd)
    mia.go("talk")
    mia.page.fill("[name=what]", "Hi")
    mia.do("send_talk")
    expect(mia.page.locator(".room__keep")).to_be_visible()
    return mia.page


@state("view:room", "act:say")
def room_with_somebody_in_it(crowd: Crowd) -> Page:
    told, ana = crowd.told(), crowd.responder("ana")
    mia, number = crowd.returned(told), told.number
    ana.take(number)
    mia.say("Is somebody there?")
    ana.composer(number).press_sequentially("Yes")
    expect(mia.page.locator("[data-slot=typing]")).to_be_visible()
    return mia.page


@state("view:room")
def room_with_its_menu_open(crowd: Crowd) -> Page:
    mia, _, _ = conversation(crowd, danger="yes")
    mia.page.locator(".room__menu summary").click()
    return mia.page


@state("act:say")
def message_refused(crowd: Crowd) -> Page:
    told = crowd.told()
    mia = crowd.returned(told)
    mia.say(" ".join(told.words))
    expect(mia.page.locator("#body-error")).to_be_visible()
    return mia.page


@state("act:say")
def message_refused_without_scripts(crowd: Crowd) -> Page:
    told = crowd.told()
    mia = crowd.returned(told, **NO_SCRIPTS)
    mia.say(" ".join(told.words))
    expect(mia.page.locator("#body-error")).to_be_visible()
    return mia.page


@state("view:room")
def closed_room(crowd: Crowd) -> Page:
    mia, ana, number = conversation(crowd)
    close(ana, number)
    expect(mia.page.locator("[data-slot=closed]")).to_be_visible()
    return mia.page


@state("view:room")
def room_that_is_over(crowd: Crowd) -> Page:
    told = crowd.told()
    mia = crowd.returned(told)
    mia.write("Half a message")
    httpx2.post(f"{mia.origin}/api/leave", json={"token": told.token}).raise_for_status()
    expect(mia.page.get_by_role("button", name="Open it with my six words")).to_be_visible()
    return mia.page


@state("act:say", "view:return")
def message_to_a_session_that_is_over(crowd: Crowd) -> Page:
    told = crowd.told()
    mia = crowd.returned(told, **NO_SCRIPTS)
    mia.write("A whole message")
    httpx2.post(f"{mia.origin}/api/leave", json={"token": told.token}).raise_for_status()
    mia.do("say")
    expect(mia.page.locator(".notice")).to_contain_text("it is not lost")
    return mia.page


@state("act:open", "view:room")
def message_given_back_after_its_words(crowd: Crowd) -> Page:
    mia = crowd.reporter(**NO_SCRIPTS)
    words, _ = mia.tell()
    token = next(each["value"] for each in mia.page.context.cookies() if each["name"] == "reporter")
    mia.write("A whole message")
    httpx2.post(f"{mia.origin}/api/leave", json={"token": token}).raise_for_status()
    mia.do("say")
    mia.page.fill("[name=words]", " ".join(words))
    mia.do("open")
    expect(mia.page.locator("[name=body]")).to_have_value("A whole message")
    return mia.page


@state("act:open", "view:room")
def room_opened_by_its_words(crowd: Crowd) -> Page:
    words = " ".join(crowd.told().words)
    crowd.reporter().come_back(words)
    mia = crowd.reporter()
    mia.come_back(words)
    expect(mia.page.locator(".room__welcome")).to_contain_text("Welcome back")
    return mia.page


@state("view:room")
def room_that_is_covered(crowd: Crowd) -> Page:
    mia = crowd.reporter()
    mia.page.clock.install()
    mia.report()
    mia.go("room")
    mia.page.clock.fast_forward("11:00")
    expect(mia.page.get_by_role("button", name="Show it again")).to_be_visible()
    return mia.page


@state("view:introduce")
def say_who_you_are(crowd: Crowd) -> Page:
    mia = crowd.returned(crowd.told())
    menu(mia, "introduce")
    return mia.page


@state("act:introduce")
def no_name_given(crowd: Crowd) -> Page:
    mia = crowd.returned(crowd.told())
    menu(mia, "introduce")
    mia.do("introduce")
    expect(mia.page.locator("#name-error")).to_be_visible()
    return mia.page


@state("act:introduce")
def room_of_somebody_with_a_name(crowd: Crowd) -> Page:
    mia = crowd.returned(crowd.told())
    menu(mia, "introduce")
    mia.page.fill("[name=name]", "Mia")
    mia.do("introduce")
    expect(mia.line("You told the team who you are.")).to_be_visible()
    return mia.page


@state("view:held")
def what_we_hold(crowd: Crowd) -> Page:
    mia = crowd.returned(crowd.told())
    menu(mia, "held")
    return mia.page


@state("act:delete")
def not_sure_about_deleting(crowd: Crowd) -> Page:
    mia = crowd.returned(crowd.told(), **NO_SCRIPTS)
    menu(mia, "held")
    mia.page.locator("form:has(#sure)").evaluate("form => (form.noValidate = true)")
    mia.do("delete")
    expect(mia.page.locator("#sure-error")).to_be_visible()
    return mia.page


@state("view:held")
def held_and_not_to_be_deleted(crowd: Crowd) -> Page:
    mia = crowd.returned(crowd.told(THREAT, danger="yes"))
    menu(mia, "held")
    return mia.page


@state("act:delete")
def deleted(crowd: Crowd) -> Page:
    mia = crowd.returned(crowd.told())
    menu(mia, "held")
    mia.page.check("#sure")
    mia.do("delete")
    return mia.page


# It reloads every ten seconds, and there is a way to pause that beside it (WCAG 2.2.1, 2.2.2).
@state("GET /history", excused=("meta-refresh",))
def history(crowd: Crowd) -> Page:
    mia, _, _ = conversation(crowd)
    mia.page.goto(f"{mia.origin}/history")
    hold(mia.page, "**/history")  # In the middle of a look it would be another page.
    return mia.page


@state("GET /history")
def history_paused(crowd: Crowd) -> Page:
    mia, _, _ = conversation(crowd)
    mia.page.goto(f"{mia.origin}/history?paused=1")
    return mia.page


@state("GET /history")
def history_of_long_ago(crowd: Crowd) -> Page:
    mia, _, _ = conversation(crowd)
    mia.page.goto(f"{mia.origin}/history?before=2")
    return mia.page


@state("view:room")
def room_without_scripts(crowd: Crowd) -> Page:
    mia = crowd.returned(crowd.told(), **NO_SCRIPTS)
    expect(mia.history().get_by_text("They call her names")).to_be_visible()
    return mia.page


@state()
def nothing_at_this_address(crowd: Crowd) -> Page:
    mia = crowd.reporter()
    mia.page.goto(f"{mia.origin}/nowhere")
    return mia.page


# The team: getting in


@state("GET /console/sign-in")
def sign_in(crowd: Crowd) -> Page:
    return at(crowd.responder("ana", signed_in=False), "sign-in")


@state()
def sign_in_refused(crowd: Crowd) -> Page:
    ana = crowd.responder("nobody", signed_in=False)
    page = at(ana, "sign-in")
    for field in ("login", "password", "code"):
        page.fill(f"#{field}", "000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#errors")).to_be_visible()
    return page


@state()
def signed_in_again_with_half_an_answer(crowd: Crowd) -> Page:
    number = crowd.told().number
    ana = crowd.responder("ana", **NO_SCRIPTS)
    ana.open_console()
    ana.claim_from_queue(number)
    ana.composer(number).fill("Half an answer")
    ana.page.context.clear_cookies()
    ana.room(number).locator("[data-slot=send]").click()
    ana.fill_sign_in("#login", "#password", "#code")
    ana.page.get_by_role("button", name="Sign in").click()
    expect(ana.page.locator("[name=body]")).to_have_value("Half an answer")
    return ana.page


@state("GET /console/join")
def join(crowd: Crowd) -> Page:
    return at(crowd.responder("eva", signed_in=False), "join")


@state()
def join_refused(crowd: Crowd) -> Page:
    page = at(crowd.responder("eva", signed_in=False), "join")
    page.fill("[name=code]", "nonsense")
    page.fill("[name=password]", "one long password")
    page.fill("[name=password2]", "another long password")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#errors")).to_be_visible()
    return page


@state("GET /console/second-factor")
def second_factor(crowd: Crowd) -> Page:
    return at(crowd.responder("dee"), "second-factor")


@state()
def second_factor_refused(crowd: Crowd) -> Page:
    page = at(crowd.responder("dee"), "second-factor")
    page.fill("[name=code]", "000000")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#errors")).to_be_visible()
    return page


@state("GET /console/waiting")
def waiting_for_approval(crowd: Crowd) -> Page:
    return at(crowd.responder("cy"), "waiting")


# The team: at work


@state("GET /console", alone=True)
def empty_queue(crowd: Crowd) -> Page:
    ana = crowd.responder("ana")
    ana.open_console()
    return ana.page


@state("GET /console", alone=True)
def queue_that_is_not_live(crowd: Crowd) -> Page:
    crowd.told(THREAT, "weapon")
    ana = crowd.responder("ana")
    with crowd.trouble():
        ana.page.route("**/js/pages/console.js*", lambda route: route.abort())
        ana.open_console()
        expect(ana.page.get_by_text("not live yet")).to_be_visible()
    return ana.page


@state("GET /console", alone=True)
def full_queue(crowd: Crowd) -> Page:
    numbers = [crowd.told().number for _ in range(2)]
    for n in range(6):
        crowd.told(f"Somebody broke a window, number {n}.", "theft_vandalism")
    crowd.told(THREAT, "weapon")
    ben, ana = crowd.responder("ben"), crowd.responder("ana")
    ben.take(numbers[0])
    ana.take(numbers[1])
    close(ana, numbers[1])
    ana.open_console()
    expect(ana.page.locator(".alerts__band")).to_be_visible()
    ana.page.locator(".flood__line").click()
    return ana.page


@state("GET /console")
def number_of_no_conversation(crowd: Crowd) -> Page:
    _, ana, number = conversation(crowd)
    close(ana, number)
    ana.open_console()
    ana.page.get_by_label("Open by number").fill("R-1")
    ana.page.get_by_role("button", name="Open", exact=True).click()
    expect(
        ana.page.get_by_text("Your team has no room with that number. Check it and try again.")
    ).to_be_visible()
    return ana.page


@state("GET /console/rooms/{room}")
def room_nobody_has(crowd: Crowd) -> Page:
    number = crowd.told().number
    ana = crowd.responder("ana")
    ana.open_console()
    ana.open_room(number)
    ana.page.reload()
    return ana.page


@state("GET /console/rooms/{room}")
def room_of_ones_own(crowd: Crowd) -> Page:
    _, ana, number = conversation(crowd)
    form = ana.unfold(number, "hand_over")
    expect(form).to_be_visible()
    return ana.page


@state("GET /console/rooms/{room}")
def room_of_ones_own_without_scripts(crowd: Crowd) -> Page:
    number = crowd.told().number
    ana = crowd.responder("ana", **NO_SCRIPTS)
    ana.open_console()
    ana.claim_from_queue(number)
    newer = ana.page.frame_locator(".room__newer")
    expect(newer.get_by_text("New messages appear here")).to_be_visible()
    return ana.page


# As the reporter's history does.
@state("GET /console/rooms/{room}/newer", excused=("meta-refresh",))
def what_came_since(crowd: Crowd) -> Page:
    return since(crowd, "?after=1")


@state("GET /console/rooms/{room}/newer")
def what_came_since_paused(crowd: Crowd) -> Page:
    return since(crowd, "?after=1&paused=1")


@state("GET /console/rooms/{room}/newer")
def what_came_since_to_who_is_signed_out(crowd: Crowd) -> Page:
    return at(crowd.responder("ana", signed_in=False), "rooms/nowhere/newer")


@state("GET /console/rooms/{room}")
def room_handed_over(crowd: Crowd) -> Page:
    _, ana, number = conversation(crowd)
    form = ana.unfold(number, "hand_over")
    form.locator("select").select_option(label="Ben Carter")
    form.locator("textarea").fill("Please go on.")
    form.locator("button[name=do]").click()
    ben = crowd.responder("ben")
    ben.open_console()
    ben.open_room(number)
    expect(ben.room(number).locator("staff-file")).to_contain_text("Please go on.")
    return ben.page


@state("GET /console/rooms/{room}")
def closed_room_of_the_team(crowd: Crowd) -> Page:
    _, ana, number = conversation(crowd)
    close(ana, number)
    expect(ana.room(number)).to_have_attribute("data-standing", "closed")
    return ana.page


@state("GET /console/rooms/{room}")
def two_rooms_side_by_side(crowd: Crowd) -> Page:
    _, ana, first = conversation(crowd)
    second = crowd.told(THREAT, danger="yes", category="other").number
    expect(ana.row(second)).to_be_visible()
    ana.open_room(second)
    expect(ana.page.locator("room-column")).to_have_count(2)
    expect(ana.room(first)).to_be_visible()
    return ana.page


@state("GET /console/rooms/{room}")
def room_of_the_team_without_scripts(crowd: Crowd) -> Page:
    number = crowd.told().number
    ana = crowd.responder("ana", **NO_SCRIPTS)
    ana.open_console()
    ana.claim_from_queue(number)
    return ana.page


@state()
def canned_responses(crowd: Crowd) -> Page:
    _, ana, number = conversation(crowd)
    ana.room(number).locator("canned-picker summary").click()
    expect(ana.room(number).locator(".canned__pick").first).to_be_visible()
    return ana.page


@state()
def list_of_keys(crowd: Crowd) -> Page:
    ana = crowd.responder("ana")
    ana.open_console()
    ana.page.keyboard.press("?")
    expect(ana.page.locator("#keys")).to_be_visible()
    return ana.page


@state()
def sound_menu(crowd: Crowd) -> Page:
    ana = crowd.responder("ana")
    ana.open_console()
    ana.page.locator("[data-menu=sound] summary").click()
    return ana.page


@state()
def signed_out_over_the_page(crowd: Crowd) -> Page:
    ana = crowd.responder("ana", signed_in=False)
    ana.sign_in()
    tab = ana.page.context.new_page()
    tab.goto(f"{ana.origin}/console/account")
    tab.locator("form[action='/console/sign-out'] button").click()
    expect(ana.page.locator("#again-title")).to_be_visible()
    tab.close()
    return ana.page


@state("GET /console/team")
def team(crowd: Crowd) -> Page:
    page = at(crowd.responder("ana"), "team")
    for fold in page.locator("details summary").all():
        fold.click()
    return page


@state()
def invitation(crowd: Crowd) -> Page:
    page = at(crowd.responder("ana"), "team")
    number = page.locator(".person").count()
    page.fill("[name=name]", "Flo Kim")
    page.fill("[name=login]", f"flo{number}")
    page.get_by_role("button", name="Make an invitation").click()
    expect(page.get_by_text("Give them this link")).to_be_visible()
    return page


@state()
def invitation_refused(crowd: Crowd) -> Page:
    page = at(crowd.responder("ana"), "team")
    page.fill("[name=name]", "Ben again")
    page.fill("[name=login]", "ben")
    page.get_by_role("button", name="Make an invitation").click()
    expect(page.locator("#errors")).to_be_visible()
    return page


@state("GET /console/account")
def account(crowd: Crowd) -> Page:
    return at(crowd.responder("ana"), "account")


@state()
def account_saved(crowd: Crowd) -> Page:
    page = at(crowd.responder("ana"), "account")
    page.get_by_role("button", name="Save the name").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    return page


@state()
def account_refused(crowd: Crowd) -> Page:
    page = at(crowd.responder("ana"), "account")
    for field in ("old", "password", "password2"):
        page.fill(f"#{field}", "not this password")
    page.get_by_role("button", name="Change the password").click()
    expect(page.locator("#errors")).to_be_visible()
    return page


@state()
def a_file_chosen_for_a_report(crowd: Crowd) -> Page:
    mia = arrived(crowd)
    mia.fill_report()
    add_photo(mia.page)
    return mia.page


@state()
def a_photo_in_the_conversation(crowd: Crowd) -> Page:
    mia, ana, number = conversation(crowd)
    add_photo(mia.page)
    mia.press("say")
    expect(ana.room(number).locator("figure img")).to_be_visible()
    expect(mia.page.locator("figure img").first).to_be_visible()
    return mia.page


@state()
def a_photo_at_the_team_s(crowd: Crowd) -> Page:
    mia, ana, number = conversation(crowd)
    add_photo(mia.page)
    mia.press("say")
    ana.room(number).get_by_text("This must not be here").click()
    return ana.page


@state()
def a_photo_that_was_refused(crowd: Crowd) -> Page:
    mia, _, _ = conversation(crowd)
    add_photo(mia.page, PHOTO[:200])
    mia.press("say")
    expect(mia.page.locator(".enclose__item")).to_contain_text("damaged")
    return mia.page


@state()
def a_file_kept_apart(crowd: Crowd) -> Page:
    mia, ana, number = conversation(crowd)
    add_photo(mia.page)
    mia.press("say")
    ana.room(number).get_by_text("This must not be here").click()
    ana.room(number).locator("[name=reason]").fill("It must not.")
    ana.room(number).get_by_role("button", name="Hide it from everybody").click()
    ana.page.get_by_text("in quarantine").click()
    return ana.page


@state()
def what_was_not_sent_without_scripts(crowd: Crowd) -> Page:
    mia = crowd.returned(crowd.told(), **NO_SCRIPTS)
    add_photo(mia.page, PHOTO[:200])
    mia.do("say")
    expect(mia.page.get_by_text("Something you added is not sent.")).to_be_visible()
    return mia.page


@state("GET /console/quarantine")
def what_the_law_asks_next(crowd: Crowd) -> Page:
    return at(crowd.responder("ana"), "quarantine")


@state()
def no_such_room(crowd: Crowd) -> Page:
    return at(crowd.responder("ana"), "rooms/nowhere")


# On the way


def arrived(crowd: Crowd) -> Reporter:
    mia = crowd.reporter()
    mia.arrive()
    return mia


def conversation(crowd: Crowd, danger: str = "no") -> tuple[Reporter, Responder, str]:
    """Mia and Ana talk; return both and the room's number."""
    told, ana = crowd.told(danger=danger), crowd.responder("ana")
    mia, number = crowd.returned(told), told.number
    ana.take(number)
    ana.answer(number, "I am here. Are you safe right now?")
    expect(mia.line("Are you safe right now?")).to_be_visible()
    mia.say("Yes. I am in the library.")
    mia.say("Nobody knows that I write this.")
    expect(ana.line(number, "Nobody knows")).to_be_visible()
    return mia, ana, number


def add_photo(page: Page, content: bytes = PHOTO) -> None:
    picker = page.locator("attachment-picker").first
    picker.locator("summary").first.click()
    file: FilePayload = {"name": "IMG_4711.jpg", "mimeType": "image/jpeg", "buffer": content}
    picker.locator("input[data-from=files]").set_input_files([file])


def close(responder: Responder, number: str) -> None:
    form = responder.unfold(number, "close")
    form.locator("textarea").fill("Thank you. We spoke with everyone.")
    form.locator("button[name=do]").click()
    expect(responder.line(number, "We spoke with everyone.")).to_be_visible()


def menu(reporter: Reporter, view: str) -> None:
    reporter.page.locator(".room__menu summary").click()
    reporter.go(view)


def since(crowd: Crowd, query: str) -> Page:
    _, ana, number = conversation(crowd)
    room = ana.room(number).get_attribute("data-room")
    return at(ana, f"rooms/{room}/newer{query}")


def at(responder: Responder, path: str) -> Page:
    responder.page.goto(f"{responder.origin}/console/{path}")
    return responder.page
