"""Who is let in: a worker has places for so many, the last of them kept for reporters.

Whoever finds no place is told so, and when to come back.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio

from messenger.domain.errors import TooBusy
from messenger.ports import Chance

JOINING = 32
"""Sockets that join at the same time. When thousands come back at once, the rest of them wait: what
goes on in conversations, and the monitor, would otherwise wait for them all.
"""
JOIN_WITHIN = 30.0
"""Seconds somebody may wait for that."""
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


class Admission:
    """Counts who is inside."""

    def __init__(self, places: Places, chance: Chance, join_within: float = JOIN_WITHIN) -> None:
        self._places = places
        self._chance = chance
        self._join_within = join_within
        self._joining = anyio.Semaphore(JOINING, fast_acquire=True)
        self.sockets = 0
        self.requests = 0

    def has_place_for_socket(self) -> bool:
        """Whether one more may come in. Who it is will show."""
        return self.sockets < self._places.sockets

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

    def seconds_to_stay_away(self) -> int:
        return _SOONEST + self._chance(1)[0] * _SPREAD // 256


def _kept(places: int) -> int:
    return -(-places // _KEPT)
