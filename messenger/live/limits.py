"""How long to make somebody wait who keeps guessing. Nobody is ever locked out."""

from collections import OrderedDict
from collections.abc import Callable

FREE_TRIES = 3
LONGEST_WAIT = 8.0
"""Seconds. A person who mistyped can live with it; a guesser cannot."""
FORGIVEN_AFTER = 15 * 60.0
REMEMBERED = 10_000
"""Names kept at most; the oldest goes first."""


class Failures:
    """Failed tries by name, in memory only, fading with time."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def delay(self, name: str) -> float:
        count, last = self._failures.get(name, (0, 0.0))
        if self._monotonic() - last > FORGIVEN_AFTER or count <= FREE_TRIES:
            return 0.0
        # Bounded before the power: whoever fails a thousand times must not get an overflow instead.
        return min(LONGEST_WAIT, 0.5 * 2.0 ** min(count - FREE_TRIES, 10))

    def failed(self, name: str) -> None:
        count, last = self._failures.pop(name, (0, 0.0))
        now = self._monotonic()
        fresh = now - last <= FORGIVEN_AFTER
        self._failures[name] = (count + 1 if fresh else 1, now)
        if len(self._failures) > REMEMBERED:
            self._failures.popitem(last=False)

    def succeeded(self, name: str) -> None:
        self._failures.pop(name, None)
