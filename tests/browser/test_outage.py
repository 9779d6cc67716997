"""What people see and lose while nothing can be kept: no word, and not the order of their words."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import expect

from tests.browser.people import Crowd, state_of
from tests.server import Server


def test_what_is_said_while_the_disk_is_full_gets_in_afterwards_in_its_order(
    own_crowd: Crowd,
) -> None:
    mia, ana = own_crowd.reporter(), own_crowd.responder("ana")
    _, number = mia.tell()
    ana.take(number)

    with own_crowd.trouble(), full_disk(own_crowd.server):
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


@contextmanager
def full_disk(server: Server) -> Iterator[None]:
    """No file takes a byte from the server."""
    limits = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        yield
    finally:
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, limits)
