"""How the words of an event are written before they are sealed (MessagePack, versioned by seal)."""

import msgspec

from messenger.domain.errors import Unreadable
from messenger.domain.events import Content

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[int, str, dict[str, str]]).decode


def write_content(content: Content) -> bytes:
    """Return the bytes to seal."""
    return _encode((content.at, content.body, content.details))


def write_words(body: str, details: dict[str, str]) -> bytes:
    """Return what makes two sends the same: the words without the time."""
    return _encode((body, sorted(details.items())))


def read_content(raw: bytes) -> Content:
    """Return what `write_content` wrote; raises `Unreadable`."""
    try:
        return Content(*_decode(raw))
    except msgspec.DecodeError:
        raise Unreadable from None
