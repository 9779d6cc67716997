"""What is said, and what is kept, when the disk takes no more."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import event

from messenger.domain.errors import StoreDown, TooBusy
from messenger.domain.events import Stream
from messenger.domain.room import Room
from messenger.storage import checkpointer, writer
from messenger.storage.embedded import EmbeddedDatabase
from tests.contracts.world import Store, open_room, post
from tests.disks import full_disk
from tests.storage.conftest import open_embedded


@pytest.fixture
async def database(path: Path) -> AsyncIterator[EmbeddedDatabase]:
    async with open_embedded(f"sqlite:///{path}") as database:
        yield database


@pytest.fixture
def unfolded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody but the writer opens a connection that may write: the log is not folded meanwhile."""
    monkeypatch.setattr(checkpointer, "EVERY", 60.0)


async def said_in(store: Store, room: Room) -> list[bytes]:
    return [event.sealed for event in await store.rooms.events(room.id, Stream.ROOM, 1)]


def _first(statements: list[str], begin: str) -> int:
    return next(place for place, text in enumerate(statements) if text.startswith(begin))


async def test_nothing_is_acknowledged_or_kept_while_the_disk_is_full(store: Store) -> None:
    room = await open_room(store)

    with full_disk():
        answers = await asyncio.gather(
            *(store.journal.submit(post(room, f"words {n}")) for n in range(3)),
            return_exceptions=True,
        )

    assert [type(answer) for answer in answers] == [StoreDown] * 3
    assert await said_in(store, room) == []


async def test_once_there_is_room_again_the_same_may_be_repeated(store: Store) -> None:
    room = await open_room(store)
    with full_disk():
        for _ in range(2):
            with pytest.raises(StoreDown):
                await store.journal.submit(post(room, "hello there"))

    outcome = await store.journal.submit(post(room, "hello there"))

    assert outcome.events[0].seq == 2
    assert await said_in(store, room) == [b"hello there"]


@pytest.mark.usefixtures("unfolded")
async def test_after_a_failed_commit_the_next_goes_through_a_new_connection_that_was_proved(
    database: EmbeddedDatabase, store: Store
) -> None:
    opened: list[sqlite3.Connection] = []
    done: list[str] = []

    def opening(connection: sqlite3.Connection, _record: object) -> None:
        opened.append(connection)
        connection.set_trace_callback(done.append)

    event.listen(database.engine, "connect", opening)
    room = await open_room(store)
    with full_disk(), pytest.raises(StoreDown):
        await store.journal.submit(post(room, "hello there"))
    assert opened == []

    await store.journal.submit(post(room, "hello there"))

    assert len(opened) == 1
    # Something was written and committed by it before the words were.
    proof = done.index("PRAGMA user_version = 0")
    first, words = (done.index("COMMIT"), _first(done, "INSERT INTO event"))
    assert proof < first < words


async def test_people_may_read_while_nothing_can_be_written(store: Store) -> None:
    room = await open_room(store)

    with full_disk():
        with pytest.raises(StoreDown):
            await store.journal.submit(post(room, "hello there"))

        assert await store.rooms.find_room(room.id) == room


async def test_more_than_can_wait_are_told_that_it_is_busy(database: EmbeddedDatabase) -> None:
    answers = await asyncio.gather(
        *(database.write(lambda _: None) for _ in range(writer.WAITING_LIMIT + 1)),
        return_exceptions=True,
    )

    assert [answer for answer in answers if answer is not None] == [answers[-1]]
    assert isinstance(answers[-1], TooBusy)
