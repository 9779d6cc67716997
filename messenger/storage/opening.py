"""How a room begins: its number, its key's grants, its session and its first event, at once."""

from collections.abc import Sequence

from sqlalchemy import Connection, insert, select, update

from messenger.domain.errors import Conflict, KeyTurned, NotFound
from messenger.domain.events import REPORTER, Event, Stream
from messenger.domain.ids import OrganizationId
from messenger.domain.keys import Recipient, RoomGrant
from messenger.domain.room import Room
from messenger.ports.storage import Opening, Outcome
from messenger.storage import rows, tables
from messenger.storage.rotation import newest_generation
from messenger.storage.statements import hot_statements


def open_room(connection: Connection, opening: Opening, now: int) -> Outcome:
    return _repeat(connection, opening) or _open(connection, opening, now)


def _repeat(connection: Connection, opening: Opening) -> Outcome | None:
    same = tables.session.c.id == opening.session.id
    session = connection.execute(select(tables.session).where(same)).first()
    if session is None:
        return None
    room = connection.execute(
        select(tables.room).where(tables.room.c.id == session.room, ~tables.room.c.erased)
    ).first()
    if room is None:
        raise Conflict
    first = rows.event_of(_first_event(connection, session.room))
    if first.digest != opening.said.digest:
        raise Conflict
    return Outcome(rows.room_of(room), (first,), repeated=True)


def _first_event(connection: Connection, room: str) -> rows.AnyRow:
    columns = tables.event.c
    first = (columns.room == room, columns.stream == Stream.ROOM.value, columns.seq == 1)
    return connection.execute(select(tables.event).where(*first)).one()


def _open(connection: Connection, opening: Opening, now: int) -> Outcome:
    organization = opening.room.organization
    room = opening.room.opened(_take_number(connection, organization), now)
    # Only now: whoever turns the team's key waits for the organization's row, or has turned it.
    _check_newest(connection, organization, opening.grants)
    event = _opening_event(room, opening)
    connection.execute(insert(tables.room), rows.room_values(room))
    hot_statements(connection.dialect).insert_event.run(connection, [rows.event_row(event)])
    if opening.grants:
        grants = [rows.room_grant_values(grant) for grant in opening.grants]
        connection.execute(insert(tables.room_grant), grants)
    connection.execute(insert(tables.session), rows.session_values(opening.session))
    return Outcome(room, (event,))


def _take_number(connection: Connection, organization: OrganizationId) -> int:
    """Take the next number; the row stays locked, so that no number is skipped or given twice."""
    columns = tables.organization.c
    number = connection.execute(
        update(tables.organization)
        .where(columns.id == organization)
        .values(next_number=columns.next_number + 1)
        .returning(columns.next_number - 1)
    ).scalar_one_or_none()
    if number is None:
        raise NotFound
    return int(number)


def _check_newest(
    connection: Connection, organization: OrganizationId, grants: Sequence[RoomGrant]
) -> None:
    to_team = {grant.generation for grant in grants if grant.recipient is Recipient.TEAM}
    if to_team and to_team != {newest_generation(connection, organization)}:
        raise KeyTurned


def _opening_event(room: Room, opening: Opening) -> Event:
    return Event(
        room.id, Stream.ROOM, 1, opening.kind, REPORTER, opening.client_id,
        sealed=opening.said.sealed, digest=opening.said.digest,
    )  # fmt: skip
