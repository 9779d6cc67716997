"""Whatever a worker says, the service is not surprised."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import msgpack

from messenger.domain.errors import CannotClean, Reason
from messenger.media.cleaner import Conversation, Worker
from messenger.media.limits import PIECE, PREVIEW_BYTES
from messenger.media.wire import LENGTH, Ask, Done, Give, Saying, Sorry
from messenger.ports.media import Cleaned

UPLOAD = bytes(range(256))


async def lead(said: bytes) -> tuple[Cleaned, list[bytes]]:
    """Have a conversation with a worker that says all this and hangs up."""
    ours, theirs = socket.socketpair()
    given: list[bytes] = []

    async def read(offset: int, length: int) -> bytes:
        assert offset >= 0 and 0 < length <= len(UPLOAD) - offset
        return UPLOAD[offset : offset + length]

    async def write(piece: bytes) -> None:
        given.append(piece)

    with ours, theirs:
        theirs.sendall(said)
        theirs.shutdown(socket.SHUT_WR)
        worker = Worker(ours, handle=-1)
        cleaned = await Conversation(worker, silence=5).lead(len(UPLOAD), read, write)
    return cleaned, given


def spoken(*sayings: Saying) -> bytes:
    told = [msgpack.encode(saying) for saying in sayings]
    return b"".join(len(each).to_bytes(LENGTH, "big") + each for each in told)


async def refusal_of(said: bytes) -> Reason:
    with pytest.raises(CannotClean) as refused:
        await lead(said)
    return refused.value.reason


async def test_what_was_asked_is_answered_and_what_was_given_is_passed_on() -> None:
    done = Done("image/png", 3, 2, preview=b"small")

    cleaned, given = await lead(spoken(Ask(0, 10), Give(b"one"), Give(b"two"), done))

    assert given == [b"one", b"two"]
    assert cleaned == Cleaned("image/png", 6, 3, 2, 0.0, b"small")


async def test_nothing_is_read_beyond_the_end_of_an_upload() -> None:
    asks = (Ask(250, 100), Ask(256, 1), Ask(2**40, PIECE))

    _, given = await lead(spoken(*asks, Give(b"x"), Done("image/png")))

    assert given == [b"x"]


async def test_a_reason_reaches_people_as_it_is() -> None:
    assert await refusal_of(spoken(Sorry(Reason.TOO_LONG))) is Reason.TOO_LONG


@pytest.mark.parametrize(
    "said",
    [
        b"",
        spoken(Give(b"x")),
        spoken(Done("image/png")),
        spoken(Give(b"x"), Done("text/html")),
        spoken(Give(b"x"), Done("image/png", preview=b"x" * (PREVIEW_BYTES + 1))),
        spoken(Give(b"x"), Done("image/png", width=-1)),
        spoken(Give(b"x"), Done("video/mp4", seconds=float("nan"))),
        spoken(Ask(-1, 10)),
        spoken(Ask(0, PIECE + 1)),
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x01\xc1",
    ],
)
async def test_a_worker_that_breaks_the_rules_has_given_up(said: bytes) -> None:
    assert await refusal_of(said) is Reason.GAVE_UP


SAYINGS: list[Saying] = [Ask(0, 9), Give(b"x"), Done("image/png"), Sorry(Reason.DAMAGED)]
CONVERSATIONS = st.lists(st.sampled_from(SAYINGS)).map(lambda sayings: spoken(*sayings))


@given(st.binary(max_size=300) | CONVERSATIONS)
async def test_all_that_is_said_ends_in_a_result_or_a_refusal(said: bytes) -> None:
    try:
        cleaned, given = await lead(said)
    except CannotClean:
        return
    assert cleaned.size == sum(map(len, given)) > 0
