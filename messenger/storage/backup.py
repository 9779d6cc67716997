"""A copy of a database that is in use: consistent, and readable by nobody else."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from messenger.domain.errors import BadSetting, StoreDown


def snapshot(database: Path, target: Path) -> None:
    """Copy `database` as of one moment to `target`, which must not exist; the service may run."""
    if not database.is_file():
        raise BadSetting(f"There is no database at {database}.")
    _make_private(target)
    try:
        with closing(sqlite3.connect(database, timeout=10)) as connection:
            # Leaves out what was deleted, and what the write-ahead log remembers of it.
            connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        target.unlink(missing_ok=True)
        raise StoreDown from error


def _make_private(target: Path) -> None:
    """Before anything is in it. SQLite fills a file that is there as long as it is empty."""
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise BadSetting(f"The backup {target} cannot be written: {error.strerror}.") from error
