"""Who is on duty, told truthfully: somebody is "here" only before an open console."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from messenger.domain.access import Responder
from messenger.domain.duty import Duty, usual_answer
from messenger.domain.ids import OrganizationId
from messenger.ports.live import CONSOLE, Presence, Seat
from messenger.ports.storage import Directory, Rooms
from messenger.ports.world import Clock
from messenger.protocol.frames import DutyNow
from messenger.services.roster import Roster
from messenger.services.wording import Wording

REMEMBER_FOR = timedelta(seconds=10)
"""How old all but presence may be, as every socket asks; presence is always fresh."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What was found `at` that time. `said`: the sentences for when somebody is here, and when not."""

    at: datetime
    duty: Duty
    said: dict[bool, DutyNow]


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
        self._known: dict[OrganizationId, _Known] = {}

    async def go(self, responder: Responder, *, on: bool) -> None:
        """Put a member on or off duty."""
        names = await self._roster.names(responder.organization)
        await self._directory.change_member(names.members[responder.member], on_duty=on)
        self._roster.forget()

    async def now(self, organization: OrganizationId) -> Duty:
        """Say who is there now, when somebody will be, and how fast they usually answer."""
        known = await self._remembered(organization)
        return replace(known.duty, here=await self._is_here(organization))

    async def sentences(self, organization: OrganizationId) -> DutyNow:
        """Say the same in words."""
        known = await self._remembered(organization)
        return known.said[await self._is_here(organization)]

    async def in_short(self, organization: OrganizationId) -> tuple[bool, str]:
        """Say whether somebody is there, and that in few words; none where there is nothing sure."""
        duty = await self.now(organization)
        return duty.here, self._wording.duty_in_short(duty)

    async def _is_here(self, organization: OrganizationId) -> bool:
        names = await self._roster.names(organization)
        return any(self._presence.is_taken(Seat(CONSOLE, member.id)) for member in names.on_duty)

    async def _remembered(self, organization: OrganizationId) -> "_Known":
        """All but who is here: with the time zones in it, dear for thousands who come at once."""
        known = self._known.get(organization)
        if known is not None and abs(self._clock() - known.at) <= REMEMBER_FOR:
            return known
        hours = await self._directory.duty_hours(organization)
        usual = usual_answer(await self._rooms.recent_answers(organization))
        at = self._clock()
        within, next_start = hours.covers(at), hours.next_start(at)
        duty = Duty(at, here=False, within_hours=within, next_start=next_start, usual=usual)
        said = {here: self._wording.duty(replace(duty, here=here)) for here in (False, True)}
        if known is not None and known.said == said:
            said = known.said  # Thousands of seats hold what they were told.
        known = self._known[organization] = _Known(at, duty, said)
        return known
