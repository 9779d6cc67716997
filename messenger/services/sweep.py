"""What has to happen though nobody asks: claims lapse, mails go out, what was deleted or given up goes."""

from contextlib import suppress
from datetime import UTC, timedelta

from anyio import current_time

from messenger.domain.attachment import Erasure
from messenger.domain.commands import LapseClaim, MarkMailed
from messenger.domain.errors import NotFound, Refusal, StoreDown
from messenger.domain.ids import ClientId, MemberId, OrganizationId
from messenger.domain.moments import seconds
from messenger.domain.people import Member, Standing
from messenger.domain.report import Urgency
from messenger.domain.room import Room
from messenger.ports.live import Presence, Shown
from messenger.ports.notify import Mail, MailDown, Mailer
from messenger.ports.storage import Attachments, Directory, Files, Journal, Leasing, Rooms, Sessions
from messenger.ports.world import Chance, Clock
from messenger.services.ids import new_id
from messenger.services.roster import Names, Roster
from messenger.services.telling import Teller
from messenger.services.wording import Wording

SWEEP_LEASE = 6.0
"""Seconds until the sweep passes to another process when this one is dead, or stuck."""
CLAIM_PATIENCE = 120.0
"""Seconds a holder may be unheard of before the claim lapses; a lease of presence is 45."""
BREAK = 30.0
"""Seconds between two rounds in which nobody can have been heard: we were paused, or without the database."""
MAIL_ANYHOW = timedelta(minutes=5)
"""So long a console that shows a room puts the mail off. Nobody may sit before it."""
MAIL_GAP = timedelta(minutes=10)
"""One mail per organization in this time, however many rooms wait."""
URGENT_GAP = timedelta(minutes=5)
"""The same for a danger to life, which waits behind no other mail. Bounded: anybody can say so."""
MAIL_PATIENCE = 30.0
"""Seconds for one mail to one person: more than any mailer's deadline."""
ERASED_AT_ONCE = 100
"""Folders in one round."""
_SWEEP = "sweep"
_CLAIMS = "claims"
"""Held by whoever lapses claims, or keeps the others from it."""
_MAILS = {True: "urgent mails", False: "mails"}


class Sweep:
    """One round of it; `rounds` runs it every few seconds, in one of the processes at a time.

    Mails are rounds of their own, each with a lease of its own: a slow mail server holds up nothing
    else, nor other mails those about a danger to life.
    """

    def __init__(
        self,
        journal: Journal,
        directory: Directory,
        rooms: Rooms,
        sessions: Sessions,
        leasing: Leasing,
        attachments: Attachments,
        files: Files,
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
        self._directory = directory
        self._rooms = rooms
        self._sessions = sessions
        self._leasing = leasing
        self._attachments = attachments
        self._files = files
        self._presence = presence
        self._shown = shown
        self._roster = roster
        self._teller = teller
        self._wording = wording
        self._mailer = mailer
        self._chance = chance
        self._clock = clock
        self._address = address
        self._holder = new_id(chance)
        self._stuck = 0
        self._looked_at: float | None = None
        self._patient_until = 0.0

    async def run(self) -> None:
        """Do all that is due now but mails, unless another process does."""
        if not self._presence.hears_all:
            # Who sits here may look gone to those who do not hear us.
            await self._is_ours(_CLAIMS)
        is_ours = await self._is_ours(_SWEEP)
        self._note_break()
        if not is_ours:
            return
        if current_time() >= self._patient_until:
            await self.lapse_claims()
        await self._sessions.expire_sessions(seconds(self._clock()))
        await self.erase()
        await self.give_up_files()
        self._looked_at = current_time()

    async def stop(self) -> None:
        """Leave all rounds to another process, at once."""
        for lease in (_SWEEP, _CLAIMS, *_MAILS.values()):
            await self._leasing.release(lease, self._holder)

    async def lapse_claims(self) -> None:
        """Put rooms whose holder disappeared back into the queue, higher."""
        for room in await self._rooms.claimed_rooms():
            if room.responder and self._presence.is_gone(room.responder, CLAIM_PATIENCE):
                if not (await self._is_ours(_SWEEP) and await self._is_ours(_CLAIMS)):
                    return
                await self._lapse(room, room.responder)

    async def send_mails(self, *, urgent: bool) -> None:
        """Tell people by mail, those on duty first, about rooms that wait and that nobody looks after.

        `urgent`: those of organizations where a danger to life does, or else the others. Not if
        another process does. It may take as long as the mail server likes.
        """
        if self._mailer is None or not await self._is_ours(_MAILS[urgent]):
            return
        now = seconds(self._clock())
        waiting: dict[OrganizationId, list[Room]] = {}
        for room in await self._rooms.rooms_to_mail(now):
            if not self._is_seen_to(room, now):
                waiting.setdefault(room.organization, []).append(room)
        for organization, rooms in waiting.items():
            if _are_urgent(rooms) is not urgent:
                continue
            if not await self._is_ours(_MAILS[urgent]):
                return
            await self._mail(self._mailer, organization, rooms)

    async def erase(self) -> None:
        """Erase what reporters deleted, once its day has come."""
        today = self._clock().astimezone(UTC).date()
        for organization, room in await self._rooms.delete_due(today):
            self._teller.tell_gone(organization, room)

    async def give_up_files(self) -> None:
        """Give up what did not come in time, and erase what does not count any more."""
        await self._attachments.give_up(seconds(self._clock()))
        due = await self._attachments.erasures(self._stuck + ERASED_AT_ONCE)
        for erasure in due[self._stuck :]:
            if not await self._is_ours(_SWEEP):
                return
            await self._erase_files(erasure)
        self._stuck = 0

    def _note_break(self) -> None:
        """As after a start, who could not be heard has time to come back before their claims lapse."""
        now = current_time()
        if self._looked_at is not None and now - self._looked_at > BREAK:
            self._patient_until = now + CLAIM_PATIENCE
        self._looked_at = now

    def _is_seen_to(self, room: Room, now: int) -> bool:
        """Whether somebody may just be about to claim it."""
        # Since later than now: then the clock was put back, and who knows how long they have waited.
        waited = abs(now - (room.waiting_since or now))
        is_shown = self._shown.is_shown(room.organization, room.id)
        return is_shown and waited < MAIL_ANYHOW.total_seconds()

    async def _is_ours(self, lease: str) -> bool:
        """Ask before each act: a process that was paused, or stuck, is not the one that does it."""
        return await self._leasing.hold(lease, self._holder, SWEEP_LEASE)

    async def _erase_files(self, erasure: Erasure) -> None:
        try:
            await self._files.erase(erasure.folder)
        except StoreDown:
            # The next round begins behind it. Not this one: with a store that is away each takes long.
            self._stuck += 1
            raise
        await self._attachments.erased(erasure)

    async def _lapse(self, room: Room, holder: MemberId) -> None:
        command = LapseClaim(room.id, ClientId(new_id(self._chance)), holder)
        try:
            outcome = await self._journal.submit(command, room.organization)
        except Refusal:
            return  # Somebody was faster, or it can't be written now: what is still due comes again.
        await self._teller.tell(outcome, {})
        self._teller.tell_state(outcome.room, await self._roster.names(room.organization))

    async def _mail(self, mailer: Mailer, organization: OrganizationId, rooms: list[Room]) -> None:
        hours = await self._directory.duty_hours(organization)
        in_hours = hours.covers(self._clock())
        circles = self._mails(await self._roster.names(organization), rooms, in_hours=in_hours)
        kind, gap = ("urgent mail", URGENT_GAP) if _are_urgent(rooms) else ("mail", MAIL_GAP)
        # A holder of its own: nobody begins the next one before this has run out, nor do we.
        lease, mailing = f"{kind} {organization}", new_id(self._chance)
        if not any(circles) or not await self._leasing.hold(lease, mailing, MAIL_PATIENCE):
            return
        is_told = False
        for mails in circles:
            if is_told:
                break
            for mail in mails:
                if not await self._leasing.renew(lease, mailing, MAIL_PATIENCE):
                    return  # Too late: by now another process may have told everybody.
                is_told |= await self._is_sent(mailer, mail)
        if not is_told:
            # Nobody was told: the next round tries again.
            await self._leasing.release(lease, mailing)
            return
        # One address that fails must not have the others mailed again every few seconds.
        if await self._leasing.renew(lease, mailing, gap.total_seconds()):
            for room in rooms:
                with suppress(NotFound):  # Erased meanwhile: the others still count as told.
                    await self._journal.submit(MarkMailed(room.id, room.mail_due), organization)

    def _mails(self, names: Names, rooms: list[Room], *, in_hours: bool) -> list[list[Mail]]:
        urgent = _are_urgent(rooms)
        subject, text = self._wording.mail(names.organization, len(rooms), urgent=urgent)
        text = f"{text}\n\n{self._address}/console\n"
        return [
            [Mail(member.email, subject, text) for member in circle]
            for circle in _receivers(names, rooms, in_hours=in_hours)
        ]

    async def _is_sent(self, mailer: Mailer, mail: Mail) -> bool:
        try:
            await mailer.send(mail)
        except MailDown:
            return False
        return True


def _receivers(names: Names, rooms: list[Room], *, in_hours: bool) -> list[list[Member]]:
    """Those on duty. The others, too, if none of those can be told, in the team's hours or for life
    safety; and for that also if they were in vain: who forgot to go off duty must not be the only
    one to know, nor may it be nobody since all forgot to come on.
    """
    members = [m for m in names.members.values() if m.standing is Standing.ACTIVE and m.email]
    on_duty = [member for member in members if member.on_duty]
    urgent = [room for room in rooms if room.urgency is Urgency.LIFE_SAFETY]
    if any(room.mailed for room in urgent):
        return [members]
    others = [member for member in members if not member.on_duty]
    return [on_duty, others] if urgent or in_hours else [on_duty]


def _are_urgent(rooms: list[Room]) -> bool:
    return any(room.urgency is Urgency.LIFE_SAFETY for room in rooms)
