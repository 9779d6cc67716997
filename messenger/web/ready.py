"""Answers that lie ready in memory, the same for everybody who asks: as they are, and compressed."""

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.types import Receive, Scope, Send

Headers = list[tuple[bytes, bytes]]
# With a weight of nothing, it is what they do not want (RFC 9110, 12.4.2).
_GZIP = re.compile(rb"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ready:
    """An ASGI application that has one answer."""

    plain: tuple[Headers, bytes] = field(repr=False)
    packed: tuple[Headers, bytes] = field(repr=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, with a look at nothing but whether it may be compressed."""
        takes = (value for name, value in scope["headers"] if name == b"accept-encoding")
        headers, content = self.packed if any(map(_GZIP.search, takes)) else self.plain
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        body = b"" if scope["method"] == "HEAD" else content
        await send({"type": "http.response.body", "body": body})


def ready(content: bytes, headers: Mapping[str, str]) -> Ready:
    """Make an answer of what everybody may read. What holds secrets must not be compressed: its length would tell."""
    packed = gzip.compress(content, 9, mtime=0)
    if len(packed) >= len(content):
        return uncompressed(content, headers)
    varying = {**headers, "Vary": "Accept-Encoding"}
    return Ready(
        (_encoded(varying, content), content),
        (_encoded({**varying, "Content-Encoding": "gzip"}, packed), packed),
    )


def uncompressed(content: bytes, headers: Mapping[str, str]) -> Ready:
    """Make an answer of what is compressed already, or rarely asked for."""
    plain = _encoded(headers, content), content
    return Ready(plain, plain)


def _encoded(headers: Mapping[str, str], content: bytes) -> Headers:
    pairs = {**headers, "Content-Length": str(len(content))}.items()
    return [(name.lower().encode(), value.encode()) for name, value in pairs]
