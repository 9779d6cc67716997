"""uvicorn's HTTP protocol with limits on connections, and with one handshake of a socket at a time.

Without the limits, connections that never ask for anything would use up the descriptors that the
database needs to go on, and keep others out for ever. What is beyond even that, when descriptors run
out all the same, libuv closes as it comes (`uv__emfile_trick`). And when thousands come back at once,
those who talk and the monitor would wait until all of them have shaken hands.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from messenger.web.admission import PATIENCE, PORTION
from messenger.web.call import HANG_UP

_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 30\r\nConnection: close\r\n"
    b"Content-Length: 0\r\n\r\n"
)


class OneATurn:
    """Does one thing in each turn of the loop, so that everybody else has a turn in between."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()

    def put(self, work: Callable[[], None]) -> None:
        """Have `work` done after what waits already."""
        self._waiting.append(work)
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        try:
            self._waiting[0]()
        finally:
            self._waiting.popleft()
            if self._waiting:
                asyncio.get_running_loop().call_soon(self._next)


class Door(HttpToolsProtocol):
    """Give this to uvicorn as `http`, with how many connections may be open, and their one turnstile."""

    def __init__(
        self,
        most: int,
        handshakes: OneATurn,
        *args: Any,
        patience: float = PATIENCE,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self._most = most
        self._handshakes = handshakes
        self._patience = patience
        self._end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_request()
        if len(self.connections) > self._most:
            transport.write(_FULL)
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {HANG_UP: {"now": self.transport.abort}}

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.response_complete:
            self._await_request()

    def handle_websocket_upgrade(self) -> None:
        # What comes next is for the protocol that is not there yet.
        self.transport.pause_reading()
        self._handshakes.put(self._upgrade)

    def _upgrade(self) -> None:
        if not self.transport.is_closing():
            super().handle_websocket_upgrade()
            self.transport.resume_reading()

    def _await_request(self) -> None:
        """Give them so long to say what they want; and before that, to read what was answered."""
        unread = self.transport.get_write_buffer_size()
        seconds = self._patience * (1 + unread / PORTION)
        self._end = self.loop.call_later(seconds, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._end is not None:
            self._end.cancel()
            self._end = None
