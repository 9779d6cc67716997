"""What people write arrives as they wrote it, less what cannot be seen or would mislead."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messenger.domain.errors import EmptyText, Refusal, TextTooLong, UnreadableText
from messenger.domain.text import (
    BODY_LIMIT,
    LINE_LIMIT,
    check_body,
    check_line,
    check_optional,
    excerpt,
)

OVERRIDES = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
NONCHARACTERS = "".join(
    [*map(chr, range(0xFDD0, 0xFDF0))]
    + [chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF)]
)
"""The 66 that Unicode never gives to anybody."""

anything = st.text() | st.text(alphabet=st.characters(), max_size=60)
nasty = st.text(
    alphabet="a \t\r\n\0\x1b\u202e\u2066\u200d\u0301\ud800\U0001f9d1\ufffe\u00ad\U0001fae9",
    max_size=30,
)
readable = st.text(
    alphabet=st.characters(
        exclude_categories=["Cs", "Cc"], exclude_characters=OVERRIDES + NONCHARACTERS
    ),
    max_size=60,
)


@given(anything | nasty)
def test_a_body_is_clean_or_refused(raw: str) -> None:
    try:
        body = check_body(raw)
    except (EmptyText, TextTooLong, UnreadableText):
        return

    assert 1 <= len(body) <= BODY_LIMIT and body == body.strip()
    assert body.encode()
    assert not any(unicodedata.category(char) == "Cc" and char not in "\n\t" for char in body)
    assert not set(body) & set(OVERRIDES + NONCHARACTERS)


@given(anything | nasty)
def test_cleaning_twice_is_cleaning_once(raw: str) -> None:
    try:
        body = check_optional(raw)
    except Refusal:
        return

    assert check_optional(body) == body


@given(readable)
def test_what_can_be_read_stays_as_it_is(raw: str) -> None:
    assert check_optional(raw) == raw.strip()


@given(st.text(alphabet="ab\n", min_size=1, max_size=20), st.sampled_from(["\r\n", "\r", "\n"]))
def test_every_way_to_end_a_line_is_the_same(raw: str, end: str) -> None:
    assert check_optional(raw.replace("\n", end)) == raw.strip()


@given(anything | nasty)
def test_a_line_is_one_line_or_refused(raw: str) -> None:
    try:
        line = check_line(raw)
    except (TextTooLong, UnreadableText):
        return

    assert len(line) <= LINE_LIMIT and line == " ".join(line.split())


@given(anything, st.integers(1, 200))
def test_an_excerpt_is_one_line_that_fits(raw: str, length: int) -> None:
    assert len(excerpt(raw, length)) <= length
    assert "\n" not in excerpt(raw, length)


@pytest.mark.parametrize("char", ["a", "\u00e9", "\U0001f9d1"])
def test_ten_thousand_letters_fit_in_any_script_and_one_more_does_not(char: str) -> None:
    assert check_body(char * BODY_LIMIT) == char * BODY_LIMIT
    with pytest.raises(TextTooLong):
        check_body(char * (BODY_LIMIT + 1))
    with pytest.raises(TextTooLong):
        check_body(char * (2 * BODY_LIMIT + 1))
    with pytest.raises(TextTooLong):
        check_line(char * (LINE_LIMIT + 1))


def test_what_cannot_be_seen_counts_when_it_is_more_than_the_words_could_be() -> None:
    assert check_body("\0" * (2 * BODY_LIMIT - 2) + "hi") == "hi"
    with pytest.raises(TextTooLong):
        check_body("\0" * (2 * BODY_LIMIT - 1) + "hi")


@pytest.mark.parametrize("length", [501, 1001, 20_001])
def test_who_wrote_too_long_a_line_hears_how_long_a_line_may_be(length: int) -> None:
    with pytest.raises(TextTooLong) as refused:
        check_line("a" * length)

    assert (refused.value.code, "500 letters" in refused.value.text) == ("too_long", True)


@pytest.mark.parametrize("raw", ["", "  ", "  \n", "\0", "\u202e", "\x1b", NONCHARACTERS])
def test_nothing_to_read_is_nothing_to_send(raw: str) -> None:
    with pytest.raises(EmptyText):
        check_body(raw)
    assert check_optional(raw) == ""


def test_half_a_character_is_refused() -> None:
    with pytest.raises(UnreadableText):
        check_body("broken \ud83d")


def test_families_flags_and_hebrew_stay_whole() -> None:
    raw = "\U0001f469\u200d\U0001f467 שלום \U0001f1fa\U0001f1f8"

    assert check_body(raw) == raw


@pytest.mark.parametrize("char", ["\ufdcf", "\ufdf0", "\ufffd", "\U00020000"])
def test_a_letter_beside_those_that_nobody_is_given_stays(char: str) -> None:
    assert check_body(f"{char}\n{NONCHARACTERS}{char}") == f"{char}\n{char}"


@pytest.mark.parametrize("char", ["\U0001fae9", "\u0378"])
def test_what_is_newer_than_this_python_stays(char: str) -> None:
    assert check_body(char) == char
    assert check_body(f"I am so tired {char}.") == f"I am so tired {char}."


def test_a_short_excerpt_is_whole_and_a_long_one_says_that_it_goes_on() -> None:
    assert excerpt("I saw\nit") == excerpt("I saw it", 8) == "I saw it"
    assert excerpt("word " * 40, 12) == "word word w…"
    assert excerpt("word " * 40, 11) == "word word…"
