"""One person at one device, who says a number of things and reads what the room says.

What was not acknowledged is sent again, in order, under the same id, by whatever connection comes
next. Sockets are dropped without a goodbye, or left open and never read again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import anyio
import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from bench.history.record import Acked, Delivered, History, Joined, Sent, SentAway
from messenger.protocol.closing import Close

VERSION = 1
SILENCE = 10.0
"""Seconds without a frame after which a client pings; half of the server's patience."""
OPENING = 10.0
"""Seconds a connection may take to open and to greet."""
FLOOR = 0.5
"""Seconds to wait before trying again, at least; see `Plan.ceiling`."""
PAUSE = 0.05
"""Seconds between two tries to connect, of somebody who is in a hurry."""
ABANDONED = 4
"""Sockets a client may leave open without reading them."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Where somebody sits: a line of what `bench.seed` writes. Reporters name no room."""

    number: int
    side: int
    token: str
    room: str = ""
    device: str = ""
    """Tells a second device of the same person from the first."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a client does. `drop_every` and `abandon_every` are mean numbers of frames; 0 is never."""

    messages: int = 100
    window: int = 4
    """Messages on the way at once."""
    size: int = 40
    """Characters in a message, about."""
    drop_every: int = 0
    abandon_every: int = 0
    pause: float = 0.0
    """Seconds between two messages, on average; 0: as soon as there is room in the window."""
    ceiling: float = 0.0
    """Seconds to wait before trying again, at most, with the back-off of `docs/protocol.md`; 0: in a hurry."""


class Dropped(Exception):
    """This connection is over; the next one goes on."""


class Client:
    """Says everything of the plan, then keeps reading."""

    def __init__(
        self, addresses: Sequence[str], seat: Seat, plan: Plan, history: History, seed: int = 0
    ) -> None:
        self.who = f"{seat.number:03d}{'ab'[seat.side]}{seat.device}"
        self.room = f"{seat.number:03d}"
        self.seen = 0
        self.has_spoken = anyio.Event()
        self._addresses = addresses
        self._seat = seat
        self._plan = plan
        self._history = history
        self._chance = Random(f"{seed} {self.who}")
        self._salt = f"{self._chance.getrandbits(32):08x}"
        self._said = 0
        self._outbox: dict[str, str] = {}
        self._abandoned: list[ClientConnection] = []
        self._socket: ClientConnection | None = None
        self._tries = 0
        self._speaks_at = float("-inf")
        self._heard_at = float("-inf")
        self._is_hushed = False
        self._is_leaving = False
        self._may_read = anyio.Event()
        self._may_read.set()
        self._reading: anyio.CancelScope | None = None
        self._news = anyio.Event()

    async def run(self) -> None:
        """Connect, talk, come back; until cancelled."""
        try:
            while True:
                await self._visit()
                await anyio.sleep(self._wait())
        finally:
            self.forget_abandoned()

    async def read_up_to(self, seq: int) -> None:
        """Return once that number was shown. Has no deadline of its own."""
        await self._until(lambda: self.seen >= seq)

    async def be_answered(self) -> None:
        """Return once all that was said so far is acknowledged. Has no deadline of its own."""
        waiting = set(self._outbox)
        await self._until(lambda: not waiting & self._outbox.keys())

    def hush(self) -> None:
        """Say nothing new."""
        self._is_hushed = True
        self._interrupt()

    def stop_reading(self) -> None:
        """Read nothing more of this connection, which stays open, until `go_on_reading`."""
        self._may_read = anyio.Event()
        if self._socket is not None:
            self._socket.transport.pause_reading()

    def go_on_reading(self) -> None:
        self._may_read.set()
        if self._socket is not None:
            self._socket.transport.resume_reading()

    def abandon(self) -> None:
        """Leave this connection half open, never to be read again, and come by another."""
        self._is_leaving = True
        self._interrupt()

    def forget_abandoned(self) -> None:
        """Close what was left half open."""
        while self._abandoned:
            self._abandoned.pop().transport.abort()

    def _interrupt(self) -> None:
        if self._reading is not None:
            self._reading.cancel()

    async def _until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            if self._news.is_set():
                self._news = anyio.Event()
            await self._news.wait()

    def _wait(self) -> float:
        if not self._plan.ceiling:
            return PAUSE
        self._tries += 1
        ceiling = min(self._plan.ceiling, FLOOR * 2**self._tries)
        return self._chance.uniform(FLOOR, max(FLOOR, ceiling))

    async def _visit(self) -> None:
        try:
            socket = await open_socket(self._chance.choice(self._addresses))
        except (OSError, TimeoutError, EOFError, WebSocketException):
            return
        self._socket = socket
        try:
            await self._talk(socket)
        except ConnectionClosed as closed:
            if closed.rcvd is not None and closed.rcvd.code == Close.COME_BACK_LATER:
                self._history.add(SentAway(self.who, self.room))
        except (OSError, TimeoutError, WebSocketException, Dropped):
            pass
        finally:
            self._socket = None
            if socket not in self._abandoned:
                socket.transport.abort()

    async def _talk(self, socket: ClientConnection) -> None:
        await greet(socket, self._seat, self.seen)
        self._history.add(Joined(self.who, self.room, self.seen))
        self._heard_at = anyio.current_time()
        for id, body in [*self._outbox.items()]:
            await self._send(socket, id, body)
        while True:
            await self._say_more(socket)
            frame = await self._read(socket)
            if frame is not None:
                self._take(frame)
                self._stumble(socket)
            if self._is_leaving:
                self._is_leaving = False
                self._leave_open(socket)

    async def _say_more(self, socket: ClientConnection) -> None:
        while self._has_more_to_say() and self._may_speak():
            self._said += 1
            id = f"{self.who}-{self._said:06d}-{self._salt}"
            body = f"{self.who} says {self._said} in {self.room} ".ljust(self._plan.size, ".")
            self._outbox[id] = body
            await self._send(socket, id, body)
        if not self._outbox and not self._has_more_to_say():
            self.has_spoken.set()

    def _has_more_to_say(self) -> bool:
        return not self._is_hushed and self._said < self._plan.messages

    def _may_speak(self) -> bool:
        """Whether there is room in the window, and the pause is over; then the next one begins."""
        if len(self._outbox) >= self._plan.window or anyio.current_time() < self._speaks_at:
            return False
        if self._plan.pause:
            self._speaks_at = anyio.current_time() + self._chance.expovariate(1 / self._plan.pause)
        return True

    async def _send(self, socket: ClientConnection, id: str, body: str) -> None:
        # Noted before: from here on it may arrive, whatever becomes of the connection.
        self._history.add(Sent(self.who, self.room, id, body))
        with anyio.fail_after(SILENCE):
            await socket.send(_encode({"t": "say", "id": id, "body": body}))

    async def _read(self, socket: ClientConnection) -> dict[str, Any] | None:
        await self._may_read.wait()
        with anyio.move_on_after(self._patience()) as self._reading:
            frame = _decode(await socket.recv())
            self._heard_at = anyio.current_time()
            return frame
        if anyio.current_time() - self._heard_at >= SILENCE:
            self._heard_at = anyio.current_time()
            await socket.send('{"t":"ping"}')
        return None

    def _patience(self) -> float:
        """Seconds to listen before there is something else to do."""
        if self._plan.pause and self._has_more_to_say() and len(self._outbox) < self._plan.window:
            return min(SILENCE, max(0.0, self._speaks_at - anyio.current_time()))
        return SILENCE

    def _take(self, frame: dict[str, Any]) -> None:
        match frame["t"]:
            case "event":
                self._show(frame)
            case "ack":
                self._history.add(Acked(self.who, self.room, frame["id"], frame["seq"]))
                self._outbox.pop(frame["id"], None)
                self._news.set()
                self._tries = 0
            case "refused":
                raise RuntimeError(f"{self.who} was refused something: {frame}")
            case "resync":
                raise Dropped
            case _:
                pass

    def _show(self, frame: dict[str, Any]) -> None:
        seq, id, body = frame["seq"], frame["id"], frame["body"]
        self._history.add(Delivered(self.who, self.room, seq, id, body))
        self.seen = max(self.seen, seq)
        self._news.set()

    def _stumble(self, socket: ClientConnection) -> None:
        if self._happens(self._plan.abandon_every) and len(self._abandoned) < ABANDONED:
            self._leave_open(socket)
        if self._happens(self._plan.drop_every):
            raise Dropped

    def _leave_open(self, socket: ClientConnection) -> None:
        """The server goes on writing to somebody who has left without a word."""
        socket.transport.pause_reading()
        self._abandoned.append(socket)
        raise Dropped

    def _happens(self, once_in: int) -> bool:
        return once_in > 0 and self._chance.randrange(once_in) == 0


async def open_socket(address: str) -> ClientConnection:
    """Connect as a program does: no Origin, no compression, nothing by way of a proxy."""
    return await connect(
        address, compression=None, ping_interval=None, open_timeout=OPENING, close_timeout=1,
        max_size=None, proxy=None,
    )  # fmt: skip


async def greet(socket: ClientConnection, seat: Seat, since: int) -> int:
    """Say hello and return the room's head; raises `Dropped` when there is no welcome."""
    hello = {"t": "hello", "v": VERSION, "token": seat.token, "room": seat.room, "since": since}
    with anyio.fail_after(OPENING):
        await socket.send(_encode(hello))
        welcome = _decode(await socket.recv())
    if welcome["t"] != "welcome":
        raise Dropped
    return int(welcome["head"])


async def next_frame(socket: ClientConnection) -> dict[str, Any]:
    """Return the next frame; raises `TimeoutError`."""
    with anyio.fail_after(SILENCE):
        return _decode(await socket.recv())


def _encode(frame: dict[str, Any]) -> str:
    return msgspec.json.encode(frame).decode()


def _decode(raw: str | bytes) -> dict[str, Any]:
    frame: dict[str, Any] = msgspec.json.decode(raw)
    return frame
