"""How words, and what is known of files, are written before they are sealed (MessagePack).

The seal has the version.
"""

import msgspec

from messenger.domain.attachment import Announced, Result
from messenger.domain.errors import Unreadable
from messenger.domain.events import Content

_encode = msgspec.msgpack.Encoder().encode
_decode_announced = msgspec.msgpack.Decoder(Announced).decode
_decode_result = msgspec.msgpack.Decoder(Result).decode
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


def write_about(file: Announced | Result) -> bytes:
    """Return the bytes to seal: fields by name, for more may come."""
    return _encode(file)


def read_announced(raw: bytes) -> Announced:
    """Return what `write_about` wrote of a file before it came; raises `Unreadable`."""
    try:
        return _decode_announced(raw)
    except msgspec.DecodeError:
        raise Unreadable from None


def read_result(raw: bytes) -> Result:
    """Return what `write_about` wrote of a file after cleaning; raises `Unreadable`."""
    try:
        return _decode_result(raw)
    except msgspec.DecodeError:
        raise Unreadable from None
