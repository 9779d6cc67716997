"""What has to happen though nobody asks: claims lapse, mails go out, deleted content goes."""

from datetime import UTC, timedelta

from messenger.domain.commands import LapseClaim, MarkMailed
from messenger.domain.errors import Refusal
from messenger.domain.ids import ClientId, OrganizationId
from messenger.domain.people import Member, Standing
from messenger.domain.report import Urgency
from messenger.domain.room import Room
from messenger.ports import (
    Chance,
    Clock,
    Journal,
    Mail,
    MailDown,
    Mailer,
    Presence,
    Rooms,
    Sessions,
    Shown,
)
from messenger.services.ids import new_id
from messenger.services.roster import Names, Roster
from messenger.services.telling import Teller
from messenger.services.wording import Wording

CLAIM_PATIENCE = 120.0
"""Seconds a holder may be unheard of before the claim lapses; a lease is 45."""
MAIL_AFTER = timedelta(minutes=1)
MAIL_GAP = timedelta(minutes=10)
"""One mail per organization in this time, however many rooms wait."""


class Sweep:
    """One round of it; `app` runs it every few seconds."""

    def __init__(
        self,
        journal: Journal,
        rooms: Rooms,
        sessions: Sessions,
        presence: Presence,
        shown: Shown,
        roster: Roster,
        teller: Teller,
        wording: Wording,
        mailer: Mailer | None,
        chance: Chance,
        clock: Clock,
        address: str,
    ) -> None:
        self._journal = journal
        self._rooms = rooms
        self._sessions = sessions
        self._presence = presence
        self._shown = shown
        self._roster = roster
        self._teller = teller
        self._wording = wording
        self._mailer = mailer
        self._chance = chance
        self._clock = clock
        self._address = address
        self._last_mail: dict[OrganizationId, int] = {}

    async def run(self) -> None:
        """Do all that is due now."""
        self._presence.sweep()
        await self.lapse_claims()
        await self.send_mails()
        await self._sessions.expire_sessions(self._now())
        await self.erase()

    async def lapse_claims(self) -> None:
        """Put rooms whose holder disappeared back into the queue, higher."""
        for room in await self._rooms.claimed_rooms():
            if room.responder and self._presence.is_gone(room.responder, CLAIM_PATIENCE):
                await self._lapse(room)

    async def send_mails(self) -> None:
        """Tell people on duty by mail about rooms no console has shown for a minute."""
        if self._mailer is None:
            return
        before = int((self._clock() - MAIL_AFTER).timestamp())
        waiting: dict[OrganizationId, list[Room]] = {}
        for room in await self._rooms.unmailed_rooms(before):
            if not self._shown.is_shown(room.id):
                waiting.setdefault(room.organization, []).append(room)
        for organization, rooms in waiting.items():
            if self._now() - self._last_mail.get(organization, 0) >= MAIL_GAP.total_seconds():
                await self._mail(self._mailer, organization, rooms)

    async def erase(self) -> None:
        """Erase what reporters deleted, once its day has come."""
        today = self._clock().astimezone(UTC).date()
        for organization, room in await self._rooms.delete_due(today):
            self._teller.tell_gone(organization, room)

    async def _lapse(self, room: Room) -> None:
        if room.responder is None:
            return
        command = LapseClaim(room.id, ClientId(new_id(self._chance)), room.responder)
        try:
            outcome = await self._journal.submit(command)
        except Refusal:
            return  # Somebody was faster: it is claimed anew, handed over or closed.
        await self._teller.tell(outcome, {})
        self._teller.tell_state(outcome.room, await self._roster.names(room.organization))

    async def _mail(self, mailer: Mailer, organization: OrganizationId, rooms: list[Room]) -> None:
        names = await self._roster.names(organization)
        urgent = any(room.urgency is Urgency.LIFE_SAFETY for room in rooms)
        subject, text = self._wording.mail(names.organization, len(rooms), urgent=urgent)
        text = f"{text}\n\n{self._address}/console\n"
        sent = [
            await self._is_sent(mailer, Mail(member.email, subject, text))
            for member in _receivers(names, rooms)
        ]
        if not any(sent):
            return  # Nobody was told: the next round tries again.
        # One address that fails must not have the others mailed again every few seconds.
        self._last_mail[organization] = self._now()
        for room in rooms:
            await self._journal.submit(MarkMailed(room.id))

    async def _is_sent(self, mailer: Mailer, mail: Mail) -> bool:
        try:
            await mailer.send(mail)
        except MailDown:
            return False
        return True

    def _now(self) -> int:
        return int(self._clock().timestamp())


def _receivers(names: Names, rooms: list[Room]) -> list[Member]:
    """Those on duty; for life safety, when nobody is, everyone: nobody is left unanswered."""
    members = [m for m in names.members.values() if m.standing is Standing.ACTIVE and m.email]
    on_duty = [member for member in members if member.on_duty]
    urgent = any(room.urgency is Urgency.LIFE_SAFETY for room in rooms)
    return on_duty or (members if urgent else [])
