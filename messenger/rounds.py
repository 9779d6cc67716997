"""What goes on without being asked, as long as the service runs.

Nothing that happens in a round ends the rounds: an outage is waited out, and a bug is told and tried
again. A sweep that had died quietly would leave people unanswered.
"""

import logging
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from functools import partial

import anyio
from anyio.abc import TaskGroup

from messenger.domain.errors import Refusal
from messenger.live.doubt import Doubt
from messenger.services.rereading import Rereading
from messenger.services.revocation import Revocation
from messenger.services.sweep import SWEEP_LEASE, Sweep
from messenger.storage.database import Database
from messenger.storage.moving import Moving
from messenger.web.desks import Desks

SWEEP_EVERY = 2.0
"""Seconds between looks whether something has to happen though nobody asks."""
RECHECK_EVERY = 15.0
"""Seconds between looks at open sockets: who is still here, whose session simply expired."""
REREAD_EVERY = 0.5
"""Seconds between readings while what other workers say may not reach us."""
REREAD_SLOWLY = 10.0
"""Seconds between readings while all is well, in case it only seems so."""
TIDY_EVERY = 3.0
"""Seconds between looks whether some organization is stuck between two databases."""
NEWS_EVERY = 0.25
"""Seconds between looks at what another process changed, however often it changes something."""
PAUSE = 1.0
"""Seconds until what failed is tried again."""

_log = logging.getLogger("messenger.rounds")


def start(tasks: TaskGroup, desks: Desks, sweep: Sweep, databases: Collection[Database]) -> None:
    """Start those that every process has."""

    async def look_at_sockets() -> None:
        await anyio.sleep(RECHECK_EVERY)
        desks.attendance.renew_all()
        desks.attendance.end_leases()
        await desks.revocation.end_what_is_over()

    tasks.start_soon(_sweep, sweep)
    for database in databases:
        tasks.start_soon(_rounds, partial(_follow_changes, database, desks.revocation))
    tasks.start_soon(_rounds, look_at_sockets)
    tasks.start_soon(_rounds, desks.attendance.tell)
    tasks.start_soon(_rounds, desks.teller.tell_rows)


def start_rereading(
    tasks: TaskGroup,
    doubt: Doubt,
    databases: Collection[Database],
    rereading: Rereading,
    at_latest: float,
) -> None:
    """Start reading again whenever something may not have been told here, and every `at_latest`
    seconds.
    """

    async def reread() -> None:
        doubt.take()
        await rereading.run()
        await anyio.sleep(REREAD_EVERY)
        with anyio.move_on_after(at_latest):
            await doubt.wait()

    async def listen(database: Database) -> None:
        await database.saved_late()
        doubt.set()

    tasks.start_soon(_rounds, reread)
    for database in databases:
        tasks.start_soon(_rounds, partial(listen, database))


def start_tidying(tasks: TaskGroup, moving: Moving) -> None:
    """Start ending moves whose command died: nobody waits for an operator."""

    async def tidy_up() -> None:
        await anyio.sleep(TIDY_EVERY)
        await moving.tidy_up()

    tasks.start_soon(_rounds, tidy_up)


async def _follow_changes(database: Database, revocation: Revocation) -> None:
    """What another process changes, the command line say, reaches open sockets in a second."""
    await database.news()
    await _until_done(revocation.recheck)  # These news do not come again.
    await anyio.sleep(NEWS_EVERY)


async def _sweep(sweep: Sweep) -> None:
    async def look() -> None:
        # At once: from its first moment on, the lease tells others that somebody serves.
        await sweep.run()
        await anyio.sleep(SWEEP_EVERY)

    async def mail(*, urgent: bool) -> None:
        await anyio.sleep(SWEEP_EVERY)
        await sweep.send_mails(urgent=urgent)

    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_rounds, look)
            tasks.start_soon(_rounds, partial(mail, urgent=True))
            tasks.start_soon(_rounds, partial(mail, urgent=False))
    finally:
        # No longer than until it passes to another process anyhow.
        with anyio.move_on_after(SWEEP_LEASE, shield=True), suppress(Refusal):
            await sweep.stop()


async def _rounds(once: Callable[[], Awaitable[None]]) -> None:
    while True:
        await _until_done(once)


async def _until_done(work: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            return await work()
        except Refusal:
            await anyio.sleep(PAUSE)  # An outage: the next time finds all that is still due.
        except Exception as bug:  # noqa: BLE001 (told, and tried again)
            _log.error("bug in a round", exc_info=bug)
            await anyio.sleep(PAUSE)
