"""Files through a cleaner, as the service has it done."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from PIL import Image

from messenger.media.cleaner import ProcessCleaner
from messenger.ports.media import Cleaned


@dataclass(frozen=True, slots=True)
class Washed:
    """What came out."""

    told: Cleaned
    content: bytes


async def wash(cleaner: ProcessCleaner, dirty: bytes, share: str = "") -> Washed:
    content = bytearray()

    async def read(offset: int, length: int) -> bytes:
        return dirty[offset : offset + length]

    async def write(piece: bytes) -> None:
        content.extend(piece)

    told = await cleaner.clean(len(dirty), read, write, share)
    return Washed(told, bytes(content))


def jpeg_of(image: Image.Image, **how: Any) -> bytes:
    saved = io.BytesIO()
    image.save(saved, "JPEG", **how)
    return saved.getvalue()


@asynccontextmanager
async def opened(cleaner: ProcessCleaner) -> AsyncIterator[ProcessCleaner]:
    try:
        yield cleaner
    finally:
        cleaner.close()
