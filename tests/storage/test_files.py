"""The contract of sealed files on a folder, in memory and on a server that speaks S3; and their outages."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from messenger.domain.errors import NoPlaceForFiles, StoreDown
from messenger.ports.storage import Files
from messenger.storage.files import SPARED, FolderFiles, ObjectFiles, files_at, room_on_disk
from tests.contracts.files import FILE, FilesContract
from tests.s3 import CREDENTIALS, Bucket, s3_server
from tests.server import free_port


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    with s3_server() as bucket:
        yield bucket


class TestFolder(FilesContract):
    """The default."""

    @pytest.fixture
    def files(self, tmp_path: Path) -> Files:
        return files_at(tmp_path / "data" / "files")


class StoreContract(FilesContract):
    """What else an object store must do."""

    async def test_what_is_copied_from_a_folder_is_read(self, files: Files, tmp_path: Path) -> None:
        segments = [b"segment" * number for number in range(1, 7)]
        await FolderFiles(tmp_path / "folder").put(FILE, 0, segments)
        assert isinstance(files, ObjectFiles)

        _copy(tmp_path / "folder", files)

        assert [await files.get(FILE, number) for number in range(6)] == segments
        assert await files.has(FILE)


class TestMemory(StoreContract):
    """obstore's, as an object store without a network."""

    @pytest.fixture
    def files(self) -> Files:
        return ObjectFiles(MemoryStore())


@pytest.mark.slow
class TestS3(StoreContract):
    """A server of its own."""

    @pytest.fixture
    def files(self, bucket: Bucket, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Files:
        for name, value in CREDENTIALS.items():
            monkeypatch.setenv(name, value)
        return files_at(bucket.url.replace("/sealed", f"/{tmp_path.name}"))


async def test_a_server_that_is_not_there_is_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    files = files_at(f"s3://evidence?endpoint=http://127.0.0.1:{free_port()}&region=us-east-1")

    with pytest.raises(StoreDown):
        await files.put(FILE, 0, [b"lost"])


async def test_nobody_else_on_the_machine_may_read_them(tmp_path: Path) -> None:
    root = tmp_path / "files"

    await FolderFiles(root).put(FILE, 0, [b"sealed"])

    places = [root, *root.rglob("*")]
    modes = {stat.S_IMODE(path.stat().st_mode) for path in places if path.is_dir()}
    assert modes == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in places if path.is_file()} == {0o600}


async def test_in_a_folder_segments_that_belong_together_share_a_file(tmp_path: Path) -> None:
    files = FolderFiles(tmp_path)

    await files.put(FILE, 2, [b"%d" % number for number in range(2, 9)])

    there = {path.name for path in (tmp_path / FILE).iterdir()}
    assert there == {"000002", "000003", "000004-000007", "000008"}


async def test_a_shared_file_is_read_as_it_was_written_by_the_first_version_that_did(
    tmp_path: Path,
) -> None:
    lengths = b"\0\0\0\3\0\0\0\6\0\0\0\5\0\0\1\2"
    (tmp_path / FILE).mkdir(parents=True)
    (tmp_path / FILE / "000008-000011").write_bytes(lengths + b"onetwotwothree" + b"4" * 258)

    got = [await FolderFiles(tmp_path).get(FILE, number) for number in range(8, 12)]

    assert got == [b"one", b"twotwo", b"three", b"4" * 258]


async def test_what_was_put_one_by_one_before_leaves_nothing_beside_the_file_they_share(
    tmp_path: Path,
) -> None:
    files = FolderFiles(tmp_path)
    await files.put(FILE, 0, [b"old", b"old"])

    await files.put(FILE, 0, [b"new"] * 4)

    assert [path.name for path in (tmp_path / FILE).iterdir()] == ["000000-000003"]


async def test_a_folder_in_which_each_segment_has_a_file_is_read(tmp_path: Path) -> None:
    segments = [b"segment %d" % number for number in range(6)]
    (tmp_path / FILE).mkdir(parents=True)
    for number, content in enumerate(segments):
        (tmp_path / FILE / f"{number:06}").write_bytes(content)

    files = FolderFiles(tmp_path)

    assert [await files.get(FILE, number) for number in range(6)] == segments
    assert await files.has(FILE)


@pytest.mark.parametrize(
    ("left", "content"), [(0, b""), (7, b""), (16, b""), (19, b""), (22, b"two")]
)
async def test_of_a_file_that_the_disk_cut_off_the_rest_is_returned(
    tmp_path: Path, left: int, content: bytes
) -> None:
    files = FolderFiles(tmp_path)
    await files.put(FILE, 0, [b"one", b"twotwo", b"three", b"four"])
    os.truncate(tmp_path / FILE / "000000-000003", left)

    assert await files.get(FILE, 1) == content


async def test_of_segments_that_could_not_all_be_made_nothing_stays(tmp_path: Path) -> None:
    root = tmp_path / "files"

    with pytest.raises(ZeroDivisionError):
        await FolderFiles(root).put(FILE, 0, (b"%d" % (1 // number) for number in (1, 0)))

    assert [path for path in root.rglob("*") if path.is_file()] == []


async def test_where_nothing_can_be_written_it_is_an_outage(tmp_path: Path) -> None:
    root = tmp_path / "files"
    root.write_bytes(b"a file where the folder should be")

    with pytest.raises(StoreDown):
        await FolderFiles(root).put(FILE, 0, [b"lost"])


async def test_files_take_no_more_than_there_is_room_for_and_what_is_there_stays_and_goes(
    tmp_path: Path,
) -> None:
    files, full = FolderFiles(tmp_path, lambda _: 6), FolderFiles(tmp_path, lambda _: -1)
    await files.put(FILE, 0, [b"one", b"two"])

    for refusing, segments in ((files, [b"three", b"more"]), (full, [b"3"])):
        with pytest.raises(NoPlaceForFiles) as refused:
            await refusing.put(FILE, 2, segments)
        assert refused.value.code == StoreDown.code
    assert await full.get(FILE, 1) == b"two"
    await full.erase(FILE)

    assert not (tmp_path / FILE).exists()


def test_the_last_of_a_disk_is_not_for_files(tmp_path: Path) -> None:
    disk = shutil.disk_usage(tmp_path)

    left = disk.free - room_on_disk(tmp_path)

    assert left == pytest.approx(min(SPARED, disk.total // 20), abs=SPARED // 10)


def _copy(folder: Path, files: ObjectFiles) -> None:
    """As an operator does who goes from a folder to a store."""
    for path in folder.rglob("0*"):
        files._store.put(str(path.relative_to(folder)), path.read_bytes())
