"""Who writes: one batch at a time, however many come, and nobody waits for a disk that hangs."""

import asyncio
from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Connection

from messenger.domain.errors import StoreDown
from messenger.storage.writer import WAITING_LIMIT, Task, Writer

DEADLINE = 10.0


class Loop:
    """The event loop, with a clock that stands still until the test moves it."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.create_future, self.call_soon = loop.create_future, loop.call_soon
        self._now = 0.0
        self._numbers = count()
        self._timers = list[tuple[float, int, Callable[[], None]]]()

    def time(self) -> float:
        return self._now

    def call_later(self, seconds: float, callback: Callable[[], None]) -> object:
        heappush(self._timers, (self._now + seconds, next(self._numbers), callback))
        return callback

    def pass_by(self, seconds: float) -> None:
        """Let so much time pass, and all that it brings."""
        end = self._now + seconds
        while self._timers and self._timers[0][0] <= end:
            self._now, _, callback = heappop(self._timers)
            callback()
        self._now = end


class Disk(Writer):
    """Has a batch until the test says that it is safe."""

    def __init__(self) -> None:
        super().__init__(DEADLINE)
        self._loop: Any = Loop()
        self.pass_by = self._loop.pass_by
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
    assert [each.result() for each in (first, *others)] == ["one", "two", "three"]
    assert disk.is_idle and not disk.refuses


async def test_a_disk_that_hangs_keeps_waiting_neither_what_it_has_nor_what_comes() -> None:
    disk = Disk()

    early = [await put(disk, work) for work in ("one", "two")]
    disk.pass_by(DEADLINE)
    late = await put(disk, "three")
    disk.pass_by(DEADLINE)

    assert [type(each.exception()) for each in (*early, late)] == [StoreDown] * 3
    assert disk.refuses
    assert disk.works == [["one"]]


async def test_who_came_a_moment_ago_is_not_given_up_with_a_batch_of_before() -> None:
    disk = Disk()

    first = await put(disk, "one")
    disk.save()
    disk.pass_by(0.75 * DEADLINE)
    second = await put(disk, "two")
    disk.pass_by(0.5 * DEADLINE)
    disk.save()

    assert (first.result(), second.result()) == ("one", "two")
    assert not disk.refuses


async def test_that_nobody_writes_is_no_sign_of_a_disk_that_hangs() -> None:
    disk = Disk()

    done = await put(disk, "one")
    disk.save()
    disk.pass_by(1.5 * DEADLINE)

    assert done.result() == "one"
    assert not disk.refuses


async def test_who_gave_up_waiting_is_in_the_way_of_nobody_who_comes_then() -> None:
    disk = Disk()
    for _ in range(WAITING_LIMIT):
        disk.put(write, "one of many", share="crowd").cancel()

    late = await put(disk, "late")
    while not disk.is_idle:
        disk.save()
    disk.save()

    assert late.result() == "late"


async def test_once_stopped_it_takes_nothing() -> None:
    disk = Disk()
    disk.stop()

    with pytest.raises(StoreDown):
        await put(disk, "one")
    assert disk.is_idle
