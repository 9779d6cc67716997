"""One websocket client of a load generator, and how the servers it can drive speak.

Each message carries its origin in the client's own id, `ROOM-SIDE-COUNT-NANOSECONDS_`, so that one
substring tells an ack from a delivery, whatever the frame around it looks like.
"""

import asyncio
import json
import socket
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import anyio
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

CONNECT_AT_ONCE = 64
HANDSHAKE_WITHIN = 20.0
READY_WITHIN = 30.0
ONE_ADDRESS = 5_000
"""Sockets from one address of loopback, which has some 28,000 ports."""
IP_BIND_ADDRESS_NO_PORT = 24
"""From <linux/in.h>; Python 3.12 has it."""
NEWEST = 9_007_199_254_740_992
"""As `since`: nothing that was said before is wanted."""
TEXT = (
    "He said it again at lunch, and two of them heard it. She did not come back after the break. "
    "I think she went to the library, but nobody has seen her since, and her phone is off. Please "
    "ask someone."
)
"""200 bytes of what people write: how it is read costs time too."""

Names = Mapping[str, object]
"""What a client goes by: `number` and `side` always, `token`, `room` and `since` where asked for."""


@dataclass(frozen=True, slots=True)
class Wire:
    """How a server speaks: where clients connect, what they say first, and how a message looks.

    `delivery` is what precedes the id in a message. `ack` is how an acknowledgement begins; its id
    is the next thing in quotes. Without one, the sender's own message coming back acknowledges it.
    """

    path: str
    message: str
    delivery: bytes
    ack: bytes = b""
    opening: bytes = b""
    """What the server says before the hello, where it speaks first."""
    hello: str = ""
    ready: bytes = b""
    """How the answer to the hello begins."""
    ping: str = ""
    answers: Mapping[bytes, str] = field(default_factory=dict)


MESSENGER = Wire(
    path="/ws",
    message='{"t":"say","id":"%(id)s","body":"' + TEXT + '"}',
    delivery=b'},"id":"',
    ack=b'{"t":"ack","id":',
    hello='{"t":"hello","v":1,"since":%(since)d,"token":"%(token)s","room":"%(room)s"}',
    ready=b'{"t":"welcome"',
    ping='{"t":"ping"}',
)
QUEUE = Wire(
    path="/ws",
    message="",
    delivery=b"",
    hello='{"t":"hello","v":1,"queue":true,"token":"%(token)s"}',
    ready=b'{"t":"queue"',
    ping='{"t":"ping"}',
)
"""A member's console."""
PLAIN = Wire(
    path="/ws/%(number)d",
    message='{"id":"%(id)s","text":"' + TEXT + '"}',
    delivery=b'{"t":"msg","id":"',
    ack=b'{"t":"ack","id":',
)
"""A plain room server without sessions."""
CHANNELS = Wire(
    path="/ws/chat/%(number)d/",
    message='{"message":"%(id)s ' + TEXT + '"}',
    delivery=b'{"message": "',
)
SOCKETIO = Wire(
    path="/socket.io/?EIO=4&transport=websocket&room=%(number)d",
    message='42%(count)d["msg",{"id":"%(id)s","text":"' + TEXT + '"}]',
    delivery=b'42["msg",{"id":"',
    ack=b"43",
    opening=b"0",
    hello="40",
    ready=b"40",
    answers={b"2": "3"},
)
WIRES = {"messenger": MESSENGER, "plain": PLAIN, "channels": CHANNELS, "socketio": SOCKETIO}


class Visitor(WSListener):
    """Connects and says hello; `heard` gets every frame after the answer to it."""

    def __init__(self, wire: Wire, names: Names) -> None:
        self.wire = wire
        self.names = {"since": NEWEST, "room": "", **names}
        self.is_over = False
        self.over = asyncio.get_running_loop().create_future()
        self.ready = asyncio.get_running_loop().create_future()
        self._is_ready = False

    def heard(self, payload: bytes) -> None:
        """Take a frame."""

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        if not self.wire.hello:
            self._greeted()
        elif not self.wire.opening:
            self.write(self.wire.hello % self.names)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.is_over = True
        self.over.set_result(None)
        if not self.ready.done():
            self.ready.set_exception(ConnectionError("closed before it was ready"))

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        payload = frame.get_payload_as_bytes()
        if self._is_ready:
            self.heard(payload)
        elif payload.startswith(self.wire.ready):
            self._greeted()
        elif payload.startswith(self.wire.opening):
            self.write(self.wire.hello % self.names)

    def write(self, text: str) -> None:
        if not self.is_over:
            self.transport.send(WSMsgType.TEXT, text.encode())

    def cut(self) -> None:
        """Break the connection, without a goodbye."""
        self.transport.disconnect(graceful=False)

    async def connect(self, port: int, number: int = 0) -> None:
        """Connect as visitor `number` and wait for the answer to the hello."""
        await ws_connect(
            lambda: self,
            f"ws://127.0.0.1:{port}{self.wire.path % self.names}",
            websocket_handshake_timeout=HANDSHAKE_WITHIN,
            read_buffer_init_size=2048,
            socket_factory=lambda _url: _socket(f"127.0.0.{1 + number // ONE_ADDRESS}"),
        )
        with anyio.fail_after(READY_WITHIN):
            await self.ready

    def _greeted(self) -> None:
        self._is_ready = True
        self.ready.set_result(None)


def _socket(address: str) -> socket.socket:
    """A socket whose port is chosen when it connects, and is free again once it is closed.

    Otherwise thousands of ports are searched for each, or wait for a minute after each run.
    """
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.settimeout(0)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    made.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
    made.bind((address, 0))
    return made


VisitorT = TypeVar("VisitorT", bound=Visitor)


async def connect_all(visitors: Sequence[VisitorT], port: int) -> None:
    """Connect every visitor, a few at a time, and wait until each is ready."""
    limit = asyncio.Semaphore(CONNECT_AT_ONCE)

    async def one(number: int, visitor: VisitorT) -> None:
        async with limit:
            await visitor.connect(port, number)

    await asyncio.gather(*(one(number, visitor) for number, visitor in enumerate(visitors)))


def read_names(file: str, most: int = 0) -> list[Names]:
    """Read what `bench.seed` wrote: all of it, or the first `most`."""
    names: list[Names] = json.loads(Path(file).read_text())
    if len(names) < most:
        raise SystemExit(f"{file} has {len(names)} sessions, and not {most}.")
    return names[: most or None]


def percentile(values: Sequence[float], share: float) -> float:
    """Return the share-quantile; NaN of nothing."""
    if not values:
        return float("nan")
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]
