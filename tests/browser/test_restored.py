"""A server that was restored from an older backup, and pages that were open all the time."""

import shutil
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.evidence import choose, items, photo_file
from tests.browser.people import Crowd
from tests.browser.test_conversation import wake


def test_pages_show_what_is_left_and_keep_what_is_being_written(own_crowd: Crowd) -> None:
    server, told, ana = own_crowd.server, own_crowd.told(), own_crowd.responder("ana")
    mia = own_crowd.returned(told)
    ana.take(told.number)
    expect(mia.line("Ms. Ruiz from the team has")).to_be_visible()
    backup = server.data.with_name("backup")

    with own_crowd.trouble():
        server.kill()
        shutil.copytree(server.data, backup)
        server.start()
        wake(mia.page, ana.page)
        mia.say("This will be lost.")
        ana.answer(told.number, "This, too.")
        expect(mia.line("This, too.")).to_be_visible()
        expect(ana.line(told.number, "This will be lost.")).to_be_visible()
        server.kill()
        mia.say("Said meanwhile.")
        mia.write("Half a message")
        ana.composer(told.number).fill("Half an answer")
        restore(backup, server.data)
        server.start()
        wake(mia.page, ana.page)
        expect(ana.line(told.number, "Said meanwhile.")).to_be_visible()

    for page in (mia.page, ana.page):
        expect(page.locator("message-list")).not_to_contain_text("This")
        expect(page.locator("message-list li").filter(has_text="Said meanwhile.")).to_have_count(1)
    expect(mia.page.locator("textarea[name=body]")).to_have_value("Half a message")
    expect(ana.composer(told.number)).to_have_value("Half an answer")
    ana.room(told.number).locator("[data-slot=send]").click()
    expect(mia.line("Half an answer")).to_be_visible()


def test_a_file_that_was_chosen_stays_until_it_is_sent_or_removed(own_crowd: Crowd) -> None:
    server, told, ana = own_crowd.server, own_crowd.told(), own_crowd.responder("ana")
    ana.take(told.number)
    backup = server.data.with_name("backup")

    with own_crowd.trouble():
        server.kill()
        shutil.copytree(server.data, backup)
        server.start()
        wake(ana.page)
        ana.answer(told.number, "This will be lost.")
        expect(ana.line(told.number, "This will be lost.")).to_be_visible()
        choose(ana.room(told.number), photo_file())
        server.kill()
        restore(backup, server.data)
        # It may dial by itself as soon as somebody answers.
        with ana.page.expect_response("**/console/rooms/*?quiet", timeout=30_000):
            server.start()
            wake(ana.page)

        expect(items(ana.page)).to_have_count(1)
        ana.page.get_by_role("button", name="Remove IMG_4711.jpg").click()
        wake(ana.page)
        expect(ana.line(told.number, "This will be lost.")).to_have_count(0)


def restore(backup: Path, data: Path) -> None:
    shutil.rmtree(data)
    shutil.copytree(backup, data)
