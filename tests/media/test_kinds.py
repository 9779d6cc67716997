"""What a file is, by its first bytes."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messenger.media.kinds import HEAD, Kind, find_kind
from tests.media.planting import NAMES

STRANGERS = {
    "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">',
    "html": b"<!doctype html><script>",
    "hls playlist": b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n",
    "concat playlist": b"ffconcat version 1.0\nfile 'http://127.0.0.1/'\n",
    "zip": b"PK\x03\x04\x14\x00",
    "gzip": b"\x1f\x8b\x08\x00",
    "tiff": b"II*\x00\x08\x00\x00\x00",
    "bmp": b"BM6\x00\x0c\x00",
    "postscript": b"%!PS-Adobe-3.0",
    "avi": b"RIFF\x00\x00\x00\x00AVI LIST",
    "flash video": b"FLV\x01\x05",
    "mpeg transport stream": b"G@\x00\x10",
    "aac in adts": b"\xff\xf1P\x80",
    "program": b"\x7fELF\x02\x01\x01",
    "nothing": b"",
    "one byte": b"\xff",
}


@pytest.mark.parametrize("name", NAMES)
def test_each_kind_is_known_whatever_its_name(name: str, dirty: Path) -> None:
    ending = name.rpartition(".")[2]
    kind = find_kind((dirty / name).read_bytes()[:HEAD])

    assert kind is not None and kind.name.lower() == ENDINGS.get(ending, ending)


ENDINGS = {
    "jpg": "jpeg",
    "heic": "heif",
    "mp4": "quicktime",
    "mov": "quicktime",
    "m4a": "quicktime",
    "webm": "matroska",
}


@pytest.mark.parametrize("head", STRANGERS.values(), ids=STRANGERS)
def test_everything_else_is_nothing_we_take(head: bytes) -> None:
    assert find_kind(head) is None


@given(st.binary(max_size=HEAD))
def test_no_bytes_are_too_strange_to_tell(head: bytes) -> None:
    assert find_kind(head) in {None, *Kind}
