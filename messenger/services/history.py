"""What has been said: read from the store, unsealed, and put the way each side may see it."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from itertools import chain

import anyio.lowlevel

from messenger.domain.events import Content, Event, Kind, Stream
from messenger.domain.ids import AttachmentId
from messenger.ports.security import Vault
from messenger.ports.storage import Attachments, Rooms
from messenger.protocol.connection import Push
from messenger.protocol.frames import EventOut, File, write_frame
from messenger.services.roster import Names, Roster
from messenger.services.sealing import Unlocked
from messenger.services.telling import event_out
from messenger.turnstile import Turnstile
from messenger.unhurried import AT_ONCE

PAGE = 50
"""Events read at once; a long history comes in several pages and never whole into memory."""
FEW = 8
"""Events read first, and of long ones always: anybody may send some of 50 KB, and have many sockets read them."""
PAGE_BYTES = 400_000
"""How much a page is for, as far as the one before it tells."""
SCREEN = 50
"""Events a page shows at first. A conversation of thousands would keep everybody waiting."""
SCREENFUL = 50_000
"""Code points of all of them but the newest. Else a page has 2 MB, and is held for each of hundreds who are
slow to read it.
"""
READING = 8
"""Stretches that are read at the same time: until it is cut, one takes up to 5 MB."""
WAITING = 500
"""That wait meanwhile, organizations in turns: one whose database hangs is not to keep out the others for long."""
PATIENCE = 20.0
"""Seconds that a stretch waits: longer than a database may take."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some of a conversation, in order."""

    events: list[EventOut]
    earlier: int
    """The number before which there is more; 0 if this is the beginning."""


class History:
    """Reads a room's two streams for somebody who is in it."""

    def __init__(
        self, rooms: Rooms, attachments: Attachments, roster: Roster, vault: Vault
    ) -> None:
        self._rooms = rooms
        self._attachments = attachments
        self._roster = roster
        self._vault = vault
        self._reading = Turnstile(READING, WAITING, PATIENCE)

    async def pushes(self, here: Unlocked, since: int) -> AsyncIterator[Push]:
        """Yield all that happened after `since`, in order, as frames."""
        names = await self._roster.names(here.organization)
        async for page in self._pages(here, Stream.ROOM, since):
            withheld = await self._withheld_in(here, page)
            for number, event in enumerate(page, 1):
                # One at a time: whoever takes them may be slow, and what is unsealed waits in memory.
                shown = self._show(here, event, names, withheld)
                yield Push(event.seq, write_frame(shown))
                if number % AT_ONCE == 0:
                    await anyio.lowlevel.checkpoint()

    async def stretch(self, here: Unlocked, end: int, after: int = 0) -> Stretch:
        """Return what a page shows of what happened after `after` and up to `end`, that included.

        `TooBusy` if too many are being read.
        """
        names = await self._roster.names(here.organization)
        since = max(after, end - SCREEN)
        async with self._reading.inside(here.organization):
            events = await self._rooms.events(here.room, Stream.ROOM, since, end - since)
            shown = _newest(await self._shown(here, events, names))
            del events
        first = shown[0].seq if shown else since + 1
        return Stretch(shown, first if first > 1 else 0)

    async def file(self, here: Unlocked) -> File:
        """Return the staff's file, whole. Only ever for staff."""
        names = await self._roster.names(here.organization)
        pages = [page async for page in self._pages(here, Stream.FILE, 0)]
        return File(await self._shown(here, [*chain.from_iterable(pages)], names))

    async def withheld(self, here: Unlocked) -> list[AttachmentId]:
        """Return what is in quarantine: a page that was away then shows it still."""
        return sorted(await self._attachments.quarantined(here.room))

    async def first(self, here: Unlocked) -> Content:
        """Return what the report said."""
        events = await self._rooms.events(here.room, Stream.ROOM, 0, 1)
        return here.room_key.show(self._vault, events[0]) if events else Content()

    async def _pages(
        self, here: Unlocked, stream: Stream, since: int
    ) -> AsyncIterator[list[Event]]:
        count = FEW
        while page := await self._rooms.events(here.room, stream, since, count):
            since, is_last = page[-1].seq, len(page) < count
            count = _count_after(page)
            yield page
            if is_last:
                return

    async def _shown(self, here: Unlocked, events: list[Event], names: Names) -> list[EventOut]:
        withheld = await self._withheld_in(here, events)
        return [self._show(here, event, names, withheld) for event in events]

    async def _withheld_in(self, here: Unlocked, events: list[Event]) -> Collection[AttachmentId]:
        if any(event.kind is Kind.ATTACHMENT_ADDED for event in events):
            return await self._attachments.quarantined(here.room)
        return ()

    def _show(
        self, here: Unlocked, event: Event, names: Names, withheld: Collection[AttachmentId]
    ) -> EventOut:
        content = here.room_key.show(self._vault, event)
        return event_out(event, content, names, here.actor.role, withheld)


def _count_after(page: list[Event]) -> int:
    """Return how many events to read after these."""
    mean = 1 + sum(len(event.sealed) for event in page) // len(page)
    return max(FEW, min(PAGE, PAGE_BYTES // mean))


def _newest(events: list[EventOut]) -> list[EventOut]:
    """Return so many from the end as go on a page."""
    size, first = 0, len(events) - 1
    while first > 0 and size + len(events[first - 1].body) <= SCREENFUL:
        first -= 1
        size += len(events[first].body)
    return events[max(0, first) :]
