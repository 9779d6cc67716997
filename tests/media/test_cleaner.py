"""The service's side: pieces in, pieces out, and whatever a worker does, only its own file is lost."""

import os
import select
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

import anyio
import pytest
from PIL import Image

from messenger.domain.errors import CannotClean, OthersFirst, Reason, TooBusy
from messenger.media.cleaner import ProcessCleaner, find_lack
from messenger.media.kinds import HEAD
from messenger.media.limits import PIECE, Limits
from tests.media.drawing import picture
from tests.media.washing import jpeg_of, opened, wash

Act = Callable[[int], None]
VIDEO = b"\x1aE\xdf\xa3" + bytes(HEAD)
"""It begins like one."""
DEADLINE = 10.0


@pytest.fixture
def picture_file() -> bytes:
    return jpeg_of(picture())


async def wash_while(cleaner: ProcessCleaner, dirty: bytes, act: Act) -> None:
    """Clean, and do something to the worker (by its number) while it waits for its first piece."""

    async def read(offset: int, length: int) -> bytes:
        if length != HEAD:
            act(worker_now())
        return dirty[offset : offset + length]

    async def write(piece: bytes) -> None:
        del piece

    await cleaner.clean(len(dirty), read, write)


def children_of(process: int) -> list[int]:
    found = list[int]()
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):  # A thread that has just ended.
            found += map(int, children.read_text().split())
    return found


def nurseries() -> set[int]:
    return {
        child
        for child in children_of(os.getpid())
        if b"messenger.media.nursery" in Path(f"/proc/{child}/cmdline").read_bytes()
    }


def worker_now() -> int:
    """The one at work, once the one before it is buried."""
    deadline = monotonic() + DEADLINE
    while len(workers := [child for each in nurseries() for child in children_of(each)]) != 1:
        assert monotonic() < deadline, workers
        sleep(0.01)
    return workers[0]


def kill(worker: int) -> None:
    os.kill(worker, signal.SIGKILL)


def stop(worker: int) -> None:
    os.kill(worker, signal.SIGSTOP)


async def test_a_worker_that_is_killed_takes_nothing_with_it(picture_file: bytes) -> None:
    async with opened(ProcessCleaner()) as cleaner:
        with pytest.raises(CannotClean) as refused:
            await wash_while(cleaner, picture_file, kill)
        washed = await wash(cleaner, picture_file)

    assert refused.value.reason is Reason.GAVE_UP
    assert washed.told.media_type == "image/jpeg"


@pytest.mark.slow
async def test_a_worker_that_stops_answering_is_ended(picture_file: bytes) -> None:
    stopped: list[int] = []

    def stop_and_note(worker: int) -> None:
        stopped.append(os.pidfd_open(worker))
        stop(worker)

    async with opened(ProcessCleaner(Limits(silence=3.0))) as cleaner:
        with pytest.raises(CannotClean) as refused:
            await wash_while(cleaner, picture_file, stop_and_note)
        washed = await wash(cleaner, picture_file)

    assert refused.value.reason is Reason.TOO_SLOW
    assert washed.told.media_type == "image/jpeg"
    assert select.select(stopped, [], [], DEADLINE)[0] == stopped  # It has ended.
    os.close(stopped[0])


@pytest.mark.parametrize("begins", [b"", VIDEO], ids=["picture", "video"])
async def test_a_file_that_takes_too_long_is_given_up(picture_file: bytes, begins: bytes) -> None:
    limits = Limits(deadline=0.2) if begins else Limits(quick=0.2)
    async with opened(ProcessCleaner(limits)) as cleaner:
        with pytest.raises(CannotClean) as refused:
            await wash_while(cleaner, begins + picture_file, stop)

    assert refused.value.reason is Reason.TOO_SLOW


async def test_when_the_nursery_dies_another_one_is_started(picture_file: bytes) -> None:
    others = nurseries()
    async with opened(ProcessCleaner()) as cleaner:
        await wash(cleaner, picture_file)
        kill(*nurseries() - others)
        washed = await wash(cleaner, picture_file)

    assert washed.told.media_type == "image/jpeg"


async def test_nothing_runs_on_after_the_end(picture_file: bytes) -> None:
    others = nurseries()
    async with opened(ProcessCleaner()) as cleaner:
        await wash(cleaner, picture_file)
        assert len(nurseries() - others) == 1

    assert nurseries() == others


async def test_what_goes_wrong_with_the_upload_is_told_as_it_is(picture_file: bytes) -> None:
    async def read(offset: int, length: int) -> bytes:
        if length != HEAD:
            raise ConnectionError(f"no {length} bytes at {offset}")
        return picture_file[:HEAD]

    async def write(piece: bytes) -> None:
        del piece

    async with opened(ProcessCleaner()) as cleaner:
        with pytest.raises(ConnectionError):
            await cleaner.clean(len(picture_file), read, write)
        washed = await wash(cleaner, picture_file)

    assert washed.told.media_type == "image/jpeg"


async def test_nothing_larger_than_a_piece_is_asked_or_given(cleaner: ProcessCleaner) -> None:
    dirty = jpeg_of(Image.effect_noise((2000, 1500), 80), quality=95)
    lengths: list[int] = []

    async def read(offset: int, length: int) -> bytes:
        lengths.append(length)
        return dirty[offset : offset + length]

    async def write(piece: bytes) -> None:
        lengths.append(len(piece))

    await cleaner.clean(len(dirty), read, write)

    assert len(dirty) > 2 * PIECE
    assert len(lengths) > 4 and max(lengths) == PIECE


async def test_a_full_house_is_told_as_such(picture_file: bytes) -> None:
    async with opened(ProcessCleaner(places=1, patience=0.1)) as cleaner:

        async def read(offset: int, length: int) -> bytes:
            if length != HEAD:
                with pytest.raises(TooBusy):
                    await wash(cleaner, picture_file)
            return picture_file[offset : offset + length]

        async def write(piece: bytes) -> None:
            del piece

        await cleaner.clean(len(picture_file), read, write)
        washed = await wash(cleaner, picture_file)

    assert washed.told.media_type == "image/jpeg"


async def drop(piece: bytes) -> None:
    del piece


@dataclass
class Held:
    """A file of which a worker gets nothing until it is let go."""

    content: bytes
    go: anyio.Event = field(default_factory=anyio.Event)
    asked: anyio.Event = field(default_factory=anyio.Event)

    async def read(self, offset: int, length: int) -> bytes:
        if length != HEAD:
            self.asked.set()
            await self.go.wait()
        return self.content[offset : offset + length]


@pytest.mark.parametrize("kind", ["picture", "video"])
async def test_files_of_one_organization_do_not_hold_up_those_of_another(
    picture_file: bytes, kind: str
) -> None:
    held, cleaned = Held(picture_file if kind == "picture" else VIDEO), list[str]()

    async def send(cleaner: ProcessCleaner, share: str) -> None:
        with suppress(CannotClean):  # It only begins like a video.
            await cleaner.clean(len(held.content), held.read, drop, share)
        cleaned.append(share)

    async with opened(ProcessCleaner(places=1)) as cleaner, anyio.create_task_group() as tasks:
        for share in ["oak"] * 8 + ["elm"]:
            tasks.start_soon(send, cleaner, share)
        await anyio.wait_all_tasks_blocked()
        held.go.set()

    assert cleaned.index("elm") <= 2


async def test_videos_leave_a_place_for_a_picture_and_the_next_one_is_told_what_it_waits_for(
    picture_file: bytes,
) -> None:
    held = Held(VIDEO)

    async with (
        opened(ProcessCleaner(places=2, patience=0.1)) as cleaner,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(cleaner.clean, len(VIDEO), held.read, drop)
        await held.asked.wait()
        with pytest.raises(OthersFirst):
            await cleaner.clean(len(VIDEO), held.read, drop)
        washed = await wash(cleaner, picture_file)
        tasks.cancel_scope.cancel()

    assert washed.told.media_type == "image/jpeg"


async def test_a_worker_at_work_has_no_rights_left(
    cleaner: ProcessCleaner, picture_file: bytes
) -> None:
    found: dict[str, str] = {}
    worlds: list[bool] = []
    descriptors: list[str] = []

    def look(worker: int) -> None:
        place = Path(f"/proc/{worker}")
        for line in (place / "status").read_text().splitlines():
            name, _, value = line.partition(":\t")
            found[name] = value
        own = Path("/proc/self/ns/net").readlink()
        worlds.append((place / "ns/net").readlink() != own)
        descriptors.extend(str(each.readlink()) for each in (place / "fd").iterdir())
        assert (place / "environ").read_bytes() == b""

    await wash_while(cleaner, picture_file, look)

    assert found["Seccomp"] == "2" and found["NoNewPrivs"] == "1"
    assert {found[kind] for kind in ("CapEff", "CapPrm", "CapInh")} == {"0" * 16}
    assert "0" not in found["Uid"].split()
    assert worlds[0]
    assert len(descriptors) == 1 and descriptors[0].startswith("socket:")


async def test_this_machine_has_all_that_a_worker_needs() -> None:
    assert await find_lack(Limits()) == ("", [])
