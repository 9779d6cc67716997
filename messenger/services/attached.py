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
    def offset(self) -> int:
        """How many bytes are safe."""
        arrived = self.attachment.arrived * SEGMENT
        return arrived if self.announced.size == UNKNOWN else min(arrived, self.announced.size)

    @property
    def is_whole(self) -> bool:
        return self.offset == self.announced.size


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
        self, here: Unlocked, attachment: Attachment, progress: Progress, result: Result
    ) -> Attachment:
        label = here.room_key.label("result", attachment.id)
        sealed = self._vault.seal(here.room_key.key, label, write_about(result))
        return attachment.replace(progress=progress, result=sealed)


def erasure_of(here: Unlocked, attachment: Attachment, part: Part | None = None) -> Erasure:
    folder = folder_of(here.organization, here.room, attachment.id, part)
    return Erasure(here.organization, folder)
