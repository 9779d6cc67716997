"""Files on their way into a room, and what is left of them: over real storage, without the edge."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from messenger.domain.access import Reporter
from messenger.domain.attachment import UNKNOWN, Announced, Erasure, FileLimits, Progress
from messenger.domain.errors import (
    BadId,
    CannotClean,
    Conflict,
    EmptyFile,
    FileTooLarge,
    LineTooLong,
    NotFound,
    NotYourClaim,
    Reason,
    StillArriving,
    StoreDown,
    TooManyFiles,
    WrongOffset,
)
from messenger.domain.ids import AttachmentId
from messenger.ports.security import SEGMENT
from messenger.protocol.content import read_announced
from messenger.services.arrivals import GRACE, OF_A_SIDE
from messenger.services.attached import Upload
from messenger.services.history import SCREEN
from messenger.services.sealing import Unlocked
from messenger.services.uploads import Brake
from messenger.web.desks import Desks
from tests.cast import House
from tests.clocks import StoppedClock
from tests.fakes.plain import BROKEN, PAPER, PHOTO, PlainCleaner
from tests.services.evidence import (
    ID,
    LONG,
    another_worker,
    look,
    photo,
    pieces,
    reporter_in,
    responder_in,
    send,
    send_all,
    stored,
    sweep_files,
)

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


# What is left behind


def readable_in(folder: Path, words: bytes) -> list[Path]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path for path in files if words in path.read_bytes()]


async def announced_of(house: House, here: Unlocked, id: AttachmentId) -> Announced:
    """What its row says, opened with the room's key, as whoever has the team's can."""
    row = await house.parts.attachments.find_attachment(here.room, id)
    assert row is not None
    label = here.room_key.label("announced", id)
    return read_announced(house.parts.vault.open(here.room_key.key, label, row.announced))


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
