"""Whose turn it is when more wait than can be served at once: a line for each share, served in turns."""

from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """Those who wait, at most `places` of them.

    A share is whoever must not starve the others: an organization. In a line it is first come, first
    served; between lines, everybody in turn. When all places are taken, whoever has the longest line
    has filled them, and the newest there has to go.
    """

    def __init__(self, places: int) -> None:
        self._places = places
        self._waiting = 0
        self._lines: dict[str, list[T]] = {}

    def __len__(self) -> int:
        return self._waiting

    def put(self, share: str, newest: T) -> T | None:
        """Let `newest` wait. Returns who has to go for it, if somebody has: perhaps `newest` itself."""
        line = self._lines.get(share)
        if line is None:
            line = self._lines[share] = []
        line.append(newest)
        self._waiting += 1
        return None if self._waiting <= self._places else self._send_away(share)

    def leave(self, share: str, one: T) -> None:
        """Make room for others: `one` does not want to wait any longer. Safe to repeat."""
        line = self._lines.get(share, [])
        if one in line:
            self._remove(share, line.index(one))

    def take(self, most: int) -> list[T]:
        """Return who is served next: an equal part of `most` for each line, and what that leaves."""
        taken: list[T] = []
        while self._lines and len(taken) < most:
            room = most - len(taken)
            part = max(1, room // len(self._lines))
            for share in [*self._lines][:room]:
                line = self._lines.pop(share)
                taken += line[:part]
                del line[:part]
                if line:
                    self._lines[share] = line  # At the end: the others come first next time.
        self._waiting -= len(taken)
        return taken

    def _send_away(self, share: str) -> T:
        longest = max(self._lines, key=lambda name: len(self._lines[name]))
        # For an equal, nobody is sent away who waits already.
        is_longer = len(self._lines[longest]) > len(self._lines[share])
        return self._remove(longest if is_longer else share, -1)

    def _remove(self, share: str, place: int) -> T:
        line = self._lines[share]
        gone = line.pop(place)
        self._waiting -= 1
        if not line:
            del self._lines[share]
        return gone
