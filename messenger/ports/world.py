"""The world outside: the time, and chance."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time, aware UTC."""

    def __call__(self) -> datetime: ...


class Monotonic(Protocol):
    """Seconds that never step back. Only how many passed means something."""

    def __call__(self) -> float: ...


class Chance(Protocol):
    """Random bytes nobody can predict."""

    def __call__(self, size: int, /) -> bytes: ...
