"""Handshakes, one in each turn of the loop; and connections on which nobody asks for anything."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import anyio
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from messenger.web.admission import PORTION
from messenger.web.call import HANG_UP, hang_up_of
from messenger.web.door import Door, InTurns

DEADLINE = 10.0
SHORT = 0.05
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class Site:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.asked = anyio.Event()
        self.go = anyio.Event()
        self.scopes: list[Scope] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        self.asked.set()
        if scope["path"] == "/hang-up":
            hang_up_of(scope)()
            await receive()
            return
        await self.go.wait()
        body = bytes(256 * PORTION if scope["path"] == "/long" else 1)
        size = str(len(body)).encode()
        headers = [(b"content-length", size)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class Connection:
    """A client's end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def is_over(self) -> bool:
        """Wait until the other side ends it."""
        try:
            while await self.reader.read(PORTION):
                pass
        except ConnectionResetError:
            pass
        return True


@asynccontextmanager
async def connected(site: Site, patience: float = SHORT) -> AsyncIterator[Connection]:
    config = uvicorn.Config(site, log_config=None, interface="asgi3")
    door = partial(Door, 10, InTurns(portion=0), config, ServerState(), {}, patience=patience)
    server = await asyncio.get_running_loop().create_server(door, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with anyio.fail_after(DEADLINE):
        connection = Connection(*await asyncio.open_connection("127.0.0.1", port))
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
        await anyio.sleep(3 * SHORT)
        site.go.set()
        first = await connection.reader.readuntil(b"\r\n\r\n\0")
        second = await connection.reader.readuntil(b"\r\n\r\n\0")

    assert first.startswith(b"HTTP/1.1 200 ")
    assert second.startswith(b"HTTP/1.1 200 ")


async def test_who_was_told_a_lot_has_longer_to_read_it() -> None:
    site = Site()
    site.go.set()

    async with connected(site, 4 * SHORT) as connection:
        connection.writer.write(REQUEST.replace(b"/ ", b"/long ", 1))
        await site.asked.wait()
        await anyio.sleep(6 * SHORT)
        answer = await connection.reader.readexactly(256 * PORTION)

    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_an_application_can_hang_up() -> None:
    site = Site()

    async with connected(site, DEADLINE) as connection:
        connection.writer.write(REQUEST.replace(b"/ ", b"/hang-up ", 1))
        assert await connection.is_over()

    assert HANG_UP not in site.scopes[0]["extensions"]


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
