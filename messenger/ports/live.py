"""What may be forgotten: who watches, who is here, who guessed, what was spent."""

from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from messenger.domain.events import Role
from messenger.domain.ids import MemberId, OrganizationId, RoomId, SessionId
from messenger.protocol.closing import Close
from messenger.protocol.connection import Push


class Watch(Protocol):
    """One socket's place at a topic, with its bounded mailbox.

    The owner drains `pending` whenever its `wake` was called, and hangs up once `closing` is set.
    It says `away` of a console that nobody has touched for long.
    """

    topic: str
    role: Role
    session: SessionId
    room: RoomId | None
    member: MemberId | None
    away: bool
    pending: deque[Push]
    closing: Close | None

    def put(self, push: Push) -> None:
        """Deliver without ever waiting; a full mailbox sets `closing` to `SLOW_READER`."""
        ...

    def end(self, why: Close) -> None:
        """Have the owner hang up."""
        ...


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who wants to watch a topic, and by which session."""

    topic: str
    role: Role
    session: SessionId = field(repr=False)
    room: RoomId | None = None
    member: MemberId | None = None


CONSOLE = None
"""Where a member is who looks at the console."""
AWAY = "away"
"""Where a member is whose console is connected, and whom nobody sees there."""


class Seat(NamedTuple):
    """Where somebody can be: a reporter or a member in a room, or a member at `CONSOLE` or `AWAY`.

    A tuple, as workers tell it to one another.
    """

    at: str | None
    member: MemberId | None

    @property
    def room(self) -> RoomId | None:
        """The room, if it is one."""
        return None if self.at is None or self.at == AWAY else RoomId(self.at)


class Bus(Protocol):
    """Who watches what. At most once, in order per topic, lost on restart: the store is the truth.

    From the moment `join` returns nothing put on the topic is missed by its watch.
    """

    def join(self, viewer: Viewer, wake: Callable[[], None]) -> Watch: ...
    def leave(self, watch: Watch) -> None: ...
    def tell(self, topic: str, push: Push, role: Role | None = None) -> None:
        """Put `push` in the mailbox of everyone (of that role) at `topic`; never waits."""
        ...

    def end(self, topic: str, why: Close) -> None:
        """Have everyone at `topic` hang up."""
        ...

    def tell_news(self) -> None:
        """People or names changed: whoever remembers them, in another process, has to forget."""
        ...

    def is_watched(self, topic: str) -> bool:
        """Whether somebody may be at `topic`, here or in another process."""
        ...

    def is_held(self, seat: Seat) -> bool:
        """Whether an open socket of this process keeps that seat. Any of a member's keeps `CONSOLE`:
        whoever is in a conversation is at the console, too.
        """
        ...

    def watches(self) -> list[Watch]:
        """Every watch of this process."""
        ...


class Presence(Protocol):
    """Who is here, in any process, as leases. Never rely on a goodbye."""

    def renew(self, seat: Seat) -> bool:
        """Extend a lease; True if the seat was empty before."""
        ...

    def release(self, seat: Seat) -> None: ...
    def is_taken(self, seat: Seat) -> bool: ...
    def members_at(self, room: RoomId) -> list[MemberId]:
        """Who of the team is in that room now."""
        ...

    def is_gone(self, member: MemberId, patience: float) -> bool:
        """Whether nothing was heard of `member` for `patience` seconds in which we could have."""
        ...

    @property
    def hears_all(self) -> bool:
        """Whether all processes hear one another, as far as this one can tell."""
        ...

    def sweep(self) -> list[RoomId]:
        """Forget leases that have run out; the rooms that somebody so left."""
        ...


class Shown(Protocol):
    """Which waiting rooms some console shows right now: that puts a mail off. Forgotten, it goes.

    What a console says counts for its own organization only, whatever ids it names.
    """

    def mark(self, organization: OrganizationId, rooms: Collection[RoomId]) -> None:
        """A console of this organization shows these."""
        ...

    def is_shown(self, organization: OrganizationId, room: RoomId) -> bool:
        """Whether some console of it showed that room within the last minute."""
        ...


@dataclass(frozen=True, slots=True)
class Hearing:
    """How well this process hears the others. One alone hears all there is."""

    is_connected: bool = True
    """Whether its own voice comes back."""
    is_sure: bool = True
    """Whether nothing can have been missed unnoticed. If not, the database is read instead."""
    others: int = 0
    readings: int = 0
    """How often the database was read since the start, to be sure."""


class Throttle(Protocol):
    """How long to make a guesser wait. Forgets; never locks anybody out."""

    async def turn(self, name: str) -> float:
        """Seconds to wait before this try, which counts as failed until it has succeeded.

        No two that have to wait are let go at once. `TooBusy` when too many wait already.
        """
        ...

    async def succeeded(self, name: str) -> None: ...


class Spent(Protocol):
    """What is good only once. Kept for its lifetime, which is short, and within bounds."""

    async def spend(self, name: str, lifetime: float) -> bool:
        """Whether nobody has spent `name` in the last `lifetime` seconds; from now on, you have."""
        ...


class CountsDown(Exception):
    """They did not answer in time, or refused."""


class Counts(Protocol):
    """Small counts and marks that run out by themselves, kept for all workers. Raise `CountsDown`."""

    async def count(self, key: str, lifetime: float) -> int:
        """Add one, and return the sum; `lifetime` seconds after the last time it is forgotten."""
        ...

    async def put_first(self, key: str, lifetime: float) -> bool:
        """Put it there for `lifetime` seconds; whether it was not there yet."""
        ...

    async def drop(self, key: str) -> None: ...


def room_topic(room: RoomId) -> str:
    """The topic of one conversation."""
    return f"room:{room}"


def queue_topic(organization: OrganizationId) -> str:
    """The topic of one organization's queue."""
    return f"queue:{organization}"


def organization_of(topic: str) -> OrganizationId:
    """The organization whose queue that topic is."""
    return OrganizationId(topic.partition(":")[2])
