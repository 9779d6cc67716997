"""A server that was restored from an older backup, and pages that were open all the time."""

import shutil
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.evidence import choose, items, photo_file
from tests.browser.people import Crowd
from tests.browser.test_blocked import THROWS
from tests.browser.test_conversation import wake
from tests.server import Server


def test_pages_show_what_is_left_and_keep_what_is_being_written(own_crowd: Crowd) -> None:
    server, told, ana = own_crowd.server, own_crowd.told(), own_crowd.responder("ana")
    mia = own_crowd.returned(told)
    ana.take(told.number)
    expect(mia.line("Ms. Ruiz from the team has")).to_be_visible()

    with own_crowd.trouble():
        backup = put_aside(server)
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


def test_as_many_new_lines_are_not_taken_for_those_that_were_lost(own_crowd: Crowd) -> None:
    server, told, ana = own_crowd.server, own_crowd.told(), own_crowd.responder("ana")
    mia = own_crowd.returned(told)
    ana.take(told.number)
    expect(mia.line("Ms. Ruiz from the team has")).to_be_visible()

    with own_crowd.trouble():
        backup = put_aside(server)
        wake(mia.page, ana.page)
        ana.answer(told.number, "This will be lost.")
        expect(mia.line("This will be lost.")).to_be_visible()
        ana.page.context.set_offline(True)
        server.kill()
        restore(backup, server.data)
        server.start()
        wake(mia.page)
        expect(mia.line("This will be lost.")).to_have_count(0)
        mia.say("Said in its place.")
        mia.say("And after it.")
        expect(mia.line("And after it.")).to_contain_text("sent")
        ana.page.context.set_offline(False)
        wake(ana.page)

        expect(ana.line(told.number, "And after it.")).to_be_visible()
        expect(ana.line(told.number, "Said in its place.")).to_be_visible()
        expect(ana.line(told.number, "This will be lost.")).to_have_count(0)


def test_a_page_whose_live_line_is_blocked_notices_too(own_crowd: Crowd) -> None:
    server, told = own_crowd.server, own_crowd.told()
    mia, ana = own_crowd.reporter(), own_crowd.responder("ana")
    ana.take(told.number)
    mia.page.clock.install()
    mia.page.add_init_script(THROWS)
    url = server.origin
    mia.page.context.add_cookies([{"name": "reporter", "value": told.token, "url": url}])
    mia.page.goto(url)
    mia.wait_until_live()

    with own_crowd.trouble():
        backup = put_aside(server)
        wake(ana.page)
        ana.answer(told.number, "This will be lost.")
        mia.page.clock.run_for(25_000)
        expect(mia.line("This will be lost.")).to_be_visible()
        server.kill()
        restore(backup, server.data)
        server.start()
        wake(ana.page)
        expect(ana.line(told.number, "This will be lost.")).to_have_count(0)
        ana.answer(told.number, "Said in its place.")
        expect(ana.line(told.number, "Said in its place.")).to_be_visible()
        mia.page.clock.run_for(25_000)

        expect(mia.line("Said in its place.")).to_be_visible()
        expect(mia.line("This will be lost.")).to_have_count(0)


def test_a_file_that_was_chosen_stays_until_it_is_sent_or_removed(own_crowd: Crowd) -> None:
    server, told, ana = own_crowd.server, own_crowd.told(), own_crowd.responder("ana")
    ana.take(told.number)

    with own_crowd.trouble():
        backup = put_aside(server)
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


def put_aside(server: Server) -> Path:
    """Copy all it has while it is down, and start it again."""
    backup = server.data.with_name("backup")
    server.kill()
    shutil.copytree(server.data, backup)
    server.start()
    return backup


def restore(backup: Path, data: Path) -> None:
    shutil.rmtree(data)
    shutil.copytree(backup, data)
