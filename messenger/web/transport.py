"""uvicorn's websocket protocol, made lean where every message passes.

A text frame from a server is a header of two to ten bytes and the text (RFC 6455, 5.2): written here
directly, and what one turn of the loop sends to a socket (an event and the ack for it) goes out in
one write. Everything else, the handshake and closing above all, stays uvicorn's and websockets'.
"""

from typing import TYPE_CHECKING

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent

_TEXT = 0x81
"""The first byte of a whole text frame."""
_INVALID_DATA = 1007


class LeanWebSocket(WebSocketsSansIOProtocol):
    """Give this to uvicorn as `ws`."""

    _unsent: list[bytes] | None = None

    async def send(self, message: "ASGISendEvent") -> None:
        text = message.get("text")
        if text is None or not self.handshake_complete:
            self._flush()
            await super().send(message)
            return
        if not self.writable.is_set():
            await self.writable.wait()
        if self.disconnected or self.close_sent or self.transport.is_closing():
            raise ClientDisconnected
        self._put(str(text).encode())

    def shutdown(self) -> None:
        self._flush()
        super().shutdown()

    def send_receive_event_to_app(self) -> None:
        # uvicorn answers broken UTF-8 too, but with a traceback in the log for every such frame.
        if self.curr_msg_data_type == "text" and not _is_text(self.frames):
            self.frames = []
            self.conn.fail(_INVALID_DATA)
            self.handle_parser_exception()
            return
        super().send_receive_event_to_app()

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
