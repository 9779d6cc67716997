"""Files sealed in segments: what comes back, and every way in which it must not."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl import bindings

from messenger.domain.errors import Unreadable
from messenger.domain.keys import Label
from messenger.ports.security import SEGMENT
from messenger.security import segments
from messenger.security.segments import BUCKETS, OVERHEAD, SealedSegments

KEY = bytes(range(32))
FILE = Label("file", "oak", "room", client_id="a file")
SEGMENTS = SealedSegments()
GOLDEN = Path(__file__).parent / "golden"


def seal(content: bytes = b"a knife", number: int = 3, *, last: bool = True) -> bytes:
    return SEGMENTS.seal(KEY, FILE, number, content, last=last)


@given(st.binary(max_size=300), st.integers(0, 10**6), st.booleans())
def test_what_was_sealed_opens(content: bytes, number: int, last: bool) -> None:
    sealed = SEGMENTS.seal(KEY, FILE, number, content, last=last)

    assert SEGMENTS.open(KEY, FILE, number, sealed, last=last) == content


@pytest.mark.parametrize("size", [0, 1, 4_095, 4_096, SEGMENT - 1, SEGMENT])
def test_segments_of_every_size_open(size: int) -> None:
    content = b"\0" * size

    assert SEGMENTS.open(KEY, FILE, 3, seal(content), last=True) == content


def test_a_segment_is_never_longer_than_it_may_be() -> None:
    with pytest.raises(ValueError, match="at most"):
        seal(bytes(SEGMENT + 1))


def test_the_size_of_the_last_one_tells_little() -> None:
    sizes = {len(seal(bytes(size))) - OVERHEAD for size in range(0, SEGMENT + 1, 1_024)}

    assert sizes == set(BUCKETS)
    assert len(seal(bytes(SEGMENT))) == len(seal(bytes(SEGMENT), last=False))


@pytest.mark.parametrize(
    "label",
    [
        Label("upload", "oak", "room", client_id="a file"),
        Label("file", "elm", "room", client_id="a file"),
        Label("file", "oak", "attic", client_id="a file"),
        Label("file", "oak", "room", client_id="b file"),
    ],
)
def test_in_another_place_it_does_not_open(label: Label) -> None:
    with pytest.raises(Unreadable):
        SEGMENTS.open(KEY, label, 3, seal(), last=True)


def test_moved_within_its_file_it_does_not_open() -> None:
    with pytest.raises(Unreadable):
        SEGMENTS.open(KEY, FILE, 2, seal(number=3), last=True)


@pytest.mark.parametrize("last", [True, False])
def test_where_a_file_ends_can_not_be_changed(last: bool) -> None:
    with pytest.raises(Unreadable):
        SEGMENTS.open(KEY, FILE, 3, seal(last=last), last=not last)


def test_another_key_opens_nothing() -> None:
    with pytest.raises(Unreadable):
        SEGMENTS.open(bytes(32), FILE, 3, seal(), last=True)


@pytest.mark.parametrize("place", [0, 1, 24, 25, 60, -1])
def test_a_changed_byte_is_noticed(place: int) -> None:
    changed = bytearray(seal())
    changed[place] ^= 1

    with pytest.raises(Unreadable):
        SEGMENTS.open(KEY, FILE, 3, bytes(changed), last=True)


@given(st.binary(max_size=200))
def test_what_is_no_segment_is_unreadable(raw: bytes) -> None:
    for hostile in (raw, b"\x01" + raw):
        with pytest.raises(Unreadable):
            SEGMENTS.open(KEY, FILE, 3, hostile, last=True)


def test_a_segment_sealed_with_the_right_key_but_the_wrong_check_is_unreadable() -> None:
    file_key, _ = segments._file_key(KEY, FILE)
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    header = bindings.crypto_secretstream_xchacha20poly1305_init_push(state, file_key)
    sealed = bindings.crypto_secretstream_xchacha20poly1305_push(
        state, bytes(32) + b"a knife\x80", segments._associated(FILE, 3, True), segments._FINAL
    )

    with pytest.raises(Unreadable):
        SEGMENTS.open(KEY, FILE, 3, b"\x01" + header + sealed, last=True)


def test_the_same_content_is_never_sealed_the_same_way_twice() -> None:
    assert seal() != seal()


def test_segments_of_version_1_stay_readable() -> None:
    first, last = (GOLDEN / f"segment-1-{number}.bin" for number in (0, 1))

    opened = [
        SEGMENTS.open(KEY, FILE, 0, first.read_bytes(), last=False),
        SEGMENTS.open(KEY, FILE, 1, last.read_bytes(), last=True),
    ]

    assert opened == [b"x" * 5_000, b"He has a knife in his bag."]
