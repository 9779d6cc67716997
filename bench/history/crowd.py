"""Everybody at once; then somebody who reads each room from the beginning; then who is still behind."""

import json
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

import anyio
from websockets.exceptions import WebSocketException

from bench.history.client import (
    PAUSE,
    Client,
    Dropped,
    Plan,
    Seat,
    greet,
    next_frame,
    open_socket,
)
from bench.history.record import History, Read


class Crowd:
    """Clients in rooms, on one event loop. `history` grows while they talk.

    With several `addresses`, they come in by any of them, each time anew.
    """

    def __init__(
        self, addresses: Sequence[str], seats: Sequence[Seat], plan: Plan, seed: int = 0
    ) -> None:
        self.history = History()
        self.messages = plan.messages * len(seats)
        self._addresses = addresses
        self._seats = seats
        self.clients = [Client(addresses, seat, plan, self.history, seed) for seat in seats]

    async def run(self, patience: float, catching_up: float = 10.0) -> None:
        """Let them talk for at most `patience` seconds, read every room, let them read it all."""
        async with anyio.create_task_group() as tasks:
            for client in self.clients:
                tasks.start_soon(client.run)
            await self._listen(patience)
            heads = await self.read_rooms()
            with anyio.move_on_after(catching_up):
                for client in self.clients:
                    await client.read_up_to(heads[client.room])
            tasks.cancel_scope.cancel()

    def hush(self) -> None:
        """Have nobody say anything new: `run` goes on to its end."""
        for client in self.clients:
            client.hush()

    async def be_complete(self) -> None:
        """Return once all that was said so far is acknowledged, and everybody has seen it.

        Has no deadline of its own.
        """
        for client in self.clients:
            await client.be_answered()
        heads = dict(self.history.heads)
        for client in self.clients:
            await client.read_up_to(heads.get(client.room, 0))

    async def read_rooms(self) -> dict[str, int]:
        """Read every room from its beginning; return the last number of each."""
        heads = dict[str, int]()
        for seat in self._seats:
            room = f"{seat.number:03d}"
            if room not in heads:
                heads[room] = await self._read_room(room, seat)
        return heads

    async def _listen(self, patience: float) -> None:
        with anyio.move_on_after(patience):
            for client in self.clients:
                await client.has_spoken.wait()

    async def _read_room(self, room: str, seat: Seat) -> int:
        reads = list[Read]()
        with anyio.fail_after(30):
            for address in cycle(self._addresses):
                try:
                    reads = await read_whole(address, room, seat)
                    break
                except (OSError, TimeoutError, WebSocketException, Dropped):
                    await anyio.sleep(PAUSE)
        for read in reads:
            self.history.add(read)
        return reads[-1].seq


async def read_whole(address: str, room: str, seat: Seat) -> list[Read]:
    """Return the room's whole history; raises what connecting and reading raise."""
    reads = list[Read]()
    async with await open_socket(address) as socket:
        head = await greet(socket, seat, 0)
        while not reads or reads[-1].seq < head:
            frame = await next_frame(socket)
            if frame["t"] == "event":
                reads.append(Read(room, frame["seq"], frame["id"], frame["body"]))
    return reads


def read_seats(path: Path) -> list[Seat]:
    """Return the seats that `bench.seed` wrote."""
    return [Seat(**line) for line in json.loads(path.read_text())]
