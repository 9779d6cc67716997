"""The database in a file beside the service: SQLite, read and written by threads of this process."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from types import TracebackType
from typing import Self, TypeVar

import anyio
import anyio.to_thread
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from messenger.domain.errors import StoreDown
from messenger.storage.checkpointer import Checkpointer
from messenger.storage.database import DEADLINE, Database, do_nothing
from messenger.storage.readers import Readers, Reading
from messenger.storage.sqlite import (
    READERS,
    changes_by,
    empty_log,
    forget_erased,
    make_reader_engine,
    make_writer_engine,
    open_for_upgrade,
    open_place,
    prove,
    read_data_version,
    transaction,
)
from messenger.storage.upgrade import upgrade
from messenger.storage.writer import Answer, Task, Writer, commit

T = TypeVar("T")

LOOK_EVERY = 0.25
"""Seconds between looks at what others wrote."""
QUIET, LINGERS = 1.0, 60.0
"""Seconds without a commit, or since the first, after which the write-ahead log is emptied."""


class EmbeddedDatabase(Database):
    """SQLite. `url` is `sqlite:////folder/name.db`, or `sqlite://` for one in memory."""

    def __init__(self, url: str, deadline: float = DEADLINE) -> None:
        super().__init__(deadline)
        self._url = url
        self._open = ExitStack()
        self._seen: object = None

    async def __aenter__(self) -> Self:
        with ExitStack() as opening:
            url = opening.enter_context(open_place(self._url))
            self._engine = make_writer_engine(url)
            opening.callback(self._engine.dispose)
            read_engine = make_reader_engine(url)
            opening.callback(read_engine.dispose)
            self._readers = ThreadReaders(read_engine, READERS)
            opening.callback(self._readers.close)
            checkpointer = Checkpointer(self._engine)
            opening.callback(checkpointer.close, self._deadline)
            self._writer = ThreadWriter(self._engine, checkpointer.committed, self._deadline)
            opening.callback(self._writer.close)
            await self.write(do_nothing)
            # A reader from the first: the log stays open when the writer has to connect anew.
            await self.read(do_nothing)
            self._open = opening.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with anyio.CancelScope(shield=True):
            await self._finish()
            self._readers.stop()
            await anyio.to_thread.run_sync(self._open.close)

    @property
    def engine(self) -> Engine:
        """For what happens before or beside the service."""
        return self._engine

    async def _upgrade(self) -> None:
        await anyio.to_thread.run_sync(upgrade_file, self._engine)

    async def news(self) -> None:
        while not await self._has_changed():  # noqa: ASYNC110 (SQLite has nothing to wait on)
            await anyio.sleep(LOOK_EVERY)

    async def forget_erased(self) -> None:
        await anyio.to_thread.run_sync(forget_erased, self._engine)

    def version(self, connection: Connection) -> object:
        return read_data_version(connection), self._changes, self._writer.failures

    async def _read(self, query: Callable[[Connection], T]) -> T:
        return await self._readers.put(query)

    def _announce(self, connection: Connection) -> None:
        """Every commit announces itself: see `_has_changed`."""

    async def _has_changed(self) -> bool:
        """Look from the writer's own connection: any other also sees our own commits as news."""
        before, self._seen = self._seen, await self.put(_versions, None)
        return before is not None and before != self._seen


class Lingering:
    """How long what was overwritten may still stand in the write-ahead log."""

    def __init__(self) -> None:
        self._first: float | None = None
        self._last = 0.0

    def note(self, now: float) -> None:
        """Something was written."""
        self._first = now if self._first is None else self._first
        self._last = now

    def put_off(self, now: float) -> None:
        """The log could not be emptied: try again as if all of it were new."""
        self._first = self._last = now

    def end(self) -> None:
        """Nothing is in it."""
        self._first = None

    def seconds_left(self, now: float) -> float | None:
        """Return in how many seconds the log has to be emptied; None if nothing is in it."""
        if self._first is None:
            return None
        return min(self._last + QUIET, self._first + LINGERS) - now


class ThreadWriter(Writer):
    """A thread with the one connection that writes."""

    def __init__(self, engine: Engine, committed: Callable[[], None], deadline: float) -> None:
        super().__init__(deadline)
        self._engine = engine
        self._committed = committed
        self._connection: Connection | None = None
        self._batches: SimpleQueue[list[Task] | None] = SimpleQueue()
        self._lingering = Lingering()
        self._thread = Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread after the batch in flight. Blocks."""
        self._batches.put(None)
        self._thread.join(self._deadline)

    def _begin(self, batch: list[Task]) -> None:
        self._batches.put(batch)

    # From here on in the writer's thread.

    def _work(self) -> None:
        while (batch := self._next_batch()) is not None:
            answers = self._commit(batch)
            self._loop.call_soon_threadsafe(self._settle, batch, answers)
            self._committed()
        self._disconnect()

    def _next_batch(self) -> list[Task] | None:
        """Wait for one, and empty the log when it is time. What is gone from the database still
        stands there: since when somebody waited, a session that ended.
        """
        while (seconds := self._lingering.seconds_left(monotonic())) is not None:
            if seconds > 0:
                with suppress(Empty):
                    return self._batches.get(timeout=seconds)
            self._empty_log()
        return self._batches.get()

    def _empty_log(self) -> None:
        # By this connection: another's would look like a change by another process.
        try:
            if empty_log(self._connect()):
                self._lingering.end()
                return
        except (StoreDown, SQLAlchemyError):
            # As after a failed commit: the next batch proves a new connection first.
            self._disconnect()
        self._lingering.put_off(monotonic())

    def _commit(self, batch: list[Task]) -> Sequence[Answer]:
        try:
            return self._commit_twice(self._connect(), batch)
        except SQLAlchemyError as error:
            self.failures += 1
            # Whether that commit is on disk is unknown, and what a connection says after a failed
            # fsync is worth nothing: the next batch proves a new one first.
            self._disconnect()
            self._engine.dispose()
            return self._refuse(batch, error)
        except Exception as bug:  # noqa: BLE001 (raised again where it is awaited)
            self.failures += 1
            return [bug] * len(batch)

    def _commit_twice(self, connection: Connection, batch: list[Task]) -> Sequence[Answer]:
        before = changes_by(connection)
        answers = commit(connection, batch, transaction, self._failed)
        if changes_by(connection) != before:
            self._lingering.note(monotonic())
        return answers

    def _connect(self) -> Connection:
        if self._connection is None:
            connection = self._engine.connect()
            try:
                prove(connection)
            except BaseException:
                connection.invalidate()
                raise
            self._connection = connection
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()


class ThreadReaders(Readers):
    """A thread for each connection."""

    def __init__(self, engine: Engine, connections: int) -> None:
        super().__init__(connections)
        self._engine = engine
        self._threads = ThreadPoolExecutor(connections, thread_name_prefix="reader")

    def close(self) -> None:
        """End the threads after what they read now. Blocks."""
        self._threads.shutdown()

    def _begin(self, readings: list[Reading]) -> None:
        self._threads.submit(self._read, readings)

    # From here on in a reader's thread.

    def _read(self, readings: list[Reading]) -> None:
        answers: list[Answer] = []
        try:
            with self._engine.connect() as connection:
                self._answer_each(connection, readings, answers)
        except Exception as error:  # noqa: BLE001 (raised again where it is awaited)
            answers += self._refuse(readings[len(answers) :], error)
        self._loop.call_soon_threadsafe(self._settle, readings, answers)


def upgrade_file(engine: Engine) -> None:
    """Bring a file's tables to this version's."""
    with open_for_upgrade(engine) as connection:
        upgrade(connection)


def _versions(connection: Connection, works: Sequence[None], *, careful: bool) -> list[object]:
    """A look and not a `write`, which would count as a change of our own."""
    return [read_data_version(connection) for _ in works]
