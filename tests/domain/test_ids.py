"""Ids: 8 to 64 plain characters, or refused."""

import re
from string import ascii_letters, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messenger.domain.errors import BadId
from messenger.domain.ids import ID_BYTES, check_client_id, url_safe

ALPHABET = ascii_letters + digits + "-_"


@given(st.text(ALPHABET, min_size=8, max_size=64))
def test_an_id_of_the_right_shape_is_taken_as_it_is(raw: str) -> None:
    assert check_client_id(raw) == raw


@given(st.binary(min_size=ID_BYTES, max_size=ID_BYTES))
def test_an_id_made_of_chance_has_the_right_shape(chance: bytes) -> None:
    assert check_client_id(url_safe(chance)) == url_safe(chance)


@given(
    st.text(ALPHABET, max_size=7)
    | st.text(ALPHABET, min_size=65, max_size=80)
    | st.text(min_size=8, max_size=64).filter(lambda raw: not re.fullmatch("[A-Za-z0-9_-]*", raw))
)
def test_any_other_is_refused(raw: str) -> None:
    with pytest.raises(BadId):
        check_client_id(raw)


@pytest.mark.parametrize("raw", ["abcdefgh\n", "abcdefg\u00e9", "abcdefg\u0661", "abc defgh", ""])
def test_line_ends_and_letters_that_look_plain_are_refused(raw: str) -> None:
    with pytest.raises(BadId):
        check_client_id(raw)
