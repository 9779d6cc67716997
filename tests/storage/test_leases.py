"""Leases in a file, by a clock that is moved: what runs out, and what is kept of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest
from sqlalchemy import func, select

from messenger.storage import tables
from messenger.storage.connect import connect
from messenger.storage.database import Database
from messenger.storage.leases import StoredLeases
from tests.clocks import StoppedClock
from tests.storage.conftest import open_database


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def leases(database: Database, clock: StoppedClock) -> StoredLeases:
    return StoredLeases(database, clock)


async def kept(database: Database) -> int:
    query = select(func.count()).select_from(tables.lease)
    return int(await database.read(lambda c: c.execute(query).scalar_one()))


async def test_it_runs_out_when_its_time_has_passed_and_not_before(
    leases: StoredLeases, clock: StoppedClock
) -> None:
    await leases.hold("sweep", "one", 6)

    clock.pass_by(seconds=5.9)
    assert not await leases.hold("sweep", "two", 6)
    clock.pass_by(seconds=0.1)
    assert await leases.hold("sweep", "two", 6)


async def test_holding_again_and_renewing_count_from_now(
    leases: StoredLeases, clock: StoppedClock
) -> None:
    await leases.hold("sweep", "one", 6)
    for prolong in (leases.hold, leases.renew):
        clock.pass_by(seconds=5)
        assert await prolong("sweep", "one", 6)

    clock.pass_by(seconds=5)
    assert not await leases.hold("sweep", "two", 6)


@pytest.mark.parametrize("hours", [1, -1])
async def test_a_clock_that_is_set_keeps_nobody_waiting(
    leases: StoredLeases, clock: StoppedClock, hours: int
) -> None:
    await leases.hold("sweep", "one", 6)

    clock.pass_by(hours=hours)

    assert not await leases.renew("sweep", "one", 6)
    assert await leases.hold("sweep", "two", 6)
    assert not await leases.hold("sweep", "one", 6)


async def test_nothing_is_kept_of_what_has_run_out(
    leases: StoredLeases, clock: StoppedClock, database: Database
) -> None:
    for n in range(3):
        await leases.hold(f"mail {n}", "one", 6)
    clock.pass_by(seconds=6)

    await leases.hold("sweep", "one", 6)

    assert await kept(database) == 1


class TestTwoProcesses:
    """On one file."""

    @pytest.fixture
    async def both(self, path: Path) -> AsyncIterator[tuple[StoredLeases, StoredLeases]]:
        clock, url = StoppedClock(), f"sqlite:///{path}"
        async with open_database(url) as database, connect(url) as another:
            yield StoredLeases(database, clock), StoredLeases(another, clock)

    async def test_of_two_that_reach_for_it_at_once_one_has_it(
        self, both: tuple[StoredLeases, StoredLeases]
    ) -> None:
        winners: list[tuple[int, str]] = []

        async def reach(leases: StoredLeases, n: int, holder: str) -> None:
            if await leases.hold(f"lease {n}", holder, 6):
                winners.append((n, holder))

        async with anyio.create_task_group() as tasks:
            for n in range(40):
                for leases, holder in zip(both, ("ours", "theirs"), strict=True):
                    tasks.start_soon(reach, leases, n, holder)

        assert sorted(n for n, _ in winners) == list(range(40))
