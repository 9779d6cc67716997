"""Files on their way in: reporters who each send one large file after another, as fast as it is taken.

    python -m bench.uploads --port 8000 --sessions FOLDER/idle.json --seconds 6

No file is ever finished: cleaning has figures of its own (`bench.cleaning`).
"""

import argparse
import json
import socket
import time
from secrets import token_urlsafe

import anyio
import httpx2
import uvloop

from bench.visitor import Names, read_names
from messenger.web.attachments import PIECE_TYPE

PIECE = 4 * 1024 * 1024
"""Bytes in a request, as the page sends them."""
FILE = 25 * PIECE
WITHIN = 60.0
SEND_BUFFER = 64 * 1024
"""Bytes. What lies in more than that is brought over on the server's own processor, when that takes some:
between two machines it never is.
"""
_OPTIONS = [(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)]


class Sender:
    """A reporter's program, with a connection of its own."""

    def __init__(self, names: Names, port: int) -> None:
        self._headers = {"authorization": f"Bearer {names['token']}"}
        self._origin = f"http://127.0.0.1:{port}"
        self.sent = 0
        """Bytes that were acknowledged."""

    async def send_until(self, end: float) -> None:
        """Send and take back one file after another."""
        async with httpx2.AsyncClient(
            base_url=self._origin,
            timeout=WITHIN,
            headers=self._headers,
            transport=httpx2.AsyncHTTPTransport(socket_options=_OPTIONS),
        ) as client:
            while time.monotonic() < end:
                await self._send(client, end)

    async def _send(self, client: httpx2.AsyncClient, end: float) -> None:
        about = {"id": token_urlsafe(12), "type": "video/mp4", "size": FILE}
        answer = await client.post("/attachments", json=about)
        path = f"/attachments/{answer.raise_for_status().json()['attachment']}"
        offset, content = 0, bytes(PIECE)
        while offset < FILE - PIECE and time.monotonic() < end:
            headers = {"upload-offset": str(offset), "content-type": PIECE_TYPE}
            answer = await client.patch(path, content=content, headers=headers)
            before, offset = offset, answer.raise_for_status().json()["offset"]
            self.sent += offset - before
        (await client.delete(path)).raise_for_status()


async def main(options: argparse.Namespace) -> None:
    """Send, print one JSON line."""
    names = read_names(options.sessions, options.senders)
    senders = [Sender(one, options.port) for one in names]
    begun = time.monotonic()
    async with anyio.create_task_group() as tasks:
        for sender in senders:
            tasks.start_soon(sender.send_until, begun + options.seconds)
    took = time.monotonic() - begun
    print(json.dumps({"mb_per_second": round(sum(one.sent for one in senders) / took / 1e6, 1)}))


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--sessions", required=True)
    parser.add_argument("--senders", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=6)
    return parser.parse_args()


if __name__ == "__main__":
    uvloop.run(main(parse()))
