"""Who is let in: a worker has places for so many, the last of them kept for reporters.

Whoever finds no place is told so, and when to come back.
"""

from dataclasses import dataclass

from messenger.ports import Chance

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

    def __init__(self, places: Places, chance: Chance) -> None:
        self._places = places
        self._chance = chance
        self.sockets = 0
        self.requests = 0

    def has_place_for_socket(self) -> bool:
        """Whether one more may come in. Who it is will show."""
        return self.sockets < self._places.sockets

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
