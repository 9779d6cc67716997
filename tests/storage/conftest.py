"""Stores for the tests here, with the world settled in them."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text

from messenger.storage.attachments import StoredAttachments
from messenger.storage.connect import connect
from messenger.storage.database import Database
from messenger.storage.directory import StoredDirectory
from messenger.storage.embedded import EmbeddedDatabase
from messenger.storage.journal import StoredJournal
from messenger.storage.keys import StoredKeys
from messenger.storage.leases import StoredLeases
from messenger.storage.rooms import StoredRooms
from messenger.storage.sessions import StoredSessions
from messenger.storage.shards import Shards
from messenger.storage.stores import sharded_stores_of
from messenger.storage.tables import metadata
from tests.contracts.world import NOON, Store, settle

Statements = list[tuple[str, Any]]


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    """With every table. (That upgrading makes the same ones has a test of its own.)"""
    async with connect(url) as database:
        await database.write(metadata.create_all)
        yield database


@asynccontextmanager
async def open_embedded(url: str) -> AsyncIterator[EmbeddedDatabase]:
    async with open_database(url) as database:
        assert isinstance(database, EmbeddedDatabase)
        yield database


def store_of(database: Database) -> Store:
    return Store(
        StoredJournal(database, lambda: NOON),
        StoredRooms(database),
        StoredDirectory(database),
        StoredKeys(database, lambda size: b"s" * size),
        StoredSessions(database),
        StoredAttachments(database),
        StoredLeases(database, lambda: NOON),
    )


def sharded_store_of(shards: Shards) -> Store:
    stores = sharded_stores_of(shards, lambda: NOON, lambda size: b"s" * size)
    return Store(
        stores.journal, stores.rooms, stores.directory, stores.keys, stores.sessions,
        stores.attachments, stores.leasing,
    )  # fmt: skip


@contextmanager
def heard() -> Iterator[Statements]:
    """Collect what is asked, with its values."""
    statements: Statements = []

    def hear(
        _connection: object, _cursor: object, statement: str, values: object, *_: object
    ) -> None:
        statements.append((statement, values))

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "messenger.db"


@pytest.fixture
async def database() -> AsyncIterator[Database]:
    async with open_database("sqlite://") as database:
        yield database


@pytest.fixture
async def store(database: Database) -> Store:
    store = store_of(database)
    await settle(store)
    return store


def one(connection: Connection) -> object:
    return connection.execute(text("SELECT 1")).scalar_one()


def nonsense(connection: Connection) -> object:
    return connection.execute(text("SELECT nothing FROM nowhere")).scalar_one()


def bug(_connection: Connection) -> object:
    return 1 // 0
