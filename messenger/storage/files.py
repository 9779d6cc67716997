"""Where sealed files lie: a folder of this machine, or an object store such as S3.

The folder is ours to write: what is acknowledged must be on disk, and for its owner alone, and obstore
neither waits for the disk nor keeps others from reading what it writes.

A segment is `a/b/c/000005`. In a folder, those that were put together share a file,
`a/b/c/000004-000007`: a file costs more than what is in it (ADR 37). A segment by itself was put later
than one of the same number in a shared file. What was copied from a folder to a store is read there as well.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from itertools import islice
from pathlib import Path
from secrets import token_hex
from struct import Struct
from typing import BinaryIO
from urllib.parse import parse_qsl, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, S3Store

from messenger.aside import Aside, with_rests
from messenger.domain.errors import NoPlaceForFiles, NotFound, StoreDown
from messenger.ports.storage import TOGETHER, Files

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
_HEAD = Struct(f">{TOGETHER}I")
"""What a shared file begins with: the length of each segment in it."""


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
            return await self._aside.run(lambda: _read(self._root / folder, number))

    async def has(self, folder: str) -> bool:
        with _translated():
            return await self._aside.run(lambda: _has_first(self._root / folder))

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
            try:
                return await self._get(f"{folder}/{_name(number)}")
            except FileNotFoundError:
                # All of it, and not a range: some stores answer that with 200, which obstore refuses.
                shared = await self._get(f"{folder}/{_shared_name(number)}")
            start, stop = _place_in_shared(shared[: _HEAD.size], number)
            return shared[start:stop]

    async def has(self, folder: str) -> bool:
        with _translated():
            for name in (_name(0), _shared_name(0)):
                with suppress(FileNotFoundError):
                    await obstore.head_async(self._store, f"{folder}/{name}")
                    return True
            return False

    async def erase(self, folder: str) -> None:
        with _translated():
            listed = obstore.list(self._store, folder)
            paths = [each["path"] async for some in listed for each in some]
            if paths:
                await obstore.delete_async(self._store, paths)

    async def _get(self, path: str) -> bytes:
        found = await obstore.get_async(self._store, path)
        return bytes(await found.bytes_async())


def room_on_disk(folder: Path) -> int:
    """Return how many bytes files may still take of the disk that `folder` is on."""
    disk = shutil.disk_usage(folder)
    return disk.free - min(SPARED, disk.total // 20)


def _name(number: int) -> str:
    return f"{number:06}"


def _shared_name(number: int) -> str:
    """Return the name of the file that segment `number` shares with those that belong together with it."""
    first = number - number % TOGETHER
    return f"{_name(first)}-{_name(first + TOGETHER - 1)}"


def _place_in_shared(head: bytes, number: int) -> tuple[int, int]:
    """Return from where to where a shared file has segment `number`, by its `head`."""
    at = number % TOGETHER
    # Of a file that a disk cut off, what is left is returned, as of a segment by itself: it opens for nobody.
    *before, length = _HEAD.unpack(head.ljust(_HEAD.size, b"\0"))[: at + 1]
    start = _HEAD.size + sum(before)
    return start, start + length


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
    staged: dict[Path, range] = {}
    try:
        with ExitStack() as opened:
            files = []
            for numbers, parts in _by_file(first, with_rests(segments)):
                path = folder / f".{token_hex(8)}"
                staged[path] = numbers
                files.append(opened.enter_context(_create(path)))
                for part in with_rests(parts):
                    files[-1].write(part)
                files[-1].flush()
            for file in with_rests(files):
                os.fsync(file.fileno())
        for path, numbers in staged.items():
            _put_in_place(path, folder, numbers)
    except BaseException:
        for path in staged:
            path.unlink(missing_ok=True)
        raise
    sync_folder(folder)


def _by_file(first: int, segments: Iterable[bytes]) -> Iterator[tuple[range, list[bytes]]]:
    """Yield the numbers that share a file, and what is in it. Those that belong together do, if all are here."""
    waiting, number = iter(segments), first
    while some := [*islice(waiting, TOGETHER - number % TOGETHER)]:
        numbers = range(number, number + len(some))
        if len(some) == TOGETHER:
            yield numbers, [_HEAD.pack(*map(len, some)), *some]
        else:
            yield from ((numbers[at : at + 1], [segment]) for at, segment in enumerate(some))
        number = numbers.stop


def _put_in_place(path: Path, folder: Path, numbers: range) -> None:
    if len(numbers) == 1:
        path.replace(folder / _name(numbers[0]))
        return
    path.replace(folder / _shared_name(numbers[0]))
    for number in numbers:
        # It is older, but would be taken for newer.
        (folder / _name(number)).unlink(missing_ok=True)


def _read(folder: Path, number: int) -> bytes:
    with suppress(FileNotFoundError):
        return (folder / _name(number)).read_bytes()
    with (folder / _shared_name(number)).open("rb") as file:
        start, stop = _place_in_shared(file.read(_HEAD.size), number)
        file.seek(start)
        return file.read(stop - start)


def _has_first(folder: Path) -> bool:
    return (folder / _name(0)).exists() or (folder / _shared_name(0)).exists()


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
