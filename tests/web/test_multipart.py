"""Forms with files, cut into pieces at every place they can be cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messenger.domain.errors import BadForm
from messenger.web.multipart import FIELDS_LIMIT, FILES_LIMIT, MultipartForm

BOUNDARY = b"----edge"


def body(*parts: tuple[str, bytes]) -> bytes:
    """Return a form of fields, and of files where a name has a file name behind a comma."""
    lines = []
    for name, content in parts:
        field, _, file = name.partition(",")
        header = f'form-data; name="{field}"' + (f'; filename="{file}"' if "," in name else "")
        lines.append(
            b"--" + BOUNDARY + b"\r\nContent-Disposition: " + header.encode()
            + b"\r\nContent-Type: image/jpeg\r\n\r\n" + content + b"\r\n"
        )  # fmt: skip
    return b"".join(lines) + b"--" + BOUNDARY + b"--\r\n"


async def pieces(content: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def read(content: bytes, size: int = 1_000) -> tuple[dict[str, str], list[tuple[str, bytes]]]:
    form = MultipartForm(BOUNDARY, pieces(content, size))
    await form.read_fields()
    files = [
        (file.name, b"".join([piece async for piece in file.pieces])) async for file in form.files()
    ]
    return form.fields, files


WHOLE = body(
    ("do", b"say"),
    ("body", "Über\r\n--".encode()),
    ("files,a.jpg", b"photo\r\n----edg"),
    ("files,b.jpg", b""),
)


@given(st.integers(1, len(WHOLE)))
def test_wherever_it_is_cut_it_reads_the_same(size: int) -> None:
    fields, files = asyncio.run(read(WHOLE, size))

    assert fields == {"do": "say", "body": "Über\r\n--"}
    assert files == [("a.jpg", b"photo\r\n----edg"), ("b.jpg", b"")]


async def test_a_file_field_that_was_left_empty_is_no_file() -> None:
    assert await read(body(("do", b"say"), ("files,", b""))) == ({"do": "say"}, [])


async def test_what_is_not_read_of_a_file_is_passed_over() -> None:
    form = MultipartForm(BOUNDARY, pieces(WHOLE, 10))
    await form.read_fields()

    assert [file.name async for file in form.files()] == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize("end", [10, 60, 150, len(WHOLE) - 12])
async def test_one_that_breaks_off_is_refused(end: int) -> None:
    with pytest.raises(BadForm):
        await read(WHOLE[:end])


@pytest.mark.parametrize(
    "content",
    [
        b"not a form at all",
        body(("body", b"\xff\xfe")),
        body(("body", b"x" * 300_000)),
        body(*((f"field{n}", b"") for n in range(FIELDS_LIMIT + 1))),
    ],
)
async def test_what_is_no_form_of_ours_is_refused(content: bytes) -> None:
    with pytest.raises(BadForm):
        await read(content)


@given(st.binary(max_size=300))
def test_whatever_comes_is_read_or_refused(raw: bytes) -> None:
    with suppress(BadForm):
        asyncio.run(read(b"--" + BOUNDARY + b"\r\n" + raw, 7))


@pytest.mark.parametrize("late", ["body", "alt", "what"])
async def test_words_that_come_after_the_files_are_refused_not_lost(late: str) -> None:
    with pytest.raises(BadForm):
        await read(body(("files,a.jpg", b"photo"), (late, b"This is what he sent me.")))


async def test_the_button_may_come_after_the_files() -> None:
    fields, files = await read(body(("body", b"Look."), ("files,a.jpg", b"photo"), ("do", b"say")))

    assert (fields, len(files)) == ({"body": "Look."}, 1)


async def test_a_boundary_that_is_none_is_a_bad_form() -> None:
    with pytest.raises(BadForm):
        MultipartForm(b"x" * 300, pieces(b"", 1))


async def test_a_form_of_more_files_than_anybody_sends_ends_there() -> None:
    files = [("files,a.jpg", b"")] * FILES_LIMIT

    fields, found = await read(body(*files))
    with pytest.raises(BadForm):
        await read(body(*files, ("files,b.jpg", b"")))

    assert (fields, len(found)) == ({}, FILES_LIMIT)
