"""Bodies of requests: how large each may be, and reading a long one while it comes."""

from collections.abc import AsyncIterator

import anyio
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from messenger.domain.errors import BadForm

BODY_LIMIT = 256 * 1024
"""Bytes in a form. The longest allowed report fits, in any script."""
PIECE_LIMIT = 16 * 1024 * 1024
"""Bytes in one piece of a file."""
QUIET = 30.0
"""Seconds in which nothing came: then whoever sends is gone."""


class BodyLimits:
    """Lets in as much as a request may bring: a form, a piece of a file, or a form with a file in it."""

    def __init__(self, app: ASGIApp, largest: int) -> None:
        self._usual = RequestBodyLimitMiddleware(app, BODY_LIMIT)
        self._pieces = RequestBodyLimitMiddleware(app, PIECE_LIMIT)
        self._files = RequestBodyLimitMiddleware(app, largest + BODY_LIMIT)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._limited(scope)(scope, receive, send)

    def _limited(self, scope: Scope) -> ASGIApp:
        if scope["type"] != "http":
            return self._usual
        if scope["method"] == "PATCH":
            return self._pieces
        takes_files = scope["path"] == "/" or scope["path"].startswith("/console/rooms/")
        is_form = _content_type(scope).startswith(b"multipart/form-data")
        return self._files if takes_files and is_form else self._usual


async def whole_body(request: Request) -> AsyncIterator[bytes]:
    """Yield the body as it comes; raises `BadForm` when it breaks off."""
    try:
        async for piece in _pieces(request):
            yield piece
    except (ClientDisconnect, TimeoutError):
        raise BadForm from None


async def body_so_far(request: Request) -> AsyncIterator[bytes]:
    """Yield the body as it comes, up to where it breaks off."""
    try:
        async for piece in _pieces(request):
            yield piece
    except (ClientDisconnect, TimeoutError):
        return


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    stream = request.stream()
    while True:
        with anyio.fail_after(QUIET):
            piece = await anext(stream, None)
        if piece is None:
            return
        if piece:
            yield piece


def _content_type(scope: Scope) -> bytes:
    return next((value for name, value in scope["headers"] if name == b"content-type"), b"")
