"""What strangers send, made safe."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

Read = Callable[[int, int], Awaitable[bytes]]
"""Gives the bytes from an offset on, so many or what there is."""
Write = Callable[[bytes], Awaitable[None]]
"""Takes the next piece."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What came out of a cleaner, and a small picture of it."""

    media_type: str
    """One of `domain.attachment.CLEAN`."""
    size: int
    width: int = 0
    """Pixels, as shown; 0 for what has none."""
    height: int = 0
    seconds: float = 0.0
    preview: bytes = field(default=b"", repr=False)
    """WebP, at most 320 pixels a side and 24 KB; nothing for sound."""


class Cleaner(Protocol):
    """Makes what a stranger sent safe to keep and to open: nothing in it tells who made it, when,
    where or with what, and nothing in it runs.

    The work is done in another process, without rights, network or files. One that dies or hangs is
    `CannotClean` like any file that can't be cleaned, and takes nothing with it.
    """

    async def clean(self, size: int, read: Read, write: Write, share: str = "") -> Cleaned:
        """Clean the upload of `size` bytes that `read(offset, length)` returns pieces of, in any order.

        `share` is whose turn it takes: files of one organization wait behind one another, not before
        those of others.

        The result goes piece by piece, in order, to `write`; it counts only once this returns.
        Nothing is written to disk, and neither side holds more than some pieces. Raises `CannotClean`
        with a reason; `TooBusy` if too many wait, and `OthersFirst` if they wait for what takes minutes.
        What `read` and `write` raise passes through.
        """
        ...
