"""The witness of the disk: what it calls sure is what a disk must have kept."""

from tests.proofs.witness import Disk


def test_what_was_not_synced_is_no_surer_for_a_cut() -> None:
    disk = Disk(bytearray(b"old"))
    disk.underway += [(0, b"new"), (3, b"more")]

    disk.cut(5)

    assert disk.sure == b"old"
    disk.sync()
    assert disk.sure == b"newmo"


def test_a_cut_takes_away_what_was_sure() -> None:
    disk = Disk(bytearray(b"old and sure"))
    disk.underway.append((8, b"never"))

    disk.cut(3)

    disk.sync()
    assert disk.sure == b"old"
