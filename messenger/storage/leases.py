"""Who does what must be done once: leases, told apart by the database's clock."""

from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    and_,
    cast,
    delete,
    extract,
    func,
    inspect,
    literal,
    select,
    update,
)

from messenger.ports.world import Clock
from messenger.storage import tables
from messenger.storage.database import Transactions
from messenger.storage.statements import upsert

LONGEST = 20.0
"""Seconds until whoever was killed holds no lease any more: longer than any lasts that is renewed."""
_LEASE = tables.lease.c


class StoredLeases:
    """Leases in the database. `clock` is for SQLite, which has none: PostgreSQL uses its own, since
    those of its clients differ.
    """

    def __init__(self, database: Transactions, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def hold(self, name: str, holder: str, seconds: float) -> bool:
        # Look before: whoever asks for the row waits until its holder's batch is committed, and
        # that one may wait for a room of ours.
        if await self._database.read(lambda c: self._is_another_s(c, name, holder)):
            return False
        return await self._database.write(lambda c: self._hold(c, name, holder, seconds))

    async def renew(self, name: str, holder: str, seconds: float) -> bool:
        return await self._database.write(lambda c: self.renew_in(c, name, holder, seconds))

    async def release(self, name: str, holder: str) -> None:
        await self._database.execute(delete(tables.lease).where(_is_of(name, holder)))

    async def is_served(self) -> bool:
        """Return whether anybody holds one that is renewed, as one of those who serve always does.

        What lasts longer is a mark that nobody holds: when a mail went out, say.
        """
        return await self._database.read(self._is_served)

    def _is_another_s(self, connection: Connection, name: str, holder: str) -> bool:
        another_s = and_(_LEASE.name == name, _LEASE.holder != holder)
        query = select(_LEASE.name).where(another_s, _runs(self._now(connection)))
        return connection.execute(query).first() is not None

    def _is_served(self, connection: Connection) -> bool:
        if not inspect(connection).has_table(tables.lease.name):
            return False  # Tables of before there were any.
        is_held = and_(_runs(self._now(connection)), _LEASE.until - _LEASE.since <= LONGEST)
        query = select(_LEASE.name).where(is_held)
        return connection.execute(query).first() is not None

    def _hold(self, connection: Connection, name: str, holder: str, seconds: float) -> bool:
        now = self._now(connection)
        # All of them, whatever their name: when a mail went out is not to be kept.
        connection.execute(delete(tables.lease).where(~_runs(now)))
        taking = upsert(connection, tables.lease).values(
            name=name, holder=holder, since=now, until=now + seconds
        )
        renewed = {"since": taking.excluded.since, "until": taking.excluded.until}
        holding = taking.on_conflict_do_update(
            index_elements=[_LEASE.name], set_=renewed, where=_LEASE.holder == holder
        )
        return bool(connection.execute(holding).rowcount)

    def renew_in(self, connection: Connection, name: str, holder: str, seconds: float) -> bool:
        """The same in the caller's transaction, for what may be written by its holder alone."""
        now = self._now(connection)
        ours = update(tables.lease).where(_is_of(name, holder), _runs(now))
        return bool(connection.execute(ours.values(since=now, until=now + seconds)).rowcount)

    def _now(self, connection: Connection) -> ColumnElement[float]:
        """Unix seconds. Not `now()`, which stands still in a transaction that waits for a row."""
        if connection.dialect.name == "postgresql":
            return cast(extract("epoch", func.clock_timestamp()), Double)
        return literal(self._clock().timestamp())


def _is_of(name: str, holder: str) -> ColumnElement[bool]:
    return and_(_LEASE.name == name, _LEASE.holder == holder)


def _runs(now: ColumnElement[float]) -> ColumnElement[bool]:
    """One that begins in the future is from before the clock was set back: it could last for hours."""
    return and_(_LEASE.since <= now, now < _LEASE.until)
