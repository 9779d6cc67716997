"""Organizations, schools, access codes, duty hours, members, canned responses."""

from collections import defaultdict
from typing import Unpack

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    delete,
    exists,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from messenger.domain.duty import DutyHours
from messenger.domain.errors import BadSetting, NotFound
from messenger.domain.ids import MemberId, OrganizationId, SchoolId
from messenger.domain.keys import Invitation, TeamGeneration, TeamGrant
from messenger.domain.marking import marked as _
from messenger.domain.people import Canned, Member, Organization, School
from messenger.ports.storage import MemberChanges
from messenger.storage import rows, tables
from messenger.storage.database import Transactions
from messenger.storage.statements import upsert

_ORGANIZATION = tables.organization.c
_SCHOOL = tables.school.c
_CODE = tables.access_code.c
_FRAME = tables.frame_origin.c
_MEMBER = tables.member.c

SEARCHED = 8
"""Words of a search. Each is looked for on its own, and of one character may come four."""

Query = Select[*tuple[object, ...]]


class StoredDirectory:
    """Who there is, in the database."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    async def organizations(self) -> list[Organization]:
        return await self._organizations(_all_organizations())

    async def find_organization(self, id: OrganizationId) -> Organization | None:
        found = await self._organizations(_all_organizations().where(_ORGANIZATION.id == id))
        return found[0] if found else None

    async def organization_of_slug(self, slug: str) -> Organization | None:
        found = await self._organizations(_all_organizations().where(_ORGANIZATION.slug == slug))
        return found[0] if found else None

    async def add_organization(
        self, organization: Organization, generation: TeamGeneration, grant: TeamGrant
    ) -> None:
        await self._database.write(
            lambda c: _add_organization(c, organization, generation, grant), news=True
        )

    async def update_organization(self, organization: Organization) -> None:
        await self._database.write(lambda c: _update_organization(c, organization), news=True)

    async def schools(self, organization: OrganizationId) -> list[School]:
        return await self._schools(_SCHOOL.organization == organization)

    async def find_school(self, id: SchoolId) -> School | None:
        found = await self._schools(_SCHOOL.id == id)
        return found[0] if found else None

    async def add_school(self, school: School) -> None:
        await self._database.execute(
            insert(tables.school).values(rows.school_values(school)), news=True
        )

    async def rename_school(self, school: School) -> None:
        renamed = update(tables.school).where(_SCHOOL.id == school.id)
        await self._database.execute(renamed.values(rows.school_values(school)), news=True)

    async def remove_school(self, school: School) -> bool:
        return await self._database.write(lambda c: _remove_school(c, school.id), news=True)

    async def search_schools(self, words: str, limit: int = 20) -> list[tuple[School, str]]:
        query = _search(rows.folded(words).split()[:SEARCHED]).limit(limit)
        return await self._database.read(
            lambda c: [(rows.school_of(row), row.organization_name) for row in c.execute(query)]
        )

    async def add_code(
        self, code: str, organization: OrganizationId, school: SchoolId | None
    ) -> None:
        await self._database.write(
            lambda c: _add_code(c, folded_code(code), organization, school), news=True
        )

    async def remove_code(self, organization: OrganizationId, code: str) -> bool:
        this = (_CODE.organization == organization, _CODE.code == folded_code(code))
        return await self._remove(tables.access_code, *this)

    async def codes(self, organization: OrganizationId) -> list[tuple[str, SchoolId | None]]:
        ours = _CODE.organization == organization
        query = select(_CODE.code, _CODE.school).where(ours).order_by(_CODE.code)
        return await self._database.read(
            lambda c: [(code, school) for code, school in c.execute(query)]
        )

    async def find_code(self, code: str) -> tuple[OrganizationId, SchoolId | None] | None:
        same = _CODE.code == folded_code(code)
        query = select(_CODE.organization, _CODE.school).where(same)
        row = await self._database.read(lambda c: c.execute(query).first())
        return None if row is None else (OrganizationId(row.organization), row.school)

    async def duty_hours(self, organization: OrganizationId) -> DutyHours:
        return await self._database.read(lambda c: _duty_hours(c, organization))

    async def set_duty_hours(self, organization: OrganizationId, hours: DutyHours) -> None:
        await self._database.write(lambda c: _set_duty_hours(c, organization, hours), news=True)

    async def frame_origins(self, organization: OrganizationId) -> list[str]:
        ours = _FRAME.organization == organization
        query = select(_FRAME.origin).where(ours).order_by(_FRAME.origin)
        return await self._database.read(lambda c: list(c.scalars(query)))

    async def add_frame_origin(self, organization: OrganizationId, origin: str) -> None:
        await self._database.write(lambda c: _add_frame_origin(c, organization, origin), news=True)

    async def remove_frame_origin(self, organization: OrganizationId, origin: str) -> bool:
        this = (_FRAME.organization == organization, _FRAME.origin == origin)
        return await self._remove(tables.frame_origin, *this)

    async def canned(self, organization: OrganizationId) -> list[Canned]:
        canned = tables.canned.c
        query = select(canned.id, canned.title, canned.body)
        query = query.where(canned.organization == organization).order_by(canned.title, canned.id)
        return await self._database.read(lambda c: [Canned(*row) for row in c.execute(query)])

    async def add_canned(self, organization: OrganizationId, canned: Canned) -> None:
        await self._database.write(lambda c: _add_canned(c, organization, canned), news=True)

    async def remove_canned(self, organization: OrganizationId, id: str) -> bool:
        canned = tables.canned.c
        return await self._remove(
            tables.canned, canned.organization == organization, canned.id == id
        )

    async def members(self, organization: OrganizationId) -> list[Member]:
        return await self._members(_MEMBER.organization == organization)

    async def find_member(self, id: MemberId) -> Member | None:
        found = await self._members(_MEMBER.id == id)
        return found[0] if found else None

    async def member_of_login(self, login: str) -> Member | None:
        found = await self._members(_MEMBER.folded_login == login.casefold())
        return found[0] if found else None

    async def add_member(self, member: Member, invitation: Invitation) -> None:
        await self._database.write(lambda c: _add_member(c, member, invitation), news=True)

    async def change_member(self, member: Member, **changes: Unpack[MemberChanges]) -> None:
        if changes:  # Or the statement would set every column.
            changed = update(tables.member).where(_MEMBER.id == member.id)
            await self._database.execute(changed.values(**changes), news=True)

    async def _remove(self, table: Table, *which: ColumnElement[bool]) -> bool:
        return await self._database.execute(delete(table).where(*which), news=True) > 0

    async def _organizations(self, query: Query) -> list[Organization]:
        return await self._database.read(
            lambda c: [rows.organization_of(row) for row in c.execute(query)]
        )

    async def _schools(self, which: ColumnElement[bool]) -> list[School]:
        query = select(tables.school).where(which).order_by(_SCHOOL.folded_name, _SCHOOL.id)
        return await self._database.read(
            lambda c: [rows.school_of(row) for row in c.execute(query)]
        )

    async def _members(self, which: ColumnElement[bool]) -> list[Member]:
        query = select(tables.member).where(which).order_by(_MEMBER.name, _MEMBER.id)
        return await self._database.read(
            lambda c: [rows.member_of(row) for row in c.execute(query)]
        )


def _all_organizations() -> Query:
    return select(tables.organization).order_by(_ORGANIZATION.folded_name, _ORGANIZATION.id)


def _add_organization(
    connection: Connection,
    organization: Organization,
    generation: TeamGeneration,
    grant: TeamGrant,
) -> None:
    same = select(_ORGANIZATION.id).where(_ORGANIZATION.slug == organization.slug)
    if connection.execute(same).first() is not None:
        raise slug_is_used(organization.slug)
    first = {"id": organization.id, "next_number": tables.FIRST_NUMBER, "rotation_due": False}
    values = rows.organization_values(organization) | first
    connection.execute(insert(tables.organization), values)
    connection.execute(insert(tables.team_generation), rows.generation_values(generation))
    connection.execute(insert(tables.team_grant), rows.team_grant_values(grant))


def _update_organization(connection: Connection, organization: Organization) -> None:
    changed = update(tables.organization).where(_ORGANIZATION.id == organization.id)
    try:
        connection.execute(changed.values(rows.organization_values(organization)))
    except IntegrityError as error:
        raise slug_is_used(organization.slug) from error


def _remove_school(connection: Connection, school: SchoolId) -> bool:
    leading_there = exists().where(_CODE.school == school)
    naming_it = exists().where(tables.room.c.school == school)
    gone = delete(tables.school).where(_SCHOOL.id == school, ~leading_there, ~naming_it)
    return connection.execute(gone).rowcount > 0


def _search(words: list[str]) -> Query:
    both = tables.school.join(tables.organization, _ORGANIZATION.id == _SCHOOL.organization)
    names = (_SCHOOL.folded_name, _ORGANIZATION.folded_name)
    matches = [or_(*(name.contains(word, autoescape=True) for name in names)) for word in words]
    query = select(tables.school, _ORGANIZATION.name.label("organization_name"))
    return query.select_from(both).where(*matches).order_by(_SCHOOL.folded_name, _SCHOOL.id)


def folded_code(code: str) -> str:
    return code.strip().casefold()


def slug_is_used(slug: str) -> BadSetting:
    return BadSetting(
        f"There is an organization “{slug}” already. If its recovery key was not told or is lost, "
        f"`messenger renew-recovery-key {slug}` makes another one before anybody is approved."
    )


def code_is_used(code: str) -> BadSetting:
    return BadSetting(f"Another organization uses the code “{code}”. Choose another one.")


def login_is_taken(login: str) -> BadSetting:
    return BadSetting(_("The login “%(login)s” is taken. Choose another one."), login=login)


def _add_code(
    connection: Connection, code: str, organization: OrganizationId, school: SchoolId | None
) -> None:
    statement = upsert(connection, tables.access_code)
    statement = statement.values(code=code, organization=organization, school=school)
    added = connection.execute(
        statement.on_conflict_do_update(
            index_elements=["code"],
            set_={"school": school},
            where=_CODE.organization == organization,
        )
    )
    if added.rowcount == 0:
        raise code_is_used(code)


def _duty_hours(connection: Connection, organization: OrganizationId) -> DutyHours:
    zone = select(_ORGANIZATION.time_zone).where(_ORGANIZATION.id == organization)
    time_zone = connection.scalars(zone).one_or_none()
    if time_zone is None:
        raise NotFound
    shift, holiday = tables.duty_shift.c, tables.holiday.c
    shifts = defaultdict(list)
    ours = select(tables.duty_shift).where(shift.organization == organization)
    for row in connection.execute(ours.order_by(shift.weekday, shift.starts)):
        shifts[row.weekday].append((row.starts, row.ends))
    days = connection.scalars(select(holiday.day).where(holiday.organization == organization))
    return DutyHours(
        time_zone, {weekday: tuple(times) for weekday, times in shifts.items()}, frozenset(days)
    )


def _set_duty_hours(connection: Connection, organization: OrganizationId, hours: DutyHours) -> None:
    zone = update(tables.organization).where(_ORGANIZATION.id == organization)
    connection.execute(zone.values(time_zone=hours.time_zone))
    for table in (tables.duty_shift, tables.holiday):
        connection.execute(delete(table).where(table.c.organization == organization))
    shifts = [
        {"organization": organization, "weekday": weekday, "starts": start, "ends": end}
        for weekday, times in hours.shifts.items()
        for start, end in times
    ]
    holidays = [{"organization": organization, "day": day} for day in hours.holidays]
    for table, values in ((tables.duty_shift, shifts), (tables.holiday, holidays)):
        if values:
            connection.execute(insert(table), values)


def _add_frame_origin(connection: Connection, organization: OrganizationId, origin: str) -> None:
    statement = upsert(connection, tables.frame_origin)
    statement = statement.values(organization=organization, origin=origin)
    connection.execute(statement.on_conflict_do_nothing())


def _add_canned(connection: Connection, organization: OrganizationId, canned: Canned) -> None:
    words = {"title": canned.title, "body": canned.body}
    statement = upsert(connection, tables.canned)
    statement = statement.values(organization=organization, id=canned.id, **words)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["organization", "id"], set_=words)
    )


def _add_member(connection: Connection, member: Member, invitation: Invitation) -> None:
    same = select(_MEMBER.id).where(_MEMBER.folded_login == member.login.casefold())
    if connection.execute(same).first() is not None:
        raise login_is_taken(member.login)
    connection.execute(insert(tables.member), rows.member_values(member))
    connection.execute(insert(tables.invitation), rows.invitation_values(invitation))
