"""What every place for sealed files must do. Subclassed once for each."""

import asyncio
from collections.abc import Iterator
from threading import get_ident

import pytest

from messenger.domain.errors import NotFound
from messenger.ports.security import SEGMENT
from messenger.ports.storage import Files

FILE = "oak/room/file/upload"


class FilesContract:
    """Segments in rows, rows in folders."""

    async def test_what_was_put_comes_back_by_its_number(self, files: Files) -> None:
        await files.put(FILE, 0, [b"one", b"two"])
        await files.put(FILE, 2, [b"three"])

        assert [await files.get(FILE, number) for number in range(3)] == [b"one", b"two", b"three"]

    async def test_a_segment_of_full_size_comes_back_whole(self, files: Files) -> None:
        content = bytes(range(256)) * (SEGMENT // 256) + b"seal"

        await files.put(FILE, 0, [content])

        assert await files.get(FILE, 0) == content

    async def test_put_again_it_is_replaced(self, files: Files) -> None:
        await files.put(FILE, 0, [b"before", b"stays"])

        await files.put(FILE, 0, [b"after"])

        assert [await files.get(FILE, number) for number in range(2)] == [b"after", b"stays"]

    async def test_of_each_segment_what_was_put_last_counts_however_they_were_put_together(
        self, files: Files
    ) -> None:
        expected = dict[int, bytes]()

        for time, (first, count) in enumerate(
            [(0, 4), (1, 2), (0, 4), (3, 3), (4, 4), (2, 7), (8, 3), (8, 4), (11, 9), (0, 1)]
        ):
            put = {number: b"%d-" % time * number for number in range(first, first + count)}
            await files.put(FILE, first, [*put.values()])
            expected |= put

            got = {number: await files.get(FILE, number) for number in expected}
            assert got == expected
        with pytest.raises(NotFound):
            await files.get(FILE, 20)

    async def test_each_segment_is_made_when_its_turn_comes_and_out_of_the_loop_s_way(
        self, files: Files
    ) -> None:
        makers = set[int]()

        def made() -> Iterator[bytes]:
            for number in range(3):
                makers.add(get_ident())
                yield b"made %d" % number

        await files.put(FILE, 0, made())

        assert await files.get(FILE, 2) == b"made 2"
        assert makers and get_ident() not in makers

    async def test_what_can_t_be_made_is_not_put_and_what_was_there_stays(
        self, files: Files
    ) -> None:
        await files.put(FILE, 0, [b"before"])

        with pytest.raises(ZeroDivisionError):
            await files.put(FILE, 0, (b"%d" % (1 // number) for number in range(2)))

        assert await files.get(FILE, 0) == b"before"

    async def test_what_was_never_put_is_not_there(self, files: Files) -> None:
        await files.put(FILE, 0, [b"one"])

        for folder, number in ((FILE, 1), ("oak/room/other/upload", 0)):
            with pytest.raises(NotFound):
                await files.get(folder, number)

    async def test_it_is_told_whether_a_folder_has_anything_in_it(self, files: Files) -> None:
        await files.put(FILE, 0, [b"one"])
        await files.put("oak/room/video/upload", 0, [b"one", b"two", b"three", b"four"])

        assert await files.has(FILE)
        assert await files.has("oak/room/video/upload")
        assert not await files.has("oak/room/other/upload")

    async def test_a_folder_is_erased_with_all_under_it_and_nothing_beside_it(
        self, files: Files
    ) -> None:
        await files.put(FILE, 0, [b"gone"] * 7)
        await files.put("oak/room/file/preview", 0, [b"gone"])
        await files.put("oak/room/file2/upload", 0, [b"stays"])

        await files.erase("oak/room/file")

        for folder, number in ((FILE, 0), (FILE, 6), ("oak/room/file/preview", 0)):
            with pytest.raises(NotFound):
                await files.get(folder, number)
        assert await files.get("oak/room/file2/upload", 0) == b"stays"

    async def test_erasing_is_safe_to_repeat(self, files: Files) -> None:
        await files.put(FILE, 0, [b"gone"])

        await files.erase(FILE)
        await files.erase(FILE)
        await files.put(FILE, 0, [b"new"])

        assert await files.get(FILE, 0) == b"new"

    async def test_many_at_the_same_time_do_not_mix(self, files: Files) -> None:
        names = [f"oak/room/{number}/upload" for number in range(12)]

        await asyncio.gather(*(files.put(name, 0, [name.encode()]) for name in names))

        assert [await files.get(name, 0) for name in names] == [name.encode() for name in names]
