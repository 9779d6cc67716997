"""Rooms and their streams, as committed."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import date

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    or_,
    select,
    update,
)

from messenger.domain.attachment import Erasure, folder_of
from messenger.domain.errors import StoreDown
from messenger.domain.events import Event, Kind, Stream
from messenger.domain.ids import MemberId, OrganizationId, RoomId
from messenger.domain.keys import Recipient, RoomGrant
from messenger.domain.report import Urgency
from messenger.domain.room import MAIL_CLAIMED_AFTER, Room, Status
from messenger.storage import rows, tables
from messenger.storage.attachments import erase
from messenger.storage.database import Transactions
from messenger.storage.statements import among, portions

_ROOM = tables.room.c
_EVENT = tables.event.c
CLOCKS_DIFFER_BY = 60
"""Seconds at most, between processes whose clocks are right."""
ERASED_AT_ONCE = 20
"""Rooms, in one round: a file takes some 5 ms for each, in which nobody else can write."""

_OPEN = (Status.NEW.value, Status.WAITING.value, Status.ACTIVE.value)
_SPOKEN = [Kind.REPORT_SUBMITTED.value, Kind.MESSAGE_POSTED.value]


class StoredRooms:
    """Rooms in the database. What is erased, or on its way to another one, is not there."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    async def find_room(self, room: RoomId) -> Room | None:
        return await self._database.read(lambda c: find_room(c, room))

    async def find_rooms(self, rooms: Collection[RoomId]) -> list[Room]:
        return await self._database.read(
            lambda c: [
                rows.room_of(row)
                for some in portions(rooms)
                for row in c.execute(_rooms(among(c, _ROOM.id, some)))
            ]
        )

    async def find_numbered(self, organization: OrganizationId, number: int) -> Room | None:
        ours = (_ROOM.organization == organization, _ROOM.number == number)
        return next(iter(await self._read_rooms(_rooms(*ours))), None)

    async def rooms(self, organization: OrganizationId, closed: int = 50) -> list[Room]:
        return await self._database.read(lambda c: _queue(c, organization, closed))

    async def events(
        self, room: RoomId, stream: Stream, since: int, limit: int = 500
    ) -> list[Event]:
        wanted = {"room": room, "stream": stream.value, "since": since, "limit": limit}
        return await self._database.read(
            lambda c: [rows.event_of(row) for row in c.execute(_SINCE, wanted)]
        )

    async def last_events(self, rooms: Sequence[RoomId]) -> Mapping[RoomId, Event]:
        newest = _newest_spoken()
        spoken = and_(
            _EVENT.room == _ROOM.id, _EVENT.stream == Stream.ROOM.value, _EVENT.seq == newest
        )
        joined = tables.room.join(tables.event, spoken)
        query = select(tables.event).select_from(joined)
        return await self._database.read(
            lambda c: {
                RoomId(row.room): rows.event_of(row)
                for some in portions(rooms)
                for row in c.execute(query.where(among(c, _ROOM.id, some)))
            }
        )

    async def room_grants(self, rooms: Sequence[RoomId], recipient: Recipient) -> list[RoomGrant]:
        return await self._database.read(lambda c: _grants(c, rooms, recipient))

    async def seen_by(self, member: MemberId, rooms: Sequence[RoomId]) -> Mapping[RoomId, int]:
        seen = tables.seen.c
        query = select(seen.room, seen.seq).where(seen.member == member)
        return await self._database.read(
            lambda c: {
                RoomId(room): seq
                for some in portions(rooms)
                for room, seq in c.execute(query.where(among(c, seen.room, some)))
            }
        )

    async def readers(self, room: RoomId) -> Mapping[MemberId, int]:
        seen = tables.seen.c
        query = select(seen.member, seen.seq).where(seen.room == room)
        return await self._database.read(
            lambda c: {MemberId(member): seq for member, seq in c.execute(query)}
        )

    async def recent_answers(self, organization: OrganizationId, limit: int = 50) -> list[int]:
        answered = and_(_ROOM.organization == organization, _ROOM.pace_to_answer.is_not(None))
        query = select(_ROOM.pace_to_answer).where(answered).order_by(_ROOM.number.desc())
        return await self._database.read(lambda c: list(c.scalars(query.limit(limit))))

    async def ask_deletion(self, room: RoomId, on: date) -> None:
        def ask(connection: Connection) -> None:
            # First, for then nobody adds a way in any more.
            due = update(tables.room).where(_ROOM.id == room, ~_ROOM.erased)
            connection.execute(due.values(delete_on=on.isoformat()))
            for table in (tables.session, tables.receipt):
                connection.execute(delete(table).where(table.c.room == room))

        await self._database.write(ask, news=True)

    async def claimed_rooms(self) -> list[Room]:
        return await self._read_rooms(_rooms(_ROOM.status == Status.ACTIVE.value))

    async def rooms_to_mail(self, now: int) -> list[Room]:
        again = _ROOM.urgency == Urgency.LIFE_SAFETY.value
        due = or_(_ROOM.mail_due < now, _is_of_a_clock_put_back(now))
        # Nobody waits in one that is closed; so the index leads past all that ever were.
        waiting = (is_open(), _ROOM.mail_due.is_not(None), due)
        return await self._read_rooms(_rooms(*waiting, or_(~_ROOM.mailed, again)))

    async def delete_due(self, today: date) -> list[tuple[OrganizationId, RoomId]]:
        erased = await self._database.write(lambda c: _delete_due(c, today))
        if erased:
            with suppress(StoreDown):  # Then within a minute: whoever looks on is told now.
                await self._database.forget_erased()
        return erased

    async def _read_rooms(self, query: Select[*tuple[object, ...]]) -> list[Room]:
        return await self._database.read(lambda c: [rows.room_of(row) for row in c.execute(query)])


def find_room(connection: Connection, room: RoomId) -> Room | None:
    """Return it, unless it is erased, or on its way to another database."""
    found = connection.execute(_ONE, {"room": room}).first()
    return None if found is None else rows.room_of(found)


def _rooms(*which: ColumnElement[bool]) -> Select[*tuple[object, ...]]:
    return select(tables.room).where(~_ROOM.erased, ~_ROOM.moving, *which).order_by(_ROOM.number)


# Made once: these two run for every socket that comes back, and to put a statement together takes
# longer than to run it.
_ONE = select(tables.room).where(~_ROOM.erased, ~_ROOM.moving, _ROOM.id == bindparam("room"))
_SINCE = (
    select(tables.event)
    .where(
        _EVENT.room == bindparam("room"),
        _EVENT.stream == bindparam("stream"),
        _EVENT.seq > bindparam("since"),
    )
    .order_by(_EVENT.seq)
    .limit(bindparam("limit"))
)


def _is_of_a_clock_put_back(now: int) -> ColumnElement[bool]:
    """Whether somebody waits since later than now, or was told to wait longer than anybody is."""
    latest = now + CLOCKS_DIFFER_BY
    return or_(_ROOM.waiting_since > latest, _ROOM.mail_due > latest + MAIL_CLAIMED_AFTER)


def is_open() -> ColumnElement[bool]:
    """Whether a room is. Said by what it is: the index has no way to all that are not closed."""
    return _ROOM.status.in_(_OPEN)


def _queue(connection: Connection, organization: OrganizationId, closed: int) -> list[Room]:
    ours = _ROOM.organization == organization
    closed_ones = _rooms(ours, _ROOM.status == Status.CLOSED.value).order_by(None)
    newest_first = closed_ones.order_by(_ROOM.closing.desc(), _ROOM.number.desc())
    # In order here: for an index by number, SQLite would go through all there ever were.
    still_open = connection.execute(_rooms(ours, is_open()).order_by(None))
    return [
        *sorted(map(rows.room_of, still_open), key=lambda room: room.number),
        *map(rows.room_of, connection.execute(newest_first.limit(closed))),
    ]


def _newest_spoken() -> ColumnElement[int]:
    event = tables.event.alias("newer")
    spoken = and_(
        event.c.room == _ROOM.id, event.c.stream == Stream.ROOM.value, event.c.kind.in_(_SPOKEN)
    )
    newest = select(event.c.seq).where(spoken).order_by(event.c.seq.desc()).limit(1)
    return newest.correlate(tables.room).scalar_subquery()


def _grants(
    connection: Connection, rooms: Sequence[RoomId], recipient: Recipient
) -> list[RoomGrant]:
    grant = tables.room_grant.c
    theirs = grant.recipient == recipient.value
    query = select(tables.room_grant).where(theirs).order_by(grant.room)
    return [
        rows.room_grant_of(row)
        for some in portions(rooms)
        for row in connection.execute(query.where(among(connection, grant.room, some)))
    ]


def _delete_due(connection: Connection, today: date) -> list[tuple[OrganizationId, RoomId]]:
    """Not while somebody has it, for life safety, or for a file in quarantine: then a person decides."""
    due = and_(
        ~_ROOM.erased,
        ~_ROOM.moving,
        _ROOM.delete_on > "",
        _ROOM.delete_on <= today.isoformat(),
        _ROOM.responder.is_(None),
        _ROOM.urgency != Urgency.LIFE_SAFETY.value,
        # Or those that are kept would take up all of a round.
        ~exists().where(tables.attachment.c.room == _ROOM.id, tables.attachment.c.quarantined),
    )
    query = select(_ROOM.organization, _ROOM.id).where(due).limit(ERASED_AT_ONCE)
    found = connection.execute(query.with_for_update(of=tables.room)).all()
    if not found:
        return []
    # Looked for again once the rooms are ours: while we waited, a file may have been put there.
    kept = _with_quarantine(connection, [room for _, room in found])
    erased = [(OrganizationId(of), RoomId(room)) for of, room in found if room not in kept]
    rooms = [room for _, room in erased]
    holding = (
        tables.event, tables.room_grant, tables.seen, tables.session, tables.receipt,
        tables.attachment,
    )  # fmt: skip
    erase(connection, [Erasure(of, folder_of(of, room)) for of, room in erased])
    for table in holding:
        connection.execute(delete(table).where(table.c.room.in_(rooms)))
    connection.execute(update(tables.room).where(_ROOM.id.in_(rooms)).values(_TOMBSTONE))
    return erased


def _with_quarantine(connection: Connection, rooms: Sequence[str]) -> set[str]:
    attachment = tables.attachment.c
    theirs = (attachment.room.in_(rooms), attachment.quarantined)
    return set(connection.scalars(select(attachment.room).where(*theirs)))


_TOMBSTONE = {
    "school": None,
    "category": "",
    "urgency": Urgency.NORMAL.value,
    "status": Status.CLOSED.value,
    "participants": "",
    "invited": "",
    "head": 0,
    "file_head": 0,
    "seen_by_team": 0,
    "seen_by_reporter": 0,
    "waiting_since": None,
    "returned": False,
    "mailed": False,
    "mail_due": None,
    "pace_to_claim": None,
    "pace_to_answer": None,
    "pace_to_close": None,
    "key_check": b"",
    "delete_on": "",
    "closing": 0,
    "erased": True,
}
