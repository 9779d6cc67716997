"""One client's conversation: what order of frames is allowed, and what comes out whatever goes in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messenger.protocol.closing import Close
from messenger.protocol.connection import (
    PONG,
    Connection,
    Do,
    Hangup,
    Join,
    Phase,
    Push,
    Renew,
    Reread,
    Send,
    Tell,
)
from messenger.protocol.frames import Hello, Say, Seen, Shown, Typing

HELLO = '{"t":"hello","v":1,"token":"t","since":3}'
SAY = '{"t":"say","id":"message-1","body":"hello"}'

arrivals = st.lists(st.integers(0, 12), max_size=60)


def open_connection(since: int = 0) -> Connection:
    connection = Connection()
    connection.receive(HELLO)
    connection.joined(since)
    return connection


def deliver(connection: Connection, seq: int, head: int) -> list[str]:
    """Push event `seq` as the edge does, reading a gap again from a store that is at `head`."""
    effect = connection.push(Push(seq, str(seq)))
    if isinstance(effect, Reread):
        history = [Push(n, str(n)) for n in range(effect.since + 1, head + 1)]
        effects = [connection.push(push) for push in history]
        return [effect.text for effect in effects if isinstance(effect, Send)]
    return [effect.text] if isinstance(effect, Send) else []


@given(arrivals.map(lambda seqs: [seq for seq in seqs if seq]), st.data())
def test_whatever_the_bus_loses_repeats_or_reorders_the_client_sees_each_event_once_in_order(
    seqs: list[int], data: st.DataObject
) -> None:
    connection, shown, head = open_connection(), list[str](), 0
    for seq in seqs:
        # The store has at least what the bus tells of, and perhaps more.
        head = max(head, seq + data.draw(st.integers(0, 2)))
        shown += deliver(connection, seq, head)

    assert shown == [str(n) for n in range(1, connection.seen + 1)]
    assert connection.seen >= max(seqs, default=0)


@given(st.integers(0, 12), arrivals)
def test_who_comes_back_is_shown_nothing_they_have(since: int, seqs: list[int]) -> None:
    connection = open_connection(since)

    shown = [text for seq in seqs if seq for text in deliver(connection, seq, seq)]

    assert shown == [str(n) for n in range(since + 1, max([since, *seqs]) + 1)]


@given(arrivals)
def test_what_has_no_number_always_passes_and_moves_nothing(seqs: list[int]) -> None:
    connection = open_connection(5)

    for _ in seqs:
        assert connection.push(Push(0, "presence")) == Send("presence")

    assert connection.seen == 5


def test_a_gap_is_read_again_from_where_it_begins_and_shows_nothing_by_itself() -> None:
    connection = open_connection(2)

    assert connection.push(Push(4, "four")) == Reread(2)
    assert connection.seen == 2
    assert connection.push(Push(3, "three")) == Send("three")


def test_a_number_without_words_has_those_read_who_lack_it_and_nobody_else() -> None:
    connection = open_connection(2)

    assert connection.push(Push(2, "")) is None
    assert connection.push(Push(3, "")) == Reread(2)
    assert connection.push(Push(5, "")) == Reread(2)
    assert connection.push(Push(3, "three")) == Send("three")


def test_first_comes_hello_and_then_acts() -> None:
    connection = Connection()

    assert connection.receive(HELLO) == Join(Hello(1, "t", since=3))
    connection.joined(3)

    assert connection.receive(SAY) == Do(Say("message-1", "hello"))
    assert connection.receive('{"t":"seen","seq":4}') == Tell(Seen(4))
    assert connection.receive('{"t":"typing"}') == Tell(Typing())
    assert connection.receive('{"t":"shown","rooms":["r1"]}') == Tell(Shown(["r1"]))
    assert connection.receive('{"t":"ping"}') == Renew()
    assert connection.receive('{"t":"ping","away":true}') == Renew(away=True)
    assert connection.phase is Phase.OPEN


@pytest.mark.parametrize("frame", [SAY, '{"t":"ping"}', '{"t":"typing"}', "", "{", "[]"])
def test_before_hello_nothing_else_is_heard(frame: str) -> None:
    connection = Connection()

    assert connection.receive(frame) == Hangup(Close.BAD_FRAME)
    assert connection.phase is Phase.OVER


@pytest.mark.parametrize("frame", [HELLO, "", "{", '{"t":"say","id":"message-1"}', '{"t":"no"}'])
def test_afterwards_no_second_hello_and_nothing_that_is_not_a_frame(frame: str) -> None:
    connection = open_connection()

    assert connection.receive(frame) == Hangup(Close.BAD_FRAME)
    assert connection.phase is Phase.OVER


def test_a_hello_of_another_version_is_not_understood() -> None:
    assert Connection().receive('{"t":"hello","v":2}') == Hangup(Close.BAD_FRAME)


def test_when_it_is_over_nothing_is_heard_any_more() -> None:
    connection = open_connection()
    connection.hang_up(Close.SIGNED_OUT)

    assert connection.receive(SAY) is None
    assert connection.receive(HELLO) is None


@given(st.lists(st.sampled_from([HELLO, SAY, '{"t":"ping"}', "{", '{"t":"seen","seq":1}'])))
def test_whatever_is_sent_nobody_acts_who_did_not_join(frames: list[str]) -> None:
    connection, joined = Connection(), False
    for frame in frames:
        effect = connection.receive(frame)
        if isinstance(effect, Join):
            connection.joined(effect.hello.since)
            joined = True
        assert joined or not isinstance(effect, Do | Tell | Renew)


def test_a_ping_is_answered_by_one_and_the_same_frame() -> None:
    assert PONG.rstrip() == '{"t":"pong"}'
