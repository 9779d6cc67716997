"""Who is on duty, told truthfully: somebody is "here" only with the console open."""

from dataclasses import replace
from datetime import datetime, timedelta

from messenger.domain.access import Responder
from messenger.domain.duty import Duty, DutyHours, usual_answer
from messenger.domain.ids import OrganizationId
from messenger.domain.people import Member, Standing
from messenger.ports import Clock, Directory, Presence, Rooms, Seat
from messenger.protocol.frames import DutyNow
from messenger.services.roster import Roster
from messenger.services.wording import Wording

REMEMBER_FOR = timedelta(seconds=10)
"""How old hours and the usual wait may be, as every socket asks; presence is always fresh."""


class DutyDesk:
    """Switches duty on and off, and says how things stand."""

    def __init__(
        self,
        directory: Directory,
        rooms: Rooms,
        presence: Presence,
        roster: Roster,
        wording: Wording,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._rooms = rooms
        self._presence = presence
        self._roster = roster
        self._wording = wording
        self._clock = clock
        self._known: dict[OrganizationId, tuple[datetime, tuple[DutyHours, int | None]]] = {}

    async def go(self, responder: Responder, *, on: bool) -> Member:
        """Put a member on or off duty."""
        names = await self._roster.names(responder.organization)
        member = names.members[responder.member]
        changed = replace(member, on_duty=on)
        await self._directory.update_member(changed)
        self._roster.forget()
        return changed

    async def now(self, organization: OrganizationId) -> Duty:
        """Say who is there now, when somebody will be, and how fast they usually answer."""
        names = await self._roster.names(organization)
        hours, usual = await self._remembered(organization)
        at = self._clock()
        here = any(self._is_here(member) for member in names.members.values())
        return Duty(here, hours.covers(at), hours.next_start(at), usual)

    async def sentences(self, organization: OrganizationId) -> DutyNow:
        """Say the same in words."""
        names = await self._roster.names(organization)
        return self._wording.duty(await self.now(organization), names.organization)

    def _is_here(self, member: Member) -> bool:
        active = member.on_duty and member.standing is Standing.ACTIVE
        return active and self._presence.is_taken(Seat(None, member.id))

    async def _remembered(self, organization: OrganizationId) -> tuple[DutyHours, int | None]:
        known = self._known.get(organization)
        if known is not None and self._clock() - known[0] <= REMEMBER_FOR:
            return known[1]
        hours = await self._directory.duty_hours(organization)
        facts = hours, usual_answer(await self._rooms.recent_answers(organization))
        self._known[organization] = self._clock(), facts
        return facts
