"""Threads for work that keeps a processor or the disk busy for a while: they stand back from people.

The loop and the writer have people waiting; of one core, an equal thread would take half.
"""

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import get_native_id
from time import sleep
from typing import TypeVar

import anyio

T = TypeVar("T")

KINDNESS = 10
"""How far these threads stand back from the others (nice(2))."""
REST = 0.001
"""Seconds between two steps of long work."""


class Aside:
    """So many threads, started when they are needed."""

    def __init__(self, threads: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(threads, name, initializer=stand_back)

    async def run(self, work: Callable[[], T]) -> T:
        """Do `work` there, and wait for its end even if nobody waits for us any more: what it does
        is not to go on behind the back of whoever cleans up.
        """
        there = asyncio.get_running_loop().run_in_executor(self._pool, work)
        with anyio.CancelScope(shield=True):
            await asyncio.wait([there])
        return there.result()


def stand_back() -> None:
    """Have the thread that calls this stand back."""
    us = get_native_id()
    os.setpriority(os.PRIO_PROCESS, us, os.getpriority(os.PRIO_PROCESS, us) + KINDNESS)


def with_rests(steps: Iterable[T]) -> Iterator[T]:
    """Yield `steps`, with a rest between them, in which whoever waits for the processor gets it.

    However far a thread stands back, Linux may let it compute to its next tick, some 4 ms away,
    before it looks at who has woken up meanwhile.
    """
    for number, step in enumerate(steps):
        if number:
            sleep(REST)
        yield step
