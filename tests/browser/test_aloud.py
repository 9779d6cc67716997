"""What is said to who sees no page, and where the keyboard is meanwhile: each thing once, and never nowhere."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.aloud import listen, said_aloud
from tests.browser.conftest import FLAGS, MICROPHONE
from tests.browser.evidence import both, choose, items, photo_file
from tests.browser.people import Crowd, state_of
from tests.cast import PASSWORD


@pytest.fixture(scope="module")
def flags() -> list[str]:
    return [*FLAGS, *MICROPHONE]


def test_no_second_is_counted_aloud_into_a_recording(crowd: Crowd) -> None:
    mia = crowd.returned(crowd.told())
    listen(mia.page)
    recorder = mia.page.locator("voice-recorder")

    mia.page.locator("attachment-picker summary").click()
    mia.page.get_by_role("button", name="Record your voice").click()
    expect(recorder).to_contain_text(re.compile(r"0:0[2-9]"))
    mia.page.get_by_role("button", name="Stop").click()
    expect(recorder).to_contain_text("Nobody has it yet.")

    said = [words for words in said_aloud(mia.page) if "ecording" in words]
    assert said[0] == "Recording … 0:00"
    assert [words[:15] for words in said[1:]] == ["Your recording,"]


@pytest.mark.parametrize("side", ["reporter", "team"])
def test_who_has_chosen_a_file_by_keyboard_is_where_they_opened_the_choice(
    crowd: Crowd, side: str
) -> None:
    mia, ana, number = both(crowd)
    place = mia.page.locator("main") if side == "reporter" else ana.room(number)
    way_in = place.locator(".enclose__fold summary")

    way_in.press("Enter")
    place.get_by_role("button", name="Choose files").focus()
    place.locator("input[data-from=files]").set_input_files([photo_file()])

    expect(items(place)).to_have_count(1)
    expect(way_in).to_be_focused()


def test_who_hides_a_file_by_keyboard_stays_in_its_conversation_on_both_sides(
    crowd: Crowd,
) -> None:
    mia, ana, number = both(crowd)
    choose(mia.page, photo_file())
    mia.press("say")
    room, lines = ana.room(number), mia.page.locator("[data-slot=scroller]")
    hide = room.locator(".attachment__apart")
    expect(mia.page.get_by_role("link", name="Save")).to_have_count(1)
    expect(hide).to_have_count(1)
    mia.page.get_by_role("link", name="Save").focus()

    hide.locator("summary").press("Enter")
    hide.locator("textarea").fill("It shows a child.")
    hide.get_by_role("button").press("Enter")

    expect(mia.page.get_by_text("This file is not shown any more.")).to_be_visible()
    expect(lines).to_be_focused()
    expect(room.get_by_role("heading", name="Kept apart")).to_be_visible()
    expect(room).to_be_focused()


def test_ones_own_answer_is_not_said_to_be_a_colleagues(crowd: Crowd) -> None:
    _, ana, number = both(crowd)
    listen(ana.page)

    ana.answer(number, "I am here.")
    expect(state_of(ana.line(number, "I am here."))).to_have_text("read")

    said = [words for words in said_aloud(ana.page) if "I am here." in words]
    assert said
    assert not [words for words in said if "A colleague" in words]


def test_who_only_hears_the_page_hears_that_somebody_is_there_and_that_they_write(
    crowd: Crowd,
) -> None:
    told, ana = crowd.told(), crowd.responder("ana")
    mia = crowd.returned(told)
    listen(mia.page)

    ana.take(told.number)
    # That somebody writes is told once, and kept for no page that hears nothing yet.
    expect(mia.page.locator("[data-slot=presence]")).to_have_text("Ms. Ruiz from the team is here.")
    ana.composer(told.number).press("I")
    expect(mia.page.locator("[data-slot=typing]")).to_be_visible()

    said = said_aloud(mia.page)
    for words in ("Ms. Ruiz from the team is here.", "Ms. Ruiz is writing to you …"):
        assert said.count(words) == 1


def test_each_view_says_by_its_heading_where_one_is(crowd: Crowd) -> None:
    mia = crowd.reporter()
    mia.arrive()

    for view, heading in (
        ("talk", "Just talk"),
        ("start", "Tell someone. Stay anonymous."),
        ("privacy", "How private is this?"),
    ):
        mia.go(view)
        expect(mia.page.get_by_role("main", name=heading, exact=True)).to_be_focused()


def test_a_refusal_that_comes_again_is_said_again(crowd: Crowd) -> None:
    _, ana, number = both(crowd)
    form = ana.unfold(number, "hand_over")
    form.locator("option").first.evaluate("option => (option.value = 'nobody-of-ours')")
    form.locator("textarea").fill("Knows the girl.")
    refusal = ana.room(number).locator("[data-slot=refusal]")
    listen(ana.page)

    for times in (1, 2):
        form.get_by_role("button").click()
        ana.page.wait_for_function(SAID, arg=["[data-slot=refusal]", times])
        expect(refusal).to_be_visible()

    ana.page.locator("sign-in-dialog").evaluate("dialog => dialog.open()")
    ana.fill_sign_in("#again-login", "#again-password", "#again-code")
    ana.page.fill("#again-login", "nobody")
    for times in (1, 2):
        ana.page.locator("#again-password").press("Enter")
        ana.page.wait_for_function(SAID, arg=["sign-in-dialog [data-slot=error]", times])


def test_a_file_that_is_refused_again_is_said_again(crowd: Crowd) -> None:
    mia = crowd.returned(crowd.told())
    listen(mia.page)

    for times in (1, 2):
        choose(mia.page, {"name": "x.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ"})
        mia.page.wait_for_function(SAID, arg=["[data-slot=problem]", times])


def test_after_a_wrong_password_one_types_on(crowd: Crowd) -> None:
    ana = crowd.responder("ana")
    ana.open_console()
    dialog = ana.page.locator("sign-in-dialog")
    dialog.evaluate("dialog => dialog.open()")
    ana.fill_sign_in("#again-login", "#again-password", "#again-code")
    ana.page.fill("#again-password", "a wrong one")

    ana.page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).not_to_be_empty()
    ana.page.keyboard.type(PASSWORD)
    ana.page.keyboard.press("Enter")

    expect(ana.page.locator("#again-title")).to_be_hidden()


def test_what_unfolds_over_a_conversation_covers_nothing_that_has_the_keyboard(
    crowd: Crowd,
) -> None:
    mia = crowd.returned(crowd.told())
    unfolded = mia.page.locator(".room__menu")
    more = unfolded.locator("summary")

    more.press("Enter")
    expect(unfolded.get_by_role("link").first).to_be_visible()
    mia.page.locator("[data-slot=scroller]").focus()
    expect(unfolded.get_by_role("link").first).to_be_hidden()
    more.press("Enter")
    unfolded.get_by_role("link").first.press("Escape")

    expect(unfolded.get_by_role("link").first).to_be_hidden()
    expect(more).to_be_focused()


def test_of_several_who_wait_each_is_approved_under_their_own_name(crowd: Crowd) -> None:
    ana = crowd.responder("ana")

    ana.page.goto(f"{crowd.server.origin}/console/team")

    fold = ana.page.locator(".fold summary", has_text="Compare and approve")
    expect(fold.first).to_have_accessible_name(re.compile("^Compare and approve (Cy Park|Dee)$"))


# Whether what stands there was said so many times.
SAID = """([place, times]) => {
  const words = document.querySelector(place).innerText
  return words !== "" && saidAloud.filter((each) => each === words).length === times
}"""
