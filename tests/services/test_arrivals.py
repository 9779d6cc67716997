"""Connections that bring files: the newest goes on with a file, and who is slow makes room for others."""

from collections.abc import AsyncIterator
from contextlib import ExitStack

import anyio
import pytest

from messenger.domain.errors import TooBusy, WrongOffset
from messenger.domain.events import REPORTER
from messenger.domain.ids import AttachmentId, RoomId
from messenger.services.arrivals import AT_ONCE, GRACE, OF_A_SIDE, SLOW, Arrival, Arrivals, Side

LATER = 2 * GRACE


def side(number: int = 0) -> Side:
    return RoomId(f"room-{number}"), REPORTER


async def bring(arrival: Arrival, size: int, *, then_wait: bool = False) -> int:
    """Have this bring so much, and return what was taken of it."""

    async def pieces() -> AsyncIterator[bytes]:
        yield b"x" * size
        if then_wait:
            await anyio.sleep_forever()

    return sum([len(piece) async for piece in arrival.take(pieces())])


def fill(arrivals: Arrivals, held: ExitStack) -> list[Arrival]:
    """Take all places, each from a room of its own."""
    return [
        held.enter_context(arrivals.arrive(AttachmentId(f"file-{number}"), side(number), now=0.0))
        for number in range(AT_ONCE)
    ]


async def test_the_newest_goes_on_with_a_file_and_the_older_is_told_while_it_waits() -> None:
    arrivals, told = Arrivals(), list[str]()

    async def lose_the_line(arrival: Arrival) -> None:
        with pytest.raises(WrongOffset):
            await bring(arrival, 5, then_wait=True)
        told.append("the older one")

    with ExitStack() as held:
        older = held.enter_context(arrivals.arrive(AttachmentId("file"), side(), now=0.0))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lose_the_line, older)
            await anyio.wait_all_tasks_blocked()
            newer = held.enter_context(arrivals.arrive(AttachmentId("file"), side(), now=0.0))

        assert told == ["the older one"]
        assert await bring(newer, 5) == 5
        with pytest.raises(WrongOffset):
            await bring(older, 5)


async def test_however_often_a_file_is_begun_it_takes_one_place() -> None:
    arrivals = Arrivals()

    with ExitStack() as held:
        for _ in range(3 * AT_ONCE):
            held.enter_context(arrivals.arrive(AttachmentId("file"), side(), now=0.0))
        held.enter_context(arrivals.arrive(AttachmentId("another"), side(), now=0.0))


async def test_one_side_of_a_room_takes_no_more_than_its_places() -> None:
    arrivals = Arrivals()

    with ExitStack() as held:
        for number in range(OF_A_SIDE):
            held.enter_context(arrivals.arrive(AttachmentId(f"file-{number}"), side(), now=LATER))
        with pytest.raises(TooBusy), arrivals.arrive(AttachmentId("more"), side(), now=LATER):
            raise AssertionError("there was no place")
        held.enter_context(arrivals.arrive(AttachmentId("theirs"), side(1), now=LATER))

    with arrivals.arrive(AttachmentId("more"), side(), now=LATER):
        pass


async def test_where_all_bring_something_the_next_one_is_told_to_come_again() -> None:
    arrivals = Arrivals()

    with ExitStack() as held:
        for each in fill(arrivals, held):
            await bring(each, int(SLOW * LATER))

        newcomer = arrivals.arrive(AttachmentId("more"), side(AT_ONCE), now=LATER)
        with pytest.raises(TooBusy), newcomer:
            raise AssertionError("there was no place")


async def test_who_has_just_come_is_not_slow_yet() -> None:
    arrivals = Arrivals()

    with ExitStack() as held:
        fill(arrivals, held)

        newcomer = arrivals.arrive(AttachmentId("more"), side(AT_ONCE), now=GRACE)
        with pytest.raises(TooBusy), newcomer:
            raise AssertionError("there was no place")


async def test_who_trickles_makes_room_and_stops_as_if_the_line_broke() -> None:
    arrivals, taken = Arrivals(), list[int]()

    async def trickle(arrival: Arrival) -> None:
        taken.append(await bring(arrival, 1, then_wait=True))

    with ExitStack() as held:
        first, *others = fill(arrivals, held)
        for each in others:
            await bring(each, int(SLOW * LATER))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(trickle, first)
            await anyio.wait_all_tasks_blocked()
            newcomer = arrivals.arrive(AttachmentId("more"), side(AT_ONCE), now=LATER)
            held.enter_context(newcomer)

        assert taken == [1]
        assert first.is_over
