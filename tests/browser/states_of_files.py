"""What pages show while files are chosen, on their way, and there: more for the list in states.py."""

import re

from playwright.sync_api import Page, expect

from tests.browser.drawing import photo
from tests.browser.evidence import both, choose, items, photo_file, pictures
from tests.browser.holding import hold_pieces
from tests.browser.people import Crowd, Reporter
from tests.browser.states import state


@state("view:room")
def files_being_chosen(crowd: Crowd) -> Page:
    mia = crowd.returned(crowd.told())
    mia.page.locator("attachment-picker summary").first.click()
    expect(mia.page.get_by_role("button", name="Choose files")).to_be_visible()
    return mia.page


@state("view:room")
def files_chosen(crowd: Crowd) -> Page:
    return chosen(crowd).page


@state("view:report")
def files_chosen_for_a_report(crowd: Crowd) -> Page:
    mia = crowd.reporter()
    mia.arrive()
    mia.fill_report()
    choose(mia.page, photo_file())
    expect(items(mia.page)).to_have_count(1)
    return mia.page


@state("view:receipt")
def files_following_their_report(crowd: Crowd) -> Page:
    mia = crowd.reporter()
    mia.arrive()
    mia.fill_report()
    choose(mia.page, photo_file())
    expect(items(mia.page)).to_have_count(1)
    hold_pieces(mia.page)
    mia.do("send_report")
    expect(mia.page.get_by_text("Keep this page open")).to_be_visible()
    return mia.page


@state("view:room")
def files_on_their_way(crowd: Crowd) -> Page:
    mia = chosen(crowd)
    hold_pieces(mia.page)
    mia.press("say")
    expect(items(mia.page).first).to_contain_text("% sent")
    return mia.page


@state("view:room")
def file_refused(crowd: Crowd) -> Page:
    mia = crowd.returned(crowd.told())
    choose(mia.page, photo_file(content=photo()[:300]))
    expect(items(mia.page)).to_have_count(1)
    mia.press("say")
    expect(items(mia.page)).to_contain_text("goes on all the same")
    return mia.page


@state("view:room")
def file_of_no_kind_we_take(crowd: Crowd) -> Page:
    mia = crowd.returned(crowd.told())
    choose(mia.page, {"name": "x.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ"})
    expect(mia.page.get_by_text("We can't take this kind")).to_be_visible()
    return mia.page


@state("view:room")
def file_not_finished(crowd: Crowd) -> Page:
    mia = crowd.returned(crowd.told())
    choose(mia.page, photo_file())
    expect(items(mia.page)).to_have_count(1)
    pieces = hold_pieces(mia.page)
    mia.press("say")
    pieces.wait()
    mia.page.reload()
    expect(mia.page.get_by_text("was not finished")).to_be_visible()
    return mia.page


@state("view:room")
def voice_being_recorded(crowd: Crowd) -> Page:
    return recording(crowd).page


@state("view:room")
def voice_recorded(crowd: Crowd) -> Page:
    mia = recording(crowd)
    mia.page.get_by_role("button", name="Stop").click()
    expect(mia.page.get_by_text("Nobody has it yet")).to_be_visible()
    return mia.page


@state("view:room")
def picture_shown_large(crowd: Crowd) -> Page:
    mia = chosen(crowd)
    mia.press("say")
    expect(pictures(mia.page)).to_have_count(2)
    mia.page.locator("[data-lightbox]").first.click()
    expect(mia.page.get_by_role("dialog", name="Picture")).to_contain_text("1 of 2")
    return mia.page


@state("GET /console/rooms/{room}")
def files_of_both_sides_in_the_console(crowd: Crowd) -> Page:
    mia, ana, number = both(crowd)
    choose(mia.page, photo_file())
    expect(items(mia.page)).to_have_count(1)
    mia.press("say")
    expect(pictures(ana.room(number))).to_be_visible()
    choose(ana.room(number), photo_file())
    expect(items(ana.page)).to_have_count(1)
    return ana.page


@state("GET /console/rooms/{room}")
def covered_picture(crowd: Crowd) -> Page:
    mia, ana, number = both(crowd, "sexting_images")
    choose(mia.page, photo_file())
    expect(items(mia.page)).to_have_count(1)
    mia.press("say")
    expect(ana.room(number).get_by_role("link", name="Look at it")).to_be_visible()
    return ana.page


def chosen(crowd: Crowd) -> Reporter:
    """Return Mia, who has chosen two photos, and has not sent them yet."""
    mia = crowd.returned(crowd.told())
    choose(mia.page, photo_file("one.jpg"), photo_file("two.jpg", photo(65)))
    expect(items(mia.page)).to_have_count(2)
    return mia


def recording(crowd: Crowd) -> Reporter:
    """Return Mia, who says something into a microphone that hums."""
    mia = crowd.returned(crowd.told())
    mia.page.evaluate(HUM)
    mia.page.locator("attachment-picker summary").first.click()
    mia.page.get_by_role("button", name="Record your voice").click()
    expect(mia.page.get_by_text(re.compile("Recording … 0:0[1-9]"))).to_be_visible()
    return mia


HUM = """() => {
  const context = new AudioContext()
  const place = context.createMediaStreamDestination()
  const tone = context.createOscillator()
  tone.connect(place)
  tone.start()
  navigator.mediaDevices.getUserMedia = async () => place.stream
}"""
