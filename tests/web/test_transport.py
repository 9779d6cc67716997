"""Frames cut here mean what they mean to uvicorn and websockets, however the network cuts them."""

import asyncio
import logging
import os
import struct
from collections.abc import Awaitable, Callable, Sequence
from itertools import pairwise
from typing import Any

import anyio
import pytest
import uvicorn
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.speedups import apply_mask

from messenger.web.transport import LeanWebSocket

REQUEST = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
SHORT = 0.05
DEADLINE = 10.0
LIMIT = 1000
"""Bytes in a message."""
CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
FIN, MASKED = 0x80, 0x80


class Line(asyncio.Transport):
    """A network that keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__({"sockname": ("127.0.0.1", 1), "peername": ("127.0.0.1", 2)})
        self.written = b""
        self.is_closed = False
        self.is_paused = False
        self.is_aborted = anyio.Event()

    def write(self, data: Any) -> None:
        self.written += data

    def close(self) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.is_aborted.set()

    def is_closing(self) -> bool:
        return self.is_closed

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False


class Visit:
    """A client that has shaken hands with an app that only listens."""

    def __init__(self, kind: type[WebSocketsSansIOProtocol], **options: float) -> None:
        config = uvicorn.Config(
            self._app,
            ws=kind,
            ws_max_size=LIMIT,
            ws_per_message_deflate=False,
            log_config=None,
            interface="asgi3",
        )
        self.heard: list[Any] = []
        self.line = Line()
        self.listens = asyncio.Event()
        self.listens.set()
        self.protocol = kind(config, ServerState(), {}, **options)  # type: ignore[arg-type]
        self.protocol.connection_made(self.line)

    async def begin(self) -> None:
        self.protocol.data_received(REQUEST)
        await rest()
        assert self.line.written.startswith(b"HTTP/1.1 101 ")
        self.line.written = b""

    async def hear(self, *chunks: bytes) -> None:
        for chunk in chunks:
            if not self.line.is_closed:
                self.protocol.data_received(chunk)
                await rest()

    async def _app(self, _scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        said_goodbye = False
        while True:
            message = await receive()
            await self.listens.wait()
            self.heard.append(message.get("text", message.get("bytes", message.get("code"))))
            if message["type"] == "websocket.disconnect":
                return
            if message.get("text") == "bye" and not said_goodbye:
                said_goodbye = True
                await send({"type": "websocket.close", "code": 4000})


async def rest() -> None:
    for _ in range(6):
        await asyncio.sleep(0)


def frame(opcode: int, payload: bytes = b"", *, first: int = FIN, masked: int = MASKED) -> bytes:
    size = len(payload)
    header = bytes([first | opcode])
    if size < 126:
        header += bytes([masked | size])
    elif size < 65536:
        header += bytes([masked | 126]) + struct.pack("!H", size)
    else:
        header += bytes([masked | 127]) + struct.pack("!Q", size)
    if not masked:
        return header + payload
    mask = os.urandom(4)
    return header + mask + apply_mask(payload, mask)


def cut(stream: bytes, places: Sequence[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[a:b] for a, b in pairwise(edges) if a < b]


async def both(chunks: Sequence[bytes], frames: Sequence[bytes]) -> tuple[Visit, Visit]:
    """The library gets one frame at a time: of a chunk with an error in it, it forgets the rest."""
    lean, plain = Visit(LeanWebSocket), Visit(WebSocketsSansIOProtocol)
    await lean.begin()
    await lean.hear(*chunks)
    await plain.begin()
    for each in frames:
        if each[0] == FIN | CLOSE:  # The one difference in meaning: no message holds them back.
            plain.protocol.conn.current_size = None
        await plain.hear(each)
    return lean, plain


payloads = st.one_of(
    st.text(max_size=40).map(str.encode),
    st.sampled_from([b"\xff", b"\xc3", b"x" * 125, b"x" * 126, b"x" * LIMIT]),
    st.sampled_from([b"x" * (LIMIT + 1), b"x" * 70_000, struct.pack("!H", 1000), b"\x00"]),
)
opcodes = st.sampled_from([TEXT, TEXT, TEXT, CONT, BINARY, CLOSE, PING, PONG, 3])
frames = st.builds(
    frame,
    opcodes,
    payloads,
    first=st.sampled_from([FIN, FIN, FIN, 0, FIN | 0x40]),
    masked=st.sampled_from([MASKED, MASKED, MASKED, MASKED, MASKED, 0]),
)


@example([frame(TEXT, b"", first=0), frame(CLOSE, b"x" * 70_000)], [])
@given(st.lists(frames, min_size=1, max_size=8), st.lists(st.integers(0, 10_000), max_size=6))
def test_every_stream_means_the_same_as_to_the_library(
    stream: list[bytes], places: list[int]
) -> None:
    lean, plain = asyncio.run(both(cut(b"".join(stream), places), stream))

    assert lean.heard == plain.heard
    assert lean.line.written == plain.line.written
    assert lean.line.is_closed == plain.line.is_closed


async def test_a_frame_that_comes_byte_by_byte_is_heard_once_and_whole() -> None:
    visit = Visit(LeanWebSocket)
    await visit.begin()

    await visit.hear(*(bytes([byte]) for byte in frame(TEXT, "née".encode() * 50)))

    assert visit.heard == ["née" * 50]


async def test_what_is_cut_by_the_library_and_what_is_cut_here_keep_their_order() -> None:
    visit = Visit(LeanWebSocket)
    await visit.begin()
    parts = [frame(TEXT, b"on", first=0), frame(PING, b"?"), frame(CONT, b"e")]

    await visit.hear(b"".join([*parts, frame(TEXT, b"two"), frame(BINARY, b"3")]))

    assert visit.heard == ["one", "two", b"3"]
    assert visit.line.written == bytes([FIN | PONG, 1]) + b"?"


@pytest.mark.parametrize("goodbye", [b"", struct.pack("!H", 4001) + b"enough"], ids=len)
async def test_who_leaves_in_the_middle_of_a_message_gets_their_own_goodbye_back(
    goodbye: bytes,
) -> None:
    visit = Visit(LeanWebSocket)
    await visit.begin()

    await visit.hear(frame(TEXT, b"on", first=0) + frame(CLOSE, goodbye) + frame(CONT, b"e"))

    assert visit.line.written == bytes([FIN | CLOSE, len(goodbye)]) + goodbye
    assert visit.line.is_closed
    assert visit.heard == [4001 if goodbye else 1005]


@pytest.mark.parametrize(
    "parts",
    [[frame(TEXT, b"n\xc3(e")], [frame(TEXT, b"n\xc3", first=0), frame(CONT, b"(e")]],
    ids=["whole", "in parts"],
)
async def test_broken_letters_end_the_connection_and_are_no_news_for_the_log(
    parts: list[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    visit = Visit(LeanWebSocket)
    await visit.begin()

    await visit.hear(*parts)

    assert visit.line.written == bytes([FIN | CLOSE, 2]) + struct.pack("!H", 1007)
    assert visit.line.is_closed and visit.heard == [1007]
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


async def test_after_our_goodbye_only_theirs_counts() -> None:
    visit = Visit(LeanWebSocket)
    await visit.begin()

    await visit.hear(frame(TEXT, b"bye"), frame(TEXT, b"one thing more"))
    assert visit.heard == ["bye", 4000] and not visit.line.is_closed
    await visit.hear(frame(CLOSE, struct.pack("!H", 4000)))

    assert visit.line.is_closed


async def test_an_app_that_falls_behind_stops_the_reading_and_takes_it_up_again() -> None:
    visit = Visit(LeanWebSocket)
    await visit.begin()
    visit.listens.clear()
    await visit.hear(frame(TEXT, b"0"))

    paused = []
    for more in (15, 2, 0):
        await visit.hear(*(frame(TEXT, b"more") for _ in range(more)))
        if more == 0:
            visit.listens.set()
        await rest()
        paused.append(visit.line.is_paused)

    assert paused == [False, True, False]
    assert len(visit.heard) == 18


async def test_nothing_is_read_before_the_handshake_is_over() -> None:
    visit = Visit(LeanWebSocket)

    visit.protocol.data_received(REQUEST)
    before = visit.line.is_paused
    await rest()

    assert (before, visit.line.is_paused) == (True, False)


async def test_of_many_frames_at_once_only_some_are_read_in_one_turn() -> None:
    visit = Visit(LeanWebSocket)
    await visit.begin()
    pong = frame(PONG, masked=0)

    visit.protocol.data_received(frame(PING) * 1000)
    at_once, was_paused = visit.line.written.count(pong), visit.line.is_paused
    while visit.line.is_paused:
        await rest()

    assert at_once < 50 and was_paused
    assert visit.line.written == pong * 1000


async def test_however_many_come_at_once_they_keep_their_order() -> None:
    lean, plain = Visit(LeanWebSocket), Visit(WebSocketsSansIOProtocol)
    stream: list[bytes] = []
    for number in range(100):
        name = str(number).encode()
        stream += [frame(TEXT, name), frame(PING, name), frame(BINARY, name)]
        stream += [frame(TEXT, b"on", first=0), frame(PONG), frame(CONT, b"e")]
    stream.append(frame(CLOSE, struct.pack("!H", 4001)))
    for visit in (lean, plain):
        await visit.begin()

    await lean.hear(b"".join(stream)[:-3], b"".join(stream)[-3:])
    while not lean.line.is_closed:
        await rest()
    await rest()
    await plain.hear(*stream)

    assert lean.heard == plain.heard
    assert lean.line.written == plain.line.written


async def test_an_app_that_falls_behind_has_no_more_kept_for_it_than_it_can_soon_take() -> None:
    visit = Visit(LeanWebSocket)
    await visit.begin()
    visit.listens.clear()

    await visit.hear(frame(TEXT, b"more") * 1000)
    kept, was_paused = len(visit.protocol.queue), visit.line.is_paused  # type: ignore[arg-type]
    visit.listens.set()
    while visit.line.is_paused:
        await rest()

    assert kept < 50 and was_paused
    assert visit.heard == ["more"] * 1000


async def test_their_goodbye_is_found_behind_all_they_said_before_they_knew_of_ours() -> None:
    visit = Visit(LeanWebSocket)
    await visit.begin()
    goodbye = frame(CLOSE, struct.pack("!H", 4000))

    await visit.hear(frame(TEXT, b"bye") + frame(TEXT, b"more") * 1000 + goodbye)
    while not visit.line.is_closed:
        await rest()

    assert visit.line.written == bytes([FIN | CLOSE, 2]) + struct.pack("!H", 4000)


async def test_who_does_not_read_is_answered_their_last_ping_alone_once_they_do() -> None:
    visit = Visit(LeanWebSocket)
    await visit.begin()
    last = bytes([FIN | PONG, 1]) + b"2"

    visit.protocol.pause_writing()
    await visit.hear(frame(PING, b"1") + frame(PING, b"2"))
    before = visit.line.written
    visit.protocol.resume_writing()
    visit.protocol.resume_writing()
    await visit.hear(frame(PING, b"3"))

    assert before == b""
    assert visit.line.written == last + bytes([FIN | PONG, 1]) + b"3"


async def test_after_our_goodbye_no_ping_is_answered_any_more() -> None:
    visit = Visit(LeanWebSocket)
    await visit.begin()

    visit.protocol.pause_writing()
    await visit.hear(frame(PING, b"?"))
    visit.protocol.keepalive_timeout()
    goodbye = visit.line.written
    visit.protocol.resume_writing()

    assert visit.line.written == goodbye != b""


async def test_of_parts_that_say_nothing_nothing_is_kept() -> None:
    visit = Visit(LeanWebSocket)
    await visit.begin()

    await visit.hear(frame(TEXT, b"on", first=0), *(frame(CONT, first=0) for _ in range(100)))
    kept = len(visit.protocol.frames)
    await visit.hear(frame(CONT, b"e", first=0), frame(CONT))

    assert kept == 1
    assert visit.heard == ["one"]


async def give_no_pong(visit: Visit) -> None:
    visit.protocol.send_keepalive_ping()
    visit.protocol.keepalive_timeout()


async def send_no_more(visit: Visit) -> None:
    visit.protocol.eof_received()
    visit.line.close()


async def say_goodbye(visit: Visit) -> None:
    await visit.hear(frame(CLOSE))


async def be_sent_away(visit: Visit) -> None:
    await visit.hear(frame(TEXT, b"bye"))


async def talk_nonsense(visit: Visit) -> None:
    await visit.hear(frame(3))


@pytest.mark.parametrize(
    "leave", [give_no_pong, send_no_more, say_goodbye, be_sent_away, talk_nonsense]
)
async def test_who_does_not_read_our_last_words_is_hung_up_on(
    leave: Callable[[Visit], Awaitable[None]],
) -> None:
    visit = Visit(LeanWebSocket, patience=SHORT)
    await visit.begin()

    await leave(visit)
    with anyio.fail_after(DEADLINE):
        await visit.line.is_aborted.wait()


async def test_who_has_read_them_is_left_alone() -> None:
    visit = Visit(LeanWebSocket, patience=SHORT)
    await visit.begin()

    await visit.hear(frame(CLOSE))
    visit.protocol.connection_lost(None)
    await anyio.sleep(2 * SHORT)

    assert not visit.line.is_aborted.is_set()
