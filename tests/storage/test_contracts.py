"""The contracts of the journal and the store, on SQLite in memory and in a file; and what is left
where no port looks.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, update

from messenger.domain.commands import (
    BringIn,
    Close,
    Command,
    Delete,
    HandOver,
    MarkMailed,
    MarkSeen,
    Reopen,
)
from messenger.domain.events import REPORTER
from messenger.domain.ids import ClientId
from messenger.domain.room import MAIL_AFTER, Room
from messenger.storage import tables
from messenger.storage.database import Database
from tests.contracts.attachments import TODAY, add
from tests.contracts.journal import JournalContract
from tests.contracts.store import RECEIPT, StoreContract
from tests.contracts.world import ADAS, BEN, HIGH, NOW, Store, claim, opening, post, said
from tests.storage.conftest import open_database


class TestJournalInMemory(JournalContract):
    """On the database of the conftest."""


class TestStoreInMemory(StoreContract):
    """On the database of the conftest."""


class InFile:
    """On disk."""

    @pytest.fixture
    async def database(self, path: Path) -> AsyncIterator[Database]:
        async with open_database(f"sqlite:///{path}") as database:
            yield database


class TestJournalInFile(InFile, JournalContract):
    """On disk."""


class TestStoreInFile(InFile, StoreContract):
    """On disk."""


async def live(store: Store) -> Room:
    """Have a room in which nothing is as it was at first, and which nobody holds."""
    report = opening()
    room = report.room.replace(school=HIGH.id, waiting_since=NOW - 30)
    room = (await store.journal.open_room(replace(report, room=room))).room
    life: list[Command] = [
        claim(room),
        post(room, "hello", author=ADAS),
        Close(room.id, ADAS, ClientId("close"), said("done"), 60),
        Reopen(room.id, ADAS, ClientId("reopen"), said("again")),
        BringIn(room.id, ADAS, ClientId("bring in"), said("Ben, come"), BEN.id),
        post(room, "one more thing"),
        HandOver(room.id, ADAS, ClientId("back"), said("over"), None, said("the story")),
        MarkSeen(room.id, ADAS, 3),
        MarkSeen(room.id, REPORTER, 3),
        MarkMailed(room.id, NOW + MAIL_AFTER),
    ]
    for command in life:
        await store.journal.submit(command)
    await add(store, room)
    await store.sessions.add_receipt(RECEIPT)
    return room


def row_of_it(connection: Connection) -> dict[str, Any]:
    """Return what the row of the one room says, but for what says nothing."""
    row = connection.execute(select(tables.room)).mappings().one()
    return {name: value for name, value in row.items() if value}


def rows_about_it(connection: Connection) -> dict[str, int]:
    about = [table for table in tables.metadata.sorted_tables if "room" in table.c]
    counts = {table.name: select(func.count(table.c.room)) for table in about}
    return {name: connection.execute(count).scalar_one() for name, count in counts.items()}


async def test_of_a_room_that_is_erased_its_row_tells_the_number_alone(
    database: Database, store: Store
) -> None:
    room = await live(store)
    await store.rooms.ask_deletion(room.id, TODAY)
    before = await database.read(row_of_it)

    await store.rooms.delete_due(TODAY)
    await store.rooms.ask_deletion(room.id, TODAY)

    assert {*tables.room.c.keys()} - {*before} == {"responder", "erased", "moving"}
    assert await database.read(row_of_it) == {
        "id": "room", "organization": "oak", "number": 1001,
        "urgency": "normal", "status": "closed", "erased": True,
    }  # fmt: skip


async def test_of_a_room_that_is_erased_no_other_row_is_left_though_its_ways_in_never_ended(
    database: Database, store: Store
) -> None:
    room = await live(store)
    await store.journal.submit(Delete(room.id, REPORTER, ClientId("delete"), TODAY))
    before = await database.read(rows_about_it)

    await store.rooms.delete_due(TODAY)

    assert before and all(before.values()), before
    assert not any((await database.read(rows_about_it)).values())


async def test_a_room_on_its_way_to_another_database_is_not_erased_in_this_one(
    database: Database, store: Store
) -> None:
    room = await live(store)
    await store.rooms.ask_deletion(room.id, TODAY)

    await database.execute(update(tables.room).values(moving=True))
    on_its_way = await store.rooms.delete_due(TODAY)
    await database.execute(update(tables.room).values(moving=False))

    assert on_its_way == []
    assert await store.rooms.delete_due(TODAY) == [(room.organization, room.id)]
