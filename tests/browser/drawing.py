"""Pictures for people to send."""

import io

from PIL import Image


def photo(side: int = 64, *, noise: bool = False) -> bytes:
    """A JPEG; with `noise` about half as many bytes as it has pixels."""
    picture = Image.effect_noise((side, side), 80) if noise else Image.new("L", (side, side), 90)
    raw = io.BytesIO()
    picture.convert("RGB").save(raw, "JPEG", quality=95)
    return raw.getvalue()
