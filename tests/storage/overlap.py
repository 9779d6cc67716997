"""Two processes at one PostgreSQL, one of which has to wait for what the other has in hand."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic, sleep
from typing import Any, TypeVar

import anyio
from sqlalchemy import Connection, text

from messenger.storage.database import Database

T = TypeVar("T")

WAIT_SECONDS = 9.0
"""Less than a batch may take."""
_SOMEBODY_WAITS = text("select exists (select from pg_locks where not granted)")


async def overlap(
    database: Database,
    first: Iterable[Callable[[], Awaitable[object]]],
    second: Callable[[], Coroutine[Any, Any, T]],
) -> Future[T]:
    """Write all of `first` in one transaction, and begin `second` elsewhere before that is committed."""
    begun: list[Future[T]] = []

    async def write(one: Callable[[], Awaitable[object]]) -> None:
        await one()

    def begin_second(connection: Connection) -> None:
        begun.append(thread.submit(anyio.run, second))
        deadline = monotonic() + WAIT_SECONDS
        while not connection.scalar(_SOMEBODY_WAITS):
            assert not begun[0].done(), "It did not have to wait."
            assert monotonic() < deadline
            sleep(0.02)

    with ThreadPoolExecutor(1) as thread:
        # What is asked for at the same moment shares a transaction.
        await asyncio.gather(*map(write, first), database.write(begin_second))
    return begun[0]
