"""What others write to the file is news; what we write is not."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import anyio
import pytest

from messenger.storage.embedded import EmbeddedDatabase
from tests.contracts.world import Store, open_room, post
from tests.storage.conftest import open_embedded


@pytest.fixture
async def database(path: Path) -> AsyncIterator[EmbeddedDatabase]:
    async with open_embedded(f"sqlite:///{path}") as database:
        yield database


def write_from_elsewhere(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE member SET standing = 'disabled' WHERE id = 'ben'")
        connection.commit()


async def test_the_command_line_s_writes_are_news_within_a_second(
    database: EmbeddedDatabase, store: Store, path: Path
) -> None:
    assert not await database._has_changed()

    write_from_elsewhere(path)

    with anyio.fail_after(20):
        await database.news()


async def test_our_own_writes_are_no_news(database: EmbeddedDatabase, store: Store) -> None:
    room = await open_room(store)

    with anyio.move_on_after(0.6) as patience:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(database.news)
            for n in range(5):
                await store.journal.submit(post(room, f"words {n}"))
                await anyio.sleep(0.05)

    assert patience.cancelled_caught


async def test_each_change_is_told_once(
    database: EmbeddedDatabase, store: Store, path: Path
) -> None:
    assert not await database._has_changed()
    write_from_elsewhere(path)
    with anyio.fail_after(20):
        await database.news()

    with anyio.move_on_after(0.4) as patience:
        await database.news()

    assert patience.cancelled_caught
