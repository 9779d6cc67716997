"""A reporter's way in and back: reports, sessions, receipts, what we hold, and deleting it."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial

from messenger.domain.access import Reporter, check_room
from messenger.domain.commands import Delete, Said
from messenger.domain.errors import (
    BadReceipt,
    Conflict,
    KeptForSafety,
    KeyTurned,
    NotFound,
    PerhapsElsewhere,
    Unreadable,
    WrongWord,
)
from messenger.domain.events import REPORTER, Content, Kind, Role, Stream
from messenger.domain.ids import ClientId, OrganizationId, RoomId, SchoolId, check_client_id
from messenger.domain.keys import Label, ReceiptRow, Session
from messenger.domain.marking import marked as _
from messenger.domain.moments import seconds
from messenger.domain.report import Report, ReportContainsReceipt, Urgency
from messenger.domain.room import Room, Status
from messenger.ports.security import Token, Tokens, Vault
from messenger.ports.storage import Attachments, Journal, Opening, Outcome, Rooms, Sessions
from messenger.ports.world import Chance, Clock
from messenger.services.ids import new_id
from messenger.services.keyring import Keyring
from messenger.services.receipts import Receipts
from messenger.services.roster import Roster
from messenger.services.sealing import RoomKey
from messenger.services.stay import expiry
from messenger.services.telling import Teller

PURPOSE = "reporter"
DELETE_AFTER = timedelta(days=7)
"""How long a deleted conversation's content is kept, in case somebody else forced the deletion."""


@dataclass(frozen=True, slots=True)
class WayIn:
    """A reporter with the token that got them in."""

    token: Token
    reporter: Reporter
    room: Room
    """As it was when they were let in."""
    pending: tuple[str, ...] = field(default=(), repr=False)
    """The receipt's words, until the reporter has them."""
    last_used: int = 0
    """When the receipt was used before (unix seconds); 0 if never."""
    stays_until: int = 0
    """When the session ends if nobody extends it (unix seconds)."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """Whether a reporter may delete the conversation now, and when its content would go."""

    allowed: bool
    reason: str
    on: date


class SentOtherwise(Conflict):
    """The report is in, by `way_in`, with other words than those that came now."""

    def __init__(self, way_in: WayIn) -> None:
        super().__init__()
        self.way_in = way_in


@dataclass(frozen=True, slots=True)
class _Used:
    """When a receipt was used last, and before that (unix seconds; 0: never), and by which attempt."""

    at: int = 0
    before: int = 0
    attempt: str = field(default="", repr=False)

    @classmethod
    def read(cls, written: bytes) -> "_Used":
        """Of `written`; a receipt used before attempts had ids has only the time."""
        at, before, attempt, *_ = (*written.decode().split(" "), "0", "")
        return cls(int(at), int(before), attempt)

    def written(self) -> bytes:
        return f"{self.at} {self.before} {self.attempt}".encode()


class Reporting:
    """What a reporter does before and around the conversation."""

    def __init__(
        self,
        journal: Journal,
        rooms: Rooms,
        sessions: Sessions,
        attachments: Attachments,
        keyring: Keyring,
        receipts: Receipts,
        roster: Roster,
        teller: Teller,
        tokens: Tokens,
        vault: Vault,
        chance: Chance,
        clock: Clock,
    ) -> None:
        self._journal = journal
        self._rooms = rooms
        self._sessions = sessions
        self._attachments = attachments
        self._keyring = keyring
        self._receipts = receipts
        self._roster = roster
        self._teller = teller
        self._tokens = tokens
        self._vault = vault
        self._chance = chance
        self._clock = clock

    def new_token(self) -> Token:
        """Issue an anonymous token. Nothing is stored until a report comes with it."""
        return self._tokens.issue(PURPOSE)

    async def submit(
        self,
        token: Token,
        organization: OrganizationId,
        school: SchoolId | None,
        draft_id: str,
        report: Report,
    ) -> WayIn:
        """Open a room with a report. The same token and draft again is the same report.

        A token that has a room by another draft, or had one, is followed by another: a report
        always gets in. Raises `SentOtherwise` if this draft came with other words before, and
        `ReportContainsReceipt` if the words of a room are in it, also of another than the browser's.
        """
        draft = check_client_id(draft_id)
        submit = partial(self._submit_by, organization, school, draft, report)
        # Not followed by a random one: sent again because no answer came, it has to be known.
        follower = self._tokens.after(token, PURPOSE, draft)
        if await self.find(follower, organization) is None:
            # While another's database is down nobody can say whether the token has a room there.
            with suppress(PerhapsElsewhere):
                if way_in := await submit(token):
                    return way_in
        if way_in := await submit(follower, within=organization):
            return way_in
        raise Conflict

    async def find(self, token: Token, within: OrganizationId | None = None) -> WayIn | None:
        """Return whom this token lets in, if its session is still there; `within` one organization."""
        now = seconds(self._clock())
        found = await self._sessions.find_way_in(token.session, now, within)
        return self._way_in(token, *found) if found else None

    async def ready_receipt(self, way_in: WayIn, *, worked: bool = False) -> tuple[str, ...]:
        """Return the words not yet kept, sure to open the room from now on; empty if kept.

        Deriving is slow, so it happens here and not while the report is being sent. Who `worked`
        does not wait behind those who didn't.
        """
        if way_in.pending and await self._sessions.receipt_of_room(way_in.reporter.room) is None:
            await self._sessions.add_receipt(await self._receipt(way_in, worked=worked))
        return way_in.pending

    async def keep(self, way_in: WayIn, place: int, word: str) -> None:
        """The reporter typed back word number `place` (1 to 6): forget the words."""
        words = await self.ready_receipt(way_in)
        if not words:
            return
        if _folded(word) != _folded(words[place - 1]):
            raise WrongWord
        await self._sessions.keep_receipt(way_in.reporter.session)

    async def come_back(self, raw: str, attempt: str = "", *, worked: bool = False) -> WayIn:
        """Open the room again from six words; tells when they were last used.

        The same `attempt` again (an id, or nothing) is told the same: that was the same person,
        whom no answer had reached.
        """
        attempt = attempt and check_client_id(attempt)
        words = self._receipts.parse(raw)
        lookup, wrap_key = await self._receipts.derive(words, worked=worked)
        row = await self._sessions.find_receipt(lookup)
        room = await self._rooms.find_room(row.room) if row else None
        if row is None or room is None:
            raise BadReceipt
        label = Label("receipt", room.organization, room.id)
        key = self._vault.open(wrap_key, label, row.wrapped)
        if self._vault.key_check(key) != room.key_check:
            raise Unreadable
        last_used = await self._mark_used(RoomKey(room.organization, room.id, key), row, attempt)
        token = self.new_token()
        session = self._session(token, room.organization, room.id, key)
        if not await self._sessions.add_session(session):
            raise BadReceipt
        reporter = Reporter(session.id, room.organization, room.id, key)
        return WayIn(token, reporter, room, last_used=last_used, stays_until=session.expires)

    async def leave(self, token: Token) -> None:
        """End the session. The receipt still opens the room."""
        await self._sessions.revoke_session(token.session)

    async def deletion(self, reporter: Reporter) -> Deletion:
        """Say whether the conversation may be deleted now, and when its content would go."""
        room = check_room(reporter, await self._rooms.find_room(reporter.room))
        on = self._clock().date() + DELETE_AFTER
        if room.urgency is Urgency.LIFE_SAFETY:
            return Deletion(allowed=False, reason=_("It is about someone's safety."), on=on)
        if room.status is Status.ACTIVE:
            return Deletion(
                allowed=False, reason=_("Someone from the team is working on it."), on=on
            )
        if await self._attachments.quarantined(room.id):
            return Deletion(allowed=False, reason=_("A file in it has to be kept for now."), on=on)
        return Deletion(allowed=True, reason="", on=on)

    async def delete(self, reporter: Reporter) -> Deletion:
        """End all access at once, and nobody waits there any more; the content goes after the delay."""
        deletion = await self.deletion(reporter)
        if not deletion.allowed:
            raise KeptForSafety
        id = ClientId(new_id(self._chance))
        delete = Delete(reporter.room, REPORTER, id, deletion.on)
        # First: it may be refused, if somebody took it just now. If the rest fails, it can be asked again.
        outcome = await self._journal.submit(delete, reporter.organization)
        await self._rooms.ask_deletion(reporter.room, deletion.on)
        await self._teller.tell(outcome, {})
        names = await self._roster.names(reporter.organization)
        self._teller.tell_state(outcome.room, names)
        return deletion

    async def _submit_by(
        self,
        organization: OrganizationId,
        school: SchoolId | None,
        draft: ClientId,
        report: Report,
        token: Token,
        within: OrganizationId | None = None,
    ) -> WayIn | None:
        """Open a room, or return the one this draft has; None if the token was for another."""
        before = await self.find(token, within)
        if before is None:
            # Not of a repeat: what is in stays in, and its sender has to hear so.
            if fields := await self._receipts.known_in(report.typed()):
                raise ReportContainsReceipt(fields)
            seal = partial(self._opening, token, organization, school, draft, report)
            try:
                opening, outcome = await self._open(seal)
            except Conflict:
                # Pressed twice at the same moment, unless the session here before is over.
                before = await self.find(token, within)
            else:
                await self._teller.tell(outcome, {Stream.ROOM: self._content(report)})
                return self._way_in(token, opening.session, outcome.room)
        return await self._repeated(before, draft, report) if before else None

    async def _open(self, seal: Callable[[], Awaitable[Opening]]) -> tuple[Opening, Outcome]:
        opening = await seal()
        try:
            return opening, await self._journal.open_room(opening)
        except KeyTurned:
            opening = await seal()
            return opening, await self._journal.open_room(opening)

    async def _opening(
        self,
        token: Token,
        organization_id: OrganizationId,
        school: SchoolId | None,
        draft: ClientId,
        report: Report,
    ) -> Opening:
        names = await self._roster.names(organization_id)
        if school is not None and school not in names.schools:
            raise NotFound
        room_id = RoomId(new_id(self._chance))
        room_key = RoomKey(organization_id, room_id, self._vault.new_key())
        room = Room(
            room_id, organization_id, school, 0, report.category, report.urgency,
            key_check=self._vault.key_check(room_key.key),
        )  # fmt: skip
        said = self._said(room_key, draft, report)
        session = self._session(token, organization_id, room_id, room_key.key)
        words = " ".join(self._receipts.new()).encode()
        label = _label("pending_receipt", session)
        pending = self._vault.seal(token.secret, label, words)
        grants = await self._keyring.grants_for(names.organization, room_id, room_key.key)
        session = replace(session, pending=pending)
        return Opening(room, Kind.REPORT_SUBMITTED, draft, said, grants, session)

    async def _repeated(self, before: WayIn, draft: ClientId, report: Report) -> WayIn | None:
        """Return `before` if it came with this very draft; `SentOtherwise` if with other words."""
        reporter = before.reporter
        first = (await self._rooms.events(reporter.room, Stream.ROOM, 0, 1))[0]
        if first.client_id != draft:
            return None
        room_key = RoomKey(reporter.organization, reporter.room, reporter.room_key)
        if self._said(room_key, draft, report).digest != first.digest:
            raise SentOtherwise(before)
        # Its sender may have heard of an outage though it was kept: then nobody else heard of it.
        room = await self._rooms.find_room(reporter.room)
        if room is not None:
            content = room_key.show(self._vault, first)
            await self._teller.tell(Outcome(room, (first,), repeated=True), {Stream.ROOM: content})
        return before

    def _said(self, room_key: RoomKey, draft: ClientId, report: Report) -> Said:
        content = self._content(report)
        return room_key.seal(self._vault, REPORTER, draft, Kind.REPORT_SUBMITTED, content)

    def _content(self, report: Report) -> Content:
        return Content(seconds(self._clock()), report.what, report.details())

    def _way_in(self, token: Token, session: Session, room: Room) -> WayIn:
        key = self._vault.open(token.secret, _label("session", session), session.wrapped)
        reporter = Reporter(session.id, session.organization, room.id, key)
        pending = self._open_pending(token, session)
        return WayIn(token, reporter, room, pending, stays_until=session.expires)

    async def _receipt(self, way_in: WayIn, *, worked: bool) -> ReceiptRow:
        reporter = way_in.reporter
        lookup, wrap_key = await self._receipts.derive(
            way_in.pending, reporter.organization, worked=worked
        )
        label = Label("receipt", reporter.organization, reporter.room)
        wrapped = self._vault.seal(wrap_key, label, reporter.room_key)
        return ReceiptRow(lookup, reporter.room, wrapped)

    async def _mark_used(self, room_key: RoomKey, row: ReceiptRow, attempt: str) -> int:
        label = room_key.label("receipt_used")
        used = _Used()
        if row.last_used:
            used = _Used.read(self._vault.open(room_key.key, label, row.last_used))
        if attempt and attempt == used.attempt:
            return used.before
        now = _Used(seconds(self._clock()), used.at, attempt)
        sealed = self._vault.seal(room_key.key, label, now.written())
        await self._sessions.use_receipt(row.lookup, sealed)
        return used.at

    def _open_pending(self, token: Token, session: Session) -> tuple[str, ...]:
        if not session.pending:
            return ()
        label = _label("pending_receipt", session)
        return tuple(self._vault.open(token.secret, label, session.pending).decode().split(" "))

    def _session(
        self, token: Token, organization: OrganizationId, room: RoomId, key: bytes
    ) -> Session:
        session = Session(
            token.session, organization, room, None, expiry(self._clock(), Role.REPORTER), b""
        )
        wrapped = self._vault.seal(token.secret, _label("session", session), key)
        return replace(session, wrapped=wrapped)


def _label(purpose: str, session: Session) -> Label:
    return Label(purpose, session.organization, session.room or "", recipient=session.id.hex())


def _folded(word: str) -> str:
    return "".join(char for char in word.casefold() if char.isalpha())
