"""Files from a phone to the team and back: chosen, pasted, recorded, cut off, cancelled, without scripts."""

import base64
import re

import pytest
from playwright.sync_api import FilePayload, Page, Request, Route, expect

from tests.browser.conftest import FLAGS, MICROPHONE
from tests.browser.drawing import photo
from tests.browser.evidence import (
    both,
    choose,
    is_drawn,
    items,
    photo_file,
    pictures,
    video_file,
)
from tests.browser.holding import hold, hold_pieces
from tests.browser.people import Crowd, Reporter, Responder, state_of

NO_SCRIPTS = {"java_script_enabled": False}
SECONDS = re.compile(r"0:0[1-9]")
"""How long somebody has spoken: it counts on, and stands for one second each."""
SEGMENT = 256 * 1024


@pytest.fixture(scope="module")
def flags() -> list[str]:
    return [*FLAGS, *MICROPHONE]


# Sending


def test_a_photo_goes_from_the_phone_to_the_team_with_what_it_shows(crowd: Crowd) -> None:
    mia, ana, number = both(crowd)

    choose(mia.page, photo_file())
    expect(items(mia.page)).to_contain_text("Not sent yet")
    items(mia.page).get_by_label("What does it show?").fill("The knife in his bag")
    mia.say("This is what I saw.")

    expect(mia.line("This is what I saw.")).to_be_visible()
    for page in (mia.page, ana.room(number)):
        expect(pictures(page)).to_have_attribute("alt", "The knife in his bag")
        assert is_drawn(pictures(page).first)
    expect(items(mia.page)).to_have_count(0)
    assert "IMG_4711" not in ana.page.content()


def test_what_came_by_script_looks_after_a_reload_as_the_server_draws_it(crowd: Crowd) -> None:
    mia, ana, number = both(crowd)
    choose(mia.page, photo_file(), video_file())
    mia.press("say")
    for place in (mia.page, ana.room(number)):
        expect(place.locator("video")).to_be_visible()
    live = [figures(mia.page), figures(ana.page)]

    for page in (mia.page, ana.page):
        page.reload()
        expect(page.locator("video")).to_be_visible()

    assert [figures(mia.page), figures(ana.page)] == live


def test_nothing_moves_when_a_picture_comes(crowd: Crowd) -> None:
    mia, ana, number = both(crowd)
    previews = [hold(page, "**/preview") for page in (mia.page, ana.page)]
    choose(mia.page, photo_file(content=photo(900)))

    mia.press("say")
    for held in previews:
        held.wait()
    expect(items(mia.page)).to_have_count(0)
    shown = [page.locator("figure.attachment:visible") for page in (mia.page, ana.room(number))]
    before = [figure.bounding_box() for figure in shown]
    for held in previews:
        held.let_go()

    for figure, box in zip(shown, before, strict=True):
        assert is_drawn(figure.locator("[data-part=preview]"))
        assert figure.bounding_box() == box


def test_a_video_plays_on_both_sides_from_where_one_likes(crowd: Crowd) -> None:
    mia, ana, number = both(crowd)

    choose(mia.page, video_file())
    mia.press("say")

    for page in (mia.page, ana.room(number)):
        expect(page.locator("video")).to_be_visible()
        assert page.locator("video").evaluate(PLAYS) > 1.5
        assert page.locator("video").evaluate(SEEKS) == pytest.approx(1.2, abs=0.3)


def test_a_responder_sends_a_photo_too(crowd: Crowd) -> None:
    mia, ana, number = both(crowd)

    choose(ana.room(number), photo_file())
    ana.composer(number).locator("xpath=ancestor::form").locator("[data-slot=send]").click()

    expect(pictures(mia.page)).to_have_count(1)


def test_of_two_rooms_that_are_open_each_sends_its_own_files(crowd: Crowd) -> None:
    mia, ana, number = both(crowd)
    other = crowd.told()
    noa = crowd.returned(other)
    choose(ana.room(number), photo_file())
    ana.open_room(other.number)
    ana.claim(other.number)

    ana.answer(other.number, "I am here for you.")

    expect(noa.line("I am here for you.")).to_be_visible()
    expect(items(ana.room(number))).to_contain_text("Not sent yet")
    expect(items(ana.room(other.number))).to_have_count(0)
    expect(pictures(noa.page)).to_have_count(0)
    expect(pictures(mia.page)).to_have_count(0)


def test_a_screenshot_is_pasted_and_words_are_not_taken_for_one(crowd: Crowd) -> None:
    mia, ana, number = both(crowd)

    mia.page.locator("textarea").evaluate(PASTE_WORDS)
    expect(items(mia.page)).to_have_count(0)
    mia.page.locator("textarea").evaluate(PASTE, base64.b64encode(photo()).decode())
    expect(items(mia.page)).to_have_count(1)
    mia.press("say")

    expect(pictures(ana.room(number))).to_have_count(1)


def test_files_are_dropped_into_the_room_they_are_dropped_on(crowd: Crowd) -> None:
    mia, ana, number = both(crowd)

    ana.room(number).locator("message-list").evaluate(DROP, base64.b64encode(photo()).decode())
    expect(items(ana.room(number))).to_have_count(1)
    ana.room(number).locator("[data-slot=send]").click()

    expect(pictures(mia.page)).to_have_count(1)


def test_what_can_not_be_sent_is_told_before_it_is(crowd: Crowd) -> None:
    mia, _, _ = both(crowd)

    choose(mia.page, {"name": "x.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ"})

    expect(mia.page.get_by_role("alert").get_by_text("We can't take this kind")).to_be_visible()
    expect(items(mia.page)).to_have_count(0)


def test_what_can_not_be_sent_is_told_of_each_also_beside_what_can(crowd: Crowd) -> None:
    mia, _, _ = both(crowd)
    program = FilePayload(name="x.exe", mimeType="application/x-msdownload", buffer=b"MZ")
    nothing = FilePayload(name="void.jpg", mimeType="image/jpeg", buffer=b"")

    choose(mia.page, program, photo_file(), nothing)

    expect(items(mia.page)).to_have_count(1)
    told = mia.page.get_by_role("alert").filter(has_text="x.exe: We can't take this kind")
    expect(told).to_contain_text("void.jpg: There is nothing in this file.")
    choose(mia.page, photo_file())
    expect(items(mia.page)).to_have_count(2)
    expect(told).to_have_count(0)


def test_limits_stand_where_files_are_chosen(crowd: Crowd) -> None:
    mia, _, _ = both(crowd)

    mia.page.locator("attachment-picker summary").first.click()

    limits = "Photos up to 25 MB, videos up to 250 MB, sound up to 50 MB, PDF up to 25 MB"
    expect(mia.page.get_by_text(limits)).to_be_visible()


def test_the_camera_is_offered_on_a_phone_and_not_at_a_desk(crowd: Crowd) -> None:
    phone = crowd.returned(crowd.told(), has_touch=True, is_mobile=True)
    desk = crowd.returned(crowd.told())

    for mia in (phone, desk):
        mia.page.locator("attachment-picker summary").first.click()

    expect(phone.page.get_by_role("button", name="Take a photo")).to_be_visible()
    expect(desk.page.get_by_role("button", name="Choose files")).to_be_visible()
    expect(desk.page.get_by_role("button", name="Take a photo")).to_be_hidden()
    with phone.page.expect_file_chooser() as chooser:
        phone.page.get_by_role("button", name="Take a photo").click()
    assert chooser.value.element.get_attribute("capture") == "environment"


def test_a_damaged_photo_is_refused_in_words_and_the_conversation_goes_on(crowd: Crowd) -> None:
    mia, ana, number = both(crowd)

    choose(mia.page, photo_file(content=photo()[:300]))
    mia.say("Look at this.")

    expect(items(mia.page)).to_contain_text("The conversation goes on all the same.")
    expect(items(mia.page).get_by_role("button", name="Try again")).to_be_hidden()
    expect(ana.line(number, "Look at this.")).to_be_visible()
    items(mia.page).get_by_role("button", name="Remove IMG_4711.jpg").click()
    expect(items(mia.page)).to_have_count(0)
    expect(mia.page.locator(".enclose__fold summary")).to_be_focused()


def test_what_was_removed_before_sending_was_never_anywhere(crowd: Crowd) -> None:
    mia, ana, number = both(crowd)
    choose(mia.page, photo_file("one.jpg"), photo_file("two.jpg", photo(65)))
    choose(mia.page, photo_file("three.jpg", photo(66)))

    mia.page.get_by_role("button", name="Remove three.jpg").click()
    expect(mia.page.get_by_role("button", name="Remove two.jpg")).to_be_focused()
    mia.page.get_by_role("button", name="Remove one.jpg").click()
    expect(mia.page.get_by_role("button", name="Remove two.jpg")).to_be_focused()
    mia.press("say")

    expect(pictures(ana.room(number))).to_have_count(1)
    assert unfinished(mia.page) == []


# Cut off


def test_a_lost_connection_is_gone_on_from_and_what_is_cancelled_is_forgotten(
    crowd: Crowd,
) -> None:
    mia, ana, number = both(crowd)
    large = photo(2_000, noise=True)
    # Each of them, until that was seen: the next try comes half a second later.
    mia.page.route("**/attachments/*", break_pieces)

    with crowd.trouble():
        choose(mia.page, photo_file(content=large), photo_file("other.jpg"))
        mia.press("say")
        expect(items(mia.page).first).to_contain_text("The line broke")
        mia.page.get_by_role("button", name="Remove other.jpg").click()
        expect(items(mia.page)).to_have_count(1)
        mia.page.unroute_all()

        expect(pictures(ana.room(number))).to_have_count(1)
        expect(items(mia.page)).to_have_count(0)
    assert unfinished(mia.page) == []


def break_pieces(route: Route) -> None:
    if route.request.method == "PATCH":
        route.abort()
    else:
        route.continue_()


def test_offline_in_the_middle_it_says_so_waits_and_ends_well(crowd: Crowd) -> None:
    mia, ana, number = both(crowd)

    with crowd.trouble():
        mia.page.context.set_offline(True)
        choose(mia.page, photo_file(content=photo(2_000, noise=True)))
        mia.press("say")
        expect(items(mia.page)).to_contain_text("The line broke")
        mia.page.context.set_offline(False)

        expect(pictures(ana.room(number))).to_have_count(1)


def test_cancelled_under_way_nothing_of_it_stays_on_the_server(crowd: Crowd) -> None:
    mia, _, _ = both(crowd)
    hold_pieces(mia.page)
    choose(mia.page, photo_file(content=photo(2_000, noise=True)))
    mia.press("say")
    expect(items(mia.page)).to_contain_text("% sent")

    with mia.page.expect_response(lambda answer: answer.request.method == "DELETE") as gone:
        mia.page.get_by_role("button", name="Remove IMG_4711.jpg").click()

    expect(items(mia.page)).to_have_count(0)
    assert gone.value.status == 204
    assert unfinished(mia.page) == []


def test_cancelled_while_it_is_announced_nothing_of_it_stays_on_the_server(crowd: Crowd) -> None:
    mia, _, _ = both(crowd)
    held = hold(mia.page, "**/attachments", times=1)
    choose(mia.page, photo_file())
    mia.press("say")
    held.wait()

    mia.page.get_by_role("button", name="Remove IMG_4711.jpg").click()
    expect(items(mia.page)).to_have_count(0)
    with mia.page.expect_response(lambda answer: answer.request.method == "DELETE") as gone:
        held.let_go()

    assert gone.value.status == 204
    assert unfinished(mia.page) == []


def test_after_a_reload_the_same_file_goes_on_where_it_stopped(crowd: Crowd) -> None:
    mia, ana, number = both(crowd)
    large = photo(2_400, noise=True)
    put_pieces(mia.page, large[: 3 * SEGMENT], len(large))
    mia.page.reload()
    mia.wait_until_live()
    offsets: list[str] = []
    mia.page.on("request", lambda request: note_offset(request, offsets))

    expect(mia.page.get_by_text("was not finished")).to_be_visible()
    choose(mia.page, photo_file(content=large))
    expect(mia.page.get_by_text("was not finished")).to_be_hidden()
    mia.press("say")

    expect(pictures(ana.room(number))).to_have_count(1)
    assert offsets[0] == str(3 * SEGMENT)


def test_chosen_before_it_is_known_what_was_not_finished_the_same_file_goes_on_nevertheless(
    crowd: Crowd,
) -> None:
    mia, ana, number = both(crowd)
    large = photo(2_400, noise=True)
    put_pieces(mia.page, large[: 3 * SEGMENT], len(large))
    held = hold(mia.page, "**/attachments", times=1)
    mia.page.reload()
    mia.wait_until_live()
    held.wait()
    offsets: list[str] = []
    mia.page.on("request", lambda request: note_offset(request, offsets))

    choose(mia.page, photo_file(content=large), photo_file("other.jpg"))
    mia.press("say")
    mia.page.get_by_role("button", name="Remove other.jpg").click()
    held.let_go()

    expect(pictures(ana.room(number))).to_have_count(1)
    expect(mia.page.get_by_text("was not finished")).to_be_hidden()
    assert offsets[0] == str(3 * SEGMENT)
    assert unfinished(mia.page) == []


def test_after_a_reload_what_had_come_whole_is_finished_by_itself(crowd: Crowd) -> None:
    mia, ana, number = both(crowd)
    put_pieces(mia.page, photo(), len(photo()))

    mia.page.reload()

    expect(pictures(ana.room(number))).to_have_count(1)
    expect(items(mia.page)).to_have_count(0)


def test_what_had_come_whole_is_finished_though_nobody_answers_at_first(crowd: Crowd) -> None:
    mia, ana, number = both(crowd)
    put_pieces(mia.page, photo(), len(photo()))
    mia.page.route("**/attachments", lambda route: route.fulfill(status=503), times=1)

    with crowd.trouble():
        mia.page.reload()
        expect(pictures(ana.room(number))).to_have_count(1)

    expect(items(mia.page)).to_have_count(0)


def test_who_waits_for_a_file_to_be_sent_is_covered_and_not_signed_out(crowd: Crowd) -> None:
    mia = with_a_clock(crowd)
    choose(mia.page, photo_file())
    expect(items(mia.page)).to_have_count(1)
    hold_pieces(mia.page)
    mia.press("say")
    expect(items(mia.page)).to_contain_text("% sent")

    mia.page.clock.fast_forward("11:00")

    expect(mia.page.get_by_role("button", name="Show it again")).to_be_visible()


def test_a_page_covered_under_a_large_picture_can_be_shown_again(crowd: Crowd) -> None:
    mia = with_a_clock(crowd)
    choose(mia.page, photo_file())
    mia.press("say")
    mia.write("Half a story")
    pictures(mia.page).click()
    expect(mia.page.get_by_role("dialog", name="Picture")).to_be_visible()

    mia.page.clock.fast_forward("11:00")
    expect(mia.page.get_by_role("button", name="Show it again")).to_be_focused()
    mia.page.get_by_role("button", name="Show it again").click()

    expect(mia.page.locator("textarea[name=body]")).to_have_value("Half a story")
    expect(mia.page.get_by_role("dialog", name="Picture")).to_be_hidden()


def test_another_file_of_the_same_size_begins_at_its_beginning(crowd: Crowd) -> None:
    mia, ana, number = both(crowd)
    large = photo(2_400, noise=True)
    put_pieces(mia.page, b"x" + large[1 : 3 * SEGMENT], len(large))
    mia.page.reload()
    mia.wait_until_live()
    offsets: list[str] = []
    mia.page.on("request", lambda request: note_offset(request, offsets))

    choose(mia.page, photo_file(content=large))
    mia.press("say")
    expect(pictures(ana.room(number))).to_have_count(1)
    mia.page.get_by_role("button", name="Never mind this file").click()
    expect(mia.page.locator(".enclose__fold summary")).to_be_focused()
    expect(mia.page.get_by_text("was not finished")).to_be_hidden()

    assert offsets[0] == "0"


def test_a_file_a_responder_began_is_offered_again_once_the_room_is_theirs_again(
    crowd: Crowd,
) -> None:
    _, ana, number = both(crowd)
    large = photo(2_400, noise=True)
    put_pieces(ana.page, large[: 3 * SEGMENT], len(large))
    form = ana.unfold(number, "hand_over")
    form.locator("textarea[name=summary]").fill("I have to go.")
    form.locator("button[name=do]").click()
    expect(ana.room(number)).to_have_attribute("data-standing", "unclaimed")

    ana.page.reload()
    begun = ana.room(number).get_by_text("was not finished")
    expect(ana.room(number)).to_have_attribute("data-standing", "unclaimed")
    expect(begun).to_be_hidden()
    ana.claim(number)

    expect(begun).to_be_visible()


# With a report


def test_a_file_follows_its_report_while_the_words_are_kept(crowd: Crowd) -> None:
    mia = crowd.reporter()
    mia.arrive()
    mia.fill_report()
    choose(mia.page, photo_file())
    held = hold_pieces(mia.page)

    mia.do("send_report")
    words = mia.words()
    expect(mia.page.get_by_text("Keep this page open")).to_be_visible()
    mia.keep(words)
    expect(items(mia.page)).to_have_count(1)
    held.let_go()

    expect(pictures(mia.page)).to_have_count(1)
    expect(items(mia.page)).to_have_count(0)


def test_a_report_to_look_at_again_keeps_its_files(crowd: Crowd) -> None:
    mia = crowd.reporter()
    mia.arrive()
    mia.fill_report("   ")
    choose(mia.page, photo_file())

    mia.do("send_report")
    expect(items(mia.page)).to_contain_text("Not sent yet")
    mia.page.fill("[name=what]", "They hit him.")
    mia.do("send_report")
    mia.keep(mia.words())

    expect(pictures(mia.page)).to_have_count(1)


def test_a_report_keeps_its_files_through_wrong_turns(crowd: Crowd) -> None:
    mia = crowd.reporter()
    mia.arrive()
    mia.fill_report()
    choose(mia.page, photo_file())

    for view in ("privacy", "start", "return", "start", "report"):
        mia.go(view)
    expect(items(mia.page)).to_contain_text("Not sent yet")
    mia.do("send_report")
    mia.keep(mia.words())

    expect(pictures(mia.page)).to_have_count(1)


@pytest.mark.parametrize("is_sent_in_vain", [False, True])
def test_a_file_chosen_for_a_report_never_goes_to_a_conversation_opened_instead(
    crowd: Crowd, *, is_sent_in_vain: bool
) -> None:
    told, mia = crowd.told(), crowd.reporter()
    mia.arrive()
    mia.fill_report()
    choose(mia.page, photo_file())
    if is_sent_in_vain:
        send_in_vain(crowd, mia)

    open_with_words(mia, told.words)
    mia.wait_until_live()
    expect(items(mia.page)).to_have_count(0)
    mia.say("Here again.")

    expect(state_of(mia.line("Here again."))).to_have_text("sent")
    assert unfinished(mia.page) == []
    expect(pictures(mia.page)).to_have_count(0)


def test_a_conversation_opened_instead_of_a_report_tells_of_what_was_not_finished_in_it(
    crowd: Crowd,
) -> None:
    told, mia = crowd.told(), crowd.reporter()
    large = photo(2_400, noise=True)
    put_pieces(crowd.returned(told).page, large[:SEGMENT], len(large))
    mia.arrive()
    mia.fill_report()

    open_with_words(mia, told.words)

    expect(mia.page.get_by_text("was not finished")).to_be_visible()


def send_in_vain(crowd: Crowd, mia: Reporter) -> None:
    mia.page.route("**/", lambda route: route.abort(), times=1)
    with crowd.trouble():
        mia.press("send_report")
        expect(mia.page.locator("[data-slot=journey]")).to_contain_text("Nothing is lost")


def open_with_words(mia: Reporter, words: list[str]) -> None:
    """From the form of a report, without leaving the page."""
    mia.go("start")
    mia.go("return")
    mia.page.fill("[name=words]", " ".join(words))
    mia.do("open")


# Voice


@pytest.mark.parametrize(("voice", "ending"), [("As it is", "webm"), ("Deeper", "wav")])
def test_a_voice_is_recorded_heard_and_sent(crowd: Crowd, voice: str, ending: str) -> None:
    mia, ana, number = both(crowd)
    mia.page.locator("attachment-picker summary").first.click()
    recorder = mia.page.locator("voice-recorder")

    mia.page.get_by_role("button", name="Record your voice").click()
    expect(recorder).to_contain_text(SECONDS)
    recorder.get_by_role("button", name="Stop").click()
    expect(recorder).to_contain_text("Nobody has it yet")
    recorder.get_by_text(voice, exact=True).click()
    expect(recorder.get_by_role("button", name="Use this recording")).to_be_enabled()
    assert recorder.locator("audio").evaluate(PLAYS) > 0.3
    recorder.get_by_role("button", name="Use this recording").click()
    expect(items(mia.page)).to_contain_text(f"recording.{ending}")
    mia.press("say")

    expect(recorder).to_have_count(0)
    heard = ana.room(number).locator("audio")
    expect(heard).to_be_visible()
    assert heard.evaluate(PLAYS) > 0.3


def test_a_changed_voice_sounds_different_and_the_words_promise_no_more(crowd: Crowd) -> None:
    mia, _, _ = both(crowd)
    mia.page.evaluate(KEEP_BLOBS)
    mia.page.locator("attachment-picker summary").first.click()
    recorder = mia.page.locator("voice-recorder")
    mia.page.get_by_role("button", name="Record your voice").click()
    expect(recorder).to_contain_text(SECONDS)
    recorder.get_by_role("button", name="Stop").click()
    expect(recorder).to_contain_text("Nobody has it yet")

    sources = []
    for voice in ("As it is", "Deeper", "Higher"):
        recorder.get_by_text(voice, exact=True).click()
        expect(recorder.get_by_role("button", name="Use this recording")).to_be_enabled()
        sources.append(recorder.locator("audio").evaluate(SAMPLES))

    expect(recorder.get_by_text("It is no guarantee")).to_be_visible()
    durations, loudnesses = zip(*sources, strict=True)
    assert max(durations) - min(durations) < 0.1
    assert min(loudnesses) > 0
    assert len(set(loudnesses)) == 3


def test_a_voice_that_can_not_be_changed_can_be_sent_as_it_is(crowd: Crowd) -> None:
    mia, ana, number = both(crowd)
    mia.page.evaluate(
        "() => { OfflineAudioContext.prototype.decodeAudioData = () => Promise.reject(new Error()) }"
    )
    mia.page.locator("attachment-picker summary").first.click()
    recorder = mia.page.locator("voice-recorder")
    mia.page.get_by_role("button", name="Record your voice").click()
    expect(recorder).to_contain_text(SECONDS)
    recorder.get_by_role("button", name="Stop").click()

    recorder.get_by_text("Deeper", exact=True).click()
    expect(recorder).to_contain_text("This browser can't change it.")
    expect(recorder.get_by_role("button", name="Use this recording")).to_be_disabled()
    recorder.get_by_text("As it is", exact=True).click()
    expect(recorder).to_contain_text("Nobody has it yet")
    recorder.get_by_role("button", name="Use this recording").click()
    mia.press("say")

    expect(ana.room(number).locator("audio")).to_be_visible()


def test_a_recording_that_nobody_has_yet_is_lost_neither_to_time_nor_to_a_press(
    crowd: Crowd,
) -> None:
    mia = with_a_clock(crowd)
    ana, number = crowd.responder("ana"), mia.number()
    ana.take(number)
    for page in (mia.page, ana.page):
        page.locator("attachment-picker summary").first.click()
        page.get_by_role("button", name="Record your voice").click()
        expect(page.locator("voice-recorder")).to_contain_text("Recording")
        page.get_by_role("button", name="Stop").click()
        expect(page.locator("voice-recorder")).to_contain_text("Nobody has it yet")

    mia.page.clock.fast_forward("11:00")
    ana.room(number).locator("[data-leave]").click()

    mia.page.get_by_role("button", name="Show it again").click()
    expect(mia.page.locator("voice-recorder")).to_be_visible()
    expect(ana.room(number).get_by_role("alert")).to_contain_text(["was not sent"])
    expect(ana.room(number).locator("voice-recorder")).to_be_visible()


def test_who_sends_a_report_loses_no_recording_that_nobody_has_yet(crowd: Crowd) -> None:
    mia = crowd.reporter()
    mia.arrive()
    mia.fill_report()
    choose(mia.page, photo_file())
    mia.page.locator("attachment-picker summary").first.click()
    recorder = mia.page.locator("voice-recorder")
    mia.page.get_by_role("button", name="Record your voice").click()
    expect(recorder).to_contain_text(SECONDS)

    mia.press("send_report")
    use = recorder.get_by_role("button", name="Use this recording")
    expect(recorder).to_contain_text("Nobody has it yet")
    expect(use).to_be_focused()
    mia.press("send_report")
    expect(recorder).to_contain_text("Use it or throw it away, then go on.")
    expect(use).to_be_focused()
    expect(items(mia.page)).to_contain_text("Not sent yet")
    use.click()
    expect(items(mia.page)).to_have_count(2)
    mia.do("send_report")

    words = mia.words()
    mia.keep(words)
    expect(mia.page.locator("audio")).to_have_count(1)
    expect(pictures(mia.page)).to_have_count(1)


def test_a_recording_thrown_away_is_in_nobodys_way(crowd: Crowd) -> None:
    mia, _, _ = both(crowd)
    mia.page.locator("attachment-picker summary").first.click()
    mia.page.get_by_role("button", name="Record your voice").click()
    expect(mia.page.locator("voice-recorder")).to_contain_text(SECONDS)
    menu = mia.page.locator(".room__menu summary")

    menu.click()
    mia.page.locator("button[name=go][value=held]").click()
    expect(mia.page.get_by_role("button", name="Use this recording")).to_be_focused()
    mia.page.get_by_role("button", name="Throw it away").click()
    menu.click()
    mia.go("held")

    expect(mia.page.locator("h1")).to_have_text("What we hold")


def test_a_recording_thrown_away_lets_go_of_the_microphone(crowd: Crowd) -> None:
    mia, _, _ = both(crowd)
    mia.page.evaluate(KEEP_STREAMS)
    mia.page.locator("attachment-picker summary").first.click()
    mia.page.get_by_role("button", name="Record your voice").click()
    expect(mia.page.locator("voice-recorder")).to_contain_text("Recording")

    mia.page.get_by_role("button", name="Throw it away").click()

    expect(mia.page.locator("voice-recorder")).to_have_count(0)
    expect(items(mia.page)).to_have_count(0)
    mia.page.wait_for_function("() => streams.every((each) => !each.active)")


def test_a_recording_ends_with_its_microphone_and_says_so(crowd: Crowd) -> None:
    mia, _, _ = both(crowd)
    mia.page.clock.install()
    mia.page.evaluate(KEEP_STREAMS)
    mia.page.locator("attachment-picker summary").first.click()
    recorder = mia.page.locator("voice-recorder")
    mia.page.get_by_role("button", name="Record your voice").click()
    expect(recorder).to_contain_text("Recording")

    mia.page.evaluate("streams[0].getTracks().forEach((track) => track.stop())")
    expect(recorder.get_by_role("button", name="Use this recording")).to_be_visible()
    mia.page.clock.run_for(5_000)

    expect(recorder).to_contain_text("Nobody has it yet")
    expect(recorder).not_to_contain_text("Recording")


def test_who_presses_stop_before_the_microphone_is_allowed_is_not_recorded(crowd: Crowd) -> None:
    mia, _, _ = both(crowd)
    mia.page.evaluate(KEEP_STREAMS)
    mia.page.evaluate(ASK_FIRST)
    mia.page.locator("attachment-picker summary").first.click()
    mia.page.get_by_role("button", name="Record your voice").click()
    expect(mia.page.locator("voice-recorder")).to_contain_text("Waiting for the microphone")

    mia.page.get_by_role("button", name="Stop").click()
    mia.page.evaluate("allow()")

    expect(mia.page.locator("voice-recorder")).to_have_count(0)
    mia.page.wait_for_function("() => streams.length === 1 && !streams[0].active")


def test_without_a_microphone_it_says_what_to_do(crowd: Crowd) -> None:
    mia, _, _ = both(crowd)
    mia.page.evaluate(
        "() => (navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error()))"
    )
    mia.page.locator("attachment-picker summary").first.click()

    mia.page.get_by_role("button", name="Record your voice").click()

    expect(mia.page.get_by_text("We can't use the microphone.")).to_be_visible()
    mia.page.get_by_role("button", name="Throw it away").click()


def test_a_recording_that_can_not_begin_lets_go_of_the_microphone_and_says_so(crowd: Crowd) -> None:
    mia, _, _ = both(crowd)
    mia.page.evaluate(KEEP_STREAMS)
    mia.page.evaluate("() => { MediaRecorder.prototype.start = () => { throw new Error() } }")
    mia.page.locator("attachment-picker summary").first.click()

    mia.page.get_by_role("button", name="Record your voice").click()

    expect(mia.page.get_by_text("We can't use the microphone.")).to_be_visible()
    assert not mia.page.evaluate("streams.some((each) => each.active)")


def test_a_recording_ends_after_ten_minutes_also_where_seconds_are_counted_late(
    crowd: Crowd,
) -> None:
    """As in a tab behind others, where a browser lets time pass a minute at a time."""
    _, ana, number = both(crowd)
    ana.page.clock.install()
    ana.page.evaluate(KEEP_STREAMS)
    ana.room(number).locator("attachment-picker summary").first.click()
    recorder = ana.room(number).locator("voice-recorder")
    ana.page.get_by_role("button", name="Record your voice").click()
    expect(recorder).to_contain_text("Recording")

    ana.page.clock.fast_forward("10:30")

    expect(recorder.get_by_role("button", name="Use this recording")).to_be_visible()
    expect(recorder).to_contain_text("Your recording, 10:3")
    ana.page.wait_for_function("() => streams.every((each) => !each.active)")


# Seeing


def test_pictures_are_leafed_through_by_keyboard_and_the_focus_comes_back(crowd: Crowd) -> None:
    mia, ana, number = both(crowd)
    choose(mia.page, photo_file("one.jpg"), photo_file("two.jpg", photo(65)))
    mia.press("say")
    expect(pictures(mia.page)).to_have_count(2)
    expect(pictures(ana.room(number))).to_have_count(2)

    for page in (mia.page, ana.page):
        dialog = page.get_by_role("dialog", name="Picture")
        opener = page.locator("[data-lightbox]").first
        opener.focus()
        page.keyboard.press("Enter")
        expect(dialog).to_contain_text("1 of 2")
        assert is_drawn(dialog.get_by_role("img"))
        page.keyboard.press("ArrowRight")
        expect(dialog).to_contain_text("2 of 2")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowLeft")
        expect(dialog).to_contain_text("1 of 2")
        page.evaluate("document.dir = 'rtl'")
        page.keyboard.press("ArrowLeft")
        expect(dialog).to_contain_text("2 of 2")
        page.keyboard.press("ArrowRight")
        expect(dialog).to_contain_text("1 of 2")
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        expect(opener).to_be_focused()


def test_private_pictures_are_covered_until_the_team_chooses(crowd: Crowd) -> None:
    mia, ana, number = both(crowd, "sexting_images")
    choose(mia.page, photo_file())
    mia.press("say")

    cover = ana.room(number).get_by_role("link", name="Look at it")
    expect(cover).to_be_visible()
    expect(pictures(ana.room(number))).to_have_count(0)
    expect(ana.room(number).get_by_text("opened a file")).to_have_count(0)
    cover.click()
    assert is_drawn(ana.page.get_by_role("dialog", name="Picture").get_by_role("img"))
    ana.page.keyboard.press("Escape")

    expect(cover).to_be_focused()
    ana.page.reload()
    expect(ana.room(number).get_by_text("opened a file")).to_be_attached()
    expect(cover).to_be_visible()


def test_a_file_that_must_not_be_there_is_hidden_everywhere_at_once(crowd: Crowd) -> None:
    mia, ana, number = both(crowd)
    choose(mia.page, photo_file())
    mia.press("say")
    room = ana.room(number)
    expect(pictures(room)).to_be_visible()
    other = crowd.told().number
    ana.open_room(other)
    ana.composer(number).fill("I am looking at it.")

    room.get_by_text("This must not be here").click()
    room.locator("[name=reason]").fill("A child, undressed.")
    room.get_by_role("button", name="Hide it from everybody").click()

    expect(mia.page.get_by_text("This file is not shown any more.")).to_be_visible()
    expect(pictures(mia.page)).to_have_count(0)
    expect(ana.page.get_by_text("This file is not shown any more.")).to_be_visible()
    # Nobody was led away from what they do, in this room and in others.
    expect(ana.composer(number)).to_have_value("I am looking at it.")
    expect(ana.room(other)).to_have_count(1)
    ana.page.get_by_text("in quarantine").click()
    ana.page.locator(".side [name=reason]").last.fill("The police asks for it.")
    with ana.page.expect_download() as download:
        ana.page.get_by_role("button", name="Open it").click()
    assert download.value.suggested_filename.endswith(".jpg")


def test_a_page_that_was_away_when_a_file_was_hidden_hides_it_once_it_is_back(
    crowd: Crowd,
) -> None:
    mia, ana, number = both(crowd)
    choose(mia.page, photo_file())
    mia.press("say")
    room = ana.room(number)
    expect(pictures(room)).to_be_visible()
    with crowd.trouble():
        mia.page.context.set_offline(True)
        mia.say("Is it gone?")
        expect(mia.page.get_by_text("Not sent yet.")).to_be_visible()

        room.get_by_text("This must not be here").click()
        room.locator("[name=reason]").fill("A child, undressed.")
        room.get_by_role("button", name="Hide it from everybody").click()
        expect(ana.page.get_by_text("This file is not shown any more.")).to_be_visible()
        expect(pictures(mia.page)).to_have_count(1)
        mia.page.context.set_offline(False)

        expect(mia.page.get_by_text("This file is not shown any more.")).to_be_visible()
        expect(pictures(mia.page)).to_have_count(0)


def test_a_file_that_is_hidden_while_it_is_looked_at_large_goes_from_sight(crowd: Crowd) -> None:
    mia, ana, number = both(crowd)
    choose(mia.page, photo_file("one.jpg"), photo_file("two.jpg", photo(65)))
    mia.press("say")
    expect(pictures(ana.room(number))).to_have_count(2)
    mia.page.locator("[data-lightbox]").first.click()
    dialog = mia.page.get_by_role("dialog", name="Picture")
    expect(dialog).to_contain_text("1 of 2")

    hide_last_file(ana, number)
    expect(dialog).not_to_contain_text("of 2")
    expect(dialog.get_by_role("img")).to_be_visible()
    hide_last_file(ana, number)

    expect(dialog).to_be_hidden()
    expect(pictures(mia.page)).to_have_count(0)


def hide_last_file(ana: Responder, number: str) -> None:
    room = ana.room(number)
    # The column is fetched anew after it: then it stands in its side.
    kept = room.get_by_text("in quarantine")
    before = kept.count()
    figure = room.locator("figure:has(img)").last
    figure.get_by_text("This must not be here").click()
    figure.locator("[name=reason]").fill("A child, undressed.")
    figure.get_by_role("button", name="Hide it from everybody").click()
    expect(kept).to_have_count(before + 1)


def test_whoever_writes_while_a_hidden_file_goes_from_the_room_writes_on(crowd: Crowd) -> None:
    mia, ana, number = both(crowd)
    choose(mia.page, photo_file())
    mia.press("say")
    room, composer = ana.room(number), ana.composer(number)
    room.get_by_text("This must not be here").click()
    room.locator("[name=reason]").fill("A child, undressed.")
    held = hold(ana.page, "**/console/rooms/*?quiet", times=1)
    room.get_by_role("button", name="Hide it from everybody").click()
    held.wait()

    composer.click()
    ana.page.keyboard.type("Are safe?")
    for _ in range(len("safe?")):
        ana.page.keyboard.press("ArrowLeft")
    held.let_go()
    expect(ana.page.get_by_text("in quarantine")).to_be_attached()
    ana.page.keyboard.type("you ")

    expect(composer).to_have_value("Are you safe?")


# Without scripts


def test_without_scripts_the_button_is_in_reach_whatever_was_unfolded_and_pasted(
    crowd: Crowd,
) -> None:
    mia = crowd.returned(crowd.told(), **NO_SCRIPTS)
    mia.page.locator("textarea[name=body]").fill(f"https://example.org/{'a' * 400}")
    mia.page.locator("attachment-picker summary").first.click()
    mia.page.mouse.move(195, 100)

    mia.page.mouse.wheel(0, 2000)

    expect(mia.page.locator("button[name=do][value=say]")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("side", ["reporter", "member"])
def test_without_scripts_a_photo_goes_with_the_form_and_with_what_is_said_about_it(
    crowd: Crowd, side: str
) -> None:
    told = crowd.told(category="drugs")
    if side == "reporter":
        mia = crowd.returned(told, **NO_SCRIPTS)
        page, shown = mia.page, mia.history()
    else:
        ana = crowd.responder("ana", **NO_SCRIPTS)
        ana.open_console()
        ana.open_room(told.number)
        ana.claim(told.number)
        page, shown = ana.page, ana.room(told.number)

    page.locator("textarea[name=body]").fill("This is what they sent.")
    choose(page, photo_file())
    page.locator("input[name=alt]").fill("A photo of two bags.")
    page.locator("button[name=do][value=say]").click()

    expect(pictures(shown).first).to_be_visible()
    expect(shown.get_by_text("This is what they sent.")).to_be_visible()
    expect(shown.get_by_text("A photo of two bags.").first).to_be_visible()


def test_without_scripts_a_report_takes_a_photo_and_says_which_file_it_did_not(
    crowd: Crowd,
) -> None:
    mia = crowd.reporter(**NO_SCRIPTS)
    mia.arrive()
    mia.fill_report()
    choose(mia.page, photo_file())

    mia.go("start")
    mia.go("report")
    assert mia.page.input_value("[name=what]")
    choose(mia.page, photo_file(), photo_file("broken.jpg", b"no photo"))
    mia.page.get_by_label("Keep the original, too").check()
    mia.do("send_report")

    expect(mia.page.get_by_text("broken.jpg")).to_be_visible()
    mia.page.get_by_role("button", name="Go on").click()
    mia.keep(mia.words())
    number = mia.number()
    ana = crowd.responder("ana")
    ana.open_console()
    ana.open_room(number)
    expect(ana.room(number).get_by_text("Kept apart").first).to_be_visible()


def test_without_scripts_files_of_a_refused_form_are_asked_for_again(crowd: Crowd) -> None:
    mia = crowd.returned(crowd.told(), **NO_SCRIPTS)
    again = mia.page.get_by_text("Your files were not sent. Add them again.")
    mia.page.locator("textarea[name=body]").fill("a" * 10_001)
    choose(mia.page, photo_file())

    mia.do("say")

    expect(mia.page.get_by_text("longer than 10,000 letters")).to_be_visible()
    expect(again).to_be_visible()
    assert len(mia.page.input_value("textarea[name=body]")) == 10_001
    mia.page.locator("textarea[name=body]").fill("Look.")
    mia.page.locator("input[name=files]").set_input_files([photo_file()])
    mia.do("say")
    expect(pictures(mia.history()).first).to_be_visible()
    expect(again).to_have_count(0)


def test_where_what_sends_files_did_not_wake_up_the_browser_sends_them_with_the_words(
    crowd: Crowd,
) -> None:
    mia = crowd.reporter()
    mia.page.route("**/attachment-picker.js*", lambda route: route.abort())
    with crowd.trouble():
        cookie = {"name": "reporter", "value": crowd.told().token, "url": mia.origin}
        mia.page.context.add_cookies([cookie])  # type: ignore[list-item]
        mia.page.goto(mia.origin)
        mia.wait_until_live()

        mia.page.locator("textarea[name=body]").fill("This is what they sent.")
        choose(mia.page, photo_file())
        mia.page.unroute_all()
    mia.press("say")

    expect(pictures(mia.page).first).to_be_visible()
    expect(mia.line("This is what they sent.")).to_be_visible()


# How


def with_a_clock(crowd: Crowd) -> Reporter:
    """Return Mia in her room, on a page whose clock can be set forward."""
    told = crowd.told()
    mia = crowd.reporter()
    mia.page.clock.install()
    cookie = {"name": "reporter", "value": told.token, "url": mia.origin}
    mia.page.context.add_cookies([cookie])  # type: ignore[list-item]
    mia.page.goto(mia.origin)
    mia.wait_until_live()
    return mia


def note_offset(request: Request, offsets: list[str]) -> None:
    if request.method == "PATCH":
        offsets.append(request.headers["upload-offset"])


def unfinished(page: Page) -> object:
    return page.evaluate("async () => (await (await fetch('/attachments')).json()).unfinished")


def put_pieces(page: Page, content: bytes, size: int) -> None:
    """Leave the beginning of a file on the server, as a page does that was closed under way."""
    page.evaluate(PUT_PIECES, [base64.b64encode(content).decode(), size])


def figures(page: Page) -> object:
    """Return what stands in each figure, but for what a page has only once."""
    return page.evaluate(FIGURES)


FIGURES = """() => {
  const names = ["src", "href", "alt", "download", "aria-label", "poster", "action", "data-lightbox", "width", "height"]
  const told = (part) => [
    part.tagName,
    ...names.map((name) => part.getAttribute(name)),
    part.name === "attachment" ? part.value : "",
    part.children.length > 0 ? "" : part.textContent.trim(),
  ]
  const figures = [...document.querySelectorAll("message-list li figure:not([hidden])")]
  return figures.map((figure) => [...figure.querySelectorAll("*")].map(told))
}"""

PLAYS = """async (media) => {
  media.muted = true
  await media.play()
  const at = await new Promise((done) => {
    media.addEventListener("ended", () => done(media.currentTime))
    media.addEventListener("error", () => done(-1))
  })
  return at
}"""

SEEKS = """(media) => new Promise((done) => {
  media.onseeked = () => done(media.currentTime)
  media.currentTime = 1.2
})"""

KEEP_BLOBS = """() => {
  window.kept = {}
  const make = URL.createObjectURL
  URL.createObjectURL = (blob) => {
    const address = make.call(URL, blob)
    kept[address] = blob
    return address
  }
}"""

SAMPLES = """async (audio) => {
  const context = new OfflineAudioContext(1, 1, 24_000)
  const heard = await context.decodeAudioData(await kept[audio.src].arrayBuffer())
  const samples = [...heard.getChannelData(0)]
  const loudness = samples.reduce((sum, sample) => sum + sample * sample, 0)
  return [heard.duration, loudness]
}"""

PASTE_WORDS = """(field) => {
  const data = new DataTransfer()
  data.setData("text/plain", "words")
  field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }))
}"""

TRANSFER = """
  const bytes = Uint8Array.from(atob(raw), (sign) => sign.charCodeAt(0))
  const data = new DataTransfer()
  data.items.add(new File([bytes], "image.png", { type: "image/jpeg" }))
"""

PASTE = f"""(field, raw) => {{{TRANSFER}
  field.dispatchEvent(new ClipboardEvent("paste", {{ clipboardData: data, bubbles: true, cancelable: true }}))
}}"""

DROP = f"""(place, raw) => {{{TRANSFER}
  for (const name of ["dragover", "drop"]) {{
    place.dispatchEvent(new DragEvent(name, {{ dataTransfer: data, bubbles: true, cancelable: true }}))
  }}
}}"""

KEEP_STREAMS = """() => {
  window.streams = []
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
  navigator.mediaDevices.getUserMedia = async (what) => {
    const stream = await ask(what)
    streams.push(stream)
    return stream
  }
}"""

ASK_FIRST = """() => {
  const ask = navigator.mediaDevices.getUserMedia
  const allowed = new Promise((resolve) => (window.allow = resolve))
  navigator.mediaDevices.getUserMedia = (what) => allowed.then(() => ask(what))
}"""

PUT_PIECES = """async ([raw, size]) => {
  const bytes = Uint8Array.from(atob(raw), (sign) => sign.charCodeAt(0))
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes.slice(0, 256 * 1024)))
  const mark = [...digest.slice(0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("")
  const about = { id: "begun-before", type: "image/jpeg", size, mark }
  const post = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(about) }
  const at = document.querySelector("upload-list").dataset.filesAt
  const { attachment } = await (await fetch(at, post)).json()
  const headers = { "Content-Type": "application/offset+octet-stream", "Upload-Offset": "0" }
  await fetch(`${at}/${attachment}`, { method: "PATCH", headers, body: bytes })
}"""
