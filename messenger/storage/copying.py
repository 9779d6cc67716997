"""Moving house: every row of the database in a file, copied to an empty one on a server."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, Engine, Row, Table, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from messenger.domain.errors import BadSetting, StoreDown
from messenger.storage.embedded import EmbeddedDatabase
from messenger.storage.postgres import PostgresDatabase
from messenger.storage.tables import metadata
from messenger.storage.upgrade import upgrade

CHUNK = 200
"""Rows in memory at a time. The largest, full messages, take some 10 MB so."""
_DIGESTS = 2**256

_NOT_EMPTY = (
    "The PostgreSQL of MESSENGER_DATABASE holds something already (in its table “{table}”). "
    "Nothing was changed. Make a new, empty database for this."
)
_NOT_THE_SAME = (
    "What PostgreSQL kept in its table “{table}” is not what it was given. Nothing was copied. "
    "Make a new, empty database with the encoding UTF8, and nothing of its own in it."
)


@dataclass(slots=True)
class Tally:
    """How many rows there were, and a digest of them in any order: each database has its own."""

    rows: int = 0
    digest: int = 0

    def add(self, rows: Sequence[Row[Any]]) -> None:
        self.rows += len(rows)
        self.digest = (self.digest + sum(map(_digest, rows))) % _DIGESTS


async def copy_database(source: EmbeddedDatabase, target: PostgresDatabase) -> dict[str, int]:
    """Copy every row, and read all of it back; return how many rows each table has.

    It is one transaction: whatever goes wrong, `target` stays as it was. Nobody writes to `source`
    meanwhile, which has this version's tables. Raises `StoreDown`, and `BadSetting` for a `target`
    that is not empty or does not keep what it is given.
    """
    with _held(source.engine) as held:
        return await target.alone(partial(_copy, held))


@contextmanager
def _held(engine: Engine) -> Iterator[Connection]:
    """Read, with the lock of the one who writes, and have nothing to commit in the end."""
    try:
        with engine.connect() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise StoreDown from error


def _copy(source: Connection, target: Connection) -> dict[str, int]:
    upgrade(target)
    _check_empty(target)
    sent = {table: _send(source, target, table) for table in metadata.sorted_tables}
    for table, tally in sent.items():
        if _read_back(target, table) != tally:
            raise BadSetting(_NOT_THE_SAME.format(table=table.name))
    return {table.name: tally.rows for table, tally in sent.items()}


def _check_empty(target: Connection) -> None:
    names = map(target.dialect.identifier_preparer.format_table, metadata.sorted_tables)
    # They may have been there before: nobody fills them while we look.
    target.execute(text(f"lock table {', '.join(names)}"))
    for table in metadata.sorted_tables:
        if target.execute(select(table).limit(1)).first() is not None:
            raise BadSetting(_NOT_EMPTY.format(table=table.name))


def _send(source: Connection, target: Connection, table: Table) -> Tally:
    tally = Tally()
    for rows in _chunks(source, table):
        target.execute(insert(table), [row._asdict() for row in rows])
        tally.add(rows)
    return tally


def _read_back(target: Connection, table: Table) -> Tally:
    tally = Tally()
    for rows in _chunks(target, table):
        tally.add(rows)
    return tally


def _chunks(connection: Connection, table: Table) -> Iterator[Sequence[Row[Any]]]:
    return connection.execute(select(table).execution_options(yield_per=CHUNK)).partitions()


def _digest(row: Row[Any]) -> int:
    """Of the values as Python knows them, which are the same whichever database they come from."""
    return int.from_bytes(blake2b(repr(tuple(row)).encode(), digest_size=32).digest())
