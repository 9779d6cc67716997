"""What one socket may do: a reporter or a responder in a room, or a responder at the queue.

Taking a seat is where permission is looked up; every act afterwards asks the seat. A seat whose
session ends gets `watch.closing`, by the next frame at the latest.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol

import anyio

from messenger.domain.access import Actor, Responder
from messenger.domain.errors import (
    PASSING,
    NeedsSecondFactor,
    NotApproved,
    NotFound,
    Refusal,
    SignedOut,
)
from messenger.domain.events import Role, Stream
from messenger.domain.ids import RoomId
from messenger.domain.room import Room
from messenger.ports.live import Viewer, Watch, queue_topic, room_topic
from messenger.ports.storage import Outcome
from messenger.protocol.closing import Close
from messenger.protocol.connection import Push
from messenger.protocol.frames import (
    VERSION,
    Ack,
    Act,
    BringIn,
    Claim,
    CloseRoom,
    DutyNow,
    DutyOut,
    HandOver,
    Hello,
    Introduce,
    Outgoing,
    Refused,
    Reopen,
    Say,
    Seen,
    SeenMarks,
    Shown,
    Triage,
    Typing,
    Welcome,
    Withheld,
    write_frame,
)
from messenger.services.sealing import Unlocked
from messenger.services.telling import room_state
from messenger.web.desks import Desks
from messenger.web.identity import REPORTER, RESPONDER, check_responder, held, reporter_by

TYPING_EVERY = 1.0
"""Seconds. What somebody says about typing in between is not passed on: it is shown for longer."""

Wake = Callable[[], None]


class Finished(Exception):
    """The conversation is over, for this reason; for so many seconds, where that is known."""

    def __init__(self, why: Close, seconds: int = 0) -> None:
        super().__init__(why)
        self.why = why
        self.seconds = seconds


class SocketSeat(Protocol):
    """Where a socket sits."""

    watch: Watch
    head: int
    """The newest number at the time of the greetings."""

    async def greetings(self) -> list[str]:
        """The first frames."""
        ...

    def arrive(self) -> None:
        """Be counted as here."""
        ...

    async def carry_out(self, act: Act) -> str:
        """Do what the frame asks and return the answer. Raises what is `PASSING`: there is none yet."""
        ...

    async def tell(self, what: Typing | Seen | Shown) -> None: ...
    async def renew(self) -> None:
        """Whoever sits here is still there. Of one beside an empty chair no stay goes on."""
        ...

    async def news(self) -> list[str]:
        """Return what stands otherwise than this seat was told, and nobody else tells it."""
        ...

    def leave(self) -> None: ...
    def history(self, since: int) -> AsyncIterator[Push]: ...


async def take_seat(desks: Desks, hello: Hello, cookies: str, wake: Wake) -> SocketSeat:
    """Look up who this is and whether they may sit there; subscribe at once."""
    looks = desks.revocation.looks
    try:
        seat = await _find_seat(desks, hello, cookies, wake)
        if desks.revocation.looks != looks:
            await _check_seat(desks, seat)
    except (SignedOut, NotApproved, NeedsSecondFactor):
        raise Finished(Close.SIGNED_OUT) from None
    return seat


class RoomSeat:
    """In a room, on either side."""

    __slots__ = (
        "_desks",
        "_duty",
        "_here",
        "_room",
        "_seen",
        "_stays_until",
        "_typed",
        "head",
        "watch",
    )

    def __init__(self, desks: Desks, here: Unlocked, room: Room, seen: int, watch: Watch) -> None:
        """`room` was read after `watch` was joined: what happens in between is told twice, not never.

        `seen` is how far they have read.
        """
        self._desks = desks
        self._here = here
        self._room: Room | None = room
        self._duty: DutyNow | None = None
        self._stays_until = 0
        self._typed = -TYPING_EVERY
        self._seen = seen
        self.head = room.head
        self.watch = watch

    async def greetings(self) -> list[str]:
        desks, here, role = self._desks, self._here, self._here.actor.role
        # For this once: thousands of seats would keep it for as long as they sleep.
        room, self._room = self._room, None
        if room is None:
            return []
        names = await desks.roster.names(here.organization)
        self._duty = await desks.duty.sentences(here.organization)
        welcome = Welcome(
            VERSION,
            room.head,
            names.person(here.actor.author, role),
            room_state(room, names, role),
            SeenMarks(room.seen_by_team, room.seen_by_reporter),
            desks.teller.here(room, names, role),
            self._duty,
        )
        frames: list[Outgoing] = [welcome]
        if role is Role.TEAM:
            frames.append(await desks.history.file(here))
        # Every quarantine is in the staff's file, and most rooms have none: thousands join at once.
        if room.file_head:
            frames += map(Withheld, await desks.history.withheld(here))
        return [write_frame(frame) for frame in frames]

    def arrive(self) -> None:
        self._desks.attendance.renew(self._here.actor, self._here.room, away=self.watch.away)

    async def carry_out(self, act: Act) -> str:
        try:
            outcome = await self._do(act)
        except PASSING:
            raise
        except Refusal as refusal:
            return write_frame(Refused(refusal.code, refusal.words(self._desks.pages.say), act.id))
        self._typed = -TYPING_EVERY  # What they type next is something else, and news at once.
        return write_frame(Ack(act.id, _seq(outcome)))

    async def tell(self, what: Typing | Seen | Shown) -> None:
        if isinstance(what, Typing):
            await self._tell_typing()
        elif isinstance(what, Seen) and what.seq > self._seen:
            self._seen = await self._desks.chat.mark_seen(self._here, what.seq)

    async def renew(self) -> None:
        self.arrive()
        if not self.watch.away:
            self._stays_until = await self._desks.stays.extend(self._here.actor, self._stays_until)

    async def news(self) -> list[str]:
        if self._here.actor.role is not Role.REPORTER:
            return []
        try:
            duty = await self._desks.duty.sentences(self._here.organization)
        except PASSING:
            return []  # No reason to end a line that lives.
        if duty == self._duty:
            return []
        self._duty = duty
        return [write_frame(DutyOut(duty))]

    def leave(self) -> None:
        self._desks.bus.leave(self.watch)
        self._desks.attendance.leave(self._here.actor, self._here.room)

    def history(self, since: int) -> AsyncIterator[Push]:
        return self._desks.history.pushes(self._here, since)

    async def _tell_typing(self) -> None:
        now = anyio.current_time()
        if now - self._typed >= TYPING_EVERY:
            self._typed = now
            await self._desks.chat.tell_typing(self._here)

    def _do(self, act: Act) -> Awaitable[Outcome]:
        chat, here = self._desks.chat, self._here
        match act:
            case Say(id, body):
                return chat.say(here, id, body)
            case Introduce(id, name, contact):
                return chat.introduce(here, id, name, contact)
            case Claim(id):
                return chat.claim(here, id)
            case HandOver(id, to, summary):
                return chat.hand_over(here, id, to, summary)
            case BringIn(id, member):
                return chat.bring_in(here, id, member)
            case CloseRoom(id, note):
                return chat.close(here, id, note)
            case Reopen(id):
                return chat.reopen(here, id)
            case Triage(id, urgency):
                return chat.triage(here, id, urgency)


class QueueSeat:
    """At the queue of an organization."""

    __slots__ = ("_desks", "_responder", "_stays_until", "head", "watch")

    def __init__(self, desks: Desks, responder: Responder, wake: Wake) -> None:
        self._desks = desks
        self._responder = responder
        self._stays_until = 0
        self.head = 0
        topic = queue_topic(responder.organization)
        self.watch = desks.bus.join(
            Viewer(topic, Role.TEAM, responder.session, None, responder.member), wake
        )

    async def greetings(self) -> list[str]:
        edition = self._desks.pages.edition
        return [write_frame(await self._desks.queue.queue(self._responder, edition))]

    def arrive(self) -> None:
        self._desks.attendance.renew(self._responder, None, away=self.watch.away)

    async def carry_out(self, act: Act) -> str:
        refusal = NotFound()
        return write_frame(Refused(refusal.code, refusal.words(self._desks.pages.say), act.id))

    async def tell(self, what: Typing | Seen | Shown) -> None:
        if isinstance(what, Shown):
            rooms = [RoomId(room) for room in what.rooms]
            self._desks.shown.mark(self._responder.organization, rooms)

    async def renew(self) -> None:
        self.arrive()
        if not self.watch.away:
            self._stays_until = await self._desks.stays.extend(self._responder, self._stays_until)

    async def news(self) -> list[str]:
        return []

    def leave(self) -> None:
        self._desks.bus.leave(self.watch)
        self._desks.attendance.leave(self._responder, None)

    async def history(self, since: int) -> AsyncIterator[Push]:
        """The queue has no numbers: its snapshot is its history."""
        del since
        nothing: tuple[Push, ...] = ()
        for push in nothing:
            yield push


async def _find_seat(desks: Desks, hello: Hello, cookies: str, wake: Wake) -> SocketSeat:
    if not hello.room and not hello.queue:
        return await _reporter_seat(desks, hello, cookies, wake)
    responder = await _find_responder(desks, hello, cookies)
    if not desks.admission.has_place_for_console():
        raise Finished(Close.COME_BACK_LATER, desks.admission.seconds_to_stay_away())
    if hello.queue:
        return QueueSeat(desks, responder, wake)
    return await _room_seat(desks, responder, RoomId(hello.room), wake)


async def _check_seat(desks: Desks, seat: SocketSeat) -> None:
    """Whoever was signed out after they were looked up, and before they were seated, was not told."""
    try:
        await desks.revocation.check_living(seat.watch.session)
    except BaseException:
        desks.bus.leave(seat.watch)
        raise


async def _reporter_seat(desks: Desks, hello: Hello, cookies: str, wake: Wake) -> RoomSeat:
    text = hello.token or held(cookies, desks, REPORTER)
    way_in = await reporter_by(desks, text)
    if way_in is None:
        raise SignedOut
    reporter = way_in.reporter
    return await _room_seat(desks, reporter, reporter.room, wake)


async def _room_seat(desks: Desks, actor: Actor, room_id: RoomId, wake: Wake) -> RoomSeat:
    topic = room_topic(room_id)
    viewer = Viewer(topic, actor.role, actor.session, room_id, actor.author.member)
    watch = desks.bus.join(viewer, wake)
    try:
        here, room = await desks.chat.enter(actor, room_id)
        seen = await desks.chat.seen_by(here, room)
    except BaseException:
        desks.bus.leave(watch)
        raise
    return RoomSeat(desks, here, room, seen, watch)


async def _find_responder(desks: Desks, hello: Hello, cookies: str) -> Responder:
    text = hello.token or held(cookies, desks, RESPONDER)
    return await check_responder(desks, text)


def _seq(outcome: Outcome) -> int:
    for event in outcome.events:
        if event.stream is Stream.ROOM:
            return event.seq
    return outcome.room.head
