"""News of what another process (the command line) wrote to the same SQLite file."""

from collections.abc import Sequence

import anyio
from sqlalchemy import Connection

from messenger.storage.database import Database
from messenger.storage.dialects import read_data_version

INTERVAL = 0.25
"""Seconds between looks."""


class DataVersion:
    """Watches `PRAGMA data_version` from the writer's own connection.

    There it changes with the commits of others alone; from any other connection, it would also
    change with every message of ours.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen: object = None

    async def wait(self) -> None:
        while not await self._has_changed():  # noqa: ASYNC110 (SQLite has nothing to wait on)
            await anyio.sleep(INTERVAL)

    async def _has_changed(self) -> bool:
        version = await self._database.put(_versions, None)
        before, self._seen = self._seen, version
        return before is not None and before != version


def _versions(connection: Connection, works: Sequence[None], *, careful: bool) -> list[object]:
    """A look and not a `write`, which would count as a change of our own."""
    return [read_data_version(connection) for _ in works]
