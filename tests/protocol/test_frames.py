"""Frames as text: what is one, what is not, and how long they are."""

import json
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from messenger.domain.errors import BadFrame
from messenger.protocol.connection import Do, Join, Push, Send
from messenger.protocol.frames import (
    FRAME_LIMIT,
    PAD_FLOOR,
    Ack,
    EventOut,
    Gone,
    Hello,
    Incoming,
    Outgoing,
    Person,
    Ping,
    Refused,
    Say,
    Shown,
    parse_frame,
    write_frame,
)

ids = st.text("abcXYZ0189_-", min_size=8, max_size=64)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


def test_a_frame_is_told_by_its_name() -> None:
    assert parse_frame('{"t":"say","id":"message-1","body":"hi"}') == Say("message-1", "hi")
    assert parse_frame('{"t":"hello","v":1}') == Hello(1)
    assert parse_frame('{"t":"shown","rooms":["a","b"]}') == Shown(["a", "b"])
    assert parse_frame(' {"t": "ping"}  ') == Ping()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "{}",
        "[]",
        '"ping"',
        '{"t":"ping"} x',
        '{"t":"ping","more":1}',
        '{"t":"Ping"}',
        '{"t":"welcome"}',
        '{"t":"ack","id":"message-1","seq":1}',
        '{"id":"message-1","body":"hi"}',
        '{"t":"say","id":"message-1"}',
        '{"t":"say","id":"message-1","body":7}',
        '{"t":"say","id":"message-1","body":null}',
        '{"t":"say","id":"short","body":"hi"}',
        '{"t":"say","id":"no spaces please","body":"hi"}',
        f'{{"t":"say","id":"{"x" * 65}","body":"hi"}}',
        '{"t":"say","id":"message-1","body":"hi","by":"ana"}',
        '{"t":"say","id":"message-1","body":"hi","seq":9}',
        '{"t":"seen","seq":-1}',
        '{"t":"seen","seq":1.5}',
        '{"t":"seen","seq":true}',
        '{"t":"seen","seq":9007199254740993}',
        '{"t":"hello","v":1,"queue":"yes"}',
        f'{{"t":"hello","v":1,"token":"{"x" * 513}"}}',
        "[" * 60_000,
        '{"t":"ping","rooms":' + "[" * 60_000,
        '{"rooms":' + "[" * 60_000,
        '{"t":"say","id":"message-1","body":"\ud800"}',
    ],
)
def test_what_is_not_exactly_one_frame_of_a_client_is_refused(text: str) -> None:
    with pytest.raises(BadFrame):
        parse_frame(text)


def test_a_frame_may_be_as_long_as_the_limit_and_no_longer() -> None:
    whole = '{"t":"ping"}'.ljust(FRAME_LIMIT)

    assert parse_frame(whole) == Ping()
    with pytest.raises(BadFrame):
        parse_frame(whole + " ")


def test_ten_thousand_letters_of_any_script_fit_into_a_frame() -> None:
    event = EventOut(2**53, "message_posted", Person("team", "🦦" * 60, "x" * 64), "y" * 64)
    body = "🦦" * 10_000

    text = write_frame(msgspec.structs.replace(event, body=body))

    assert len(text.encode()) <= FRAME_LIMIT
    assert "\\u" not in text
    said = json.dumps({"t": "say", "id": "y" * 64, "body": body}, ensure_ascii=False)
    assert parse_frame(said) == Say("y" * 64, body)


@given(words, ids)
def test_a_frame_is_padded_to_a_power_of_two_and_reads_back(body: str, id: str) -> None:
    text = write_frame(EventOut(1, "message_posted", Person("reporter"), id, body=body))

    size = len(text.encode())
    assert size >= PAD_FLOOR
    assert size & (size - 1) == 0
    assert json.loads(text)["body"] == body
    assert json.loads(text)["id"] == id


@pytest.mark.parametrize(
    ("length", "size"),
    [(20, 256), (256, 256), (257, 512), (512, 512), (513, 1024), (32_769, 65_536)],
)
def test_of_how_long_a_frame_is_only_the_next_power_of_two_shows(length: int, size: int) -> None:
    bare = len(msgspec.json.encode(Gone("")))

    assert len(write_frame(Gone("x" * (length - bare)))) == size


@given(ids, words)
def test_what_a_client_says_is_taken_word_for_word(id: str, body: str) -> None:
    said = parse_frame(json.dumps({"t": "say", "id": id, "body": body}))

    assert said == Say(id, body)


@given(st.text(max_size=200))
def test_any_text_is_a_frame_or_refused_and_never_a_bug(text: str) -> None:
    try:
        frame = parse_frame(text)
    except BadFrame:
        return
    assert isinstance(frame, Incoming)


def test_a_frame_that_is_printed_tells_neither_words_nor_tokens() -> None:
    said = Say("message-1", "a knife")
    effects = [Join(Hello(1, token="t0ken")), Do(said), Send("a knife"), Push(1, "a knife")]

    told = repr([said, *effects])

    assert "knife" not in told and "t0ken" not in told
    assert "Say" in told and "Hello" in told and "seq=1" in told


def test_an_ack_and_a_short_refusal_look_alike_in_length() -> None:
    assert len(write_frame(Ack("message-1", 7))) == len(write_frame(Refused("empty", "Write.")))


def test_every_frame_has_a_name_of_its_own_on_its_side() -> None:
    for side in (Incoming, Outgoing):
        names = [kind.__struct_config__.tag for kind in get_args(side)]
        assert len(names) == len(set(names))
