"""A websocket load generator: rooms with two clients each, over loopback, bounded in time.

Times come from the monotonic clock of this machine.

closed: every client sends its next message when the last one was acknowledged (saturation).
open:   messages leave on a schedule, and their latency counts from the scheduled time.
idle:   clients say hello and then nothing. It connects as many as the numbers on its input say, one
        after another, and answers each with a line when that many are there.
"""

import argparse
import asyncio
import json
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field

import uvloop

from bench.visitor import WIRES, Names, Visitor, Wire, connect_all, percentile, read_names

PING_EVERY = 20.0


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
    busy: float = 0.0
    """Processor seconds of this process inside the window: near its length, it is the limit."""
    delivery: list[int] = field(default_factory=list)
    ack: list[int] = field(default_factory=list)


class Client(Visitor):
    """One side of one room."""

    def __init__(self, wire: Wire, tally: Tally, names: Names) -> None:
        super().__init__(wire, names)
        self.tally = tally
        self.origin = f"{names['number']}-{names['side']}-"
        self.mark = self.origin.encode()
        self.count = 0
        self.keeps_going = False

    def on_ws_disconnected(self, transport: object) -> None:
        self.tally.closed += 1
        super().on_ws_disconnected(transport)  # type: ignore[arg-type]

    def heard(self, payload: bytes) -> None:
        wire = self.wire
        if wire.ack and payload.startswith(wire.ack):
            self.on_ack(payload, payload.index(b'"', len(wire.ack)) + 1)
        elif (at := payload.find(wire.delivery)) >= 0:
            self.on_message(payload, at + len(wire.delivery))
        elif payload in wire.answers:
            self.write(wire.answers[payload])

    def on_message(self, payload: bytes, at: int) -> None:
        """The sender's own message may come back too; only what the other side said is a delivery."""
        if not payload.startswith(self.mark, at):
            self.on_delivery(payload, at)
        elif not self.wire.ack:
            self.on_ack(payload, at)

    def on_ack(self, payload: bytes, at: int) -> None:
        now = time.monotonic_ns()
        self.note(payload, at, now, self.tally.ack)
        self.tally.acked += self.tally.begin <= now < self.tally.end
        if self.keeps_going and now < self.tally.end:
            self.say(now)

    def on_delivery(self, payload: bytes, at: int) -> None:
        now = time.monotonic_ns()
        self.note(payload, at, now, self.tally.delivery)
        self.tally.delivered += self.tally.begin <= now < self.tally.end

    def note(self, payload: bytes, at: int, now: int, into: list[int]) -> None:
        try:
            scheduled = int(payload[at : payload.index(b"_", at)].rsplit(b"-", 1)[1])
        except (ValueError, IndexError):
            self.tally.strange += 1
            return
        if self.tally.begin <= scheduled < self.tally.end:
            into.append(now - scheduled)

    def say(self, scheduled: int) -> None:
        self.count += 1
        self.tally.total += 1
        self.tally.sent += self.tally.begin <= scheduled < self.tally.end
        id = f"{self.origin}{self.count}-{scheduled}_"
        self.write(self.wire.message % {"id": id, "count": self.count})


def everybody(options: argparse.Namespace) -> list[Names]:
    """Return the names each socket goes by."""
    if options.sessions:
        return read_names(options.sessions, options.sockets)
    if options.mode == "idle":
        return [{"number": number, "side": 0} for number in range(options.sockets)]
    return [{"number": number, "side": side} for number in range(options.rooms) for side in (0, 1)]


async def saturate(clients: list[Client], tally: Tally, options: argparse.Namespace) -> None:
    """Closed loop."""
    begin_in(tally, options)
    for client in clients:
        client.keeps_going = True
        client.say(time.monotonic_ns())
    await asyncio.sleep(options.warm)
    before = time.process_time()
    await asyncio.sleep(options.seconds)
    tally.busy = time.process_time() - before
    await asyncio.sleep(1)


async def pace(clients: list[Client], tally: Tally, options: argparse.Namespace) -> None:
    """Open loop: whoever is late is late for everybody, and the figures show it."""
    start = begin_in(tally, options)
    before = time.process_time()
    gap, count = int(1e9 / options.rate), 0
    while (scheduled := start + count * gap) < tally.end:
        ahead = (scheduled - time.monotonic_ns()) / 1e9
        if ahead > 0:
            await asyncio.sleep(ahead)
        clients[count % len(clients)].say(scheduled)
        count += 1
    tally.busy = (time.process_time() - before) * options.seconds / (tally.end - start) * 1e9
    await asyncio.sleep(2)


async def rest(clients: list[Client], options: argparse.Namespace) -> None:
    """Idle, but for the pings that the protocol asks for; ends with the input."""
    connected: list[Client] = []
    pinging = asyncio.create_task(ping(connected))
    while line := await asyncio.to_thread(sys.stdin.readline):
        more = clients[len(connected) : int(line)]
        await connect_all(more, options.port)
        connected += more
        print(
            json.dumps({"connected": len(connected), "closed": clients[0].tally.closed}), flush=True
        )
    pinging.cancel()


async def ping(clients: list[Client]) -> None:
    """Do so for as long as it runs, not all at once."""
    while True:
        await asyncio.sleep(PING_EVERY)
        for client in [*clients]:
            client.write(client.wire.ping)
            await asyncio.sleep(PING_EVERY / 2 / len(clients))


def begin_in(tally: Tally, options: argparse.Namespace) -> int:
    """Set the window, after the time to warm up; return now."""
    now = time.monotonic_ns()
    tally.begin = now + int(options.warm * 1e9)
    tally.end = tally.begin + int(options.seconds * 1e9)
    return now


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
        "generator": round(tally.busy / options.seconds, 2),
        "per_second": round(tally.delivered / options.seconds),
        "delivery_p50_ms": round(percentile(tally.delivery, 0.50) / 1e6, 2),
        "delivery_p99_ms": round(percentile(tally.delivery, 0.99) / 1e6, 2),
        "ack_p50_ms": round(percentile(tally.ack, 0.50) / 1e6, 2),
        "ack_p99_ms": round(percentile(tally.ack, 0.99) / 1e6, 2),
    }


async def main(options: argparse.Namespace) -> None:
    """Connect, drive, print one JSON line."""
    tally = Tally()
    wire = WIRES[options.wire]
    clients = [Client(wire, tally, names) for names in everybody(options)]
    if options.mode == "idle":
        await rest(clients, options)
        return
    await connect_all(clients, options.port)
    await {"closed": saturate, "open": pace}[options.mode](clients, tally, options)
    with suppress(BrokenPipeError):
        print(json.dumps(figures(tally, options)), flush=True)


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("mode", choices=("closed", "open", "idle"))
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
