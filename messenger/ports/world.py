"""The world outside: the time, and chance."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time, aware UTC."""

    def __call__(self) -> datetime: ...


class Chance(Protocol):
    """Random bytes nobody can predict."""

    def __call__(self, size: int, /) -> bytes: ...
