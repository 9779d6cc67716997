"""What is read: whatever waits at the same moment shares a connection and a transaction.

To begin and end a transaction, and to have it done elsewhere, costs more than most of what is read in it.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, ClassVar, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from messenger.domain.errors import StoreDown
from messenger.storage.writer import Answer, outage, settle

T = TypeVar("T")

TOGETHER = 16
"""Readings that share a transaction at most: each waits for all of them."""


@dataclass(slots=True, eq=False, repr=False)
class Reading:
    """Something to read, and who waits for it."""

    query: Callable[[Connection], Any]
    future: asyncio.Future[Any]


class Readers(ABC):
    """Take what is to be read, over so many connections. Used from one event loop."""

    outages: ClassVar[tuple[type[Exception], ...]] = (SQLAlchemyError,)
    """What is raised where nobody can be asked."""

    def __init__(self, connections: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._free = connections
        self._waiting: deque[Reading] = deque()
        self._is_due = False
        self._is_closed = False

    def put(self, query: Callable[[Connection], T]) -> asyncio.Future[T]:
        """Have `query` read what was committed before this, or more; in order of arrival."""
        if self._is_closed:
            raise StoreDown
        future: asyncio.Future[T] = self._loop.create_future()
        self._forget_given_up()
        self._waiting.append(Reading(query, future))
        self._send_soon()
        return future

    def stop(self) -> None:
        """Take nothing more, and refuse what was not begun."""
        self._is_closed = True
        while self._waiting:
            future = self._waiting.popleft().future
            if not future.done():
                future.set_exception(StoreDown())

    @abstractmethod
    def _begin(self, readings: list[Reading]) -> None:
        """Read elsewhere, and call `_settle` in the loop when it is done."""

    def _send_soon(self) -> None:
        if self._waiting and self._free and not self._is_due:
            self._is_due = True
            # Not at once: whoever else is awake in this turn of the loop comes along.
            self._loop.call_soon(self._send)

    def _send(self) -> None:
        """Share what waits among the connections that are free: a long reading holds up the fewest."""
        self._is_due = False
        while self._free and self._waiting:
            size = min(ceil(len(self._waiting) / self._free), TOGETHER)
            self._free -= 1
            self._begin([self._waiting.popleft() for _ in range(size)])

    def _forget_given_up(self) -> None:
        """As long as the database hangs nobody takes them away."""
        while self._waiting and self._waiting[0].future.done():
            self._waiting.popleft()

    def _settle(self, readings: Sequence[Reading], answers: Sequence[Answer]) -> None:
        self._free += 1
        for reading, answer in zip(readings, answers, strict=True):
            if not reading.future.done():
                settle(reading.future, answer)
        self._send_soon()

    def _refuse(self, readings: Sequence[Reading], error: Exception) -> list[Answer]:
        """Return the words for `error`, to each."""
        return [outage(error) if isinstance(error, self.outages) else error for _ in readings]

    def _answer_each(
        self, connection: Connection, readings: Sequence[Reading], answers: list[Answer]
    ) -> None:
        """Add their answers, in order. What fails fails alone, unless nobody can be asked."""
        for reading in readings:
            # Of several that hang, only the first is waited for.
            given_up = reading.future.done()
            answers.append(None if given_up else self._answer(connection, reading.query))

    def _answer(self, connection: Connection, query: Callable[[Connection], Any]) -> Answer:
        try:
            try:
                return query(connection)
            except DBAPIError as error:
                # PostgreSQL answers nothing more in a transaction in which something failed.
                connection.rollback()
                if not error.connection_invalidated:
                    raise
                # Perhaps it was lost long ago, when nobody used it. All others as old go with it.
                return query(connection)
        except SQLAlchemyError as error:
            return outage(error)
        except self.outages:
            raise
        except Exception as error:  # noqa: BLE001 (a refusal or a bug, raised again where it is awaited)
            return error
