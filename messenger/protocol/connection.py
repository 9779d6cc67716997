"""One client's conversation with us, as a value machine: frames in, effects out, no I/O.

    NEW --hello--> OPEN --anything wrong--> OVER

In OPEN the numbered events of the room pass through `push`, each once and in order, whatever the
bus loses, repeats or reorders.
"""

from enum import Enum, auto

from messenger.domain.errors import BadFrame
from messenger.domain.values import Value
from messenger.protocol.closing import Close
from messenger.protocol.frames import (
    VERSION,
    Act,
    Hello,
    Ping,
    Pong,
    Seen,
    Shown,
    Typing,
    parse_frame,
    write_frame,
)


class Phase(Enum):
    """How far the conversation has come."""

    NEW = auto()
    OPEN = auto()
    OVER = auto()


class Push(Value, frozen=True):
    """Something for a client: event number `seq`, or 0 for what has no number (presence, acks).

    Without a text it says only that the event is there: to be read by who has not got it.
    """

    hides = ("text",)
    seq: int
    text: str


class Send(Value, frozen=True):
    """Write this text."""

    hides = ("text",)
    text: str


class Join(Value, frozen=True):
    """Find out who this is, subscribe, then read what they missed."""

    hello: Hello


class Do(Value, frozen=True):
    """Carry this out and answer with `ack` or `refused`."""

    act: Act


class Tell(Value, frozen=True):
    """Pass on something that is never stored, or only as a mark."""

    what: Typing | Seen | Shown


class Renew(Value, frozen=True):
    """The client is still there: renew its lease. `away`: but nobody before it."""

    away: bool = False


class Reread(Value, frozen=True):
    """There is a gap after `since`: read it again from the store."""

    since: int


class Hangup(Value, frozen=True):
    """End the connection with this code."""

    why: Close


Effect = Send | Join | Do | Tell | Renew | Reread | Hangup

PONG = write_frame(Pong())
"""The answer to every `ping`, encoded once."""


class Connection:
    """The state of one client: `phase`, and `seen`, the number of the last event passed on."""

    __slots__ = ("phase", "seen")

    def __init__(self) -> None:
        self.phase = Phase.NEW
        self.seen = 0

    def receive(self, text: str) -> Effect | None:
        """Take one frame from the client and say what to do about it."""
        try:
            frame = parse_frame(text)
        except BadFrame:
            return self.hang_up(Close.BAD_FRAME)
        match frame:
            case _ if self.phase is Phase.OVER:
                return None
            case Hello():
                return self._hello(frame)
            case _ if self.phase is Phase.NEW:
                return self.hang_up(Close.BAD_FRAME)
            case Ping():
                return Renew(frame.away)
            case Typing() | Seen() | Shown():
                return Tell(frame)
            case _:
                return Do(frame)

    def joined(self, since: int) -> None:
        """The client may see the room, and has its events up to `since`."""
        self.phase = Phase.OPEN
        self.seen = since

    def push(self, push: Push) -> Send | Reread | None:
        """Pass on the next event; drop one already passed on; ask again across a gap."""
        if push.seq == 0:
            return Send(push.text)
        if push.seq <= self.seen:
            return None
        if push.seq > self.seen + 1 or not push.text:
            return Reread(self.seen)
        self.seen = push.seq
        return Send(push.text)

    def hang_up(self, why: Close) -> Hangup:
        """It is over; nothing more is read or passed on."""
        self.phase = Phase.OVER
        return Hangup(why)

    def _hello(self, hello: Hello) -> Effect:
        """A second `hello`, or one of another version, is a bad frame: resuming is reconnecting."""
        if self.phase is not Phase.NEW or hello.v != VERSION:
            return self.hang_up(Close.BAD_FRAME)
        return Join(hello)
