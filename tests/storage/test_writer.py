"""Who writes: one batch at a time, however many come, and nobody waits for a disk that hangs."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Connection

from messenger.domain.errors import StoreDown
from messenger.storage.writer import WAITING_LIMIT, Task, Writer

SHORT = 0.2
LONG = 0.8


class Disk(Writer):
    """Has a batch until the test says that it is safe."""

    def __init__(self, deadline: float = LONG) -> None:
        super().__init__(deadline)
        self.has = list[list[Task]]()

    def _begin(self, batch: list[Task]) -> None:
        self.has.append(batch)

    @property
    def works(self) -> list[list[object]]:
        return [[task.work for task in batch] for batch in self.has]

    def save(self) -> None:
        batch = self.has.pop()
        self._settle(batch, [task.work for task in batch])


def write(connection: Connection, works: Sequence[Any], *, careful: bool) -> Sequence[Any]:
    del connection, careful
    return works


async def put(disk: Disk, work: str) -> "asyncio.Future[str]":
    """Have it written, and let the disk begin."""
    future: asyncio.Future[str] = disk.put(write, work)
    await asyncio.sleep(0)
    return future


async def test_what_comes_while_a_batch_is_written_is_the_next_one() -> None:
    disk = Disk()

    first, *others = [await put(disk, work) for work in ("one", "two", "three")]
    assert disk.works == [["one"]]
    disk.save()
    assert disk.works == [["two", "three"]]
    disk.save()

    assert disk.works == []
    assert [await each for each in (first, *others)] == ["one", "two", "three"]
    assert disk.is_idle and not disk.refuses


async def test_a_disk_that_hangs_keeps_waiting_neither_what_it_has_nor_what_comes() -> None:
    disk = Disk(SHORT)

    early = [await put(disk, work) for work in ("one", "two")]
    told = await asyncio.gather(*early, return_exceptions=True)
    late = await put(disk, "three")
    told += await asyncio.gather(late, return_exceptions=True)

    assert [type(each) for each in told] == [StoreDown] * 3
    assert disk.refuses
    assert disk.works == [["one"]]


async def test_who_came_a_moment_ago_is_not_given_up_with_a_batch_of_before() -> None:
    disk = Disk()

    first = await put(disk, "one")
    disk.save()
    await asyncio.sleep(0.75 * LONG)
    second = await put(disk, "two")
    await asyncio.sleep(0.5 * LONG)
    disk.save()

    assert (await first, await second) == ("one", "two")
    assert not disk.refuses


async def test_that_nobody_writes_is_no_sign_of_a_disk_that_hangs() -> None:
    disk = Disk(SHORT)

    done = await put(disk, "one")
    disk.save()
    await asyncio.sleep(1.5 * SHORT)

    assert await done == "one"
    assert not disk.refuses


async def test_who_gave_up_waiting_is_in_the_way_of_nobody_who_comes_then() -> None:
    disk = Disk()
    for _ in range(WAITING_LIMIT):
        disk.put(write, "one of many", share="crowd").cancel()

    late = await put(disk, "late")
    while not disk.is_idle:
        disk.save()
    disk.save()

    assert await late == "late"


async def test_once_stopped_it_takes_nothing() -> None:
    disk = Disk()
    disk.stop()

    with pytest.raises(StoreDown):
        await put(disk, "one")
    assert disk.is_idle
