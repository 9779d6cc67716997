"""A new data folder's database with its tables, made once and copied: to make them takes longer than
most tests. That a first start makes them is seen wherever a real server or a command starts.
"""

import os
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from messenger.settings import Settings
from messenger.storage.connect import connect
from tests.server import run_apart


def prepare(settings: Settings) -> None:
    """Put an empty database there, unless there is one already or it is on a server."""
    if settings.database_server or settings.database.exists():
        return
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = os.open(settings.database, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(target, "wb") as file:
        file.write(_empty())


@cache
def _empty() -> bytes:
    with TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder))
        run_apart(lambda: _make_tables(settings.database_url))
        # What is not in the one file would be missing from the copies.
        assert [path.name for path in settings.data.iterdir()] == [settings.database.name]
        return settings.database.read_bytes()


async def _make_tables(url: str) -> None:
    async with connect(url) as database:
        await database.upgrade()
