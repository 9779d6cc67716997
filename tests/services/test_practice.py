"""How an organization answers: its hours, its holidays, its words."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from messenger.domain.errors import BadSetting
from messenger.services.practice import Practice
from tests.cast import House, open_house

NEW_YEARS_EVE = datetime(2027, 1, 1, 3, tzinfo=UTC)
"""At Riverbend, it is still the last evening of 2026."""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, lambda: NEW_YEARS_EVE) as house:
        yield house


@pytest.fixture
def practice(house: House) -> Practice:
    return house.parts.practice


async def test_new_hours_keep_the_holidays_and_a_new_holiday_the_hours(
    practice: Practice,
) -> None:
    await practice.add_holiday("riverbend", date(2026, 12, 31))
    await practice.set_duty_hours("riverbend", "mon-fri 8-16")
    hours = await practice.add_holiday("riverbend", date(2027, 7, 4))

    assert hours.holidays == {date(2026, 12, 31), date(2027, 7, 4)}
    assert sorted(hours.shifts) == [0, 1, 2, 3, 4]
    assert hours.time_zone == "America/New_York"


async def test_a_day_that_is_over_there_is_no_holiday(practice: Practice) -> None:
    with pytest.raises(BadSetting, match="2026-12-30 is over"):
        await practice.add_holiday("riverbend", date(2026, 12, 30))


async def test_only_the_wording_that_was_given_changes(house: House, practice: Practice) -> None:
    await practice.set_wording("riverbend", greeting="Hello.", who_reads="Two counsellors.")
    await practice.set_wording("riverbend", emergency=["Town police: 555-0100"])
    changed = await practice.set_wording("riverbend", greeting="")

    assert changed == await house.parts.directory.organization_of_slug("riverbend")
    assert changed.greeting == ""
    assert changed.who_reads == "Two counsellors."
    assert changed.emergency == (("Town police", "555-0100"),)


async def test_what_is_no_holiday_any_more_is_a_day_like_any_other(practice: Practice) -> None:
    for day in (date(2027, 7, 4), date(2027, 12, 24)):
        await practice.add_holiday("riverbend", day)

    hours = await practice.remove_holiday("riverbend", date(2027, 7, 4))

    assert hours.holidays == {date(2027, 12, 24)}
    with pytest.raises(BadSetting, match=r"2027-07-04 is no holiday.*2027-12-24"):
        await practice.remove_holiday("riverbend", date(2027, 7, 4))


async def test_a_response_is_ready_until_it_is_removed(practice: Practice) -> None:
    before = await practice.canned("riverbend")
    await practice.add_canned("riverbend", "Bus  office", "They open at 8.")

    with pytest.raises(BadSetting, match="“bus office” already"):
        await practice.add_canned("riverbend", "bus office", "They open at 9.")
    with pytest.raises(BadSetting, match="Did you mean “Bus office”"):
        await practice.remove_canned("riverbend", "Bus ofice")
    await practice.remove_canned("riverbend", " bus OFFICE ")

    assert await practice.canned("riverbend") == before
