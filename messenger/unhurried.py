"""Long work on the loop, done a little at a time: whoever talks meanwhile is served in between."""

from collections.abc import Iterable
from typing import TypeVar

import anyio.lowlevel

T = TypeVar("T")

AT_ONCE = 8
"""Keys opened, or lines made, until others have their turn: half a millisecond, and many consoles
come at a time."""


async def unhurried(works: Iterable[T]) -> list[T]:
    """Return what a generator yields. Others have their turn in between, so what it reads is its own."""
    done: list[T] = []
    for each in works:
        done.append(each)
        if len(done) % AT_ONCE == 0:
            await anyio.lowlevel.checkpoint()
    return done
