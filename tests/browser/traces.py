"""Looks for words in what a browser left on disk: as they are, and in what it packs them into.

Every file is read raw; gzip members, LevelDB tables (RocksDB's ancestor, with Snappy blocks), LevelDB
logs and Firefox's notes for restoring a session are unpacked first. Formats: google/leveldb
doc/table_format.md and doc/log_format.md, google/snappy format_description.txt, and
https://searchfox.org/mozilla-central/source/toolkit/components/lz4.
"""

import gzip
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import lz4.block

ENCODINGS = ("utf-8", "utf-16-le")
NEAR = 400
"""Characters within which the words of a receipt make a receipt."""
_TABLE_MAGIC = bytes.fromhex("57fb808b247547db")
_LOG_BLOCK = 32 * 1024
_MOZILLA_LZ4 = b"mozLz40\0"

Finder = Callable[[str], bool]


def the_text(secret: str) -> Finder:
    """Find `secret` wherever it stands."""
    return lambda text: secret.casefold() in text


def the_words(words: Iterable[str]) -> Finder:
    """Find all of `words` near one another, whatever stands between them."""
    first, *others = (re.compile(rf"(?<![a-z]){re.escape(word)}(?![a-z])") for word in words)

    def find(text: str) -> bool:
        for found in first.finditer(text):
            around = text[max(0, found.start() - NEAR) : found.end() + NEAR]
            if all(other.search(around) for other in others):
                return True
        return False

    return find


def find_traces(folder: Path, secrets: Mapping[str, Finder]) -> dict[str, set[str]]:
    """Return, for each secret found, the files that hold it. An empty answer is a clean folder."""
    traces: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        for text in texts_of(path.read_bytes()):
            for name, finds in secrets.items():
                if finds(text):
                    traces.setdefault(name, set()).add(str(path.relative_to(folder)))
    return traces


def texts_of(content: bytes) -> Iterator[str]:
    """Read `content` in every way words could stand in it."""
    for reading in readings(content):
        for encoding in ENCODINGS:
            yield reading.decode(encoding, errors="ignore").casefold()
            if encoding != "utf-8":  # Two bytes a letter, starting at an odd place.
                yield reading[1:].decode(encoding, errors="ignore").casefold()


def readings(content: bytes) -> Iterator[bytes]:
    """Return the content and what can be unpacked from it."""
    yield content
    yield from gzip_members(content)
    yield from table_blocks(content)
    yield log_records(content)
    if content.startswith(_MOZILLA_LZ4):
        yield lz4.block.decompress(content.removeprefix(_MOZILLA_LZ4))


def gzip_members(content: bytes) -> Iterator[bytes]:
    """Unpack each gzip member, wherever it begins and though its end may be missing."""
    for found in re.finditer(rb"\x1f\x8b\x08", content):
        try:
            yield zlib.decompressobj(wbits=31).decompress(content[found.start() :])
        except zlib.error:
            continue


def table_blocks(content: bytes) -> Iterator[bytes]:
    """Unpack the data blocks of a LevelDB table."""
    if content[-8:] != _TABLE_MAGIC:
        return
    footer = content[-48:]
    _, at = _varint(footer, 0)
    _, at = _varint(footer, at)
    offset, at = _varint(footer, at)
    size, _ = _varint(footer, at)
    for handle in _values(_block(content, offset, size)):
        offset, at = _varint(handle, 0)
        size, _ = _varint(handle, at)
        yield b"".join(_values(_block(content, offset, size), whole=True))


def log_records(content: bytes) -> bytes:
    """Join the fragments of a LevelDB log: a record is cut where a block of 32 KiB ends."""
    joined = bytearray()
    for start in range(0, len(content), _LOG_BLOCK):
        block, at = content[start : start + _LOG_BLOCK], 0
        while at + 7 <= len(block):
            length, kind = int.from_bytes(block[at + 4 : at + 6], "little"), block[at + 6]
            if kind not in (1, 2, 3, 4) or at + 7 + length > len(block):
                break
            joined += block[at + 7 : at + 7 + length]
            at += 7 + length
    return bytes(joined)


def unsnappy(packed: bytes) -> bytes:
    """Unpack one Snappy block."""
    size, at = _varint(packed, 0)
    plain = bytearray()
    while at < len(packed) and len(plain) < size:
        tag = packed[at]
        kind, at = tag & 3, at + 1
        if kind == 0:
            length, at = _literal_length(packed, tag, at)
            plain += packed[at : at + length]
            at += length
            continue
        width = (1, 2, 4)[kind - 1]
        back = int.from_bytes(packed[at : at + width], "little")
        length = (tag >> 2) + 1
        if kind == 1:
            length, back = ((tag >> 2) & 7) + 4, back | (tag >> 5) << 8
        at += width
        for _ in range(length):
            plain.append(plain[-back])
    return bytes(plain)


def _literal_length(packed: bytes, tag: int, at: int) -> tuple[int, int]:
    length = tag >> 2
    if length < 60:
        return length + 1, at
    width = length - 59
    return int.from_bytes(packed[at : at + width], "little") + 1, at + width


def _block(content: bytes, offset: int, size: int) -> bytes:
    block, kind = content[offset : offset + size], content[offset + size]
    return unsnappy(block) if kind == 1 else block


def _values(block: bytes, *, whole: bool = False) -> Iterator[bytes]:
    """Return the values of a block; `whole`: keys too, put together again from their prefixes."""
    restarts = int.from_bytes(block[-4:], "little")
    at, key = 0, b""
    while at < len(block) - 4 - 4 * restarts:
        shared, at = _varint(block, at)
        own, at = _varint(block, at)
        length, at = _varint(block, at)
        key = key[:shared] + block[at : at + own]
        value = block[at + own : at + own + length]
        at += own + length
        yield key + value if whole else value


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def packed(text: str) -> bytes:
    """Return `text` as a compressed answer stands in the cache, for the search's own test."""
    return b"header" + gzip.compress(text.encode())


def noted(text: str) -> bytes:
    """Return `text` as it stands in Firefox's notes, where parts of it stood before, for the search's own test."""
    parts = [text[: len(text) // 2], text[len(text) // 2 :]]
    return _MOZILLA_LZ4 + bytes(lz4.block.compress(" ".join([*parts, text]).encode()))
