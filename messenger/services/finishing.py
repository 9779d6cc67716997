"""A file that has come whole is cleaned, and then shown to everybody in its room."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import anyio

from messenger.domain.attachment import (
    Attachment,
    FileLimits,
    Part,
    Progress,
    Result,
    check_all_there,
    family_of,
)
from messenger.domain.commands import Attach
from messenger.domain.errors import CannotClean, NotFound, Reason, Unreadable
from messenger.domain.events import Content, Kind, Stream
from messenger.domain.ids import AttachmentId
from messenger.domain.moments import seconds
from messenger.domain.room import Status
from messenger.leased import Lease, leased
from messenger.ports.media import Cleaned, Cleaner
from messenger.ports.security import SEGMENT, Vault
from messenger.ports.storage import Attachments, Journal, Leasing
from messenger.ports.world import Chance, Clock
from messenger.services.attached import Registrar, Upload, erasure_of
from messenger.services.cabinet import Cabinet, Place, Writer
from messenger.services.ids import new_id
from messenger.services.roster import Roster
from messenger.services.sealing import Unlocked
from messenger.services.source import Source
from messenger.services.telling import Teller

WAIT = 20.0
"""Seconds whoever asks again waits for a file that is being cleaned, before asking once more."""
CLEANING_LEASE = 15.0
"""Seconds until another process may clean a file when the one that did is dead."""
Waiting = Callable[[float], AbstractContextManager[object]]
"""What is waited for in there is cut off after so many seconds, or before."""


class Finishing:
    """Cleans and shows, each once, however often it is asked for."""

    def __init__(
        self,
        attachments: Attachments,
        registrar: Registrar,
        journal: Journal,
        leasing: Leasing,
        cabinet: Cabinet,
        cleaner: Cleaner,
        vault: Vault,
        roster: Roster,
        teller: Teller,
        limits: FileLimits,
        chance: Chance,
        clock: Clock,
    ) -> None:
        self._attachments = attachments
        self._registrar = registrar
        self._journal = journal
        self._leasing = leasing
        self._cabinet = cabinet
        self._cleaner = cleaner
        self._vault = vault
        self._roster = roster
        self._teller = teller
        self._limits = limits
        self._chance = chance
        self._clock = clock
        self._cleaning: dict[AttachmentId, anyio.Event] = {}

    async def finish(
        self, here: Unlocked, id: str, at_most: Waiting = anyio.move_on_after
    ) -> Upload:
        """Clean a file that is whole and show it. If that takes long, come back and ask again.

        As many as like may ask: they wait `at_most` so long, and not in the way of others.
        Raises `CannotClean` with the reason, also the next time.
        """
        upload = await self._registrar.own(here, id)
        working = self._cleaning.get(upload.id)
        if working is not None:
            with at_most(WAIT):
                await working.wait()
            upload = await self._registrar.own(here, id)
        if upload.attachment.progress is Progress.ARRIVING and upload.id not in self._cleaning:
            check_all_there(upload.attachment, upload.announced.size, SEGMENT)
            upload = await self._clean_alone(here, upload)
        if upload.attachment.progress is Progress.REFUSED and upload.result is not None:
            raise CannotClean(Reason(upload.result.refused))
        if upload.attachment.progress is Progress.READY:
            await self._attach(here, upload)
            upload = await self._registrar.own(here, id)
        return upload

    # Cleaning.

    async def _clean_alone(self, here: Unlocked, upload: Upload) -> Upload:
        done = self._cleaning[upload.id] = anyio.Event()
        try:
            holder = new_id(self._chance)
            # When the process that does it dies, whoever asks next goes on with it.
            async with leased(self._leasing, f"clean {upload.id}", holder, CLEANING_LEASE) as lease:
                return await self._clean(here, upload, lease) if lease else upload
        finally:
            del self._cleaning[upload.id]
            done.set()

    async def _clean(self, here: Unlocked, upload: Upload, lease: Lease) -> Upload:
        # Again, now that nobody else may: it may have been shown since, and nothing of that is ours.
        upload = await self._registrar.own(here, upload.id)
        if upload.attachment.progress is not Progress.ARRIVING:
            return upload
        try:
            result = await self._cleaned(here, upload, lease)
        except CannotClean as refusal:
            result = Result(refused=refusal.reason)
        return await self._keep(here, upload, result)

    async def _keep(self, here: Unlocked, upload: Upload, result: Result) -> Upload:
        """Write down what became of it, and that the rest is to be erased."""
        before = upload.attachment
        progress, rest = Progress.READY, erasure_of(here, before, Part.UPLOAD)
        if result.refused:
            progress, rest = Progress.REFUSED, erasure_of(here, before)
        after = self._registrar.with_result(here, upload, progress, result)
        if not await self._attachments.change(before, after, [rest]):
            return await self._overtaken(here, before)
        return Upload(after, upload.announced, result)

    async def _cleaned(self, here: Unlocked, upload: Upload, lease: Lease) -> Result:
        id, size = upload.id, upload.announced.size
        source = Source(self._cabinet, here.room_key, upload.attachment, size)
        target = Place(here.room_key, id, Part.CLEANED)
        lease.check()
        # A process that died may have left more of it than there will be.
        await self._cabinet.erase(target)
        writer = Writer(self._cabinet, target, lease.check)
        cleaned = await self._cleaner.clean(size, source.read, writer.write, here.organization)
        if size > self._limits.most(family_of(cleaned.media_type)):
            raise CannotClean(Reason.TOO_LARGE)
        await writer.finish()
        if cleaned.preview:
            preview = Place(here.room_key, id, Part.PREVIEW)
            lease.check()
            await self._cabinet.put(preview, 0, [cleaned.preview], ends=True)
        if upload.attachment.keeps_original:
            # What was cleaned, where nobody who sends can write.
            original = Writer(self._cabinet, Place(here.room_key, id, Part.ORIGINAL), lease.check)
            async for piece in source.stream(0, size):
                await original.write(piece)
            await original.finish()
        return _result_of(cleaned, writer.size)

    async def _overtaken(self, here: Unlocked, before: Attachment) -> Upload:
        """Another process, which took this one for dead, cleaned it; or it was cancelled."""
        try:
            return await self._registrar.own(here, before.id)
        except NotFound:
            # What was written since is nobody's.
            await self._cabinet.forget(here.room_key, before.id)
            raise

    # Showing.

    async def _attach(self, here: Unlocked, upload: Upload) -> None:
        if upload.result is None:
            raise Unreadable
        details = upload.result.details(upload.announced.alt)
        content = Content(seconds(self._clock()), "", details)
        author, id = here.actor.author, upload.attachment.client_id
        said = here.room_key.seal(self._vault, author, id, Kind.ATTACHMENT_ADDED, content)
        command = Attach(here.room, author, id, said, upload.id)
        outcome = await self._journal.submit(command, here.organization)
        await self._teller.tell(outcome, {Stream.ROOM: content})
        if outcome.room.status is Status.WAITING:
            # Perhaps it was closed until now, and both sides show it so.
            names = await self._roster.names(here.organization)
            self._teller.tell_state(outcome.room, names)


def _result_of(cleaned: Cleaned, size: int) -> Result:
    return Result(
        cleaned.media_type, size, cleaned.width, cleaned.height, round(cleaned.seconds),
        len(cleaned.preview),
    )  # fmt: skip
