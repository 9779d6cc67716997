"""What one process of all does at a time, for however long it takes, by a lease that it renews."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import anyio

from messenger.domain.errors import PASSING, Refusal, StoreDown
from messenger.ports.storage import Leasing


class Lease:
    """What this process holds until it runs out."""

    def __init__(self, leasing: Leasing, name: str, holder: str, seconds: float) -> None:
        self._leasing = leasing
        self._name = name
        self._holder = holder
        self._seconds = seconds
        self._until = 0.0

    def check(self) -> None:
        """Refuse to go on once another may have it: after a pause, or a while without the database."""
        if anyio.current_time() >= self._until:
            raise StoreDown

    async def hold(self) -> bool:
        """Take it, if nobody else has it."""
        asked = anyio.current_time()
        is_ours = await self._leasing.hold(self._name, self._holder, self._seconds)
        return self._note(asked, is_ours=is_ours)

    async def keep(self) -> None:
        """Renew it for ever, every quarter of its time."""
        while True:
            await anyio.sleep(self._seconds / 4)
            with suppress(*PASSING):
                asked = anyio.current_time()
                is_ours = await self._leasing.renew(self._name, self._holder, self._seconds)
                self._note(asked, is_ours=is_ours)

    async def release(self) -> None:
        """Give it up. If the database is away, or too busy, it runs out by itself."""
        with suppress(*PASSING):
            await self._leasing.release(self._name, self._holder)

    def _note(self, asked: float, *, is_ours: bool) -> bool:
        # From when we asked: it was granted later than that, and runs out later.
        self._until = asked + self._seconds if is_ours else 0.0
        return is_ours


@asynccontextmanager
async def leased(
    leasing: Leasing, name: str, holder: str, seconds: float
) -> AsyncIterator[Lease | None]:
    """Hold the lease `name` for as long as this is open; None if somebody else does.

    It is renewed every quarter of its `seconds`. Still, whoever is paused may lose it: where that would
    do harm, check it right before each act, or ask again in the transaction that counts.
    """
    lease = Lease(leasing, name, holder, seconds)
    if not await lease.hold():
        yield None
        return
    refusal: Refusal | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lease.keep)
        try:
            yield lease
        except Refusal as raised:
            refusal = raised
        tasks.cancel_scope.cancel()
    await lease.release()
    if refusal is not None:
        raise refusal  # Outside: the task group would wrap it.
