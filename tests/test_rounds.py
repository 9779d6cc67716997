"""Nothing that happens in a round ends the rounds."""

import math
import threading
from typing import cast

import anyio
import anyio.lowlevel
import pytest
from sqlalchemy import Connection

from messenger import rounds
from messenger.domain.errors import Refusal, StoreDown, TooBusy
from messenger.live.doubt import Doubt
from messenger.services.rereading import Rereading
from messenger.services.revocation import Revocation
from messenger.services.sweep import Sweep
from messenger.storage.database import Database
from messenger.storage.embedded import EmbeddedDatabase
from messenger.web.desks import Desks


@pytest.mark.parametrize("failure", [StoreDown(), TooBusy(), ZeroDivisionError("a secret")])
async def test_whatever_fails_is_tried_again(
    failure: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rounds, "PAUSE", 0.0)
    tried, again = 0, anyio.Event()

    async def once() -> None:
        nonlocal tried
        tried += 1
        if tried == 1:
            raise failure
        again.set()
        await anyio.sleep_forever()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(rounds._rounds, once)
        with anyio.fail_after(10):
            await again.wait()
        tasks.cancel_scope.cancel()

    assert tried == 2
    assert bool(caplog.records) is not isinstance(failure, Refusal), "A bug is told."


class News:
    """A database in which another process changes something all the time, and who looks after it.

    The first look may fail.
    """

    def __init__(self, failure: Exception | None = None) -> None:
        self.changes = 0
        self.looks = 0
        self._failure = failure

    async def news(self) -> None:
        await anyio.lowlevel.checkpoint()
        self.changes += 1

    async def recheck(self) -> None:
        self.looks += 1
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure


class Readings:
    """Counts them, for whoever waits for the next."""

    def __init__(self) -> None:
        self.count = 0
        self.next = anyio.Event()

    async def run(self) -> None:
        self.count += 1
        self.next.set()
        self.next = anyio.Event()


async def test_alone_it_is_read_again_only_when_something_was_saved_that_nobody_told_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rounds, "REREAD_EVERY", 0.0)
    readings, hanging = Readings(), threading.Event()
    rereading = cast(Rereading, readings)

    def hang(_connection: Connection) -> None:
        hanging.wait()

    async with (
        EmbeddedDatabase("sqlite://", deadline=1.0) as database,
        anyio.create_task_group() as tasks,
    ):
        rounds.start_rereading(tasks, Doubt(), [database], rereading, math.inf)
        await readings.next.wait()
        with pytest.raises(StoreDown):
            await database.write(hang)
        await anyio.sleep(0.05)
        assert readings.count == 1, "Perhaps it will never be saved."

        with anyio.fail_after(10):
            late = readings.next
            hanging.set()
            await late.wait()
        tasks.cancel_scope.cancel()

    assert readings.count == 2


async def test_among_others_it_is_read_again_by_and_by_though_nothing_seems_to_be_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rounds, "REREAD_EVERY", 0.0)
    readings = Readings()

    async with anyio.create_task_group() as tasks:
        rounds.start_rereading(tasks, Doubt(), [], cast(Rereading, readings), 0.01)
        with anyio.fail_after(10):
            while readings.count < 3:
                await readings.next.wait()
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize("failure", [StoreDown(), ZeroDivisionError()])
async def test_news_that_could_not_be_looked_at_are_looked_at_again(
    failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    for pause in ("PAUSE", "NEWS_EVERY"):
        monkeypatch.setattr(rounds, pause, 0.0)
    news = News(failure)

    with anyio.fail_after(10):
        await rounds._follow_changes(cast(Database, news), cast(Revocation, news))

    assert (news.changes, news.looks) == (1, 2)


async def test_however_often_others_change_something_it_is_looked_at_now_and_then() -> None:
    news = News()

    with anyio.move_on_after(0.1):
        while True:
            await rounds._follow_changes(cast(Database, news), cast(Revocation, news))

    assert news.looks == 1


class Everything:
    """All that the rounds of a process look after. It notes which looks came, in their order."""

    def __init__(self) -> None:
        self.looks: list[str] = []
        self.all_came = anyio.Event()
        self.attendance = self.revocation = self.teller = self

    def renew_all(self) -> None:
        self.looks.append("who is still here")

    def end_leases(self) -> None:
        self.looks.append("who is not")

    async def end_what_is_over(self) -> None:
        self.looks.append("whose session is over")
        self.all_came.set()

    async def tell(self) -> None:
        await anyio.sleep_forever()

    async def tell_rows(self) -> None:
        await anyio.sleep_forever()

    async def run(self) -> None:
        await anyio.sleep_forever()

    async def send_mails(self, *, urgent: bool) -> None:
        await anyio.sleep_forever()

    async def stop(self) -> None:
        """Nothing is held."""


async def test_open_sockets_are_looked_at_and_nobody_s_lease_ends_whose_socket_is_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rounds, "RECHECK_EVERY", 0.0)
    everything = Everything()

    async with anyio.create_task_group() as tasks:
        rounds.start(tasks, cast(Desks, everything), cast(Sweep, everything), [])
        with anyio.fail_after(10):
            await everything.all_came.wait()
        tasks.cancel_scope.cancel()

    assert everything.looks[:3] == ["who is still here", "who is not", "whose session is over"]
