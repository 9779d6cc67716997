"""A file of a room, opened: what its sender said about it, and what became of it."""

from dataclasses import dataclass

from messenger.domain.attachment import (
    UNKNOWN,
    Announced,
    Attachment,
    Erasure,
    Part,
    Progress,
    Result,
    folder_of,
)
from messenger.domain.errors import NotFound
from messenger.domain.ids import AttachmentId
from messenger.ports.security import SEGMENT, Vault
from messenger.ports.storage import Attachments
from messenger.protocol.content import read_announced, read_result, write_about
from messenger.services.sealing import Unlocked


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as its sender may know it."""

    attachment: Attachment
    announced: Announced
    result: Result | None = None

    @property
    def id(self) -> AttachmentId:
        return self.attachment.id

    @property
    def size(self) -> int:
        """In bytes: as it comes, and once it is done, as it is shown."""
        return self.announced.size if self.result is None else self.result.size

    @property
    def offset(self) -> int:
        """How many bytes are safe."""
        if self.result is not None:
            return self.size
        arrived = self.attachment.arrived * SEGMENT
        return arrived if self.size == UNKNOWN else min(arrived, self.size)

    @property
    def is_whole(self) -> bool:
        return self.offset == self.size

    def may_be(self, announced: Announced) -> bool:
        """Whether it was announced like this before."""
        if self.result is None:
            return announced.goes_on_with(self.announced)
        return announced.may_have_become(self.announced)


class Registrar:
    """Opens and seals what the rows of attachments say."""

    def __init__(self, attachments: Attachments, vault: Vault) -> None:
        self._attachments = attachments
        self._vault = vault

    async def own(self, here: Unlocked, id: str) -> Upload:
        """Return a file to who sends it; to anyone else it is not there."""
        upload = await self.find(here, id)
        if upload.attachment.author != here.actor.author:
            raise NotFound
        return upload

    async def find(self, here: Unlocked, id: str) -> Upload:
        """Return a file of this room, however far it has come."""
        found = await self._attachments.find_attachment(here.room, AttachmentId(id))
        if found is None:
            raise NotFound
        return self.opened(here, found)

    def opened(self, here: Unlocked, found: Attachment) -> Upload:
        key = here.room_key.key
        label = here.room_key.label("announced", found.id)
        announced = Announced("")
        if found.announced:
            announced = read_announced(self._vault.open(key, label, found.announced))
        if not found.result:
            return Upload(found, announced)
        label = here.room_key.label("result", found.id)
        return Upload(found, announced, read_result(self._vault.open(key, label, found.result)))

    def with_announced(
        self, here: Unlocked, attachment: Attachment, announced: Announced
    ) -> Attachment:
        label = here.room_key.label("announced", attachment.id)
        sealed = self._vault.seal(here.room_key.key, label, write_about(announced))
        return attachment.replace(announced=sealed)

    def with_result(
        self, here: Unlocked, upload: Upload, progress: Progress, result: Result
    ) -> Attachment:
        """Seal what became of it, and keep no more of what was announced than is needed from now on."""
        before, announced = upload.attachment, upload.announced.once_done()
        if before.keeps_original and not result.refused:
            # What came lies there itself, and is called and read by this.
            announced = upload.announced.replace(mark="")
        label = here.room_key.label("result", before.id)
        sealed = self._vault.seal(here.room_key.key, label, write_about(result))
        after = before.replace(progress=progress, result=sealed)
        return self.with_announced(here, after, announced)


def erasure_of(here: Unlocked, attachment: Attachment, part: Part | None = None) -> Erasure:
    folder = folder_of(here.organization, here.room, attachment.id, part)
    return Erasure(here.organization, folder)
