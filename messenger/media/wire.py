"""What the service and a worker say to one another, over one socket, each in turn.

The service first tells the upload's size. Then the worker leads: it asks for pieces and gets them,
gives pieces of the result, and ends by saying that it is done, or that it can't be done. Both sides
hold one piece at a time. All of it is bytes after their length; what the worker says is a `Saying`
in MessagePack, decoded strictly, since a worker may have been taken over by what it was reading.
"""

from typing import Annotated

from msgspec import Meta, Struct
from msgspec.msgpack import Decoder

from messenger.domain.errors import Reason
from messenger.media.limits import PIECE, PREVIEW_BYTES

LENGTH = 4
"""Bytes, big-endian, before everything that is said."""
MOST = PIECE + 256
"""Bytes of one saying."""

Count = Annotated[int, Meta(ge=0, le=2**40)]


class Ask(Struct, frozen=True, tag="ask"):
    """Asks for `length` bytes from `offset` on. The answer is shorter only at the end."""

    offset: Count
    length: Annotated[int, Meta(ge=1, le=PIECE)]


class Give(Struct, frozen=True, tag="give"):
    """The next bytes of the result. Not answered."""

    data: Annotated[bytes, Meta(max_length=PIECE)]


class Done(Struct, frozen=True, tag="done"):
    """All was given; this is what it is."""

    media_type: Annotated[str, Meta(max_length=40)]
    width: Count = 0
    height: Count = 0
    seconds: Annotated[float, Meta(ge=0, le=1e7)] = 0.0
    preview: Annotated[bytes, Meta(max_length=PREVIEW_BYTES)] = b""


class Sorry(Struct, frozen=True, tag="sorry"):
    """It can't be done."""

    reason: Reason


Saying = Ask | Give | Done | Sorry
_decoder: Decoder[Saying] = Decoder(Saying)


def read_saying(told: bytes | bytearray) -> Saying:
    """Raises `DecodeError` for whatever is not a saying."""
    return _decoder.decode(told)
