"""Who holds which key, and how it is unlocked."""

from collections.abc import Sequence
from secrets import token_bytes

from sqlalchemy import Connection, delete, func, insert, select, update

from messenger.domain.errors import BadInvitation, KeyTurned, NotFound, NothingChanges
from messenger.domain.ids import MemberId, OrganizationId
from messenger.domain.keys import (
    Approval,
    Credentials,
    Invitation,
    Recipient,
    RoomGrant,
    TeamGeneration,
    TeamGrant,
)
from messenger.domain.people import Member, Standing
from messenger.ports.world import Chance
from messenger.storage import rows, tables
from messenger.storage.database import Transactions
from messenger.storage.rotation import (
    begin_anew,
    lock_organization,
    newest_generation,
    rotate,
    team_grants_of_open_rooms,
)
from messenger.storage.statements import upsert

_MEMBER = tables.member.c
_CREDENTIALS = tables.credentials.c
_INVITATION = tables.invitation.c
_GENERATION = tables.team_generation.c
_GRANT = tables.team_grant.c
_APPROVAL = tables.approval.c
_SALT_BYTES = 16


class StoredKeys:
    """Keys in the database, every one of them sealed. `chance` makes the deployment's salt."""

    def __init__(self, database: Transactions, chance: Chance = token_bytes) -> None:
        self._database = database
        self._chance = chance

    async def find_credentials(self, member: MemberId) -> Credentials | None:
        query = select(tables.credentials).where(_CREDENTIALS.member == member)
        row = await self._database.read(lambda c: c.execute(query).first())
        return None if row is None else rows.credentials_of(row)

    async def change_password(self, before: Credentials, after: Credentials) -> bool:
        same = update(tables.credentials).where(
            _CREDENTIALS.member == before.member,
            _CREDENTIALS.wrapped_private == before.wrapped_private,
        )
        wrapped = same.values(
            salt=after.salt, cost=after.cost, wrapped_private=after.wrapped_private
        )
        return await self._database.execute(wrapped) == 1

    async def change_second_factor(self, member: MemberId, before: bytes, after: bytes) -> bool:
        same = update(tables.credentials).where(
            _CREDENTIALS.member == member, _CREDENTIALS.second_factor == before
        )
        return await self._database.execute(same.values(second_factor=after)) == 1

    async def take_step(self, member: MemberId, step: int) -> bool:
        newer = update(tables.credentials).where(
            _CREDENTIALS.member == member, _CREDENTIALS.last_step < step
        )
        return await self._database.execute(newer.values(last_step=step)) == 1

    async def find_invitation(self, code_hash: bytes, now: int) -> MemberId | None:
        valid = (_INVITATION.code_hash == code_hash, _INVITATION.expires > now)
        query = select(_INVITATION.member).where(*valid)
        member = await self._database.read(lambda c: c.scalars(query).first())
        return None if member is None else MemberId(member)

    async def invite_again(self, invitation: Invitation) -> None:
        await self._database.write(lambda c: _invite_again(c, invitation), news=True)

    async def accept_invitation(
        self, code_hash: bytes, public_key: bytes, credentials: Credentials
    ) -> None:
        await self._database.write(
            lambda c: _accept(c, code_hash, public_key, credentials), news=True
        )

    async def approve(self, approval: Approval, grants: Sequence[TeamGrant]) -> None:
        await self._database.write(lambda c: _approve(c, approval, grants), news=True)

    async def disable(self, member: MemberId) -> None:
        await self._database.write(lambda c: _disable(c, member), news=True)

    async def generations(self, organization: OrganizationId) -> list[TeamGeneration]:
        ours = _GENERATION.organization == organization
        query = select(tables.team_generation).where(ours).order_by(_GENERATION.generation)
        return await self._database.read(
            lambda c: [rows.generation_of(row) for row in c.execute(query)]
        )

    async def team_grants(
        self, organization: OrganizationId, recipient: str, recipient_id: str
    ) -> list[TeamGrant]:
        query = select(tables.team_grant).where(
            _GRANT.organization == organization,
            _GRANT.recipient == str(recipient),
            _GRANT.recipient_id == recipient_id,
        )
        return await self._database.read(
            lambda c: [
                rows.team_grant_of(row) for row in c.execute(query.order_by(_GRANT.generation))
            ]
        )

    async def approvals(self, organization: OrganizationId) -> list[tuple[Member, Approval]]:
        return await self._database.read(lambda c: _approvals(c, organization))

    async def rotation_due(self, organization: OrganizationId) -> bool:
        ours = tables.organization.c.id == organization
        query = select(tables.organization.c.rotation_due).where(ours)
        return bool(await self._database.read(lambda c: c.scalars(query).first()))

    async def begin_anew(
        self, generation: TeamGeneration, grant: TeamGrant, recovery_key: bytes
    ) -> bool:
        return await self._database.write(
            lambda c: begin_anew(c, generation, grant, recovery_key), news=True
        )

    async def rotate(
        self,
        generation: TeamGeneration,
        grants: Sequence[TeamGrant],
        approvals: Sequence[Approval],
        rooms: Sequence[RoomGrant],
    ) -> bool:
        return await self._database.write(
            lambda c: rotate(c, generation, grants, approvals, rooms), news=True
        )

    async def rooms_to_regrant(self, organization: OrganizationId) -> list[RoomGrant]:
        query = team_grants_of_open_rooms(organization)
        return await self._database.read(
            lambda c: [rows.room_grant_of(row) for row in c.execute(query)]
        )

    async def salt(self) -> bytes:
        return await self._database.read(_find_salt) or await self._database.write(
            lambda c: _keep_salt(c, self._chance(_SALT_BYTES))
        )

    async def find_secrets_mark(self) -> bytes | None:
        return await self._database.read(_find_secrets_mark)

    async def secrets_mark(self, first: bytes) -> bytes:
        kept = await self.find_secrets_mark()
        if kept is not None:
            return kept
        await self.salt()  # It lies in the same row.
        return await self._database.write(lambda c: _keep_first_mark(c, first))

    async def keep_secrets_mark(self, mark: bytes) -> None:
        await self.salt()
        await self._database.execute(update(tables.deployment).values(secrets_mark=mark))


def _invite_again(connection: Connection, invitation: Invitation) -> None:
    _change_member(connection, invitation.member, standing=Standing.INVITED.value, public_key=b"")
    _take_everything(connection, invitation.member)
    connection.execute(insert(tables.invitation), rows.invitation_values(invitation))


def _accept(
    connection: Connection, code_hash: bytes, public_key: bytes, credentials: Credentials
) -> None:
    same = (_INVITATION.code_hash == code_hash, _INVITATION.member == credentials.member)
    if connection.execute(delete(tables.invitation).where(*same)).rowcount == 0:
        raise BadInvitation
    others = delete(tables.invitation).where(_INVITATION.member == credentials.member)
    connection.execute(others)
    _change_member(
        connection, credentials.member, standing=Standing.PENDING.value, public_key=public_key
    )
    connection.execute(insert(tables.credentials), rows.credentials_values(credentials))


def _approve(connection: Connection, approval: Approval, grants: Sequence[TeamGrant]) -> None:
    query = select(tables.member).where(_MEMBER.id == approval.member).with_for_update()
    row = connection.execute(query).first()
    if row is None:
        raise NotFound
    if row.standing != Standing.PENDING.value:
        raise NothingChanges
    lock_organization(connection, row.organization)
    if newest_generation(connection, row.organization) != approval.generation:
        raise KeyTurned  # These grants would leave the member without it.
    _change_member(connection, approval.member, standing=Standing.ACTIVE.value)
    connection.execute(insert(tables.approval), rows.approval_values(approval))
    if grants:
        connection.execute(
            insert(tables.team_grant), [rows.team_grant_values(grant) for grant in grants]
        )


def _disable(connection: Connection, member: MemberId) -> None:
    _change_member(connection, member, standing=Standing.DISABLED.value, on_duty=False)
    _take_everything(connection, member)


def _change_member(connection: Connection, member: MemberId, **values: object) -> None:
    changed = update(tables.member).where(_MEMBER.id == member).values(values)
    if connection.execute(changed).rowcount == 0:
        raise NotFound


def _take_everything(connection: Connection, member: MemberId) -> None:
    """Whatever lets a member in or makes them a holder of the team's key, which then has to change:
    it may be in the hands of who stole their password, or of the member who left.
    """
    of_member = select(_MEMBER.organization).where(_MEMBER.id == member)
    organization = OrganizationId(connection.scalars(of_member).one())
    # Whoever is about to give them the next key is let finish, and it is taken with the others.
    lock_organization(connection, organization)
    for table in (tables.credentials, tables.approval, tables.session, tables.invitation):
        connection.execute(delete(table).where(table.c.member == member))
    theirs = (_GRANT.recipient == Recipient.MEMBER.value, _GRANT.recipient_id == member)
    if connection.execute(delete(tables.team_grant).where(*theirs)).rowcount:
        due = update(tables.organization).where(tables.organization.c.id == organization)
        connection.execute(due.values(rotation_due=True))


def _approvals(
    connection: Connection, organization: OrganizationId
) -> list[tuple[Member, Approval]]:
    newest = (
        select(func.max(_APPROVAL.generation))
        .where(_APPROVAL.member == _MEMBER.id)
        .correlate(tables.member)
        .scalar_subquery()
    )
    theirs = (_APPROVAL.member == _MEMBER.id) & (_APPROVAL.generation == newest)
    query = (
        select(tables.member, _APPROVAL.generation, _APPROVAL.tag)
        .join(tables.approval, theirs)
        .where(_MEMBER.organization == organization, _MEMBER.standing == Standing.ACTIVE.value)
        .order_by(_MEMBER.name, _MEMBER.id)
    )
    return [
        (rows.member_of(row), Approval(row.id, row.generation, row.tag))
        for row in connection.execute(query)
    ]


def _find_salt(connection: Connection) -> bytes:
    salt: bytes | None = connection.scalars(select(tables.deployment.c.salt)).first()
    return salt or b""


def _find_secrets_mark(connection: Connection) -> bytes | None:
    return connection.scalars(select(tables.deployment.c.secrets_mark)).first()


def _keep_first_mark(connection: Connection, first: bytes) -> bytes:
    nobody_s = tables.deployment.c.secrets_mark.is_(None)
    connection.execute(update(tables.deployment).where(nobody_s).values(secrets_mark=first))
    return _find_secrets_mark(connection) or first


def _keep_salt(connection: Connection, salt: bytes) -> bytes:
    """Whoever was first made it: everybody's receipts hang on it."""
    statement = upsert(connection, tables.deployment).values(id=1, salt=salt)
    connection.execute(statement.on_conflict_do_nothing())
    return _find_salt(connection)
