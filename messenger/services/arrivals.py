"""Connections that bring pieces of files right now: how many there may be, and who makes room for whom."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager

import anyio

from messenger.domain.errors import TooBusy, WrongOffset
from messenger.domain.events import Author
from messenger.domain.ids import AttachmentId, RoomId

AT_ONCE = 40
"""Connections of all together. Each holds 1.3 MB at most."""
OF_A_SIDE = 2
"""Connections of one side of a room."""
SLOW = 4_000
"""Bytes a second. A phone with a weak signal brings three times as many."""
GRACE = 10.0
"""Seconds in which a connection may show how fast it is."""

Side = tuple[RoomId, Author]


class Arrival:
    """One connection, and how much it brings."""

    def __init__(self, file: AttachmentId, side: Side, now: float) -> None:
        self.file = file
        self.side = side
        self.is_over = False
        self._is_overtaken = False
        self._since = now
        self._brought = 0
        self._waiting = anyio.CancelScope()

    def is_slow(self, now: float) -> bool:
        """Whether it holds a place and hardly brings anything."""
        age = now - self._since
        return age > GRACE and self._brought < SLOW * age

    def end(self) -> None:
        """Have it stop as if the line broke: what came whole is kept."""
        self.is_over = True
        self._waiting.cancel()

    def overtake(self) -> None:
        """Have it stop and write nothing more: another goes on with its file."""
        self._is_overtaken = True
        self.end()

    async def take(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Yield what comes, until this is over. Raises `WrongOffset` once it is overtaken."""
        while piece := await self._next(pieces):
            self._brought += len(piece)
            yield piece
        if self._is_overtaken:
            raise WrongOffset

    async def _next(self, pieces: AsyncIterator[bytes]) -> bytes | None:
        piece = None
        with anyio.CancelScope() as self._waiting:
            # Only this wait is ended: what is being written is written to its end.
            piece = None if self.is_over else await anext(pieces, None)
        return None if self.is_over else piece


class Arrivals:
    """All connections of this process that bring something."""

    def __init__(self) -> None:
        self._here: list[Arrival] = []

    @contextmanager
    def arrive(self, file: AttachmentId, side: Side, now: float) -> Iterator[Arrival]:
        """Let one in, with `now` in seconds.

        Who lost a connection need not wait until we notice: the newest goes on with a file. Where all
        places are taken, one that is slow makes room; raises `TooBusy` if none is.
        """
        for older in [each for each in self._here if each.file == file]:
            self._here.remove(older)
            older.overtake()
        self._make_room([each for each in self._here if each.side == side], OF_A_SIDE, now)
        self._make_room(self._here, AT_ONCE, now)
        arrival = Arrival(file, side, now)
        self._here.append(arrival)
        try:
            yield arrival
        finally:
            if arrival in self._here:
                self._here.remove(arrival)

    def _make_room(self, among: Sequence[Arrival], most: int, now: float) -> None:
        if len(among) < most:
            return
        slow = next((each for each in among if each.is_slow(now)), None)
        if slow is None:
            raise TooBusy
        self._here.remove(slow)
        slow.end()
