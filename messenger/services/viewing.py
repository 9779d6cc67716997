"""Looking at files: every look of a responder is written down, and what is kept apart opens only for a reason."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field

from messenger.domain.access import Reporter, Responder
from messenger.domain.attachment import Attachment, Part, Progress, name_for, original_name_for
from messenger.domain.commands import BreakGlass, LookAt, Quarantine, Said
from messenger.domain.errors import NotFound
from messenger.domain.events import Content, Kind
from messenger.domain.ids import AttachmentId, ClientId, SessionId, check_client_id, url_safe
from messenger.domain.moments import seconds
from messenger.domain.room import Room
from messenger.domain.text import check_body
from messenger.ports.security import Vault
from messenger.ports.storage import Attachments
from messenger.ports.world import Clock
from messenger.services.attached import Registrar, Upload
from messenger.services.cabinet import Cabinet, Place, Reader
from messenger.services.chat import Chat
from messenger.services.sealing import Unlocked
from messenger.services.telling import Teller

REMEMBERED = 10_000
"""Looks that need not be written down again: the same file in the same session."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A part of a file, ready to be read from anywhere in it."""

    name: str
    media_type: str
    size: int
    _reader: Reader = field(repr=False)

    def stream(self, start: int, stop: int) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to `stop`, opened as they are read."""
        return self._reader.stream(start, stop)


class Viewing:
    """Opens files for those who may see them."""

    def __init__(
        self,
        attachments: Attachments,
        registrar: Registrar,
        chat: Chat,
        teller: Teller,
        cabinet: Cabinet,
        vault: Vault,
        covered: Collection[str],
        clock: Clock,
    ) -> None:
        self._attachments = attachments
        self._registrar = registrar
        self._chat = chat
        self._teller = teller
        self._cabinet = cabinet
        self._vault = vault
        self._covered = covered
        self._clock = clock
        self._looks: OrderedDict[tuple[SessionId, AttachmentId], None] = OrderedDict()

    def covers(self, room: Room) -> bool:
        """Whether a responder sees the files of this room only after choosing to."""
        return room.category in self._covered

    async def look(self, here: Unlocked, id: str) -> Exhibit:
        """Open a file. That a responder did is in the staff's file, once a session."""
        upload = await self._there(here, id)
        await self._note_look(here, upload.id)
        return self._exhibit(here, upload, Part.CLEANED)

    async def preview(self, here: Unlocked, room: Room, id: str) -> Exhibit:
        """Open the small picture of a file. Where files are covered, that is a look, too."""
        upload = await self._there(here, id)
        if upload.result is None or not upload.result.has_preview:
            raise NotFound
        if self.covers(room):
            await self._note_look(here, upload.id)
        return self._exhibit(here, upload, Part.PREVIEW)

    async def quarantine(self, here: Unlocked, client_id: str, id: str, reason: str) -> None:
        """Take a file out of everybody's sight. It is kept, also against deletion."""
        responder, attachment = _check_responder(here), (await self._there(here, id)).id
        body = check_body(reason)
        said, content = self._said(here, client_id, Kind.ATTACHMENT_QUARANTINED, body)
        command = Quarantine(here.room, responder.author, ClientId(client_id), said, attachment)
        await self._chat.enter_in_file(here, command, content)
        self._teller.tell_withheld(here.room, attachment)

    async def kept_apart(self, here: Unlocked) -> list[tuple[AttachmentId, Part]]:
        """Return what of this room opens only for a reason."""
        _check_responder(here)
        return [
            (attachment.id, part)
            for attachment in await self._attachments.kept_apart(here.room)
            for part in (Part.CLEANED, Part.ORIGINAL)
            if _is_kept_apart(attachment, part)
        ]

    async def break_glass(
        self, here: Unlocked, client_id: str, id: str, part: Part, reason: str
    ) -> Exhibit:
        """Open a file in quarantine, or an original, for a reason that stays in the staff's file."""
        responder, upload = _check_responder(here), await self._registrar.find(here, id)
        if not _is_kept_apart(upload.attachment, part):
            raise NotFound
        body = check_body(reason)
        said, content = self._said(here, client_id, Kind.GLASS_BROKEN, body, {"part": part})
        command = BreakGlass(here.room, responder.author, ClientId(client_id), said, upload.id)
        await self._chat.enter_in_file(here, command, content)
        return self._exhibit(here, upload, part)

    async def _there(self, here: Unlocked, id: str) -> Upload:
        upload = await self._registrar.find(here, id)
        upload.attachment.check_there()
        return upload

    async def _note_look(self, here: Unlocked, attachment: AttachmentId) -> None:
        if isinstance(here.actor, Reporter):
            return
        look = here.actor.session, attachment
        if look in self._looks:
            self._looks.move_to_end(look)
            return
        # The id says which look it is: a player that asks for one range after another looks once,
        # whichever process answers.
        label = here.room_key.label("look", attachment)
        digest = self._vault.digest(here.room_key.key, label, here.actor.session)
        id = url_safe(digest)
        said, content = self._said(here, id, Kind.ATTACHMENT_SEEN)
        command = LookAt(here.room, here.actor.author, ClientId(id), said, attachment)
        await self._chat.enter_in_file(here, command, content)
        self._looks[look] = None
        if len(self._looks) > REMEMBERED:
            self._looks.popitem(last=False)

    def _said(
        self,
        here: Unlocked,
        id: str,
        kind: Kind,
        body: str = "",
        details: dict[str, str] | None = None,
    ) -> tuple[Said, Content]:
        content = Content(seconds(self._clock()), body, details or {})
        author = here.actor.author
        said = here.room_key.seal(self._vault, author, check_client_id(id), kind, content)
        return said, content

    def _exhibit(self, here: Unlocked, upload: Upload, part: Part) -> Exhibit:
        if upload.result is None:
            raise NotFound
        media_type, size = upload.result.media_type, upload.result.size
        name = name_for(media_type, upload.id)
        if part is Part.PREVIEW:
            media_type, size = "image/webp", upload.result.preview_size
        elif part is Part.ORIGINAL:
            name = original_name_for(upload.announced.media_type, media_type, upload.id)
            media_type, size = "application/octet-stream", upload.announced.size
        reader = Reader(self._cabinet, Place(here.room_key, upload.id, part), size)
        return Exhibit(name, media_type, size, reader)


def _check_responder(here: Unlocked) -> Responder:
    if not isinstance(here.actor, Responder):
        raise NotFound
    return here.actor


def _is_kept_apart(attachment: Attachment, part: Part) -> bool:
    match part:
        case Part.CLEANED:
            return attachment.quarantined
        case Part.ORIGINAL:
            return attachment.keeps_original and attachment.progress is Progress.THERE
        case _:
            return False
