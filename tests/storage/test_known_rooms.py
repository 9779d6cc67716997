"""Rooms remembered by the writer are the rooms of the database, whoever else writes to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import pytest

from messenger.domain.errors import NotFound, StoreDown
from messenger.domain.events import Stream
from messenger.domain.room import Room
from messenger.storage.connect import connect
from tests.contracts.world import ADA, Store, claim, open_room, post, settle
from tests.disks import full_disk
from tests.storage.conftest import open_database, store_of


@asynccontextmanager
async def two_writers(path: Path) -> AsyncIterator[tuple[Store, Store]]:
    """Two processes' worth of stores on one file."""
    url = f"sqlite:///{path}"
    async with open_database(url) as database, connect(url) as another:
        ours, theirs = store_of(database), store_of(another)
        await settle(ours)
        yield ours, theirs


async def heads(store: Store, room: Room) -> list[int]:
    return [event.seq for event in await store.rooms.events(room.id, Stream.ROOM, 0)]


async def test_what_another_process_wrote_is_known_at_once(path: Path) -> None:
    async with two_writers(path) as (ours, theirs):
        room = await open_room(ours)
        for n in range(3):
            for name, store in (("ours", ours), ("theirs", theirs)):
                await store.journal.submit(post(room, f"{name} {n}"))
        await theirs.journal.submit(claim(room))
        outcome = await ours.journal.submit(post(room, "who has it?"))

        assert outcome.room.responder == ADA.id
        assert await heads(ours, room) == list(range(1, 10))


async def test_two_processes_at_once_number_one_room_without_a_gap(path: Path) -> None:
    async with two_writers(path) as (ours, theirs):
        room = await open_room(ours)
        outcomes = await asyncio.gather(
            *(store.journal.submit(post(room, f"words {n}"))
              for n, store in enumerate([ours, theirs] * 40))
        )  # fmt: skip

        assert sorted(outcome.room.head for outcome in outcomes) == list(range(2, 82))
        assert await heads(ours, room) == list(range(1, 82))


async def test_what_was_changed_past_the_journal_is_known(store: Store) -> None:
    room = await open_room(store)
    await store.journal.submit(post(room, "hello there"))

    await store.rooms.ask_deletion(room.id, date(2030, 3, 5))
    assert (await store.journal.submit(post(room, "and again"))).room.delete_on == "2030-03-05"
    await store.rooms.delete_due(date(2030, 3, 5))

    with pytest.raises(NotFound):
        await store.journal.submit(post(room, "am I there"))


async def test_what_did_not_reach_the_disk_is_forgotten(path: Path) -> None:
    async with two_writers(path) as (ours, _):
        room = await open_room(ours)
        await ours.journal.submit(post(room, "hello there"))
        with full_disk(), pytest.raises(StoreDown):
            await ours.journal.submit(post(room, "lost"))

        outcome = await ours.journal.submit(post(room, "kept"))

        assert outcome.room.head == 3
        assert await heads(ours, room) == [1, 2, 3]


async def test_a_repeat_in_a_batch_leaves_no_number_that_was_not_given(store: Store) -> None:
    room = await open_room(store)
    again = post(room, "hello there")
    await store.journal.submit(again)

    await asyncio.gather(
        *map(store.journal.submit, [post(room, "new"), again, post(room, "newer")])
    )
    await store.journal.submit(post(room, "newest"))

    assert await heads(store, room) == [1, 2, 3, 4, 5]
