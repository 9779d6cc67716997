"""From the first word to the last, with real browsers on both sides."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import httpx2
import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from messenger.domain.errors import BadReceipt
from messenger.protocol.frames import FRAME_LIMIT, PAD_FLOOR
from messenger.security.wordlist import load
from messenger.services.history import SCREEN
from tests.browser.conftest import ONE_PROCESS, TWO_WORKERS
from tests.browser.holding import Held, hold, wait_until
from tests.browser.people import (
    DESK,
    PHONE,
    TEASING,
    THREAT,
    Crowd,
    Reporter,
    Responder,
    state_of,
)

NO_SCRIPTS = {"java_script_enabled": False}


@pytest.fixture(scope="module", params=[ONE_PROCESS, TWO_WORKERS])
def size(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_receipt_is_kept_by_typing_back_the_word_asked_for(crowd: Crowd) -> None:
    mia = crowd.reporter()
    words = mia.report()

    mia.page.fill("[name=word]", "nonsense")
    mia.do("keep")
    expect(mia.page.locator("#word-error")).to_contain_text("That is not the word.")
    assert mia.words() == words
    mia.keep([word.upper() for word in words])

    expect(mia.line("They call her names")).to_be_visible()
    expect(mia.page.locator(".room__keep")).to_have_count(0)


def test_who_is_in_danger_sees_the_numbers_first_and_can_talk_before_keeping_the_words(
    crowd: Crowd,
) -> None:
    mia = crowd.reporter()
    mia.arrive()
    mia.fill_report(THREAT, "bullying", danger="yes")
    expect(mia.page.locator(".crisis--danger")).to_be_visible()
    assert mia.page.evaluate("document.activeElement.name") == "what"
    mia.do("send_report")
    expect(mia.page.locator(".crisis a[href='tel:911']")).to_be_visible()

    mia.go("room")
    mia.say("Please hurry.")

    expect(state_of(mia.line("Please hurry."))).to_have_text("sent")
    mia.page.locator(".room__keep button").click()
    mia.keep(mia.words())


def test_who_looks_elsewhere_while_a_message_is_on_its_way_gets_there(crowd: Crowd) -> None:
    mia = crowd.reporter()
    words = mia.report()
    modules = hold(mia.page, "**/room.js*")
    mia.go("room")
    posts = hold(mia.page, "**/", times=1)

    mia.say("Please hurry.")
    posts.wait()
    mia.page.locator(".room__keep button").click()
    posts.let_go()
    modules.let_go()

    assert mia.words() == words


def test_what_was_sent_before_the_room_was_live_is_not_in_its_field_again(crowd: Crowd) -> None:
    mia, posts = saying_while_her_room_becomes_live(crowd)

    posts.let_go()

    expect(mia.line("Please hurry.")).to_have_count(1)
    expect(mia.page.locator("message-composer textarea")).to_have_value("")


def test_pressed_again_once_the_room_is_live_what_is_on_its_way_is_sent_once(crowd: Crowd) -> None:
    mia, posts = saying_while_her_room_becomes_live(crowd)

    mia.press("say")
    with mia.next_page():
        posts.let_go()
    mia.say("He is coming.")

    expect(state_of(mia.line("He is coming."))).to_have_text("sent")
    expect(mia.line("Please hurry.")).to_have_count(1)


def test_what_came_though_its_answer_got_lost_is_not_in_its_field_again(crowd: Crowd) -> None:
    mia, posts = saying_while_her_room_becomes_live(crowd)

    with crowd.trouble():
        posts.lose_answer()
        expect(mia.page.locator("[data-slot=journey]")).to_contain_text("we can't be reached")

    expect(mia.line("Please hurry.")).to_have_count(1)
    expect(mia.page.locator("[name=body]")).to_have_value("")
    mia.say("He is coming.")
    expect(state_of(mia.line("He is coming."))).to_have_text("sent")


def saying_while_her_room_becomes_live(crowd: Crowd) -> tuple[Reporter, Held]:
    """Return Mia, and her words on their way by the form."""
    mia = crowd.reporter()
    mia.report()
    modules = hold(mia.page, "**/room.js*")
    mia.go("room")
    posts = hold(mia.page, "**/", times=1)
    mia.say("Please hurry.")
    posts.wait()
    modules.let_go()
    mia.wait_until_live()
    return mia, posts


def test_going_back_and_looking_elsewhere_loses_no_word(crowd: Crowd) -> None:
    mia = crowd.reporter()
    mia.arrive()
    mia.fill_report("Half a story", "hazing")

    mia.go("privacy")
    mia.go("start")
    mia.go("return")
    mia.go("start")
    mia.go("report")

    expect(mia.page.locator("[name=what]")).to_have_value("Half a story")
    expect(mia.page.locator("[name=category][value=hazing]")).to_be_checked()


def test_a_room_whose_module_got_lost_on_the_way_is_live_all_the_same(crowd: Crowd) -> None:
    mia = crowd.reporter()
    words = mia.report()
    mia.page.route("**/room.js*", lambda route: route.abort(), times=1)

    with crowd.trouble():
        mia.keep(words)
        mia.say("Did it work?")

    expect(state_of(mia.line("Did it work?"))).to_have_text("sent")


def test_a_room_whose_modules_are_blocked_says_that_it_stands_still_and_goes_by_its_form(
    crowd: Crowd,
) -> None:
    mia = crowd.reporter()
    words = mia.report()
    mia.keep(words)
    expect(mia.page.locator(".room")).to_be_visible()
    mia.page.evaluate("document.getAnimations().forEach((each) => each.finish())")
    expect(mia.page.locator(".room__still")).to_be_hidden()
    mia.page.route("**/*.js*", lambda route: route.abort())

    with crowd.trouble():
        mia.page.reload()
        expect(mia.page.locator(".room__still")).to_be_visible()
        expect(mia.page.locator(".room__presence")).to_be_hidden()
        mia.page.locator(".presence__call").evaluate(NOBODY_IS_HERE)
        expect(mia.page.locator(".presence__call")).to_be_visible()
        mia.page.fill("textarea[name=body]", "Does anybody read this?")
        mia.page.locator("[data-slot=send]").click()

        expect(mia.page.locator("message-list")).to_contain_text("Does anybody read this?")
        expect(mia.page.locator("textarea[name=body]")).to_have_value("")
        mia.page.context.close()  # It may still complain of what is blocked.


NOBODY_IS_HERE = """call => {
  call.closest(".presence").classList.remove("presence--here")
  call.textContent = "If someone is in danger right now, call 911."
  call.hidden = false
}"""
"""As the page comes then."""


def test_words_go_both_ways_and_each_says_how_far_it_got(crowd: Crowd) -> None:
    mia, ana = crowd.reporter(), crowd.responder("ana")
    _, number = mia.tell()

    with crowd.server.paused():
        mia.say("Are you there?")
        expect(state_of(mia.line("Are you there?"))).to_have_text("sending")
    expect(state_of(mia.line("Are you there?"))).to_have_text("sent")
    ana.take(number)
    expect(state_of(mia.line("Are you there?"))).to_have_text("read")
    ana.answer(number, "Yes. I am Ana.")

    expect(mia.line("Yes. I am Ana.")).to_be_visible()
    expect(mia.line("Yes. I am Ana.")).to_contain_text("Ms. Ruiz")
    expect(state_of(ana.line(number, "Yes. I am Ana."))).to_have_text("read")
    expect(mia.page.locator("li.message")).to_have_count(3)


def test_what_was_read_is_not_merely_sent_once_more_when_its_answer_comes_late(
    crowd: Crowd,
) -> None:
    mia, ana = crowd.reporter(), crowd.responder("ana")
    lines, lost, heard = list[WebSocketRoute](), list[str](), list[str]()
    into = heard

    def between(page: WebSocketRoute) -> None:
        def tell(text: str | bytes) -> None:
            into.append(str(text))
            if into is heard:
                page.send(text)

        lines.append(page)
        page.connect_to_server().on_message(tell)

    mia.page.route_web_socket("**/ws", between)
    _, number = mia.tell()
    ana.take(number)
    into = lost
    mia.say("Are you there?")
    expect(ana.line(number, "Are you there?")).to_be_visible()
    wait_until(mia.page, lambda: any('"seen"' in each for each in lost))

    into = heard
    heard.clear()
    lines[-1].close()
    wake(mia.page)
    wait_until(mia.page, lambda: any('"ack"' in each for each in heard))

    expect(state_of(mia.line("Are you there?"))).to_have_text("read")


def test_each_side_sees_that_the_other_is_here_and_writing(crowd: Crowd) -> None:
    mia, ana = crowd.reporter(), crowd.responder("ana")
    _, number = mia.tell()
    ana.take(number)
    expect(mia.page.locator("[data-slot=presence]")).to_have_text("Ms. Ruiz from the team is here.")
    expect(ana.room(number).locator("[data-slot=here]")).to_be_visible()

    mia.write("I th")
    expect(ana.room(number).locator("[data-slot=typing-who]")).to_have_text("reporter is writing")
    ana.composer(number).press_sequentially("It is")
    expect(mia.page.locator("[data-slot=typing]")).to_have_text("Ms. Ruiz is writing to you …")
    expect(ana.room(number)).not_to_contain_text("Ana Ruiz is writing")

    mia.page.close()
    expect(ana.room(number).locator("[data-slot=away]")).to_be_visible()


def test_nothing_that_is_sent_shows_its_length_on_the_wire(crowd: Crowd) -> None:
    mia = crowd.returned(crowd.told())
    told: list[str] = []
    mia.page.on("websocket", lambda line: line.on("framesent", lambda text: told.append(str(text))))
    mia.page.reload()
    mia.wait_until_live()

    mia.page.locator("textarea[name=body]").press_sequentially("No.")
    mia.press("say")
    expect(state_of(mia.line("No."))).to_have_text("sent")
    mia.say("\U0001f642" * 10_000)  # The most there may be, in its largest characters.
    expect(state_of(mia.line("\U0001f642"))).to_have_text("sent")

    assert {"hello", "typing", "say"} <= {json.loads(frame)["t"] for frame in told}
    assert {len(frame.encode()) for frame in told} == {PAD_FLOOR, FRAME_LIMIT}


def test_what_is_not_on_the_screen_is_not_read(crowd: Crowd) -> None:
    ana = crowd.responder("ana")
    told = [crowd.told(f"Thing {number} of four.") for number in range(4)]
    ana.open_console()
    for each in told:
        ana.open_room(each.number)
        expect(ana.line(each.number, "of four.")).to_be_visible()
    first = told[0].number
    expect(ana.room(first)).not_to_be_in_viewport()
    mia = crowd.returned(told[0])

    mia.say("Is anyone there?")
    mia.say("Hello?")
    expect(ana.line(first, "Hello?")).to_be_attached()
    expect(ana.row(first).locator("[data-slot=unread]")).to_be_visible()
    expect(state_of(mia.line("Hello?"))).to_have_text("sent")
    assert state_of(mia.line("Is anyone there?")).inner_text() == "sent"
    ana.open_room(first)

    expect(state_of(mia.line("Hello?"))).to_have_text("read")
    expect(ana.row(first).locator("[data-slot=unread]")).to_be_hidden()


def test_a_hand_over_tells_the_colleague_everything_and_the_reporter_nothing_of_the_summary(
    crowd: Crowd,
) -> None:
    mia, ana, ben = crowd.reporter(), crowd.responder("ana"), crowd.responder("ben")
    heard = frames_of(mia.page)
    _, number = mia.tell()
    ana.take(number)
    ben.open_console()

    form = ana.unfold(number, "hand_over")
    form.locator("select[name=to]").select_option(label="Ben Carter")
    form.locator("textarea[name=summary]").fill("Knows the girl. Call the counselor.")
    form.locator("button[name=do]").click()
    expect(mia.line("Another person from the team takes over.")).to_be_visible()
    ben.open_room(number)

    expect(ben.room(number).locator("staff-file")).to_contain_text("Call the counselor.")
    ben.answer(number, "I am Ben. I have read all of it.")
    expect(mia.line("I have read all of it.")).to_be_visible()
    expect(ana.room(number)).to_have_attribute("data-standing", "joined")
    seen = "".join(
        [*heard, mia.page.content(), mia.page.request.get(f"{mia.origin}/history").text()]
    )
    assert "I have read all of it." in seen
    assert "counselor" not in seen


def test_an_answer_that_is_too_long_is_refused_in_words_and_kept(crowd: Crowd) -> None:
    told, ana = crowd.told(), crowd.responder("ana")
    ana.take(told.number)

    ana.answer(told.number, "a" * 10_001)

    refusal = ana.room(told.number).get_by_role("alert").get_by_text("Send it in two parts")
    expect(refusal).to_be_visible()
    expect(ana.composer(told.number)).to_have_value("a" * 10_001)


def test_a_closed_conversation_is_opened_again_from_another_browser_by_its_words(
    crowd: Crowd,
) -> None:
    mia, ana = crowd.reporter(), crowd.responder("ana")
    words, number = mia.tell()
    ana.take(number)

    form = ana.unfold(number, "close")
    form.locator("textarea[name=note]").fill("Thank you. We spoke with everyone.")
    form.locator("button[name=do]").click()
    expect(mia.line("We spoke with everyone.")).to_be_visible()
    expect(mia.page.locator("[data-slot=closed]")).to_be_visible()
    elsewhere = crowd.reporter()
    elsewhere.come_back("-".join(words).upper())
    expect(elsewhere.line("We spoke with everyone.")).to_be_visible()
    elsewhere.say("It began again.")

    expect(ana.row(number).locator("[data-slot=last-text]")).to_have_text("It began again.")
    expect(ana.row(number).locator("[data-slot=claim]")).to_be_visible()
    expect(ana.room(number)).to_have_attribute("data-standing", "unclaimed")
    expect(elsewhere.page.locator("[data-slot=closed]")).to_be_hidden()
    ana.claim(number)
    ana.answer(number, "I am here again.")
    expect(elsewhere.line("I am here again.")).to_be_visible()


def test_the_words_are_forgiven_one_slip_and_tell_when_they_were_used_before(crowd: Crowd) -> None:
    mia, once, twice = crowd.reporter(), crowd.reporter(), crowd.reporter()
    words, number = mia.tell()
    once.come_back(" ".join(words))
    assert once.number() == number

    twice.come_back(with_a_slip(words))

    assert twice.number() == number
    expect(twice.page.locator(".room__welcome")).to_contain_text("were last used:")
    expect(twice.page.locator(".room__welcome")).to_be_in_viewport()


def test_a_page_that_is_over_leads_back_by_the_words(crowd: Crowd) -> None:
    told = crowd.told()
    mia = crowd.returned(told)
    mia.write("Half a message")

    httpx2.post(f"{mia.origin}/api/leave", json={"token": told.token}).raise_for_status()
    expect(mia.page.locator("[data-slot=line]")).to_contain_text("no longer connected")
    mia.page.locator("textarea[name=body]").press("Enter")
    expect(mia.page.locator("textarea[name=body]")).to_have_value("Half a message")
    mia.page.get_by_role("button", name="Open it with my six words").click()
    expect(mia.page.locator(".notice")).to_contain_text("it is not lost")
    mia.page.fill("[name=words]", " ".join(told.words))
    mia.do("open")

    assert mia.number() == told.number
    expect(mia.page.locator("textarea[name=body]")).to_have_value("Half a message")
    expect(mia.page.locator("#body-error")).to_contain_text("not sent yet")


def test_what_a_page_that_is_over_had_on_its_way_is_sent_by_who_looks_at_it_again(
    crowd: Crowd,
) -> None:
    told = crowd.told()
    mia, ana = crowd.returned(told), crowd.responder("ana")
    body = mia.page.locator("textarea[name=body]")
    ana.open_console()
    ana.open_room(told.number)
    here = ana.room(told.number).locator("[data-slot=here]")
    expect(here).to_be_visible()

    with crowd.trouble():
        cut(mia.page)
        mia.say("Are you there?")
        httpx2.post(f"{mia.origin}/api/leave", json={"token": told.token}).raise_for_status()
        # Until the worker that holds her line has heard of it, it takes what comes there.
        expect(here).to_be_hidden()
        ana.page.close()
        mend(mia.page)
        expect(mia.page.locator("[data-slot=line]")).to_contain_text("no longer connected")
    mia.page.get_by_role("button", name="Open it with my six words").click()
    mia.page.fill("[name=words]", " ".join(told.words))
    mia.do("open")
    expect(body).to_have_value("Are you there?")
    expect(mia.line("Are you there?")).to_have_count(0)
    mia.press("say")

    expect(state_of(mia.line("Are you there?"))).to_have_text("sent")
    expect(mia.line("Are you there?")).to_have_count(1)


@pytest.mark.parametrize("button", ["Go on", "Talk first; keep the words after"])
def test_words_on_a_page_that_outlived_its_session_are_shown_again(
    crowd: Crowd, button: str
) -> None:
    mia = crowd.reporter()
    words = mia.report()
    cookies = {each["name"]: each["value"] for each in mia.page.context.cookies()}

    httpx2.post(f"{mia.origin}/api/leave", json={"token": cookies["reporter"]}).raise_for_status()
    mia.page.fill("[name=word]", "any")
    mia.page.get_by_role("button", name=button).click()
    expect(mia.page.locator("textarea[name=words]")).to_have_value(" ".join(words))
    mia.do("open")

    assert mia.number().startswith("R-")


def test_words_that_open_nothing_are_refused_and_kept_on_the_page(crowd: Crowd) -> None:
    mia = crowd.reporter()

    mia.come_back("apple apple apple apple apple apple")

    expect(mia.page.locator("#words-error")).to_be_visible()
    expect(mia.page.locator("[name=words]")).to_have_value("apple apple apple apple apple apple")


def test_without_scripts_the_same_conversation_goes_by_forms(crowd: Crowd) -> None:
    mia, ana = crowd.reporter(**NO_SCRIPTS), crowd.responder("ana", **NO_SCRIPTS)
    words, number = mia.tell()

    ana.open_console()
    ana.claim_from_queue(number)
    ana.answer(number, "I read it. Are you all right?")
    expect(ana.line(number, "Are you all right?")).to_be_visible()
    mia.page.reload()
    expect(mia.history().get_by_text("Are you all right?")).to_be_visible()
    mia.say("Yes, now I am.")
    expect(mia.history().get_by_text("Yes, now I am.")).to_be_visible()
    ana.page.reload()
    expect(ana.line(number, "Yes, now I am.")).to_be_visible()
    close = ana.unfold(number, "close")
    close.locator("textarea[name=note]").fill("Done for now.")
    close.locator("button[name=do]").click()
    expect(ana.line(number, "Done for now.")).to_be_visible()

    again = crowd.reporter(**NO_SCRIPTS)
    again.come_back("  ".join(words))
    expect(again.history().get_by_text("Done for now.")).to_be_visible()
    again.say("It began again.")
    ana.page.reload()
    expect(ana.room(number).locator("button[name=do][value=claim]")).to_be_visible()


def test_without_scripts_a_hand_over_works_and_an_answer_survives_a_lost_session(
    crowd: Crowd,
) -> None:
    mia, ana = crowd.reporter(**NO_SCRIPTS), crowd.responder("ana", signed_in=False, **NO_SCRIPTS)
    _, number = mia.tell()
    ana.sign_in()
    ana.claim_from_queue(number)
    ana.composer(number).fill("A long and careful answer.")

    ana.page.context.clear_cookies()
    ana.room(number).locator("[data-slot=send]").click()
    ana.fill_sign_in("#login", "#password", "#code")
    ana.page.get_by_role("button", name="Sign in").click()
    expect(ana.page.locator("[name=body]")).to_have_value("A long and careful answer.")
    ana.page.get_by_role("button", name="Send it now").click()

    expect(ana.line(number, "A long and careful answer.")).to_be_visible()
    form = ana.unfold(number, "hand_over")
    form.locator("select[name=to]").select_option(label="Ben Carter")
    form.locator("textarea[name=summary]").fill("Please go on.")
    form.locator("button[name=do]").click()
    expect(ana.room(number)).to_have_attribute("data-standing", "joined")


def test_without_scripts_the_room_says_its_number_whom_to_call_and_when_it_was_opened_last(
    crowd: Crowd,
) -> None:
    words, number = crowd.reporter(**NO_SCRIPTS).tell(THREAT, danger="yes")
    crowd.reporter(**NO_SCRIPTS).come_back(" ".join(words))

    mia = crowd.reporter(**NO_SCRIPTS)
    mia.come_back(" ".join(words))

    assert mia.number() == number
    expect(mia.history().locator(".crisis a[href='tel:911']")).to_be_visible()
    expect(mia.page.locator(".room__welcome")).to_contain_text("were last used:")


def test_without_scripts_new_messages_appear_and_leave_the_composer_alone(crowd: Crowd) -> None:
    mia, ana = crowd.reporter(**NO_SCRIPTS), crowd.responder("ana")
    _, number = mia.tell()
    ana.take(number)
    mia.write("I am still typing this")

    with mia.page.expect_response(
        lambda response: response.url.endswith("/history"), timeout=30_000
    ):
        ana.answer(number, "Take your time.")
    expect(mia.history().get_by_text("Take your time.")).to_be_visible()

    expect(mia.page.locator("textarea[name=body]")).to_have_value("I am still typing this")
    expect(mia.page.locator("textarea[name=body]")).to_be_focused()
    mia.history().get_by_role("link", name="Pause this").click()
    expect(mia.history().get_by_role("link", name="Look for new messages again")).to_be_visible()
    expect(mia.history().locator("meta[http-equiv=refresh]")).to_have_count(0)
    expect(mia.page.locator("textarea[name=body]")).to_have_value("I am still typing this")


def test_on_a_phone_a_responder_does_all_of_it(crowd: Crowd) -> None:
    mia, ana = crowd.reporter(), crowd.responder("ana", viewport=PHONE)
    _, number = mia.tell()

    ana.take(number)
    ana.answer(number, "I am on my phone.")
    expect(mia.line("I am on my phone.")).to_be_visible()
    ana.room(number).locator("[data-toggle-side]").click()
    form = ana.unfold(number, "close")
    form.locator("textarea[name=note]").fill("Closed from the bus.")
    form.locator("button[name=do]").click()

    expect(mia.line("Closed from the bus.")).to_be_visible()
    for page in (mia.page, ana.page):
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_on_a_phone_the_report_that_lies_over_a_room_is_in_nobodys_way(crowd: Crowd) -> None:
    ana, told = crowd.responder("ana", viewport=PHONE), crowd.told()
    ana.open_console()
    ana.open_room(told.number)
    room = ana.room(told.number)
    room.locator("[data-toggle-side]").click()
    expect(ana.composer(told.number)).to_be_hidden()

    ana.page.keyboard.press("c")
    expect(room).to_have_attribute("data-standing", "mine")
    expect(ana.composer(told.number)).to_be_visible()
    room.locator("[data-toggle-side]").click()
    ana.page.keyboard.press("r")

    expect(ana.composer(told.number)).to_be_focused()


def test_on_a_phone_a_refusal_is_said_beside_what_was_refused(crowd: Crowd) -> None:
    ana, told = crowd.responder("ana", viewport=PHONE), crowd.told()
    ana.take(told.number)
    ana.room(told.number).locator("[data-toggle-side]").click()

    form = ana.unfold(told.number, "hand_over")
    form.locator("textarea[name=summary]").fill("   ")
    form.locator("button[name=do]").click()

    refusal = ana.room(told.number).locator(".room__refusal")
    expect(refusal).to_be_visible()
    expect(refusal).not_to_be_empty()


def test_a_server_killed_while_both_are_typing_costs_no_word(own_crowd: Crowd) -> None:
    mia, ana = own_crowd.reporter(), own_crowd.responder("ana")
    _, number = mia.tell()
    ana.take(number)
    mia.write("I was about to say")
    ana.composer(number).press_sequentially("Tell me more")

    with own_crowd.trouble():
        own_crowd.server.kill()
        expect(mia.page.locator("[data-slot=line]")).to_contain_text("The line is down.")
        expect(ana.page.locator("[data-link]")).to_be_visible()
        mia.say("Written while it was gone.")
        expect(state_of(mia.line("Written while it was gone."))).to_have_text("sending")
        mia.write("and there is more")
        own_crowd.server.start()
        wake(mia.page, ana.page)
        expect(state_of(mia.line("Written while it was gone."))).to_have_text("read")

    expect(ana.line(number, "Written while it was gone.")).to_have_count(1)
    expect(mia.page.locator("[data-slot=line]")).to_be_hidden()
    expect(mia.page.locator("textarea[name=body]")).to_have_value("and there is more")
    expect(ana.composer(number)).to_have_value("Tell me more")
    ana.room(number).locator("[data-slot=send]").click()
    expect(mia.line("Tell me more")).to_have_count(1)


def test_a_second_tab_shows_the_same_and_nothing_twice(crowd: Crowd) -> None:
    mia, ana = crowd.reporter(), crowd.responder("ana")
    _, number = mia.tell()
    ana.take(number)
    tab = Reporter(mia.page.context.new_page(), mia.origin)
    tab.page.goto(mia.origin)

    mia.say("From the first tab.")
    expect(tab.line("From the first tab.")).to_contain_text("You")
    tab.say("From the second tab.")
    expect(ana.line(number, "From the second tab.")).to_be_visible()
    ana.answer(number, "I see both.")

    for each in (mia, tab):
        expect(each.line("I see both.")).to_have_count(1)
        expect(each.page.locator("li.message .message__body")).to_have_text(
            ["They call her names every day at lunch.", "From the first tab.",
             "From the second tab.", "I see both."]
        )  # fmt: skip
    tab.page.close()
    expect(ana.room(number).locator("[data-slot=here]")).to_be_visible()


def test_another_conversation_opened_in_this_browser_gets_no_word_of_this_one(
    own_crowd: Crowd,
) -> None:
    mia, other = own_crowd.reporter(), own_crowd.told("The second thing.")
    mia.tell("The first thing.")
    url = own_crowd.server.origin
    mia.page.context.add_cookies([{"name": "reporter", "value": other.token, "url": url}])

    with own_crowd.trouble():
        own_crowd.server.kill()
        mia.say("For the first alone.")
        own_crowd.server.start()
        wake(mia.page)
        line = mia.page.locator("[data-slot=line]")
        expect(line).to_contain_text("Another conversation was opened in this browser.")

    expect(mia.line("The second thing.")).to_have_count(0)
    expect(mia.page.locator("textarea[name=body]")).to_have_attribute("readonly", "")
    tab = Reporter(mia.page.context.new_page(), mia.origin)
    tab.page.goto(mia.origin)
    expect(tab.line("The second thing.")).to_be_visible()
    expect(tab.line("For the first alone.")).to_have_count(0)


def test_on_a_page_that_stays_open_who_is_on_duty_stays_true(own_crowd: Crowd) -> None:
    mia = own_crowd.reporter()
    mia.page.clock.install()
    mia.tell()
    who, call = mia.page.locator("[data-slot=presence]"), mia.page.locator("[data-slot=call]")
    again = mia.page.locator("[data-slot=look-again]")
    for _ in range(2):
        expect(who).to_contain_text("nobody is at the screen")
        expect(call).to_contain_text("call 911")
        expect(again).to_have_text("You may close this page now. Look again in an hour or two.")

        ana = own_crowd.responder("ana")
        ana.open_console()
        expect(ana.queue).to_be_visible()
        ping_until(mia, who, "is here now")
        expect(who).to_have_text("Someone from the team is here now.")
        expect(call).to_be_hidden()
        expect(again).to_have_text("You may close this page now. Look again in a few minutes.")

        ana.page.context.close()
        ping_until(mia, who, "nobody is at the screen")


def ping_until(mia: Reporter, who: Locator, words: str) -> None:
    """Another worker hears a moment later who came and went, and says so with the next ping."""
    for _ in range(6):
        mia.page.clock.run_for(21_000)
        with suppress(AssertionError):
            expect(who).to_contain_text(words, timeout=2_000)
            return


def test_what_was_said_long_ago_is_put_above_when_asked_for(crowd: Crowd) -> None:
    mia, ana = crowd.reporter(), crowd.responder("ana")
    _, number = mia.tell()
    ana.take(number)
    for line in range(SCREEN + 5):
        mia.say(f"Line {line}.")
    expect(state_of(mia.line(f"Line {SCREEN + 4}."))).to_have_text("read")

    ana.page.reload()
    mia.page.reload()

    for page in (mia.page, ana.page):
        lines = page.locator("message-list [data-slot=list] > li")
        link = page.get_by_role("link", name="Earlier messages")
        expect(lines).to_have_count(SCREEN)
        page.route("**/*before=*", lambda route: route.abort(), times=1)
        with crowd.trouble():
            link.click()
            expect(page.get_by_text("They did not come. Press it again.")).to_be_visible()
        watch_the_list(page)
        link.click()
        expect(link).to_have_count(0)
        assert page.evaluate("changes.map((change) => change.live)") == ["off"]
        expect(page.locator("[role=log]")).not_to_have_attribute("aria-live", "off")
        # The report, the claim, and what was said; the reader is where they were, not at the top.
        expect(lines).to_have_count(2 + SCREEN + 5)
        numbers = lines.evaluate_all("all => all.map((line) => Number(line.dataset.seq))")
        assert numbers == [*range(1, 2 + SCREEN + 6)]
        assert page.locator("[data-slot=scroller]").evaluate("box => box.scrollTop") > 0
    ana.answer(number, "I have read all of it.")
    expect(mia.line("I have read all of it.")).to_have_count(1)


def test_on_a_page_that_stays_open_what_was_said_yesterday_says_its_day(crowd: Crowd) -> None:
    told, ana = crowd.told(), crowd.responder("ana", timezone_id=zone_at_noon())
    ana.page.clock.install()
    ana.take(told.number)
    time = ana.line(told.number, TEASING).locator("time")
    day = str(time.evaluate(DAY))
    expect(time).not_to_contain_text(day)

    ana.page.clock.fast_forward("24:00:00")

    expect(time).to_contain_text(day)


def zone_at_noon() -> str:
    """Return a time zone in which no day ends soon."""
    west = datetime.now(UTC).hour - 12
    return f"Etc/GMT{west:+}"


def test_a_screen_reader_hears_of_a_message_once_and_no_button_takes_the_focus_away(
    crowd: Crowd,
) -> None:
    mia, ana = crowd.reporter(), crowd.responder("ana")
    _, number = mia.tell()
    ana.take(number)
    mia.say("\n".join(["A long message."] * 60))
    expect(mia.line("A long message.")).to_contain_text("read")
    watch_the_list(mia.page)
    scroller = mia.page.locator("[data-slot=scroller]")

    mia.say("Only this is new.")
    expect(state_of(mia.line("Only this is new."))).to_have_text("read")
    assert mia.page.evaluate("changes.map(({ added, removed }) => [added, removed])") == [[1, 0]]
    scroller.evaluate(SCROLL_UP)
    ana.answer(number, "I am here.")
    mia.page.get_by_role("button", name="New messages").press("Enter")

    expect(mia.line("I am here.")).to_be_in_viewport()
    expect(scroller).to_be_focused()


def test_trying_again_what_was_given_up_leaves_the_focus_in_the_conversation(
    own_crowd: Crowd,
) -> None:
    mia = own_crowd.reporter()
    mia.page.clock.install()
    mia.tell()

    with own_crowd.trouble():
        own_crowd.server.kill()
        mia.say("Is anyone there?")
        expect(state_of(mia.line("Is anyone there?"))).to_have_text("sending")
        mia.page.clock.fast_forward("10:05")
        # What is not sent is not locked away.
        mia.page.get_by_role("button", name="Show it again").click()
        expect(state_of(mia.line("Is anyone there?"))).to_have_text("Not sent")
        mia.page.get_by_role("button", name="Try again").press("Enter")
        expect(mia.page.locator("[data-slot=scroller]")).to_be_focused()
        own_crowd.server.start()
        wake(mia.page)
        expect(state_of(mia.line("Is anyone there?"))).to_have_text("sent")


def test_what_is_written_offline_is_sent_once_when_the_network_is_back(crowd: Crowd) -> None:
    mia, ana = crowd.reporter(), crowd.responder("ana")
    _, number = mia.tell()
    ana.take(number)

    with crowd.trouble():
        cut(mia.page)
        mia.say("Written in a tunnel.")
        expect(state_of(mia.line("Written in a tunnel."))).to_have_text("sending")
        ana.answer(number, "Are you still there?")
        mend(mia.page)
        expect(mia.line("Are you still there?")).to_have_count(1)

    expect(ana.line(number, "Written in a tunnel.")).to_have_count(1)
    expect(state_of(mia.line("Written in a tunnel."))).to_have_text("read")


def test_an_alert_calls_in_every_console_and_is_quiet_everywhere_once_claimed(
    own_crowd: Crowd,
) -> None:
    ana, ben = own_crowd.responder("ana"), own_crowd.responder("ben")
    for each in (ana, ben):
        listen(each)
        each.open_console()
        expect(each.page).to_have_title("Queue")
    mia = own_crowd.reporter()

    _, number = mia.tell(THREAT, category="weapon")
    for each in (ana, ben):
        expect(each.page).to_have_title("● LIFE SAFETY (1)")
        expect(each.page.locator(".alerts__band")).to_contain_text(number)
        each.page.wait_for_function("() => sounds.length >= 3")
        assert each.page.evaluate("notices") == [f"Life safety: {number} is waiting"]
        before = each.page.evaluate("sounds.length")
        each.page.clock.run_for(7_000)
        each.page.wait_for_function("before => sounds.length > before", arg=before)
    ana.page.locator("[data-take]").click()
    expect(ana.composer(number)).to_be_visible()

    for each in (ana, ben):
        expect(each.page).to_have_title("Queue")
        expect(each.page.locator(".alerts__band")).to_have_count(0)
        expect(each.page.locator("body")).not_to_contain_text("Nobody has claimed it yet.")
        before = each.page.evaluate("sounds.length")
        each.page.clock.run_for(15_000)
        assert each.page.evaluate("sounds.length") == before
        assert each.page.evaluate("notices.length") == 1
        assert each.page.evaluate("open_notices()") == 0


def test_a_console_that_is_signed_out_is_quiet_and_says_so_until_it_is_signed_in_again(
    own_crowd: Crowd,
) -> None:
    ana = own_crowd.responder("ana", signed_in=False)
    listen(ana)
    ana.sign_in()
    own_crowd.told(THREAT, category="weapon")
    expect(ana.page).to_have_title("● LIFE SAFETY (1)")
    ana.page.wait_for_function("() => sounds.length >= 3")

    with own_crowd.trouble():
        sign_out_in_another_tab(ana)
        expect(ana.page).to_have_title("Signed out")
        expect(ana.page.locator(".alerts__band")).to_have_count(0)
        assert ana.page.evaluate("open_notices()") == 0
        before = ana.page.evaluate("sounds.length")
        ana.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        ana.page.clock.run_for(15_000)
        assert ana.page.evaluate("sounds.length") == before
        expect(ana.page).to_have_title("Signed out")
        ana.sign_in_again()

    expect(ana.page).to_have_title("● LIFE SAFETY (1)")
    expect(ana.page.locator(".alerts__band")).to_be_visible()
    ana.page.wait_for_function("before => sounds.length > before", arg=before)


def test_a_session_that_ends_keeps_what_was_being_written(crowd: Crowd) -> None:
    mia, ana = crowd.reporter(), crowd.responder("ana", signed_in=False)
    _, number = mia.tell()
    ana.sign_in()
    ana.open_room(number)
    ana.claim(number)
    ana.composer(number).fill("Half an answer")

    with crowd.trouble():
        sign_out_in_another_tab(ana)
        ana.sign_in_again()

    expect(ana.composer(number)).to_have_value("Half an answer")
    ana.room(number).locator("[data-slot=send]").click()
    expect(mia.line("Half an answer")).to_be_visible()


def test_whoever_signs_in_over_a_colleagues_page_has_a_console_of_their_own(crowd: Crowd) -> None:
    ana, told, other = crowd.responder("ana", signed_in=False), crowd.told(), crowd.told()
    ana.sign_in()
    ana.open_room(told.number)
    ana.claim(told.number)
    ben = Responder(ana.page, ana.origin, "ben", crowd.seeded)

    with crowd.trouble():
        sign_out_in_another_tab(ana)
        ben.sign_in_again()

    expect(ben.row(told.number).locator("[data-slot=responder-name]")).to_have_text("Ana Ruiz")
    ben.open_room(other.number)
    ben.claim(other.number)
    ben.answer(other.number, "Ben is here.")
    expect(state_of(ben.line(other.number, "Ben is here."))).to_have_text("sent")


def test_half_an_answer_is_nobody_elses_who_signs_in_over_it_and_is_not_lost(crowd: Crowd) -> None:
    ana, told = crowd.responder("ana", signed_in=False), crowd.told()
    ana.sign_in()
    ana.open_room(told.number)
    ana.claim(told.number)
    ana.composer(told.number).press_sequentially("Half an answer")

    with crowd.trouble():
        sign_out_in_another_tab(ana)
        ana.page.once("dialog", lambda asked: asked.dismiss())
        with ana.page.expect_event("dialog") as asked:
            Responder(ana.page, ana.origin, "ben", crowd.seeded).sign_in_again()
        assert asked.value.type == "beforeunload"
        expect(ana.page).to_have_title("Signed out")
        ana.page.locator("[data-again]").click()
        ana.sign_in_again()

    expect(ana.composer(told.number)).to_have_value("Half an answer")
    ana.room(told.number).locator("[data-slot=send]").click()
    expect(state_of(ana.line(told.number, "Half an answer"))).to_have_text("sent")


def test_a_page_whose_browser_is_a_colleagues_by_now_does_not_say_that_it_connects(
    own_crowd: Crowd,
) -> None:
    ana, told = own_crowd.responder("ana"), own_crowd.told()
    ana.take(told.number)
    ana.composer(told.number).press_sequentially("Half an answer")
    connecting = ana.page.locator("[data-link]")

    with own_crowd.trouble():
        own_crowd.server.kill()
        expect(connecting).to_be_visible()
        own_crowd.hold(ana.page.context, "ben")
        ana.page.once("dialog", lambda asked: asked.dismiss())
        # It may dial by itself as soon as somebody answers; a dialog nobody waits for is agreed to.
        with ana.page.expect_event("dialog"):
            own_crowd.server.start()
            wake(ana.page)

    expect(connecting).to_be_hidden()
    expect(ana.room(told.number).locator("[data-slot=line]")).to_be_hidden()
    expect(ana.page.locator(".signed-out")).to_be_visible()
    expect(ana.composer(told.number)).to_have_value("Half an answer")


def test_a_claim_that_never_reached_the_server_can_be_pressed_again(own_crowd: Crowd) -> None:
    ana, told = own_crowd.responder("ana"), own_crowd.told()
    ana.page.clock.install()
    ana.open_console()
    ana.open_room(told.number)
    claim = ana.room(told.number).locator("button[name=do][value=claim]")

    with own_crowd.trouble(), own_crowd.server.paused():
        claim.click()
        expect(claim).to_be_disabled()
        ana.page.clock.fast_forward("10:05")
        refusal = ana.room(told.number).locator(".room__refusal")
        expect(refusal).to_have_text("That did not reach the server. Try it again.")
        expect(claim).to_be_enabled()


def test_the_browser_asks_before_half_an_answer_is_left(crowd: Crowd) -> None:
    ana, told = crowd.responder("ana"), crowd.told()
    ana.take(told.number)
    ana.composer(told.number).press_sequentially("Half an answer")
    way = ana.page.get_by_role("link", name="Team")

    ana.page.once("dialog", lambda asked: asked.dismiss())
    with ana.page.expect_event("dialog") as asked:
        way.click()
    assert asked.value.type == "beforeunload"
    expect(ana.composer(told.number)).to_have_value("Half an answer")
    ana.answer(told.number, "A whole one")
    expect(state_of(ana.line(told.number, "A whole one"))).to_have_text("sent")
    way.click()

    expect(ana.page).to_have_url(f"{ana.origin}/console/team")


def test_a_responder_works_by_keyboard_alone(own_crowd: Crowd) -> None:
    mia, ana = own_crowd.reporter(), own_crowd.responder("ana")
    _, first = mia.tell("The first thing.")
    _, second = own_crowd.reporter().tell("The second thing.")
    ana.open_console()
    keyboard = ana.page.keyboard

    keyboard.press("j")
    keyboard.press("j")
    expect(ana.row(second).locator(".row__open")).to_be_focused()
    keyboard.press("k")
    expect(ana.row(first).locator(".row__open")).to_be_focused()
    keyboard.press("Enter")
    expect(ana.room(first)).to_be_visible()
    keyboard.press("c")
    expect(ana.composer(first)).to_be_focused()
    keyboard.type("c is only a letter here")
    keyboard.press("Enter")
    expect(mia.line("c is only a letter here")).to_be_visible()
    keyboard.press("/")
    expect(ana.room(first).locator("[data-slot=filter]")).to_be_focused()
    keyboard.type("thank")
    keyboard.press("Enter")
    expect(ana.composer(first)).to_have_value("Thank you for telling us. That was not easy.")
    keyboard.press("Escape")
    expect(ana.room(first)).to_be_focused()
    keyboard.press("r")
    expect(ana.composer(first)).to_be_focused()
    keyboard.press("Enter")
    expect(mia.line("That was not easy.")).to_be_visible()
    keyboard.press("Escape")
    keyboard.press("?")
    expect(ana.page.locator("#keys")).to_be_visible()
    keyboard.press("Escape")
    expect(ana.page.locator("#keys")).to_be_hidden()
    keyboard.press("Escape")
    expect(ana.row(first).locator(".row__open")).to_be_focused()


def test_receipts_are_not_sent_to_the_team_by_mistake(crowd: Crowd) -> None:
    mia, ana = crowd.reporter(), crowd.responder("ana")
    words, number = mia.tell()
    ana.take(number)

    mia.say("My words are " + " ".join(words))

    expect(mia.page.locator("#body-error")).to_be_visible()
    expect(mia.page.locator("textarea[name=body]")).to_have_value("My words are " + " ".join(words))
    expect(ana.line(number, "My words are")).to_have_count(0)


@pytest.mark.parametrize("width", [PHONE, DESK], ids=["phone", "desk"])
def test_a_conversation_deleted_by_its_reporter_can_not_be_opened_again(
    crowd: Crowd, width: dict[str, int]
) -> None:
    mia, ana = crowd.reporter(viewport=width), crowd.responder("ana")
    words, number = mia.tell()
    ana.open_console()
    ana.open_room(number)

    mia.page.locator(".room__menu summary").click()
    mia.go("held")
    mia.page.check("#sure")
    mia.do("delete")
    expect(mia.page.locator("h1")).to_have_text("It is being deleted.")

    mia.come_back(" ".join(words))
    expect(mia.page.locator("#words-error")).to_be_visible()
    expect(ana.room(number).locator(".note")).to_contain_text("can't read answers any more")
    ana.page.reload()
    expect(ana.room(number).locator("form[data-for=closed]")).to_contain_text(
        "The reporter deleted"
    )
    expect(ana.room(number).get_by_role("button", name="Reopen")).to_have_count(0)


def watch_the_list(page: Page) -> None:
    """Note in `changes` what comes and goes among the messages, and whether it is read out."""
    page.locator("message-list").evaluate(
        """list => {
          globalThis.changes = []
          const log = list.querySelector("[role=log]")
          new MutationObserver((all) => all.forEach(({ addedNodes, removedNodes }) => changes.push(
            { live: log.getAttribute("aria-live"), added: addedNodes.length, removed: removedNodes.length }
          ))).observe(list.querySelector("[data-slot=list]"), { childList: true })
        }"""
    )


def with_a_slip(words: list[str]) -> str:
    """Swap two letters, as quick fingers do, in a word that is nearest to itself even so."""
    wordlist = load()
    for place, word in enumerate(words):
        slip = word[0] + word[2] + word[1] + word[3:] if word[1] != word[2] else word + "x"
        typed = " ".join([*words[:place], slip, *words[place + 1 :]])
        with suppress(BadReceipt):
            if wordlist.parse(typed) == tuple(words):
                return typed
    raise AssertionError(words)


def frames_of(page: Page) -> list[str]:
    """Return a list that fills with all that the server says to this page from now on."""
    heard: list[str] = []
    page.on(
        "websocket", lambda socket: socket.on("framereceived", lambda text: heard.append(str(text)))
    )
    return heard


def wake(*pages: Page) -> None:
    """The browser noticed that the network is back: nobody has to wait for the next try."""
    for page in pages:
        page.evaluate("dispatchEvent(new Event('online'))")


def cut(page: Page) -> None:
    page.context.set_offline(True)


@pytest.mark.parametrize("said", [{"isComposing": True}, {"keyCode": 229}], ids=str)
def test_enter_that_only_chooses_a_character_sends_nothing(
    crowd: Crowd, said: dict[str, object]
) -> None:
    mia = crowd.returned(crowd.told())
    mia.write("学校")

    assert mia.page.locator("[name=body]").evaluate(ENTER, said)
    expect(mia.page.locator("[name=body]")).to_have_value("学校")
    assert not mia.page.locator("[name=body]").evaluate(ENTER, {})
    expect(mia.page.locator("[name=body]")).to_have_value("")


def test_as_long_as_a_console_shows_a_waiting_room_the_server_hears_of_it(own_crowd: Crowd) -> None:
    ana, mia = own_crowd.responder("ana"), own_crowd.reporter()
    told: list[str] = []
    ana.page.on("websocket", lambda line: line.on("framesent", note_shown(told)))
    ana.page.clock.install()
    ana.open_console()
    _, number = mia.tell(THREAT)
    expect(ana.row(number)).to_be_visible()

    assert len(wait_until_told(ana.page, told, 3)) == 3

    # Beside an empty chair it does not; whoever touches the console is there again.
    ana.page.clock.fast_forward(16 * 60 * 1000)
    told.clear()
    assert wait_until_told(ana.page, told, 1, seconds=45) == []
    ana.page.mouse.move(200, 200)
    assert wait_until_told(ana.page, told, 1) != []


def test_a_console_says_that_it_stands_beside_an_empty_chair(own_crowd: Crowd) -> None:
    ana, mia = own_crowd.responder("ana"), own_crowd.reporter()
    said: list[str] = []
    ana.page.on("websocket", lambda line: line.on("framesent", note_pings(said)))
    ana.page.clock.install()
    ana.take(mia.tell()[1])
    bar = ana.page.locator(".duty__consequence")
    expect(bar).to_have_text("Reporters see that someone is here.", use_inner_text=True)
    wait_until_told(ana.page, said, 2)
    assert set(said) == {'{"t":"ping"}'}

    ana.page.clock.fast_forward(16 * 60 * 1000)
    wait_until_told(ana.page, said, 6)
    expect(bar).to_have_text(
        "Untouched for a while: reporters don't see you as here.",
        use_inner_text=True,
    )
    assert said[-2:] == ['{"t":"ping","away":true}'] * 2, "From the queue, and from the room."

    said.clear()
    ana.page.mouse.move(200, 200)
    expect(bar).to_have_text("Reporters see that someone is here.", use_inner_text=True)
    assert wait_until_told(ana.page, said, 2, seconds=1) == ['{"t":"ping"}'] * 2


def wait_until_told(page: Page, told: list[str], times: int, seconds: int = 90) -> list[str]:
    for _ in range(seconds):
        if len(told) >= times:
            break
        page.clock.run_for(1_000)
        # Pings are answered in true time: else it would take itself for cut off.
        page.wait_for_timeout(50)
    return told


def note_shown(told: list[str]) -> Callable[[str | bytes], None]:
    def note(frame: str | bytes) -> None:
        if '"t":"shown"' in str(frame):
            told.append(str(frame))

    return note


def note_pings(said: list[str]) -> Callable[[str | bytes], None]:
    def note(frame: str | bytes) -> None:
        if '"t":"ping"' in str(frame):
            said.append(str(frame).strip())

    return note


def mend(page: Page) -> None:
    page.context.set_offline(False)


def sign_out_in_another_tab(responder: Responder) -> None:
    tab = responder.page.context.new_page()
    tab.goto(f"{responder.origin}/console/account")
    tab.locator("form[action='/console/sign-out'] button").click()
    expect(tab).to_have_url(f"{responder.origin}/console/sign-in")
    tab.close()


def listen(responder: Responder) -> None:
    """Note each tone and each notice, be looked away from, and let time be moved."""
    responder.page.add_init_script(SPIES)
    responder.page.clock.install()


# Whether it follows what is said is decided when it was scrolled.
SCROLL_UP = """box => new Promise((done) => {
  box.addEventListener("scroll", done, { once: true })
  box.scrollTop = 0
})"""

DAY = """time => new Date(1000 * time.dataset.at).toLocaleDateString("en", { weekday: "long" })"""

ENTER = """(field, said) => field.dispatchEvent(
  new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...said }))"""

SPIES = """
globalThis.sounds = []
globalThis.notices = []
let closed = 0
globalThis.open_notices = () => notices.length - closed
const Tone = OscillatorNode
globalThis.OscillatorNode = class extends Tone {
  constructor(context, options) {
    super(context, options)
    sounds.push(options.frequency)
  }
}
globalThis.Notification = class {
  static permission = "granted"
  constructor(title) { notices.push(title) }
  close() { closed += 1 }
}
document.hasFocus = () => false
"""
