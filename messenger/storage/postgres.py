"""The database on a server: PostgreSQL by asyncpg, shared by many processes."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from secrets import token_hex
from types import TracebackType
from typing import Any, Self, TypeVar

import anyio
import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import URL, Connection, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from messenger.domain.errors import BadSetting, NotFound, StoreDown
from messenger.storage.database import DEADLINE, Database, do_nothing
from messenger.storage.readers import Readers, Reading
from messenger.storage.statements import translated
from messenger.storage.upgrade import upgrade
from messenger.storage.writer import Answer, Task, Writer, commit, is_collision

T = TypeVar("T")

READERS = 8
"""Connections that read. One more writes, and one listens."""
TRIES = 5
"""How often a batch is begun again that got in another's way."""
FROZEN = 3.0
"""Seconds after which a process that stands still, or was cut off, in the middle of a transaction has
lost it: what it locked, all others wait for. Shorter than anybody's deadline.
"""
VANISHED = 3.0
"""Seconds after which a server whose system does not even confirm what it gets is not there any more;
one that is merely slow has until the deadline.
"""
CHANNEL = "messenger_news"
UPGRADE_LOCK = 0x6D657373
"""Whoever upgrades holds this advisory lock: many processes may start at once."""
_STANDS_STILL = text("set local idle_in_transaction_session_timeout = 0")
"""Said in a transaction that may stand still for longer than `FROZEN`."""
_NO_TEXT = "22021"
"""`character_not_in_repertoire`, of PostgreSQL's error codes."""
_OUTAGES = (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
"""What asyncpg and SQLAlchemy raise for a server that is not there, or not well."""


class PostgresDatabase(Database):
    """PostgreSQL. `url` is `postgresql://user:password@host/name`."""

    def __init__(self, url: URL, deadline: float = DEADLINE) -> None:
        super().__init__(deadline)
        self._url = url.set(drivername="postgresql+asyncpg")
        self._name = token_hex(8)
        self._listening: Any = None
        self._heard = asyncio.Event()
        self._has_missed = False

    async def __aenter__(self) -> Self:
        self._engine = self._make_engine(1)
        self._read_engine = self._make_engine(READERS).execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self._readers = TaskReaders(self._read_engine, READERS)
        self._writer = TaskWriter(self._engine, self._deadline)
        try:
            await self.write(do_nothing)
            _check_encoding(await self.read(_encoding_of))
        except BaseException:
            self._writer.stop()
            await self._hang_up()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with anyio.CancelScope(shield=True), anyio.move_on_after(self._deadline):
            await self._finish()
        await self._hang_up()

    async def _hang_up(self) -> None:
        self._readers.stop()
        with anyio.CancelScope(shield=True), anyio.move_on_after(self._deadline):
            self._stop_listening()
            for engine in (self._read_engine, self._engine):
                await engine.dispose()

    async def _upgrade(self) -> None:
        await self.alone(upgrade)

    async def alone(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction of its own, however many statements long, while no other
        process upgrades. The deadline is that of each statement.
        """
        try:
            async with self._engine.begin() as connection:
                await connection.execute(text(f"select pg_advisory_xact_lock({UPGRADE_LOCK})"))
                await connection.execute(_STANDS_STILL)
                return await connection.run_sync(work)
        except _OUTAGES as error:
            raise StoreDown from error

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Connection]:
        """Have a connection that sees all as at one moment, for work that is `alone` elsewhere."""
        try:
            async with self._read_engine.connect() as connection:
                # It locks nothing, and waits while all that was copied is read back elsewhere.
                await connection.execute(_STANDS_STILL)
                yield connection.sync_connection  # type: ignore[misc]
        except _OUTAGES as error:
            raise StoreDown from error

    async def news(self) -> None:
        if self._listening is None:
            await self._listen()
        await self._heard.wait()
        self._heard.clear()

    async def forget_erased(self) -> None:
        """Nothing: what was erased is overwritten when the server gets to its pages again."""

    def version(self, connection: Connection) -> object:
        return object()  # Others may always have come between.

    async def _read(self, query: Callable[[Connection], T]) -> T:
        try:
            return await self._readers.put(query)
        except StoreDown as down:
            if _is_no_text(down.__cause__):
                raise NotFound from down
            raise

    def _announce(self, connection: Connection) -> None:
        announce = text("select pg_notify(:channel, :name)")
        connection.execute(announce, {"channel": CHANNEL, "name": self._name})

    async def _listen(self) -> None:
        try:
            # Not of the pool, which would wait for ever to have it back.
            self._listening = await asyncpg.connect(
                self._url.set(drivername="postgresql").render_as_string(hide_password=False),
                timeout=self._deadline, command_timeout=self._deadline,
            )  # fmt: skip
            notice_when_lost(_socket_of(self._listening))
            await self._listening.add_listener(CHANNEL, self._hear)
            self._listening.add_termination_listener(self._lost)
            if self._has_missed:
                self._has_missed = False
                self._heard.set()
        except _OUTAGES as error:
            self._stop_listening()
            self._has_missed = True
            raise StoreDown from error

    def _hear(self, _connection: object, _pid: int, _channel: str, name: object) -> None:
        if name != self._name:
            self._heard.set()

    def _lost(self, _connection: object) -> None:
        """What is announced until we listen again is missed, and so is news itself by then."""
        self._listening = None
        self._has_missed = True
        self._heard.set()

    def _stop_listening(self) -> None:
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.terminate()

    def _make_engine(self, size: int) -> AsyncEngine:
        engine = create_async_engine(
            self._url,
            # A failing statement's parameters are somebody's words and keys: never in a message.
            hide_parameters=True,
            pool_size=size,
            max_overflow=1,
            pool_timeout=self._deadline,
            connect_args={
                "timeout": self._deadline,
                "command_timeout": self._deadline,
                "server_settings": {
                    # Each statement sees what was committed before it, and not only the first.
                    "default_transaction_isolation": "read committed",
                    "idle_in_transaction_session_timeout": str(round(FROZEN * 1000)),
                },
            },
        )
        event.listen(engine.sync_engine, "connect", _connected)
        return engine


def notice_when_lost(line: socket.socket) -> None:
    """Have a connection end soon when whoever is at its other end has vanished without a word.

    Left to itself, the system tries for a quarter of an hour, and more rarely all the time.
    """
    if line.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, round(VANISHED))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(VANISHED * 1000))


def _encoding_of(connection: Connection) -> str:
    return str(connection.execute(text("show server_encoding")).scalar_one())


def _check_encoding(encoding: str) -> None:
    """What is not UTF8 has no room for what people write, and says so only when they send it."""
    if encoding != "UTF8":
        raise BadSetting(
            f"The PostgreSQL database has the encoding {encoding}, in which not everything people write "
            "can be kept. Make another one: createdb --encoding=UTF8 --locale=C --template=template0"
        )


def _connected(connection: Any, _record: object) -> None:
    notice_when_lost(_socket_of(connection.driver_connection))


def _socket_of(connection: Any) -> socket.socket:
    transport = connection._transport  # Nothing public leads there.
    line: socket.socket = transport.get_extra_info("socket")
    return line


class TaskWriter(Writer):
    """A task for each batch, one at a time."""

    def __init__(self, engine: AsyncEngine, deadline: float) -> None:
        super().__init__(deadline)
        self._engine = engine
        self._task: asyncio.Task[None] | None = None

    def _begin(self, batch: list[Task]) -> None:
        self._task = self._loop.create_task(self._carry(batch))

    async def _carry(self, batch: list[Task]) -> None:
        self._settle(batch, await self._commit(batch))

    async def _commit(self, batch: list[Task]) -> Sequence[Answer]:
        for left in reversed(range(TRIES)):
            try:
                return await self._commit_once(batch)
            except _OUTAGES as error:
                self._failed()
                if not (left and is_collision(error)):
                    return self._refuse(batch, error)
            except Exception as bug:  # noqa: BLE001 (raised again where it is awaited)
                self._failed()
                return [bug] * len(batch)
        raise AssertionError("The last try returns")

    async def _commit_once(self, batch: list[Task]) -> Sequence[Answer]:
        async with self._engine.connect() as connection:
            try:
                return await connection.run_sync(commit, batch, _transaction, self._failed)
            except _OUTAGES:
                # Hot statements go past SQLAlchemy, which so can't tell that it is lost.
                await connection.invalidate()
                raise


class TaskReaders(Readers):
    """A task for each transaction."""

    outages = _OUTAGES

    def __init__(self, engine: AsyncEngine, connections: int) -> None:
        super().__init__(connections)
        self._engine = engine
        self._tasks: set[asyncio.Task[None]] = set()

    def _begin(self, readings: list[Reading]) -> None:
        task = self._loop.create_task(self._read(readings))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _read(self, readings: list[Reading]) -> None:
        answers: list[Answer] = []
        try:
            async with self._engine.connect() as connection:
                await connection.run_sync(self._answer_each, readings, answers)
        except Exception as error:  # noqa: BLE001 (raised again where it is awaited)
            answers += self._refuse(readings[len(answers) :], error)
        self._settle(readings, answers)


@contextmanager
def _transaction(connection: Connection) -> Iterator[None]:
    with connection.begin(), translated(connection):
        yield


def _is_no_text(error: BaseException | None) -> bool:
    """Whether something was looked for that no row can hold: with a NUL in it."""
    return getattr(getattr(error, "orig", None), "sqlstate", "") == _NO_TEXT
