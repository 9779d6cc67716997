"""How long to make somebody wait who keeps guessing. Nobody is ever locked out."""

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress

from messenger.live.redis import RedisDown, RedisKeys

FREE_TRIES = 3
LONGEST_WAIT = 8.0
"""Seconds. A person who mistyped can live with it; a guesser cannot."""
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


class Failures:
    """Failed tries by name, in memory only, fading with time."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    async def delay(self, name: str) -> float:
        count, last = self._failures.get(name, (0, 0.0))
        return wait_after(0 if self._monotonic() - last > FORGIVEN_AFTER else count)

    async def failed(self, name: str) -> None:
        count, last = self._failures.pop(name, (0, 0.0))
        now = self._monotonic()
        fresh = now - last <= FORGIVEN_AFTER
        self._failures[name] = (count + 1 if fresh else 1, now)
        if len(self._failures) > REMEMBERED:
            self._failures.popitem(last=False)

    async def succeeded(self, name: str) -> None:
        self._failures.pop(name, None)


class SharedFailures:
    """The same for many workers, counted in Redis; each counts for itself while that is down."""

    def __init__(self, keys: RedisKeys, hide: Callable[[str], str], here: Failures) -> None:
        """`hide` makes of a name what Redis may know."""
        self._keys = keys
        self._hide = hide
        self._here = here

    async def delay(self, name: str) -> float:
        here = await self._here.delay(name)
        with suppress(RedisDown):
            return max(here, wait_after(int(await self._keys.get(self._key(name)) or 0)))
        return here

    async def failed(self, name: str) -> None:
        await self._here.failed(name)
        with suppress(RedisDown):
            await self._keys.count(self._key(name), FORGIVEN_AFTER)

    async def succeeded(self, name: str) -> None:
        await self._here.succeeded(name)
        with suppress(RedisDown):
            await self._keys.drop(self._key(name))

    def _key(self, name: str) -> str:
        return f"messenger:failures:{self._hide(name)}"
