"""A worker's end of the socket, as files: an upload to read anywhere in, a result to write."""

import io
import socket
from typing import TYPE_CHECKING

from msgspec import msgpack

from messenger.media.limits import PIECE
from messenger.media.wire import LENGTH, Ask, Give, Saying

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer


class Hangup(BaseException):
    """The service is not there any more. Not an `Exception`: no library may swallow it."""


class Line:
    """One worker's conversation with the service."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def hear(self) -> bytes:
        return self._receive(int.from_bytes(self._receive(LENGTH), "big"))

    def say(self, saying: Saying) -> None:
        told = msgpack.encode(saying)
        try:
            self._connection.sendall(len(told).to_bytes(LENGTH, "big") + told)
        except OSError:
            raise Hangup from None

    def _receive(self, length: int) -> bytes:
        received = bytearray(length)
        view = memoryview(received)
        while view:
            count = self._connection.recv_into(view)
            if not count:
                raise Hangup
            view = view[count:]
        return bytes(received)


class _Asked(io.RawIOBase):
    """Reads by asking."""

    def __init__(self, line: Line, size: int) -> None:
        self._line = line
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError("before the beginning")
        self._at = start + offset
        return self._at

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        length = min(len(view), PIECE, self._size - self._at)
        if length <= 0:
            return 0
        self._line.say(Ask(self._at, length))
        piece = self._line.hear()
        view[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


class _Given(io.RawIOBase):
    """Writes by giving, onwards only."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._at = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def write(self, buffer: "ReadableBuffer") -> int:
        data = bytes(memoryview(buffer).cast("B")[:PIECE])
        self._line.say(Give(data))
        self._at += len(data)
        return len(data)


class Result(io.BufferedWriter):
    """What the service takes, as a file to write, onwards only."""

    def __init__(self, line: Line) -> None:
        super().__init__(_Given(line), PIECE)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go where we are already: to our place, or to the end."""
        at = self.tell()
        if (offset, whence) in {(at, io.SEEK_SET), (0, io.SEEK_CUR), (0, io.SEEK_END)}:
            return at
        raise io.UnsupportedOperation("what was given is gone")


def upload(line: Line, size: int) -> io.BufferedReader:
    """Return what the service holds, as a file to read."""
    return io.BufferedReader(_Asked(line, size), PIECE)
