"""What people ask of a room. A command names its room, its author and the client's own id for it;
the same id again is a repeat and gets the same answer.
"""

from datetime import date

from messenger.domain.events import SYSTEM, Author
from messenger.domain.ids import AttachmentId, ClientId, MemberId, RoomId
from messenger.domain.report import Urgency
from messenger.domain.values import Value


class Said(Value, frozen=True):
    """Words, already sealed, with the keyed hash that tells a repeat from a conflict."""

    sealed: bytes = b""
    digest: bytes = b""

    hides = ("sealed", "digest")


class _Command(Value, frozen=True):
    room: RoomId
    author: Author
    client_id: ClientId


class Post(_Command, frozen=True):
    """Say something."""

    said: Said


class Introduce(_Command, frozen=True):
    """A reporter gives a name or a way to reach them."""

    said: Said


class Delete(_Command, frozen=True):
    """A reporter takes it all back, to be erased on that day. They can't come in any more."""

    on: date


class Claim(_Command, frozen=True):
    """Take charge."""

    said: Said


class LapseClaim(Value, frozen=True):
    """The holder disappeared; the room is waiting again, higher."""

    room: RoomId
    client_id: ClientId
    holder: MemberId
    author: Author = SYSTEM


class HandOver(_Command, frozen=True):
    """Give the claim to `to`, or back to the queue, with a summary for the staff's file."""

    said: Said
    to: MemberId | None
    summary: Said


class BringIn(_Command, frozen=True):
    """Ask a colleague to join."""

    said: Said
    member: MemberId


class Close(_Command, frozen=True):
    """End it, with a note safe to show. `took`: seconds since the report, for statistics."""

    said: Said
    took: int | None


class Reopen(_Command, frozen=True):
    """Take a closed room up again."""

    said: Said


class Triage(_Command, frozen=True):
    """Raise or lower the urgency. Written in the staff's file only."""

    said: Said
    urgency: Urgency


class Attach(_Command, frozen=True):
    """Show the room a file that has come and is safe to open."""

    said: Said
    attachment: AttachmentId


class LookAt(_Command, frozen=True):
    """A responder looks at a file. Written in the staff's file only."""

    said: Said
    attachment: AttachmentId


class Quarantine(_Command, frozen=True):
    """Take a file out of everybody's sight, and keep it. Written in the staff's file only."""

    said: Said
    attachment: AttachmentId


class BreakGlass(_Command, frozen=True):
    """Open, for a reason, what is kept apart. Written in the staff's file only."""

    said: Said
    attachment: AttachmentId


class MarkSeen(Value, frozen=True):
    """Someone has read up to `seq`. A mark, not an event: no time is kept."""

    room: RoomId
    author: Author
    seq: int


class MarkMailed(Value, frozen=True):
    """The e-mail that was due about this waiting room (its `mail_due`) went out."""

    room: RoomId
    due: int | None


Command = (
    Post | Introduce | Claim | LapseClaim | HandOver | BringIn | Close | Reopen | Delete | Triage
    | Attach | LookAt | Quarantine | BreakGlass | MarkSeen | MarkMailed
)  # fmt: skip
