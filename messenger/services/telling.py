"""Commit, then tell: what was committed goes to everyone who watches, encoded once per audience."""

from collections.abc import Callable, Collection, Iterable

import anyio

from messenger.domain.attachment import name_for
from messenger.domain.events import ABOUT_ATTACHMENTS, Author, Content, Event, Kind, Role, Stream
from messenger.domain.ids import AttachmentId, MemberId, OrganizationId, RoomId
from messenger.domain.report import category_of
from messenger.domain.room import Room
from messenger.domain.text import excerpt
from messenger.ports.live import Bus, Presence, Seat, queue_topic, room_topic
from messenger.ports.storage import Outcome
from messenger.protocol.closing import Close
from messenger.protocol.connection import Push
from messenger.protocol.frames import (
    EventOut,
    File,
    Gone,
    Here,
    Last,
    Outgoing,
    Resync,
    RoomState,
    Row,
    RowChanged,
    SeenOut,
    State,
    TypingOut,
    Withheld,
    write_frame,
)
from messenger.protocol.frames import Presence as PresenceFrame
from messenger.services.pacing import GAP, HeldRows, NewestWords
from messenger.services.roster import Names, Roster


class Teller:
    """Tells watchers what happened. Called only after the commit."""

    def __init__(
        self, bus: Bus, presence: Presence, roster: Roster, say: Callable[[str], str]
    ) -> None:
        self._bus = bus
        self._presence = presence
        self._roster = roster
        self._say = say
        self._held = HeldRows()
        self._has_rows = anyio.Event()

    async def tell(self, outcome: Outcome, contents: dict[Stream, Content]) -> None:
        """Pass on an outcome to the room and the queue; words in hand are not unsealed again."""
        topic = room_topic(outcome.room.id)
        organization = outcome.room.organization
        names = self._roster.at_hand(organization) or await self._roster.names(organization)
        if self._bus.is_watched(topic):
            for event in _shared(outcome):
                self._tell_event(topic, event, contents.get(Stream.ROOM, Content()), names)
        if self._bus.is_watched(queue_topic(outcome.room.organization)):
            self._tell_row_in_time(outcome, names, _words(outcome, contents))

    def tell_state(
        self, room: Room, names: Names, roles: Iterable[Role] = (Role.REPORTER, Role.TEAM)
    ) -> None:
        """Pass on where the room stands now: to the team with the names only they may know."""
        topic = room_topic(room.id)
        for role in roles:
            self._put(topic, state_of(room, names, role), role)

    def tell_seen(self, room: Room, role: Role) -> None:
        """Pass on how far a side has read."""
        seq = room.seen_by_reporter if role is Role.REPORTER else room.seen_by_team
        self._put(room_topic(room.id), SeenOut(role, seq))

    def tell_withheld(self, room: RoomId, attachment: AttachmentId) -> None:
        """Have a file vanish from every open page."""
        self._put(room_topic(room), Withheld(attachment))

    def tell_typing(self, room: RoomId, by: Author, names: Names) -> None:
        """Pass on that somebody types. Nothing is stored."""
        for viewer in (Role.REPORTER, Role.TEAM):
            name = names.person(by, viewer).name
            self._put(room_topic(room), TypingOut(by.role, name), viewer)

    def tell_here(self, room: Room, names: Names) -> None:
        """Pass on who is in the room now."""
        for viewer in (Role.REPORTER, Role.TEAM):
            here = self.here(room, names, viewer)
            frame = PresenceFrame(here.reporter, here.team, here.names)
            self._put(room_topic(room.id), frame, viewer)

    def tell_file(self, room: RoomId, file: File) -> None:
        """Pass on the staff's file, to staff alone."""
        self._put(room_topic(room), file, Role.TEAM)

    async def tell_row(self, room: Room) -> None:
        """Pass on that something beside the words changed in the queue."""
        if self._bus.is_watched(queue_topic(room.organization)):
            self._tell_row(room, await self._roster.names(room.organization))

    async def tell_rows(self) -> None:
        """Wait until rows were told, and a gap; then tell what had to wait for its end."""
        await self._has_rows.wait()
        await anyio.sleep(GAP)
        rows = self._held.take()
        if not rows:
            self._has_rows = anyio.Event()
        # With the names they had: reading them could fail, and these words are told only here.
        for row in rows:
            self._tell_row(row.room, row.names, row.words)

    def tell_queue_again(self, organization: OrganizationId) -> None:
        """Have every console of the organization fetch the queue anew: duty or names changed."""
        self._bus.tell_news()
        self._put(queue_topic(organization), Resync())

    def tell_gone(self, organization: OrganizationId, room: RoomId) -> None:
        """Take an erased room out of every console."""
        self._put(queue_topic(organization), Gone(room))
        self._bus.end(room_topic(room), Close.NOT_FOUND)

    def here(self, room: Room, names: Names, viewer: Role) -> Here:
        """Say who is in the room now, as far as `viewer` may know."""
        members = self._presence.members_at(room.id)
        shown = [names.members[member] for member in members if member in names.members]
        named = [m.name if viewer is Role.TEAM else m.shown_name for m in shown]
        reporter_here = self._presence.is_taken(Seat(room.id, None))
        return Here(reporter_here, len(members), [name for name in named if name])

    def row(
        self, room: Room, names: Names, seen: int | None = None, words: NewestWords | None = None
    ) -> Row:
        """Return the room as the queue shows it. What is not given stays as the console has it."""
        return Row(
            room=room.id,
            number=room.number,
            school=names.schools.get(room.school, "") if room.school else "",
            category=room.category,
            category_label=self._say(category_of(room.category).label),
            urgency=room.urgency,
            status=room.status,
            responder=names.responder(room.responder, Role.TEAM),
            participants=list(room.participants),
            invited=list(room.invited),
            waiting_since=room.waiting_since or 0,
            returned=room.returned,
            head=room.head,
            seen=seen,
            last=Last(words.role, excerpt(words.body)) if words else None,
            reporter_here=self._presence.is_taken(Seat(room.id, None)),
            silent_since=words.at if words else 0,
            deleted=bool(room.delete_on),
            closing=room.closing,
        )

    def _tell_event(self, topic: str, event: Event, content: Content, names: Names) -> None:
        for_team = write_frame(event_out(event, content, names, Role.TEAM))
        if event.author.member is None:
            self._bus.tell(topic, Push(event.seq, for_team))
            return
        for_reporter = write_frame(event_out(event, content, names, Role.REPORTER))
        self._bus.tell(topic, Push(event.seq, for_team), Role.TEAM)
        self._bus.tell(topic, Push(event.seq, for_reporter), Role.REPORTER)

    def _tell_row_in_time(self, outcome: Outcome, names: Names, words: NewestWords | None) -> None:
        row = self._held.show(outcome, names, words)
        self._has_rows.set()
        if row is not None:
            self._tell_row(row.room, names, row.words)

    def _tell_row(self, room: Room, names: Names, words: NewestWords | None = None) -> None:
        row = self.row(room, names, None, words)
        self._put(queue_topic(room.organization), RowChanged(row))

    def _put(self, topic: str, frame: Outgoing, role: Role | None = None) -> None:
        self._bus.tell(topic, Push(0, write_frame(frame)), role)


def event_out(
    event: Event,
    content: Content,
    names: Names,
    viewer: Role,
    withheld: Collection[AttachmentId] = (),
) -> EventOut:
    """Return an event as `viewer` may see it: staff ids and subjects are for staff."""
    details = dict(content.details)
    if event.kind is Kind.ATTACHMENT_ADDED and (
        event.subject in withheld or "unreadable" in details
    ):
        details = {"withheld": "yes"}
    elif event.kind is Kind.ATTACHMENT_ADDED:
        attachment = AttachmentId(event.subject)
        name = name_for(details.get("type", ""), attachment)
        details |= {"attachment": attachment, "file": name}
    elif event.subject:
        details |= _subject(event, names, viewer)
    return EventOut(
        event.seq, event.kind, names.person(event.author, viewer), event.client_id,
        content.at, content.body, details,
    )  # fmt: skip


def state_of(room: Room, names: Names, viewer: Role) -> State:
    """Return where the room stands, as `viewer` may see it: how urgent is for staff to say."""
    urgency = str(room.urgency) if viewer is Role.TEAM else ""
    responder = names.responder(room.responder, viewer)
    participants: list[str] = [*room.participants] if viewer is Role.TEAM else []
    return State(room.status, urgency, responder, participants, room.head)


def room_state(room: Room, names: Names, viewer: Role) -> RoomState:
    """Return where the room stands, with its id and number, for a welcome."""
    state = state_of(room, names, viewer)
    return RoomState(
        room.id, room.number, state.status, state.urgency, state.responder, state.participants
    )


def _subject(event: Event, names: Names, viewer: Role) -> dict[str, str]:
    if event.kind is Kind.TRIAGED:
        return {"urgency": event.subject}
    if event.kind in ABOUT_ATTACHMENTS:
        return {"attachment": event.subject}
    member = names.members.get(MemberId(event.subject))
    if member is None:
        return {"subject": event.subject} if viewer is Role.TEAM else {}
    if viewer is Role.TEAM:
        return {"subject": event.subject, "subject_name": member.name}
    return {"subject_name": member.shown_name} if member.shown_name else {}


def _shared(outcome: Outcome) -> list[Event]:
    return [event for event in outcome.events if event.stream is Stream.ROOM]


def _words(outcome: Outcome, contents: dict[Stream, Content]) -> NewestWords | None:
    events, content = _shared(outcome), contents.get(Stream.ROOM)
    if not events or content is None:
        return None
    # Said again after a lost answer: what came behind them meanwhile is newer.
    is_overtaken = outcome.repeated and events[-1].seq < outcome.room.head
    return None if is_overtaken else newest_words(events[-1], content)


def newest_words(event: Event, content: Content) -> NewestWords | None:
    """Return what a row shows of an event; None for one without words."""
    if not content.body:
        return None
    return NewestWords(event.author.role, content.body, content.at)
