"""Pictures: decoded, turned upright, moved to sRGB, and drawn anew from nothing but their pixels.

Screens and drawings stay without loss, since letters in them matter. Everything else, and what is
stored like a screen but is as dense as only a photograph is, becomes a JPEG, or a WebP where it can
be seen through.
"""

import io
import os
import warnings
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from typing import IO

import pillow_heif
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from PIL import AvifImagePlugin, Image, ImageCms, ImageFile, ImageOps

from messenger.domain.errors import CannotClean, Reason
from messenger.media.kinds import Kind
from messenger.media.limits import PREVIEW_BYTES, Limits
from messenger.media.wire import Done

_DRAWN = {Kind.PNG, Kind.GIF}
_LARGE = 4_000_000
"""Pixels from which it takes long to keep a photograph without loss."""
_DENSE = 1.0
"""Bytes a pixel. Measured: screens full of letters have a tenth, photographs two, even small noise one."""
_LONGEST_PHOTOGRAPH = 16_000
"""Pixels a side: a longer one is a screen that was rolled. JPEG has no more than 65,535."""
_MAY_MOVE = {Kind.PNG, Kind.GIF, Kind.WEBP, Kind.AVIF}
_LONGEST_ANIMATION = 10
"""All frames together, in pictures of the largest size."""
_LONGEST_FRAME = 60_000
"""Milliseconds."""
_PREVIEWS = ((320, 70), (320, 40), (240, 30), (160, 20), (80, 10))
"""Sides and qualities: the first that is small enough is it."""
_PNG = {"pred": "mixed", "compression_level": "2"}
_SRGB = ImageCms.createProfile("sRGB")


class Frames(Image.Image):
    """An image of several frames, each made only when an encoder turns to it."""

    def __init__(self, count: int, make: Callable[[int], Image.Image]) -> None:
        super().__init__()
        self.n_frames = count
        self._make = make
        self.seek(0)

    def seek(self, frame: int) -> None:
        if frame >= self.n_frames:
            raise EOFError
        made = self._make(frame)
        self._im, self._mode, self._size = made.im, made.mode, made.size

    def tell(self) -> int:
        return 0


def get_ready(limits: Limits) -> None:
    """Load every library and table now: a worker may open no file."""
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = limits.pixels
    pillow_heif.register_heif_opener(
        thumbnails=False, depth_images=False, aux_images=False, decode_threads=1
    )
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    Image.init()
    dot = Image.new("RGB", (16, 16))
    for kind in (Kind.JPEG, Kind.PNG, Kind.WEBP, Kind.GIF, Kind.HEIF, Kind.AVIF):
        drawn = io.BytesIO()
        dot.save(drawn, kind)
        drawn.seek(0)
        clean_picture(drawn, io.BytesIO(), kind, limits)


def clean_picture(upload: IO[bytes], result: IO[bytes], kind: Kind, limits: Limits) -> Done:
    """Write the picture anew. An animated one stays so, as WebP."""
    try:
        image = Image.open(upload, formats=[kind])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise CannotClean(Reason.TOO_LARGE) from None
    if kind in _MAY_MOVE and getattr(image, "n_frames", 1) > 1:
        return _clean_animation(image, result, limits)
    return _clean_still(image, upload, result, kind)


def preview(image: Image.Image) -> bytes:
    """Return a small WebP of what `image` shows."""
    for side, quality in _PREVIEWS:
        small = image.copy()
        small.thumbnail((side, side), reducing_gap=2)
        drawn = io.BytesIO()
        small.save(drawn, "WEBP", quality=quality)
        if drawn.tell() <= PREVIEW_BYTES:
            return drawn.getvalue()
    return b""


def _clean_still(image: Image.Image, upload: IO[bytes], result: IO[bytes], kind: Kind) -> Done:
    clean = _without_idle_alpha(_only_pixels(image))
    size = upload.seek(0, os.SEEK_END)
    image.close()  # A large one takes 200 MB, which its encoder needs.
    if kind in _DRAWN and not _is_photograph(clean, size):
        _write_png(clean, result)
        media_type = "image/png"
    elif clean.mode == "RGBA":
        clean.save(result, "WEBP", quality=85, method=1)
        media_type = "image/webp"
    else:
        # Every colour of what was stored without loss, as it may have letters in it all the same.
        subsampling = "4:4:4" if kind in _DRAWN else "4:2:0"
        clean.save(result, "JPEG", quality=90, subsampling=subsampling)
        media_type = "image/jpeg"
    return Done(media_type, clean.width, clean.height, preview=preview(clean))


def _without_idle_alpha(clean: Image.Image) -> Image.Image:
    """Leave out what nothing can be seen through, as screens of many systems have it."""
    if clean.mode == "RGBA" and clean.getchannel("A").getextrema() == (255, 255):
        return clean.convert("RGB")
    return clean


def _is_photograph(clean: Image.Image, size: int) -> bool:
    """Tell one that was stored without loss from a screen, by how little that saved."""
    pixels = clean.width * clean.height
    is_dense = size > _DENSE * pixels > _DENSE * _LARGE
    return is_dense and clean.mode == "RGB" and max(clean.size) <= _LONGEST_PHOTOGRAPH


def _write_png(clean: Image.Image, result: IO[bytes]) -> None:
    """Write it by FFmpeg's encoder: Pillow's makes no smaller one, in twice the time."""
    if clean.mode == "RGB":
        frame = VideoFrame.from_image(clean)  # type: ignore[no-untyped-call]
    else:
        frame = VideoFrame.from_bytes(clean.tobytes(), clean.width, clean.height)
    encoder = VideoCodecContext.create("png", "w")
    encoder.width, encoder.height = clean.size
    encoder.pix_fmt, encoder.time_base = frame.format.name, Fraction(1)
    encoder.sample_aspect_ratio = Fraction(1)
    encoder.thread_count, encoder.options = 1, _PNG
    for packet in [*encoder.encode(frame), *encoder.encode(None)]:
        result.write(packet)


def _clean_animation(image: ImageFile.ImageFile, result: IO[bytes], limits: Limits) -> Done:
    count: int = getattr(image, "n_frames", 1)
    pixels = count * image.width * image.height
    if count > limits.frames or pixels > _LONGEST_ANIMATION * limits.pixels:
        raise CannotClean(Reason.TOO_LONG)
    durations: list[int] = []

    def make(frame: int) -> Image.Image:
        image.seek(frame)
        clean = _only_pixels(image)
        if frame == len(durations):  # The encoder reads it after it turned to the frame.
            durations.append(min(int(image.info.get("duration", 100)), _LONGEST_FRAME))
        return clean

    frames = Frames(count, make)
    small = preview(frames)
    frames.save(result, "WEBP", save_all=True, duration=durations, quality=75, method=0)
    return Done(
        "image/webp", frames.width, frames.height, seconds=sum(durations) / 1000, preview=small
    )


def _only_pixels(image: Image.Image) -> Image.Image:
    """Return the same picture, upright and in sRGB, as a new one that knows only its pixels."""
    shown = _in_srgb(ImageOps.exif_transpose(image))
    clean = Image.new(shown.mode, shown.size)
    clean.paste(shown)
    return clean


def _in_srgb(image: Image.Image) -> Image.Image:
    mode = "RGBA" if image.has_transparency_data else "RGB"
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I"):
        # 16 bits of grey, which `convert` would cut off instead of scale.
        image = image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if image.mode not in {"RGB", "L", "CMYK"} or mode == "RGBA":
        image = image.convert(mode)
    if profile:
        # A profile of another kind of picture, or a broken one, is as good as none.
        with suppress(ImageCms.PyCMSError):
            source = io.BytesIO(profile)
            return ImageCms.profileToProfile(image, source, _SRGB, outputMode=mode) or image
    return image.convert(mode)
