"""Pictures and films for people to send."""

import io

import av
from PIL import Image


def photo(side: int = 64, *, noise: bool = False) -> bytes:
    """A JPEG; with `noise` about half as many bytes as it has pixels."""
    picture = Image.effect_noise((side, side), 80) if noise else Image.new("L", (side, side), 90)
    raw = io.BytesIO()
    picture.convert("RGB").save(raw, "JPEG", quality=95)
    return raw.getvalue()


def video(seconds: int = 2) -> bytes:
    """A film of a grey wall."""
    raw = io.BytesIO()
    with av.open(raw, "w", format="mp4") as film:
        stream = film.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for _ in range(10 * seconds):
            frame = av.VideoFrame(160, 120, "yuv420p")
            film.mux(stream.encode(frame))
        film.mux(stream.encode())
    return raw.getvalue()
