"""Running a coroutine up to its first wait, without a task.

A websocket send almost never waits: the bytes go into the socket's buffer. Making a task for each
delivery costs more than the delivery. (Python 3.12 has eager tasks for this; 3.11 has not.)
"""

from collections.abc import Coroutine, Generator
from typing import Any


class Waiting:
    """A coroutine that has begun and now waits. Await it, inside a task, to go on with it."""

    __slots__ = ("_coroutine", "_waits_for")

    def __init__(self, coroutine: Coroutine[Any, Any, None], waits_for: object) -> None:
        self._coroutine = coroutine
        self._waits_for = waits_for

    def __await__(self) -> Generator[object, Any, None]:
        # What the coroutine already waits for is handed to the task first; from then on the
        # coroutine speaks to the task itself.
        try:
            value = yield self._waits_for
        except BaseException as error:  # noqa: BLE001 (passed on, not swallowed)
            yield from self._go_on(error=error)
        else:
            yield from self._go_on(value)

    def _go_on(
        self, value: object = None, error: BaseException | None = None
    ) -> Generator[object, Any, None]:
        while True:
            try:
                waits_for = (
                    self._coroutine.send(value) if error is None else self._coroutine.throw(error)
                )
            except StopIteration:
                return
            try:
                value, error = (yield waits_for), None
            except BaseException as thrown:  # noqa: BLE001 (passed on, not swallowed)
                value, error = None, thrown


def step(coroutine: Coroutine[Any, Any, None]) -> Waiting | None:
    """Run `coroutine` until it ends (None) or first waits."""
    try:
        waits_for = coroutine.send(None)
    except StopIteration:
        return None
    return Waiting(coroutine, waits_for)
