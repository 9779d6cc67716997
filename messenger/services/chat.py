"""What people do in a room: say, claim, hand over, close. Every act: may they, seal, record, tell."""

from messenger.domain.access import Actor, Reporter, check_room
from messenger.domain.commands import (
    BringIn,
    Claim,
    Close,
    Command,
    HandOver,
    Introduce,
    MarkSeen,
    Post,
    Reopen,
    Said,
    Triage,
)
from messenger.domain.errors import BadUrgency, EmptyText, NoSuchColleague, NotFound, Unreadable
from messenger.domain.events import Content, Kind, Role, Stream
from messenger.domain.ids import ClientId, MemberId, RoomId, check_client_id
from messenger.domain.moments import seconds
from messenger.domain.people import Standing
from messenger.domain.report import Urgency
from messenger.domain.room import Room, Status
from messenger.domain.text import check_body, check_line, check_optional
from messenger.ports.security import Vault
from messenger.ports.storage import Journal, Outcome, Rooms
from messenger.ports.world import Clock
from messenger.services.history import History
from messenger.services.keyring import Keyring
from messenger.services.receipts import Receipts
from messenger.services.roster import Roster
from messenger.services.sealing import RoomKey, Unlocked
from messenger.services.telling import Teller


class Chat:
    """The acts of a conversation."""

    def __init__(
        self,
        journal: Journal,
        rooms: Rooms,
        keyring: Keyring,
        history: History,
        receipts: Receipts,
        roster: Roster,
        teller: Teller,
        vault: Vault,
        clock: Clock,
    ) -> None:
        self._journal = journal
        self._rooms = rooms
        self._keyring = keyring
        self._history = history
        self._receipts = receipts
        self._roster = roster
        self._teller = teller
        self._vault = vault
        self._clock = clock

    async def enter(self, actor: Actor, room_id: RoomId) -> tuple[Unlocked, Room]:
        """Let `actor` into a room they may see. To anyone else it does not exist."""
        room = check_room(actor, await self._rooms.find_room(room_id))
        if isinstance(actor, Reporter):
            return self.unlock(actor, room), room
        key = await self._keyring.room_key(actor, room)
        return Unlocked(actor, RoomKey(room.organization, room.id, key)), room

    def unlock(self, reporter: Reporter, room: Room) -> Unlocked:
        """Let a reporter into their room, as it was found with their session."""
        check_room(reporter, room)
        # What is said goes out in clear to all who are in: who made up a session lacks this.
        if self._vault.key_check(reporter.room_key) != room.key_check:
            raise Unreadable
        return Unlocked(reporter, RoomKey(room.organization, room.id, reporter.room_key))

    async def say(self, here: Unlocked, id: str, body: str) -> Outcome:
        """Record what was said, then tell the room. Repeating it repeats the answer."""
        text = check_body(body)
        if here.actor.role is Role.REPORTER and self._receipts.may_be_in(text):
            await self._receipts.check_not_in(text, here.room, here.organization)
        content = self._content(text)
        said = self._seal(here, check_client_id(id), Kind.MESSAGE_POSTED, content)
        post = Post(here.room, here.actor.author, ClientId(id), said)
        outcome = await self._record(here, post, {Stream.ROOM: content})
        if outcome.room.status is Status.WAITING:
            # Perhaps it was closed until these words, and both sides show it so.
            self._teller.tell_state(outcome.room, await self._roster.names(here.organization))
        return outcome

    async def introduce(self, here: Unlocked, id: str, name: str, contact: str) -> Outcome:
        """A reporter says who they are, or how to reach them."""
        if here.actor.role is not Role.REPORTER:
            raise NotFound
        details = {"name": check_line(name), "contact": check_line(contact)}
        if not any(details.values()):
            raise EmptyText
        await self._receipts.check_not_in("\n".join(details.values()), here.room, here.organization)
        content = self._content("", details)
        said = self._seal(here, check_client_id(id), Kind.INTRODUCED, content)
        command = Introduce(here.room, here.actor.author, ClientId(id), said)
        return await self._record(here, command, {Stream.ROOM: content})

    async def claim(self, here: Unlocked, id: str) -> Outcome:
        """Take charge. First come, first served."""
        said, content = self._quiet(here, id, Kind.ROOM_CLAIMED)
        command = Claim(here.room, here.actor.author, ClientId(id), said)
        return await self._change(here, command, {Stream.ROOM: content})

    async def hand_over(self, here: Unlocked, id: str, to: str, summary: str) -> Outcome:
        """Give the claim to a colleague, or back to the queue, with a summary for the file."""
        said, content = self._quiet(here, id, Kind.HANDED_OVER)
        receiver = await self._colleague(here, to) if to else None
        note = self._content(check_body(summary))
        sealed = self._seal(here, ClientId(id), Kind.SUMMARY_WRITTEN, note)
        command = HandOver(here.room, here.actor.author, ClientId(id), said, receiver, sealed)
        return await self._change(here, command, {Stream.ROOM: content, Stream.FILE: note})

    async def bring_in(self, here: Unlocked, id: str, member: str) -> Outcome:
        """Ask a colleague to join."""
        said, content = self._quiet(here, id, Kind.COLLEAGUE_JOINED)
        colleague = await self._colleague(here, member)
        command = BringIn(here.room, here.actor.author, ClientId(id), said, colleague)
        return await self._change(here, command, {Stream.ROOM: content})

    async def close(self, here: Unlocked, id: str, note: str) -> Outcome:
        """End the conversation, with a note that is safe to show."""
        content = self._content(check_optional(note))
        said = self._seal(here, check_client_id(id), Kind.CLOSED, content)
        took = await self._seconds_since_report(here, content.at)
        command = Close(here.room, here.actor.author, ClientId(id), said, took)
        return await self._change(here, command, {Stream.ROOM: content})

    async def reopen(self, here: Unlocked, id: str) -> Outcome:
        """Take a closed conversation up again."""
        said, content = self._quiet(here, id, Kind.REOPENED)
        command = Reopen(here.room, here.actor.author, ClientId(id), said)
        return await self._change(here, command, {Stream.ROOM: content})

    async def triage(self, here: Unlocked, id: str, urgency: str) -> Outcome:
        """Raise or lower the urgency. The reporter is not told."""
        said, content = self._quiet(here, id, Kind.TRIAGED)
        if urgency not in set(Urgency):
            raise BadUrgency
        command = Triage(here.room, here.actor.author, ClientId(id), said, Urgency(urgency))
        return await self._change(here, command, {Stream.FILE: content})

    async def enter_in_file(self, here: Unlocked, command: Command, content: Content) -> Outcome:
        """Record what only the staff's file knows, and show it there."""
        return await self._change(here, command, {Stream.FILE: content})

    async def seen_by(self, here: Unlocked, room: Room) -> int:
        """Return how far `here` has read, as far as it was noted: in `room`, or since."""
        member = here.actor.author.member
        if member is None:
            return room.seen_by_reporter
        return (await self._rooms.seen_by(member, [room.id])).get(room.id, 0)

    async def mark_seen(self, here: Unlocked, seq: int) -> int:
        """Note how far this side has read, and return what counts of it. A number, never a time."""
        mark = MarkSeen(here.room, here.actor.author, seq)
        outcome = await self._journal.submit(mark, here.organization)
        if not outcome.repeated:
            self._teller.tell_seen(outcome.room, here.actor.role)
        return min(seq, outcome.room.head)

    async def tell_typing(self, here: Unlocked) -> None:
        """Pass on that somebody types. Nothing is stored."""
        names = await self._roster.names(here.organization)
        self._teller.tell_typing(here.room, here.actor.author, names)

    def _seal(self, here: Unlocked, id: ClientId, kind: Kind, content: Content) -> Said:
        return here.room_key.seal(self._vault, here.actor.author, id, kind, content)

    def _quiet(self, here: Unlocked, id: str, kind: Kind) -> tuple[Said, Content]:
        """An act of staff without words: only its time is sealed. Not for reporters."""
        if here.actor.role is not Role.TEAM:
            raise NotFound
        content = self._content("")
        return self._seal(here, check_client_id(id), kind, content), content

    def _content(self, body: str, details: dict[str, str] | None = None) -> Content:
        return Content(seconds(self._clock()), body, details or {})

    async def _record(
        self, here: Unlocked, command: Command, contents: dict[Stream, Content]
    ) -> Outcome:
        outcome = await self._journal.submit(command, here.organization)
        # Only after the commit: whoever is woken must find the row when they look.
        await self._teller.tell(outcome, contents)
        return outcome

    async def _change(
        self, here: Unlocked, command: Command, contents: dict[Stream, Content]
    ) -> Outcome:
        outcome = await self._record(here, command, contents)
        names = await self._roster.names(outcome.room.organization)
        # What only the file knows (an urgency lowered) must not even look like a change outside it.
        both = Stream.ROOM in contents
        roles = (Role.REPORTER, Role.TEAM) if both else (Role.TEAM,)
        self._teller.tell_state(outcome.room, names, roles)
        if Stream.FILE in contents:
            self._teller.tell_file(here.room, await self._history.file(here))
        return outcome

    async def _colleague(self, here: Unlocked, member: str) -> MemberId:
        names = await self._roster.names(here.organization)
        found = names.members.get(MemberId(member))
        if found is None or found.standing is not Standing.ACTIVE:
            raise NoSuchColleague
        return found.id

    async def _seconds_since_report(self, here: Unlocked, now: int) -> int | None:
        if here.actor.role is not Role.TEAM:
            raise NotFound
        began = (await self._history.first(here)).at
        return max(0, now - began) if began else None
