"""A team's key: its next generation, or all anew, recorded only if it fits what the team is by now."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, func, insert, select, update

from messenger.domain.ids import OrganizationId
from messenger.domain.keys import Approval, Recipient, RoomGrant, TeamGeneration, TeamGrant
from messenger.domain.people import Standing
from messenger.storage import rows, tables
from messenger.storage.rooms import is_open

_MEMBER = tables.member.c
_GENERATION = tables.team_generation.c


def rotate(
    connection: Connection,
    generation: TeamGeneration,
    grants: Sequence[TeamGrant],
    approvals: Sequence[Approval],
    rooms: Sequence[RoomGrant],
) -> bool:
    organization = generation.organization
    lock_organization(connection, organization)
    if newest_generation(connection, organization) != generation.generation - 1:
        return False
    if not _members(grants) <= _team(connection, organization):
        # Somebody was disabled meanwhile, and must not be given the new key.
        return False
    if not _granted(connection, organization) <= {grant.room for grant in rooms}:
        # A report came meanwhile, and its key would stay with the generation before.
        return False
    connection.execute(insert(tables.team_generation), rows.generation_values(generation))
    connection.execute(insert(tables.team_grant), [rows.team_grant_values(each) for each in grants])
    if approvals:
        values = [rows.approval_values(approval) for approval in approvals]
        connection.execute(insert(tables.approval), values)
    _regrant(connection, rooms)
    done = update(tables.organization).where(tables.organization.c.id == organization)
    connection.execute(done.values(rotation_due=False))
    return True


def begin_anew(
    connection: Connection, generation: TeamGeneration, grant: TeamGrant, recovery_key: bytes
) -> bool:
    organization = generation.organization
    lock_organization(connection, organization)
    if not _is_untouched(connection, organization):
        return False
    for table in (tables.team_grant, tables.team_generation):
        connection.execute(delete(table).where(table.c.organization == organization))
    connection.execute(insert(tables.team_generation), rows.generation_values(generation))
    connection.execute(insert(tables.team_grant), rows.team_grant_values(grant))
    changed = update(tables.organization).where(tables.organization.c.id == organization)
    connection.execute(changed.values(recovery_key=recovery_key, rotation_due=False))
    return True


def newest_generation(connection: Connection, organization: OrganizationId) -> int:
    ours = _GENERATION.organization == organization
    newest = connection.scalars(select(func.max(_GENERATION.generation)).where(ours)).one()
    return newest or 0


def team_grants_of_open_rooms(organization: OrganizationId) -> Select[Any]:
    room, grant = tables.room.c, tables.room_grant.c
    return (
        select(tables.room_grant)
        .select_from(tables.room_grant.join(tables.room, room.id == grant.room))
        .where(
            room.organization == organization,
            is_open(),
            grant.recipient == Recipient.TEAM.value,
        )
    )


def lock_organization(connection: Connection, organization: OrganizationId) -> None:
    """Whoever hands on the team's key waits here for who changes it."""
    row = select(tables.organization.c.id).where(tables.organization.c.id == organization)
    connection.execute(row.with_for_update())


def _is_untouched(connection: Connection, organization: OrganizationId) -> bool:
    columns, grants, codes = (
        table.c for table in (tables.organization, tables.team_grant, tables.access_code)
    )
    members = (grants.organization == organization, grants.recipient == Recipient.MEMBER.value)
    for hindrance in (
        select(columns.id).where(
            columns.id == organization, columns.next_number > tables.FIRST_NUMBER
        ),
        select(grants.recipient_id).where(*members),
        select(codes.code).where(codes.organization == organization),
    ):
        if connection.execute(hindrance).first() is not None:
            return False
    return True


def _team(connection: Connection, organization: OrganizationId) -> set[str]:
    active = (_MEMBER.organization == organization, _MEMBER.standing == Standing.ACTIVE.value)
    return set(connection.scalars(select(_MEMBER.id).where(*active)))


def _granted(connection: Connection, organization: OrganizationId) -> set[str]:
    return {row.room for row in connection.execute(team_grants_of_open_rooms(organization))}


def _members(grants: Sequence[TeamGrant]) -> set[str]:
    return {grant.recipient_id for grant in grants if grant.recipient is Recipient.MEMBER}


def _regrant(connection: Connection, rooms: Sequence[RoomGrant]) -> None:
    """Only where there is a grant still: a room may have been erased meanwhile."""
    if not rooms:
        return
    grant = tables.room_grant.c
    statement = update(tables.room_grant).where(
        grant.room == bindparam("of_room"), grant.recipient == bindparam("to_recipient")
    )
    values = [
        {
            "of_room": each.room,
            "to_recipient": each.recipient.value,
            "new_generation": each.generation,
            "new_box": each.box,
        }
        for each in rooms
    ]
    changed = statement.values(generation=bindparam("new_generation"), box=bindparam("new_box"))
    connection.execute(changed, values)
