"""Names kept at hand: never those from before a change."""

import asyncio
from pathlib import Path

from tests.cast import open_house


async def test_names_that_were_being_read_when_they_changed_are_not_kept(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        roster, organization = house.desks.roster, house.organization.id
        reading = asyncio.create_task(roster.names(organization))
        await asyncio.sleep(0)
        roster.forget()

        before = await reading

        assert await roster.names(organization) is not before
