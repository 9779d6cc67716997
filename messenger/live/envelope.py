"""What workers say to one another, and how it is written down. None of it must survive."""

import msgspec

from messenger.domain.events import Role
from messenger.domain.ids import OrganizationId, RoomId
from messenger.ports.live import Seat


class _Item(msgspec.Struct, frozen=True, array_like=True): ...


class Told(_Item, frozen=True, tag="t"):
    """A push for everyone (of that role) at a topic."""

    topic: str
    seq: int
    text: str
    role: Role | None = None


class Ended(_Item, frozen=True, tag="e"):
    """Everyone at a topic is to hang up."""

    topic: str
    why: int


class Seated(_Item, frozen=True, tag="s"):
    """Somebody came to a seat at the sender's."""

    seat: Seat


class Left(_Item, frozen=True, tag="l"):
    """A seat at the sender's is empty: by a goodbye, or since nothing was heard for a lease."""

    seat: Seat
    ran_out: bool = False


class Seats(_Item, frozen=True, tag="a"):
    """All the seats that are taken at the sender's."""

    seats: list[Seat]


class Showing(_Item, frozen=True, tag="w"):
    """Rooms that a console of the sender's shows."""

    organization: OrganizationId
    rooms: list[RoomId]


class Changed(_Item, frozen=True, tag="n"):
    """People or names changed."""


class Asking(_Item, frozen=True, tag="q"):
    """Who is where? Answered with `Seats` by that worker; by every one if none is named."""

    worker: str = ""


class Leaving(_Item, frozen=True, tag="b"):
    """The sender stops: nothing more comes, and nobody is there."""


Item = Told | Ended | Seated | Left | Seats | Showing | Changed | Asking | Leaving


class Envelope(msgspec.Struct, frozen=True, array_like=True):
    """Items in order, or none: then it says that the sender lives.

    `number` counts the sender's envelopes in this lane, so that a lost one is noticed.
    """

    sender: str
    number: int
    items: list[Item]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Envelope)


def pack(envelope: Envelope) -> bytes:
    """Write it down."""
    return _encoder.encode(envelope)


def unpack(raw: bytes) -> Envelope:
    """Raises `ValueError` for what is none."""
    return _decoder.decode(raw)
