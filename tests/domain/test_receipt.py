"""Receipts: whatever people do to six words while they copy them, and what is refused."""

from itertools import pairwise
from string import ascii_lowercase
from time import process_time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from messenger.domain.errors import BadReceipt
from messenger.domain.receipt import (
    CANDIDATES,
    UNKIND,
    NotSixWords,
    UnknownWord,
    Wordlist,
    Words,
)
from messenger.domain.spelling import distance
from tests.spelled import LISTED, digits_of

LIST = Wordlist(LISTED)
ALICES = ("abacus", "drop-down", "quilt", "yo-yo", "zoom", "t-shirt")
WORDS: Words = LIST.parse(" ".join(ALICES))

MANY_OF_BOTH = " ".join(LISTED[:25]) + " 0001" * 25

receipts = st.integers(0, 7776**6 - 1).map(LIST.words_of)
places = st.integers(0, 5)


def typed_with(words: Words, place: int, word: str) -> str:
    return " ".join([*words[:place], word, *words[place + 1 :]])


# The list


def test_the_list_has_7776_words_and_no_word_begins_another() -> None:
    letters = sorted({word.replace("-", "") for word in LISTED})

    assert len(LIST) == len(set(LISTED)) == 7776
    assert not [one for one, other in pairwise(letters) if other.startswith(one)]


@given(receipts)
def test_a_receipt_reads_back_as_itself(words: Words) -> None:
    assert LIST.parse(" ".join(words)) == words


@given(receipts)
def test_a_receipt_spelled_as_digits_reads_back_as_itself(words: Words) -> None:
    assert LIST.parse(digits_of(words)) == words


@given(receipts)
def test_words_typed_without_any_space_are_told_apart(words: Words) -> None:
    assert LIST.parse("".join(words)) == words


@given(st.binary(min_size=32, max_size=32))
def test_32_random_bytes_always_choose_a_receipt(seed: bytes) -> None:
    words = LIST.from_bytes(seed)

    assert LIST.parse(" ".join(words)) == words


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_fewer_or_more_bytes_do_not_choose_one(size: int) -> None:
    with pytest.raises(ValueError, match="32 random bytes"):
        LIST.from_bytes(bytes(size))


def test_the_highest_number_is_a_receipt_and_the_next_is_not() -> None:
    assert LIST.words_of(7776**6 - 1) == ("zoom",) * 6
    with pytest.raises(ValueError, match="no receipt"):
        LIST.words_of(7776**6)


# Forgiven


@pytest.mark.parametrize(
    "typed",
    [
        "abacus drop-down quilt yo-yo zoom t-shirt",
        "ABACUS Drop-Down quilt Yo-Yo ZOOM T-Shirt",
        "  abacus\tdrop down \n quilt yo yo zoom t shirt  ",
        "abacus dropdown quilt yoyo zoom tshirt",
        "abacus-drop-down-quilt-yo-yo-zoom-t-shirt",
        "1. abacus\r\n2. drop-down\r\n3. quilt\r\n4. yo-yo\r\n5. zoom\r\n6. t-shirt\r\n",
        "“abacus, drop\u2011down, quilt; yo–yo: zoom / t'shirt.”",
        "ábacus drop\u00addown qui\u200blt yo-yo ｚｏｏｍ t-shirt",
        "abacus dropdown quilt yoyo zoomtshirt",
        "abacusdrop down quilt yo-yo zoom t-shirt",
        "abacusdrop-down quiltyo yozoom t shirt",
        "aba cus drop-down quilt yo-yo zoom t-shirt",
        "abacus drpo-down quilt yo-yo zoom t-shirt",
        "abacuss drop down quilt yo yo zoom t shirt",
    ],
)
def test_however_it_is_typed_it_is_the_same_receipt(typed: str) -> None:
    assert LIST.parse(typed) == ALICES


@pytest.mark.parametrize("mark", [" ", "-", "", ".", "\n", " – "])
def test_digits_may_be_grouped_by_anything(mark: str) -> None:
    assert LIST.parse(digits_of(WORDS).replace(" ", mark)) == WORDS


def test_digits_of_another_script_are_digits() -> None:
    arabic = digits_of(WORDS).translate({48 + n: 0x660 + n for n in range(10)})

    assert LIST.parse(arabic) == WORDS


@given(receipts, places, st.data())
def test_one_typo_in_one_word_is_mended_unless_two_words_are_as_near(
    words: Words, place: int, data: st.DataObject
) -> None:
    word = words[place]
    typo = data.draw(typos(word))
    assume(typo.isalpha() and typo not in LISTED)
    near = one_mistake_from(typo) & {word.replace("-", "") for word in LISTED}

    if len(near) == 1:
        assert LIST.parse(typed_with(words, place, typo)) == words
        return
    with pytest.raises(UnknownWord) as refused:
        LIST.parse(typed_with(words, place, typo))
    assert refused.value.word == typo


def one_mistake_from(word: str) -> set[str]:
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    more = {a + letter + b for a, b in cuts for letter in ascii_lowercase}
    other = {a + letter + b[1:] for a, b in cuts for letter in ascii_lowercase}
    return (
        more | other | {a + b[1:] for a, b in cuts} | {a + b[1:2] + b[:1] + b[2:] for a, b in cuts}
    )


@st.composite
def typos(draw: st.DrawFn, word: str) -> str:
    letters = word.replace("-", "")
    at = draw(st.integers(0, len(letters) - 1))
    letter = draw(st.sampled_from(ascii_lowercase))
    before, here, after = letters[:at], letters[at], letters[at + 1 :]
    swapped = before + after[:1] + here + after[1:]
    return draw(
        st.sampled_from(
            [before + after, before + letter + after, before + letter + here + after, swapped]
        )
    )


def test_a_long_word_with_two_mistakes_is_mended_and_a_short_one_is_not() -> None:
    assert LIST.parse(typed_with(WORDS, 0, "abdimonal"))[0] == "abdominal"
    with pytest.raises(UnknownWord):
        LIST.parse(typed_with(WORDS, 0, "zzom" + "x"))


def test_no_word_is_guessed_between_two_that_are_as_near() -> None:
    few = Wordlist(["boat", "goat", "tree", "lamp", "desk", "moon", "fish"])

    with pytest.raises(UnknownWord) as refused:
        few.parse("xoat tree lamp desk moon fish")

    assert refused.value.word == "xoat"


# Refused


def test_the_refusal_names_the_word_but_not_in_what_gets_logged() -> None:
    with pytest.raises(UnknownWord) as refused:
        LIST.parse(typed_with(WORDS, 2, "qxqxqx"))

    assert "“qxqxqx”" in refused.value.text
    assert "qxqxqx" not in repr(refused.value) + str(refused.value)
    assert isinstance(refused.value, BadReceipt)


def test_a_group_of_digits_beyond_the_list_is_named() -> None:
    with pytest.raises(UnknownWord) as refused:
        LIST.parse("0000 0001 0002 7776 0003 0004")

    assert refused.value.word == "7776"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "…",
        "abacus",
        "abacus quilt zoom abacus quilt",
        "abacus " * 7,
        "x " * 13,
        "abacus quilt " * 100,
        "0000 0001 0002 0003 0004",
        "0" * 25,
    ],
)
def test_what_is_not_six_words_is_refused(typed: str) -> None:
    with pytest.raises(NotSixWords):
        LIST.parse(typed)


def test_two_words_of_the_list_are_never_made_one() -> None:
    with pytest.raises(NotSixWords):
        LIST.parse("abacus quilt zoom abacus quilt zoom abdomen")


@given(st.text(st.characters(), max_size=600))
def test_whatever_strangers_type_is_a_receipt_or_a_refusal(raw: str) -> None:
    try:
        words = LIST.parse(raw)
    except BadReceipt:
        return
    assert set(words) <= set(LISTED)


@given(st.lists(st.sampled_from([*LISTED[::97], "xq", "7", "drop", "yo"]), max_size=14))
def test_whatever_words_strangers_type_are_a_receipt_or_a_refusal(raw: list[str]) -> None:
    try:
        words = LIST.parse(" ".join(raw))
    except BadReceipt:
        return
    assert set(words) <= set(LISTED)


# In a message


@given(receipts, st.text(st.characters(categories=["P", "Z", "N"]), max_size=20))
def test_a_receipt_is_found_in_whatever_surrounds_it(words: Words, around: str) -> None:
    assert words in LIST.candidate(f"they said {around} {' '.join(words)}, {around} ok the end")


@given(receipts)
def test_a_receipt_of_digits_is_found_too(words: Words) -> None:
    digits = digits_of(words)

    assert words in LIST.candidate(f"call +49 30 123, then {digits} is mine")
    assert words in LIST.candidate(f"12 {digits} 34 56")
    assert words in LIST.candidate(digits.replace(" ", ""))


@pytest.mark.parametrize(
    "text",
    [
        "my words: abacus drop down quilt yo yo zoom t shirt",
        "1. ABACUS 2. dropdown\n3. quilt 4. yo-yo 5. zoom 6. t-shirt. Bye",
        "abacusdropdownquiltyoyozoomtshirt",
        "quilt abacus drop-down quilt yo-yo zoom t-shirt zoom",
    ],
)
def test_it_is_found_however_it_is_written(text: str) -> None:
    assert ALICES in LIST.candidate(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "He took my phone behind the gym and nobody saw it. I am afraid to go back.",
        "abacus drop-down quilt yo-yo zoom",
        "abacus drop-down quilt and yo-yo zoom t-shirt",
        "abacuss drop-down quilt yo-yo zoom t-shirt",
        "0000 0001 0002 0003 0004 000",
        "9999 9999 9999 9999 9999 9999",
        "0000 0001 0002 or 0003 0004 0005",
    ],
)
def test_other_messages_hold_none(text: str) -> None:
    assert LIST.candidate(text) == []


@pytest.mark.parametrize(
    "text", ["".join(LISTED[:1_300]), " ".join(LISTED)[:10_000], "12 " * 3_333, MANY_OF_BOTH]
)
def test_a_long_message_has_a_bounded_number_of_candidates(text: str) -> None:
    assert len(LIST.candidate(text)) == CANDIDATES or text.startswith("12")
    assert len(LIST.candidate(text)) <= CANDIDATES


@pytest.mark.parametrize(
    "text",
    [
        "abacus" * 1_666,
        "abacus " * 1_400,
        "yo " * 3_333,
        "9 " * 5_000,
        "9" * 10_000,
        "-" * 10_000,
        "ﷺ" * 10_000,
        "\u0315\u0316" * 5_000,
        "\u0f73" * 10_000,
    ],
)
def test_no_message_keeps_us_busy(text: str) -> None:
    began = process_time()

    LIST.candidate(text)

    assert process_time() - began < 1


@given(st.text(st.characters(), max_size=400))
def test_candidates_of_any_text_are_words_of_the_list(text: str) -> None:
    assert all(set(words) <= set(LISTED) for words in LIST.candidate(text))


# Spelling


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_distance_is_the_same_both_ways_and_none_only_from_oneself(one: str, other: str) -> None:
    assert distance(one, other) == distance(other, one)
    assert (distance(one, other) == 0) == (one == other)


@pytest.mark.parametrize(
    ("one", "other", "mistakes"),
    [
        ("boat", "baot", 1),
        ("boat", "oat", 1),
        ("boat", "boats", 1),
        ("boat", "goat", 1),
        ("boat", "tree", 4),
    ],
)
def test_a_letter_more_less_other_or_two_swapped_is_one_mistake(
    one: str, other: str, mistakes: int
) -> None:
    assert distance(one, other) == mistakes


def test_unkind_words_are_of_the_list_and_read_like_any_others() -> None:
    for word in UNKIND:
        assert LIST.parse(" ".join([word] * 6)) == (word,) * 6
