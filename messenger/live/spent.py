"""What is good only once: work that somebody has come in with. Forgotten when it would be too old."""

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress

from messenger.ports.live import Counts, CountsDown
from messenger.ports.world import Monotonic

REMEMBERED = 100_000
"""Names kept at most; the oldest goes first. Each of them took somebody a moment's work."""


class SpentHere:
    """The `Spent` of one process, in memory only."""

    def __init__(self, monotonic: Monotonic) -> None:
        self._monotonic = monotonic
        self._ends: OrderedDict[str, float] = OrderedDict()

    async def spend(self, name: str, lifetime: float) -> bool:
        now = self._monotonic()
        if self._ends.get(name, now) > now:
            return False
        self._ends.pop(name, None)
        self._ends[name] = now + lifetime
        self._forget(now)
        return True

    def _forget(self, now: float) -> None:
        while len(self._ends) > REMEMBERED or next(iter(self._ends.values())) <= now:
            self._ends.popitem(last=False)


class SharedSpent:
    """The same for many workers, kept in Redis; each knows its own while that is down."""

    def __init__(self, keys: Counts, hide: Callable[[str], str], here: SpentHere) -> None:
        """`hide` makes of a name what Redis may know."""
        self._keys = keys
        self._hide = hide
        self._here = here

    async def spend(self, name: str, lifetime: float) -> bool:
        if not await self._here.spend(name, lifetime):
            return False
        with suppress(CountsDown):
            return await self._keys.put_first(f"messenger:spent:{self._hide(name)}", lifetime)
        return True
