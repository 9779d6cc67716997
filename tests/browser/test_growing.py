"""An operator's story: from one process with a file to workers with PostgreSQL and Redis, over a night."""

import subprocess
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.people import Crowd, state_of
from tests.browser.test_conversation import wake
from tests.proofs.hosts import Servers, Workers
from tests.server import CHECKOUT, Server


def test_a_conversation_goes_on_where_it_was_when_the_service_has_moved(
    own_crowd: Crowd, servers: Servers, tmp_path: Path
) -> None:
    mia, ana = own_crowd.reporter(), own_crowd.responder("ana")
    words, number = mia.tell()
    ana.take(number)
    ana.answer(number, "Are you safe?")
    expect(mia.line("Are you safe?")).to_be_visible()

    with own_crowd.trouble():
        own_crowd.server.stop()
        mia.say("Written while it moved.")
        with moved(own_crowd.server, servers, tmp_path):
            wake(mia.page, ana.page)
            expect(state_of(mia.line("Written while it moved."))).to_have_text("read")
            ana.answer(number, "It has moved, and we are here.")
            expect(mia.line("It has moved, and we are here.")).to_be_visible()

            again = own_crowd.reporter()
            again.come_back(" ".join(words))
            for line in (
                "They call her names", "Are you safe?", "Written while it moved.",
                "It has moved, and we are here.",
            ):  # fmt: skip
                expect(again.line(line)).to_have_count(1)
            again.say("The words opened it.")
            expect(ana.line(number, "The words opened it.")).to_have_count(1)
            own_crowd.close()


def moved(old: Server, servers: Servers, folder: Path) -> Workers:
    """Copy what the old one kept, and have two workers in its place."""
    new = servers.host(folder)
    new.port, new.origin = old.port, old.origin
    done = subprocess.run(
        [*old.command()[:-1], "copy-database"],
        env=new.environment(), cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return new
