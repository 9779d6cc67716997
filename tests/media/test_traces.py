"""What was planted in real files of every kind is gone, and they show what they showed before."""

import io
import json
from typing import cast

import pytest
from PIL import Image

from messenger.media.limits import PREVIEW_BYTES, PREVIEW_SIDE
from tests.media.conftest import Told
from tests.media.planting import BLUE, GREEN, NAME, NAMES, PICTURES, RED, SIZE, TRACES, WHITE
from tests.media.washing import Washed

STRUCTURE = {
    *("ExifTool:ExifToolVersion", "Composite:ImageSize", "Composite:Megapixels"),
    *("System:FileName", "System:Directory", "System:FileSize", "System:FileModifyDate"),
    *("System:FileAccessDate", "System:FileInodeChangeDate", "System:FilePermissions"),
    *("File:FileType", "File:FileTypeExtension", "File:MIMEType"),
    *("File:ImageWidth", "File:ImageHeight", "File:BitsPerSample", "File:ColorComponents"),
    *("File:EncodingProcess", "File:YCbCrSubSampling"),
    *("JFIF:JFIFVersion", "JFIF:ResolutionUnit", "JFIF:XResolution", "JFIF:YResolution"),
    *("PNG:ImageWidth", "PNG:ImageHeight", "PNG:BitDepth", "PNG:ColorType", "PNG:Compression"),
    *("PNG:Filter", "PNG:Interlace"),
    *("RIFF:ImageWidth", "RIFF:ImageHeight", "RIFF:WebP_Flags", "RIFF:VP8Version"),
    *("RIFF:HorizontalScale", "RIFF:VerticalScale", "RIFF:AlphaCompression"),
    *("RIFF:AlphaFiltering", "RIFF:AlphaPreprocessing", "RIFF:AnimationLoopCount"),
    *("RIFF:BackgroundColor", "RIFF:Duration"),
}
"""Every tag that may be left: how a decoder has to read it, and what the test's own disk says of it."""


@pytest.mark.parametrize("name", NAMES)
def test_who_looks_at_an_original_finds_the_sender(
    name: str, told_of_dirty: dict[str, Told]
) -> None:
    assert NAME in json.dumps(told_of_dirty[name])


@pytest.mark.parametrize("name", NAMES)
def test_who_looks_at_a_clean_file_finds_no_tag_but_of_structure(
    name: str, told_of_washed: dict[str, Told]
) -> None:
    assert set(told_of_washed[name]) - STRUCTURE == set()


@pytest.mark.parametrize("name", NAMES)
def test_nothing_planted_is_left_among_the_bytes(name: str, washed: dict[str, Washed]) -> None:
    content = washed[name].content + washed[name].told.preview

    assert [trace for trace in TRACES if trace in content] == []


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_shows_what_it_showed(name: str, washed: dict[str, Washed]) -> None:
    file = washed[name]
    with Image.open(io.BytesIO(file.content)) as image:
        corners = corners_of(image)

    assert (file.told.width, file.told.height) == SIZE
    assert_alike(corners, expected(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_preview_is_small_and_shows_the_same(name: str, washed: dict[str, Washed]) -> None:
    preview = washed[name].told.preview
    with Image.open(io.BytesIO(preview)) as image:
        corners = corners_of(image)

    assert len(preview) <= PREVIEW_BYTES and max(image.size) <= PREVIEW_SIDE
    assert image.format == "WEBP"
    assert_alike(corners, expected(name))


@pytest.mark.parametrize("name", [name for name in PICTURES if name.startswith("animated")])
def test_what_moved_still_moves_at_its_pace(name: str, washed: dict[str, Washed]) -> None:
    with Image.open(io.BytesIO(washed[name].content)) as image:
        frames = getattr(image, "n_frames", 1)

    assert frames == 4
    assert washed[name].told.seconds == 0.48


def test_what_could_be_seen_through_still_can(washed: dict[str, Washed]) -> None:
    for name in ("see-through.png", "lossless.webp", "see-through.heic", "see-through.avif"):
        with Image.open(io.BytesIO(washed[name].content)) as image:
            alpha = image.convert("RGBA").getchannel("A")

        assert alpha.getpixel((5, 5)) in range(20)
        assert alpha.getpixel((5, SIZE[1] - 5)) in range(235, 256)


Colour = tuple[int, int, int]


def corners_of(image: Image.Image) -> list[Colour]:
    """The colours in the middle of each quarter."""
    shown = image.convert("RGB")
    width, height = shown.size
    places = [(x * width // 4, y * height // 4) for y in (1, 3) for x in (1, 3)]
    return [cast("Colour", shown.getpixel(place)) for place in places]


def expected(name: str) -> list[Colour]:
    colours = [RED, GREEN, BLUE, WHITE]
    if "grey" not in name:
        return colours
    return [(luma, luma, luma) for luma in (round(weighed(*colour)) for colour in colours)]


def weighed(red: int, green: int, blue: int) -> float:
    """How bright a colour is (ITU-R BT.601)."""
    return 0.299 * red + 0.587 * green + 0.114 * blue


def assert_alike(found: list[Colour], wanted: list[Colour]) -> None:
    differences = [
        abs(a - b)
        for one, other in zip(found, wanted, strict=True)
        for a, b in zip(one, other, strict=True)
    ]
    assert max(differences) < 30, f"{found} instead of {wanted}"
