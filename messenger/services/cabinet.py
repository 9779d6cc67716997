"""Parts of files, sealed as they are put away and opened as they are read, some segments at a time."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass

from messenger.aside import Aside
from messenger.domain.attachment import Part, folder_of, segments_of
from messenger.domain.errors import Unreadable
from messenger.domain.ids import AttachmentId
from messenger.domain.keys import Label
from messenger.ports.security import SEGMENT, Segments, Unsealed
from messenger.ports.storage import TOGETHER, Files
from messenger.services.sealing import RoomKey

AT_ONCE = 2
"""Threads that open."""


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

    async def put(
        self, place: Place, first: int, contents: Sequence[Unsealed], *, ends: bool
    ) -> None:
        """Seal these segments and put them away; when this returns they are durable."""
        await self._files.put(place.folder, first, self._sealed(place, first, contents, ends=ends))

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

    def _sealed(
        self, place: Place, first: int, contents: Sequence[Unsealed], *, ends: bool
    ) -> Iterator[bytes]:
        """Seal each when it is asked for: by who writes it, in their thread."""
        key, label = place.room_key.key, _label(place)
        last = first + len(contents) - 1 if ends else -1
        for number, content in enumerate(contents, first):
            yield self._segments.seal(key, label, number, content, last=number == last)

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

    def __init__(self, first: int = 0) -> None:
        """`first`: the number of the first segment that comes."""
        self._number = first
        self._whole: list[bytearray] = []
        self._last = bytearray()

    def __len__(self) -> int:
        return len(self._whole) * SEGMENT + len(self._last)

    def add(self, piece: bytes) -> None:
        rest = memoryview(piece)
        while rest:
            missing = SEGMENT - len(self._last)
            self._last += rest[:missing]
            rest = rest[missing:]
            if len(self._last) == SEGMENT:
                self._whole.append(self._last)
                self._last = bytearray()

    @property
    def is_full(self) -> bool:
        """Whether what belongs together can be put away, with more to follow it."""
        return len(self) > self._wanted * SEGMENT

    def take_whole(self) -> list[bytearray]:
        """Take whole segments that belong together, as many as there are."""
        taken, self._whole = self._whole[: self._wanted], self._whole[self._wanted :]
        self._number += len(taken)
        return taken

    def take_rest(self) -> list[bytearray]:
        """Take all that is left: the end of the file."""
        rest = [each for each in (*self._whole, self._last) if each]
        self._whole, self._last = [], bytearray()
        return rest

    @property
    def _wanted(self) -> int:
        """How many segments, from the next one on, belong together."""
        return TOGETHER - self._number % TOGETHER


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

    async def _put(self, contents: Sequence[Unsealed], *, ends: bool) -> None:
        self._check()
        await self._cabinet.put(self._place, self._written, contents, ends=ends)
        self._written += len(contents)


def _label(place: Place) -> Label:
    return place.room_key.label(place.part, place.attachment)
