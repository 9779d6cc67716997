"""Making files safe: pictures of 12 megapixels, and videos of a minute as phones film them.

    .venv/bin/python -m bench.cleaning                              all of them, medians of three
    .venv/bin/python -m bench.cleaning --only photo.jpg,phone.mp4   some

The files are made here: photographs of grain in every size, as real ones are, with as many bytes;
noise, which is the worst there is; a screen full of letters; videos with ffmpeg. Each goes through the
product's own cleaner, from the fork of its worker to the last byte of the result.
"""

import argparse
import os
import platform
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import anyio
import pillow_heif
from PIL import Image, ImageChops, ImageDraw, ImageFont

from messenger.media.cleaner import ProcessCleaner

SIZE = (4000, 3000)
OCTAVES = ((9, 90), (7, 60), (5, 40), (3, 25), (2, 14), (1, 9), (0, 4))
"""Grain of a photograph: how often its size is halved, and how strong it is."""
SECONDS, CLIP = 60, 10
"""A video's length, and that of the piece it repeats."""
LETTERS = "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf"

pillow_heif.register_heif_opener()


@dataclass(frozen=True, slots=True)
class Row:
    """How long one file took."""

    name: str
    megabytes: float
    seconds: float
    share: float | None
    """Of its own length, if it has one."""


@dataclass(frozen=True, slots=True)
class Video:
    """How ffmpeg makes it."""

    name: str
    codec: str
    container: str
    bit_rate: str
    how: Sequence[str]
    sound: str = "aac"


VIDEOS = (
    Video("phone.mp4", "libx264", "mp4", "17M", ("-preset", "ultrafast")),
    Video(
        "iphone.mov", "libx265", "mov", "8M",
        ("-preset", "ultrafast", "-x265-params", "log-level=none", "-tag:v", "hvc1"),
    ),
    Video("browser.webm", "libvpx-vp9", "webm", "5M",
          ("-deadline", "realtime", "-cpu-used", "8", "-row-mt", "1"), "libopus"),
)  # fmt: skip


def measure(names: Sequence[str], times: int = 3) -> Iterator[Row]:
    """Make each file, clean it so many times, and tell the medians."""
    cleaner = ProcessCleaner()
    try:
        anyio.run(_clean, cleaner, _saved(Image.new("RGB", (9, 9)), "PNG"))  # Starts the nursery.
        for name in names:
            made = FILES[name]()
            seconds = statistics.median(anyio.run(_clean, cleaner, made) for _ in range(times))
            is_video = name in {video.name for video in VIDEOS}
            yield Row(name, len(made) / 1e6, seconds, seconds / SECONDS if is_video else None)
    finally:
        cleaner.close()


async def _clean(cleaner: ProcessCleaner, made: bytes) -> float:
    async def read(offset: int, length: int) -> bytes:
        return made[offset : offset + length]

    async def write(piece: bytes) -> None:
        del piece

    began = time.monotonic()
    await cleaner.clean(len(made), read, write)
    return time.monotonic() - began


# What is cleaned.


@cache
def _photograph() -> Image.Image:
    return Image.merge("RGB", [_grain() for _ in "RGB"])


def _grain() -> Image.Image:
    grain = Image.new("L", SIZE, 128)
    for halved, strength in OCTAVES:
        small = Image.effect_noise((SIZE[0] >> halved, SIZE[1] >> halved), strength)
        grain = ImageChops.add(grain, small.resize(SIZE, Image.Resampling.BICUBIC), 1, -128)
    return grain


@cache
def _noise() -> Image.Image:
    return Image.frombytes("RGB", SIZE, os.urandom(3 * SIZE[0] * SIZE[1]))


def _screen() -> Image.Image:
    screen = Image.new("RGB", SIZE, "white")
    draw, letters = ImageDraw.Draw(screen), ImageFont.truetype(LETTERS, 34)
    words = Path(__file__).read_text().split()
    for line, at in enumerate(range(20, SIZE[1], 48)):
        text = " ".join(words[line * 3 % len(words) :][:60])
        draw.text((40, at), text, fill="black", font=letters)
    return screen


def _see_through() -> Image.Image:
    photograph = _photograph().copy()
    photograph.putalpha(Image.linear_gradient("L").resize(SIZE))
    return photograph


def _few_colours() -> Image.Image:
    return _photograph().quantize(256, method=Image.Quantize.FASTOCTREE)


def _saved(image: Image.Image, kind: str, **how: int) -> bytes:
    with tempfile.TemporaryFile() as file:
        image.save(file, kind, **how)
        file.seek(0)
        return file.read()


def _filmed(video: Video) -> bytes:
    with tempfile.TemporaryDirectory(prefix="messenger-bench-") as folder:
        clip, whole = Path(folder, f"clip.{video.container}"), Path(folder, video.name)
        _ffmpeg(
            *("-f", "lavfi", "-i", "testsrc2=size=1920x1080:rate=30,noise=alls=9:allf=t"),
            *("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-t", str(CLIP)),
            *("-c:v", video.codec, "-pix_fmt", "yuv420p", "-b:v", video.bit_rate, *video.how),
            *("-g", "60", "-c:a", video.sound, str(clip)),
        )
        _ffmpeg(
            *("-stream_loop", str(SECONDS // CLIP - 1), "-i", str(clip), "-c", "copy"),
            *("-metadata", "location=+41.4036+002.1744/", "-metadata", "make=A maker", str(whole)),
        )
        return whole.read_bytes()


def _ffmpeg(*arguments: str) -> None:
    command = ["ffmpeg", "-v", "error", "-nostdin", *arguments]
    subprocess.run(command, check=True, capture_output=True)


FILES: dict[str, Callable[[], bytes]] = {
    "photo.jpg": lambda: _saved(_photograph(), "JPEG", quality=92),
    "photo.heic": lambda: _saved(_photograph(), "HEIF", quality=50),
    "photo.avif": lambda: _saved(_photograph(), "AVIF", quality=70, speed=10),
    "photo.webp": lambda: _saved(_photograph(), "WEBP", quality=85, method=0),
    "photo.png": lambda: _saved(_photograph(), "PNG", compress_level=1),
    "photo.gif": lambda: _saved(_few_colours(), "GIF"),
    "noise.jpg": lambda: _saved(_noise(), "JPEG", quality=92),
    "noise.heic": lambda: _saved(_noise(), "HEIF", quality=70),
    "noise.avif": lambda: _saved(_noise(), "AVIF", quality=70, speed=10),
    "noise.webp": lambda: _saved(_noise(), "WEBP", quality=85, method=0),
    "noise.png": lambda: _saved(_noise(), "PNG", compress_level=1),
    "screen.png": lambda: _saved(_screen(), "PNG"),
    "see-through.png": lambda: _saved(_see_through(), "PNG", compress_level=1),
    "see-through.webp": lambda: _saved(_see_through(), "WEBP", quality=85, method=1),
    **{video.name: partial(_filmed, video) for video in VIDEOS},
}


def main() -> None:
    """Print a line for each as it is measured."""
    options = parse()
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    print(f"{'':20}{'MB':>8}{'seconds':>10}{'by its length':>16}")
    for row in measure(options.only, options.times):
        share = "" if row.share is None else f"{row.share:16.2f}"
        print(f"{row.name:20}{row.megabytes:8.1f}{row.seconds:10.2f}{share}", flush=True)


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", type=_names, default=[*FILES], metavar=",".join(FILES))
    parser.add_argument("--times", type=int, default=3)
    return parser.parse_args()


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - set(FILES):
        raise argparse.ArgumentTypeError(f"no such files: {', '.join(sorted(unknown))}")
    return names


if __name__ == "__main__":
    main()
