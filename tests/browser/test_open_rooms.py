"""Several rooms at once: what is typed stays where it was begun, and nothing goes away unsent without a word."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, WebSocketRoute, expect

from tests.browser.holding import Held, hold, wait_until
from tests.browser.people import THREAT, Crowd, Responder, state_of
from tests.browser.test_conversation import ENTER, wake

QUICK = """
  AbortSignal.timeout = (ms) => {
    const controller = new AbortController()
    setTimeout(() => controller.abort(), ms / 50)
    return controller.signal
  }
"""
"""Deadlines, fifty times as short."""
TWICE_C = """
  for (let n = 0; n < 2; n += 1) {
    document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "c", bubbles: true }))
  }
"""
NEXT_FRAME = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
"""By then what is not shown any more has no focus either."""


def begin_to_open(ana: Responder, number: str, what: str) -> Held:
    """Press something in a row of the queue, and keep the room from coming."""
    held = hold(ana.page, "**/console/rooms/*?quiet", times=1)
    ana.press_in_row(number, what)
    held.wait()
    return held


def test_a_room_that_comes_late_stays_behind_whoever_writes_in_another(crowd: Crowd) -> None:
    late, here = crowd.told().number, crowd.told(THREAT, category="weapon").number
    ana = crowd.responder("ana")
    ana.take(here)
    held = begin_to_open(ana, late, ".row__open")

    ana.composer(here).click()
    ana.page.keyboard.type("He")
    held.let_go()
    expect(ana.room(late)).to_have_count(1)
    ana.page.keyboard.type(" can come.")

    expect(ana.composer(here)).to_have_value("He can come.")
    expect(ana.room(late)).to_have_attribute("data-standing", "unclaimed")


def test_a_room_that_comes_late_stays_behind_the_one_pressed_after_it(crowd: Crowd) -> None:
    late, then = crowd.told().number, crowd.told().number
    ana = crowd.responder("ana")
    ana.open_console()
    held = begin_to_open(ana, late, ".row__open")

    ana.open_room(then)
    held.let_go()
    expect(ana.room(late)).to_have_count(1)

    expect(ana.room(then)).to_have_attribute("data-current", "")
    expect(ana.room(then)).to_be_focused()


def test_what_was_claimed_is_claimed_though_its_room_comes_late(crowd: Crowd) -> None:
    late, here = crowd.told().number, crowd.told().number
    ana = crowd.responder("ana")
    ana.take(here)
    held = begin_to_open(ana, late, "button[value=claim]")

    ana.composer(here).click()
    held.let_go()
    expect(ana.room(late)).to_have_attribute("data-standing", "mine")
    ana.page.keyboard.type("I am here.")

    expect(ana.composer(here)).to_have_value("I am here.")


def test_after_a_reload_rooms_come_back_behind_the_one_that_is_written_in(crowd: Crowd) -> None:
    first, other = crowd.told().number, crowd.told().number
    ana = crowd.responder("ana")
    ana.take(first)
    ana.open_room(other)
    ana.page.reload()
    expect(ana.room(other)).to_have_attribute("data-current", "")

    expect(ana.room(first)).to_have_count(1)

    expect(ana.room(other)).to_have_attribute("data-current", "")


def test_reloaded_again_before_all_rooms_came_back_they_come_nevertheless(crowd: Crowd) -> None:
    told = [crowd.told().number for _ in range(3)]
    ana = crowd.responder("ana")
    ana.open_console()
    for number in told:
        ana.open_room(number)
    held = hold(ana.page, "**/console/rooms/*?quiet")
    ana.page.reload()
    held.wait()
    held.routes[0].continue_()
    held.wait(2)

    ana.page.unroute_all()
    ana.page.reload()

    for number in told:
        expect(ana.room(number)).to_have_count(1)


def test_a_room_with_words_in_it_is_put_away_by_whoever_presses_twice(crowd: Crowd) -> None:
    number = crowd.told().number
    ana = crowd.responder("ana")
    ana.take(number)
    ana.composer(number).fill("Stay where you are.")
    away = ana.room(number).locator("[data-leave]")

    away.click()
    expect(ana.room(number).get_by_role("alert")).to_contain_text(["was not sent"])
    expect(ana.composer(number)).to_have_value("Stay where you are.")
    ana.room(number).locator("[data-slot=send]").click()
    expect(ana.room(number).get_by_text("was not sent")).to_be_hidden()

    ana.composer(number).fill("Wait.")
    away.click()
    expect(ana.room(number).get_by_text("was not sent")).to_be_visible()
    ana.composer(number).fill("Wait for me.")
    expect(ana.room(number).get_by_text("was not sent")).to_be_hidden()
    away.click()
    away.click()

    expect(ana.room(number)).to_have_count(0)


def test_a_message_on_its_way_keeps_its_room(crowd: Crowd) -> None:
    number = crowd.told().number
    ana = crowd.responder("ana")
    swallowed = swallow_what_is_said(ana)
    ana.take(number)
    swallowed.append(True)
    ana.answer(number, "I am on my way.")
    expect(state_of(ana.line(number, "I am on my way."))).to_have_text("sending")

    ana.room(number).locator("[data-leave]").click()

    expect(ana.line(number, "I am on my way.")).to_be_visible()


def test_words_that_a_room_closed_meanwhile_does_not_take_are_given_back_in_sight(
    crowd: Crowd,
) -> None:
    number = crowd.told().number
    here, there = crowd.responder("ana"), crowd.responder("ana")
    held = hold_what_is_said(here)
    here.take(number)
    there.open_console()
    there.open_room(number)
    here.answer(number, "Are you safe?")
    expect(state_of(here.line(number, "Are you safe?"))).to_have_text("sending")
    there.unfold(number, "close").locator("[name=note]").fill("All is well.")
    there.press(number, "close")
    expect(here.room(number)).to_have_attribute("data-standing", "closed")
    expect(here.line(number, "All is well.")).to_be_visible()

    held()

    expect(here.composer(number)).to_have_value("Are you safe?")
    expect(here.composer(number)).to_be_visible()
    expect(here.room(number).get_by_text("Reopen it to go on.")).to_be_visible()


@pytest.mark.parametrize("where", ["composer", "note"])
def test_what_is_being_written_in_a_room_that_is_nobodys_any_more_stays_under_the_fingers(
    crowd: Crowd, where: str
) -> None:
    other, number = crowd.told(THREAT, category="weapon").number, crowd.told().number
    here, there = crowd.responder("ana"), crowd.responder("ana")
    here.take(number)
    field = here.composer(number)
    if where == "note":
        field = here.unfold(number, "close").locator("[name=note]")
    field.click()
    there.open_console()
    there.open_room(number)
    there.unfold(number, "hand_over").locator("[name=summary]").fill("Calm by now.")
    there.press(number, "hand_over")
    expect(here.room(number)).to_have_attribute("data-standing", "unclaimed")
    here.page.evaluate(NEXT_FRAME)

    here.page.keyboard.type("just call me")

    expect(field).to_have_value("just call me")
    expect(here.room(other)).to_have_count(0)
    here.room(number).focus()
    expect(field).to_be_visible()
    field.fill("")
    here.room(number).focus()
    expect(field).to_be_hidden()


def test_nothing_is_written_into_a_summary_that_is_on_its_way(crowd: Crowd) -> None:
    number = crowd.told().number
    ana = crowd.responder("ana")
    held = hold_what_is_said(ana, "hand_over")
    ana.take(number)
    summary = ana.unfold(number, "hand_over").locator("[name=summary]")
    summary.fill("Calm by now.")
    ana.press(number, "hand_over")

    summary.press_sequentially(" Alone at home.")
    expect(summary).to_have_value("Calm by now.")
    held()
    expect(ana.room(number)).to_have_attribute("data-standing", "unclaimed")
    ana.claim(number)
    ana.unfold(number, "hand_over")

    expect(summary).to_have_value("")
    expect(summary).to_be_editable()


def test_a_claim_pressed_twice_is_one_claim(crowd: Crowd) -> None:
    number = crowd.told().number
    ana = crowd.responder("ana")
    ana.open_console()
    ana.open_room(number)
    expect(ana.room(number)).to_be_focused()

    ana.page.evaluate(TWICE_C)
    expect(ana.composer(number)).to_be_visible()
    ana.answer(number, "I am here.")

    expect(state_of(ana.line(number, "I am here."))).to_have_text("sent")
    expect(ana.room(number).locator(".room__refusal")).to_be_hidden()


def hold_what_is_said(ana: Responder, kind: str = "say") -> Callable[[], None]:
    """Keep her words from the server, or what else she does, until what is returned is called."""
    held: list[tuple[WebSocketRoute, str | bytes]] = []

    def between(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def pass_on(frame: str | bytes) -> None:
            if json.loads(frame)["t"] == kind:
                held.append((server, frame))
            else:
                server.send(frame)

        socket.on_message(pass_on)

    ana.page.route_web_socket("**/ws", between)

    def let_go() -> None:
        for server, frame in held:
            server.send(frame)

    return let_go


def swallow_what_is_said(ana: Responder) -> list[bool]:
    """Return a list: once there is something in it, nothing reaches the server any more."""
    swallows: list[bool] = []

    def between(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        socket.on_message(lambda frame: None if swallows else server.send(frame))

    ana.page.route_web_socket("**/ws", between)
    return swallows


def test_that_lines_are_down_stands_in_each_place_and_is_heard_once(crowd: Crowd) -> None:
    told = [crowd.told().number for _ in range(2)]
    ana = crowd.responder("ana")
    lines = Lines(ana)
    ana.open_console()
    for number in told:
        ana.open_room(number)
    bar = ana.page.locator("[data-link]")
    rooms = [ana.room(number).locator("[data-slot=line]") for number in told]

    for first, *others in ([*rooms, bar], [bar, *rooms]):
        for place in (first, *others):
            lines.cut(ana, place)
            expect(place).to_be_visible()
            expect(heard(ana)).to_have_count(1)
            expect(heard(ana).and_(first)).to_be_visible()
        lines.mend()
        wake(ana.page)
        for place in (first, *others):
            expect(place).to_be_hidden()


def test_a_desk_whose_line_is_down_does_not_say_what_reporters_see(crowd: Crowd) -> None:
    ana = crowd.responder("ana")
    lines, bar = Lines(ana), ana.page.locator("[data-link]")
    promise = ana.page.get_by_text("Reporters see that someone is here.")
    ana.open_console()
    expect(promise).to_be_visible()

    lines.cut(ana, bar)
    expect(bar).to_be_visible()
    expect(promise).to_be_hidden()
    lines.mend()
    wake(ana.page)

    expect(promise).to_be_visible()


def test_a_desk_that_is_signed_out_does_not_say_that_it_connects(crowd: Crowd) -> None:
    ana = crowd.responder("ana")
    lines, bar = Lines(ana), ana.page.locator("[data-link]")
    ana.open_console()
    lines.cut(ana, bar)
    expect(bar).to_be_visible()

    ana.page.context.clear_cookies()
    lines.mend()
    wake(ana.page)

    expect(ana.page.get_by_role("dialog")).to_be_visible()
    expect(bar).to_be_hidden()


def heard(ana: Responder) -> Locator:
    """Return what says aloud that a line is down."""
    status = ana.page.locator("[role=status]:not([aria-live=off]):visible")
    return status.filter(has_text=re.compile("The line is down|Connecting again"))


class Lines:
    """The lines of a desk, each known by its room, the queue's by "". What is cut can be dialed, and gets no answer."""

    def __init__(self, ana: Responder) -> None:
        self._open: dict[str, WebSocketRoute] = {}
        self._cut: set[str] = set()
        ana.page.route_web_socket("**/ws", self._dialed)

    def cut(self, ana: Responder, place: Locator) -> None:
        room = place.evaluate("place => place.closest('room-column')?.dataset.room ?? ''")
        wait_until(ana.page, lambda: room in self._open)
        self._cut.add(room)
        self._open[room].close(code=1001)

    def mend(self) -> None:
        self._cut.clear()

    def _dialed(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def pass_on(frame: str | bytes) -> None:
            said = json.loads(frame)
            room = said.get("room", "")
            if said["t"] != "hello":
                server.send(frame)
            elif room in self._cut:
                socket.close(code=1001)
            else:
                self._open[room] = socket
                server.send(frame)

        socket.on_message(pass_on)


def test_the_staff_s_file_never_goes_back(crowd: Crowd) -> None:
    number = crowd.told().number
    ana = crowd.responder("ana")
    files: list[str] = []
    sockets: list[WebSocketRoute] = []

    def between(socket: WebSocketRoute) -> None:
        def pass_on(frame: str | bytes) -> None:
            if json.loads(frame)["t"] == "file":
                files.append(str(frame))
                sockets.append(socket)
            socket.send(frame)

        socket.connect_to_server().on_message(pass_on)

    ana.page.route_web_socket("**/ws", between)
    ana.open_console()
    ana.open_room(number)
    told = ana.room(number).locator("staff-file li")
    for count, urgency in ((1, "life_safety"), (2, "normal")):
        form = ana.unfold(number, "triage")
        form.locator(f"button[value={urgency}]").click()
        expect(told).to_have_count(count)
        expect(ana.room(number).locator("details.step[open]")).to_have_count(0)

    sockets[-1].send(files[-2])
    sockets[-1].send('{"t": "typing", "role": "reporter", "name": ""}')

    expect(ana.room(number).locator("[data-slot=typing]")).to_be_visible()
    expect(told).to_have_count(2)


def test_a_room_with_nothing_in_it_goes_at_once(crowd: Crowd) -> None:
    number = crowd.told().number
    ana = crowd.responder("ana")
    ana.take(number)
    # Until the claim is answered, there is something in it.
    expect(ana.room(number).locator("button[value=claim]").first).to_be_enabled()

    ana.room(number).locator("[data-leave]").click()

    expect(ana.room(number)).to_have_count(0)


def test_the_focus_goes_from_a_room_put_away_to_the_next_and_from_the_last_to_its_line(
    crowd: Crowd,
) -> None:
    first, second = crowd.told().number, crowd.told().number
    ana = crowd.responder("ana")
    ana.take(first)
    # Until the claim is answered, there is something in it.
    expect(ana.room(first).locator("button[value=claim]").first).to_be_enabled()
    ana.open_room(second)

    ana.room(second).locator("[data-leave]").press("Enter")
    expect(ana.room(first)).to_be_focused()
    ana.room(first).locator("[data-leave]").press("Enter")

    expect(ana.room(first)).to_have_count(0)
    expect(ana.row(first).locator("a")).to_be_focused()


def test_duty_switched_in_another_tab_shows_in_this_one(crowd: Crowd) -> None:
    here, there = crowd.responder("ana"), crowd.responder("ana")
    here.open_console()
    there.open_console()
    expect(here.page.get_by_role("switch")).to_have_attribute("aria-checked", "true")

    there.page.get_by_role("switch").click()
    expect(here.page.get_by_role("switch")).to_have_attribute("aria-checked", "false")
    here.page.get_by_role("switch").click()

    expect(there.page.get_by_role("switch")).to_have_attribute("aria-checked", "true")


def test_a_switch_that_nobody_answers_says_so(crowd: Crowd) -> None:
    ana = crowd.responder("ana")
    ana.page.add_init_script(QUICK)
    ana.open_console()
    hold(ana.page, "**/console/duty")

    ana.page.get_by_role("switch").click()

    expect(ana.page.locator("#toast")).to_contain_text("Duty is as it was.")
    expect(ana.page.get_by_role("switch")).to_have_attribute("aria-checked", "true")


def test_what_is_said_again_stays_as_long_as_the_first_time(crowd: Crowd) -> None:
    ana = crowd.responder("ana")
    ana.page.clock.install()
    ana.open_console()
    # Else what all this takes would be gone of its seconds.
    ana.page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=10))
    ana.page.route("**/console/duty", lambda route: route.abort())
    toast = ana.page.locator("#toast")

    with crowd.trouble():
        for _ in range(2):
            toast.evaluate("toast => (toast.textContent = '')")
            ana.page.get_by_role("switch").click()
            expect(toast).to_contain_text("Duty is as it was.")
            ana.page.clock.run_for(3_500)

    expect(toast).to_be_visible()
    ana.page.clock.run_for(3_000)
    expect(toast).to_be_hidden()


def test_a_sound_switched_off_on_another_page_is_off_in_the_console(crowd: Crowd) -> None:
    ana = crowd.responder("ana")
    ana.open_console()
    other = ana.page.context.new_page()
    other.goto(f"{ana.origin}/console/account")

    other.locator("[data-preference=sound]").uncheck()

    expect(ana.page.locator("[data-preference=sound]")).not_to_be_checked()


def test_enter_that_only_chooses_a_character_takes_no_canned_response(crowd: Crowd) -> None:
    told, ana = crowd.told(), crowd.responder("ana")
    ana.take(told.number)
    ana.room(told.number).get_by_text("Canned responses").click()
    search = ana.page.get_by_label("Find a response")

    search.evaluate(ENTER, {"isComposing": True})
    expect(search).to_be_visible()
    expect(ana.composer(told.number)).to_have_value("")
    search.evaluate(ENTER, {})
    expect(search).to_be_hidden()
    expect(ana.composer(told.number)).not_to_have_value("")


@pytest.mark.parametrize("menu", ["[data-menu=sound]", "canned-picker details"])
@pytest.mark.parametrize("way", ["press", "focus", "Escape"])
def test_what_unfolds_over_the_page_folds_away_when_one_goes_elsewhere(
    crowd: Crowd, menu: str, way: str
) -> None:
    told, ana = crowd.told(), crowd.responder("ana")
    ana.take(told.number)
    unfolded = ana.page.locator(menu)
    unfolded.locator("summary").click()
    expect(unfolded).to_have_attribute("open", "")
    unfolded.locator("input").first.focus()
    expect(unfolded).to_have_attribute("open", "")

    if way == "press":
        ana.room(told.number).locator(".room__title h2").click()
    elif way == "focus":
        ana.page.locator("button[data-command=keys]").focus()
    else:
        ana.page.keyboard.press("Escape")

    expect(unfolded).not_to_have_attribute("open", "")
    if way == "Escape":
        back = unfolded.locator("summary") if "sound" in menu else ana.composer(told.number)
        expect(back).to_be_focused()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_the_reports_own_words_stand_beside_the_room_as_text_and_a_long_one_scrolls(
    crowd: Crowd, scripts: bool
) -> None:
    long = "<b>He</b> took it.\n" + "It went on and on.\n" * 40
    short, told = crowd.told(), crowd.told(long)
    ana = crowd.responder("ana", java_script_enabled=scripts)
    ana.open_console()
    if scripts:
        # The second one comes by script into the page of the first.
        ana.open_room(short.number)
    ana.open_room(told.number)

    words = ana.room(told.number).locator(".side .facts__words")
    expect(words).to_contain_text("<b>He</b> took it.")
    expect(words).to_have_attribute("dir", "auto")
    box = words.bounding_box()
    assert box is not None
    assert box["height"] < 12.5 * 30
    assert box["y"] + box["height"] < 720
    assert words.evaluate("words => words.scrollHeight > words.clientHeight + 100")
