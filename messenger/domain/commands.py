"""What people ask of a room. A command names its room, its author and the client's own id for it;
the same id again is a repeat and gets the same answer.
"""

from dataclasses import dataclass, field

from messenger.domain.events import SYSTEM, Author
from messenger.domain.ids import ClientId, MemberId, RoomId
from messenger.domain.report import Urgency


@dataclass(frozen=True, slots=True)
class Said:
    """Words, already sealed, with the keyed hash that tells a repeat from a conflict."""

    sealed: bytes = field(default=b"", repr=False)
    digest: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class _Command:
    room: RoomId
    author: Author
    client_id: ClientId


@dataclass(frozen=True, slots=True)
class Post(_Command):
    """Say something."""

    said: Said


@dataclass(frozen=True, slots=True)
class Introduce(_Command):
    """A reporter gives a name or a way to reach them."""

    said: Said


@dataclass(frozen=True, slots=True)
class Claim(_Command):
    """Take charge."""

    said: Said


@dataclass(frozen=True, slots=True)
class LapseClaim:
    """The holder disappeared; the room is waiting again, higher."""

    room: RoomId
    client_id: ClientId
    holder: MemberId
    author: Author = SYSTEM


@dataclass(frozen=True, slots=True)
class HandOver(_Command):
    """Give the claim to `to`, or back to the queue, with a summary for the staff's file."""

    said: Said
    to: MemberId | None
    summary: Said


@dataclass(frozen=True, slots=True)
class BringIn(_Command):
    """Ask a colleague to join."""

    said: Said
    member: MemberId


@dataclass(frozen=True, slots=True)
class Close(_Command):
    """End it, with a note safe to show. `took`: seconds since the report, for statistics."""

    said: Said
    took: int | None


@dataclass(frozen=True, slots=True)
class Reopen(_Command):
    """Take a closed room up again."""

    said: Said


@dataclass(frozen=True, slots=True)
class Triage(_Command):
    """Raise or lower the urgency. Written in the staff's file only."""

    said: Said
    urgency: Urgency


@dataclass(frozen=True, slots=True)
class MarkSeen:
    """Someone has read up to `seq`. A mark, not an event: no time is kept."""

    room: RoomId
    author: Author
    seq: int


@dataclass(frozen=True, slots=True)
class MarkMailed:
    """An e-mail about this waiting room went out; one is enough."""

    room: RoomId


Command = (
    Post | Introduce | Claim | LapseClaim | HandOver | BringIn | Close | Reopen | Triage
    | MarkSeen | MarkMailed
)  # fmt: skip
