"""A request as the network brings it: slowly, if it likes, and in the way of nobody.

A place is held while we work for somebody. Whoever is slow to send or to read waits in the hall instead
(`admission`): nobody waits behind them, and it has an end.
"""

from collections.abc import Callable

import anyio
from starlette.types import Message, Receive, Scope, Send

from messenger.web.admission import PORTION, Admission

HANG_UP = "messenger.hang_up"
"""The extension (of ASGI, in the scope) that ends a connection without another word."""
_GONE: Message = {"type": "http.disconnect"}


class BrokenOff(Exception):
    """There is no more of an answer that has begun: too late for words, but nobody is to think it whole."""


class Call:
    """One request, with a `receive` and a `send` that leave its place for as long as they wait."""

    def __init__(self, admission: Admission, scope: Scope, receive: Receive, send: Send) -> None:
        self._admission = admission
        self._hall = admission.hall
        self._receive = receive
        self._send = send
        # Taken out of the scope, which the transport holds: a circle would be freed only by and by.
        self._hang_up = hang_up_of(scope)
        self._can_hang_up = self._hang_up is not _nothing
        self._ahead: Message | None = None
        self._is_whole = False
        self._left = admission.patience
        """Seconds that what is missing of this portion may still take."""
        self._came = self._written = 0
        self._is_deaf = False
        self.is_cut = False
        """Whether the body took too long, and what is missing is not read any more."""

    async def read_ahead(self, most: int) -> bool:
        """Take the body, or so much of it, before there is a place; return whether it came."""
        body = bytearray()
        while not self._is_whole and len(body) <= most:
            message = await self._next()
            if message is _GONE:
                return False
            body += message.get("body", b"")
        self._ahead = {"type": "http.request", "body": bytes(body), "more_body": not self._is_whole}
        return True

    async def receive(self) -> Message:
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            return ahead
        if self._is_whole:
            return await self._receive()  # Only to hear that they left.
        with self._admission.outside():
            return await self._next()

    async def send(self, message: Message) -> None:
        if self._is_deaf:
            return
        if self.is_cut and message["type"] == "http.response.start":
            close = (b"connection", b"close")
            message = {**message, "headers": [*message.get("headers", []), close]}
        # It waits for what was written before.
        seconds = self._admission.patience * (1 + self._written / PORTION)
        with self._admission.outside(), self._hall.wait(seconds) as wait:
            await self._send(message)
        self._written = len(message.get("body", b""))
        if wait.cancelled_caught:
            self._is_deaf = True
            self._hang_up()

    async def break_off(self) -> None:
        """End the connection in the middle of an answer."""
        self._hang_up()
        # Until that is known there: whoever leaves an answer unfinished would be told as a bug.
        with self._hall.wait(self._admission.patience):
            while self._can_hang_up and (await self._receive())["type"] != "http.disconnect":
                pass

    async def _next(self) -> Message:
        """Return the next piece of the body; for who is too slow, that they are gone."""
        if self.is_cut:
            return _GONE
        began = anyio.current_time()
        with self._hall.wait(self._left) as wait:
            message = await self._receive()
        if wait.cancelled_caught:
            self.is_cut = True
            return _GONE
        if message["type"] != "http.request":
            return _GONE
        self._left -= anyio.current_time() - began
        self._came += len(message.get("body", b""))
        if self._came >= PORTION:
            self._came, self._left = 0, self._admission.patience
        self._is_whole = not message.get("more_body", False)
        return message


def hang_up_of(scope: Scope) -> Callable[[], None]:
    """Return what ends the connection; under another server, nothing does."""
    hang_up: Callable[[], None] = scope.get("extensions", {}).pop(HANG_UP, {}).get("now", _nothing)
    return hang_up


def _nothing() -> None:
    pass
