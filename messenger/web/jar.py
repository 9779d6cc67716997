"""A frame's cookies: browsers don't give a page its cookies inside a page of another site.

What would be cookies is held by the frame's script, in memory, and travels in a header of its own. Only
scripts of our own origin can send that header: to anybody else, browsers would have to ask us first, and
we never answer that. Below here nobody needs to know: a frame's requests have cookies like others.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

JAR = "Messenger-Jar"
_PATHS = ("/", "/history", "/leave", "/lock")
"""The reporter's journey, and nothing of the team's."""


class Jar:
    """Turns the header into cookies, and cookies that are set into the header."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        held = Headers(scope=scope).get(JAR) if scope["type"] == "http" else None
        if held is None or scope["path"] not in _PATHS:
            await self._app(scope, receive, send)
            return
        # In a frame of the same site, browsers send the real ones, too: they are another visit's.
        others = [(name, value) for name, value in scope["headers"] if name != b"cookie"]
        headers = [*others, (b"cookie", held.encode("latin-1"))]

        async def send_to_frame(message: Message) -> None:
            if message["type"] == "http.response.start":
                _hand_over(message)
            await send(message)

        await self._app({**scope, "headers": headers, "framed": True}, receive, send_to_frame)


def _hand_over(message: Message) -> None:
    headers = MutableHeaders(scope=message)
    changed = [value.partition(";")[0].replace('"', "") for value in headers.getlist("set-cookie")]
    del headers["set-cookie"]
    if changed:
        headers[JAR] = ", ".join(changed)
    if message["status"] == 303:
        # A script sees only where a redirect ends, not what was set on the way: it goes there itself.
        message["status"] = 204
        del headers["location"]
