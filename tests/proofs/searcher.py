"""Finds planted words in whatever was written, however it was written down.

Pure: bytes in, findings out. What it is asked to find it finds in text of any case, UTF-16, hex,
base64 (three alignments, both alphabets), percent and JSON escapes, packed addresses, and inside
gzip and zlib streams. The tests of this module are what makes a silent search worth anything.
"""

import json
import re
import zlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address
from urllib.parse import quote, quote_plus

LEAST_BASE64 = 5
"""Shorter pieces of base64 turn up by chance."""
DEPTH = 3
MOST_INFLATED = 32 * 1024 * 1024

_STREAMS = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
_TAGS = re.compile(rb"<[^<>]{0,200}>")


@dataclass(frozen=True, slots=True)
class Plant:
    """Something that must be nowhere: `exact` bytes, `folded` ones in any case, or patterns.

    `short` are exact ones, too, but so few bytes that they turn up by chance in a million others.
    """

    name: str
    exact: tuple[bytes, ...] = ()
    folded: tuple[bytes, ...] = ()
    patterns: tuple["re.Pattern[bytes]", ...] = ()
    short: tuple[bytes, ...] = ()


def text(name: str, words: str) -> Plant:
    """Plant words, in every way to write them down."""
    raw = words.encode()
    exact = [*_base64(raw), *_base64(words.encode("utf-16-le"))]
    folded = [
        raw, words.encode("utf-16-le"), words.encode("utf-16-be"), raw.hex().encode(),
        quote(words, safe="").encode(), quote(words).encode(), quote_plus(words).encode(),
        "".join(f"%{byte:02x}" for byte in raw).encode(),
        json.dumps(words)[1:-1].encode(),
        "".join(f"\\u{unit:04x}" for unit in _units(words)).encode(),
        "".join(f"\\x{byte:02x}" for byte in raw).encode(),
    ]  # fmt: skip
    return Plant(name, tuple(exact), tuple({needle.lower() for needle in folded}))


def address(name: str, written: str) -> Plant:
    """Plant an address of four bytes: written, packed, or as the number it is."""
    packed = ip_address(written).packed
    plain = text(name, written)
    numbers = {str(int.from_bytes(packed, order)) for order in ("big", "little")}
    both = (packed, packed[::-1])
    short = [*both, *(piece for raw in both for piece in _base64(raw))]
    folded = [*plain.folded, *(raw.hex().encode() for raw in both), *(n.encode() for n in numbers)]
    return Plant(name, plain.exact, tuple(folded), short=tuple(short))


def code(name: str, digits: str) -> Plant:
    """Plant six digits or so, in every way to write down words."""
    plain, raw = text(name, digits), digits.encode()
    folded = (needle for needle in plain.folded if needle != raw)
    return Plant(name, plain.exact, tuple(folded), short=(raw,))


def receipt(name: str, words: Sequence[str], digits: str) -> Plant:
    """Plant six words in their order with anything between, and their 24 digits."""
    pieces = [re.escape(piece.encode()) for word in words for piece in re.findall("[a-z]+", word)]
    sequence = re.compile(rb"[^a-z]{0,16}".join(pieces))
    spelled = re.compile(rb"[^0-9]{0,4}".join(re.findall(rb"[0-9]", digits.encode())))
    spellings = [separator.join(words) for separator in (" ", "-", "", "\n", ", ", ",", "_", "+")]
    spellings += [digits, digits.replace(" ", "")]
    plants = [text(name, spelling) for spelling in spellings]
    return Plant(
        name,
        tuple(needle for plant in plants for needle in plant.exact),
        tuple(needle for plant in plants for needle in plant.folded),
        (sequence, spelled),
    )


def unmistakable(plants: Iterable[Plant]) -> list[Plant]:
    """Return them without what turns up by chance."""
    return [replace(plant, short=()) for plant in plants]


def find(plants: Iterable[Plant], content: bytes) -> list[str]:
    """Return the names of the plants that `content` holds."""
    wanted = list(plants)
    found = {
        plant.name: None
        for view in _views(content, DEPTH)
        for plant in wanted
        if _is_in(plant, view)
    }
    return list(found)


@dataclass(frozen=True, slots=True)
class _View:
    """One way to look at bytes, prepared once for all plants."""

    raw: bytes
    folded: bytes
    loose: bytes
    """Without zeros and tags: UTF-16 and lists in HTML read as plain words."""


def _views(content: bytes, depth: int) -> Iterator[_View]:
    folded = content.lower()
    yield _View(content, folded, _TAGS.sub(b" ", folded.replace(b"\0", b"")))
    if depth:
        for stream in _inflated(content):
            yield from _views(stream, depth - 1)


def _is_in(plant: Plant, view: _View) -> bool:
    return (
        any(needle in view.raw for needle in (*plant.exact, *plant.short))
        or any(needle in view.folded for needle in plant.folded)
        or any(
            pattern.search(view.folded) or pattern.search(view.loose) for pattern in plant.patterns
        )
    )


def _inflated(content: bytes) -> Iterator[bytes]:
    view = memoryview(content)  # Or each beginning would copy all that comes after it.
    for start in _STREAMS.finditer(content):
        # 47: zlib or gzip, whichever the header says.
        inflated = _inflate(view[start.start() :], zlib.decompressobj(47))
        if len(inflated) >= LEAST_BASE64:
            yield inflated


def _inflate(content: memoryview, stream: "zlib._Decompress") -> bytes:
    """Return as much as can be inflated: what follows a stream, or breaks it, is not of it."""
    inflated = b""
    for start in range(0, len(content), 512):
        try:
            inflated += stream.decompress(content[start : start + 512], MOST_INFLATED)
        except zlib.error:
            break
        if stream.eof or len(inflated) > MOST_INFLATED:
            break
    return inflated


def _base64(raw: bytes) -> list[bytes]:
    """Return what base64 of anything around `raw` must contain, for each of three alignments."""
    pieces = []
    for before in range(3):
        whole = b64encode(bytes(before) + raw)
        # Characters that also hold bits of a neighbour are not ours.
        first = -(-before * 8 // 6)
        last = (before + len(raw)) * 8 // 6
        if last - first >= LEAST_BASE64:
            pieces += [whole[first:last], urlsafe_b64encode(bytes(before) + raw)[first:last]]
    return list(dict.fromkeys(pieces))


def _units(words: str) -> list[int]:
    raw = words.encode("utf-16-be")
    return [int.from_bytes(raw[start : start + 2], "big") for start in range(0, len(raw), 2)]
