"""The threads that read a file: whatever waits at the same moment shares a transaction.

To wake a thread, and to begin and end a transaction, costs more than most of what is read in it.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import ceil
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from messenger.domain.errors import StoreDown
from messenger.storage.writer import Answer, outage, settle

TOGETHER = 16
"""Readings that share a transaction at most: each waits for all of them."""


@dataclass(slots=True, eq=False, repr=False)
class Reading:
    """Something to read, and who waits for it."""

    query: Callable[[Connection], Any]
    future: asyncio.Future[Any]


class Readers:
    """So many threads, each with a connection of its own. Used from one event loop."""

    def __init__(self, engine: Engine, threads: int) -> None:
        self._engine = engine
        self._loop = asyncio.get_running_loop()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="reader")
        self._free = threads
        self._waiting: deque[Reading] = deque()
        self._is_due = False
        self._is_closed = False

    def close(self) -> None:
        """End the threads after what they read now. Blocks."""
        self._is_closed = True
        self._threads.shutdown(cancel_futures=True)

    def put(self, query: Callable[[Connection], Any]) -> asyncio.Future[Any]:
        """Have `query` read what was committed before this, or more; in order of arrival."""
        if self._is_closed:
            raise StoreDown
        reading = Reading(query, self._loop.create_future())
        self._forget_given_up()
        self._waiting.append(reading)
        self._send_soon()
        return reading.future

    def _send_soon(self) -> None:
        if self._free and not self._is_due:
            self._is_due = True
            # Not at once: whoever else is awake in this turn of the loop comes along.
            self._loop.call_soon(self._send)

    def _send(self) -> None:
        """Share what waits among the threads that are free: a long reading holds up the fewest."""
        self._is_due = False
        while self._free and self._waiting:
            size = min(ceil(len(self._waiting) / self._free), TOGETHER)
            self._free -= 1
            self._threads.submit(self._read, [self._waiting.popleft() for _ in range(size)])

    def _forget_given_up(self) -> None:
        """As long as the disk hangs nobody takes them away."""
        while self._waiting and self._waiting[0].future.done():
            self._waiting.popleft()

    def _settle(self, readings: Sequence[Reading], answers: Sequence[Answer]) -> None:
        self._free += 1
        for reading, answer in zip(readings, answers, strict=True):
            if not reading.future.done():
                settle(reading.future, answer)
        self._send_soon()

    # From here on in a reader's thread.

    def _read(self, readings: Sequence[Reading]) -> None:
        answers = self._answers(readings)
        self._loop.call_soon_threadsafe(self._settle, readings, answers)

    def _answers(self, readings: Sequence[Reading]) -> list[Answer]:
        try:
            with self._engine.connect() as connection:
                return [_answer(connection, reading.query) for reading in readings]
        except SQLAlchemyError as error:
            return [outage(error) for _ in readings]


def _answer(connection: Connection, query: Callable[[Connection], Any]) -> Answer:
    try:
        return query(connection)
    except SQLAlchemyError as error:
        return outage(error)
    except Exception as error:  # noqa: BLE001 (a refusal or a bug, raised again where it is awaited)
        return error
