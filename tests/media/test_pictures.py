"""What is kept without loss, and what is not: every dot of a screen, and no dot of a photograph's noise."""

import io
import os

import pytest
from PIL import Image, ImageChops

from messenger.media.cleaner import ProcessCleaner
from tests.media.drawing import picture
from tests.media.washing import wash

LARGE = (2400, 1800)


def png_of(image: Image.Image) -> bytes:
    saved = io.BytesIO()
    image.save(saved, "PNG", compress_level=1)
    return saved.getvalue()


def noise(mode: str, size: tuple[int, int]) -> Image.Image:
    return Image.frombytes(mode, size, os.urandom(len(mode) * size[0] * size[1]))


@pytest.mark.parametrize(
    "image",
    [noise("RGB", (333, 77)), noise("RGBA", (77, 333)), picture(LARGE), noise("RGBA", LARGE)],
    ids=["colours", "see-through", "large screen", "large and see-through"],
)
async def test_a_screen_keeps_every_dot(cleaner: ProcessCleaner, image: Image.Image) -> None:
    washed = await wash(cleaner, png_of(image))

    with Image.open(io.BytesIO(washed.content)) as clean:
        assert (clean.format, clean.mode) == ("PNG", image.mode)
        assert clean.tobytes() == image.tobytes()


async def test_what_nothing_can_be_seen_through_is_left_out(cleaner: ProcessCleaner) -> None:
    image = noise("RGB", (77, 33))

    washed = await wash(cleaner, png_of(image.convert("RGBA")))

    with Image.open(io.BytesIO(washed.content)) as clean:
        assert clean.mode == "RGB"
        assert clean.tobytes() == image.tobytes()


async def test_a_large_photograph_that_was_stored_without_loss_becomes_a_jpeg(
    cleaner: ProcessCleaner,
) -> None:
    grain = noise("RGB", LARGE).point(lambda value: value // 8)
    photograph = ImageChops.add(picture(LARGE), grain)
    dirty = png_of(photograph)

    washed = await wash(cleaner, dirty)

    assert washed.told.media_type == "image/jpeg"
    assert (washed.told.width, washed.told.height) == LARGE
    assert len(washed.content) < len(dirty) / 2


@pytest.mark.slow
@pytest.mark.parametrize("alpha", [False, True], ids=["plain", "see-through"])
async def test_a_picture_of_the_largest_size_can_be_cleaned(
    cleaner: ProcessCleaner, alpha: bool
) -> None:
    shades = Image.radial_gradient("L").resize((7000, 7100))
    largest = shades.convert("RGB")
    if alpha:
        largest.putalpha(shades)

    washed = await wash(cleaner, png_of(largest))

    assert washed.told.media_type == "image/png"
    assert (washed.told.width, washed.told.height) == largest.size
