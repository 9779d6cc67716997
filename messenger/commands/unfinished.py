"""The copy that a backup or a restore makes on its way, and what is left of one that was killed.

Left lying, it would keep what reporters delete later. Beside it a mark: when the last backup was made.
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from messenger.domain.errors import BadSetting

BACKUP, RESTORE = ".backup-", ".restore-"
MARK = "last-backup"
_YOUNG = 60
"""Seconds within which one may have been made and not be held yet."""


@contextmanager
def making(data: Path, prefix: str) -> Iterator[Path]:
    """Have a folder in `data`, on a disk with room for the database and as private, as long as it takes."""
    try:
        folder = tempfile.TemporaryDirectory(dir=data, prefix=prefix)
    except OSError as error:
        raise BadSetting(
            f"{data} can't be written ({error.strerror}), and the copy is made there: run it as the "
            "user who owns the folder, on a disk that takes it."
        ) from error
    with folder as name:
        descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield Path(name)
        finally:
            os.close(descriptor)


def clear_unfinished(data: Path) -> None:
    """Remove what nobody works on any more, as far as it is ours to remove."""
    for left in find_unfinished(data):
        shutil.rmtree(left, ignore_errors=True)


def find_unfinished(data: Path) -> list[Path]:
    """Return what nobody works on any more, whoever made it."""
    found = (folder for prefix in (BACKUP, RESTORE) for folder in data.glob(f"{prefix}*"))
    return sorted(folder for folder in found if not (_is_young(folder) or _is_held(folder)))


def mark_backup(data: Path) -> None:
    """Have `check` know that one was made; it is as good without the mark."""
    with suppress(OSError):
        (data / MARK).touch(mode=0o600)


def find_last_backup(data: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp((data / MARK).stat().st_mtime, UTC)
    except OSError:
        return None


def _is_young(folder: Path) -> bool:
    try:
        return time.time() - folder.stat().st_mtime < _YOUNG
    except FileNotFoundError:
        return True  # It was being finished.


def _is_held(folder: Path) -> bool:
    """The system lets go of it with the process that held it. What is another user's can't be asked."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
