"""Several databases, each with some of the organizations; and which has which.

What is so is said in three places. `placement`, in the home database, decides. A shard's own rows of
an organization say `moving` unless they are the ones that count. Processes remember placements, and
are put right by the shard they ask: every transaction looks whether its organization is there.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import anyio
from sqlalchemy import ColumnElement, Connection, FromClause, bindparam, insert, select

from messenger.domain.errors import BadSetting, PerhapsElsewhere, StoreDown
from messenger.domain.ids import OrganizationId
from messenger.storage import tables
from messenger.storage.database import DEADLINE, Database, Transactions
from messenger.storage.statements import portions
from messenger.storage.writer import Handler

T = TypeVar("T")

HOME = "home"
"""The shard that also has what belongs to nobody: placements, leases, the salt of receipts."""
REMEMBERED = 200_000
"""Ids whose organization is kept in memory."""
PAUSE = 0.1
"""Seconds between looks at an organization that is on its way."""

_ORGANIZATION = tables.organization.c
_PLACEMENT = tables.placement.c
_SEEN = select(_ORGANIZATION.moving).where(_ORGANIZATION.id == bindparam("organization"))
_HOLD = (
    select(_ORGANIZATION.id)
    .where(_ORGANIZATION.id == bindparam("organization"))
    .with_for_update(read=True, key_share=True)
)
"""Whoever moves it waits until we have committed. New rooms, which take its next number, do not.

To be followed by `_SEEN`: who waited here is shown the row as it was, unless its key has changed.
"""


class Elsewhere(StoreDown):
    """The organization is not in this database, or on its way to or from it. Nothing was done."""

    def __init__(self, *, is_moving: bool) -> None:
        super().__init__()
        self.is_moving = is_moving


class Here(Transactions):
    """One database for one organization: each transaction looks whether it is there.

    For none, it does not look.
    """

    def __init__(self, database: Database, organization: OrganizationId | None = None) -> None:
        self.database = database
        self._organization = organization

    async def read(self, query: Callable[[Connection], T]) -> T:
        return await self.database.read(lambda c: query(self._checked(c)))

    async def write(
        self, change: Callable[[Connection], T], *, news: bool = False, share: str = ""
    ) -> T:
        return await self.database.write(
            lambda c: change(self._checked(self._held(c))), news=news, share=share
        )

    def put(self, handler: Handler, work: Any, share: str = "") -> asyncio.Future[Any]:
        return self.database.put(handler, work, share)

    def version(self, connection: Connection) -> object:
        return self.database.version(connection)

    async def forget_erased(self) -> None:
        await self.database.forget_erased()

    def _held(self, connection: Connection) -> Connection:
        if self._organization is not None:
            connection.execute(_HOLD, {"organization": self._organization})
        return connection

    def _checked(self, connection: Connection) -> Connection:
        if self._organization is not None:
            row = connection.execute(_SEEN, {"organization": self._organization}).first()
            if row is None or row.moving is not None:
                raise Elsewhere(is_moving=row is not None)
        return connection


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """Things with an id of their own, each of one organization for good; but see `Shards.forget`."""

    id: ColumnElement[Any]
    organization: ColumnElement[Any]
    within: FromClause


def _kind(table: Any, id: str) -> Kind:
    return Kind(table.c[id], table.c.organization, table)


ROOM = _kind(tables.room, "id")
SESSION = _kind(tables.session, "id")
SCHOOL = _kind(tables.school, "id")
MEMBER = _kind(tables.member, "id")
LOGIN = _kind(tables.member, "folded_login")
CODE = _kind(tables.access_code, "code")
SLUG = Kind(_ORGANIZATION.slug, _ORGANIZATION.id, tables.organization)
INVITATION = Kind(
    tables.invitation.c.code_hash, tables.member.c.organization,
    tables.invitation.join(tables.member),
)  # fmt: skip
RECEIPT = Kind(
    tables.receipt.c.lookup, tables.room.c.organization, tables.receipt.join(tables.room)
)


class Shards:
    """Brings each query to the database of its organization."""

    def __init__(self, home: Database, others: Mapping[str, Database]) -> None:
        self.databases = {HOME: home, **others}
        self.home = home
        self._placed: dict[OrganizationId, str] = {}
        self._known: OrderedDict[tuple[Kind, object], OrganizationId] = OrderedDict()

    async def at(self, organization: OrganizationId, work: Callable[[Here], Awaitable[T]]) -> T:
        """Do `work` where the organization is; while it moves, wait for it."""
        try:
            return await self.at_once(organization, work)
        except Elsewhere:
            pass
        with anyio.move_on_after(DEADLINE):
            while True:
                await anyio.sleep(PAUSE)
                try:
                    return await self.at_once(organization, work)
                except Elsewhere:
                    continue
        raise StoreDown

    async def at_once(
        self, organization: OrganizationId, work: Callable[[Here], Awaitable[T]]
    ) -> T:
        """Do `work` where the organization is; raises `Elsewhere` while it moves."""
        elsewhere = Elsewhere(is_moving=False)
        # First where it was last seen, then where it is placed now.
        for _ in range(2):
            database = await self._find(organization)
            try:
                return await work(Here(database, organization))
            except Elsewhere as error:
                elsewhere = error
            self._placed.pop(organization, None)
            if elsewhere.is_moving:
                raise elsewhere
        if await self.home.read(lambda c: _is_nowhere(c, organization)):
            return await work(Here(self.home))  # Which says what is so then.
        raise elsewhere

    async def at_first(
        self, organization: OrganizationId, work: Callable[[Here], Awaitable[T]]
    ) -> T:
        """Do `work` where an organization is placed that is not there yet."""
        return await work(Here(await self._find(organization)))

    async def of(self, kind: Kind, id: object, work: Callable[[Here], Awaitable[T]]) -> T:
        """Do `work` where the organization of `id` is. What is nowhere is not at home either."""
        owners = await self.owners(kind, [id])
        if id not in owners:
            return await work(Here(self.home))
        return await self.at(owners[id], work)

    async def each(self, work: Callable[[Here], Awaitable[T]]) -> list[T]:
        """Do `work` in every database. One that is down keeps nobody from the others."""
        answers = await self._ask(work)
        there = [answer for answer in answers if not isinstance(answer, StoreDown)]
        if not there:
            raise StoreDown
        return there

    async def owners(self, kind: Kind, ids: Iterable[object]) -> dict[Any, OrganizationId]:
        """Return the organizations of those of `ids` that are anywhere."""
        wanted = set(ids)
        owners = {id: found for id in wanted if (found := self._recall(kind, id)) is not None}
        # Twice: it may have moved to where we had asked from where we had not.
        for _ in range(2):
            missing = wanted - owners.keys()
            if missing:
                owners |= await self._search(kind, missing)
        return owners

    async def owner(self, kind: Kind, id: object) -> OrganizationId | None:
        """Return the organization of `id`, if that is anywhere."""
        return (await self.owners(kind, [id])).get(id)

    def remember(self, kind: Kind, ids: Iterable[object], organization: OrganizationId) -> None:
        for id in ids:
            self._known[kind, id] = organization
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    def forget(self, kind: Kind, id: object) -> bool:
        """Look for it anew: a code may come to be another organization's. False if it was not known."""
        return self._known.pop((kind, id), None) is not None

    async def placed(self, organization: OrganizationId) -> str:
        """Return the name of the shard that has the organization now, as far as anybody knows."""
        query = select(_PLACEMENT.shard).where(_PLACEMENT.organization == organization)
        return await self.home.read(lambda c: c.scalars(query).first()) or HOME

    async def _find(self, organization: OrganizationId) -> Database:
        name = self._placed.get(organization)
        if name is None:
            name = self._placed[organization] = await self.placed(organization)
        if name not in self.databases:
            # It was moved to a database this process was not told of.
            self._placed.pop(organization)
            raise StoreDown
        return self.databases[name]

    def _recall(self, kind: Kind, id: object) -> OrganizationId | None:
        known = self._known.get((kind, id))
        if known is not None:
            self._known.move_to_end((kind, id))
        return known

    async def _search(self, kind: Kind, ids: Collection[object]) -> dict[object, OrganizationId]:
        answers = await self._ask(lambda here: here.read(lambda c: _owners(c, kind, ids)))
        found: dict[object, OrganizationId] = {}
        for answer in answers:
            if not isinstance(answer, StoreDown):
                found |= answer
        for id, organization in found.items():
            self.remember(kind, [id], organization)
        if len(found) < len(ids):
            # It may be in the one that does not answer.
            for answer in answers:
                if isinstance(answer, StoreDown):
                    raise PerhapsElsewhere from answer
        return found

    async def _ask(self, work: Callable[[Here], Awaitable[T]]) -> list[T | StoreDown]:
        async def ask(database: Database) -> T | StoreDown:
            try:
                return await work(Here(database))
            except StoreDown as down:
                return down

        return await asyncio.gather(*map(ask, self.databases.values()))


def _is_nowhere(home: Connection, organization: OrganizationId) -> bool:
    """Whether there is no such organization at all.

    It comes home before it is placed there, and is placed elsewhere before it leaves: what is placed
    at home, and not there at the same moment, is not on its way either.
    """
    placed = home.execute(select(_PLACEMENT.shard).where(_PLACEMENT.organization == organization))
    return placed.first() is None and (
        home.execute(_SEEN, {"organization": organization}).first() is None
    )


async def introduce(home: Database, others: Mapping[str, Database], salt: bytes) -> None:
    """Have each database keep what it is called; raises `BadSetting` if it is another one."""
    for name, database in {HOME: home, **others}.items():
        await _introduce(database, None if name == HOME else name, salt)


async def check_introduced(home: Database, others: Mapping[str, Database]) -> None:
    """Raise `BadSetting` if one of them is another one than it was introduced as."""
    ours = await home.read(_called)
    salt = ours and ours[0]
    for name, database in {HOME: home, **others}.items():
        called = await database.read(_called)
        if called not in {None, (salt, None if name == HOME else name)}:
            raise BadSetting(_ANOTHER.format(name=name))


async def check_placements(home: Database, others: Collection[str]) -> None:
    """Raise `BadSetting` if some organization is in a database that nobody told us of."""
    named = set(await home.read(lambda c: c.scalars(select(_PLACEMENT.shard).distinct()).all()))
    for name in sorted(named - set(others)):
        raise BadSetting(_UNKNOWN.format(name=name))


async def _introduce(database: Database, name: str | None, salt: bytes) -> None:
    if await database.write(lambda c: _call(c, name, salt)) != (salt, name):
        raise BadSetting(_ANOTHER.format(name=name or HOME))


def _call(connection: Connection, name: str | None, salt: bytes) -> tuple[bytes, str | None]:
    called = _called(connection)
    if called is not None:
        return called
    connection.execute(insert(tables.deployment).values(id=1, salt=salt, shard=name))
    return salt, name


def _called(connection: Connection) -> tuple[bytes, str | None] | None:
    columns = tables.deployment.c
    row = connection.execute(select(columns.salt, columns.shard)).first()
    return None if row is None else (row.salt, row.shard)


def _owners(
    connection: Connection, kind: Kind, ids: Collection[object]
) -> dict[object, OrganizationId]:
    query = select(kind.id, kind.organization).select_from(kind.within)
    return {
        id: OrganizationId(organization)
        for some in portions(ids)
        for id, organization in connection.execute(query.where(kind.id.in_(some)))
    }


_ANOTHER = (
    "The database of the shard “{name}” is that of another shard, or of another deployment. Compare "
    "MESSENGER_DATABASE and MESSENGER_SHARDS with what they were; a new shard has an empty database."
)
_UNKNOWN = (
    "Some organizations are in the shard “{name}”, which MESSENGER_SHARDS does not name. Name it "
    "again, or move them home before it goes: `messenger move-organization`."
)
