"""Files from a phone to the team and back: photographed, dragged, recorded, cut off, cancelled, and without scripts."""

from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.browser.drawing import photo, video
from tests.browser.people import Crowd, Reporter, Responder

NO_SCRIPTS = {"java_script_enabled": False}


def photo_file(name: str = "IMG_4711.jpg", content: bytes | None = None) -> FilePayload:
    return {"name": name, "mimeType": "image/jpeg", "buffer": content or photo()}


def choose(page: Page, *files: FilePayload | Path) -> None:
    picker = page.locator("attachment-picker").first
    picker.locator("summary").first.click()
    picker.locator("input[type=file]").set_input_files(list(files))  # type: ignore[arg-type]


def items(page: Page) -> Locator:
    return page.locator(".enclose__item")


def pictures(page: Page | Locator) -> Locator:
    return page.locator(".attachment img[src$=preview]")


def both(crowd: Crowd, category: str = "bullying") -> tuple[Reporter, Responder, str]:
    told, ana = crowd.told(category=category), crowd.responder("ana")
    mia = crowd.returned(told)
    ana.take(told.number)
    return mia, ana, told.number


def is_drawn(picture: Locator) -> bool:
    return bool(picture.evaluate("async image => (await image.decode(), image.naturalWidth > 0)"))


def test_a_photo_goes_from_the_phone_to_the_team(crowd: Crowd) -> None:
    mia, ana, number = both(crowd)

    choose(mia.page, photo_file())
    mia.page.locator("[name=alt]").fill("The knife in his bag")
    expect(items(mia.page)).to_contain_text("Not sent yet")
    mia.say("This is what I saw.")

    expect(mia.line("This is what I saw.")).to_be_visible()
    for page in (mia.page, ana.room(number)):
        expect(pictures(page)).to_have_attribute("alt", "The knife in his bag")
        assert is_drawn(pictures(page).first)
    expect(items(mia.page)).to_have_count(0)
    assert "IMG_4711" not in ana.page.content()


def test_a_reload_shows_the_same(crowd: Crowd) -> None:
    mia, ana, number = both(crowd)
    choose(mia.page, photo_file())
    mia.press("say")
    expect(pictures(ana.room(number))).to_be_visible()

    for page in (mia.page, ana.page):
        page.reload()
        expect(pictures(page).first).to_be_visible()


def test_a_picture_opens_large_and_closes_by_keyboard(crowd: Crowd) -> None:
    mia, ana, number = both(crowd)
    choose(mia.page, photo_file())
    mia.press("say")

    for page in (mia.page, ana.page):
        opener = page.locator("[data-lightbox]").first
        opener.focus()
        page.keyboard.press("Enter")
        expect(page.locator("dialog.lightbox img")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("dialog.lightbox")).to_have_count(0)
        expect(opener).to_be_focused()
    expect(ana.room(number).get_by_text("opened a file")).to_be_visible()


def test_what_can_not_be_sent_is_told_before_it_is(crowd: Crowd) -> None:
    mia, _, _ = both(crowd)

    choose(mia.page, {"name": "x.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ"})
    expect(mia.page.get_by_role("alert").get_by_text("We can't take this kind")).to_be_visible()
    expect(items(mia.page)).to_have_count(0)


def test_a_damaged_photo_is_refused_in_words_and_the_conversation_goes_on(crowd: Crowd) -> None:
    mia, ana, number = both(crowd)

    choose(mia.page, photo_file(content=photo()[:300]))
    mia.say("Look at this.")

    expect(items(mia.page)).to_contain_text("damaged")
    expect(ana.line(number, "Look at this.")).to_be_visible()
    items(mia.page).get_by_role("button").click()
    expect(items(mia.page)).to_have_count(0)


def test_a_lost_connection_is_gone_on_from_and_a_cancelled_one_is_not(crowd: Crowd) -> None:
    mia, ana, number = both(crowd)
    large = photo(2_000, noise=True)
    assert len(large) > 2_000_000

    with crowd.trouble():
        mia.page.context.set_offline(True)
        choose(mia.page, photo_file(content=large), photo_file("other.jpg"))
        mia.press("say")
        expect(items(mia.page).first).to_contain_text("The line broke")
        items(mia.page).last.get_by_role("button").click()
        expect(items(mia.page)).to_have_count(1)
        mia.page.context.set_offline(False)

        expect(pictures(ana.room(number))).to_have_count(1)
        expect(items(mia.page)).to_have_count(0)


def test_after_a_reload_the_same_file_goes_on_where_it_stopped(
    crowd: Crowd, tmp_path: Path
) -> None:
    mia, ana, number = both(crowd)
    large = tmp_path / "IMG_4711.jpg"
    large.write_bytes(photo(2_000, noise=True))
    sent: list[str] = []

    def let_one_through(route) -> None:  # type: ignore[no-untyped-def]
        if route.request.method == "PATCH" and sent:
            route.abort()
            return
        if route.request.method == "PATCH":
            sent.append(route.request.headers["upload-offset"])
        route.continue_()

    with crowd.trouble():
        mia.page.route("**/attachments/*", let_one_through)
        choose(mia.page, large)
        mia.press("say")
        expect(items(mia.page)).to_contain_text("The line broke")
        mia.page.unroute("**/attachments/*")
        mia.page.reload()
        expect(mia.page.get_by_text("A file was not finished")).to_be_visible()
        offsets: list[str] = []
        mia.page.on(
            "request",
            lambda request: (
                offsets.append(request.headers.get("upload-offset", ""))
                if request.method == "PATCH"
                else None
            ),
        )
        choose(mia.page, large)
        mia.press("say")
        expect(pictures(ana.room(number))).to_have_count(1)

    assert sent == ["0"]
    assert offsets[0] == str(1024 * 1024)


def test_a_file_goes_with_the_report(crowd: Crowd) -> None:
    mia = crowd.reporter()
    mia.arrive()
    mia.fill_report()
    choose(mia.page, photo_file())

    mia.do("send_report")
    words = mia.words()
    expect(items(mia.page)).to_have_count(0)
    mia.keep(words)

    expect(pictures(mia.page)).to_have_count(1)


def test_a_responder_sends_a_file_too(crowd: Crowd) -> None:
    mia, ana, number = both(crowd)
    picker = ana.room(number).locator("attachment-picker")

    picker.locator("summary").first.click()
    picker.locator("input[type=file]").set_input_files([photo_file()])
    ana.room(number).locator("button[value=say]").click()

    expect(pictures(mia.page)).to_have_count(1)


def test_a_voice_is_recorded_changed_heard_and_sent(crowd: Crowd) -> None:
    told = crowd.told()
    mia = crowd.returned(told, permissions=["microphone"])
    picker = mia.page.locator("attachment-picker")
    picker.locator("summary").first.click()
    mia.page.evaluate(SILENT_MICROPHONE)

    picker.get_by_role("button", name="Record your voice").click()
    expect(picker.get_by_text("Recording … 1 s")).to_be_visible()
    picker.get_by_role("button", name="Stop").click()
    picker.get_by_text("Deeper", exact=True).click()
    expect(picker.locator("audio")).to_be_visible()
    picker.get_by_role("button", name="Use this recording").click()

    expect(items(mia.page)).to_contain_text("recording.wav")
    mia.press("say")
    sound = mia.page.locator(".attachment audio")
    expect(sound).to_be_visible()
    assert sound.evaluate(PLAYS) > 0.5


def test_a_video_plays_from_where_one_likes(crowd: Crowd) -> None:
    mia, ana, number = both(crowd)

    choose(mia.page, {"name": "MOV_1.mp4", "mimeType": "video/mp4", "buffer": video()})
    mia.press("say")

    for page in (mia.page, ana.room(number)):
        shown = page.locator(".attachment video")
        expect(shown).to_be_visible()
        assert shown.evaluate(PLAYS) > 1.5
    asked = ana.page.evaluate(SEEK)
    assert asked == pytest.approx(1.5, abs=0.3)


PLAYS = """player => new Promise((done, failed) => {
  player.preload = "auto"
  player.onloadedmetadata = () => done(player.duration)
  player.onerror = () => failed(player.error)
  player.load()
})"""
SEEK = """() => new Promise((done) => {
  const player = document.querySelector(".attachment video")
  player.onseeked = () => done(player.currentTime)
  player.currentTime = 1.5
})"""


SILENT_MICROPHONE = """() => {
  const context = new AudioContext()
  const place = context.createMediaStreamDestination()
  const tone = context.createOscillator()
  tone.connect(place)
  tone.start()
  navigator.mediaDevices.getUserMedia = async () => place.stream
}"""


def test_private_pictures_are_covered_until_the_team_chooses(crowd: Crowd) -> None:
    mia, ana, number = both(crowd, "sexting_images")
    choose(mia.page, photo_file())
    mia.press("say")

    cover = ana.room(number).get_by_role("link", name="Look at it")
    expect(cover).to_be_visible()
    expect(pictures(ana.room(number))).to_have_count(0)
    expect(ana.room(number).get_by_text("opened a file")).to_have_count(0)
    cover.click()
    expect(ana.page.locator("dialog.lightbox img")).to_be_visible()
    ana.page.keyboard.press("Escape")
    expect(ana.room(number).get_by_text("opened a file")).to_be_visible()


def test_a_file_that_must_not_be_there_is_hidden_everywhere_at_once(crowd: Crowd) -> None:
    mia, ana, number = both(crowd)
    choose(mia.page, photo_file())
    mia.press("say")
    room = ana.room(number)
    expect(pictures(room)).to_be_visible()

    room.get_by_text("This must not be here").click()
    room.locator("[name=reason]").fill("A child, undressed.")
    with ana.page.expect_navigation():
        room.get_by_role("button", name="Hide it from everybody").click()

    expect(mia.page.get_by_text("This file is not shown any more.")).to_be_visible()
    expect(pictures(mia.page)).to_have_count(0)
    expect(ana.page.get_by_text("This file is not shown any more.")).to_be_visible()
    ana.page.get_by_text("in quarantine").click()
    ana.page.locator(".side [name=reason]").last.fill("The police asks for it.")
    with ana.page.expect_download() as download:
        ana.page.get_by_role("button", name="Open it").click()
    assert download.value.suggested_filename.endswith(".jpg")


@pytest.mark.parametrize("side", ["reporter", "member"])
def test_without_scripts_a_photo_goes_with_the_form(crowd: Crowd, side: str) -> None:
    told = crowd.told()
    if side == "reporter":
        mia = crowd.returned(told, **NO_SCRIPTS)
        choose(mia.page, photo_file())
        mia.do("say")
        expect(pictures(mia.history()).first).to_be_visible()
        return
    ana = crowd.responder("ana", **NO_SCRIPTS)
    ana.open_console()
    ana.page.get_by_role("link", name=told.number).first.click()
    ana.page.locator(".room__foot button[value=claim]").click()
    choose(ana.page, photo_file())
    ana.page.locator("button[name=do][value=say]").click()
    expect(pictures(ana.page)).to_be_visible()


def test_without_scripts_the_form_of_a_report_takes_a_photo_and_back_keeps_the_words(
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
    mia.do("send_report")

    expect(mia.page.get_by_text("broken.jpg")).to_be_visible()
