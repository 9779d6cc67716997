"""What is the same for everybody, so many a second: what pages of other sites fetch, or all that a first visit takes.

python -m bench.fetches widget --port 8000 --code BENCH --rate 2000 --seconds 6
"""

import argparse
import asyncio
import json
import re
import time
from urllib.request import urlopen

import uvloop

from bench.visitor import percentile
from messenger.app import HERE
from messenger.web.loaders import current_loader

CONNECTIONS = 40
"""They stay open, as those of a proxy do."""
WELL = b"HTTP/1.1 200"


class Page(asyncio.Protocol):
    """A connection that asks for one thing after another, each at its time."""

    def __init__(self, requests: list[bytes], times: list[float]) -> None:
        self._loop = asyncio.get_running_loop()
        self._requests = requests
        self._times = times
        self._number = 0
        self._missing = 0
        self.seconds: list[float] = []
        """From the time each was due to its last byte."""
        self.failed = 0
        self.over = self._loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._ask_next()

    def data_received(self, data: bytes) -> None:
        if not self._missing:
            head, _, data = data.partition(b"\r\n\r\n")
            self.failed += not head.startswith(WELL)
            self._missing = int(head.lower().split(b"content-length:")[1].split()[0])
        self._missing -= len(data)
        if not self._missing:
            self.seconds.append(time.monotonic() - self._times[self._number])
            self._number += 1
            self._ask_next()

    def connection_lost(self, error: Exception | None) -> None:
        self.failed += len(self._times) - self._number
        if not self.over.done():
            self.over.set_result(None)

    def _ask_next(self) -> None:
        if self._number == len(self._times):
            self._transport.close()
            return
        ahead = self._times[self._number] - time.monotonic()
        self._loop.call_later(max(0.0, ahead), self._ask)

    def _ask(self) -> None:
        request = self._requests[self._number % len(self._requests)]
        self._transport.write(request)  # type: ignore[attr-defined]


async def main(options: argparse.Namespace) -> None:
    """Ask, print one JSON line."""
    host = f"127.0.0.1:{options.port}"
    paths = of_a_visit(host) if options.what == "visit" else of_the_widget(options.code)
    requests = [
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\n\r\n".encode()
        for path in paths
    ]
    loop = asyncio.get_running_loop()
    begun, gap = time.monotonic() + 0.5, 1 / options.rate
    times = [begun + count * gap for count in range(int(options.rate * options.seconds))]
    # Each begins somewhere else, so that not all ask for the same at one time.
    pages = [
        Page(
            requests[number % len(requests) :] + requests[: number % len(requests)],
            times[number::CONNECTIONS],
        )
        for number in range(CONNECTIONS)
    ]
    for page in pages:
        await loop.create_connection(
            lambda page=page: page,  # type: ignore[misc]
            "127.0.0.1",
            options.port,
        )
    for page in pages:
        await page.over
    seconds = [each for page in pages for each in page.seconds]
    took = time.monotonic() - begun
    figures = {
        "per_second": round(len(seconds) / took),
        "failed": sum(page.failed for page in pages),
        "answer_p99_ms": round(percentile(seconds, 0.99) * 1e3, 2),
    }
    print(json.dumps(figures))


def of_the_widget(code: str) -> list[str]:
    """Return the paths that a school's page asks for."""
    return [current_loader(HERE / "static").path, f"/widget/status/{code}"]


def of_a_visit(host: str) -> list[str]:
    """Return the paths that a browser asks for that was never here: the first page, and what stands in it."""
    with urlopen(f"http://{host}/", timeout=10) as answer:
        page = answer.read().decode()
    return ["/", *dict.fromkeys(re.findall(r'(?:src|href)="(/static/[^"#]+)', page))]


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("what", choices=["widget", "visit"])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--code", required=True)
    parser.add_argument("--rate", type=float, default=2_000)
    parser.add_argument("--seconds", type=float, default=6)
    return parser.parse_args()


if __name__ == "__main__":
    uvloop.run(main(parse()))
