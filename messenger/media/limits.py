"""How large a thing may be to be cleaned, and what a worker may use for it."""

from msgspec import Struct

PIECE = 256 * 1024
"""Bytes that are read or written at a time."""
PREVIEW_BYTES = 24 * 1024


class Limits(Struct, frozen=True):
    """Beyond these a file is refused, with a word about which it was."""

    pixels: int = 50_000_000
    """Of one picture, one frame or one page."""
    seconds: int = 30 * 60
    """How long a video or a sound may be."""
    frames: int = 1_000
    """Of an animated picture."""
    pages: int = 50
    deadline: float = 30 * 60
    """Seconds for one file, and about as many of a processor's."""
    quick: float = 5 * 60
    """Seconds for one that should take few: a picture, a PDF."""
    silence: float = 60
    """Seconds in which a worker must ask or give something."""

    @property
    def memory(self) -> int:
        """Bytes of address space of a worker: the libraries, and a picture in several stages.

        Measured: pictures of 50 megapixels take 0.8 GB (JPEG) to 1.4 GB (WebP with transparency).
        """
        return 400_000_000 + 24 * self.pixels
