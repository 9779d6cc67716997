"""Setting up organizations: what is kept, what is told, what is refused."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from messenger.domain.canned import FIRST_CANNED
from messenger.domain.errors import BadSetting
from messenger.domain.recovery_key import parse_recovery_key
from messenger.services.administration import Administration
from tests.cast import House, open_house

NOW = datetime(2027, 1, 1, 3, tzinfo=UTC)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, lambda: NOW) as house:
        yield house


@pytest.fixture
def administration(house: House) -> Administration:
    return house.parts.administration


async def test_a_new_organization_has_a_recovery_key_and_first_responses(
    house: House, administration: Administration
) -> None:
    organization, recovery_key = await administration.add_organization(
        "Oak  County", "oak-county", "Europe/Berlin"
    )

    kept = await house.parts.directory.organization_of_slug("oak-county")
    pair = house.parts.vault.pair_of(parse_recovery_key(recovery_key))
    assert kept == organization
    assert (kept.name, kept.time_zone, kept.demo) == ("Oak County", "Europe/Berlin", False)
    assert kept.recovery_key == pair.public
    assert len(await house.parts.directory.canned(kept.id)) == len(FIRST_CANNED)
    assert (await house.parts.directory.duty_hours(kept.id)).shifts == {}


async def test_what_keeps_reports_from_coming_or_being_read_is_told(
    house: House, administration: Administration
) -> None:
    oak, _ = await administration.add_organization("Oak", "oak", "UTC")
    await house.parts.practice.set_duty_hours("riverbend", "always")
    await house.responder("ana")

    assert len(await administration.shortcomings(oak)) == 3
    assert await administration.shortcomings(house.organization) == []

    await house.responder("ben")
    await house.parts.membership.disable("riverbend", "ben")
    assert len(await administration.shortcomings(house.organization)) == 1


async def test_a_school_s_new_name_is_told_at_once_and_its_reports_keep_it(
    house: House, administration: Administration
) -> None:
    school = await administration.add_school("riverbend", "Oak Elementry")
    await house.parts.roster.names(house.organization.id)

    renamed = await administration.rename_school("riverbend", "oak  elementry", "Oak Elementary")

    names = await house.parts.roster.names(house.organization.id)
    assert renamed.id == school.id
    assert names.schools[school.id] == "Oak Elementary"


async def test_a_school_is_called_by_no_other_s_name_but_may_be_spelled_anew(
    administration: Administration,
) -> None:
    await administration.add_school("riverbend", "Oak")
    await administration.add_school("riverbend", "Elm")

    with pytest.raises(BadSetting, match="has a school “ELM” already"):
        await administration.rename_school("riverbend", "Oak", "ELM")
    assert (await administration.rename_school("riverbend", "Oak", "OAK")).name == "OAK"


async def test_a_school_goes_when_nothing_leads_there_or_names_it(
    house: House, administration: Administration
) -> None:
    await administration.add_school("riverbend", "Elm")
    await administration.add_code("riverbend", "ELM", "Elm")
    await house.report()
    await administration.remove_code("riverbend", "LINCOLN")

    with pytest.raises(BadSetting, match=r"Reports name Lincoln High.*rename-school"):
        await administration.remove_school("riverbend", "Lincoln High")
    with pytest.raises(BadSetting, match=r"The code “elm” leads to Elm.*remove-code"):
        await administration.remove_school("riverbend", "Elm")
    await administration.remove_code("riverbend", "ELM")
    await administration.remove_school("riverbend", "Elm")

    names = await house.parts.roster.names(house.organization.id)
    assert list(names.schools.values()) == ["Lincoln High"]


async def test_a_removed_code_is_free_for_another_organization(
    house: House, administration: Administration
) -> None:
    oak, _ = await administration.add_organization("Oak", "oak", "UTC")
    await administration.add_code("riverbend", "METRO")

    with pytest.raises(BadSetting, match="Oak has no code “METRO”"):
        await administration.remove_code("oak", "METRO")
    await administration.remove_code("riverbend", "metro")
    await administration.add_code("oak", "Metro")

    assert await house.parts.directory.find_code("METRO") == (oak.id, None)


async def test_a_new_name_and_time_zone_change_nothing_else(
    house: House, administration: Administration
) -> None:
    await house.parts.practice.set_duty_hours("riverbend", "mon-fri 8-16")

    named = await administration.change_organization("riverbend", name="Riverbend  District")
    placed = await administration.change_organization("riverbend", time_zone="America/Denver")

    hours = await house.parts.directory.duty_hours(house.organization.id)
    assert named == replace(house.organization, name="Riverbend District")
    assert placed == replace(named, time_zone="America/Denver")
    assert (hours.time_zone, sorted(hours.shifts)) == ("America/Denver", [0, 1, 2, 3, 4])
