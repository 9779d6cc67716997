"""Many sockets cut at once: how long until each is back and has read what it missed.

    python -m bench.storm --port 8000 --sessions FOLDER/idle.json --sockets 5000 --head 6

Every client shows the report and none of the messages after it (`bench.seed --said`). It comes back
with the jitter that docs/protocol.md asks for, and is back when it has the event number `--head`.
"""

import argparse
import asyncio
import json
import random
import time
from contextlib import suppress

import anyio
import msgspec
import uvloop
from picows import WSError

from bench.visitor import MESSENGER, Names, Visitor, connect_all, percentile, read_names

REPORT = 1
"""Its number."""
SHORTEST, CEILING, HIGHEST_CEILING = 0.5, 1.0, 20.0
"""Seconds of jitter: from, at first up to, in the end up to."""
BACK_WITHIN = 20.0
"""Seconds until a client takes a connection that brings nothing for dead."""


class Frame(msgspec.Struct):
    """What counts here of any frame."""

    t: str
    seq: int = 0


class Returning(Visitor):
    """One connection of somebody who comes back, and what it brought."""

    def __init__(self, names: Names, last: int, head: int) -> None:
        # The last it has is told once more: docs/protocol.md, Resuming.
        super().__init__(MESSENGER, {**names, "since": last - 1})
        self.brought: list[int] = []
        self._last = last
        self.is_back = asyncio.get_running_loop().create_future()
        self._head = head

    def heard(self, payload: bytes) -> None:
        frame = msgspec.json.decode(payload, type=Frame)
        if frame.t == "event" and frame.seq > self._last:
            self.brought.append(frame.seq)
            if frame.seq == self._head:
                self.is_back.set_result(None)


async def come_back(names: Names, number: int, options: argparse.Namespace) -> tuple[int, bool]:
    """Try until it has all; return how many tries it took, and whether each came once, in order."""
    ceiling, tries, seen = CEILING, 0, [REPORT]
    while True:
        await asyncio.sleep(random.uniform(SHORTEST, ceiling))
        ceiling, tries = min(2 * ceiling, HIGHEST_CEILING), tries + 1
        visitor = Returning(names, seen[-1], options.head)
        with suppress(OSError, WSError, TimeoutError):
            await visitor.connect(options.port, number)
            with anyio.move_on_after(BACK_WITHIN):
                await asyncio.wait({visitor.is_back, visitor.over}, return_when="FIRST_COMPLETED")
        seen += visitor.brought
        if visitor.is_back.done():
            return tries, seen == [*range(REPORT, options.head + 1)]


async def main(options: argparse.Namespace) -> None:
    """Connect, cut, wait for all; print one JSON line."""
    names = read_names(options.sessions, options.sockets)
    visitors = [Visitor(MESSENGER, one) for one in names]
    await connect_all(visitors, options.port)
    times: list[float] = []
    begin = time.monotonic()
    for visitor in visitors:
        visitor.cut()

    async def one(number: int) -> tuple[int, bool]:
        found = await come_back(names[number], number, options)
        times.append(time.monotonic() - begin)
        return found

    with anyio.fail_after(options.patience):
        found = await asyncio.gather(*(one(number) for number in range(len(names))))
    print(
        json.dumps(
            {
                "back_p50_s": round(percentile(times, 0.50), 2),
                "back_p99_s": round(percentile(times, 0.99), 2),
                "tries": sum(tries for tries, _ in found),
                "lost": sum(not is_whole for _, is_whole in found),
            }
        )
    )


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--sessions", required=True)
    parser.add_argument("--sockets", type=int, default=5000)
    parser.add_argument("--head", type=int, required=True)
    parser.add_argument("--patience", type=float, default=120.0, help="seconds for all of it")
    return parser.parse_args()


if __name__ == "__main__":
    uvloop.run(main(parse()))
