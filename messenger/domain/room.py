"""The conversation that belongs to a report, and the rules of claiming, answering and closing it.

A value. `decide` takes a command and the time and returns the next room with the events that led
there, or refuses. Nothing here knows what anybody said.
"""

from enum import StrEnum
from typing import assert_never

from messenger.domain.commands import (
    Attach,
    BreakGlass,
    BringIn,
    Claim,
    Close,
    Command,
    Delete,
    HandOver,
    Introduce,
    LapseClaim,
    LookAt,
    MarkMailed,
    MarkSeen,
    Post,
    Quarantine,
    Reopen,
    Said,
    Triage,
)
from messenger.domain.errors import (
    KeptForSafety,
    NotFound,
    NothingChanges,
    NotYourClaim,
    RoomIsClosed,
    RoomIsDeleted,
    RoomIsOpen,
    RoomIsTaken,
)
from messenger.domain.events import SYSTEM, Author, Event, Kind, Role, Stream
from messenger.domain.ids import ClientId, MemberId, OrganizationId, RoomId, SchoolId
from messenger.domain.report import Urgency
from messenger.domain.values import Value

MAIL_AFTER = 60
"""Seconds until a mail is due about whom nobody has claimed."""
MAIL_CLAIMED_AFTER = 15 * 60
"""So long may whoever has claimed a room let its reporter wait. They may have gone home."""

MAIL_AGAIN_AFTER = 10 * 60
"""Seconds from a mail about a danger to life until it is due once more, then to everybody."""


class Status(StrEnum):
    """Where a room stands."""

    NEW = "new"
    """Nobody has claimed it yet."""
    WAITING = "waiting"
    """Somebody had it; nobody has it now."""
    ACTIVE = "active"
    CLOSED = "closed"


class Pace(Value, frozen=True):
    """How long people took, in seconds; None until it happened. Statistics need it, in clear."""

    to_claim: int | None = None
    to_answer: int | None = None
    to_close: int | None = None


class Room(Value, frozen=True):
    """A conversation. `waiting_since` (unix seconds) exists exactly as long as somebody waits.

    `number` is short, to say aloud (R-1042). `head` and `file_head` are the last numbers of its two
    streams. `returned` ranks it higher: its claim lapsed or it was handed back. `mail_due` (unix
    seconds) is when a mail about who waits may go out: the first, or, if one has (`mailed`), the one
    to everybody.
    """

    id: RoomId
    organization: OrganizationId
    school: SchoolId | None
    number: int
    category: str
    urgency: Urgency
    status: Status = Status.NEW
    responder: MemberId | None = None
    participants: tuple[MemberId, ...] = ()
    invited: tuple[MemberId, ...] = ()
    head: int = 0
    file_head: int = 0
    seen_by_team: int = 0
    seen_by_reporter: int = 0
    waiting_since: int | None = None
    returned: bool = False
    mailed: bool = False
    mail_due: int | None = None
    pace: Pace = Pace()
    key_check: bytes = b""
    delete_on: str = ""
    """The date (ISO) its content goes, if the reporter asked for that."""
    closing: int = 0
    """Its place in the order in which its organization's were closed; 0 before it ever was. Not a
    time: with how long that took (`pace`), it would tell when the report came."""

    def opened(self, number: int, now: int) -> "Room":
        """Return the room as its report is in: whoever sent it waits, from `now` if not since before."""
        since = now if self.waiting_since is None else self.waiting_since
        return self.replace(number=number, head=1, waiting_since=since)._to_be_mailed(since)

    def decide(self, command: Command, now: int) -> tuple["Room", tuple[Event, ...]]:
        """Return the room after `command` at `now` (unix seconds), and what happened; or refuse."""
        match command:
            case Post():
                return self._post(command, now)
            case Introduce():
                return self._happen(Kind.INTRODUCED, command)
            case Claim():
                return self._claim(command, now)
            case LapseClaim():
                return self._lapse(command, now)
            case HandOver():
                return self._hand_over(command, now)
            case BringIn():
                return self._bring_in(command)
            case Close():
                return self._close(command)
            case Reopen():
                return self._reopen(command)
            case Delete():
                return self._delete(command)
            case Triage():
                return self._triage(command)
            case Attach():
                return self._attach(command, now)
            case LookAt():
                return self._write_about(Kind.ATTACHMENT_SEEN, command)
            case Quarantine():
                return self._write_about(Kind.ATTACHMENT_QUARANTINED, command)
            case BreakGlass():
                return self._write_about(Kind.GLASS_BROKEN, command)
            case MarkSeen():
                return self._mark_seen(command)
            case MarkMailed():
                return self._mark_mailed(command, now), ()
            case _:
                assert_never(command)

    def check_may_speak(self, author: Author) -> None:
        """Refuse who could say nothing here now: before they send a whole file in vain."""
        if author.role is Role.REPORTER:
            return
        if self.status is Status.CLOSED:
            raise RoomIsClosed
        self._check_participant(author)

    def _post(self, command: Post, now: int) -> tuple["Room", tuple[Event, ...]]:
        return self._after_words(command.author, now)._happen(Kind.MESSAGE_POSTED, command)

    def _attach(self, command: Attach, now: int) -> tuple["Room", tuple[Event, ...]]:
        room = self._after_words(command.author, now)
        return room._happen(Kind.ATTACHMENT_ADDED, command, subject=command.attachment)

    def _after_words(self, author: Author, now: int) -> "Room":
        self.check_may_speak(author)
        return self._after_reporter(now) if author.role is Role.REPORTER else self._after_team(now)

    def _after_reporter(self, now: int) -> "Room":
        """A reporter's words always get in; a closed conversation opens again by them."""
        if self.status is Status.CLOSED and self.delete_on:
            raise NotFound  # Of one who was in it, still, when it was deleted.
        if self.status is Status.CLOSED:
            return self.replace(status=Status.WAITING, waiting_since=now)._to_be_mailed(now)
        if self.waiting_since is None:
            return self.replace(waiting_since=now)._to_be_mailed(now)
        return self

    def _after_team(self, now: int) -> "Room":
        # Most of what a team says goes this way, and a room made anew costs time in the one writer.
        if self.waiting_since is None:
            return self
        return self._heard().replace(pace=self._pace_after_answer(now))

    def _claim(self, command: Claim, now: int) -> tuple["Room", tuple[Event, ...]]:
        """Put a responder in charge. First come, first served."""
        if self.status is Status.CLOSED:
            raise RoomIsClosed
        if self.responder is not None:
            raise RoomIsTaken
        waited = None if self.waiting_since is None else max(0, now - self.waiting_since)
        room = self._with_participant(_member(command)).replace(
            status=Status.ACTIVE,
            responder=_member(command),
            returned=False,
            pace=self.pace
            if self.pace.to_claim is not None
            else self.pace.replace(to_claim=waited),
        )
        return room._to_be_mailed(now)._happen(Kind.ROOM_CLAIMED, command)

    def _lapse(self, command: LapseClaim, now: int) -> tuple["Room", tuple[Event, ...]]:
        if self.responder != command.holder:
            raise NothingChanges
        room = self._released(now).replace(returned=True)
        return room._record(Kind.CLAIM_LAPSED, SYSTEM, command.client_id)

    def _hand_over(self, command: HandOver, now: int) -> tuple["Room", tuple[Event, ...]]:
        self._check_claim(command)
        if command.to == self.responder:
            raise NothingChanges
        if command.to is None:
            room = self._released(now).replace(returned=True)
        else:
            room = self._with_participant(command.to).replace(responder=command.to)
            room = room._to_be_mailed(now)
        room, handed = room._happen(Kind.HANDED_OVER, command, subject=command.to or "")
        room, written = room._write(Kind.SUMMARY_WRITTEN, command, command.summary)
        return room, handed + written

    def _bring_in(self, command: BringIn) -> tuple["Room", tuple[Event, ...]]:
        if self.status is Status.CLOSED:
            raise RoomIsClosed
        self._check_participant(command.author)
        if command.member in self.participants:
            raise NothingChanges
        room = self._with_participant(command.member)
        room = room.replace(invited=(*room.invited, command.member))
        return room._happen(Kind.COLLEAGUE_JOINED, command, subject=command.member)

    def _close(self, command: Close) -> tuple["Room", tuple[Event, ...]]:
        if self.status is Status.CLOSED:
            raise RoomIsClosed
        self._check_claim(command)
        pace = self.pace.replace(to_close=command.took)
        room = self.replace(status=Status.CLOSED, responder=None, invited=())
        return room._heard().replace(pace=pace)._happen(Kind.CLOSED, command)

    def _reopen(self, command: Reopen) -> tuple["Room", tuple[Event, ...]]:
        if self.status is not Status.CLOSED:
            raise RoomIsOpen
        if self.delete_on:
            raise RoomIsDeleted
        member = _member(command)
        room = self._with_participant(member).replace(status=Status.ACTIVE, responder=member)
        return room._happen(Kind.REOPENED, command)

    def _delete(self, command: Delete) -> tuple["Room", tuple[Event, ...]]:
        """Nobody waits there any more. Not what somebody works on, nor what is about a life."""
        if self.status is Status.ACTIVE or self.urgency is Urgency.LIFE_SAFETY:
            raise KeptForSafety
        room = self._heard().replace(status=Status.CLOSED, invited=(), returned=False)
        room = room.replace(delete_on=command.on.isoformat())
        return room._record(Kind.DELETED, command.author, command.client_id)

    def _triage(self, command: Triage) -> tuple["Room", tuple[Event, ...]]:
        if command.urgency is self.urgency:
            raise NothingChanges
        room = self.replace(urgency=command.urgency)
        return room._write(Kind.TRIAGED, command, command.said, subject=command.urgency)

    def _write_about(
        self, kind: Kind, command: LookAt | Quarantine | BreakGlass
    ) -> tuple["Room", tuple[Event, ...]]:
        return self._write(kind, command, command.said, subject=command.attachment)

    def _mark_seen(self, command: MarkSeen) -> tuple["Room", tuple[Event, ...]]:
        seen = min(command.seq, self.head)
        if command.author.role is Role.REPORTER:
            read_before = self.seen_by_reporter >= seen
            return (self if read_before else self.replace(seen_by_reporter=seen)), ()
        if self.seen_by_team >= seen and command.author.member not in self.invited:
            return self, ()
        invited = tuple(member for member in self.invited if member != command.author.member)
        return self.replace(seen_by_team=max(self.seen_by_team, seen), invited=invited), ()

    def _mark_mailed(self, command: MarkMailed, now: int) -> "Room":
        """Not if it was claimed, handed over or answered while the mail went out: another is due."""
        if self.mail_due is None or self.mail_due != command.due:
            return self
        return self.replace(mailed=True, mail_due=None if self.mailed else now + MAIL_AGAIN_AFTER)

    def _heard(self) -> "Room":
        """Nobody waits any more, and no mail says so."""
        return self.replace(waiting_since=None, mail_due=None)

    def _to_be_mailed(self, since: int) -> "Room":
        """Whoever waits now waits for somebody else, about whom no mail went out yet."""
        if self.waiting_since is None:
            return self
        patience = MAIL_AFTER if self.responder is None else MAIL_CLAIMED_AFTER
        return self.replace(mailed=False, mail_due=since + patience)

    def _released(self, now: int) -> "Room":
        """Waiting again. Whoever waits has waited since their last unanswered word, or from now."""
        since = self.waiting_since if self.waiting_since is not None else now
        room = self.replace(status=Status.WAITING, responder=None, waiting_since=since)
        return room._to_be_mailed(since)

    def _with_participant(self, member: MemberId) -> "Room":
        if member in self.participants:
            return self
        return self.replace(participants=(*self.participants, member))

    def _pace_after_answer(self, now: int) -> Pace:
        if self.pace.to_answer is not None or self.waiting_since is None:
            return self.pace
        return self.pace.replace(to_answer=max(0, now - self.waiting_since))

    def _check_claim(self, command: HandOver | Close) -> None:
        if self.responder is None or self.responder != command.author.member:
            raise NotYourClaim

    def _check_participant(self, author: Author) -> None:
        if author.member not in self.participants:
            raise NotYourClaim

    def _happen(
        self, kind: Kind, command: "Spoken", subject: str = ""
    ) -> tuple["Room", tuple[Event, ...]]:
        return self._record(kind, command.author, command.client_id, command.said, subject)

    def _record(
        self,
        kind: Kind,
        author: Author,
        client_id: ClientId,
        said: Said = Said(),
        subject: str = "",
    ) -> tuple["Room", tuple[Event, ...]]:
        event = Event(
            self.id, Stream.ROOM, self.head + 1, kind, author, client_id, subject,
            said.sealed, said.digest,
        )  # fmt: skip
        return self.replace(head=event.seq), (event,)

    def _write(
        self, kind: Kind, command: "Filed", said: Said, subject: str = ""
    ) -> tuple["Room", tuple[Event, ...]]:
        event = Event(
            self.id, Stream.FILE, self.file_head + 1, kind, command.author, command.client_id,
            subject, said.sealed, said.digest,
        )  # fmt: skip
        return self.replace(file_head=event.seq), (event,)


Spoken = Post | Introduce | Claim | HandOver | BringIn | Close | Reopen | Attach
Filed = HandOver | Triage | LookAt | Quarantine | BreakGlass


def _member(command: Claim | Reopen) -> MemberId:
    if command.author.member is None:
        raise NotFound
    return command.author.member
