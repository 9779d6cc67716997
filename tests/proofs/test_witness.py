"""The witness of the disk: what it calls sure is what a disk must have kept."""

from tests.proofs.witness import Disk

WRITER, FOLDER = 7, 9
"""Two descriptors of one file."""


def disk_with(sure: bytes) -> Disk:
    """One that both have used."""
    disk = Disk(bytearray(sure))
    for file in (WRITER, FOLDER):
        disk.begin_sync(file)
        disk.end_sync(file, succeeded=True)
    return disk


def sync(disk: Disk, file: int = WRITER, *, succeeded: bool = True) -> None:
    disk.begin_sync(file)
    disk.end_sync(file, succeeded=succeeded)


def test_what_was_not_synced_is_no_surer_for_a_cut() -> None:
    disk = disk_with(b"old")
    disk.write(WRITER, 0, b"new")
    disk.write(WRITER, 3, b"more")

    disk.cut(5)

    assert disk.sure == b"old"
    sync(disk)
    assert disk.sure == b"newmo"


def test_a_cut_takes_away_what_was_sure() -> None:
    disk = disk_with(b"old and sure")
    disk.write(WRITER, 8, b"never")

    disk.cut(3)

    sync(disk)
    assert disk.sure == b"old"


def test_a_sync_makes_nothing_sure_that_was_written_after_it_began() -> None:
    disk = disk_with(b"old")
    disk.begin_sync(FOLDER)
    disk.write(WRITER, 0, b"new")

    disk.end_sync(FOLDER, succeeded=True)

    assert disk.sure == b"old"


def test_a_sync_that_fails_takes_nothing_that_was_written_after_it_began() -> None:
    disk = disk_with(b"old")
    disk.begin_sync(FOLDER)
    disk.write(WRITER, 0, b"new")
    disk.end_sync(FOLDER, succeeded=False)

    sync(disk)

    assert disk.sure == b"new"


def test_a_second_try_brings_nothing_back() -> None:
    disk = disk_with(b"old")
    disk.write(WRITER, 0, b"new")

    sync(disk, succeeded=False)
    sync(disk)

    assert disk.sure == b"old"


def test_who_was_there_and_was_told_of_no_failure_may_be_believed() -> None:
    disk = disk_with(b"old")
    disk.write(WRITER, 0, b"new")

    sync(disk, FOLDER, succeeded=False)
    sync(disk, WRITER)

    assert disk.sure == b"new"


def test_who_came_after_the_failure_may_not() -> None:
    disk = disk_with(b"old")
    disk.write(WRITER, 0, b"new")

    sync(disk, succeeded=False)
    sync(disk, file=11)

    assert disk.sure == b"old"
