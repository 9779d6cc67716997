"""Setting up and looking after organizations: what is kept, what is told, what is refused."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Update, update

from messenger.domain.canned import FIRST_CANNED
from messenger.domain.errors import BadSetting, NotApproved
from messenger.domain.ids import OrganizationId, RoomId
from messenger.domain.keys import Recipient
from messenger.domain.people import Standing
from messenger.domain.recovery_key import parse_recovery_key, write_recovery_key
from messenger.services.administration import Administration
from messenger.storage import tables
from tests.cast import House, open_house

NEW_YEARS_EVE = datetime(2027, 1, 1, 3, tzinfo=UTC)
"""At Riverbend, it is still the last evening of 2026."""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, lambda: NEW_YEARS_EVE) as house:
        yield house


@pytest.fixture
def administration(house: House) -> Administration:
    return house.parts.administration


def spoil_recovery_of(room: RoomId) -> Update:
    """What a disk error, or somebody with the database in hand, could do to one report."""
    grant = tables.room_grant
    ours = (grant.c.room == room, grant.c.recipient == Recipient.RECOVERY.value)
    return update(grant).where(*ours).values(box=bytes(80))


def spoil_team_of(organization: OrganizationId) -> Update:
    generation = tables.team_generation
    ours = generation.c.organization == organization
    return update(generation).where(ours).values(public_key=bytes(32))


def paper(house: House) -> str:
    """The recovery key of Riverbend Schools as it was written down."""
    return write_recovery_key(house.recovery.private)


async def test_a_new_organization_has_a_recovery_key_and_first_responses(
    house: House, administration: Administration
) -> None:
    organization, recovery_key = await administration.add_organization(
        "Oak  County", "oak-county", "Europe/Berlin"
    )

    kept = await administration.organization("oak-county")
    pair = house.parts.vault.pair_of(parse_recovery_key(recovery_key))
    assert kept == organization
    assert (kept.name, kept.time_zone, kept.demo) == ("Oak County", "Europe/Berlin", False)
    assert kept.recovery_key == pair.public
    assert len(await house.parts.directory.canned(kept.id)) == len(FIRST_CANNED)
    assert (await house.parts.directory.duty_hours(kept.id)).shifts == {}


async def test_every_organization_has_a_recovery_key_of_its_own(
    administration: Administration,
) -> None:
    _, one = await administration.add_organization("One", "one", "UTC")
    _, two = await administration.add_organization("Two", "two", "UTC")

    with pytest.raises(BadSetting, match="not that of One"):
        await administration.read_with_recovery("one", two)
    assert (await administration.read_with_recovery("one", one)).rooms == 0


async def test_new_hours_keep_the_holidays_and_a_new_holiday_the_hours(
    administration: Administration,
) -> None:
    await administration.add_holiday("riverbend", date(2026, 12, 31))
    await administration.set_duty_hours("riverbend", "mon-fri 8-16")
    hours = await administration.add_holiday("riverbend", date(2027, 7, 4))

    assert hours.holidays == {date(2026, 12, 31), date(2027, 7, 4)}
    assert sorted(hours.shifts) == [0, 1, 2, 3, 4]
    assert hours.time_zone == "America/New_York"


async def test_a_day_that_is_over_there_is_no_holiday(administration: Administration) -> None:
    with pytest.raises(BadSetting, match="2026-12-30 is over"):
        await administration.add_holiday("riverbend", date(2026, 12, 30))


async def test_only_the_wording_that_was_given_changes(administration: Administration) -> None:
    await administration.set_wording("riverbend", greeting="Hello.", who_reads="Two counsellors.")
    await administration.set_wording("riverbend", emergency=["Town police: 555-0100"])
    changed = await administration.set_wording("riverbend", greeting="")

    assert changed == await administration.organization("riverbend")
    assert changed.greeting == ""
    assert changed.who_reads == "Two counsellors."
    assert changed.emergency == (("Town police", "555-0100"),)


async def test_changed_names_are_told_at_once(house: House, administration: Administration) -> None:
    ana = await house.responder("ana")
    await house.parts.roster.names(house.organization.id)

    await administration.rename_member("riverbend", "ana", shown_name="Ms. Ruiz")
    await administration.add_school("riverbend", "Oak Elementary")

    names = await house.parts.roster.names(house.organization.id)
    assert names.members[ana.member].shown_name == "Ms. Ruiz"
    assert "Oak Elementary" in names.schools.values()


async def test_renaming_changes_nothing_else(house: House, administration: Administration) -> None:
    await house.responder("ana")
    before = await administration.member("riverbend", "ana")

    renamed = await administration.rename_member("riverbend", " ANA ", name="Ana Vega")

    assert renamed == replace(before, name="Ana Vega")
    assert await administration.member("riverbend", "ana") == renamed


async def test_another_organizations_member_is_not_there(
    house: House, administration: Administration
) -> None:
    await house.responder("ana")
    await administration.add_organization("Oak", "oak", "UTC")

    for attempt in (administration.disable_member, administration.invite_again):
        with pytest.raises(BadSetting, match="Oak has no member “ana”"):
            await attempt("oak", "ana")
    assert (await administration.member("riverbend", "ana")).standing is Standing.ACTIVE


async def test_a_disabled_member_is_out_and_has_no_key(
    house: House, administration: Administration
) -> None:
    ana = await house.responder("ana")

    await administration.disable_member("riverbend", "ana")

    with pytest.raises(NotApproved):
        await house.parts.keyring.team_keys(ana)
    assert await house.parts.sessions.find_session(ana.session, 0) is None


async def test_only_who_waits_is_approved(house: House, administration: Administration) -> None:
    await house.member("ana", approved=False)
    await administration.invite("riverbend", "ben", "Ben")

    with pytest.raises(BadSetting, match="has not opened the invitation"):
        await administration.approve_with_recovery("riverbend", "ben", paper(house))
    approved = await administration.approve_with_recovery("riverbend", "ana", paper(house))
    with pytest.raises(BadSetting, match="approved already"):
        await administration.approve_with_recovery("riverbend", "ana", paper(house))

    assert approved.login == "ana"


async def test_what_keeps_reports_from_coming_or_being_read_is_told(
    house: House, administration: Administration
) -> None:
    oak, _ = await administration.add_organization("Oak", "oak", "UTC")
    await administration.set_duty_hours("riverbend", "always")
    await house.responder("ana")

    assert len(await administration.shortcomings(oak)) == 3
    assert await administration.shortcomings(house.organization) == []

    await house.responder("ben")
    await administration.disable_member("riverbend", "ben")
    assert len(await administration.shortcomings(house.organization)) == 1


async def test_a_rehearsal_names_the_reports_the_key_does_not_open(
    house: House, administration: Administration
) -> None:
    for number in range(3):
        await house.report(draft=f"draft-{number:04}")
    lost = (await house.parts.rooms.rooms(house.organization.id))[1]
    await house.parts.database.execute(spoil_recovery_of(lost.id))

    rehearsal = await administration.read_with_recovery("riverbend", paper(house))

    assert rehearsal.rooms == 3
    assert rehearsal.lost == (lost.number,)


async def test_a_team_key_that_was_put_there_by_somebody_else_is_noticed(
    house: House, administration: Administration
) -> None:
    await house.parts.database.execute(spoil_team_of(house.organization.id))

    with pytest.raises(BadSetting, match="damaged or changed"):
        await administration.read_with_recovery("riverbend", paper(house))
