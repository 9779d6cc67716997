"""A database in a file, copied to a real PostgreSQL: every row of every table, or nothing."""

import sqlite3
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date, time
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import pytest
from asyncpg.exceptions import LockNotAvailableError  # type: ignore[import-untyped]
from sqlalchemy import URL, Connection, Table, event, insert, inspect, make_url, select, text

from messenger.domain.errors import BadSetting, StoreDown
from messenger.storage import tables
from messenger.storage.copying import CHUNK, copy_database
from messenger.storage.embedded import EmbeddedDatabase
from messenger.storage.postgres import PostgresDatabase
from messenger.storage.tables import metadata
from tests.postgres import Postgres
from tests.server import run_apart

pytestmark = pytest.mark.slow

SAMPLES: dict[type, Any] = {
    str: "Zoë's “wörds” \\ \n %s :x",
    int: 1,
    float: 1_893_456_000.1234567,
    bool: True,
    bytes: bytes(range(256)),
    object: [{"label": "Emergencia", "number": "911"}],
    time: time(7, 30),
    date: date(2026, 12, 25),
}
"""A value for every kind of column. Where a table refers to another, the same value is in both."""
CUT = (
    "select pg_terminate_backend(pid) from pg_stat_activity "
    "where datname = current_database() and pid != pg_backend_pid()"
)


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


@pytest.fixture
async def target(server: Postgres) -> AsyncIterator[PostgresDatabase]:
    async with PostgresDatabase(make_url(server.database())) as target:
        yield target


@pytest.fixture
async def source(path: Path) -> AsyncIterator[EmbeddedDatabase]:
    """With a row in every table."""
    async with EmbeddedDatabase(f"sqlite:///{path}") as source:
        await source.upgrade()
        for table in metadata.sorted_tables:
            await source.execute(insert(table).values(row_of(table)))
        yield source


def row_of(table: Table) -> dict[str, Any]:
    return {column.name: SAMPLES[column.type.python_type] for column in table.columns}


def add_events(connection: Connection, count: int, size: int) -> None:
    row = row_of(tables.event) | {"sealed": b"x" * size}
    rows = [row | {"seq": seq, "client_id": f"{seq}"} for seq in range(2, count + 2)]
    connection.execute(insert(tables.event), rows)


def rows_of(connection: Connection) -> dict[str, set[str]]:
    return {
        table.name: {repr(row) for row in connection.execute(select(table))}
        for table in metadata.sorted_tables
    }


def meddle(answer: str, connection: Connection) -> None:
    """Have every event changed on its way into the table; an answer of null lets none in."""
    body = f"begin new.sealed := ''; return {answer}; end"
    for statement in (
        f"create function meddle() returns trigger language plpgsql as $${body}$$",
        "create trigger meddle before insert on event for each row execute function meddle()",
    ):
        connection.execute(text(statement))


def names_of(connection: Connection) -> list[str]:
    return inspect(connection).get_table_names()


def content_of(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def ask(url: URL, statement: str) -> None:
    """Have another connection do something, and wait for it."""

    async def work() -> None:
        connection = await asyncpg.connect(url.render_as_string(hide_password=False), timeout=30)
        try:
            await connection.execute(statement, timeout=30)
        finally:
            connection.terminate()

    run_apart(work)


@contextmanager
def when_reading(
    source: EmbeddedDatabase, table: Table, then: Callable[[], object]
) -> Iterator[None]:
    """Do something at the moment when the copy comes to that table, and make sure it does."""
    came = []

    def look(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.endswith(f"FROM {table.name}"):
            came.append(table)
            then()

    event.listen(source.engine, "before_cursor_execute", look)
    yield
    event.remove(source.engine, "before_cursor_execute", look)
    assert came == [table]


# All of it


async def test_every_row_of_every_table_is_there_afterwards(
    source: EmbeddedDatabase, target: PostgresDatabase
) -> None:
    copied = await copy_database(source, target)

    there = await target.read(rows_of)
    assert there == await source.read(rows_of)
    assert copied == dict.fromkeys(metadata.tables, 1)
    assert [name for name, rows in there.items() if not rows] == []
    assert set(await target.read(names_of)) == {*metadata.tables, "alembic_version"}


def test_no_table_has_its_numbers_from_the_database_which_would_begin_again_at_one() -> None:
    assert [
        table for table in metadata.sorted_tables if table.autoincrement_column is not None
    ] == []


async def test_an_empty_file_makes_an_empty_database(path: Path, target: PostgresDatabase) -> None:
    async with EmbeddedDatabase(f"sqlite:///{path}") as source:
        await source.upgrade()

        copied = await copy_database(source, target)

    assert copied == dict.fromkeys(metadata.tables, 0)
    assert set(await target.read(names_of)) == {*metadata.tables, "alembic_version"}


async def test_a_table_passes_through_in_pieces(
    source: EmbeddedDatabase, target: PostgresDatabase
) -> None:
    count, size = 12 * CHUNK + 1, 16_000
    await source.write(lambda c: add_events(c, count, size))

    tracemalloc.start()
    copied = await copy_database(source, target)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert copied["event"] == count + 1
    assert peak < count * size / 2


# Or nothing


async def test_a_database_that_holds_something_is_left_as_it_is(
    source: EmbeddedDatabase, target: PostgresDatabase
) -> None:
    await target.upgrade()
    await target.execute(insert(tables.organization).values(row_of(tables.organization)))
    before = await target.read(rows_of)

    with pytest.raises(
        BadSetting, match=r"holds something already \(in its table “organization”\)"
    ):
        await copy_database(source, target)

    assert await target.read(rows_of) == before


async def test_a_second_copy_is_refused(source: EmbeddedDatabase, target: PostgresDatabase) -> None:
    await copy_database(source, target)
    before = await target.read(rows_of)

    with pytest.raises(BadSetting, match="holds something already"):
        await copy_database(source, target)

    assert await target.read(rows_of) == before


async def test_a_row_that_is_refused_leaves_nothing(
    source: EmbeddedDatabase, target: PostgresDatabase, path: Path
) -> None:
    """The last table has it: PostgreSQL keeps no NUL in a text."""
    odd = row_of(tables.room_grant) | {"recipient": "\0"}
    await source.execute(insert(tables.room_grant).values(odd))
    before = content_of(path)

    with pytest.raises(StoreDown):
        await copy_database(source, target)

    assert await target.read(names_of) == []
    assert content_of(path) == before


async def test_a_connection_cut_in_the_middle_of_it_leaves_nothing(
    source: EmbeddedDatabase, server: Postgres, path: Path
) -> None:
    before, url = content_of(path), make_url(server.database())

    async with PostgresDatabase(url) as target:
        with when_reading(source, tables.event, partial(ask, url, CUT)), pytest.raises(StoreDown):
            await copy_database(source, target)

    async with PostgresDatabase(url) as target:
        assert await target.read(names_of) == []
        assert content_of(path) == before
        assert (await copy_database(source, target))["event"] == 1


@pytest.mark.parametrize("answer", ["null", "new"])
async def test_a_server_that_keeps_something_else_than_it_was_given_is_found_out(
    source: EmbeddedDatabase, target: PostgresDatabase, answer: str
) -> None:
    await target.upgrade()
    await target.write(partial(meddle, answer))

    with pytest.raises(BadSetting, match="“event” is not what it was given"):
        await copy_database(source, target)

    assert set(map(len, (await target.read(rows_of)).values())) == {0}


# Meanwhile


async def test_meanwhile_nobody_writes_to_the_file(
    source: EmbeddedDatabase, target: PostgresDatabase, path: Path
) -> None:
    def write() -> None:
        with (
            closing(sqlite3.connect(path, timeout=0)) as connection,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            connection.execute("BEGIN IMMEDIATE")

    with when_reading(source, tables.event, write):
        copied = await copy_database(source, target)

    assert copied["event"] == 1


async def test_meanwhile_nobody_fills_the_database_either(
    source: EmbeddedDatabase, server: Postgres
) -> None:
    url = make_url(server.database())

    def fill() -> None:
        with pytest.raises(LockNotAvailableError):
            # What whoever inserts needs first.
            ask(url, "set lock_timeout = 100; lock table deployment in row exclusive mode")

    async with PostgresDatabase(url) as target:
        await target.upgrade()
        with when_reading(source, tables.event, fill):
            copied = await copy_database(source, target)

    assert copied["event"] == 1
