"""Statements compiled once, for the four by which commands are written: every message runs three.

They go past SQLAlchemy's execution, straight to the driver: its 100 to 350 microseconds a statement
are nothing beside a page, and more than all the rest beside one message in a batch of its own.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Dialect,
    String,
    Table,
    any_,
    bindparam,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.expression import Executable

from messenger.storage import tables

T = TypeVar("T")

AT_ONCE = 1_000
"""Values a statement names: both databases refuse more than some 32,000, and whoever reports may
make more rooms than that.
"""
COUNTED = (
    "head", "file_head", "seen_by_team", "seen_by_reporter", "waiting_since", "mailed",
    "mail_due", "pace_to_claim", "pace_to_answer", "pace_to_close",
)  # fmt: skip
"""The columns of a room that words alone can change; `rows.counted_row` has their order."""
CHANGING = (
    *COUNTED, "urgency", "status", "responder", "participants", "invited", "returned", "delete_on",
    "closing",
)  # fmt: skip
"""All that a command can change; `rows.changing_row` has their order."""


class Statement:
    """A statement of Core that takes its rows by place, in the order of `names`.

    It raises the driver's errors: whoever begins a transaction has them `translated`.
    """

    def __init__(self, statement: Executable, dialect: Dialect, names: Sequence[str]) -> None:
        compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        places = tuple(getattr(compiled, "positiontup", None) or compiled.params)
        if places != tuple(names):
            raise AssertionError(f"{places} is not the order of {names}")
        self._sql = str(compiled)

    def run(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        if rows:
            connection.connection.cursor().executemany(self._sql, rows)

    def find(self, connection: Connection, parameter: object) -> list[tuple[Any, ...]]:
        """Return the rows it finds with its one parameter."""
        cursor = connection.connection.cursor()
        cursor.execute(self._sql, (parameter,))
        return [tuple(row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class HotStatements:
    """A room, locked; one new event; one room after its commands.

    Where only words were said, none of the room's indexes and references needs to be touched.
    """

    lock: Callable[[Connection, Sequence[str]], list[tuple[Any, ...]]]
    """Lock the rooms of these ids, in their order, and return the rows that are there."""
    insert_event: Statement
    count_room: Statement
    update_room: Statement


_IS_THERE = (~tables.room.c.erased, ~tables.room.c.moving)


@lru_cache(maxsize=4)
def hot_statements(dialect: Dialect) -> HotStatements:
    this = tables.room.c.id == bindparam("room_id")

    def change(names: tuple[str, ...]) -> Statement:
        values: list[tuple[Any, Any]] = [(tables.room.c[name], bindparam(name)) for name in names]
        changed = update(tables.room).where(this).ordered_values(*values)
        return Statement(changed, dialect, [*names, "room_id"])

    return HotStatements(
        _lock_all(dialect) if dialect.name == "postgresql" else _lock_each(dialect),
        Statement(insert(tables.event), dialect, tables.event.c.keys()),
        change(COUNTED),
        change(CHANGING),
    )


def _lock_each(dialect: Dialect) -> Callable[..., list[tuple[Any, ...]]]:
    """Where asking costs nothing, and who writes has locked everything already."""
    this = tables.room.c.id == bindparam("room_id")
    one = Statement(select(tables.room).where(this, *_IS_THERE), dialect, ["room_id"])
    return lambda connection, ids: [row for id in ids for row in one.find(connection, id)]


def _lock_all(dialect: Dialect) -> Callable[..., list[tuple[Any, ...]]]:
    these = tables.room.c.id == any_(bindparam("ids", type_=ARRAY(String)))
    query = select(tables.room).where(these, *_IS_THERE).order_by(tables.room.c.id)
    return Statement(query.with_for_update(), dialect, ["ids"]).find


def among(
    connection: Connection, column: ColumnElement[Any], values: Collection[Any]
) -> ColumnElement[bool]:
    """Whether `column` has one of `values`. For PostgreSQL they are one array: an IN of another
    length would be another statement to it, to be put together, taken apart and planned anew.
    """
    if connection.dialect.name == "postgresql":
        return column == any_(literal([*values], ARRAY(column.type)))
    return column.in_(values)


def portions(values: Collection[T]) -> Iterator[list[T]]:
    """Cut `values` into what one statement may name."""
    left = iter(values)
    while some := list(islice(left, AT_ONCE)):
        yield some


def upsert(connection: Connection, table: Table) -> Any:
    """An INSERT with ON CONFLICT, which both databases have, each under its own name."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return insert(table)


@contextmanager
def translated(connection: Connection) -> Iterator[None]:
    """Raise the driver's errors as SQLAlchemy does, without a parameter in them."""
    driver = connection.dialect.loaded_dbapi
    try:
        yield
    except driver.Error as error:
        raise DBAPIError.instance(None, None, error, driver.Error, hide_parameters=True) from error
