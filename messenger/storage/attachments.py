"""How far the files of rooms have come, and what of them is to be erased."""

from collections.abc import Sequence

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from messenger.domain.attachment import Attachment, Erasure, Part, Progress, folder_of
from messenger.domain.commands import Attach, Quarantine
from messenger.domain.errors import NotFound, TooManyFiles
from messenger.domain.events import Author
from messenger.domain.ids import AttachmentId, OrganizationId, RoomId
from messenger.storage import rows, tables
from messenger.storage.database import Transactions
from messenger.storage.statements import portions, upsert

_ATTACHMENT = tables.attachment.c
_ERASURE = tables.erasure.c
_ROOM = tables.room.c


class StoredAttachments:
    """Attachments in the database. Those of a room that is erased, or moves, are not there."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    async def announce(self, attachment: Attachment, most: int) -> Attachment:
        return await self._database.write(lambda c: _announce(c, attachment, most))

    async def find_attachment(self, room: RoomId, id: AttachmentId) -> Attachment | None:
        found = await self._read(_ONE, room, id=id)
        return found[0] if found else None

    async def unfinished(self, room: RoomId, author: Author) -> list[Attachment]:
        return await self._read(_UNFINISHED, room, author=author.key)

    async def change(
        self, before: Attachment, after: Attachment, erase: Sequence[Erasure] = ()
    ) -> bool:
        return await self._database.write(lambda c: _change(c, before, after, erase))

    async def discard(self, room: RoomId, id: AttachmentId, erase: Erasure) -> bool:
        return await self._database.write(lambda c: _discard(c, room, id, erase))

    async def quarantined(self, room: RoomId) -> set[AttachmentId]:
        return await self._database.read(
            lambda c: {AttachmentId(id) for id in c.scalars(_QUARANTINED, {"room": room})}
        )

    async def kept_apart(self, room: RoomId) -> list[Attachment]:
        return await self._read(_APART, room)

    async def shown(self, limit: int) -> list[str]:
        return await self._database.read(lambda c: _shown(c, limit))

    async def give_up(self, now: int) -> int:
        return await self._database.write(lambda c: _give_up(c, now))

    async def erasures(self, limit: int = 100) -> list[Erasure]:
        query = select(_ERASURE.organization, _ERASURE.folder).order_by(_ERASURE.folder)
        query = query.limit(limit)
        return await self._database.read(
            lambda c: [Erasure(OrganizationId(of), folder) for of, folder in c.execute(query)]
        )

    async def erased(self, erasure: Erasure) -> None:
        await self._database.execute(
            delete(tables.erasure).where(_ERASURE.folder == erasure.folder)
        )

    async def _read(
        self, query: Select[*tuple[object, ...]], room: RoomId, **values: str
    ) -> list[Attachment]:
        return await self._database.read(
            lambda c: [
                rows.attachment_of(row) for row in c.execute(query, {"room": room, **values})
            ]
        )


def hold(connection: Connection, attachment: AttachmentId) -> bool:
    """Whether it is there; then nobody takes it away before this transaction is over."""
    this = select(_ATTACHMENT.id).where(_ATTACHMENT.id == attachment)
    return connection.execute(this.with_for_update()).first() is not None


def settle(connection: Connection, commands: Sequence[Attach | Quarantine]) -> None:
    """Write what rooms decided about attachments, in the transaction of their events."""
    attached = [each.attachment for each in commands if isinstance(each, Attach)]
    hidden = [each.attachment for each in commands if isinstance(each, Quarantine)]
    shown = {"progress": Progress.THERE.value, "until": None}
    for ids, values in ((attached, shown), (hidden, {"quarantined": True})):
        if ids:
            these = update(tables.attachment).where(_ATTACHMENT.id.in_(ids))
            connection.execute(these.values(values))


def erase(connection: Connection, erasures: Sequence[Erasure]) -> None:
    """Write down what has to be erased."""
    if erasures:
        statement = upsert(connection, tables.erasure).on_conflict_do_nothing()
        connection.execute(
            statement, [{"folder": e.folder, "organization": e.organization} for e in erasures]
        )


def _of_room(*which: ColumnElement[bool]) -> Select[*tuple[object, ...]]:
    """Of those, the ones of a room; wants the value `room`."""
    theirs = tables.attachment.join(tables.room, _ATTACHMENT.room == _ROOM.id)
    query = select(tables.attachment).select_from(theirs)
    return query.where(_ROOM.id == bindparam("room"), ~_ROOM.erased, ~_ROOM.moving, *which)


# Made once, in the way of nobody: to make one takes the loop a fifth of a request about a file.
_OF_SENDER = _ATTACHMENT.author == bindparam("author")
_ONE = _of_room(_ATTACHMENT.id == bindparam("id"))
_SAME = _of_room(_OF_SENDER, _ATTACHMENT.client_id == bindparam("client_id"))
_UNFINISHED = _of_room(_OF_SENDER, _ATTACHMENT.progress == Progress.ARRIVING.value)
_QUARANTINED = select(_ATTACHMENT.id).where(
    _ATTACHMENT.room == bindparam("room"), _ATTACHMENT.quarantined
)
_APART = _of_room(
    or_(_ATTACHMENT.quarantined, _ATTACHMENT.keeps_original),
    _ATTACHMENT.progress == Progress.THERE.value,
).order_by(_ATTACHMENT.id)
# Locked: two that come at once are counted one after the other.
_ROOM_HELD = (
    select(_ROOM.id)
    .where(_ROOM.id == bindparam("room"), ~_ROOM.erased, ~_ROOM.moving)
    .with_for_update()
)
_COUNTED = (
    select(func.count())
    .select_from(tables.attachment)
    .where(_ATTACHMENT.room == bindparam("room"), _ATTACHMENT.progress != Progress.REFUSED.value)
)


def _announce(connection: Connection, new: Attachment, most: int) -> Attachment:
    here = {"room": new.room}
    if connection.execute(_ROOM_HELD, here).first() is None:
        raise NotFound
    same = {"author": new.author.key, "client_id": new.client_id}
    before = connection.execute(_SAME, here | same).first()
    if before is not None:
        return rows.attachment_of(before)
    if connection.execute(_COUNTED, here).scalar_one() >= most:
        raise TooManyFiles
    connection.execute(insert(tables.attachment), rows.attachment_values(new))
    return new


# Made once: a file on its way in is changed with every megabyte, and those who talk wait meanwhile.
_CHANGED = update(tables.attachment).where(
    _ATTACHMENT.id == bindparam("before_id"),
    _ATTACHMENT.room == bindparam("before_room"),
    _ATTACHMENT.progress == bindparam("before_progress"),
    _ATTACHMENT.arrived == bindparam("before_arrived"),
)


def _change(
    connection: Connection, before: Attachment, after: Attachment, erasures: Sequence[Erasure]
) -> bool:
    as_before = {
        "before_id": before.id,
        "before_room": before.room,
        "before_progress": before.progress.value,
        "before_arrived": before.arrived,
    }
    changed = connection.execute(_CHANGED, as_before | rows.changing_attachment(after))
    if changed.rowcount:
        erase(connection, erasures)
    return bool(changed.rowcount)


def _discard(connection: Connection, room: RoomId, id: AttachmentId, erasure: Erasure) -> bool:
    gone = delete(tables.attachment).where(
        _ATTACHMENT.id == id,
        _ATTACHMENT.room == room,
        _ATTACHMENT.progress != Progress.THERE.value,
    )
    discarded = bool(connection.execute(gone).rowcount)
    if discarded:
        erase(connection, [erasure])
    return discarded


def _shown(connection: Connection, limit: int) -> list[str]:
    theirs = tables.attachment.join(tables.room, _ATTACHMENT.room == _ROOM.id)
    query = select(_ROOM.organization, _ROOM.id, _ATTACHMENT.id).select_from(theirs)
    there = query.where(_ATTACHMENT.progress == Progress.THERE.value, ~_ROOM.erased, ~_ROOM.moving)
    found = connection.execute(there.order_by(_ATTACHMENT.id).limit(limit))
    return [folder_of(of, room, id, Part.CLEANED) for of, room, id in found]


def _give_up(connection: Connection, now: int) -> int:
    theirs = tables.attachment.join(tables.room, _ATTACHMENT.room == _ROOM.id)
    overdue = (
        select(_ROOM.organization, _ROOM.id, _ATTACHMENT.id)
        .select_from(theirs)
        .where(_ATTACHMENT.until <= now, ~_ROOM.moving)
        .with_for_update()
    )
    found = connection.execute(overdue).all()
    for ids in portions([id for _, _, id in found]):
        connection.execute(delete(tables.attachment).where(_ATTACHMENT.id.in_(ids)))
    erase(connection, [Erasure(of, folder_of(of, room, id)) for of, room, id in found])
    return len(found)
