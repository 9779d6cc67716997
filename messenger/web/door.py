"""uvicorn's HTTP protocol with limits on connections, and with handshakes of sockets a few at a time.

Without the limits, connections that never ask for anything would use up the descriptors that the
database needs to go on, and keep others out for ever. What is beyond even that, when descriptors run
out all the same, libuv closes as it comes (`uv__emfile_trick`). Requests without an end would use up
the memory. And when thousands come back at once, those who talk and the monitor would wait until all
of them have shaken hands.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from messenger.web.admission import PATIENCE, PORTION
from messenger.web.call import HANG_UP

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

_HEAD = 64 * 1024
"""Bytes that may come and complete nothing, neither a head nor a piece of a body: twice the head that
nginx takes (`large_client_header_buffers`)."""
_FIELDS = 100
"""Fields of a head, as many as Apache takes (`LimitRequestFields`): one of 5 bytes takes 140 here."""
_AHEAD = 4
"""Requests that may wait behind the one that is answered. Browsers and proxies send none ahead; of the
smallest, 14,000 come in one read, and each takes 2.6 KB."""
_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 30\r\nConnection: close\r\n"
    b"Content-Length: 0\r\n\r\n"
)


class InTurns:
    """Does what is put here in portions of a few milliseconds, and all others have a turn in between."""

    def __init__(self, portion: float = 0.005) -> None:
        """`portion` is in seconds. One thing is done in any case."""
        self._portion = portion
        self._waiting: deque[Callable[[], None]] = deque()
        self._is_due = False

    def put(self, work: Callable[[], None]) -> None:
        """Have `work` done after what waits already."""
        self._waiting.append(work)
        if not self._is_due:
            self._go_on()

    def _next(self) -> None:
        end = monotonic() + self._portion
        try:
            while self._waiting:
                self._waiting.popleft()()
                if monotonic() >= end:
                    break
        finally:
            self._is_due = False
            if self._waiting:
                self._go_on()

    def _go_on(self) -> None:
        self._is_due = True
        asyncio.get_running_loop().call_soon(self._next)


class Door(HttpToolsProtocol):
    """Give this to uvicorn as `http`, with how many connections may be open, and their one turnstile."""

    def __init__(
        self,
        most: int,
        handshakes: InTurns,
        *args: Any,
        patience: float = PATIENCE,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self._most = most
        self._handshakes = handshakes
        self._patience = patience
        self._end: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._incomplete = 0
        self._answered: RequestResponseCycle | None = None
        """The request that is answered now, or was last. uvicorn knows the one that came last."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_request()
        if len(self.connections) > self._most:
            transport.write(_FULL)
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._is_read()
        if self._answered is not None:
            self._answered.disconnected = True
            self._answered.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._incomplete += len(data)
        super().data_received(data)
        if self._incomplete > _HEAD:
            self.transport.abort()

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= _AHEAD:
            raise ValueError("too many requests ahead")
        super().on_message_begin()
        self.scope["extensions"] = {HANG_UP: {"now": self.transport.abort}}

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(self.headers) >= _FIELDS:
            raise ValueError("too many fields")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._incomplete = 0
        self._stop_waiting()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._incomplete = 0
        if not self.cycle.body:
            # Bytes added to no bytes are the same bytes: else a large body is copied twice on its way.
            self.cycle.body = b""  # type: ignore[assignment]
        super().on_body(body)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.response_complete or self.transport.is_closing():
            self._await_request()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self._hang_up_later()

    def resume_writing(self) -> None:
        self._is_read()
        super().resume_writing()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: "ASGI3Application") -> None:
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    def handle_websocket_upgrade(self) -> None:
        is_answered = self._answered is None or self._answered.response_complete
        if not is_answered or self.transport.get_write_buffer_size():
            self.transport.abort()  # The answers would run into the frames, and nobody would end them.
            return
        # What comes next is for the protocol that is not there yet.
        self.transport.pause_reading()
        self._handshakes.put(self._upgrade)

    def _upgrade(self) -> None:
        if not self.transport.is_closing():
            self.transport.resume_reading()
            super().handle_websocket_upgrade()

    def _await_request(self) -> None:
        """Give them so long to say what they want; and before that, to read what was answered."""
        self._end = self._hang_up_later()

    def _hang_up_later(self) -> asyncio.TimerHandle:
        unread = self.transport.get_write_buffer_size()
        seconds = self._patience * (1 + unread / PORTION)
        return self.loop.call_later(seconds, self.transport.abort)

    def _is_read(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _stop_waiting(self) -> None:
        if self._end is not None:
            self._end.cancel()
            self._end = None
