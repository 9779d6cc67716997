"""Who is let in: a worker has places for so many, the last of them kept for reporters.

Whoever finds no place is told so, and when to come back. A place is held while we work for somebody: who
waits for their own network, or for having guessed too often, does so in the hall.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from math import inf

import anyio

from messenger.domain.errors import TooBusy
from messenger.ports.world import Chance

JOINING = 32
"""Sockets that join at the same time. When thousands come back at once, the rest of them wait: what
goes on in conversations, and the monitor, would otherwise wait for them all.
"""
JOIN_WITHIN = 30.0
"""Seconds somebody may wait for that."""
PORTION = 64 * 1024
"""Bytes of a body, or of an answer."""
PATIENCE = 30.0
"""Seconds such a portion may keep us waiting: 2 KB/s, or half a minute in a lift. A phone with a bad
line does 5."""
_KEPT = 10
"""One place in so many is never a console's."""
_SOONEST, _SPREAD = 5, 26
"""Seconds: whoever is turned away comes back after 5 to 30, so that they do not come together."""


@dataclass(frozen=True, slots=True)
class Places:
    """How many sockets, and how many requests at a time, one worker serves."""

    sockets: int = 20_000
    requests: int = 500

    @property
    def connections(self) -> int:
        """Twice the requests: who was answered lingers, and so does who is turned away."""
        return self.sockets + 2 * self.requests


class Hall:
    """Room for so many who wait. When it is full, who has waited longest goes."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._waiting: dict[anyio.CancelScope, None] = {}

    @contextmanager
    def wait(self, seconds: float) -> Iterator[anyio.CancelScope]:
        """Wait in here. It is cut off after `seconds`, or when others need the room."""
        with anyio.move_on_after(seconds) as wait:
            self._waiting[wait] = None
            if len(self._waiting) > self._room:
                # Soon, not now: most turn out to have nothing to wait for, and need no room.
                asyncio.get_running_loop().call_soon(self._make_room)
            try:
                yield wait
            finally:
                self._waiting.pop(wait, None)

    def give_up_one(self) -> bool:
        """Have who has waited longest go; whether somebody waited."""
        longest = next(iter(self._waiting), None)
        if longest is None:
            return False
        del self._waiting[longest]
        longest.cancel()
        return True

    def _make_room(self) -> None:
        while len(self._waiting) > self._room:
            self.give_up_one()


class Admission:
    """Counts who is inside."""

    def __init__(
        self,
        places: Places,
        chance: Chance,
        join_within: float = JOIN_WITHIN,
        patience: float = PATIENCE,
    ) -> None:
        self.hall = Hall(places.requests)
        self.silent = Hall(places.sockets)
        """Sockets on which nobody has said hello yet."""
        self.patience = patience
        self._places = places
        self._chance = chance
        self._join_within = join_within
        self._joining = anyio.Semaphore(JOINING, fast_acquire=True)
        self.sockets = 0
        self.requests = 0

    def has_place_for_socket(self) -> bool:
        """Whether one more may come in. Who it is will show.

        When it is full, who has been silent for longest makes room: whoever has nothing to say, and needs
        no token for it, would keep out those who have.
        """
        return self.sockets < self._places.sockets or self.silent.give_up_one()

    @asynccontextmanager
    async def turn_to_join(self) -> AsyncIterator[None]:
        """Wait until few enough are joining; raises `TooBusy` for who would wait too long."""
        try:
            with anyio.fail_after(self._join_within):
                await self._joining.acquire()
        except TimeoutError:
            raise TooBusy from None
        try:
            yield
        finally:
            self._joining.release()

    def has_place_for_console(self) -> bool:
        """Whether a socket that has come in may be a console's."""
        return self.sockets <= self._places.sockets - _kept(self._places.sockets)

    def has_place_for_request(self, path: str) -> bool:
        kept = _kept(self._places.requests) if path.startswith("/console") else 0
        return self.requests < self._places.requests - kept

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Take a place, whether or not there is one."""
        self.requests += 1
        try:
            yield
        finally:
            self.requests -= 1

    @contextmanager
    def outside(self) -> Iterator[None]:
        """Leave the place to others meanwhile. Whoever comes back is let in."""
        self.requests -= 1
        try:
            yield
        finally:
            self.requests += 1

    @contextmanager
    def aside(self, seconds: float) -> Iterator[anyio.CancelScope]:
        """Wait in the way of nobody. It is cut off after `seconds`, or for who has waited longest of too many."""
        with self.outside(), self.hall.wait(seconds) as wait:
            yield wait

    async def pause(self, seconds: float) -> None:
        """Have somebody wait, in the way of nobody; `TooBusy` for who has waited longest of too many."""
        with self.aside(inf) as wait:
            await anyio.sleep(seconds)
        if wait.cancelled_caught:
            raise TooBusy

    def seconds_to_stay_away(self) -> int:
        return _SOONEST + self._chance(1)[0] * _SPREAD // 256


def _kept(places: int) -> int:
    return -(-places // _KEPT)
