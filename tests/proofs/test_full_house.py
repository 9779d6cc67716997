"""A real server that may open few files: who is inside goes on, who is outside is told when to come back."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import cycle, islice
from pathlib import Path

import anyio
import httpx2
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from messenger.commands.places import places_of
from messenger.protocol.closing import Close
from messenger.settings import Settings
from tests.browser.seeding import seed
from tests.proofs.test_surge import report
from tests.server import Server

FILES = 160
PLACES = places_of(Settings(), FILES, 4096)
DEADLINE = 20.0


class SmallServer(Server):
    """A server that the system lets open few files."""

    def command(self) -> list[str]:
        return ["sh", "-c", f'ulimit -n {FILES} && exec "$@"', "sh", *super().command()]


class Reporter:
    """Mia, in a room of her own."""

    def __init__(self, server: Server) -> None:
        with httpx2.Client(base_url=server.origin, timeout=DEADLINE, verify=False) as api:
            draft = {"code": "LINCOLN", "id": "draft-0001", "what": "It is loud here."}
            token = api.post("/api/tokens", json={}).json()["token"]
            self.token = api.post("/api/reports", json={"token": token, **draft}).json()["token"]
        self._server = server
        self._said = 0

    @contextmanager
    def line(self) -> Iterator[ClientConnection]:
        address = self._server.socket_address
        with connect(address, compression=None, open_timeout=DEADLINE) as line:
            with suppress(ConnectionClosed):  # Before we could say anything.
                line.send(json.dumps({"t": "hello", "v": 1, "token": self.token}))
            yield line

    def chat(self, line: ClientConnection) -> None:
        """Say something, and have it acknowledged."""
        self._said += 1
        line.send(json.dumps({"t": "say", "id": f"message-{self._said:04}", "body": "hm"}))
        until(line, "ack")

    def is_let_in(self) -> bool:
        with self.line() as line:
            return end_of(line) is None


def until(line: ClientConnection, kind: str) -> None:
    while json.loads(line.recv(DEADLINE))["t"] != kind:
        pass


def end_of(line: ClientConnection) -> Close | None:
    """None if it is let in; else what it was told."""
    with suppress(ConnectionClosed):
        until(line, "welcome")
        return None
    return Close(line.close_code or 0)


def seconds_told(line: ClientConnection) -> int:
    return int(line.close_reason or "0")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = SmallServer(tmp_path)
    seed(server.data)
    with server:
        yield server
    assert "Traceback" not in server.written()


@pytest.mark.slow
def test_who_finds_no_place_is_told_when_to_come_back_and_reports_all_the_same(
    server: Server,
) -> None:
    mia, *others = (Reporter(server) for _ in range(4))  # One alone would not have so many lines.
    receipts: set[tuple[str, ...]] = set()

    with mia.line() as first:
        until(first, "welcome")
        with ExitStack() as stack:
            lines, ends = list[ClientConnection](), list[Close | None]()
            for each in islice(cycle(others), 70):
                lines.append(stack.enter_context(each.line()))
                ends.append(end_of(lines[-1]))  # Who has not been heard yet would make room.
            told = [seconds_told(line) for line, end in zip(lines, ends, strict=True) if end]
            mia.chat(first)
            anyio.run(report, server.origin, 1, anyio.Semaphore(1), receipts)
            server.wait_until(server.is_ready)
        mia.chat(first)

    let_in = PLACES.sockets - 1
    assert ends == [None] * let_in + [Close.COME_BACK_LATER] * (70 - let_in)
    assert all(seconds in range(5, 31) for seconds in told)
    assert len(receipts) == 1
    server.wait_until(mia.is_let_in)


@contextmanager
def silent(server: Server, count: int) -> Iterator[list[socket.socket]]:
    """Connections on which nobody says anything."""
    with ExitStack() as lines:
        yield [
            lines.enter_context(socket.create_connection(("127.0.0.1", server.port), DEADLINE))
            for _ in range(count)
        ]


@pytest.mark.slow
def test_connections_without_end_leave_those_inside_alone(server: Server) -> None:
    mia = Reporter(server)

    with mia.line() as line:
        with silent(server, 3 * FILES) as silent_lines:
            turned_away = silent_lines[-1].recv(1000)
            for _ in range(20):
                mia.chat(line)
        mia.chat(line)

    assert turned_away.startswith(b"HTTP/1.1 503 ")
    server.wait_until(server.is_ready)


UNFINISHED = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: 10\r\n\r\n{"


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", [b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=x"]
)
def test_requests_that_are_never_finished_keep_nobody_out(server: Server, kind: bytes) -> None:
    receipts: set[tuple[str, ...]] = set()

    with silent(server, PLACES.requests + 10) as lines:
        for line in lines:
            line.sendall(UNFINISHED % kind)
        with httpx2.Client(base_url=server.origin, timeout=DEADLINE) as browser:
            pages = [browser.get("/"), browser.get("/console", follow_redirects=True)]
        anyio.run(report, server.origin, 1, anyio.Semaphore(1), receipts)

    assert [page.status_code for page in pages] == [200, 200]
    assert len(receipts) == 1
