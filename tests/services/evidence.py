"""What tests of files in a room begin with: who sends, what is sent, and what lies there then."""

from collections.abc import AsyncIterator
from pathlib import Path

from messenger.app import Evidence, furnish
from messenger.domain.attachment import Announced, FileLimits, Part
from messenger.domain.ids import AttachmentId
from messenger.domain.report import Report
from messenger.parts import alone
from messenger.ports.media import Cleaner
from messenger.services.attached import Upload
from messenger.services.sealing import Unlocked
from messenger.web.desks import Desks
from tests.cast import TEASING, House
from tests.fakes.plain import PHOTO, PlainCleaner

ID = "a-photo-of-it"
LONG = PHOTO + bytes(range(256)) * 6_000
"""Some segments, and a part of one."""


async def reporter_in(house: House, report: Report = TEASING) -> Unlocked:
    mia = (await house.report(report)).reporter
    return (await house.desks.chat.enter(mia, mia.room))[0]


async def responder_in(house: House, room: Unlocked, login: str = "ana") -> Unlocked:
    return (await house.desks.chat.enter(await house.responder(login), room.room))[0]


def another_worker(
    house: House, cleaner: Cleaner | None = None, limits: FileLimits | None = None
) -> Desks:
    """The same service in another process, which knows nothing of this one's connections."""
    place, pages = house.desks.place, house.desks.pages
    evidence = Evidence(cleaner or PlainCleaner(), limits or FileLimits())
    return furnish(house.parts, place, pages, alone(), evidence)


def photo(size: int = len(LONG), alt: str = "") -> Announced:
    return Announced("image/jpeg", size, alt)


async def pieces(content: bytes, size: int = 60_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def send(
    house: House, here: Unlocked, content: bytes = LONG, id: str = ID, kind: str = "image/jpeg"
) -> Upload:
    """Announce a file, send it whole and have it shown."""
    announced = Announced(kind, len(content), "what it shows")
    upload = await house.desks.uploads.announce(here, id, announced)
    return await send_all(house.desks, here, upload.id, content)


async def send_all(desks: Desks, here: Unlocked, id: AttachmentId, content: bytes = LONG) -> Upload:
    await desks.uploads.receive(here, id, 0, pieces(content))
    return await desks.finishing.finish(here, id)


async def look(house: House, here: Unlocked, id: str, start: int = 0, stop: int = -1) -> bytes:
    exhibit = await house.desks.viewing.look(here, id)
    stop = exhibit.size if stop < 0 else stop
    return b"".join([piece async for piece in exhibit.stream(start, stop)])


def stored(house: House, tmp_path: Path) -> list[str]:
    """The parts that are there, each named once."""
    files = (tmp_path / "files").rglob("*")
    return sorted({path.parent.name for path in files if path.is_file()})


async def sweep_files(house: House) -> None:
    """What the sweep does, without its lease."""
    for erasure in await house.parts.attachments.erasures():
        await house.parts.files.erase(erasure.folder)
        await house.parts.attachments.erased(erasure)


async def original(house: House, ana: Unlocked, id: AttachmentId) -> bytes:
    exhibit = await house.desks.viewing.break_glass(
        ana, "glass-0001", id, Part.ORIGINAL, "The police asks for it."
    )
    return b"".join([piece async for piece in exhibit.stream(0, exhibit.size)])
