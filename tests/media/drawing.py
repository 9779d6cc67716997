"""Real files of every kind we take, with all in them that may betray who made them."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pillow_heif
from PIL import ExifTags, Image, ImageCms, ImageDraw
from PIL.PngImagePlugin import PngInfo

pillow_heif.register_heif_opener()

NAME = "Quillfeather"
"""Stands in every text that is planted."""
SERIAL = "QF-8675309-SN"
PLACE = "41.4036"
"""The latitude that is planted, with a longitude beside it."""
TRACES = (NAME.encode(), NAME.encode("utf-16-le"), NAME.encode("utf-16-be"), SERIAL.encode())
SIZE = (240, 160)
RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 180, 60), (40, 60, 210), (250, 250, 250)
"""Top left, top right, bottom left, bottom right of every picture as people see it."""

_TAGS = (
    *(f"-EXIF:Make={NAME} Works", f"-EXIF:Model={NAME} One", f"-EXIF:SerialNumber={SERIAL}"),
    *(f"-EXIF:OwnerName=Pat {NAME}", f"-EXIF:Artist=Pat {NAME}", f"-EXIF:LensModel={NAME} 50mm"),
    *(f"-EXIF:UserComment=by {NAME}", f"-EXIF:ImageDescription=at {NAME}’s house"),
    *("-EXIF:DateTimeOriginal=2025:03:04 05:06:07", "-EXIF:OffsetTimeOriginal=-06:00"),
    *(f"-EXIF:GPSLatitude={PLACE}", "-EXIF:GPSLatitudeRef=N"),
    *("-EXIF:GPSLongitude=2.1744", "-EXIF:GPSLongitudeRef=E"),
    *(f"-XMP-dc:Creator=Pat {NAME}", f"-XMP-dc:Title={NAME}", f"-XMP-exif:GPSLatitude={PLACE}"),
    *(f"-XMP-aux:SerialNumber={SERIAL}", f"-XMP-xmpMM:DocumentID={NAME}-document"),
    f"-XMP-tiff:Make={NAME} Works",
    *(f"-IPTC:By-line=Pat {NAME}", f"-IPTC:City={NAME}ville", f"-Comment=a comment by {NAME}"),
)


def picture(size: tuple[int, int] = SIZE) -> Image.Image:
    """Four colours, one in each quarter, so that a turn or a flip shows."""
    image = Image.new("RGB", size, WHITE)
    width, height = size[0] // 2, size[1] // 2
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width - 1, height - 1), RED)
    draw.rectangle((width, 0, size[0], height - 1), GREEN)
    draw.rectangle((0, height, width - 1, size[1]), BLUE)
    return image


_UNTURNED: dict[int, list[Image.Transpose]] = {
    1: [],
    2: [Image.Transpose.FLIP_LEFT_RIGHT],
    3: [Image.Transpose.ROTATE_180],
    4: [Image.Transpose.FLIP_TOP_BOTTOM],
    5: [Image.Transpose.TRANSPOSE],
    6: [Image.Transpose.ROTATE_90],
    7: [Image.Transpose.TRANSVERSE],
    8: [Image.Transpose.ROTATE_270],
}
"""How a camera holds the picture that it marks with this orientation (Exif 2.32, tag 0x0112)."""


def held(orientation: int) -> Image.Image:
    """The picture as stored by a camera that was held that way."""
    image = picture()
    for turn in _UNTURNED[orientation]:
        image = image.transpose(turn)
    return image


def named_profile() -> bytes:
    """A colour profile that tells whose it is."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # As long as what it replaces, since a profile holds offsets.
    return profile.replace("sRGB built-in".encode("utf-16-be"), f"{NAME}."[:13].encode("utf-16-be"))


def draw_pictures(folder: Path) -> None:
    """Draw every picture, and plant in all at once what exiftool can write."""
    for name, draw in _PICTURES.items():
        draw(folder / name)
    drawn = [folder / name for name in _PICTURES]
    exiftool(*_TAGS, *drawn)
    thumbnail = folder / "thumbnail.jpg"
    picture((64, 40)).save(thumbnail, comment=f"{NAME} small")
    exiftool(f"-ThumbnailImage<={thumbnail}", folder / "thumbnail-in.jpg")
    thumbnail.unlink()


def _saved(image: Callable[[], Image.Image], **how: Any) -> Callable[[Path], None]:
    return lambda path: image().save(path, **how)


def _held(orientation: int) -> Callable[[Path], None]:
    turned = Image.Exif()
    turned[ExifTags.Base.Orientation] = orientation
    return lambda path: held(orientation).save(path, exif=turned)


def _grey16() -> Image.Image:
    return picture().convert("L").convert("I").point(lambda value: value * 257).convert("I;16")


def _see_through() -> Image.Image:
    image = picture().convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(SIZE))
    return image


def _frames(count: int = 4) -> list[Image.Image]:
    return [picture().rotate(90 * turn) for turn in range(count)]


def _animated(**how: Any) -> Callable[[Path], None]:
    first, *rest = _frames()
    return lambda path: first.save(path, save_all=True, append_images=rest, duration=120, **how)


def _two_pictures(path: Path) -> None:
    """As phones do: one for the eye, and another, with more in it, behind."""
    picture().save(path, "MPO", save_all=True, append_images=[picture((120, 80))])


def _text_in_png(path: Path) -> None:
    text = PngInfo()
    text.add_text("Author", f"Pat {NAME}")
    text.add_itxt("Comment", f"by {NAME}", "en", "Comment")
    text.add_text("Software", f"{NAME} Shop", zip=True)
    picture().save(path, pnginfo=text, dpi=(72, 72))


_PICTURES: dict[str, Callable[[Path], None]] = {
    **{f"jpeg-held-{turn}.jpg": _held(turn) for turn in range(1, 9)},
    "progressive.jpg": _saved(picture, progressive=True, quality=70),
    "grey.jpg": _saved(lambda: picture().convert("L")),
    "cmyk.jpg": _saved(lambda: picture().convert("CMYK")),
    "profile.jpg": _saved(picture, icc_profile=named_profile()),
    "thumbnail-in.jpg": _saved(picture),
    "two-pictures.jpg": _two_pictures,
    "plain.png": _saved(picture),
    "text.png": _text_in_png,
    "see-through.png": _saved(_see_through),
    "palette.png": _saved(lambda: picture().quantize(16)),
    "grey16.png": _saved(_grey16),
    "profile.png": _saved(picture, icc_profile=named_profile()),
    "animated.png": _animated(),
    "png-held-6.png": _held(6),
    "lossy.webp": _saved(picture, quality=70, icc_profile=named_profile()),
    "lossless.webp": _saved(_see_through, lossless=True),
    "webp-held-8.webp": _held(8),
    "animated.webp": _animated(),
    "still.gif": _saved(lambda: picture().quantize(16), comment=f"a comment by {NAME}".encode()),
    "animated.gif": _animated(comment=f"a comment by {NAME}".encode()),
    "plain.heic": _saved(picture, quality=70),
    "see-through.heic": _saved(_see_through, quality=70),
    "profile.heic": _saved(picture, icc_profile=named_profile()),
    "plain.avif": _saved(picture, speed=9),
    "see-through.avif": _saved(_see_through, speed=9),
    "animated.avif": _animated(speed=9),
}


def exiftool(*arguments: str | Path) -> None:
    # -m: what a kind of file can't hold is left out.
    subprocess.run(["exiftool", "-q", "-q", "-m", "-overwrite_original", *arguments], check=True)


PICTURES = tuple(_PICTURES)
