"""One database: many readers, one writer, and the words for when it is down."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Any, Self, TypeVar

import anyio
import anyio.to_thread
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.sql.expression import UpdateBase

from messenger.domain.errors import Refusal, StoreDown, TooBusy
from messenger.storage.checkpointer import Checkpointer
from messenger.storage.dialects import (
    READERS,
    make_reader_engine,
    make_writer_engine,
    open_place,
    read_data_version,
)
from messenger.storage.writer import WAITING_LIMIT, Answer, Handler, Writer

T = TypeVar("T")

DEADLINE = 10.0
"""Seconds anybody waits for an answer."""


class Database:
    """A context manager; everything between is safe to call from its event loop.

    `read` and `write` run a function over a connection in another thread. Each `write` is a
    transaction of its own to its caller, though many share a commit.
    """

    def __init__(self, url: str, deadline: float = DEADLINE) -> None:
        self._url = url
        self._deadline = deadline
        self._open = ExitStack()
        self._reading = 0
        self._changes = 0

    async def __aenter__(self) -> Self:
        with ExitStack() as opening:
            url = opening.enter_context(open_place(self._url))
            self._engine = make_writer_engine(url)
            opening.callback(self._engine.dispose)
            self._read_engine = make_reader_engine(url)
            opening.callback(self._read_engine.dispose)
            self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
            opening.callback(self._readers.shutdown, cancel_futures=True)
            checkpointer = Checkpointer(self._engine)
            opening.callback(checkpointer.close, self._deadline)
            self._writer = Writer(self._engine, checkpointer.committed, self._deadline)
            opening.callback(self._writer.close)
            await self.write(_do_nothing)
            # A reader from the first: the log stays open when the writer has to connect anew.
            await self.read(_do_nothing)
            self._open = opening.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with anyio.CancelScope(shield=True):
            with suppress(Refusal):
                # In order of arrival: when this is done, so is all that was asked before.
                await self.write(_do_nothing)
            self._writer.stop()
            await anyio.to_thread.run_sync(self._open.close)

    @property
    def engine(self) -> Engine:
        """For upgrades and the like, before or beside the service."""
        return self._engine

    async def read(self, query: Callable[[Connection], T]) -> T:
        if self._reading >= WAITING_LIMIT:
            raise TooBusy
        self._reading += 1
        try:
            with anyio.fail_after(self._deadline):
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._readers, self._read, query)
        except TimeoutError:
            raise StoreDown from None
        finally:
            self._reading -= 1

    async def write(self, change: Callable[[Connection], T]) -> T:
        result: T = await self.put(self._write, change)
        return result

    def version(self, connection: Connection) -> object:
        """For handlers of `put`: while it stays the same, nobody but they changed anything."""
        return read_data_version(connection), self._changes, self._writer.failures

    async def execute(self, statement: UpdateBase) -> int:
        """Write one statement; the number of rows it met."""
        return await self.write(lambda connection: connection.execute(statement).rowcount)

    def put(self, handler: Handler, work: Any) -> asyncio.Future[Any]:
        """Have `work` done in the next batch; see `Writer`."""
        return self._writer.put(handler, work)

    def _write(
        self,
        connection: Connection,
        works: Sequence[Callable[[Connection], object]],
        *,
        careful: bool,
    ) -> list[Answer]:
        self._changes += 1
        return [_change(connection, change) for change in works]

    def _read(self, query: Callable[[Connection], T]) -> T:
        try:
            with self._read_engine.connect() as connection:
                return query(connection)
        except SQLAlchemyError as error:
            raise StoreDown from error


def _change(connection: Connection, change: Callable[[Connection], object]) -> Answer:
    try:
        with connection.begin_nested():
            return change(connection)
    except OperationalError:
        # The transaction may be gone with it: this is everybody's outage.
        raise
    except SQLAlchemyError as error:
        outage = StoreDown()
        outage.__cause__ = error
        return outage
    except Exception as error:  # noqa: BLE001 (a refusal or a bug, raised again where it is awaited)
        return error


def _do_nothing(_connection: Connection) -> None:
    """Proves that the database opens."""
