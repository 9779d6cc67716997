"""What clients of a run saw, in the order in which they saw it.

`who` is one client, which may connect many times. `room` is the room the client means to be in,
whatever the server sends it. `id` is the one the sender made up. `seq` is the server's number.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import anyio


@dataclass(frozen=True, slots=True)
class Sent:
    """`who` sent this, for the first time or again."""

    who: str
    room: str
    id: str
    body: str


@dataclass(frozen=True, slots=True)
class Acked:
    """The server said it is on disk, under this number."""

    who: str
    room: str
    id: str
    seq: int


@dataclass(frozen=True, slots=True)
class SentAway:
    """The server could not keep what was said, or not even let `who` in: it ended the connection (4002)."""

    who: str
    room: str


@dataclass(frozen=True, slots=True)
class Joined:
    """`who` has connected, and said they have everything up to `since`."""

    who: str
    room: str
    since: int


@dataclass(frozen=True, slots=True)
class Delivered:
    """`who` was shown an event."""

    who: str
    room: str
    seq: int
    id: str
    body: str


@dataclass(frozen=True, slots=True)
class Read:
    """An event of the room's whole history, as somebody reads it who comes after the end."""

    room: str
    seq: int
    id: str
    body: str


Record = Sent | Acked | SentAway | Joined | Delivered | Read


class History:
    """The records of a run; lets others wait until so many messages are acknowledged."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.acknowledged = 0
        self.heads: dict[str, int] = {}
        """The greatest number acknowledged in each room."""
        self._waiting: list[tuple[int, anyio.Event]] = []

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    def add(self, record: Record) -> None:
        """Note what was just seen."""
        self.records.append(record)
        if isinstance(record, Acked):
            self.acknowledged += 1
            self.heads[record.room] = max(record.seq, self.heads.get(record.room, 0))
            for count, event in self._waiting:
                if self.acknowledged >= count:
                    event.set()

    async def reach(self, count: int) -> None:
        """Return once that many messages are acknowledged. Has no deadline of its own."""
        event = anyio.Event()
        self._waiting.append((count, event))
        if self.acknowledged < count:
            await event.wait()
