"""Every frame, both ways: JSON text whose `t` names the kind. `docs/protocol.md` tells their story.

Times are unix seconds; ids are strings; unknown fields are refused. Lengths here are only what a
decoder can see; the rules for words live in `domain.text`.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from messenger.domain.errors import BadFrame

VERSION = 1
FRAME_LIMIT = 64 * 1024
"""Bytes in one frame, either way. 10,000 code points fit in any script."""
PAD_FLOOR = 256
"""Frames are padded with trailing spaces to powers of two from here: sizes tell less."""

Id = Annotated[str, Meta(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]*$")]
Ref = Annotated[str, Meta(max_length=64)]
Text = Annotated[str, Meta(max_length=20_000)]
Line = Annotated[str, Meta(max_length=1_000)]
Seq = Annotated[int, Meta(ge=0, le=2**53)]


class _Frame(Struct, frozen=True, tag_field="t"):
    """A frame. Each says its own `t`. A `repr` says no more: words and tokens travel in them."""

    def __repr__(self) -> str:
        return type(self).__name__


class _In(_Frame, frozen=True, forbid_unknown_fields=True):
    """A frame from a client."""


class Hello(_In, frozen=True, tag="hello"):
    """The first frame. A reporter names no room; staff name one, or ask for the queue.

    `away`: as in `ping`.
    """

    v: int
    token: Annotated[str, Meta(max_length=512)] = ""
    room: Ref = ""
    queue: bool = False
    since: Seq = 0
    away: bool = False


class Say(_In, frozen=True, tag="say"):
    """A message."""

    id: Id
    body: Text


class Introduce(_In, frozen=True, tag="introduce"):
    """A reporter gives a name or a contact."""

    id: Id
    name: Line = ""
    contact: Line = ""


class Claim(_In, frozen=True, tag="claim"):
    """Take charge of the room."""

    id: Id


class HandOver(_In, frozen=True, tag="hand_over"):
    """Give the claim to a member, or back to the queue (`to` empty)."""

    id: Id
    to: Ref = ""
    summary: Text = ""


class BringIn(_In, frozen=True, tag="bring_in"):
    """Ask a colleague to join."""

    id: Id
    member: Ref


class CloseRoom(_In, frozen=True, tag="close"):
    """End the conversation, with a note safe to show."""

    id: Id
    note: Text = ""


class Reopen(_In, frozen=True, tag="reopen"):
    """Take a closed conversation up again."""

    id: Id


class Triage(_In, frozen=True, tag="triage"):
    """Raise or lower the urgency."""

    id: Id
    urgency: Ref


class Typing(_In, frozen=True, tag="typing"):
    """Someone is typing. Never stored; expires in the receiver."""


class Seen(_In, frozen=True, tag="seen"):
    """Read up to this number."""

    seq: Seq


class Shown(_In, frozen=True, tag="shown"):
    """A console shows these waiting rooms to somebody: nobody needs a mail about them yet."""

    rooms: Annotated[list[Ref], Meta(max_length=1000)]


class Ping(_In, frozen=True, tag="ping"):
    """Still here. Every 20 seconds; renews the presence lease.

    `away`: only the console is, and nobody has touched it for long. Reporters send none.
    """

    away: bool = False


Act = Say | Introduce | Claim | HandOver | BringIn | CloseRoom | Reopen | Triage
"""Frames that ask for something lasting, and so carry an id."""
Incoming = Hello | Act | Typing | Seen | Shown | Ping


class Person(Struct, frozen=True):
    """Whoever did something, as the receiver may know them."""

    role: str
    name: str = ""
    id: str = ""


class Here(Struct, frozen=True):
    """Who is in the room now."""

    reporter: bool
    team: int
    names: list[str]


class DutyNow(Struct, frozen=True):
    """Ready-made sentences about who is on duty."""

    here: bool
    text: str
    usual: str = ""
    next: str = ""
    call: str = ""


class RoomState(Struct, frozen=True):
    """Where the room stands."""

    id: str
    number: int
    status: str
    urgency: str
    responder: Person | None = None
    participants: list[str] = []


class SeenMarks(Struct, frozen=True):
    """How far each side has read."""

    team: int
    reporter: int


class EventOut(_Frame, frozen=True, tag="event"):
    """One numbered line of the room. Numbers have no gaps; order is by number, never by time."""

    seq: int
    kind: str
    by: Person
    id: str
    at: int = 0
    body: str = ""
    details: dict[str, str] = {}


class Welcome(_Frame, frozen=True, tag="welcome"):
    """The answer to `hello`; the events after `since` follow."""

    v: int
    head: int
    you: Person
    room: RoomState
    seen: SeenMarks
    here: Here
    duty: DutyNow


class Ack(_Frame, frozen=True, tag="ack"):
    """It is on disk. `seq` is the number of the event it became."""

    id: str
    seq: int


class Refused(_Frame, frozen=True, tag="refused"):
    """This failed; the connection goes on. `text` can be shown as it is."""

    code: str
    text: str
    id: str = ""


class Presence(_Frame, frozen=True, tag="presence"):
    """Who is here changed."""

    reporter: bool
    team: int
    names: list[str]


class DutyOut(_Frame, frozen=True, tag="duty"):
    """Who is on duty, where that is not what the `welcome` said any more. For reporters."""

    duty: DutyNow


class TypingOut(_Frame, frozen=True, tag="typing"):
    """Someone is typing; show it for five seconds."""

    role: str
    name: str = ""


class SeenOut(_Frame, frozen=True, tag="seen"):
    """A side has read up to `seq`."""

    role: str
    seq: int


class State(_Frame, frozen=True, tag="state"):
    """The room's state changed. One with a smaller `head` than the last is old news."""

    status: str
    urgency: str
    responder: Person | None = None
    participants: list[str] = []
    head: int = 0


class File(_Frame, frozen=True, tag="file"):
    """The staff's file, whole: on joining and whenever it grows."""

    events: list[EventOut]


class Withheld(_Frame, frozen=True, tag="withheld"):
    """A file is not shown any more, to anybody."""

    attachment: str


class Resync(_Frame, frozen=True, tag="resync"):
    """Something may have been missed: say `hello` again."""


class Pong(_Frame, frozen=True, tag="pong"):
    """The answer to `ping`."""


class Last(Struct, frozen=True):
    """The newest words in a room."""

    role: str
    text: str


class Row(Struct, frozen=True):
    """A room in the queue. `seen` and `last` are null where an update leaves them as they were."""

    room: str
    number: int
    school: str
    category: str
    category_label: str
    urgency: str
    status: str
    responder: Person | None
    participants: list[str]
    invited: list[str]
    waiting_since: int
    returned: bool
    head: int
    seen: int | None
    last: Last | None
    reporter_here: bool
    silent_since: int
    deleted: bool = False
    closing: int = 0


class Queue(_Frame, frozen=True, tag="queue"):
    """The whole queue, in answer to `hello` and after every resync. `now`: by the server's clock.

    `edition` is that of the server's own pages.
    """

    rows: list[Row]
    you: Person
    on_duty: list[Person]
    duty: DutyNow
    now: int
    edition: str = ""


class RowChanged(_Frame, frozen=True, tag="row"):
    """One row changed or appeared."""

    row: Row


class Gone(_Frame, frozen=True, tag="gone"):
    """A row is not there any more."""

    room: str


Outgoing = (
    Welcome | EventOut | Ack | Refused | Presence | DutyOut | TypingOut | SeenOut | State | File | Withheld
    | Resync | Pong | Queue | RowChanged | Gone
)  # fmt: skip

_decode = msgspec.json.Decoder(Incoming).decode
_encode = msgspec.json.Encoder().encode


def parse_frame(text: str) -> Incoming:
    """Return the frame in `text`; raises `BadFrame` for anything that is not exactly one."""
    if len(text) > FRAME_LIMIT:
        raise BadFrame
    try:
        frame: Incoming = _decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        raise BadFrame from None
    return frame


def write_frame(frame: Outgoing) -> str:
    """Return `frame` as text, padded with spaces to a power of two bytes, 256 at least."""
    raw = _encode(frame)
    bucket = max(PAD_FLOOR, 1 << (len(raw) - 1).bit_length())
    return raw.ljust(bucket).decode()
