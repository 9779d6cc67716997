"""Opening a room with a long history: how long until the first screen is there.

    python -m bench.opening --port 8000 --sessions FOLDER/long.json

On the socket, from the hello to the events of the first screen, and to all of it; of the pages, from
the request to the last byte, the whole conversation's page and the one for browsers without scripts.
"""

import argparse
import asyncio
import json
import statistics
import time

import anyio
import httpx2
import uvloop

from bench.visitor import MESSENGER, Names, Visitor, read_names

SCREEN = 50
"""Messages, more than fit on any."""
WITHIN = 60.0
EVENT = b'{"t":"event"'


class Reader(Visitor):
    """Somebody on a new device: knows nothing of what was said."""

    def __init__(self, names: Names) -> None:
        super().__init__(MESSENGER, {**names, "since": 0})
        self.begun = 0.0
        self.seconds: list[float] = []
        """From the hello to each event."""
        self.has_screen = asyncio.Event()

    def write(self, text: str) -> None:
        self.begun = time.monotonic()
        super().write(text)

    def heard(self, payload: bytes) -> None:
        if payload.startswith(EVENT):
            self.seconds.append(time.monotonic() - self.begun)
            if len(self.seconds) == SCREEN:
                self.has_screen.set()


async def by_socket(names: Names, port: int) -> float:
    """Seconds to the first screen."""
    reader = Reader(names)
    await reader.connect(port)
    with anyio.fail_after(WITHIN):
        await reader.has_screen.wait()
    reader.cut()
    await reader.over
    return reader.seconds[SCREEN - 1]


async def by_page(client: httpx2.AsyncClient, path: str) -> float:
    """Seconds to the whole page."""
    begun = time.monotonic()
    answer = await client.get(path)
    took = time.monotonic() - begun
    if answer.status_code != 200 or "message" not in answer.text:
        raise RuntimeError(f"{path} was answered by {answer.status_code}")
    return took


async def main(options: argparse.Namespace) -> None:
    """Open it again and again, print one JSON line of medians."""
    names = read_names(options.sessions)[0]
    found: dict[str, list[float]] = {"socket_ms": [], "page_ms": [], "no_script_ms": []}
    origin = f"http://127.0.0.1:{options.port}"
    cookies = {"reporter": str(names["token"])}
    async with httpx2.AsyncClient(base_url=origin, timeout=WITHIN, cookies=cookies) as client:
        await client.get("/")  # The receipt is derived at the first look: not part of this.
        for _ in range(options.times):
            found["socket_ms"].append(await by_socket(names, options.port))
            found["page_ms"].append(await by_page(client, "/"))
            found["no_script_ms"].append(await by_page(client, "/history"))
    print(
        json.dumps({name: round(statistics.median(many) * 1e3, 1) for name, many in found.items()})
    )


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--sessions", required=True)
    parser.add_argument("--times", type=int, default=20)
    return parser.parse_args()


if __name__ == "__main__":
    uvloop.run(main(parse()))
