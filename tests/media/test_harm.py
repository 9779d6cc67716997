"""What is made to do harm: bombs, addresses to call, files that are two things, and broken ones."""

import io
import random
import socket
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from messenger.domain.errors import CannotClean, Reason
from messenger.media.cleaner import ProcessCleaner
from messenger.media.limits import Limits
from tests.media.drawing import PICTURES, picture
from tests.media.planting import NAMES
from tests.media.washing import jpeg_of, wash

MUTANTS, MUTANTS_OF_OTHERS = 42, 20
"""Of each planted picture, which is quick, and of each other file: more than 2,000 in all."""
SMALL = Limits(pixels=100_000, seconds=1, frames=3, pages=2, deadline=20, silence=20)


async def reason_of(cleaner: ProcessCleaner, dirty: bytes) -> Reason:
    with pytest.raises(CannotClean) as refused:
        await wash(cleaner, dirty)
    return refused.value.reason


@pytest.fixture(scope="module")
def strict() -> Iterator[ProcessCleaner]:
    """A cleaner that takes little."""
    cleaner = ProcessCleaner(SMALL)
    yield cleaner
    cleaner.close()


def mutants(name: str, original: bytes) -> Iterator[bytes]:
    """The same ones each time: bytes changed, pieces cut out, doubled, swapped, and ends cut off."""
    chance = random.Random(name)
    for _ in range(MUTANTS if name in PICTURES else MUTANTS_OF_OTHERS):
        mutant = bytearray(original)
        # Where formats say how long and how many, near the beginning, more often than elsewhere.
        reach = chance.choice((64, 1024, len(mutant)))
        for _ in range(chance.choice((1, 4, 32))):
            at = chance.randrange(min(reach, len(mutant)))
            match chance.randrange(6):
                case 0 | 1:
                    mutant[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
                case 2:
                    mutant[at : at + 4] = struct.pack(
                        ">I", chance.choice((0, 1, 2**31 - 1, 2**32 - 1))
                    )
                case 3:
                    del mutant[at : at + chance.randrange(1, 64)]
                case 4:
                    mutant[at:at] = mutant[at : at + chance.randrange(1, 512)]
                case _:
                    mutant[at:at] = chance.randbytes(chance.randrange(1, 16))
            mutant = mutant or bytearray(b"\0")
        if chance.random() < 0.2:
            del mutant[chance.randrange(len(mutant)) :]
        yield bytes(mutant)


@pytest.mark.slow
async def test_two_thousand_mutants_end_in_a_clean_file_or_a_refusal(
    dirty: Path, cleaner: ProcessCleaner
) -> None:
    ends: list[str] = []
    files = {name: read_file(dirty / name) for name in NAMES}
    with anyio.fail_after(600):
        for name, original in files.items():
            for mutant in mutants(name, original):
                try:
                    washed = await wash(cleaner, mutant)
                except CannotClean as refused:
                    ends.append(refused.reason)
                else:
                    ends.append(washed.told.media_type)

    assert len(ends) > 2_000
    assert {Reason.DAMAGED, "image/jpeg", "video/mp4", "audio/mp4", "application/pdf"} <= set(ends)
    assert Reason.TOO_SLOW not in ends


def read_file(path: Path) -> bytes:
    return path.read_bytes()


def _png_of(width: int, height: int) -> bytes:
    """A picture whose pixels are all there, in very few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    lines = zlib.compress(b"\0" * (1 + width // 8) * height, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [20_000, 60_000])
async def test_a_picture_that_unfolds_is_refused_before_it_does(
    cleaner: ProcessCleaner, side: int
) -> None:
    assert await reason_of(cleaner, _png_of(side, 8_000)) in {Reason.TOO_LARGE, Reason.DAMAGED}


@pytest.mark.parametrize("kind", ["gif", "webp", "jpg", "heic", "avif"])
async def test_a_picture_of_more_pixels_than_allowed_is_refused(
    strict: ProcessCleaner, kind: str
) -> None:
    drawn = io.BytesIO()
    picture((640, 480)).save(drawn, {"jpg": "JPEG", "heic": "HEIF"}.get(kind, kind))

    assert await reason_of(strict, drawn.getvalue()) is Reason.TOO_LARGE


async def test_a_gif_that_says_it_is_huge_is_refused(cleaner: ProcessCleaner, dirty: Path) -> None:
    gif = bytearray(read_file(dirty / "animated.gif"))
    gif[6:10] = b"\xff\xff\xff\xff"

    assert await reason_of(cleaner, bytes(gif)) is Reason.TOO_LARGE


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("animated.gif", Reason.TOO_LONG),
        ("animated.webp", Reason.TOO_LONG),
        ("phone.mp4", Reason.TOO_LONG),
        ("browser.webm", Reason.TOO_LONG),
        ("voice.mp3", Reason.TOO_LONG),
        ("voice.wav", Reason.TOO_LONG),
        ("pages.pdf", Reason.TOO_MANY_PAGES),
    ],
)
async def test_what_is_too_long_is_refused(
    strict: ProcessCleaner, dirty: Path, name: str, reason: Reason
) -> None:
    assert await reason_of(strict, read_file(dirty / name)) is reason


async def test_an_archive_is_refused_whatever_is_in_it(cleaner: ProcessCleaner) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.jpg", b"\0" * 50_000_000)

    assert await reason_of(cleaner, packed.getvalue()) is Reason.UNKNOWN_KIND


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Who would be called."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        yield server


@pytest.mark.parametrize(
    "beginning", [b"", b"ID3\x04\x00\x00\x00\x00\x00\x00", b"RIFF\0\0\0\0WAVE"]
)
@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{url}/a.ts\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{url}/a.mp4'\n",
        '<svg xmlns="http://www.w3.org/2000/svg"><image href="{url}/a.png"/></svg>',
        "[playlist]\nFile1={url}/a.mp3\n",
    ],
    ids=["hls", "concat", "svg", "pls"],
)
async def test_an_address_in_a_file_is_not_called(
    cleaner: ProcessCleaner, listener: socket.socket, beginning: bytes, playlist: str
) -> None:
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    assert await reason_of(cleaner, beginning + playlist.format(url=url).encode()) in {
        Reason.UNKNOWN_KIND,
        Reason.DAMAGED,
    }
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize("name", ["jpeg-held-1.jpg", "plain.png", "still.gif", "voice.mp3"])
async def test_what_is_hidden_behind_a_file_stays_behind(
    cleaner: ProcessCleaner, dirty: Path, name: str
) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("page.html", "<script>alert(1)</script>")
    both = read_file(dirty / name) + archive.getvalue() + b"<html><script>alert(1)</script></html>"

    washed = await wash(cleaner, both)

    assert b"<script>" not in washed.content and b"PK\x03\x04" not in washed.content


async def test_a_file_is_what_it_begins_with_and_not_what_it_is_called(
    cleaner: ProcessCleaner,
) -> None:
    washed = await wash(cleaner, jpeg_of(picture()))

    assert washed.told.media_type == "image/jpeg"


@pytest.mark.parametrize("name", NAMES)
async def test_the_first_half_of_a_file_is_cleaned_or_refused(
    cleaner: ProcessCleaner, dirty: Path, name: str
) -> None:
    original = read_file(dirty / name)
    try:
        washed = await wash(cleaner, original[: len(original) // 2])
    except CannotClean as refused:
        end = str(refused.reason)
    else:
        end = washed.told.media_type

    assert "/" in end or end in {Reason.DAMAGED, Reason.UNKNOWN_KIND}


LOCKED = b"""%%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>> endobj
trailer <</Root 1 0 R/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<%b>/U<%b>>>>>
""" % (b"a" * 64, b"b" * 64)
"""It asks for a password that nobody knows."""


async def test_a_locked_paper_is_refused_as_locked(cleaner: ProcessCleaner) -> None:
    assert await reason_of(cleaner, LOCKED) is Reason.LOCKED
