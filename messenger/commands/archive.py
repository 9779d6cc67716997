"""The inside of a backup: a tar of a manifest, the database, secrets and sealed files, streamed through the seal."""

import errno
import io
import json
import os
import re
import shutil
import sqlite3
import tarfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, suppress
from importlib.metadata import version
from pathlib import Path

from messenger.domain.errors import BadSetting
from messenger.security.sealedfile import OpeningReader, SealingWriter
from messenger.storage.upgrade import is_newer

MANIFEST = "manifest.json"
FORMAT = 2
READABLE = {1, FORMAT}
"""Format 1 had no sealed files."""
FILES = "files"
_SEALED = re.compile(FILES + r"(/[A-Za-z0-9_-]+)+", re.ASCII)
"""Where a segment of a sealed file may lie: no name in a backup leads out of its folder."""
MANIFEST_LIMIT = 100_000
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def write(file: Path, contents: Sequence[Path], passphrase: str, files: Path | None = None) -> None:
    """Write `file` in one go: it is whole and was read back, or it is not there.

    `files` is the folder of sealed files, as they are when their turn comes.
    """
    part = file.with_name(file.name + ".part")
    try:
        with _new(part) as target:
            sealed = SealingWriter(target, passphrase)
            with tarfile.open(fileobj=sealed, mode="w|", format=tarfile.PAX_FORMAT) as tar:
                _add_manifest(tar, contents)
                for path in contents:
                    _add(tar, path, path.name)
                for path, name in _segments(files) if files else ():
                    _add_if_there(tar, path, name)
            sealed.finish()
            target.flush()
            os.fsync(target.fileno())
        _read_back(part, passphrase)
        part.rename(file)
    except OSError as error:
        closed = isinstance(error, PermissionError)
        todo = " Name a place where the user that serves may write." if closed else ""
        raise BadSetting(f"{file} could not be written: {error.strerror}.{todo}") from error
    finally:
        part.unlink(missing_ok=True)


def read(file: Path, folder: Path, names: Collection[str], passphrase: str) -> None:
    """Put the files called `names` into `folder`; raises unless all are there and genuine.

    Sealed files go into its folder `files`.
    """
    try:
        with file.open("rb") as source:
            sealed = OpeningReader(source, passphrase)
            with tarfile.open(fileobj=sealed, mode="r|") as tar:
                found = {
                    member.name
                    for member in tar
                    if _take(tar, member, folder, names) and not _SEALED.fullmatch(member.name)
                }
            sealed.check_finished()
    except tarfile.TarError:
        raise BadSetting(f"{file} is not what `messenger backup` writes.") from None
    except OSError as error:
        if error.errno in _FULL:
            raise BadSetting(
                f"There is no room for what is in {file} where {folder.parent} is: make room, or set "
                "MESSENGER_DATA to a folder on another disk. Nothing was put in place."
            ) from error
        closed = isinstance(error, PermissionError)
        todo = (
            " Put it where the user that serves may read it, and give it to them." if closed else ""
        )
        raise BadSetting(f"{file} could not be read: {error.strerror}.{todo}") from error
    if found != {MANIFEST, *names}:
        raise BadSetting(f"{file} does not hold all it should.")


def check_database(path: Path) -> None:
    """Raise unless SQLite finds the file whole, with tables that this version knows."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            sound = connection.execute("PRAGMA integrity_check(1)").fetchall() == [("ok",)]
            dangling = connection.execute("PRAGMA foreign_key_check").fetchone()
            found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error:
        sound, dangling, found = False, None, None
    if not sound or dangling:
        raise BadSetting("The database in the backup is damaged. Take an older backup.")
    if found and is_newer(found[0]):
        raise BadSetting(
            f"The backup is of a newer Messenger (its tables are at “{found[0]}”): install that version, "
            "and restore it with that. Nothing was put in place."
        )


def _new(path: Path) -> io.FileIO:
    return io.FileIO(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600))


def _read_back(file: Path, passphrase: str) -> None:
    with file.open("rb") as source:
        OpeningReader(source, passphrase).check_finished()


def _add_manifest(tar: tarfile.TarFile, contents: Sequence[Path]) -> None:
    names = [path.name for path in contents]
    manifest = {"format": FORMAT, "messenger": version("messenger"), "files": names}
    content = json.dumps(manifest).encode()
    tar.addfile(_entry(MANIFEST, len(content)), io.BytesIO(content))


def _add(tar: tarfile.TarFile, path: Path, name: str) -> None:
    with path.open("rb") as source:
        tar.addfile(_entry(name, os.fstat(source.fileno()).st_size), source)


def _add_if_there(tar: tarfile.TarFile, path: Path, name: str) -> None:
    with suppress(FileNotFoundError):  # Erased since: the reporter deleted it, or it was given up.
        _add(tar, path, name)


def _segments(files: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(files.rglob("*")):
        name = f"{FILES}/{path.relative_to(files)}"
        if _SEALED.fullmatch(name) and path.is_file():
            yield path, name


def _entry(name: str, size: int) -> tarfile.TarInfo:
    """Nothing of this machine: no owner, no time."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


def _take(
    tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path, names: Collection[str]
) -> bool:
    content = tar.extractfile(member) if member.isreg() else None
    if content is None:
        return False
    if member.name == MANIFEST:
        _check_manifest(content.read(MANIFEST_LIMIT))
    elif member.name in names or _SEALED.fullmatch(member.name):
        place = folder / member.name
        for parent in reversed(place.relative_to(folder).parents[:-1]):
            (folder / parent).mkdir(mode=0o700, exist_ok=True)
        with _new(place) as target:
            shutil.copyfileobj(content, target)
            os.fsync(target.fileno())
    return True


def _check_manifest(raw: bytes) -> None:
    try:
        manifest = json.loads(raw)
        made_by, made_as = manifest["messenger"], manifest["format"]
    except (ValueError, TypeError, KeyError):
        raise BadSetting("The backup's manifest is damaged.") from None
    if made_as not in READABLE:
        raise BadSetting(
            f"The backup was made by Messenger {made_by}: restore it with that version."
        )
