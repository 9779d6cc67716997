"""Moving house: rows of one database copied to another, and read back."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, Row, Select, Table, insert, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError

from messenger.domain.errors import BadSetting, StoreDown
from messenger.storage.tables import metadata, organization, placement
from messenger.storage.upgrade import upgrade

if TYPE_CHECKING:
    from messenger.storage.embedded import EmbeddedDatabase
    from messenger.storage.postgres import PostgresDatabase

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


async def copy_database(source: "EmbeddedDatabase", target: "PostgresDatabase") -> dict[str, int]:
    """Copy every row, and read all of it back; return how many rows each table has.

    It is one transaction: whatever goes wrong, `target` stays as it was. Nobody writes to `source`
    meanwhile, which has this version's tables. Raises `StoreDown`, and `BadSetting` for a `target`
    that is not empty or does not keep what it is given.
    """
    with _held(source.engine) as held:
        return await target.alone(partial(_copy, held))


def has_organization(connection: Connection) -> bool:
    """Return whether there is one, here or in a shard. There may be no tables yet, or older ones."""
    there = inspect(connection).get_table_names()
    wanted = [table for table in (organization, placement) if table.name in there]
    return any(connection.execute(select(*table.primary_key)).first() for table in wanted)


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
    return copy_rows(source, target, {table: select(table) for table in metadata.sorted_tables})


def copy_rows(
    source: Connection, target: Connection, wanted: Mapping[Table, Select[Any]]
) -> dict[str, int]:
    """Copy the `wanted` rows of each table, in that order, and find the same there afterwards.

    In the caller's transaction. Raises `BadSetting` if the target keeps something else.
    """
    sent = {table: _send(source, target, table, query) for table, query in wanted.items()}
    for table, tally in sent.items():
        if _read_back(target, wanted[table]) != tally:
            raise BadSetting(_NOT_THE_SAME.format(table=table.name))
    return {table.name: tally.rows for table, tally in sent.items()}


def _check_empty(target: Connection) -> None:
    names = map(target.dialect.identifier_preparer.format_table, metadata.sorted_tables)
    # They may have been there before: nobody fills them while we look.
    target.execute(text(f"lock table {', '.join(names)}"))
    for table in metadata.sorted_tables:
        if target.execute(select(table).limit(1)).first() is not None:
            raise BadSetting(_NOT_EMPTY.format(table=table.name))


def _send(source: Connection, target: Connection, table: Table, query: Select[Any]) -> Tally:
    tally = Tally()
    for rows in _chunks(source, query):
        target.execute(insert(table), [row._asdict() for row in rows])
        tally.add(rows)
    return tally


def _read_back(target: Connection, query: Select[Any]) -> Tally:
    tally = Tally()
    for rows in _chunks(target, query):
        tally.add(rows)
    return tally


def _chunks(connection: Connection, query: Select[Any]) -> Iterator[Sequence[Row[Any]]]:
    return connection.execute(query.execution_options(yield_per=CHUNK)).partitions()


def _digest(row: Row[Any]) -> int:
    """Of the values as Python knows them, which are the same whichever database they come from."""
    return int.from_bytes(blake2b(repr(tuple(row)).encode(), digest_size=32).digest())
