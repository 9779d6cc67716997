"""The recovery key on paper: it reads back, and typos are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messenger.domain.errors import BadSetting
from messenger.domain.recovery_key import parse_recovery_key, write_recovery_key

KEY = bytes(range(32))
TEXT = write_recovery_key(KEY)
keys = st.binary(min_size=32, max_size=32)


@given(keys)
def test_a_key_reads_back_as_it_was_written(key: bytes) -> None:
    assert parse_recovery_key(write_recovery_key(key)) == key


@given(keys)
def test_case_spaces_hyphens_and_letters_alike_do_not_matter(key: bytes) -> None:
    typed = write_recovery_key(key).lower().replace("-", " ").replace("0", "o").replace("1", "l")

    assert parse_recovery_key(f"\t{typed}\r\n") == key


@given(keys, st.integers(0, 55), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_a_letter_mistyped_is_told(key: bytes, place: int, letter: str) -> None:
    text = "".join(char for char in write_recovery_key(key) if char.isalnum())
    typed = text[:place] + letter + text[place + 1 :]

    if typed == text:
        assert parse_recovery_key(typed) == key
    else:
        with pytest.raises(BadSetting, match="typo"):
            parse_recovery_key(typed)


def test_it_is_two_lines_of_seven_groups() -> None:
    lines = TEXT.splitlines()

    assert [len(line.split("-")) for line in lines] == [7, 7]
    assert {len(group) for line in lines for group in line.split("-")} == {4}


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "0 of 56"),
        (TEXT[:-1], "55 of 56"),
        (TEXT + "7", "57 of 56"),
        ("U" + TEXT[1:], "“U” in group 1"),
        (TEXT[:-1] + "ß", "57 of 56"),
        (TEXT[:-1] + "é", "“É” in group 14"),
    ],
)
def test_what_is_no_key_is_told_by_its_place(typed: str, told: str) -> None:
    with pytest.raises(BadSetting) as refused:
        parse_recovery_key(typed)

    assert told in refused.value.text


def test_only_a_whole_key_is_written() -> None:
    with pytest.raises(ValueError, match="32"):
        write_recovery_key(b"short")
