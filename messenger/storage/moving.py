"""Moving an organization from one database to another while its people talk.

The order makes it safe. Its rows at the source are marked as `moving`: from that commit on nobody reads
or writes them, and who wants to waits. All of them are copied, so marked, in one transaction, and read
back. One row of the home database then says where it is: that decides. What is left is `tidy`: the rows
that count lose their mark, and the others go. Whoever holds the lease of the organization's move may
tidy up after another, at any time: until it is decided, the source counts, and afterwards the target.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

import anyio
from sqlalchemy import Connection, Select, Table, Update, delete, select, update

from messenger.domain.errors import BadSetting, NotFound, StoreDown
from messenger.domain.ids import OrganizationId
from messenger.leased import leased
from messenger.storage import tables
from messenger.storage.copying import copy_rows
from messenger.storage.database import Database
from messenger.storage.leases import StoredLeases
from messenger.storage.shards import HOME, Shards
from messenger.storage.statements import upsert
from messenger.storage.tables import metadata

T = TypeVar("T")

MOVING_LEASE = 10.0
"""Seconds until another process may tidy up after one that is dead, or was paused."""
TRIES = 15
"""How often the command asks for the lease, a second apart: who had it may have died."""
NOBODY_S = (tables.deployment, tables.lease, tables.placement)
"""Tables of a database as such. Every other row is some organization's."""
_AT_ONCE = 20
_REFERRED_TO = (tables.room, tables.member, tables.school)
"""What other rows name, in the order in which they can go. Each that goes is looked for there."""

_ORGANIZATION = tables.organization.c
_ROOM = tables.room.c
_PLACEMENT = tables.placement.c


class Moving:
    """Moves organizations, and tidies up after others. `errand` is random, and made for each of us."""

    def __init__(self, shards: Shards, leases: StoredLeases, errand: str) -> None:
        self._shards = shards
        self._leases = leases
        self._errand = errand

    async def move(self, organization: OrganizationId, shard: str) -> dict[str, int]:
        """Move it there; return how many rows of each table went.

        Raises `BadSetting` with what to do, and `StoreDown`. Safe to repeat whatever happened.
        """
        if shard not in self._shards.databases:
            raise BadSetting(_NO_SHARD.format(name=shard, known=", ".join(self._shards.databases)))
        return await self._alone(organization, lambda: self._move(organization, shard), TRIES)

    async def tidy_up(self) -> None:
        """End what others began and nobody works on any more."""
        for organization in await self._on_their_way():
            with suppress(BadSetting, StoreDown):  # Somebody does, or the next round can.
                await self._alone(organization, partial(self._tidy, organization))

    async def find_lost(self) -> list[str]:
        """Say of each organization that is not just where its placement says what to do about it."""
        placed = await self._shards.home.read(_placements)
        lost, found = [], set[str]()
        for name, database in self._shards.databases.items():
            for organization, slug in sorted(await database.read(_unmarked)):
                if placed.get(organization, HOME) == name:
                    found.add(organization)
                else:
                    place = placed.get(organization, HOME)
                    lost.append(_NOT_IN_USE.format(slug=slug, name=name, place=place))
        missing = sorted(placed.keys() - found)
        return lost + [_MISSING.format(id=id, name=placed[id]) for id in missing]

    async def _move(self, organization: OrganizationId, shard: str) -> dict[str, int]:
        await self._tidy(organization)
        before = await self._shards.placed(organization)
        if before == shard:
            raise BadSetting(_THERE_ALREADY.format(name=shard))
        source, target = self._shards.databases[before], self._shards.databases[shard]
        if await target.read(lambda c: _mark_of(c, organization)) is not None:
            raise BadSetting(_LEFT_THERE.format(name=shard, before=before))
        try:
            await source.write(lambda c: _mark(c, organization, self._errand))
            copied = await self._copy(source, target, organization)
            await self._decide(organization, shard)
        finally:
            with anyio.CancelScope(shield=True), suppress(StoreDown):
                await self._tidy(organization)
        return copied

    async def _copy(
        self, source: Database, target: Database, organization: OrganizationId
    ) -> dict[str, int]:
        from messenger.storage.postgres import PostgresDatabase  # noqa: PLC0415 (see connect.py)

        if not (isinstance(source, PostgresDatabase) and isinstance(target, PostgresDatabase)):
            raise BadSetting(_NOT_POSTGRES)
        wanted = {table: rows_of(table, organization) for table in tables_of_organizations()}
        async with source.snapshot() as snapshot:
            return await target.alone(lambda c: copy_rows(snapshot, c, wanted))

    async def _decide(self, organization: OrganizationId, shard: str) -> None:
        def decide(connection: Connection) -> None:
            # Who lost the lease may have been tidied up after, and what was copied is old by now.
            if not self._leases.renew_in(
                connection, _lease(organization), self._errand, MOVING_LEASE
            ):
                raise BadSetting(_INTERRUPTED)
            _place(connection, organization, shard)

        await self._shards.home.write(decide)

    async def _tidy(self, organization: OrganizationId) -> None:
        """Have the rows that count be used again, then delete those that do not.

        Whoever was paused in here, and lost the lease, harms nobody: the marks were read before it
        was known to be held, and each change names the mark it is for.
        """
        marks = {}
        for name, database in self._shards.databases.items():
            marks[name] = await database.read(lambda c: _mark_of(c, organization))
        if not await self._leases.renew(_lease(organization), self._errand, MOVING_LEASE):
            return
        placed = await self._shards.placed(organization)
        if marks.get(placed) is None:
            return  # Nothing is deleted while that is not there which counts.
        for name in sorted(marks, key=lambda name: name != placed):
            mark, database = marks[name], self._shards.databases[name]
            if mark and name == placed:
                await database.write(partial(_unmark, organization, mark))
            elif mark:
                await self._delete(database, organization, mark)

    async def _delete(self, database: Database, organization: OrganizationId, mark: str) -> None:
        """What others name goes some at a time: a statement has a deadline, and others come between."""
        for table in _REFERRED_TO:
            while await database.write(partial(_delete_some, table, organization, mark)):
                pass
        for table in reversed(tables_of_organizations()):
            await database.write(partial(_delete_from, table, organization, mark))

    async def _on_their_way(self) -> set[OrganizationId]:
        query = select(_ORGANIZATION.id).where(_ORGANIZATION.moving.is_not(None))
        found = await self._shards.each(lambda here: here.read(lambda c: c.scalars(query).all()))
        return {OrganizationId(id) for ids in found for id in ids}

    async def _alone(
        self, organization: OrganizationId, work: Callable[[], Awaitable[T]], tries: int = 1
    ) -> T:
        """Do `work` with the lease of its move, which no long copy loses."""
        for left in reversed(range(tries)):
            async with leased(
                self._leases, _lease(organization), self._errand, MOVING_LEASE
            ) as lease:
                if lease:
                    return await work()
            await anyio.sleep(1 if left else 0)
        raise BadSetting(_AT_WORK)


def rows_of(table: Table, organization: OrganizationId) -> Select[tuple[object, ...]]:
    """Return the query for the rows of a table that belong to an organization."""
    columns = table.c
    if table is tables.organization:
        return select(table).where(columns.id == organization)
    if "organization" in columns:
        return select(table).where(columns.organization == organization)
    of = tables.room if "room" in columns else tables.member
    ours = select(of.c.id).where(of.c.organization == organization)
    return select(table).where(columns[of.name].in_(ours))


def tables_of_organizations() -> list[Table]:
    """Each after those it refers to."""
    return [table for table in metadata.sorted_tables if table not in NOBODY_S]


def _mark(connection: Connection, organization: OrganizationId, errand: str) -> None:
    this = _ORGANIZATION.id == organization
    # Waits for everybody who writes something of it, which a mere update would not.
    found = connection.execute(select(_ORGANIZATION.id).where(this).with_for_update()).first()
    if found is None:
        raise NotFound
    connection.execute(update(tables.organization).where(this).values(moving=errand))
    connection.execute(_rooms_of(organization).values(moving=True))


def _mark_of(connection: Connection, organization: OrganizationId) -> str | None:
    """Return who marked it, nothing if nobody did, and None if it is not there at all."""
    query = select(_ORGANIZATION.moving).where(_ORGANIZATION.id == organization)
    row = connection.execute(query).first()
    return None if row is None else row.moving or ""


def _unmark(organization: OrganizationId, mark: str, connection: Connection) -> None:
    this = (_ORGANIZATION.id == organization, _ORGANIZATION.moving == mark)
    if connection.execute(update(tables.organization).where(*this).values(moving=None)).rowcount:
        connection.execute(_rooms_of(organization).values(moving=False))


def _place(connection: Connection, organization: OrganizationId, shard: str) -> None:
    if shard == HOME:
        connection.execute(delete(tables.placement).where(_PLACEMENT.organization == organization))
        return
    statement = upsert(connection, tables.placement)
    statement = statement.values(organization=organization, shard=shard)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["organization"], set_={"shard": statement.excluded.shard}
        )
    )


def _delete_some(
    table: Table, organization: OrganizationId, mark: str, connection: Connection
) -> bool:
    """Delete some of its rows with all that names them; return whether there were any."""
    if not _is_marked(connection, organization, mark):
        return False
    theirs = select(table.c.id).where(table.c.organization == organization)
    ids = connection.scalars(theirs.limit(_AT_ONCE)).all()
    for other in reversed(metadata.sorted_tables):
        if table.name in other.c:
            connection.execute(delete(other).where(other.c[table.name].in_(ids)))
    connection.execute(delete(table).where(table.c.id.in_(ids)))
    return bool(ids)


def _delete_from(
    table: Table, organization: OrganizationId, mark: str, connection: Connection
) -> None:
    if _is_marked(connection, organization, mark):
        which = rows_of(table, organization).whereclause
        connection.execute(delete(table).where(which))  # type: ignore[arg-type]


def _is_marked(connection: Connection, organization: OrganizationId, mark: str) -> bool:
    this = (_ORGANIZATION.id == organization, _ORGANIZATION.moving == mark)
    query = select(_ORGANIZATION.id).where(*this).with_for_update()
    return connection.execute(query).first() is not None


def _rooms_of(organization: OrganizationId) -> Update:
    return update(tables.room).where(_ROOM.organization == organization)


def _placements(connection: Connection) -> dict[str, str]:
    query = select(_PLACEMENT.organization, _PLACEMENT.shard)
    return {row.organization: row.shard for row in connection.execute(query)}


def _unmarked(connection: Connection) -> set[tuple[str, str]]:
    """Return id and short name of the organizations whose rows here are in use."""
    query = select(_ORGANIZATION.id, _ORGANIZATION.slug).where(_ORGANIZATION.moving.is_(None))
    return {(id, slug) for id, slug in connection.execute(query)}


def _lease(organization: OrganizationId) -> str:
    return f"move {organization}"


_NO_SHARD = "There is no shard “{name}”. MESSENGER_SHARDS names: {known}."
_THERE_ALREADY = "It is in the shard “{name}” already."
_NOT_POSTGRES = "Organizations move between PostgreSQL servers: set MESSENGER_DATABASE to one."
_AT_WORK = "Somebody moves it right now. Nothing was done."
_LEFT_THERE = (
    "The shard “{name}” has rows of it that nobody uses: those in “{before}” count. Was it restored "
    "from an older backup? Nothing was done."
)
_NOT_IN_USE = (
    "The shard “{name}” has rows of {slug}, which nobody reads: those in “{place}” count. Was one of "
    "the two restored from a backup of another day? Compare them before you delete anything."
)
_MISSING = (
    "The organization {id} is to be in the shard “{name}”, and is not there, or on its way: wait a "
    "minute while the service runs. If it stays so, restore the backup of that shard."
)
_INTERRUPTED = (
    "It was interrupted for so long that another process put everything back. Nothing was moved, and "
    "nothing lost. Try again."
)
