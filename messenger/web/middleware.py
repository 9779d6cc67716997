"""What every response carries: the security headers."""

from base64 import b64encode
from secrets import token_bytes

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from messenger.web.desks import Place
from messenger.web.headers import ALWAYS, SECURE

ANCESTORS = "ancestors"
"""Where a page that may stand in a frame puts into the scope whose. Any other page may stand in none."""


class SecurityHeaders:
    """Puts the policy on every response, with a fresh nonce for the page's own scripts."""

    def __init__(self, app: ASGIApp, place: Place) -> None:
        self._app = app
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        nonce = scope["nonce"] = b64encode(token_bytes(18)).decode()

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                ancestors = scope.get(ANCESTORS, "'none'")
                self._add(MutableHeaders(scope=message), nonce, ancestors)
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _add(self, headers: MutableHeaders, nonce: str, ancestors: str) -> None:
        for name, value in {**ALWAYS, **(SECURE if self._place.is_https else {})}.items():
            headers.setdefault(name, value)
        # A file has a stricter one of its own.
        headers.setdefault("Content-Security-Policy", self._policy(nonce, ancestors))

    def _policy(self, nonce: str, ancestors: str) -> str:
        socket = self._place.origin.replace("http", "ws", 1)
        leave = "/".join(self._place.leave_url.split("/", 3)[:3])
        return "; ".join(
            (
                "default-src 'none'",
                f"script-src 'nonce-{nonce}'",
                "style-src 'self'",
                # What was just chosen or recorded can be looked at, and heard, before it is sent.
                "img-src 'self' blob:",
                "media-src 'self' blob:",
                "font-src 'self'",
                f"connect-src 'self' {socket}",
                f"form-action 'self' {leave}",
                "frame-src 'self'",
                f"frame-ancestors {ancestors}",
                "base-uri 'none'",
                "require-trusted-types-for 'script'",
                "trusted-types 'none'",
            )
        )
