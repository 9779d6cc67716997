"""All that ships, but for an echo in the place of the application: `python -m tests.proofs.echo`.

The limit of a message is another one too, for a suite that says 16 MiB at once. An argument is a
websocket protocol in the place of ours, by uvicorn's name for it (`websockets-sansio`).
"""

import sys
from os import environ

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from messenger.commands import serve
from messenger.settings import Settings
from tests.server import Server
from tests.swapping import swap

LARGEST = 16 * 2**20
"""Bytes in a message."""


class EchoServer(Server):
    """Says back whatever is said to it."""

    ws = ""
    """A protocol in the place of ours, by uvicorn's name for it."""

    def command(self) -> list[str]:
        return [sys.executable, "-m", "tests.proofs.echo", *self.ws.split()]


class Echo:
    """An ASGI application for one websocket."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({**message, "type": "websocket.send"})


def build(_: Settings, **_more: object) -> Starlette:
    ready = PlainTextResponse("ready")
    return Starlette(routes=[WebSocketRoute("/", Echo()), Route("/health/ready", lambda _: ready)])


if __name__ == "__main__":
    swap(serve, build=build, FRAME_LIMIT=LARGEST)
    if len(sys.argv) > 1:
        swap(serve, LeanWebSocket=sys.argv[1])
    serve.run(Settings.read(environ))
