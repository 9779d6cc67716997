"""Browsers' stays and reporters' ways back."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Select,
    Update,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)

from messenger.domain.ids import MemberId, OrganizationId, RoomId, SessionId
from messenger.domain.keys import Credentials, ReceiptRow, Session
from messenger.domain.people import Member, Standing
from messenger.domain.room import Room
from messenger.storage import rows, tables
from messenger.storage.database import Transactions
from messenger.storage.rooms import find_room
from messenger.storage.statements import among, portions, upsert

_MAY_STAY = (Standing.ACTIVE, Standing.PENDING)
"""A pending member stays signed in while waiting; what they may see is decided elsewhere."""

_SESSION = tables.session.c
_RECEIPT = tables.receipt.c


class StoredSessions:
    """Sessions and receipts in the database."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    async def find_session(self, id: SessionId, now: int) -> Session | None:
        return await self._database.read(lambda c: _find_session(c, id, now))

    async def find_way_in(
        self, id: SessionId, now: int, within: OrganizationId | None = None
    ) -> tuple[Session, Room] | None:
        del within  # There is one database, or `Here` sees to it.
        return await self._database.read(lambda c: _find_way_in(c, id, now))

    async def find_signed_in(
        self, id: SessionId, now: int
    ) -> tuple[Session, Member, Credentials] | None:
        return await self._database.read(lambda c: _find_signed_in(c, id, now))

    async def living(self, ids: Sequence[SessionId], now: int) -> set[SessionId]:
        return await self._database.read(lambda c: _living(c, ids, now))

    async def add_session(self, session: Session) -> bool:
        return await self._database.write(
            lambda c: _add_session(c, session), share=session.organization
        )

    async def extend_session(self, id: SessionId, expires: int) -> None:
        await self._database.execute(_update(id).values(expires=expires))

    async def revoke_session(self, id: SessionId) -> None:
        await self._database.execute(_delete(_SESSION.id == id), news=True)

    async def revoke_sessions_of(self, member: MemberId, keep: SessionId | None = None) -> None:
        theirs = _SESSION.member == member
        await self._database.execute(
            _delete(theirs if keep is None else theirs & (_SESSION.id != keep)), news=True
        )

    async def expire_sessions(self, now: int) -> None:
        await self._database.execute(_delete(_SESSION.expires <= now))

    async def keep_receipt(self, session: SessionId) -> None:
        await self._database.execute(_update(session).values(pending=b""))

    async def add_receipt(self, receipt: ReceiptRow) -> None:
        await self._database.write(lambda c: _add_receipt(c, receipt))

    async def find_receipt(self, lookup: bytes) -> ReceiptRow | None:
        return await self._database.read(lambda c: _find_receipt(c, _RECEIPT.lookup == lookup))

    async def receipt_of_room(self, room: RoomId) -> ReceiptRow | None:
        return await self._database.read(lambda c: _find_receipt(c, _RECEIPT.room == room))

    async def use_receipt(self, lookup: bytes, last_used: bytes) -> None:
        used = update(tables.receipt).where(_RECEIPT.lookup == lookup)
        await self._database.execute(used.values(last_used=last_used))


def _find_session(connection: Connection, id: SessionId, now: int) -> Session | None:
    found = connection.execute(_LIVING, {"id": id, "now": now}).first()
    return None if found is None else rows.session_of(found)


def _find_way_in(connection: Connection, id: SessionId, now: int) -> tuple[Session, Room] | None:
    session = _find_session(connection, id, now)
    if session is None or session.room is None:
        return None
    room = find_room(connection, session.room)
    return None if room is None else (session, room)


def _find_signed_in(
    connection: Connection, id: SessionId, now: int
) -> tuple[Session, Member, Credentials] | None:
    session = _find_session(connection, id, now)
    if session is None or session.member is None:
        return None
    whose = {"member": session.member}
    member = connection.execute(_MEMBER, whose).first()
    credentials = connection.execute(_CREDENTIALS, whose).first()
    if member is None or credentials is None:
        return None
    return session, rows.member_of(member), rows.credentials_of(credentials)


def _living(connection: Connection, ids: Sequence[SessionId], now: int) -> set[SessionId]:
    living: set[SessionId] = set()
    for some in portions(ids):
        query = _living_of(select(_SESSION.id)).where(among(connection, _SESSION.id, some))
        living |= {SessionId(id) for (id,) in connection.execute(query, {"now": now})}
    return living


def _living_of(query: Select[Any]) -> Select[Any]:
    """Of those, the ones that have not ended; wants the value `now`."""
    members = tables.session.outerjoin(tables.member, tables.member.c.id == _SESSION.member)
    # Not by `in_`: as many parameters as there are values are made anew each time it runs.
    may_stay = or_(
        _SESSION.member.is_(None), *(tables.member.c.standing == each.value for each in _MAY_STAY)
    )
    return query.select_from(members).where(_SESSION.expires > bindparam("now"), may_stay)


# Made once: they run for every socket that comes back.
_LIVING = _living_of(select(tables.session)).where(_SESSION.id == bindparam("id"))
_MEMBER = select(tables.member).where(tables.member.c.id == bindparam("member"))
_CREDENTIALS = select(tables.credentials).where(tables.credentials.c.member == bindparam("member"))


def _update(id: SessionId) -> Update:
    return update(tables.session).where(_SESSION.id == id)


def _delete(which: ColumnElement[bool]) -> Delete:
    return delete(tables.session).where(which)


def _add_session(connection: Connection, session: Session) -> bool:
    if session.room is not None and not _is_kept(connection, session.room):
        return False
    connection.execute(insert(tables.session).values(rows.session_values(session)))
    return True


def _add_receipt(connection: Connection, receipt: ReceiptRow) -> None:
    """The same receipt again is a repeat."""
    if not _is_kept(connection, receipt.room):
        return
    statement = upsert(connection, tables.receipt).on_conflict_do_nothing()
    connection.execute(statement, rows.receipt_values(receipt))


def _is_kept(connection: Connection, room: RoomId) -> bool:
    """Whether its reporter has not deleted it. Who deletes it now waits until we have committed."""
    kept = (tables.room.c.id == room) & (tables.room.c.delete_on == "") & ~tables.room.c.erased
    query = select(tables.room.c.id).where(kept).with_for_update(read=True)
    return connection.execute(query).first() is not None


def _find_receipt(connection: Connection, which: ColumnElement[bool]) -> ReceiptRow | None:
    query = select(tables.receipt).where(which).order_by(_RECEIPT.lookup).limit(1)
    row = connection.execute(query).first()
    return None if row is None else rows.receipt_of(row)
