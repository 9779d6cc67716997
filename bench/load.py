"""A websocket load generator: rooms with two clients each, over loopback, bounded in time.

Each message carries its origin in the client's own id, `ROOM-SIDE-COUNT-NANOSECONDS`, so that one
substring tells an ack (seen at its sender) from a delivery (seen at the other side), whatever the
frame around it looks like. Times come from the monotonic clock of this machine.

closed: every client sends its next message when the last one was acknowledged (saturation).
open:   messages leave on a schedule, and their latency counts from the scheduled time.
idle:   clients say hello and then nothing.
"""

import argparse
import asyncio
import json
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

CONNECT_AT_ONCE = 64
TEXT = (
    "He said it again at lunch, and two of them heard it. She did not come back after the break. "
    "I think she went to the library, but nobody has seen her since, and her phone is off. Please "
    "ask someone."
)
"""200 bytes of what people write: how it is read costs time too."""
PING_EVERY = 20.0


@dataclass
class Wire:
    """How a target speaks: where clients connect, what they say first, and how a message looks.

    `ack` and `delivery` are what precedes the id in either frame.
    """

    path: str
    hello: str
    message: str
    ready: bytes
    ack: bytes
    delivery: bytes
    ping: str = ""


MESSENGER = Wire(
    path="/ws",
    hello='{"t":"hello","v":1,"since":9007199254740992,"token":"%(token)s","room":"%(room)s"}',
    message='{"t":"say","id":"%(id)s","body":"' + TEXT + '"}',
    ready=b'{"t":"welcome"',
    ack=b'{"t":"ack","id":"',
    delivery=b'},"id":"',
    ping='{"t":"ping"}',
)
PLAIN = Wire(
    path="/ws/%(number)d",
    hello="",
    message='{"id":"%(id)s","text":"' + TEXT + '"}',
    ready=b"",
    ack=b'{"t":"ack","id":"',
    delivery=b'{"t":"msg","id":"',
)
"""The frames of a plain room server without sessions, to measure peers the same way."""
WIRES = {"messenger": MESSENGER, "plain": PLAIN}


@dataclass
class Tally:
    """What was seen. Latencies in nanoseconds, of messages scheduled inside the window."""

    begin: int = 0
    end: int = 0
    sent: int = 0
    acked: int = 0
    delivered: int = 0
    total: int = 0
    closed: int = 0
    strange: int = 0
    delivery: list[int] = field(default_factory=list)
    ack: list[int] = field(default_factory=list)


class Client(WSListener):
    """One side of one room."""

    def __init__(self, wire: Wire, tally: Tally, number: int, side: int, names: dict[str, object]):
        self.wire, self.tally, self.number, self.side = wire, tally, number, side
        self.names = names
        self.mark = f"{number}-{side}-".encode()
        self.count = 0
        self.keeps_going = False
        self.is_over = False
        self.ready = asyncio.get_running_loop().create_future()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        if self.wire.hello:
            self.write(self.wire.hello % self.names)
        else:
            self.ready.set_result(None)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.is_over = True
        self.tally.closed += 1
        if not self.ready.done():
            self.ready.set_exception(ConnectionError("closed before it was ready"))

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        payload = frame.get_payload_as_bytes()
        wire = self.wire
        if payload.startswith(wire.ack):
            self.on_ack(payload, len(wire.ack))
        elif not self.ready.done():
            if payload.startswith(wire.ready):
                self.ready.set_result(None)
        else:
            at = payload.find(wire.delivery)
            if at >= 0:
                self.on_delivery(payload, at + len(wire.delivery))

    def on_ack(self, payload: bytes, at: int) -> None:
        now = time.monotonic_ns()
        self.note(payload, at, now, self.tally.ack)
        self.tally.acked += self.tally.begin <= now < self.tally.end
        if self.keeps_going and now < self.tally.end:
            self.say(now)

    def on_delivery(self, payload: bytes, at: int) -> None:
        """The sender's own message comes back too; only what the other side said is a delivery."""
        if payload.startswith(self.mark, at):
            return
        now = time.monotonic_ns()
        self.note(payload, at, now, self.tally.delivery)
        self.tally.delivered += self.tally.begin <= now < self.tally.end

    def note(self, payload: bytes, at: int, now: int, into: list[int]) -> None:
        try:
            scheduled = int(payload[at : payload.index(b'"', at)].rsplit(b"-", 1)[1])
        except (ValueError, IndexError):
            self.tally.strange += 1
            return
        if self.tally.begin <= scheduled < self.tally.end:
            into.append(now - scheduled)

    def say(self, scheduled: int) -> None:
        self.count += 1
        id = f"{self.number}-{self.side}-{self.count}-{scheduled}"
        self.tally.total += 1
        self.tally.sent += self.tally.begin <= scheduled < self.tally.end
        self.write(self.wire.message % {"id": id})

    def write(self, text: str) -> None:
        if not self.is_over:
            self.transport.send(WSMsgType.TEXT, text.encode())


def sessions(options: argparse.Namespace) -> list[dict[str, object]]:
    """Return the names each socket goes by."""
    if options.sessions:
        known: list[dict[str, object]] = json.loads(Path(options.sessions).read_text())
        return known[: options.sockets or None]
    return [{"number": n, "side": s} for n in range(options.rooms) for s in (0, 1)]


async def connect(options: argparse.Namespace, tally: Tally) -> list[Client]:
    """Connect every client, a few at a time, and wait until each is ready."""
    wire = WIRES[options.wire]
    limit = asyncio.Semaphore(CONNECT_AT_ONCE)

    async def one(names: dict[str, object]) -> Client:
        number, side = int(str(names["number"])), int(str(names["side"]))
        client = Client(wire, tally, number, side, names)
        async with limit:
            url = f"ws://127.0.0.1:{options.port}{wire.path % names}"
            await ws_connect(lambda: client, url, websocket_handshake_timeout=20)
            with anyio.fail_after(30):
                await client.ready
        return client

    return list(await asyncio.gather(*(one(names) for names in sessions(options))))


async def saturate(clients: list[Client], tally: Tally, options: argparse.Namespace) -> None:
    """Closed loop."""
    tally.begin = time.monotonic_ns() + int(options.warm * 1e9)
    tally.end = tally.begin + int(options.seconds * 1e9)
    for client in clients:
        client.keeps_going = True
        client.say(time.monotonic_ns())
    await asyncio.sleep(options.warm + options.seconds + 1)


async def pace(clients: list[Client], tally: Tally, options: argparse.Namespace) -> None:
    """Open loop: whoever is late is late for everybody, and the figures show it."""
    start = time.monotonic_ns()
    tally.begin = start + int(options.warm * 1e9)
    tally.end = tally.begin + int(options.seconds * 1e9)
    gap, count = int(1e9 / options.rate), 0
    while (scheduled := start + count * gap) < tally.end:
        ahead = (scheduled - time.monotonic_ns()) / 1e9
        if ahead > 0:
            await asyncio.sleep(ahead)
        clients[count % len(clients)].say(scheduled)
        count += 1
    await asyncio.sleep(2)


async def rest(clients: list[Client], tally: Tally, options: argparse.Namespace) -> None:
    """Idle, but for the pings that the protocol asks for. Says when all are connected."""
    print(json.dumps({"connected": len(clients)}), flush=True)
    begin = time.monotonic()
    while time.monotonic() - begin < options.seconds:
        for client in clients:
            if client.wire.ping:
                client.write(client.wire.ping)
        await asyncio.sleep(min(PING_EVERY, options.seconds))


MODES = {"closed": saturate, "open": pace, "idle": rest}


def percentile(values: list[int], share: float) -> float:
    """Return the share-quantile in milliseconds; NaN of nothing."""
    if not values:
        return float("nan")
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] / 1e6


def figures(tally: Tally, options: argparse.Namespace) -> dict[str, object]:
    """Return what is worth telling."""
    return {
        "mode": options.mode,
        "total": tally.total,
        "sent": tally.sent,
        "acked": tally.acked,
        "delivered": tally.delivered,
        "lost": tally.sent - len(tally.delivery) if options.mode == "open" else None,
        "closed": tally.closed,
        "strange": tally.strange,
        "per_second": round(tally.delivered / options.seconds),
        "delivery_p50_ms": round(percentile(tally.delivery, 0.50), 2),
        "delivery_p99_ms": round(percentile(tally.delivery, 0.99), 2),
        "ack_p50_ms": round(percentile(tally.ack, 0.50), 2),
        "ack_p99_ms": round(percentile(tally.ack, 0.99), 2),
    }


async def main(options: argparse.Namespace) -> None:
    """Connect, drive, print one JSON line."""
    tally = Tally()
    clients = await connect(options, tally)
    await MODES[options.mode](clients, tally, options)
    with suppress(BrokenPipeError):
        print(json.dumps(figures(tally, options)), flush=True)


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("mode", choices=MODES)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--wire", choices=WIRES, default="messenger")
    parser.add_argument("--sessions", help="JSON list of {number, side, token, room}")
    parser.add_argument("--rooms", type=int, default=100, help="without --sessions")
    parser.add_argument("--sockets", type=int, default=0, help="use only the first so many")
    parser.add_argument("--rate", type=float, default=1000, help="messages a second, open loop")
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--warm", type=float, default=2)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    uvloop.run(main(parse(sys.argv[1:])))
