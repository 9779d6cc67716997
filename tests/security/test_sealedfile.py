"""Files sealed with a passphrase: what comes back, and every way in which it must not."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messenger.domain.errors import BadSetting
from messenger.security.sealedfile import (
    CHUNK,
    COST,
    OpeningReader,
    SealingWriter,
    check_passphrase,
)

CHEAP = "argon2id:t=1,m=8,p=1"
WORDS = "correct horse battery staple"
START = 8 + 1 + len(CHEAP) + 16 + 24
SEALED = CHUNK + 17


def sealed(*parts: bytes, passphrase: str = WORDS) -> bytes:
    target = io.BytesIO()
    writer = SealingWriter(target, passphrase, CHEAP)
    for part in parts:
        writer.write(part)
    writer.finish()
    return target.getvalue()


def opened(file: bytes, passphrase: str = WORDS) -> bytes:
    reader = OpeningReader(io.BytesIO(file), passphrase)
    content = reader.read()
    reader.check_finished()
    return content


THREE = sealed(b"a" * CHUNK, b"b" * CHUNK, b"c")


@given(st.lists(st.binary(max_size=200), max_size=5), st.integers(0, 2 * CHUNK))
def test_what_was_sealed_opens(parts: list[bytes], long: int) -> None:
    parts.insert(0, b"x" * long)

    assert opened(sealed(*parts)) == b"".join(parts)


@given(st.lists(st.integers(0, 300), max_size=9))
def test_it_can_be_read_in_pieces_of_any_size(sizes: list[int]) -> None:
    content = bytes(range(256)) * 300
    reader = OpeningReader(io.BytesIO(sealed(content)), WORDS)

    pieces = [reader.read(size) for size in sizes]

    assert b"".join(pieces) + reader.read() == content
    assert [len(piece) for piece in pieces] == sizes


def test_another_passphrase_opens_nothing() -> None:
    with pytest.raises(BadSetting, match="passphrase"):
        opened(THREE, WORDS + "!")


def test_a_letter_typed_on_another_machine_is_the_same_letter() -> None:
    assert (
        opened(sealed(b"hi", passphrase="cafe\u0301 au lait, s'il"), "caf\u00e9 au lait, s'il")
        == b"hi"
    )


@pytest.mark.parametrize("place", [9, START - 30, START - 1, START, START + 5, START + SEALED, -1])
def test_a_changed_byte_is_noticed(place: int) -> None:
    changed = bytearray(THREE)
    changed[place] ^= 1

    with pytest.raises(BadSetting):
        opened(bytes(changed))


@pytest.mark.parametrize("end", [0, 4, START - 1, START, START + SEALED, START + 2 * SEALED, -1])
def test_a_cut_off_file_is_noticed(end: int) -> None:
    with pytest.raises(BadSetting):
        opened(THREE[:end])


def test_chunks_that_changed_places_are_noticed() -> None:
    first, second = THREE[START : START + SEALED], THREE[START + SEALED : START + 2 * SEALED]

    with pytest.raises(BadSetting, match="does not open"):
        opened(THREE[:START] + second + first + THREE[START + 2 * SEALED :])


def test_what_was_added_at_the_end_is_noticed() -> None:
    with pytest.raises(BadSetting, match="does not open"):
        opened(THREE + b"x")
    with pytest.raises(BadSetting, match="added"):
        opened(sealed(b"a" * CHUNK) + b"x")


def test_a_file_cannot_ask_for_all_the_memory_there_is() -> None:
    greedy = b"MSGRBAK1" + bytes([24]) + b"argon2id:t=9,m=9999999,p=1"[:24] + bytes(40)

    with pytest.raises(BadSetting, match="damaged"):
        opened(greedy)


def test_backups_of_version_1_stay_readable() -> None:
    file = (Path(__file__).parent / "golden" / "backup-1.bin").read_bytes()

    assert opened(file) == b"He has a knife in his bag."


def test_another_file_is_not_a_backup() -> None:
    with pytest.raises(BadSetting, match="not a backup"):
        opened(b"SQLite format 3\0" + bytes(100))


def test_a_short_passphrase_is_refused_and_a_long_one_is_not() -> None:
    with pytest.raises(BadSetting, match="12"):
        check_passphrase("eleven char")

    assert check_passphrase("twelve chars") == "twelve chars"


@pytest.mark.slow
def test_the_cost_we_ship_works() -> None:
    target = io.BytesIO()
    writer = SealingWriter(target, WORDS)
    writer.finish()

    assert COST.encode() in target.getvalue()
    assert opened(target.getvalue()) == b""
