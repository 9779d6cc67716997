"""Forms with files in them, read as they come: no file is ever whole in memory, or on disk in the clear.

Starlette would put files into temporary ones. Here the fields before the first file are read at once,
and the files then pass through, one after the other, while the act they belong to takes them. So our
forms have their files last.
"""

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from messenger.domain.errors import BadForm

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

BUTTONS = frozenset({"do", "go"})
"""What may stand behind the files of a form: which button was pressed."""
FIELDS_LIMIT = 60
FILES_LIMIT = 100
"""Files of one form. More than a room takes: each that is one too many is still told by its name."""
FIELD_BYTES = 256 * 1024
"""All fields together."""


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file that comes next: what the browser says of it, none of which is believed."""

    name: str = field(repr=False)
    media_type: str
    pieces: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class _Start:
    """A part begins; `file_name` is None for a field."""

    name: str
    file_name: str | None = field(repr=False)
    media_type: str


class _End:
    """A part ends."""


class MultipartForm:
    """The form in a body. First `read_fields`, then go through `files`."""

    def __init__(self, boundary: bytes, body: AsyncIterator[bytes]) -> None:
        self._body = body
        self._parts = _Parts(boundary)
        self._next: _Start | None = None
        self.fields: dict[str, str] = {}

    @property
    def has_files(self) -> bool:
        """Whether a file comes next."""
        return self._next is not None

    async def read_fields(self) -> None:
        """Read the fields that stand before the first file."""
        size = 0
        while (start := await self._start()) is not None:
            if start.file_name:
                self._next = start
                return
            value = bytearray()
            async for piece in self._content():
                size += len(piece)
                if size > FIELD_BYTES:
                    raise BadForm
                value += piece
            if start.file_name is None:
                self._keep(start.name, bytes(value))

    async def files(self) -> AsyncIterator[IncomingFile]:
        """Yield one file after the other. What is not read of one is passed over."""
        start, number = self._next, 0
        while start is not None:
            if start.file_name:
                number += 1
                if number > FILES_LIMIT:
                    raise BadForm
                content = self._content()
                yield IncomingFile(start.file_name, start.media_type, content)
                async for _ in content:
                    pass
            else:
                async for piece in self._content():
                    if start.name not in BUTTONS and piece:
                        raise BadForm  # Words that come too late would be lost without a word.
            start = await self._start()
        self._next = None

    async def pass_over(self) -> None:
        """Read to the end: who still sends would not see the answer."""
        async for _ in self._body:
            pass

    def _keep(self, name: str, value: bytes) -> None:
        if len(self.fields) >= FIELDS_LIMIT:
            raise BadForm
        try:
            self.fields[name] = value.decode()
        except UnicodeDecodeError:
            raise BadForm from None

    async def _start(self) -> _Start | None:
        event = await self._event()
        return event if isinstance(event, _Start) else None

    async def _content(self) -> AsyncIterator[bytes]:
        while isinstance(event := await self._event(), bytes):
            yield event

    async def _event(self) -> _Start | _End | bytes | None:
        while not self._parts.events:
            piece = await anext(self._body, None)
            if piece is None:
                if not self._parts.is_over:
                    raise BadForm  # It broke off.
                return None
            self._parts.feed(piece)
        return self._parts.events.popleft()


class _Parts:
    """Turns the parser's callbacks into events."""

    def __init__(self, boundary: bytes) -> None:
        self.events: deque[_Start | _End | bytes] = deque()
        self.is_over = False
        self._headers: dict[str, bytes] = {}
        self._field = self._value = b""
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._headers.clear,
            "on_header_field": self._on_field,
            "on_header_value": self._on_value,
            "on_header_end": self._on_header,
            "on_headers_finished": self._on_headers,
            "on_part_data": self._on_data,
            "on_part_end": lambda: self.events.append(_End()),
            "on_end": self._on_end,
        }
        try:
            self._parser = MultipartParser(boundary, callbacks)
        except FormParserError:
            raise BadForm from None

    def feed(self, piece: bytes) -> None:
        try:
            self._parser.write(piece)
        except FormParserError:
            raise BadForm from None

    def _on_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header(self) -> None:
        self._headers[self._field.decode("latin-1").lower()] = self._value
        self._field = self._value = b""

    def _on_headers(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition", b""))
        file_name = options.get(b"filename")
        self.events.append(
            _Start(
                options.get(b"name", b"").decode(errors="replace"),
                None if file_name is None else file_name.decode(errors="replace"),
                self._headers.get("content-type", b"").decode("latin-1"),
            )
        )

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if end > start:
            self.events.append(bytes(data[start:end]))

    def _on_end(self) -> None:
        self.is_over = True
