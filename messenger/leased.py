"""What one process of all does at a time, for however long it takes, by a lease that it renews."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import anyio

from messenger.domain.errors import Refusal, StoreDown
from messenger.ports import Leasing


@asynccontextmanager
async def leased(leasing: Leasing, name: str, holder: str, seconds: float) -> AsyncIterator[bool]:
    """Hold the lease `name` for as long as this is open, if nobody else does: tells whether.

    It is renewed every quarter of its `seconds`. Still, whoever is paused may lose it and not know:
    where that would do harm, ask again in the transaction that counts.
    """
    if not await leasing.hold(name, holder, seconds):
        yield False
        return
    refusal: Refusal | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_keep, leasing, name, holder, seconds)
        try:
            yield True
        except Refusal as raised:
            refusal = raised
        tasks.cancel_scope.cancel()
    with suppress(StoreDown):
        await leasing.release(name, holder)
    if refusal is not None:
        raise refusal  # Outside: the task group would wrap it.


async def _keep(leasing: Leasing, name: str, holder: str, seconds: float) -> None:
    while True:
        await anyio.sleep(seconds / 4)
        with suppress(StoreDown):
            await leasing.renew(name, holder, seconds)
