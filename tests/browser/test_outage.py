"""What people see and lose while nothing can be kept: no word, and not the order of their words."""

from playwright.sync_api import expect

from tests.browser.people import Crowd, state_of
from tests.disks import full_disk


def test_what_is_said_while_the_disk_is_full_gets_in_afterwards_in_its_order(
    own_crowd: Crowd,
) -> None:
    mia, ana = own_crowd.reporter(), own_crowd.responder("ana")
    _, number = mia.tell()
    ana.take(number)

    with own_crowd.trouble(), full_disk(own_crowd.server.pid):
        mia.say("He has a knife.")
        ana.answer(number, "Are you safe?")
        for where in (mia.page, ana.room(number)):
            expect(where.locator("[data-slot=line]")).to_contain_text("We keep trying.")
        mia.say("No, wait. It is a comb.")
    for words in ("He has a knife.", "No, wait. It is a comb."):
        expect(ana.line(number, words)).to_have_count(1)
        expect(state_of(mia.line(words))).to_have_text("read")
    expect(mia.line("Are you safe?")).to_have_count(1)
    for where in (mia.page, ana.room(number)):
        expect(where.locator("[data-slot=line]")).to_be_hidden()

    lines = ana.page.locator("message-list").inner_text()
    assert lines.index("He has a knife.") < lines.index("No, wait. It is a comb.")


def test_a_room_that_is_over_says_no_more_that_it_keeps_trying(own_crowd: Crowd) -> None:
    told, ana = own_crowd.told(), own_crowd.responder("ana")
    ana.take(told.number)
    line = ana.room(told.number).locator("[data-slot=line]")

    with own_crowd.trouble(), full_disk(own_crowd.server.pid):
        ana.answer(told.number, "Are you safe?")
        expect(line).to_contain_text("We keep trying.")
        ana.page.context.clear_cookies()
        expect(ana.page.get_by_role("dialog")).to_be_visible()
        expect(line).to_be_hidden()
