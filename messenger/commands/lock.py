"""One process to a data folder: SQLite has one server, and what moves files works alone."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from messenger.domain.errors import BadSetting
from messenger.security.secretfile import make_private_folder

NAME = "serving.lock"


@contextmanager
def serving(folder: Path) -> Iterator[None]:
    """Hold the folder; raises `BadSetting` while another process does.

    The system lets go of it with the process, however that ends.
    """
    descriptor = _open(make_private_folder(folder) / NAME)
    try:
        _take(descriptor, folder)
        # Who holds it is told as a courtesy: on a full disk the service starts all the same, and says so.
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise BadSetting(
            f"{path} can't be opened ({error.strerror}): run it as the user who owns the folder."
        ) from error


def _take(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
        raise BadSetting(
            f"Messenger is running in {folder} already (process {holder}). Stop it first; or, for "
            "a second one, set MESSENGER_DATA to another folder."
        ) from None
