"""How an organization answers, as an operator sets it: when it is on duty, and in which words."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from messenger.domain.duty import DutyHours, parse_hours
from messenger.domain.errors import BadSetting
from messenger.domain.naming import check_name, check_wording, parse_emergency
from messenger.domain.people import Canned, Organization
from messenger.domain.text import check_body
from messenger.ports.storage import Directory
from messenger.ports.world import Chance, Clock
from messenger.services.ids import new_id
from messenger.services.roster import Roster
from messenger.services.typed import Typed, known


class Practice:
    """What cannot be used is refused as `BadSetting`, with words that say what to type instead."""

    def __init__(self, directory: Directory, roster: Roster, chance: Chance, clock: Clock) -> None:
        self._directory = directory
        self._roster = roster
        self._chance = chance
        self._clock = clock
        self._typed = Typed(directory)

    # Hours

    async def set_duty_hours(self, slug: str, hours: str) -> DutyHours:
        """Replace the week, and keep the holidays."""
        organization, week = await self._typed.organization(slug), parse_hours(hours)
        before = await self._directory.duty_hours(organization.id)
        changed = replace(before, shifts=week)
        await self._directory.set_duty_hours(organization.id, changed)
        return changed

    async def add_holiday(self, slug: str, day: date) -> DutyHours:
        """Have no shift start on a day to come."""
        organization = await self._typed.organization(slug)
        before = await self._directory.duty_hours(organization.id)
        if day < self._clock().astimezone(ZoneInfo(organization.time_zone)).date():
            raise BadSetting(f"{day.isoformat()} is over. Write a day to come, like 2027-01-01.")
        changed = replace(before, holidays=before.holidays | {day})
        await self._directory.set_duty_hours(organization.id, changed)
        return changed

    async def remove_holiday(self, slug: str, day: date) -> DutyHours:
        """Have it be a day like any other of its weekday."""
        organization = await self._typed.organization(slug)
        before = await self._directory.duty_hours(organization.id)
        if day not in before.holidays:
            days = [holiday.isoformat() for holiday in sorted(before.holidays)]
            raise BadSetting(
                f"{day.isoformat()} is no holiday of {organization.name}. "
                f"{known(day.isoformat(), days)}"
            )
        changed = replace(before, holidays=before.holidays - {day})
        await self._directory.set_duty_hours(organization.id, changed)
        return changed

    # Words

    async def set_wording(
        self,
        slug: str,
        *,
        greeting: str | None = None,
        who_reads: str | None = None,
        emergency: Sequence[str] | None = None,
    ) -> Organization:
        """Change what reporters read; what is None stays, what is empty goes."""
        organization = await self._typed.organization(slug)
        if greeting is not None:
            organization = replace(organization, greeting=check_wording(greeting))
        if who_reads is not None:
            organization = replace(organization, who_reads=check_wording(who_reads))
        if emergency is not None:
            numbers = tuple(parse_emergency(number) for number in emergency)
            organization = replace(organization, emergency=numbers)
        await self._directory.update_organization(organization)
        self._roster.forget()
        return organization

    async def add_canned(self, slug: str, title: str, body: str) -> None:
        """Keep a response ready for the team, unless there is one of that title."""
        organization = await self._typed.organization(slug)
        if check_name(title).casefold() in await self._typed.responses(organization):
            raise BadSetting(
                f"There is a response “{title}” already: `messenger remove-canned` first, or choose "
                "another title."
            )
        canned = Canned(new_id(self._chance), check_name(title), check_body(body))
        await self._directory.add_canned(organization.id, canned)

    async def remove_canned(self, slug: str, title: str) -> None:
        """Offer a response no more. What was sent stays as it was sent."""
        organization = await self._typed.organization(slug)
        canned = await self._typed.response(organization, title)
        await self._directory.remove_canned(organization.id, canned.id)

    async def canned(self, slug: str) -> list[Canned]:
        """Return the responses that are ready."""
        return await self._directory.canned((await self._typed.organization(slug)).id)
