"""Handshakes, one in each turn of the loop; and connections on which nobody asks for anything."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import anyio
import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from messenger.web.admission import PORTION
from messenger.web.call import HANG_UP, hang_up_of
from messenger.web.door import Door, InTurns

DEADLINE = 10.0
SHORT = 0.05
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
SIZES = {"/long": 256 * PORTION, "/much": 16 * PORTION, "/last": 16 * PORTION}


class Site:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.asked = anyio.Event()
        self.go = anyio.Event()
        self.left = anyio.Event()
        self.scopes: list[Scope] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        self.asked.set()
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            return
        if scope["path"] == "/hang-up":
            hang_up_of(scope)()
            await receive()
            return
        if scope["path"] == "/leave":
            while (await receive())["type"] != "http.disconnect":
                pass
            self.left.set()
            return
        await self.go.wait()
        body = bytes(SIZES.get(scope["path"], 1))
        size = str(len(body)).encode()
        headers = [(b"content-length", size)]
        if scope["path"] == "/last":
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class WatchedDoor(Door):
    """Tells when a connection is over."""

    def __init__(self, lost: anyio.Event, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._lost = lost

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._lost.set()


class Connection:
    """A client's end."""

    def __init__(
        self,
        lost: anyio.Event,
        state: ServerState,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.lost = lost
        """For the server, and it is over there, too."""
        self.state = state
        self.reader = reader
        self.writer = writer

    def hold_little(self) -> None:
        """Have the network hold so little that what nobody reads is the server's to hold."""
        end = self.writer.get_extra_info("socket")
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PORTION)

    async def is_over(self) -> bool:
        """Wait until the other side ends it."""
        await self.rest()
        return True

    async def rest(self) -> bytes:
        """Return what comes until the other side ends it."""
        told = b""
        with suppress(ConnectionResetError):
            while piece := await self.reader.read(PORTION):
                told += piece
        return told


@asynccontextmanager
async def connected(site: ASGIApp, patience: float = 4 * SHORT) -> AsyncIterator[Connection]:
    config = uvicorn.Config(site, log_config=None, interface="asgi3")
    lost, state = anyio.Event(), ServerState()
    turns = InTurns(portion=0)
    door = partial(WatchedDoor, lost, 10, turns, config, state, {}, patience=patience)
    server = await asyncio.get_running_loop().create_server(door, "127.0.0.1", 0)
    (listening,) = server.sockets
    # Otherwise it depends on what the kernel remembers of earlier connections how much the network holds.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, PORTION)
    port = listening.getsockname()[1]
    with anyio.fail_after(DEADLINE):
        connection = Connection(lost, state, *await asyncio.open_connection("127.0.0.1", port))
        try:
            yield connection
        finally:
            connection.writer.close()
            server.close()


@pytest.mark.parametrize("said", [b"", REQUEST[:-2]])
async def test_who_does_not_ask_in_time_is_hung_up_on(said: bytes) -> None:
    site = Site()

    async with connected(site) as connection:
        connection.writer.write(said)
        assert await connection.is_over()

    assert not site.asked.is_set()


async def test_so_is_who_has_been_answered_and_asks_the_next_thing_by_and_by() -> None:
    site = Site()
    site.go.set()

    async with connected(site) as connection:
        connection.writer.write(REQUEST + REQUEST[:-2])
        assert await connection.is_over()

    assert len(site.scopes) == 1


async def test_who_asked_may_wait_for_the_answer() -> None:
    site = Site()

    async with connected(site) as connection:
        connection.writer.write(REQUEST + REQUEST)
        await site.asked.wait()
        await anyio.sleep(6 * SHORT)
        site.go.set()
        first = await connection.reader.readuntil(b"\r\n\r\n\0")
        second = await connection.reader.readuntil(b"\r\n\r\n\0")

    assert first.startswith(b"HTTP/1.1 200 ")
    assert second.startswith(b"HTTP/1.1 200 ")


async def test_who_was_told_a_lot_has_longer_to_read_it() -> None:
    site = Site()
    site.go.set()

    async with connected(site) as connection:
        connection.writer.write(REQUEST.replace(b"/ ", b"/long ", 1))
        await site.asked.wait()
        await anyio.sleep(6 * SHORT)
        answer = await connection.reader.readexactly(256 * PORTION)

    assert answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("path", [b"/much", b"/last"])
async def test_who_asks_ahead_and_reads_nothing_is_hung_up_on(path: bytes) -> None:
    site = Site()
    site.go.set()

    async with connected(site, SHORT) as connection:
        connection.hold_little()
        connection.writer.write(2 * REQUEST.replace(b"/ ", path + b" ", 1))
        await site.asked.wait()
        await connection.lost.wait()
        await some_turns()

    assert not connection.state.tasks


async def test_an_application_can_hang_up() -> None:
    site = Site()

    async with connected(site, DEADLINE) as connection:
        connection.writer.write(REQUEST.replace(b"/ ", b"/hang-up ", 1))
        assert await connection.is_over()

    assert HANG_UP not in site.scopes[0]["extensions"]


@pytest.mark.parametrize(
    "said",
    [
        b"GET /" + b"x" * PORTION,
        REQUEST[:-2] + b"x" * PORTION,
        REQUEST[:-2] + b"x: " + b"x" * PORTION,
        REQUEST[:-2] + b"x:y\r\n" * 101,
        CHUNKED + b"0\r\nx: " + b"x" * PORTION,
        CHUNKED + b"0\r\n" + b"x:y\r\n" * 101,
    ],
    ids=["address", "name", "value", "fields", "value behind a body", "fields behind a body"],
)
async def test_a_head_without_an_end_is_not_kept(said: bytes) -> None:
    async with connected(Site(), DEADLINE) as connection:
        connection.writer.write(said)
        await anyio.sleep(SHORT)
        connection.writer.write(b"x" * 2 * PORTION)
        assert await connection.is_over()


async def test_a_long_head_and_what_comes_with_it_are_taken() -> None:
    site = Site()
    site.go.set()
    head = CHUNKED[:-2] + b"cookie: " + b"x" * (PORTION - 200) + b"\r\n" + b"x:y\r\n" * 90 + b"\r\n"
    body = b"%x\r\n" % (4 * PORTION) + bytes(4 * PORTION) + b"\r\n0\r\n\r\n"

    async with connected(site, DEADLINE) as connection:
        for _ in range(2):
            connection.writer.write(head[:100])
            await anyio.sleep(SHORT)
            connection.writer.write(head[100:] + body)
            answer = await connection.reader.readuntil(b"\r\n\r\n\0")
            assert answer.startswith(b"HTTP/1.1 200 ")


async def test_a_head_of_more_fields_than_any_browser_sends_is_refused_as_it_comes() -> None:
    site = Site()

    async with connected(site, DEADLINE) as connection:
        connection.writer.write(REQUEST[:-2] + b"x:y\r\n" * 101)
        told = await connection.rest()

    assert told.startswith(b"HTTP/1.1 400 ")
    assert site.scopes == []


async def test_beyond_the_last_connection_who_comes_is_told_to_come_back_and_nobody_else() -> None:
    site = Site()
    site.go.set()

    async with connected(site, DEADLINE) as connection:
        address = connection.writer.get_extra_info("peername")
        others = [await asyncio.open_connection(*address) for _ in range(10)]
        told = await others[-1][0].read()
        for reader, writer in [(connection.reader, connection.writer), others[-2]]:
            writer.write(REQUEST)
            assert (await reader.readuntil(b"\r\n\r\n\0")).startswith(b"HTTP/1.1 200 ")
        for _, writer in others:
            writer.close()

    assert told.startswith(b"HTTP/1.1 503 ") and b"Retry-After: 30" in told


async def test_a_few_may_be_asked_ahead_and_are_answered_in_turn() -> None:
    site = Site()

    async with connected(site, DEADLINE) as connection:
        connection.writer.write(REQUEST * 5)
        await site.asked.wait()
        site.go.set()
        for _ in range(5):
            answer = await connection.reader.readuntil(b"\r\n\r\n\0")
            assert answer.startswith(b"HTTP/1.1 200 ")

    assert len(site.scopes) == 5


async def test_who_asks_ahead_for_more_is_sent_away() -> None:
    site = Site()

    async with connected(site, DEADLINE) as connection:
        connection.writer.write(REQUEST * 6)
        assert await connection.is_over()
        site.go.set()

    assert len(site.scopes) == 1


async def test_that_somebody_left_is_heard_when_they_had_asked_ahead_too() -> None:
    site = Site()

    async with connected(site, DEADLINE) as connection:
        connection.writer.write(REQUEST.replace(b"/ ", b"/leave ", 1) + REQUEST)
        await site.asked.wait()
        connection.writer.close()
        await site.left.wait()

    assert len(site.scopes) == 1


@pytest.mark.parametrize("path", [b"/", b"/much"], ids=["unanswered", "unread"])
async def test_there_is_no_socket_before_all_answers_are_read(path: bytes) -> None:
    site = Site()
    if path == b"/much":
        site.go.set()

    async with connected(site, DEADLINE) as connection:
        connection.hold_little()
        connection.writer.write(REQUEST.replace(b"/", path, 1))
        await site.asked.wait()
        await some_turns()
        connection.writer.write(UPGRADE)
        await connection.lost.wait()

    assert [scope["type"] for scope in site.scopes] == ["http"]


async def test_behind_answers_that_were_read_there_is() -> None:
    site = Site()
    site.go.set()

    async with connected(site, DEADLINE) as connection:
        connection.writer.write(REQUEST)
        await connection.reader.readuntil(b"\r\n\r\n\0")
        connection.writer.write(UPGRADE)
        answer = await connection.reader.readuntil(b"\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 101 ")


async def some_turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def fail() -> None:
    raise ValueError


async def test_between_two_of_them_others_have_their_turn() -> None:
    turns, done = InTurns(portion=0), list[str]()
    for name in ("first", "second"):
        turns.put(partial(done.append, name))
    asyncio.get_running_loop().call_soon(done.append, "somebody else")

    await some_turns()

    assert done == ["first", "somebody else", "second"]


async def test_one_that_fails_holds_up_nobody() -> None:
    turns, done, failed = InTurns(portion=0), list[str](), list[object]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failed.append(context))

    turns.put(fail)
    turns.put(partial(done.append, "the next"))
    await some_turns()

    assert done == ["the next"]
    assert len(failed) == 1
