"""Where sealed files lie: a folder of this machine, or an object store such as S3.

The folder is ours to write: what is acknowledged must be on disk, and for its owner alone, and obstore
neither waits for the disk nor keeps others from reading what it writes.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO
from urllib.parse import parse_qsl, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, S3Store

from messenger.aside import Aside, with_rests
from messenger.domain.errors import NoPlaceForFiles, NotFound, StoreDown
from messenger.ports.storage import Files

AT_ONCE = 2
"""Threads that write and read, and in which what is written is made. More would only stand in line before
the disk."""
REGION = "us-east-1"
"""What stores call themselves that have no regions."""
SPARED = 1_000_000_000
"""Bytes of the disk, or a twentieth of a small one, that no file gets: strangers can fill all the rest, and
where the last of it goes to a file, nobody can report any more."""
PATIENCE = timedelta(seconds=8)
"""How long an object store is asked again. It is another machine's, and may be busy for a moment."""


def files_at(place: Path | str) -> Files:
    """Return the folder, or the store of a URL like `s3://bucket/folder?region=...&endpoint=...`.

    Credentials are taken from the environment, as the makers of the store name them.
    """
    if isinstance(place, Path):
        return FolderFiles(place)
    url = urlsplit(place)
    options = dict(parse_qsl(url.query))
    endpoint = options.get("endpoint", "")
    return ObjectFiles(
        S3Store(
            url.netloc,
            prefix=url.path.strip("/") or None,
            config={"endpoint": endpoint} if endpoint else None,
            region=options.get("region", REGION),
            client_options={"allow_http": endpoint.startswith("http://"), "timeout": PATIENCE},
            retry_config={"max_retries": 3, "retry_timeout": PATIENCE},
        )
    )


class FolderFiles:
    """The `Files` in a folder, made when the first of them comes."""

    def __init__(self, root: Path, room: Callable[[Path], int] | None = None) -> None:
        """`room` says how many bytes may still come."""
        self._root = root
        self._room = room or room_on_disk
        self._aside = Aside(AT_ONCE, "files")

    async def put(self, folder: str, first: int, segments: Iterable[bytes]) -> None:
        with _translated():
            await self._aside.run(lambda: self._put(folder, first, segments))

    async def get(self, folder: str, number: int) -> bytes:
        with _translated(), _missing():
            return await self._aside.run((self._root / folder / _name(number)).read_bytes)

    async def has(self, folder: str) -> bool:
        with _translated():
            return await self._aside.run((self._root / folder / _name(0)).exists)

    async def erase(self, folder: str) -> None:
        with _translated(), suppress(FileNotFoundError):
            await self._aside.run(lambda: shutil.rmtree(self._root / folder))

    def _put(self, folder: str, first: int, segments: Iterable[bytes]) -> None:
        _make_folder(self._root)
        room = self._room(self._root)
        _write(self._root / folder, first, _as_many_as_fit(segments, room))


class ObjectFiles:
    """The `Files` in an object store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._aside = Aside(AT_ONCE, "files")

    async def put(self, folder: str, first: int, segments: Iterable[bytes]) -> None:
        number, waiting = first, iter(segments)
        while (segment := await self._aside.run(lambda: next(waiting, None))) is not None:
            with _translated():
                await obstore.put_async(self._store, f"{folder}/{_name(number)}", segment)
            number += 1

    async def get(self, folder: str, number: int) -> bytes:
        with _translated(), _missing():
            found = await obstore.get_async(self._store, f"{folder}/{_name(number)}")
            return bytes(await found.bytes_async())

    async def has(self, folder: str) -> bool:
        with _translated():
            try:
                await obstore.head_async(self._store, f"{folder}/{_name(0)}")
            except FileNotFoundError:
                return False
            return True

    async def erase(self, folder: str) -> None:
        with _translated():
            listed = obstore.list(self._store, folder)
            paths = [each["path"] async for some in listed for each in some]
            if paths:
                await obstore.delete_async(self._store, paths)


def room_on_disk(folder: Path) -> int:
    """Return how many bytes files may still take of the disk that `folder` is on."""
    disk = shutil.disk_usage(folder)
    return disk.free - min(SPARED, disk.total // 20)


def _name(number: int) -> str:
    return f"{number:06}"


def _as_many_as_fit(segments: Iterable[bytes], room: int) -> Iterator[bytes]:
    for segment in segments:
        room -= len(segment)
        if room < 0:
            raise NoPlaceForFiles
        yield segment


def _write(folder: Path, first: int, segments: Iterable[bytes]) -> None:
    """Write them all, then wait for the disk: it waits once for what comes together."""
    _make_folder(folder)
    # Under other names first: one that was acknowledged is never half replaced.
    staged: list[Path] = []
    try:
        with ExitStack() as opened:
            files = []
            for segment in with_rests(segments):
                staged.append(folder / f".{token_hex(8)}")
                files.append(opened.enter_context(_create(staged[-1])))
                files[-1].write(segment)
                files[-1].flush()
            for file in with_rests(files):
                os.fsync(file.fileno())
        for number, path in enumerate(staged, first):
            path.replace(folder / _name(number))
    except BaseException:
        for path in staged:
            path.unlink(missing_ok=True)
        raise
    sync_folder(folder)


def _make_folder(folder: Path) -> None:
    """Make it, and make sure that it is still there after a power cut."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    sync_folder(folder.parent)


def _create(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def sync_folder(folder: Path) -> None:
    """Have what was made or renamed in it be there after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _missing() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise NotFound from None


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError, ValueError) as error:
        raise StoreDown from error
