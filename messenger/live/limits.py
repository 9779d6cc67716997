"""How long to make somebody wait who keeps guessing. Nobody is ever locked out."""

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from math import ceil

from messenger.domain.errors import TooBusy
from messenger.ports.live import Counts, CountsDown
from messenger.ports.world import Monotonic

FREE_TRIES = 3
LONGEST_WAIT = 8.0
"""Seconds. A person who mistyped can live with it; a guesser cannot."""
APART = 1.0
"""Seconds between two tries that have to wait: who guesses in parallel waits behind themselves."""
LONGEST_LINE = 30.0
"""Seconds somebody may have to wait for their turn. Whoever would wait longer is told to come again."""
FORGIVEN_AFTER = 15 * 60.0
"""Seconds."""
REMEMBERED = 10_000
"""Names kept at most; the oldest goes first."""


def wait_after(failures: int) -> float:
    """Return the seconds to wait after so many failed tries in a row."""
    if failures <= FREE_TRIES:
        return 0.0
    # Bounded before the power: whoever fails a thousand times must not get an overflow instead.
    return min(LONGEST_WAIT, 0.5 * 2.0 ** min(failures - FREE_TRIES, 10))


@dataclass(frozen=True, slots=True)
class _Tries:
    """Of one name: how many, when the last one was made, and when there is a turn for another."""

    count: int = 0
    last: float = 0.0
    free: float = 0.0


class Tries:
    """Tries by name, in memory only, fading with time. One under way counts as failed until it succeeds."""

    def __init__(self, monotonic: Monotonic) -> None:
        self._monotonic = monotonic
        self._tries: OrderedDict[str, _Tries] = OrderedDict()

    async def turn(self, name: str) -> float:
        now = self._monotonic()
        before = self._tries.get(name, _Tries())
        if now - before.last > FORGIVEN_AFTER:
            before = _Tries()
        wait = wait_after(before.count)
        at = max(now + wait, before.free) if wait else now
        if at - now > LONGEST_LINE:
            raise TooBusy
        self._tries[name] = _Tries(before.count + 1, now, at + APART)
        self._tries.move_to_end(name)
        if len(self._tries) > REMEMBERED:
            self._tries.popitem(last=False)
        return at - now

    async def succeeded(self, name: str) -> None:
        self._tries.pop(name, None)


class SharedTries:
    """The same for many workers, counted in Redis; each counts for itself while that is down.

    A turn is a second of the clock that nobody else has taken.
    """

    def __init__(
        self, keys: Counts, hide: Callable[[str], str], here: Tries, time: Callable[[], float]
    ) -> None:
        """`hide` makes of a name what Redis may know."""
        self._keys = keys
        self._hide = hide
        self._here = here
        self._time = time

    async def turn(self, name: str) -> float:
        here = await self._here.turn(name)
        with suppress(CountsDown):
            count = await self._keys.count(self._key(name), FORGIVEN_AFTER)
            wait = max(here, wait_after(count - 1))
            return await self._free_second(name, wait) if wait else 0.0
        return here

    async def succeeded(self, name: str) -> None:
        await self._here.succeeded(name)
        with suppress(CountsDown):
            await self._keys.drop(self._key(name))

    async def _free_second(self, name: str, wait: float) -> float:
        now = self._time()
        for second in range(ceil(now + wait), ceil(now + LONGEST_LINE) + 1):
            turn = f"{self._key(name)}:{second}"
            if await self._keys.put_first(turn, LONGEST_LINE + LONGEST_WAIT):
                return second - now
        raise TooBusy

    def _key(self, name: str) -> str:
        return f"messenger:tries:{self._hide(name)}"
