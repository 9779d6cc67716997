"""Files on their way into a room, cleaned, shown, looked at and kept apart: over real storage, without the edge."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from messenger.app import Evidence, furnish
from messenger.domain.access import Reporter, Responder
from messenger.domain.attachment import (
    UNKNOWN,
    Announced,
    Erasure,
    FileLimits,
    Part,
    Progress,
)
from messenger.domain.commands import LookAt
from messenger.domain.errors import (
    BadId,
    CannotClean,
    Conflict,
    EmptyFile,
    EmptyText,
    FileTooLarge,
    KeptForSafety,
    LineTooLong,
    NotFound,
    NotYourClaim,
    Reason,
    StillArriving,
    StoreDown,
    TooManyFiles,
    WrongOffset,
)
from messenger.domain.events import Content, Role
from messenger.domain.ids import AttachmentId, SessionId
from messenger.domain.report import Report
from messenger.parts import alone
from messenger.ports.live import Viewer, room_topic
from messenger.ports.media import Cleaned, Cleaner
from messenger.ports.security import SEGMENT
from messenger.ports.storage import Files, Leasing
from messenger.protocol.content import read_announced
from messenger.services.arrivals import GRACE, OF_A_SIDE
from messenger.services.attached import Upload
from messenger.services.cabinet import Place, Writer
from messenger.services.finishing import CLEANING_LEASE
from messenger.services.history import SCREEN
from messenger.services.sealing import Unlocked
from messenger.services.source import Source
from messenger.services.uploads import Brake
from messenger.web.desks import Desks
from tests.cast import TEASING, House, open_house
from tests.clocks import StoppedClock
from tests.fakes.plain import BROKEN, PAPER, PHOTO, PREVIEW, SOUND, VIDEO, PlainCleaner

ID = "a-photo-of-it"
LONG = PHOTO + bytes(range(256)) * 6_000
"""Some segments, and a part of one."""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


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


def readable_in(folder: Path, words: bytes) -> list[Path]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path for path in files if words in path.read_bytes()]


async def sweep_files(house: House) -> None:
    """What the sweep does, without its lease."""
    for erasure in await house.parts.attachments.erasures():
        await house.parts.files.erase(erasure.folder)
        await house.parts.attachments.erased(erasure)


# Sending


def test_all_together_keep_to_the_rate_and_none_waits_for_what_came_long_ago() -> None:
    brake = Brake(rate=100.0)

    assert [brake.delay(50, now=0.0) for _ in range(4)] == [0.5, 1.0, 1.5, 2.0]
    assert brake.delay(50, now=60.0) == 0.5


async def test_who_sends_faster_than_the_rate_is_kept_waiting(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    mia, clock = await reporter_in(house), StoppedClock()
    uploads, begun = house.desks.uploads, clock.monotonic()
    upload = await uploads.announce(mia, ID, photo())
    uploads._brake = Brake(rate=len(LONG) / 60)

    async def sleep(seconds: float) -> None:
        clock.pass_by(seconds=seconds)

    monkeypatch.setattr(anyio, "current_time", clock.monotonic)
    monkeypatch.setattr(anyio, "sleep", sleep)
    await uploads.receive(mia, upload.id, 0, pieces(LONG))

    assert clock.monotonic() - begun == pytest.approx(60)


async def test_a_file_takes_the_turn_of_its_organization(house: House) -> None:
    mia = await reporter_in(house)

    await send(house, mia)

    cleaner = house.desks.finishing._cleaner
    assert isinstance(cleaner, PlainCleaner) and cleaner.shares == [mia.organization]


async def test_a_file_is_sent_cleaned_and_shown_to_both_sides(house: House) -> None:
    mia = await reporter_in(house)
    ana = await responder_in(house, mia)

    upload = await send(house, mia)

    assert upload.attachment.progress is Progress.THERE
    for here in (mia, ana):
        event = (await house.desks.history.stretch(here, SCREEN)).events[-1]
        assert event.kind == "attachment_added"
        assert event.details == {
            "type": "image/jpeg", "size": str(len(LONG)), "width": "40", "height": "30",
            "seconds": "2", "preview": "yes", "alt": "what it shows", "attachment": upload.id,
            "file": f"image-{upload.id[:6]}.jpg",
        }  # fmt: skip
        assert await look(house, here, upload.id) == LONG


@pytest.mark.parametrize("size", [1, SEGMENT - 5, SEGMENT, SEGMENT + 1, 4 * SEGMENT, 5 * SEGMENT])
async def test_files_of_every_size_come_back(house: House, size: int) -> None:
    mia = await reporter_in(house)
    content = (PHOTO + b"x" * size)[: max(size, 5)]

    upload = await send(house, mia, content)

    assert await look(house, mia, upload.id) == content


async def test_any_range_of_it_is_read_alone(house: House) -> None:
    mia = await reporter_in(house)
    upload = await send(house, mia)

    for start, stop in ((0, 1), (SEGMENT - 1, SEGMENT + 1), (700_000, len(LONG))):
        assert await look(house, mia, upload.id, start, stop) == LONG[start:stop]


async def test_who_answers_sends_files_too_and_who_does_not_take_part_sends_none(
    house: House,
) -> None:
    mia = await reporter_in(house)
    ana, ben = await responder_in(house, mia), await responder_in(house, mia, "ben")
    await house.desks.chat.claim(ana, "claim-0001")

    upload = await send(house, ana, PAPER + b" to sign", kind="application/pdf")

    assert await look(house, mia, upload.id) == PAPER + b" to sign"
    with pytest.raises(NotYourClaim):
        await house.desks.uploads.announce(ben, ID, photo())


async def test_a_file_that_breaks_off_goes_on_from_the_last_whole_segment(house: House) -> None:
    mia = await reporter_in(house)
    uploads = house.desks.uploads
    upload = await uploads.announce(mia, ID, photo())

    broken_off = await uploads.receive(mia, upload.id, 0, pieces(LONG[: 2 * SEGMENT + 77]))
    again = await uploads.announce(mia, ID, photo())
    await uploads.receive(mia, again.id, again.offset, pieces(LONG[again.offset :]))
    await house.desks.finishing.finish(mia, upload.id)

    assert broken_off.offset == again.offset == 2 * SEGMENT
    assert await look(house, mia, upload.id) == LONG


async def test_what_does_not_follow_the_last_byte_is_refused(house: House) -> None:
    mia = await reporter_in(house)
    upload = await house.desks.uploads.announce(mia, ID, photo())
    await house.desks.uploads.receive(mia, upload.id, 0, pieces(LONG[:SEGMENT]))

    for offset in (0, 5, 2 * SEGMENT):
        with pytest.raises(WrongOffset):
            await house.desks.uploads.receive(mia, upload.id, offset, pieces(b"x"))


async def test_of_two_connections_to_two_workers_that_send_the_same_one_wins(house: House) -> None:
    mia = await reporter_in(house)
    upload = await house.desks.uploads.announce(mia, ID, photo())
    lost: list[str] = []

    async def try_it(desks: Desks) -> None:
        try:
            await desks.uploads.receive(mia, upload.id, 0, pieces(LONG))
        except WrongOffset:
            lost.append("this one")

    async with anyio.create_task_group() as tasks:
        for desks in (house.desks, another_worker(house)):
            tasks.start_soon(try_it, desks)
    await house.desks.finishing.finish(mia, upload.id)

    assert lost == ["this one"]
    assert await look(house, mia, upload.id) == LONG


async def test_who_lost_a_connection_goes_on_at_once_and_the_lost_one_writes_no_more(
    house: House,
) -> None:
    mia = await reporter_in(house)
    uploads = house.desks.uploads
    upload = await uploads.announce(mia, ID, photo())
    refused, silent = list[str](), anyio.Event()

    async def lost() -> AsyncIterator[bytes]:
        yield b"!" * 2 * SEGMENT
        silent.set()
        await anyio.sleep_forever()

    async def send_and_lose() -> None:
        try:
            await uploads.receive(mia, upload.id, 0, lost())
        except WrongOffset as refusal:
            refused.append(refusal.code)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(send_and_lose)
        await silent.wait()
        await uploads.receive(mia, upload.id, 0, pieces(LONG))
    await house.desks.finishing.finish(mia, upload.id)

    assert refused == ["wrong_offset"]
    assert await look(house, mia, upload.id) == LONG


async def test_a_connection_that_comes_much_too_late_leaves_nothing_behind(
    house: House, tmp_path: Path
) -> None:
    mia = await reporter_in(house)
    upload = await house.desks.uploads.announce(mia, ID, photo())

    async def overtaken() -> AsyncIterator[bytes]:
        yield LONG[:SEGMENT]
        await send_all(another_worker(house), mia, upload.id)
        await sweep_files(house)
        yield LONG[SEGMENT:]

    with pytest.raises(WrongOffset):
        await house.desks.uploads.receive(mia, upload.id, 0, overtaken())
    await sweep_files(house)

    assert stored(house, tmp_path) == ["cleaned", "preview"]
    assert await look(house, mia, upload.id) == LONG


async def test_what_a_late_connection_wrote_while_the_rest_was_swept_is_not_left(
    house: House, tmp_path: Path
) -> None:
    mia = await reporter_in(house)
    attachments = house.parts.attachments
    upload = await house.desks.uploads.announce(mia, ID, photo())
    swept = list[Erasure]()

    async def overtaken() -> AsyncIterator[bytes]:
        yield LONG[:SEGMENT]
        await send_all(another_worker(house), mia, upload.id)
        swept.extend(await attachments.erasures())
        for erasure in swept:
            await house.parts.files.erase(erasure.folder)
        yield LONG[SEGMENT:]

    with pytest.raises(WrongOffset):
        await house.desks.uploads.receive(mia, upload.id, 0, overtaken())
    for erasure in swept:
        await attachments.erased(erasure)
    await sweep_files(house)

    assert stored(house, tmp_path) == ["cleaned", "preview"]
    assert await look(house, mia, upload.id) == LONG


async def test_a_connection_that_goes_on_with_a_file_that_was_cancelled_leaves_nothing_behind(
    house: House, tmp_path: Path
) -> None:
    mia = await reporter_in(house)
    upload = await house.desks.uploads.announce(mia, ID, photo())

    async def cancelled() -> AsyncIterator[bytes]:
        yield LONG[:SEGMENT]
        await house.desks.uploads.cancel(mia, upload.id)
        await sweep_files(house)
        yield LONG[SEGMENT:]

    with pytest.raises(WrongOffset):
        await house.desks.uploads.receive(mia, upload.id, 0, cancelled())
    await sweep_files(house)

    assert stored(house, tmp_path) == []


async def test_what_a_late_connection_wrote_and_could_not_erase_goes_with_the_next_sweep(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mia = await reporter_in(house)
    upload = await house.desks.uploads.announce(mia, ID, photo())

    async def fail(folder: str) -> None:
        raise StoreDown

    async def overtaken() -> AsyncIterator[bytes]:
        yield LONG[:SEGMENT]
        await send_all(another_worker(house), mia, upload.id)
        await sweep_files(house)
        monkeypatch.setattr(house.parts.files, "erase", fail)
        yield LONG[SEGMENT:]

    with pytest.raises(StoreDown):
        await house.desks.uploads.receive(mia, upload.id, 0, overtaken())
    monkeypatch.undo()
    await sweep_files(house)

    assert stored(house, tmp_path) == ["cleaned", "preview"]


async def test_a_file_with_something_missing_is_not_shown(house: House) -> None:
    mia = await reporter_in(house)
    upload = await house.desks.uploads.announce(mia, ID, photo())
    await house.desks.uploads.receive(mia, upload.id, 0, pieces(LONG[:-1]))

    with pytest.raises(StillArriving):
        await house.desks.finishing.finish(mia, upload.id)


async def test_finished_twice_or_at_once_it_is_cleaned_and_shown_once(house: House) -> None:
    mia = await reporter_in(house)
    finishing = house.desks.finishing
    upload = await house.desks.uploads.announce(mia, ID, photo())
    await house.desks.uploads.receive(mia, upload.id, 0, pieces(LONG))
    answers = list[Progress]()

    async def finish() -> None:
        finished = await finishing.finish(mia, upload.id, lambda _: anyio.fail_after(10))
        answers.append(finished.attachment.progress)

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(finish)
    await finish()

    events = (await house.desks.history.stretch(mia, SCREEN)).events
    assert [event.kind for event in events] == ["report_submitted", "attachment_added"]
    assert answers == [Progress.THERE] * 4


async def test_the_same_id_for_another_file_is_a_conflict(house: House) -> None:
    mia = await reporter_in(house)
    await house.desks.uploads.announce(mia, ID, photo())

    with pytest.raises(Conflict):
        await house.desks.uploads.announce(mia, ID, photo(7))


async def test_only_who_sends_a_file_may_go_on_with_it(house: House) -> None:
    mia, other = await reporter_in(house), await reporter_in(house)
    ana = await responder_in(house, mia)
    upload = await house.desks.uploads.announce(mia, ID, photo())

    for here in (other, ana):
        with pytest.raises(NotFound):
            await house.desks.registrar.own(here, upload.id)
        with pytest.raises(NotFound):
            await house.desks.uploads.receive(here, upload.id, 0, pieces(LONG))
        with pytest.raises(NotFound):
            await house.desks.finishing.finish(here, upload.id)
        await house.desks.uploads.cancel(here, upload.id)
    assert await house.desks.uploads.unfinished(ana) == []
    assert [each.id for each in await house.desks.uploads.unfinished(mia)] == [upload.id]


async def test_of_what_is_announced_a_kind_and_a_line_are_kept(house: House) -> None:
    mia = await reporter_in(house)
    said = Announced("Image/JPEG; name=mia.jpg", len(LONG), " A knife\nin a bag ")

    upload = await house.desks.uploads.announce(mia, ID, said)

    assert upload.announced == photo(alt="A knife in a bag")
    with pytest.raises(LineTooLong):
        await house.desks.uploads.announce(mia, "another-one", photo(alt="a" * 501))


async def test_what_has_no_id_of_its_own_is_not_taken(house: House) -> None:
    mia = await reporter_in(house)

    with pytest.raises(BadId):
        await house.desks.uploads.announce(mia, "a photo of it", photo())


async def test_when_a_file_began_to_come_is_known_to_the_hour(house: House) -> None:
    mia = await reporter_in(house)

    upload = await house.desks.uploads.announce(mia, ID, photo())

    assert upload.attachment.until is not None
    assert upload.attachment.until % 3600 == 0


async def test_for_a_room_that_was_erased_meanwhile_nothing_is_announced(house: House) -> None:
    mia = await reporter_in(house)
    assert isinstance(mia.actor, Reporter)
    await house.desks.reporting.delete(mia.actor)
    await house.parts.rooms.delete_due(date.max)

    with pytest.raises(NotFound):
        await house.desks.uploads.announce(mia, ID, photo())


# FileLimits


async def test_what_is_too_large_of_no_kind_or_empty_is_refused_before_it_comes(
    house: House,
) -> None:
    mia = await reporter_in(house)

    for announced, refusal in (
        (photo(25_000_001), FileTooLarge),
        (Announced("image/svg+xml", 100), CannotClean),
        (Announced("text/html", 100), CannotClean),
        (photo(0), EmptyFile),
    ):
        with pytest.raises(refusal):
            await house.desks.uploads.announce(mia, ID, announced)


async def test_what_turns_out_to_be_another_kind_may_be_as_large_as_one_of_that_kind(
    house: House,
) -> None:
    mia = await reporter_in(house)
    desks = another_worker(house, limits=FileLimits(image=6))

    async def send_as_video(content: bytes) -> Upload:
        announced = Announced("video/mp4", len(content))
        upload = await desks.uploads.announce(mia, f"photo-{len(content):04}", announced)
        return await send_all(desks, mia, upload.id, content)

    shown = await send_as_video(PHOTO + b"!")
    with pytest.raises(CannotClean) as refused:
        await send_as_video(PHOTO + b"!!")

    assert shown.attachment.progress is Progress.THERE
    assert refused.value.reason is Reason.TOO_LARGE


async def test_more_than_was_announced_is_not_taken(house: House) -> None:
    mia = await reporter_in(house)
    upload = await house.desks.uploads.announce(mia, ID, photo(10))

    with pytest.raises(WrongOffset):
        await house.desks.uploads.receive(mia, upload.id, 0, pieces(LONG))


async def test_a_room_has_no_more_files_than_it_may(house: House) -> None:
    mia = await reporter_in(house)
    for number in range(FileLimits().files):
        await house.desks.uploads.announce(mia, f"photo-{number:04}", photo())

    with pytest.raises(TooManyFiles):
        await house.desks.uploads.announce(mia, "one-too-many", photo())


# A form


async def test_a_form_sends_a_file_without_saying_how_large_it_is(house: House) -> None:
    mia = await reporter_in(house)

    sent = [await house.desks.uploads.take(mia, ID, photo(UNKNOWN), pieces(LONG)) for _ in range(2)]
    await house.desks.finishing.finish(mia, sent[0].id)
    again = await house.desks.uploads.take(mia, ID, photo(UNKNOWN), pieces(LONG))
    await house.desks.finishing.finish(mia, again.id)

    assert await look(house, mia, again.id) == LONG
    assert len((await house.desks.history.stretch(mia, SCREEN)).events) == 2


async def test_of_a_form_that_is_sent_again_nothing_is_taken_of_what_has_come(house: House) -> None:
    mia = await reporter_in(house)
    uploads, again = house.desks.uploads, pieces(LONG)
    await uploads.take(mia, ID, photo(UNKNOWN), pieces(LONG))

    upload = await uploads.take(mia, ID, photo(UNKNOWN), again)

    assert upload.is_whole
    assert await anext(again) == LONG[:60_000]


async def test_a_form_that_broke_off_begins_anew(house: House) -> None:
    mia = await reporter_in(house)
    uploads = house.desks.uploads

    async def breaks_off() -> AsyncIterator[bytes]:
        yield LONG
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await uploads.take(mia, ID, photo(UNKNOWN), breaks_off())
    upload = await uploads.take(mia, ID, photo(UNKNOWN), pieces(LONG))
    await house.desks.finishing.finish(mia, upload.id)

    assert await look(house, mia, upload.id) == LONG


async def test_a_form_that_had_to_make_room_for_others_has_not_come_to_its_end(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    mia, clock = await reporter_in(house), StoppedClock()
    uploads, cut_off = house.desks.uploads, list[Upload]()
    monkeypatch.setattr(anyio, "current_time", clock.monotonic)

    async def trickle(id: str, begun: anyio.Event, over: anyio.Event) -> None:
        async def pieces() -> AsyncIterator[bytes]:
            yield PHOTO
            begun.set()
            await anyio.sleep_forever()

        cut_off.append(await uploads.take(mia, id, photo(UNKNOWN), pieces()))
        over.set()

    async with anyio.create_task_group() as tasks:
        over = anyio.Event()
        for number in range(OF_A_SIDE):
            begun = anyio.Event()
            tasks.start_soon(trickle, f"trickle-{number}", begun, over)
            await begun.wait()
        clock.pass_by(seconds=2 * GRACE)
        await uploads.take(mia, ID, photo(UNKNOWN), pieces(LONG))
        await over.wait()
        tasks.cancel_scope.cancel()

    (upload,) = cut_off
    with pytest.raises(StillArriving):
        await house.desks.finishing.finish(mia, upload.id)


async def test_of_a_form_with_nothing_in_it_nothing_is_left(house: House) -> None:
    mia = await reporter_in(house)

    with pytest.raises(EmptyFile):
        await house.desks.uploads.take(mia, ID, photo(UNKNOWN), pieces(b""))

    assert await house.desks.uploads.unfinished(mia) == []


async def test_a_form_with_too_much_in_it_leaves_nothing_behind(
    house: House, tmp_path: Path
) -> None:
    mia = await reporter_in(house)

    with pytest.raises(FileTooLarge):
        await house.desks.uploads.take(
            mia, ID, photo(UNKNOWN), pieces(bytes(25_100_000), 1_000_000)
        )
    await sweep_files(house)

    assert stored(house, tmp_path) == []


# What is left behind


async def test_of_a_file_that_is_shown_the_upload_goes(house: House, tmp_path: Path) -> None:
    await send(house, await reporter_in(house))

    await sweep_files(house)

    assert stored(house, tmp_path) == ["cleaned", "preview"]


async def test_a_file_that_can_not_be_cleaned_is_refused_each_time_and_goes(
    house: House, tmp_path: Path
) -> None:
    mia = await reporter_in(house)

    for _ in range(2):
        with pytest.raises(CannotClean) as refused:
            await send(house, mia, BROKEN)
        assert refused.value.reason is Reason.DAMAGED
    await sweep_files(house)

    assert stored(house, tmp_path) == []
    assert len((await house.desks.history.stretch(mia, SCREEN)).events) == 1


async def test_a_file_that_is_cancelled_goes_and_one_that_is_shown_stays(
    house: House, tmp_path: Path
) -> None:
    mia = await reporter_in(house)
    upload = await house.desks.uploads.announce(mia, ID, photo())
    await house.desks.uploads.receive(mia, upload.id, 0, pieces(LONG))

    await house.desks.uploads.cancel(mia, upload.id)
    await house.desks.uploads.cancel(mia, upload.id)
    await sweep_files(house)

    assert stored(house, tmp_path) == []
    shown = await send(house, mia)
    with pytest.raises(NotFound):
        await house.desks.uploads.cancel(mia, shown.id)


async def test_nothing_of_it_is_readable_where_it_lies(house: House, tmp_path: Path) -> None:
    mia = await reporter_in(house)

    await send(house, mia, PHOTO + b"he has a knife" * 90_000)

    assert not readable_in(tmp_path, b"he has a knife")


async def announced_of(house: House, here: Unlocked, id: AttachmentId) -> Announced:
    """What its row says, opened with the room's key, as whoever has the team's can."""
    row = await house.parts.attachments.find_attachment(here.room, id)
    assert row is not None
    label = here.room_key.label("announced", id)
    return read_announced(house.parts.vault.open(here.room_key.key, label, row.announced))


@pytest.mark.parametrize("keeps_original", [False, True])
async def test_of_a_file_that_is_done_no_fingerprint_of_what_came_is_kept(
    house: House, *, keeps_original: bool
) -> None:
    mia = await reporter_in(house)
    uploads = house.desks.uploads
    heic = Announced("image/heic", len(LONG), "what it shows", mark="begins so")
    upload = await uploads.announce(mia, ID, heic, keeps_original=keeps_original)
    arriving = await announced_of(house, mia, upload.id)

    await send_all(house.desks, mia, upload.id)

    done = await announced_of(house, mia, upload.id)
    assert arriving == heic
    if keeps_original:
        assert done == heic.replace(mark="")
    else:
        assert done == Announced("file/jpeg", UNKNOWN, "what it shows")


async def test_of_a_file_that_was_refused_no_fingerprint_is_kept(house: House) -> None:
    mia = await reporter_in(house)
    broken = Announced("image/heic", len(BROKEN), "what it shows", mark="begins so")
    upload = await house.desks.uploads.announce(mia, ID, broken, keeps_original=True)

    with pytest.raises(CannotClean):
        await send_all(house.desks, mia, upload.id, BROKEN)

    done = await announced_of(house, mia, upload.id)
    assert done == Announced("file/jpeg", UNKNOWN, "what it shows")


@pytest.mark.parametrize("keeps_original", [False, True])
async def test_a_file_that_is_done_is_known_when_it_is_announced_again(
    house: House, *, keeps_original: bool
) -> None:
    mia = await reporter_in(house)
    uploads = house.desks.uploads
    sent = await uploads.announce(mia, ID, photo(), keeps_original=keeps_original)
    await send_all(house.desks, mia, sent.id)

    again = await uploads.announce(mia, ID, photo(), keeps_original=keeps_original)

    assert (again.id, again.attachment.progress) == (sent.id, Progress.THERE)
    assert again.is_whole and again.size == len(LONG)
    with pytest.raises(Conflict):
        await uploads.announce(mia, ID, Announced("video/mp4", len(LONG)))


async def test_a_file_of_an_older_version_is_shown_and_known_by_its_id(
    house: House,
) -> None:
    mia = await reporter_in(house)
    sent = await send(house, mia)
    row = sent.attachment.replace(announced=b"")
    await house.parts.attachments.change(sent.attachment, row)

    again = await house.desks.uploads.announce(mia, ID, photo())

    assert (again.id, again.attachment.progress) == (sent.id, Progress.THERE)
    assert await look(house, mia, sent.id) == LONG


# Looking


async def entries(house: House, here: Unlocked) -> list[tuple[str, str, str]]:
    file = await house.desks.history.file(here)
    return [(event.kind, event.by.name, event.body) for event in file.events]


async def test_every_look_of_a_responder_is_in_the_file_once_a_session(house: House) -> None:
    mia = await reporter_in(house)
    ana, ben = await responder_in(house, mia), await responder_in(house, mia, "ben")
    upload = await send(house, mia)

    for here in (mia, ana, ana, ben):
        await look(house, here, upload.id)
    house.desks.viewing._looks.clear()  # As after a restart.
    await look(house, ana, upload.id)

    assert await entries(house, ana) == [
        ("attachment_seen", "Ana", ""), ("attachment_seen", "Ben", ""),
    ]  # fmt: skip


async def test_another_file_and_another_session_are_another_look(house: House) -> None:
    mia = await reporter_in(house)
    ana = await responder_in(house, mia)
    assert isinstance(ana.actor, Responder)
    later = Unlocked(replace(ana.actor, session=SessionId(b"later")), ana.room_key)
    files = [await send(house, mia, PHOTO, f"photo-{number:04}") for number in range(2)]

    for here in (ana, later):
        for file in files:
            await look(house, here, file.id)

    seen = (await house.desks.history.file(ana)).events
    assert [event.details["attachment"] for event in seen] == [file.id for file in files] * 2


async def test_a_look_that_could_not_be_written_down_is_no_look_and_the_next_one_is(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    mia = await reporter_in(house)
    ana, upload = await responder_in(house, mia), await send(house, mia)

    async def fail(*_: object) -> None:
        raise StoreDown

    monkeypatch.setattr(house.desks.chat, "enter_in_file", fail)
    with pytest.raises(StoreDown):
        await look(house, ana, upload.id)
    monkeypatch.undo()
    await look(house, ana, upload.id)

    assert await entries(house, ana) == [("attachment_seen", "Ana", "")]


async def test_of_the_looks_that_were_written_down_the_latest_are_remembered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    mia = await reporter_in(house)
    ana, chat = await responder_in(house, mia), house.desks.chat
    ids = [(await send(house, mia, PHOTO, f"photo-{number:04}")).id for number in range(3)]
    enter_in_file, written = chat.enter_in_file, list[int]()

    async def note(here: Unlocked, command: LookAt, content: Content) -> object:
        written.append(ids.index(command.attachment))
        return await enter_in_file(here, command, content)

    monkeypatch.setattr("messenger.services.viewing.REMEMBERED", 2)
    monkeypatch.setattr(chat, "enter_in_file", note)
    for number in (0, 1, 0, 2, 0, 1):
        await look(house, ana, ids[number])

    assert written == [0, 1, 2, 1]


async def test_small_pictures_are_a_look_only_where_files_are_covered(house: House) -> None:
    for report, looks in ((TEASING, 0), (Report("sexting_images", "They pass it around."), 1)):
        mia = (await house.report(report)).reporter
        here, room = await house.desks.chat.enter(mia, mia.room)
        ana = await responder_in(house, here, f"ana{looks}")
        upload = await send(house, here)

        preview = await house.desks.viewing.preview(ana, room, upload.id)

        assert b"".join([piece async for piece in preview.stream(0, preview.size)]) == PREVIEW
        assert len(await entries(house, ana)) == looks


async def test_sound_has_no_picture(house: House, tmp_path: Path) -> None:
    mia = (await house.report()).reporter
    here, room = await house.desks.chat.enter(mia, mia.room)
    upload = await send(house, here, SOUND + b" of it", kind="audio/mp4")

    with pytest.raises(NotFound):
        await house.desks.viewing.preview(here, room, upload.id)
    await sweep_files(house)
    assert stored(house, tmp_path) == ["cleaned"]


# Kept apart


async def test_a_file_in_quarantine_is_there_for_nobody_and_opens_for_a_reason(
    house: House,
) -> None:
    mia = await reporter_in(house)
    ana = await responder_in(house, mia)
    upload = await send(house, mia)
    viewing = house.desks.viewing

    await viewing.quarantine(ana, "quarantine-1", upload.id, "A child, undressed.")

    for here in (mia, ana):
        with pytest.raises(NotFound):
            await look(house, here, upload.id)
        event = (await house.desks.history.stretch(here, SCREEN)).events[-1]
        assert event.details == {"withheld": "yes"}
    opened = await viewing.break_glass(
        ana, "glass-0001", upload.id, Part.CLEANED, "The police asks for it."
    )
    assert b"".join([piece async for piece in opened.stream(0, opened.size)]) == LONG
    assert await entries(house, ana) == [
        ("attachment_quarantined", "Ana", "A child, undressed."),
        ("glass_broken", "Ana", "The police asks for it."),
    ]
    assert isinstance(mia.actor, Reporter)
    assert not (await house.desks.reporting.deletion(mia.actor)).allowed
    with pytest.raises(KeptForSafety):
        await house.desks.reporting.delete(mia.actor)


async def test_what_is_kept_apart_is_told_to_the_team_alone(house: House) -> None:
    mia = await reporter_in(house)
    ana = await responder_in(house, mia)
    viewing, uploads = house.desks.viewing, house.desks.uploads
    kept = await uploads.announce(mia, "with-original", photo(), keeps_original=True)
    await send_all(house.desks, mia, kept.id)
    hidden = await send(house, mia)
    await viewing.quarantine(ana, "quarantine-1", hidden.id, "A child, undressed.")

    apart = await viewing.kept_apart(ana)

    assert sorted(apart) == sorted([(kept.id, Part.ORIGINAL), (hidden.id, Part.CLEANED)])
    with pytest.raises(NotFound):
        await viewing.kept_apart(mia)


async def test_nothing_is_put_in_quarantine_without_a_reason_or_before_it_is_there(
    house: House,
) -> None:
    mia = await reporter_in(house)
    ana, upload = await responder_in(house, mia), await send(house, mia)
    coming = await house.desks.uploads.announce(mia, "another-one", photo())
    viewing = house.desks.viewing

    with pytest.raises(EmptyText):
        await viewing.quarantine(ana, "quarantine-1", upload.id, " ")
    with pytest.raises(NotFound):
        await viewing.quarantine(ana, "quarantine-1", coming.id, "A child, undressed.")

    assert await look(house, mia, upload.id) == LONG
    assert await viewing.kept_apart(ana) == []


async def test_a_file_in_quarantine_vanishes_from_every_page_that_is_open(house: House) -> None:
    mia = await reporter_in(house)
    ana, upload = await responder_in(house, mia), await send(house, mia)
    watches = [
        house.bus.join(
            Viewer(room_topic(mia.room), role, SessionId(b"s"), None, None), lambda: None
        )
        for role in Role
    ]

    await house.desks.viewing.quarantine(ana, "quarantine-1", upload.id, "A child, undressed.")

    withheld = {"t": "withheld", "attachment": upload.id}
    for watch in watches:
        assert withheld in [json.loads(push.text) for push in watch.pending]


async def test_nobody_opens_what_is_kept_apart_without_a_reason_or_being_on_the_team(
    house: House,
) -> None:
    mia = await reporter_in(house)
    ana = await responder_in(house, mia)
    upload = await send(house, mia)
    viewing = house.desks.viewing

    with pytest.raises(NotFound):
        await viewing.quarantine(mia, "quarantine-1", upload.id, "I am the reporter.")
    with pytest.raises(NotFound):
        await viewing.break_glass(ana, "glass-0001", upload.id, Part.CLEANED, "Not in quarantine.")
    await viewing.quarantine(ana, "quarantine-1", upload.id, "A child, undressed.")
    with pytest.raises(EmptyText):
        await viewing.break_glass(ana, "glass-0001", upload.id, Part.CLEANED, " ")
    with pytest.raises(NotFound):
        await viewing.break_glass(mia, "glass-0001", upload.id, Part.CLEANED, "It is mine.")


async def original(house: House, ana: Unlocked, id: AttachmentId) -> bytes:
    exhibit = await house.desks.viewing.break_glass(
        ana, "glass-0001", id, Part.ORIGINAL, "The police asks for it."
    )
    return b"".join([piece async for piece in exhibit.stream(0, exhibit.size)])


async def test_an_original_is_kept_if_the_reporter_says_so_and_opens_for_a_reason_alone(
    house: House, tmp_path: Path
) -> None:
    mia = await reporter_in(house)
    ana = await responder_in(house, mia)
    uploads = house.desks.uploads
    upload = await uploads.announce(mia, ID, photo(), keeps_original=True)
    await uploads.receive(mia, upload.id, 0, pieces(LONG))
    await house.desks.finishing.finish(mia, upload.id)

    await sweep_files(house)

    assert stored(house, tmp_path) == ["cleaned", "original", "preview"]
    assert await original(house, ana, upload.id) == LONG
    broken = (await house.desks.history.file(ana)).events[-1]
    assert broken.details == {"attachment": upload.id, "part": "original"}
    assert isinstance(ana.actor, Responder)
    await house.desks.chat.claim(ana, "claim-0001")
    with pytest.raises(NotFound):
        await uploads.announce(ana, "other-file", photo(), keeps_original=True)


async def test_no_original_opens_that_is_not_kept_or_whose_file_is_not_there_yet(
    house: House,
) -> None:
    mia = await reporter_in(house)
    ana, plain = await responder_in(house, mia), await send(house, mia)
    coming = await house.desks.uploads.announce(mia, "another-one", photo(), keeps_original=True)

    for id in (plain.id, coming.id):
        with pytest.raises(NotFound):
            await original(house, ana, id)

    assert await entries(house, ana) == []


async def test_an_original_stays_what_was_shown_whatever_a_late_connection_still_sends(
    house: House, tmp_path: Path
) -> None:
    mia = await reporter_in(house)
    ana = await responder_in(house, mia)
    uploads = house.desks.uploads
    upload = await uploads.announce(mia, ID, photo(), keeps_original=True)

    async def forged() -> AsyncIterator[bytes]:
        yield b"forged"
        await send_all(another_worker(house), mia, upload.id)
        yield b"!" * (len(LONG) - 6)

    with pytest.raises(WrongOffset):
        await uploads.receive(mia, upload.id, 0, forged())
    await sweep_files(house)

    assert await original(house, ana, upload.id) == LONG
    assert stored(house, tmp_path) == ["cleaned", "original", "preview"]


async def test_a_file_that_broke_off_anywhere_goes_on_in_segments_that_share_a_file(
    house: House, tmp_path: Path
) -> None:
    mia = await reporter_in(house)
    uploads = house.desks.uploads
    long = LONG * 2
    upload = await uploads.announce(mia, ID, photo(len(long)))

    await uploads.receive(mia, upload.id, 0, pieces(long[: SEGMENT + 1]))
    upload = await uploads.receive(mia, upload.id, SEGMENT, pieces(long[SEGMENT:]))

    assert upload.offset == len(long)
    names = {path.name for path in (tmp_path / "files").rglob("*") if path.is_file()}
    alone = {f"{number:06}" for number in range(4)}
    assert names == {*alone, "000004-000007", "000008-000011"}


async def test_what_changes_while_it_is_cleaned_is_not_cleaned(house: House) -> None:
    mia = await reporter_in(house)
    upload = await house.desks.uploads.announce(mia, ID, photo())
    upload = await house.desks.uploads.receive(mia, upload.id, 0, pieces(LONG))
    cabinet = house.desks.uploads._cabinet
    source = Source(cabinet, mia.room_key, upload.attachment, len(LONG))
    place = Place(mia.room_key, upload.id, Part.UPLOAD)

    first = [await source.read(offset, 9) for offset in (0, SEGMENT, 0)]
    await cabinet.put(place, 1, [LONG[SEGMENT : 2 * SEGMENT]], ends=False)
    again = await source.read(SEGMENT, 9)
    await source.read(0, 9)
    await cabinet.put(place, 1, [b"!" * SEGMENT], ends=False)

    assert [*first, again] == [LONG[:9], LONG[SEGMENT:][:9], LONG[:9], LONG[SEGMENT:][:9]]
    with pytest.raises(StillArriving):
        await source.read(SEGMENT, 9)


async def test_an_original_that_was_on_its_way_while_we_were_upgraded_goes_on(
    house: House, tmp_path: Path
) -> None:
    mia = await reporter_in(house)
    ana = await responder_in(house, mia)
    uploads = house.desks.uploads
    before = (await uploads.announce(mia, ID, photo(), keeps_original=True)).attachment
    begun = [LONG[start : start + SEGMENT] for start in (0, SEGMENT)]
    await uploads._cabinet.put(
        Place(mia.room_key, before.id, Part.ORIGINAL), 0, begun, ends=False
    )  # There it came once.
    await house.parts.attachments.change(before, before.replace(arrived=2))

    await uploads.receive(mia, before.id, 2 * SEGMENT, pieces(LONG[2 * SEGMENT :]))
    await house.desks.finishing.finish(mia, before.id)
    await sweep_files(house)

    assert await original(house, ana, before.id) == LONG
    assert stored(house, tmp_path) == ["cleaned", "original", "preview"]


class Slower(PlainCleaner):
    """Cleans after `meanwhile` has happened."""

    def __init__(self, meanwhile: Callable[[], Awaitable[object]]) -> None:
        super().__init__()
        self._meanwhile = meanwhile

    async def clean(
        self,
        size: int,
        read: Callable[[int, int], Awaitable[bytes]],
        write: Callable[[bytes], Awaitable[None]],
        share: str = "",
    ) -> Cleaned:
        await self._meanwhile()
        return await super().clean(size, read, write, share)


class Behind(Slower):
    """Has read it all when `meanwhile` happens, and writes then."""

    async def clean(
        self,
        size: int,
        read: Callable[[int, int], Awaitable[bytes]],
        write: Callable[[bytes], Awaitable[None]],
        share: str = "",
    ) -> Cleaned:
        content = await read(0, size)

        async def read_before(offset: int, length: int) -> bytes:
            return content[offset : offset + length]

        return await super().clean(size, read_before, write, share)


class Damaged(Behind):
    """Finds out at the end that it can't be made safe."""

    async def clean(
        self,
        size: int,
        read: Callable[[int, int], Awaitable[bytes]],
        write: Callable[[bytes], Awaitable[None]],
        share: str = "",
    ) -> Cleaned:
        await super().clean(size, read, write, share)
        raise CannotClean(Reason.DAMAGED)


async def test_an_original_that_is_not_what_was_cleaned_is_not_kept(house: House) -> None:
    mia = await reporter_in(house)
    cabinet = house.desks.uploads._cabinet
    upload = await house.desks.uploads.announce(mia, ID, photo(), keeps_original=True)
    place = Place(mia.room_key, upload.id, Part.UPLOAD)

    async def forge() -> None:
        await cabinet.put(place, 1, [b"!" * SEGMENT], ends=False)

    with pytest.raises(StillArriving):
        await send_all(another_worker(house, Behind(forge)), mia, upload.id)

    after = await house.desks.registrar.own(mia, upload.id)
    assert after.attachment.progress is Progress.ARRIVING


@pytest.mark.parametrize("cleaner", [Behind, Damaged])
async def test_of_a_file_cancelled_while_it_is_cleaned_nothing_is_left_whatever_comes_of_it(
    house: House, tmp_path: Path, cleaner: type[Slower]
) -> None:
    mia = await reporter_in(house)
    upload = await house.desks.uploads.announce(mia, ID, photo())
    await house.desks.uploads.receive(mia, upload.id, 0, pieces(LONG))

    async def cancelled() -> None:
        await house.desks.uploads.cancel(mia, upload.id)
        await sweep_files(house)

    with pytest.raises(NotFound):
        await another_worker(house, cleaner(cancelled)).finishing.finish(mia, upload.id)
    await sweep_files(house)

    assert stored(house, tmp_path) == []


async def test_of_a_file_that_is_found_to_be_damaged_at_its_end_nothing_is_left(
    house: House, tmp_path: Path
) -> None:
    mia = await reporter_in(house)
    desks = another_worker(house, Damaged(anyio.lowlevel.checkpoint))
    upload = await desks.uploads.announce(mia, ID, photo())

    with pytest.raises(CannotClean):
        await send_all(desks, mia, upload.id)
    before = stored(house, tmp_path)
    await sweep_files(house)

    assert before == ["cleaned", "upload"]
    assert stored(house, tmp_path) == []


async def test_who_asks_while_a_file_is_cleaned_and_has_waited_long_enough_comes_back(
    house: House,
) -> None:
    mia = await reporter_in(house)
    upload = await house.desks.uploads.announce(mia, ID, photo())
    answers = list[Progress]()

    async def ask_again() -> None:
        answer = await desks.finishing.finish(mia, upload.id, lambda _: anyio.move_on_after(0))
        answers.append(answer.attachment.progress)

    desks = another_worker(house, Slower(ask_again))
    finished = await send_all(desks, mia, upload.id)

    assert answers == [Progress.ARRIVING]
    assert finished.attachment.progress is Progress.THERE


async def test_of_what_a_process_that_died_wrote_of_a_file_nothing_stays(
    house: House, tmp_path: Path
) -> None:
    mia = await reporter_in(house)
    upload = await house.desks.uploads.announce(mia, ID, photo())
    place = Place(mia.room_key, upload.id, Part.CLEANED)
    await house.desks.uploads._cabinet.put(place, 0, [b"!" * SEGMENT] * 9, ends=False)

    await send_all(house.desks, mia, upload.id)

    there = {path.name for path in (tmp_path / "files" / place.folder).iterdir()}
    assert there == {"000000-000003", "000004", "000005"}
    assert await look(house, mia, upload.id) == LONG


async def test_a_process_that_lost_its_lease_writes_nothing_more(house: House) -> None:
    mia = await reporter_in(house)
    upload = await send(house, mia)

    def lost() -> None:
        raise StoreDown

    place = Place(mia.room_key, upload.id, Part.CLEANED)
    writer = Writer(house.desks.uploads._cabinet, place, lost)
    with pytest.raises(StoreDown):
        await writer.write(b"!" * 5 * SEGMENT)

    assert await look(house, mia, upload.id) == LONG


class LateLeasing:
    """A `Leasing` that grants a lease only after something happened."""

    def __init__(self, leasing: Leasing, before: Callable[[], Awaitable[object]]) -> None:
        self._before = before
        self._leasing = leasing
        self.renew, self.release = leasing.renew, leasing.release

    async def hold(self, name: str, holder: str, seconds: float) -> bool:
        await self._before()
        return await self._leasing.hold(name, holder, seconds)


@pytest.mark.parametrize("content", [LONG, BROKEN], ids=["shown", "refused"])
async def test_a_process_that_comes_a_moment_late_leaves_what_another_made_of_a_file(
    house: House, content: bytes
) -> None:
    mia = await reporter_in(house)
    upload = await house.desks.uploads.announce(mia, ID, photo(len(content)))
    await house.desks.uploads.receive(mia, upload.id, 0, pieces(content))
    late = another_worker(house).finishing

    async def other_worker() -> None:
        with suppress(CannotClean):
            await house.desks.finishing.finish(mia, upload.id)
        await sweep_files(house)

    late._leasing = LateLeasing(late._leasing, other_worker)

    if content is BROKEN:
        with pytest.raises(CannotClean):
            await late.finish(mia, upload.id)
    else:
        await late.finish(mia, upload.id)
        assert await look(house, mia, upload.id) == LONG


class Ungrudging:
    """A `Leasing` to which whoever holds a lease is dead."""

    async def hold(self, name: str, holder: str, seconds: float) -> bool:
        return True

    renew = hold

    async def release(self, name: str, holder: str) -> None:
        pass


async def test_a_process_that_was_taken_for_dead_takes_away_nothing_that_another_showed(
    house: House,
) -> None:
    mia = await reporter_in(house)
    upload = await house.desks.uploads.announce(mia, ID, photo())
    await house.desks.uploads.receive(mia, upload.id, 0, pieces(LONG))
    house.desks.finishing._leasing = Ungrudging()
    paused = Slower(lambda: house.desks.finishing.finish(mia, upload.id))

    ours = await another_worker(house, paused).finishing.finish(mia, upload.id)

    assert ours.attachment.progress is Progress.THERE
    assert await look(house, mia, upload.id) == LONG


class Diary(Ungrudging):
    """A `Leasing`, and `Files`, that say what was done, and have something happen after so many acts."""

    def __init__(self, files: Files, acts: int, happens: Callable[[], None]) -> None:
        self.done = list[str]()
        self._files = files
        self._acts = acts
        self._happens = happens
        self.get, self.has = files.get, files.has

    async def hold(self, name: str, holder: str, seconds: float) -> bool:
        self._note("hold")
        return True

    async def renew(self, name: str, holder: str, seconds: float) -> bool:
        raise StoreDown

    async def put(self, folder: str, first: int, segments: Iterable[bytes]) -> None:
        await self._files.put(folder, first, segments)
        self._note(f"put {Path(folder).name}")

    async def erase(self, folder: str) -> None:
        await self._files.erase(folder)
        self._note(f"erase {Path(folder).name}")

    def _note(self, act: str) -> None:
        self.done.append(act)
        if len(self.done) == self._acts:
            self._happens()


ACTS = ["hold", "erase cleaned", "put cleaned", "put preview", "put original"]


@pytest.mark.parametrize("acts", range(1, len(ACTS)))
async def test_a_process_that_was_paused_for_as_long_as_its_lease_lasts_does_nothing_more(
    house: House, monkeypatch: pytest.MonkeyPatch, acts: int
) -> None:
    mia = await reporter_in(house)
    desks, clock = another_worker(house), StoppedClock()
    upload = await desks.uploads.announce(mia, ID, photo(len(PHOTO)), keeps_original=True)
    await desks.uploads.receive(mia, upload.id, 0, pieces(PHOTO))
    diary = Diary(house.parts.files, acts, lambda: clock.pass_by(seconds=CLEANING_LEASE))
    desks.finishing._leasing = desks.finishing._cabinet._files = diary
    monkeypatch.setattr(anyio, "current_time", clock.monotonic)

    with pytest.raises(StoreDown):
        await desks.finishing.finish(mia, upload.id)

    assert diary.done == ACTS[:acts]


class Washing(PlainCleaner):
    """Makes it longer."""

    async def clean(
        self,
        size: int,
        read: Callable[[int, int], Awaitable[bytes]],
        write: Callable[[bytes], Awaitable[None]],
        share: str = "",
    ) -> Cleaned:
        cleaned = await super().clean(size, read, write, share)
        await write(b", washed")
        return cleaned


async def test_an_original_is_as_long_as_what_came(house: House) -> None:
    mia = await reporter_in(house)
    ana, desks = await responder_in(house, mia), another_worker(house, Washing())
    upload = await desks.uploads.announce(mia, ID, photo(), keeps_original=True)

    await send_all(desks, mia, upload.id)

    assert await original(house, ana, upload.id) == LONG


async def test_a_file_is_as_long_as_what_was_made_of_it(house: House) -> None:
    mia = await reporter_in(house)
    desks = another_worker(house, Washing())
    upload = await desks.uploads.announce(mia, ID, photo())

    shown = await send_all(desks, mia, upload.id)

    assert shown.size == len(LONG + b", washed")
    assert await look(house, mia, upload.id) == LONG + b", washed"


async def test_video_is_video(house: House) -> None:
    mia = await reporter_in(house)

    upload = await send(house, mia, VIDEO + b" of it", kind="video/quicktime")

    exhibit = await house.desks.viewing.look(mia, upload.id)
    assert (exhibit.media_type, exhibit.name) == ("video/mp4", f"video-{upload.id[:6]}.mp4")


async def test_the_small_picture_of_a_video_is_a_picture(house: House) -> None:
    mia = (await house.report()).reporter
    here, room = await house.desks.chat.enter(mia, mia.room)
    upload = await send(house, here, VIDEO + b" of it", kind="video/quicktime")

    preview = await house.desks.viewing.preview(here, room, upload.id)

    assert (preview.media_type, preview.size) == ("image/webp", len(PREVIEW))
