"""uvicorn's websocket protocol, made lean where every message passes.

A text frame is a header of a few bytes and the text (RFC 6455, 5.2): whole ones are read and written
here directly, and what one turn of the loop sends to a socket (an event and the ack for it) goes out
in one write. Everything else, the handshake and closing above all, stays uvicorn's and websockets'.
"""

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.speedups import apply_mask

from messenger.web.admission import PATIENCE

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveEvent, ASGISendEvent
    from websockets.frames import Frame
    from websockets.http11 import Request

PUT = "messenger.put"
"""The extension (of ASGI, in the scope) by which text goes out in the caller's turn, without a coroutine."""

_TEXT = 0x81
"""The first byte of a whole text frame."""
_CLOSE = 0x88
"""The first byte of a goodbye."""
_MASKED = 0x80
"""In the second byte of everything a client sends."""
_INVALID_DATA = 1007
_MANY = 16
"""Messages not taken yet, after which no more are read from the network."""
_PORTION = 32
"""Frames read in one turn of the loop. What the library reads takes it 15 microseconds each, and 43,000
of the smallest come at once."""


class Inbox:
    """What arrived and was not taken yet: an `asyncio.Queue` for one reader, 2 KB smaller."""

    __slots__ = ("_items", "_reader")

    def __init__(self) -> None:
        self._items: list[ASGIReceiveEvent] = []
        self._reader: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._items)

    def empty(self) -> bool:
        return not self._items

    def put_nowait(self, item: "ASGIReceiveEvent") -> None:
        self._items.append(item)
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    async def get(self) -> "ASGIReceiveEvent":
        while not self._items:
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        return self._items.pop(0)


class LeanWebSocket(WebSocketsSansIOProtocol):
    """Give this to uvicorn as `ws`."""

    _unsent: list[bytes] | None = None
    _rest: bytes = b""
    """What was not read yet: frames that wait for their turn, and the beginning of one whose end has
    not arrived."""
    _end: asyncio.TimerHandle | None = None
    _pong: bytes = b""
    """The answer to their last ping, if they don't read."""
    _is_behind = False
    """Whether frames wait for their turn."""
    _is_due = False
    """Whether it comes by itself; else, when the app has taken what there is."""
    _is_lean = False
    """Whether frames are cut here. What is not a plain text is then handed on frame by frame."""

    def __init__(self, *args: Any, patience: float = PATIENCE, **options: Any) -> None:
        """`patience` is in seconds: what was written last may take so long to be read."""
        super().__init__(*args, **options)
        self.queue: Inbox = Inbox()  # type: ignore[assignment]
        self._patience = patience

    def data_received(self, data: bytes) -> None:
        if not self._is_lean:
            super().data_received(data)
            return
        self._rest = self._read(self._rest + data if self._rest else data)
        if self._is_behind or len(self.queue) >= _MANY:
            self._pause()
        if self.read_paused and (self.queue.empty() or self.close_sent):
            self._read_on()

    def handle_connect(self, event: "Request") -> None:
        super().handle_connect(event)
        if self.response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            self.scope["extensions"][PUT] = {"put": self.put}
            self._pause()  # What comes before the handshake is over must not go to the library.

    async def receive(self) -> "ASGIReceiveEvent":
        message = await self.queue.get()
        if self.read_paused and self.queue.empty():
            self._read_on()
        return message

    def put(self, text: str) -> bool:
        """Write `text`, or return False: then `send` waits, or tells that nobody is there."""
        if not self.writable.is_set() or self._is_over():
            return False
        self._put(text.encode())
        return True

    async def send(self, message: "ASGISendEvent") -> None:
        text = message.get("text")
        if text is None or not self.handshake_complete:
            self._flush()
            await super().send(message)
            if message["type"] == "websocket.accept":
                self._is_lean = True
                self._read_on()
            elif self._is_behind:
                self.data_received(b"")  # Their goodbye may be in there.
            return
        await self.writable.wait()
        if self._is_over():
            raise ClientDisconnected
        self._put(str(text).encode())

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._hang_up_later()

    def eof_received(self) -> None:
        self._hang_up_later()

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        super().on_task_complete(task)
        self._hang_up_later()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._end is not None:
            self._end.cancel()
        super().connection_lost(exc)

    def handle_ping(self) -> None:
        # One who does not read is answered the last only, once they do (RFC 6455, 5.5.3).
        self._pong = b"".join(self.conn.data_to_send())
        if self.writable.is_set():
            self._write_pong()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._pong and not self._is_over():
            self._write_pong()

    def handle_cont(self, event: "Frame") -> None:
        # What says nothing and ends nothing has no end either: no limit counts it.
        if event.data or event.fin:
            super().handle_cont(event)

    def shutdown(self) -> None:
        self._flush()
        super().shutdown()

    def send_receive_event_to_app(self) -> None:
        # uvicorn answers broken UTF-8 too, but with a traceback in the log for every such frame.
        if self.curr_msg_data_type == "text" and not _is_text(self.frames):
            self.frames = []
            self._refuse()
            return
        super().send_receive_event_to_app()

    def _pause(self) -> None:
        if not self.read_paused and not self.transport.is_closing():
            self.read_paused = True
            self.transport.pause_reading()

    def _read_on(self) -> None:
        """Go on with what waits for its turn, or else with the network."""
        if self._is_behind and not self._is_due:
            self._is_due = True
            self.loop.call_soon(self._take_turn)
        elif self.handshake_complete and not self._is_behind and not self.transport.is_closing():
            self.read_paused = False
            self.transport.resume_reading()

    def _take_turn(self) -> None:
        self._is_due = False
        self.data_received(b"")

    def _read(self, data: bytes) -> bytes:
        """Take whole frames from the beginning of `data`, as many as one turn is for; return the rest."""
        self._is_behind = False
        start, end, left = 0, len(data), _PORTION
        while end - start >= 2 and not self.transport.is_closing():
            first, second = data[start], data[start + 1]
            size, text = second & 0x7F, start + 2
            if size == 126:
                size, text = int.from_bytes(data[text : text + 2], "big"), text + 2
            elif size == 127:
                size, text = int.from_bytes(data[text : text + 8], "big"), text + 8
            if size > self.config.ws_max_size:
                self._is_lean = False  # Theirs to refuse, and nothing is read after it.
                self._hand_on(data[start:])
                return b""
            text += 4 if second & _MASKED else 0
            if text + size > end:
                break
            if not left:
                self._is_behind = True
                break
            left -= 1
            if first == _TEXT and second & _MASKED and self.conn.current_size is None:
                self._take(apply_mask(data[text : text + size], data[text - 4 : text]))
            else:
                self._hand_on(data[start : text + size])
            start = text + size
        return data[start:]

    def _hand_on(self, frame: bytes) -> None:
        if frame[0] == _CLOSE:
            # Leaving in the middle of a message is leaving; websockets would call it a mistake, 1002.
            self.conn.current_size = None
        super().data_received(frame)

    def _take(self, payload: bytes) -> None:
        if self.close_sent:
            return  # We said goodbye: only their answer to it still counts.
        try:
            text = payload.decode()
        except UnicodeDecodeError:
            self._refuse()
        else:
            self.queue.put_nowait({"type": "websocket.receive", "text": text})

    def _refuse(self) -> None:
        self.conn.fail(_INVALID_DATA)
        self.handle_parser_exception()

    def _hang_up_later(self) -> None:
        """Closing waits until all is read: by one who does not read, for ever."""
        if self._end is None and not self.disconnected:
            self._end = self.loop.call_later(self._patience, self.transport.abort)

    def _write_pong(self) -> None:
        self.transport.write(self._pong)
        self._pong = b""

    def _is_over(self) -> bool:
        return self.disconnected or self.close_sent or self.transport.is_closing()

    def _put(self, payload: bytes) -> None:
        if self._unsent is None:
            self._unsent = []
            self.loop.call_soon(self._flush)
        self._unsent += (_header(len(payload)), payload)

    def _flush(self) -> None:
        unsent, self._unsent = self._unsent, None
        if unsent and not self.transport.is_closing():
            self.transport.write(b"".join(unsent))


def _header(size: int) -> bytes:
    if size < 126:
        return bytes((_TEXT, size))
    if size < 65536:
        return bytes((_TEXT, 126)) + size.to_bytes(2, "big")
    return bytes((_TEXT, 127)) + size.to_bytes(8, "big")


def _is_text(frames: list[bytes]) -> bool:
    try:
        b"".join(frames).decode()
    except UnicodeDecodeError:
        return False
    return True
