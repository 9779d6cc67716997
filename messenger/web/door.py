"""uvicorn's HTTP protocol with a limit on connections, also on those that never ask for anything.

Without it they would use up the descriptors that the database needs to go on. What is beyond even
that, when descriptors run out all the same, libuv closes as it comes (`uv__emfile_trick`).
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 30\r\nConnection: close\r\n"
    b"Content-Length: 0\r\n\r\n"
)


class Door(HttpToolsProtocol):
    """Give this to uvicorn as `http`, with how many connections may be open."""

    def __init__(self, most: int, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._most = most

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self._most:
            transport.write(_FULL)
            transport.close()
