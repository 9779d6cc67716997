"""Bodies of requests: how large each may be, and reading a long one while it comes."""

from collections.abc import AsyncIterator
from contextlib import suppress

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from messenger.web.errors import http_error
from messenger.web.headers import header

BODY_LIMIT = 256 * 1024
"""Bytes in a form. The longest allowed report fits, in any script."""
PIECE_LIMIT = 16 * 1024 * 1024
"""Bytes in one piece of a file."""


class BodyLimits:
    """Lets in as much as a request may bring: a form, a piece of a file, or a form with files in it.

    How long one of those files may be is told to whoever sent it, beside what they wrote. Here is only
    what ends a form that never does.
    Starlette has such a thing, but it answers by itself, and not in our words.
    """

    def __init__(self, app: ASGIApp, files: int) -> None:
        """`files`: bytes of all the files of a form."""
        self._app = app
        self._files = files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit(scope)
        if _announced(scope) > limit:
            too_much = await http_error(Request(scope), HTTPException(413))
            await too_much(scope, receive, send)
        else:
            await self._app(scope, _limited(receive, limit), send)

    def _limit(self, scope: Scope) -> int:
        if not is_streamed(scope):
            return BODY_LIMIT
        return PIECE_LIMIT if scope["method"] == "PATCH" else self._files + BODY_LIMIT


def is_streamed(scope: Scope) -> bool:
    """Whether the body of this request is taken as it comes; any other is small, and read at once."""
    if scope["method"] == "PATCH":
        return True
    takes_files = scope["path"] == "/" or scope["path"].startswith("/console/rooms/")
    return takes_files and header(scope, b"content-type").startswith("multipart/form-data")


async def body_so_far(request: Request) -> AsyncIterator[bytes]:
    """Yield the body as it comes, up to where it breaks off. Who sends too slowly is cut off before (`call`)."""
    with suppress(ClientDisconnect):
        async for piece in request.stream():
            if piece:
                yield piece


def _limited(receive: Receive, limit: int) -> Receive:
    came = 0

    async def receive_limited() -> Message:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        if came > limit:
            raise HTTPException(413)
        return message

    return receive_limited


def _announced(scope: Scope) -> int:
    raw = header(scope, b"content-length")
    # Not `isdigit`: of ², which is a digit, `int` makes no number.
    return int(raw) if raw.isdecimal() and len(raw) < 16 else 0
