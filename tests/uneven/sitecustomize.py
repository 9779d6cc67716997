"""Threads that are slow by chance, as on a busy machine: `UNEVEN=7 bin/test ...` has every process read this.

Each thread gets a delay of its own, and waits so long before it tells an event loop anything. A test that
fails only then counts on what comes soon, and would fail one day without: it has to wait for what shows
that it came. Another number draws other delays.
"""

import asyncio
import os
import threading
import time
from collections.abc import Callable
from random import Random
from typing import Any

import uvloop

DELAYS = (0.0, 0.0, 0.003, 0.02, 0.1, 0.3)
"""Seconds."""

_chance = Random(os.environ.get("UNEVEN"))
_thread = threading.local()


def slow_down(loops: type[Any]) -> None:
    """Have whoever tells one of these event loops something from another thread wait first."""
    tell: Callable[..., Any] = loops.call_soon_threadsafe

    def tell_late(loop: Any, *what: Any, **more: Any) -> Any:
        # A loop that tells itself something must not stand still.
        if asyncio._get_running_loop() is None:
            time.sleep(_delay())
        return tell(loop, *what, **more)

    loops.call_soon_threadsafe = tell_late


def _delay() -> float:
    if not hasattr(_thread, "delay"):
        _thread.delay = _chance.choice(DELAYS)
    return float(_thread.delay)


if "UNEVEN" in os.environ:
    slow_down(asyncio.BaseEventLoop)
    slow_down(uvloop.Loop)
