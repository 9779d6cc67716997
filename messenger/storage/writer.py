"""The one writer: whatever waits at the same moment shares a transaction, and so an fsync.

One batch is in flight at a time, and there is no timer: what arrives meanwhile is the next batch,
or, when it is too much for one, what each organization's turn brings into it.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import groupby
from time import monotonic
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError

from messenger.domain.errors import StoreDown, TooBusy
from messenger.domain.turns import Turns

WAITING_LIMIT = 10_000
BATCH_LIMIT = 1_000
REFUSES_FOR = 15.0
"""Seconds: longer than from one try of the sweep's to the next, also when each takes as long as it may."""
_COLLISIONS = {"40001", "40P01"}
"""Serialization failure, deadlock (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""
Answer = Any
"""What a waiter gets: a value, or an exception to be raised."""


class Handler(Protocol):
    """Does a run of tasks inside the batch's transaction; what one is refused disturbs no other.

    An `IntegrityError` it lets out has the whole batch rolled back and done again with `careful`
    set: it may go ahead without looking, and look only then.
    """

    def __call__(
        self, connection: Connection, works: Sequence[Any], *, careful: bool
    ) -> Sequence[Answer]: ...


@dataclass(slots=True, eq=False, repr=False)
class Task:
    """Something to write, who does it, and who waits for it."""

    handler: Handler
    work: Any
    future: asyncio.Future[Any]


class Writer(ABC):
    """Takes what is to be written, a batch at a time. Used from one event loop."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._loop = asyncio.get_running_loop()
        self._waiting = Turns[Task](WAITING_LIMIT)
        self._in_flight: list[Task] = []
        self._is_due = False
        self._is_closed = False
        self._sent_at = 0.0
        self._watchdog: asyncio.TimerHandle | None = None
        self.failures = 0
        """Transactions that were rolled back."""
        self.late = asyncio.Event()
        """Set when something was saved after all that those who waited were told was not."""
        self._refused_at = -REFUSES_FOR

    @property
    def is_idle(self) -> bool:
        """Whether everybody who waited is served, or being served."""
        return not self._waiting

    @property
    def refuses(self) -> bool:
        """Whether something could not be saved just now. Nobody asking, it lapses: the next one may be."""
        return monotonic() - self._refused_at < REFUSES_FOR

    def put(self, handler: Handler, work: Any, share: str = "") -> asyncio.Future[Any]:
        """Have `handler` write `work` in the next batch; the future is settled after the commit.

        In order of arrival within a `share`. When too many wait, `TooBusy` is for the share that
        has most waiting, also after it was let in.
        """
        if self._is_closed:
            raise StoreDown
        future = self._loop.create_future()
        left_out = self._waiting.put(share, Task(handler, work, future))
        if left_out is not None and not left_out.future.done():
            left_out.future.set_exception(TooBusy())
        if not self._is_due:
            self._is_due = True
            # Not at once: whoever else is awake in this turn of the loop comes along.
            self._loop.call_soon(self._send)
        return future

    def stop(self) -> None:
        """Take nothing more."""
        self._is_closed = True

    @abstractmethod
    def _begin(self, batch: list[Task]) -> None:
        """Commit it elsewhere, and call `_settle` in the loop when it is done."""

    def _send(self) -> None:
        self._in_flight = self._waiting.take(BATCH_LIMIT)
        self._sent_at = self._loop.time()
        if self._watchdog is None:
            self._watch(self._deadline)
        self._begin(self._in_flight)

    def _settle(self, batch: list[Task], answers: Sequence[Answer]) -> None:
        for task, answer in zip(batch, answers, strict=True):
            if not task.future.done():
                settle(task.future, answer)
            elif not isinstance(answer, BaseException):
                self.late.set()
        self._in_flight = []
        self._is_due = bool(self._waiting)
        if self._is_due:
            self._send()

    def _failed(self) -> None:
        self.failures += 1

    def _refuse(self, batch: list[Task], error: Exception) -> Sequence[Answer]:
        """Return the words for `error`, to everybody."""
        self._refused_at = monotonic()
        return [outage(error) for _ in batch]

    def _watch(self, seconds: float) -> None:
        """One timer for all batches: setting one for each costs more than it would seem."""
        self._watchdog = self._loop.call_later(seconds, self._look)

    def _look(self) -> None:
        self._watchdog = None
        left = self._sent_at + self._deadline - self._loop.time()
        if not self._in_flight:
            return
        if left <= 0:
            self._give_up()
        self._watch(left if left > 0 else self._deadline)

    def _give_up(self) -> None:
        """The disk hangs. Nobody waits longer; what comes may still be repeated safely."""
        self._refused_at = monotonic()
        hopeless = self._in_flight + self._waiting.take(len(self._waiting))
        for task in hopeless:
            if not task.future.done():
                task.future.set_exception(StoreDown())


def commit(
    connection: Connection,
    batch: list[Task],
    transaction: Callable[[Connection], AbstractContextManager[None]],
    failed: Callable[[], None],
) -> Sequence[Answer]:
    """Commit a batch, at the second try with care.

    Savepoints would do it in one go, but they copy every page: half as fast for all.
    """
    try:
        with transaction(connection):
            return answers_to(connection, batch, careful=False)
    except IntegrityError:
        failed()
        with transaction(connection):
            return answers_to(connection, batch, careful=True)


def answers_to(connection: Connection, batch: list[Task], *, careful: bool) -> Sequence[Answer]:
    """Do the tasks in their order, each run of the same kind at once."""
    answers: list[Answer] = []
    for handler, tasks in groupby(batch, lambda task: task.handler):
        answers += handler(connection, [task.work for task in tasks], careful=careful)
    return answers


def settle(future: asyncio.Future[Any], answer: Answer) -> None:
    """Tell who waits."""
    if isinstance(answer, BaseException):
        future.set_exception(answer)
    else:
        future.set_result(answer)


def is_collision(error: BaseException) -> bool:
    """Whether the batch got in another process's way, and may be begun again."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", "") in _COLLISIONS


def outage(error: Exception) -> StoreDown:
    """Return the words for `error`."""
    refusal = StoreDown()
    refusal.__cause__ = error
    return refusal
