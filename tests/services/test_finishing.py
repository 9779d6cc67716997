"""Files that are cleaned, by processes that pause, die and overtake one another: over real storage."""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from messenger.domain.attachment import Part, Progress
from messenger.domain.errors import CannotClean, NotFound, Reason, StillArriving, StoreDown
from messenger.ports.media import Cleaned, Read, Write
from messenger.ports.security import SEGMENT
from messenger.ports.storage import Files, Leasing
from messenger.services.cabinet import Place, Writer
from messenger.services.finishing import CLEANING_LEASE
from messenger.services.source import Source
from tests.cast import House
from tests.clocks import StoppedClock
from tests.fakes.plain import BROKEN, PHOTO, PlainCleaner
from tests.services.evidence import (
    ID,
    LONG,
    another_worker,
    look,
    original,
    photo,
    pieces,
    reporter_in,
    responder_in,
    send,
    send_all,
    stored,
    sweep_files,
)


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

    async def clean(self, size: int, read: Read, write: Write, share: str = "") -> Cleaned:
        await self._meanwhile()
        return await super().clean(size, read, write, share)


class Behind(Slower):
    """Has read it all when `meanwhile` happens, and writes then."""

    async def clean(self, size: int, read: Read, write: Write, share: str = "") -> Cleaned:
        content = await read(0, size)

        async def read_before(offset: int, length: int) -> bytes:
            return content[offset : offset + length]

        return await super().clean(size, read_before, write, share)


class Damaged(Behind):
    """Finds out at the end that it can't be made safe."""

    async def clean(self, size: int, read: Read, write: Write, share: str = "") -> Cleaned:
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

    async def clean(self, size: int, read: Read, write: Write, share: str = "") -> Cleaned:
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
