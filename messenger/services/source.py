"""What was sent, as it is read to be cleaned: the same bytes however often they are read, or none."""

from hashlib import blake2b

from messenger.domain.attachment import Attachment, Part
from messenger.domain.errors import NotFound, StillArriving
from messenger.services.cabinet import Cabinet, Place, Reader
from messenger.services.sealing import RoomKey


class Source(Reader):
    """The upload of a file that came whole.

    A connection that was overtaken may still write there. Once it changed what was read before,
    `StillArriving`: so what is kept of a file is what was cleaned.
    """

    def __init__(
        self, cabinet: Cabinet, room_key: RoomKey, attachment: Attachment, size: int
    ) -> None:
        super().__init__(cabinet, Place(room_key, attachment.id, Part.UPLOAD), size)
        self._original = Place(room_key, attachment.id, Part.ORIGINAL)
        self._digests: dict[int, bytes] = {}

    async def _segment(self, place: Place, number: int) -> bytes:
        content = await self._found(place, number)
        digest = blake2b(content, digest_size=32).digest()
        if self._digests.setdefault(number, digest) != digest:
            raise StillArriving
        return content

    async def _found(self, place: Place, number: int) -> bytes:
        try:
            return await super()._segment(place, number)
        except NotFound:
            # Files whose original is kept once came there, and one may have been on its way.
            return await super()._segment(self._original, number)
