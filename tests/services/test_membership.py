"""Members as an operator sees them, and the recovery key in their place."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Update, update

from messenger.domain.errors import BadSetting, NotApproved
from messenger.domain.ids import OrganizationId, RoomId
from messenger.domain.keys import Recipient
from messenger.domain.people import Member, Standing
from messenger.domain.recovery_key import write_recovery_key
from messenger.services.membership import Membership
from messenger.services.typed import Typed
from messenger.storage import tables
from tests.cast import House, open_house

NOW = datetime(2027, 1, 1, 3, tzinfo=UTC)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, lambda: NOW) as house:
        yield house


@pytest.fixture
def membership(house: House) -> Membership:
    return house.parts.membership


def spoil_recovery_of(room: RoomId) -> Update:
    """What a disk error, or somebody with the database in hand, could do to one report."""
    grant = tables.room_grant
    ours = (grant.c.room == room, grant.c.recipient == Recipient.RECOVERY.value)
    return update(grant).where(*ours).values(box=bytes(80))


def spoil_team_of(organization: OrganizationId) -> Update:
    generation = tables.team_generation
    ours = generation.c.organization == organization
    return update(generation).where(ours).values(public_key=bytes(32))


async def member_of(house: House, slug: str, login: str) -> Member:
    return await Typed(house.parts.directory).member(slug, login)


def paper(house: House) -> str:
    """The recovery key of Riverbend Schools as it was written down."""
    return write_recovery_key(house.recovery.private)


async def test_every_organization_has_a_recovery_key_of_its_own(
    house: House, membership: Membership
) -> None:
    _, one = await house.parts.administration.add_organization("One", "one", "UTC")
    _, two = await house.parts.administration.add_organization("Two", "two", "UTC")

    with pytest.raises(BadSetting, match="not that of One"):
        await membership.read_with_recovery("one", two)
    assert (await membership.read_with_recovery("one", one)).rooms == 0


async def test_changed_names_are_told_at_once(house: House, membership: Membership) -> None:
    ana = await house.responder("ana")
    await house.parts.roster.names(house.organization.id)

    await membership.rename("riverbend", "ana", shown_name="Ms. Ruiz")
    await house.parts.administration.add_school("riverbend", "Oak Elementary")

    names = await house.parts.roster.names(house.organization.id)
    assert names.members[ana.member].shown_name == "Ms. Ruiz"
    assert "Oak Elementary" in names.schools.values()


async def test_renaming_changes_nothing_else(house: House, membership: Membership) -> None:
    await house.responder("ana")
    before = await member_of(house, "riverbend", "ana")

    renamed = await membership.rename("riverbend", " ANA ", name="Ana Vega")

    assert renamed == replace(before, name="Ana Vega")
    assert await member_of(house, "riverbend", "ana") == renamed


async def test_another_organizations_member_is_not_there(
    house: House, membership: Membership
) -> None:
    await house.responder("ana")
    await house.parts.administration.add_organization("Oak", "oak", "UTC")

    for attempt in (membership.disable, membership.invite_again):
        with pytest.raises(BadSetting, match="Oak has no member “ana”"):
            await attempt("oak", "ana")
    assert (await member_of(house, "riverbend", "ana")).standing is Standing.ACTIVE


async def test_a_disabled_member_is_out_and_has_no_key(
    house: House, membership: Membership
) -> None:
    ana = await house.responder("ana")

    await membership.disable("riverbend", "ana")

    with pytest.raises(NotApproved):
        await house.parts.keyring.team_keys(ana)
    assert await house.parts.sessions.find_session(ana.session, 0) is None


async def test_only_who_waits_is_approved(house: House, membership: Membership) -> None:
    await house.member("ana", approved=False)
    await membership.invite("riverbend", "ben", "Ben")

    with pytest.raises(BadSetting, match="has not opened the invitation"):
        await membership.approve_with_recovery("riverbend", "ben", paper(house))
    approved = await membership.approve_with_recovery("riverbend", "ana", paper(house))
    with pytest.raises(BadSetting, match="approved already"):
        await membership.approve_with_recovery("riverbend", "ana", paper(house))

    assert approved.login == "ana"


async def test_a_rehearsal_names_the_reports_the_key_does_not_open(
    house: House, membership: Membership
) -> None:
    for number in range(3):
        await house.report(draft=f"draft-{number:04}")
    lost = (await house.parts.rooms.rooms(house.organization.id))[1]
    await house.parts.database.execute(spoil_recovery_of(lost.id))

    rehearsal = await membership.read_with_recovery("riverbend", paper(house))

    assert rehearsal.rooms == 3
    assert rehearsal.lost == (lost.number,)


async def test_a_team_key_that_was_put_there_by_somebody_else_is_noticed(
    house: House, membership: Membership
) -> None:
    await house.parts.database.execute(spoil_team_of(house.organization.id))

    with pytest.raises(BadSetting, match="damaged or changed"):
        await membership.read_with_recovery("riverbend", paper(house))
