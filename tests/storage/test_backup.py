"""A copy taken while people write."""

import asyncio
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import anyio.to_thread
import pytest

from messenger.domain.errors import BadSetting, StoreDown
from messenger.storage.backup import snapshot
from messenger.storage.database import Database
from tests.contracts.world import OAK, open_room, post, settle
from tests.storage.conftest import open_database, store_of


async def fill(database: Database, messages: int) -> None:
    store = store_of(database)
    await settle(store)
    room = await open_room(store)
    await asyncio.gather(*(store.journal.submit(post(room, f"words {n}")) for n in range(messages)))


async def test_a_copy_has_all_that_was_said_by_then_and_is_nobody_else_s(
    path: Path, tmp_path: Path
) -> None:
    target = tmp_path / "copy.db"
    async with open_database(f"sqlite:///{path}") as database:
        await fill(database, 9)

        await anyio.to_thread.run_sync(snapshot, path, target)

    with closing(sqlite3.connect(target)) as copy:
        assert copy.execute("SELECT count(*), max(seq) FROM event").fetchone() == (10, 10)
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


async def test_a_copy_taken_in_the_middle_of_it_has_whole_batches_only(
    path: Path, tmp_path: Path
) -> None:
    target = tmp_path / "copy.db"
    async with open_database(f"sqlite:///{path}") as database, anyio.create_task_group() as tasks:
        await fill(database, 1)
        store = store_of(database)
        room = await store.rooms.find_room((await store.rooms.rooms(OAK.id))[0].id)
        assert room is not None

        async def say(words: str) -> None:
            await store.journal.submit(post(room, words))

        for n in range(300):
            tasks.start_soon(say, f"more words {n}")

        await anyio.to_thread.run_sync(snapshot, path, target)

    with closing(sqlite3.connect(target)) as copy:
        head, count, last = copy.execute(
            "SELECT (SELECT head FROM room), count(*), max(seq) FROM event"
        ).fetchone()
    assert head == count == last


def test_a_copy_overwrites_nothing(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    sqlite3.connect(path).close()
    target = tmp_path / "copy.db"
    target.write_text("an older copy")

    with pytest.raises(BadSetting, match="File exists"):
        snapshot(path, target)

    assert target.read_text() == "an older copy"


def test_without_a_database_there_is_no_copy(path: Path, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="no database"):
        snapshot(path, tmp_path / "copy.db")

    assert not (tmp_path / "copy.db").exists()


def test_of_what_is_no_database_no_half_copy_is_left(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    path.write_text("This is a letter, and not a short one at that. " * 100)

    with pytest.raises(StoreDown):
        snapshot(path, tmp_path / "copy.db")

    assert not (tmp_path / "copy.db").exists()
