"""Parts of files, sealed as they are put away and opened as they are read, some segments at a time."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from messenger.aside import Aside, with_rests
from messenger.domain.attachment import Part, folder_of, segments_of
from messenger.domain.errors import Unreadable
from messenger.domain.ids import AttachmentId
from messenger.domain.keys import Label
from messenger.ports.security import SEGMENT, Segments
from messenger.ports.storage import Files
from messenger.services.sealing import RoomKey

BATCH = 4
"""Segments sealed and put away together: they share the waiting for the disk."""
AT_ONCE = 2
"""Threads that seal."""


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a file, and the key of its room."""

    room_key: RoomKey
    attachment: AttachmentId
    part: Part

    @property
    def folder(self) -> str:
        room = self.room_key
        return folder_of(room.organization, room.room, self.attachment, self.part)


class Cabinet:
    """Where parts of files lie."""

    def __init__(self, files: Files, segments: Segments) -> None:
        self._files = files
        self._segments = segments
        self._aside = Aside(AT_ONCE, "cabinet")

    async def put(self, place: Place, first: int, contents: Sequence[bytes], *, ends: bool) -> None:
        """Seal these segments and put them away; when this returns they are durable."""
        sealed = await self._aside.run(lambda: self._seal(place, first, contents, ends=ends))
        await self._files.put(place.folder, first, sealed)

    async def read(self, place: Place, size: int, number: int) -> bytes:
        """Return one segment of a part of `size` bytes."""
        sealed = await self._files.get(place.folder, number)
        last = segments_of(size, SEGMENT) - 1
        content = await self._aside.run(
            lambda: self._open(place, number, sealed, last=number == last)
        )
        if len(content) != (SEGMENT if number < last else size - last * SEGMENT):
            raise Unreadable
        return content

    async def erase(self, place: Place) -> None:
        """Delete the part."""
        await self._files.erase(place.folder)

    async def forget(self, room_key: RoomKey, attachment: AttachmentId) -> None:
        """Delete all parts of a file."""
        await self._files.erase(folder_of(room_key.organization, room_key.room, attachment))

    def _seal(
        self, place: Place, first: int, contents: Sequence[bytes], *, ends: bool
    ) -> list[bytes]:
        key, label = place.room_key.key, _label(place)
        last = first + len(contents) - 1 if ends else -1
        return [
            self._segments.seal(key, label, number, content, last=number == last)
            for number, content in with_rests(enumerate(contents, first))
        ]

    def _open(self, place: Place, number: int, sealed: bytes, *, last: bool) -> bytes:
        return self._segments.open(place.room_key.key, _label(place), number, sealed, last=last)


class Reader:
    """Reads pieces of a part from anywhere in it. Keeps the segment it read last."""

    def __init__(self, cabinet: Cabinet, place: Place, size: int) -> None:
        self._cabinet = cabinet
        self._place = place
        self._size = size
        self._number = -1
        self._content = b""

    async def read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset` on; fewer at the end."""
        stop = min(offset + length, self._size)
        return b"".join([piece async for piece in self.stream(offset, stop)])

    async def stream(self, start: int, stop: int) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to `stop`, a segment at a time."""
        while start < stop:
            number, skipped = divmod(start, SEGMENT)
            await self._turn_to(number)
            piece = self._content[skipped : skipped + stop - start]
            yield piece
            start += len(piece)

    async def _turn_to(self, number: int) -> None:
        if number != self._number:
            self._content = await self._segment(self._place, number)
            self._number = number

    async def _segment(self, place: Place, number: int) -> bytes:
        return await self._cabinet.read(place, self._size, number)


class Collector:
    """Cuts what comes in pieces of any size into segments, and holds back what may be the end."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, piece: bytes) -> None:
        self._waiting += piece

    @property
    def is_full(self) -> bool:
        """Whether a batch can be put away, with more to follow it."""
        return len(self._waiting) > BATCH * SEGMENT

    def take_whole(self) -> list[bytes]:
        """Take a batch of whole segments, as many as there are."""
        count = min(BATCH, len(self._waiting) // SEGMENT)
        return self._take(count * SEGMENT)

    def take_rest(self) -> list[bytes]:
        """Take all that is left: the end of the file."""
        return self._take(len(self._waiting))

    def _take(self, size: int) -> list[bytes]:
        with memoryview(self._waiting) as waiting:
            taken = [
                waiting[start : min(start + SEGMENT, size)].tobytes()
                for start in range(0, size, SEGMENT)
            ]
        del self._waiting[:size]
        return taken


class Writer:
    """Writes a part from its beginning, as long as `check` lets it. Only after `finish` is it whole."""

    def __init__(self, cabinet: Cabinet, place: Place, check: Callable[[], object]) -> None:
        self._cabinet = cabinet
        self._place = place
        self._check = check
        self._collector = Collector()
        self._written = 0
        self.size = 0

    async def write(self, piece: bytes) -> None:
        self._collector.add(piece)
        self.size += len(piece)
        while self._collector.is_full:
            await self._put(self._collector.take_whole(), ends=False)

    async def finish(self) -> None:
        await self._put(self._collector.take_rest(), ends=True)

    async def _put(self, contents: list[bytes], *, ends: bool) -> None:
        self._check()
        await self._cabinet.put(self._place, self._written, contents, ends=ends)
        self._written += len(contents)


def _label(place: Place) -> Label:
    return place.room_key.label(place.part, place.attachment)
