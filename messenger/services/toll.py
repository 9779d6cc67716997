"""The toll: while many come in by one entrance, programs pay with a little work. Pages may; nobody must.

Nothing here looks at an address, and nothing is kept of a puzzle: the server's own mark is on it.
Each worker counts who comes to it.
"""

from collections import OrderedDict
from datetime import timedelta

from messenger.domain.work import (
    CALM,
    CHANCE_BYTES,
    Flow,
    NeedsWork,
    Puzzle,
    new_puzzle,
    read_work,
    tries_for,
)
from messenger.ports.live import Spent
from messenger.ports.security import Tokens
from messenger.ports.world import Chance, Clock

LASTS = timedelta(minutes=10)
"""How long a puzzle may take. As long as a page may lie open before it covers itself."""
REMEMBERED = 10_000
"""Entrances counted at most; the one where nobody came for the longest time is forgotten."""


class Toll:
    """Asks for work and takes it."""

    def __init__(
        self, tokens: Tokens, spent: Spent, chance: Chance, clock: Clock, calm: int = CALM
    ) -> None:
        self._tokens = tokens
        self._spent = spent
        self._chance = chance
        self._clock = clock
        self._calm = calm
        self._flows: OrderedDict[str, Flow] = OrderedDict()

    def ask(self, entrance: str) -> Puzzle | None:
        """Return what to solve before coming in by `entrance`; None in calm."""
        now = self._now()
        most = tries_for(self._flows.get(entrance, Flow()).level(now), self._calm)
        if most == 0:
            return None
        expires = int(now + LASTS.total_seconds())
        mark = self._tokens.mark
        return new_puzzle(
            expires,
            most,
            self._chance(CHANCE_BYTES),
            lambda digest: mark(_purpose(entrance), digest),
        )

    async def take(self, entrance: str, raw: str) -> bool:
        """Let somebody in, whether or not they worked; return whether they did."""
        worked = await self._is_good(entrance, raw)
        self._count(entrance)
        return worked

    async def demand(self, entrance: str, raw: str) -> bool:
        """The same for programs: raises `NeedsWork` if they had to, and didn't."""
        worked = await self._is_good(entrance, raw)
        puzzle = None if worked else self.ask(entrance)
        if puzzle is not None:
            raise NeedsWork(puzzle)
        # Who was sent away doesn't count: else a few could keep everybody working by asking only.
        self._count(entrance)
        return worked

    async def _is_good(self, entrance: str, raw: str) -> bool:
        work = read_work(raw)
        if work is None or work.expires < self._now():
            return False
        if not self._tokens.check_mark(_purpose(entrance), work.digest, work.mark):
            return False
        return await self._spent.spend(work.digest, LASTS.total_seconds())

    def _count(self, entrance: str) -> None:
        flow = self._flows.pop(entrance, Flow())
        self._flows[entrance] = flow.another(self._now())
        if len(self._flows) > REMEMBERED:
            self._flows.popitem(last=False)

    def _now(self) -> float:
        return self._clock().timestamp()


def _purpose(entrance: str) -> str:
    return f"work.{entrance}"
