"""One database, whichever it is: many readers, one writer, and the words for when it is down."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, TypeVar

import anyio
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.sql.expression import UpdateBase

from messenger.domain.errors import Refusal, StoreDown, TooBusy
from messenger.storage.upgrade import check_not_older, newest, revision_of
from messenger.storage.writer import WAITING_LIMIT, Answer, Handler, Writer, is_collision, outage

T = TypeVar("T")

DEADLINE = 10.0
"""Seconds anybody waits for an answer."""


class Transactions(ABC):
    """What the stores need of a database: functions run over a connection, each all or nothing."""

    @abstractmethod
    async def read(self, query: Callable[[Connection], T]) -> T:
        """Return what `query` finds, all of it as at one moment."""

    @abstractmethod
    async def write(
        self, change: Callable[[Connection], T], *, news: bool = False, share: str = ""
    ) -> T:
        """Write in a batch with others. `news`: other processes have to hear that it happened.

        That is not so of what failed, or changed nothing: `change` then returns 0 or False.
        """

    @abstractmethod
    def put(self, handler: Handler, work: Any, share: str = "") -> asyncio.Future[Any]:
        """Have `work` done in the next batch; see `Writer`."""

    @abstractmethod
    def version(self, connection: Connection) -> object:
        """For handlers of `put`: while it stays the same, nobody but they changed anything."""

    @abstractmethod
    async def forget_erased(self) -> None:
        """Have nothing of erased rows linger where deleting leaves it."""

    async def execute(self, statement: UpdateBase, *, news: bool = False) -> int:
        """Write one statement; the number of rows it met."""
        return await self.write(lambda c: c.execute(statement).rowcount, news=news)


class Database(Transactions):
    """A context manager; everything between is safe to call from its event loop.

    `read` and `write` run a function over a connection. Each `write` is a transaction of its own to
    its caller, though many share a commit.
    """

    _writer: Writer

    def __init__(self, deadline: float = DEADLINE) -> None:
        self._deadline = deadline
        self._reading = 0
        self._changes = 0

    @abstractmethod
    async def __aenter__(self) -> Self: ...

    @abstractmethod
    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    @abstractmethod
    async def _upgrade(self) -> None: ...

    @property
    def refuses(self) -> bool:
        """Whether something could not be saved in the last seconds."""
        return self._writer.refuses

    @abstractmethod
    async def news(self) -> None:
        """Return when another process wrote `news`. At the latest a second after."""

    async def saved_late(self) -> None:
        """Return when something was saved after all of which nobody can have told: see `Writer`."""
        await self._writer.late.wait()
        self._writer.late.clear()

    async def upgrade(self) -> None:
        """Bring the tables to this version's; raises `BadSetting` for tables of a newer one."""
        if await self.read(revision_of) != newest():
            await self._upgrade()

    async def make_tables(self) -> None:
        """Make the tables where there are none; raises `BadSetting` for those of another version."""
        check_not_older(await self.read(revision_of))
        await self.upgrade()

    async def read(self, query: Callable[[Connection], T]) -> T:
        if self._reading >= WAITING_LIMIT:
            raise TooBusy
        self._reading += 1
        try:
            with anyio.fail_after(self._deadline):
                return await self._read(query)
        except TimeoutError:
            raise StoreDown from None
        finally:
            self._reading -= 1

    async def write(
        self, change: Callable[[Connection], T], *, news: bool = False, share: str = ""
    ) -> T:
        result: T = await self.put(self._write_news if news else self._write, change, share)
        return result

    def put(self, handler: Handler, work: Any, share: str = "") -> asyncio.Future[Any]:
        return self._writer.put(handler, work, share)

    async def _finish(self) -> None:
        """Write all that was asked for before, and take nothing more."""
        with suppress(Refusal):
            await self.write(do_nothing)
            while not self._writer.is_idle:
                await self.write(do_nothing)
        self._writer.stop()

    @abstractmethod
    async def _read(self, query: Callable[[Connection], T]) -> T: ...

    @abstractmethod
    def _announce(self, connection: Connection) -> None:
        """Have the others' `news` return, once this is committed."""

    def _write(
        self,
        connection: Connection,
        works: Sequence[Callable[[Connection], object]],
        *,
        careful: bool,
    ) -> list[Answer]:
        self._changes += 1
        return [_change(connection, change) for change in works]

    def _write_news(
        self,
        connection: Connection,
        works: Sequence[Callable[[Connection], object]],
        *,
        careful: bool,
    ) -> list[Answer]:
        answers = self._write(connection, works, careful=careful)
        # Else anybody who ends a session that never was would have all processes forget what they know.
        if any(_has_changed(answer) for answer in answers):
            self._announce(connection)
        return answers


def do_nothing(_connection: Connection) -> None:
    """Proves that the database opens."""


def _has_changed(answer: Answer) -> bool:
    return answer is None or (bool(answer) and not isinstance(answer, Exception))


def _change(connection: Connection, change: Callable[[Connection], object]) -> Answer:
    try:
        with connection.begin_nested():
            return change(connection)
    except OperationalError:
        # The transaction may be gone with it: this is everybody's outage.
        raise
    except SQLAlchemyError as error:
        if is_collision(error):
            raise  # The whole batch is begun again.
        return outage(error)
    except Exception as error:  # noqa: BLE001 (a refusal or a bug, raised again where it is awaited)
        return error
