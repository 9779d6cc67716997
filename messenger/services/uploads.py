"""Files on their way in: announced, and sent in pieces, each of which is safe once it is acknowledged.

Each step may be repeated, and goes on from what is safe: after a lost connection, a reload, or the end
of this process.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import anyio

from messenger.domain.access import Reporter, check_room
from messenger.domain.attachment import (
    UNKNOWN,
    Announced,
    Attachment,
    FileLimits,
    Part,
    Progress,
    check_came,
    check_size,
    plain,
)
from messenger.domain.errors import (
    Conflict,
    EmptyFile,
    FileTooLarge,
    NotFound,
    WrongOffset,
)
from messenger.domain.events import Role
from messenger.domain.ids import AttachmentId, check_client_id
from messenger.domain.moments import up_to_the_hour
from messenger.domain.text import check_line
from messenger.ports.security import Unsealed
from messenger.ports.storage import Attachments, Rooms
from messenger.ports.world import Chance, Clock
from messenger.services.arrivals import Arrival, Arrivals
from messenger.services.attached import Registrar, Upload, erasure_of
from messenger.services.cabinet import Cabinet, Collector, Place
from messenger.services.ids import new_id
from messenger.services.receipts import Receipts
from messenger.services.sealing import Unlocked

GIVEN_UP_AFTER = timedelta(hours=24)
"""How long a file may take to come. What is there of it then is erased."""
RATE = 55_000_000
"""Bytes a second, of all files together: faster, and those who talk would feel it."""


class Brake:
    """How long whoever brought some bytes waits with the next, so that all together keep to a rate."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._free = 0.0

    def delay(self, size: int, now: float) -> float:
        """Return the seconds; `now` is in seconds, and never steps back."""
        self._free = max(self._free, now) + size / self._rate
        return self._free - now


class Uploads:
    """Takes files from those who may speak in a room."""

    def __init__(
        self,
        attachments: Attachments,
        registrar: Registrar,
        rooms: Rooms,
        cabinet: Cabinet,
        receipts: Receipts,
        limits: FileLimits,
        chance: Chance,
        clock: Clock,
    ) -> None:
        self._attachments = attachments
        self._registrar = registrar
        self._rooms = rooms
        self._cabinet = cabinet
        self._receipts = receipts
        self._chance = chance
        self._clock = clock
        self.limits = limits
        self._arrivals = Arrivals()
        self._brake = Brake(RATE)

    async def announce(
        self, here: Unlocked, id: str, announced: Announced, *, keeps_original: bool = False
    ) -> Upload:
        """Say what is about to come. The same id again goes on with the same file."""
        check_size(announced, self.limits)
        room = check_room(here.actor, await self._rooms.find_room(here.room))
        room.check_may_speak(here.actor.author)
        if keeps_original and not isinstance(here.actor, Reporter):
            raise NotFound
        announced = announced.replace(
            media_type=plain(announced.media_type),
            alt=check_line(announced.alt),
            mark=check_line(announced.mark),
        )
        if here.actor.role is Role.REPORTER:
            await self._receipts.check_not_in(announced.alt, here.room, here.organization)
        new = Attachment(
            AttachmentId(new_id(self._chance)), here.room, here.actor.author, check_client_id(id),
            until=up_to_the_hour(self._clock() + GIVEN_UP_AFTER), keeps_original=keeps_original,
        )  # fmt: skip
        new = self._registrar.with_announced(here, new, announced)
        found = await self._attachments.announce(new, self.limits.files)
        if found.progress is Progress.REFUSED and await self._discard(here, found):
            found = await self._attachments.announce(new, self.limits.files)
        upload = self._registrar.opened(here, found)
        if not upload.may_be(announced):
            raise Conflict
        return upload

    async def unfinished(self, here: Unlocked) -> list[Upload]:
        """Return what this side began to send."""
        found = await self._attachments.unfinished(here.room, here.actor.author)
        return [self._registrar.opened(here, each) for each in found]

    async def receive(
        self, here: Unlocked, id: str, offset: int, pieces: AsyncIterator[bytes]
    ) -> Upload:
        """Take the bytes from `offset` on. Of a file that breaks off, whole segments are kept.

        Whoever still sends the same file is overtaken by this.
        """
        upload = await self._registrar.own(here, id)
        upload.attachment.check_arriving(here.actor.author)
        if offset != upload.offset:
            raise WrongOffset
        side = here.room, here.actor.author
        with self._arrivals.arrive(upload.id, side, anyio.current_time()) as arrival:
            return await self._receive(here, upload, arrival, pieces)

    async def cancel(self, here: Unlocked, id: str) -> None:
        """Forget a file that is not shown yet; one that was never there, too."""
        try:
            upload = await self._registrar.own(here, id)
        except NotFound:
            return
        if not await self._discard(here, upload.attachment):
            raise NotFound

    async def take(
        self, here: Unlocked, id: str, announced: Announced, pieces: AsyncIterator[bytes],
        *, keeps_original: bool = False,
    ) -> Upload:  # fmt: skip
        """Take a whole file in one go, as a form without scripts sends it."""
        upload = await self.announce(here, id, announced, keeps_original=keeps_original)
        if upload.attachment.progress is Progress.ARRIVING and not upload.is_whole:
            await self._restart(upload)
            upload = await self.receive(here, upload.id, 0, pieces)
        return upload

    # Receiving.

    async def _receive(
        self, here: Unlocked, upload: Upload, arrival: Arrival, pieces: AsyncIterator[bytes]
    ) -> Upload:
        came, collector = upload.offset, Collector(upload.attachment.arrived)
        async for piece in arrival.take(pieces):
            came += len(piece)
            await self._check_came(here, upload, came)
            collector.add(piece)
            while collector.is_full:
                upload = await self._keep(here, upload, collector.take_whole())
        if not arrival.is_over and upload.announced.size in {UNKNOWN, came}:
            return await self._keep_end(here, upload, collector, came)
        while whole := collector.take_whole():
            upload = await self._keep(here, upload, whole)
        return upload

    async def _check_came(self, here: Unlocked, upload: Upload, came: int) -> None:
        try:
            check_came(upload.announced, came, self.limits)
        except FileTooLarge:
            await self._discard(here, upload.attachment)
            raise

    async def _keep(
        self, here: Unlocked, upload: Upload, contents: Sequence[Unsealed], *, ends: bool = False
    ) -> Upload:
        before = upload.attachment
        place = Place(here.room_key, before.id, Part.UPLOAD)
        await self._cabinet.put(place, before.arrived, contents, ends=ends)
        after = before.replace(arrived=before.arrived + len(contents))
        if ends:
            after = self._registrar.with_announced(here, after, upload.announced)
        if not await self._attachments.change(before, after):
            await self._give_way(here, before)
            raise WrongOffset
        # Only now: what is on disk is also known to be there, whatever becomes of us meanwhile.
        await anyio.sleep(self._brake.delay(sum(map(len, contents)), anyio.current_time()))
        return Upload(after, upload.announced)

    async def _keep_end(
        self, here: Unlocked, upload: Upload, collector: Collector, size: int
    ) -> Upload:
        if size == 0:
            await self._discard(here, upload.attachment)
            raise EmptyFile
        upload = Upload(upload.attachment, upload.announced.replace(size=size))
        if not len(collector):
            return upload
        return await self._keep(here, upload, collector.take_rest(), ends=True)

    async def _give_way(self, here: Unlocked, before: Attachment) -> None:
        """Another connection was faster; if it was by so much that all is over, ours is nobody's."""
        found = await self._attachments.find_attachment(before.room, before.id)
        if found is None:
            await self._cabinet.forget(here.room_key, before.id)
        elif found.progress is not Progress.ARRIVING:
            await self._attachments.change(found, found, [erasure_of(here, found, Part.UPLOAD)])
            # At once, too: the sweep may have just erased it, and then crosses out that it must.
            await self._cabinet.erase(Place(here.room_key, found.id, Part.UPLOAD))

    async def _restart(self, upload: Upload) -> None:
        """What a form sends comes from its beginning."""
        before = upload.attachment
        if before.arrived:
            await self._attachments.change(before, before.replace(arrived=0))

    async def _discard(self, here: Unlocked, attachment: Attachment) -> bool:
        erase = erasure_of(here, attachment)
        return await self._attachments.discard(here.room, attachment.id, erase)
