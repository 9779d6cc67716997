"""The service as a process of its own: started on a free port, killed, started again on what it left.

Every wait has an end, and nothing outlives `with`. What it wrote is in two files, to be searched.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from secrets import randbelow
from typing import Any, Self, TypeVar

import anyio

READY_SECONDS = 30.0
STOP_SECONDS = 10.0
LOOK_EVERY = 0.05
CHECKOUT = Path(__file__).resolve().parent.parent

T = TypeVar("T")

_given = deque[int](maxlen=100)
"""The last ports that were found free here: they may not be bound yet."""


class NotServing(Exception):
    """It ended, or did not answer in time; says what it wrote last."""


class Server:
    """`python -m messenger serve` in `folder`. `settings` are MESSENGER_ variables without prefix.

    `program` is another module to run instead, with the same arguments: a variant with a fault.
    `enter` goes before the command: whatever takes it to a machine where `host` is an address.
    """

    def __init__(
        self,
        folder: Path,
        *,
        program: str = "messenger",
        host: str = "127.0.0.1",
        enter: Sequence[str] = (),
        **settings: str,
    ) -> None:
        self.data = folder / "data"
        self.host, self.port = host, free_port()
        self.origin = f"http://{host}:{self.port}"
        self.stdout, self.stderr = folder / "stdout", folder / "stderr"
        self._program = program
        self._enter = enter
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._pause = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def database_server(self) -> str:
        """The address of its database server; empty for a file in its folder."""
        return self._settings.get("DATABASE", "")

    @property
    def pid(self) -> int:
        return self._running().pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def socket_address(self) -> str:
        return self.origin.replace("http", "ws", 1) + "/ws"

    def start(self) -> None:
        """Start it on the data that is there, and return once /health/ready says so."""
        self.launch()
        self.wait_until_ready()

    def launch(self) -> None:
        """Start it, and do not wait."""
        if self.is_running:
            raise NotServing("It is running already.")
        with self.stdout.open("ab") as stdout, self.stderr.open("ab") as stderr:
            self._process = subprocess.Popen(
                [*self._enter, *self.command()],
                cwd=CHECKOUT, env=self.environment(), stdin=subprocess.DEVNULL,
                stdout=stdout, stderr=stderr,
            )  # fmt: skip

    def command(self) -> list[str]:
        """Return what is started."""
        return [sys.executable, "-m", self._program, "serve"]

    def environment(self) -> dict[str, str]:
        """Return the environment of a command for this deployment."""
        ours = {name: value for name, value in os.environ.items() if "MESSENGER" not in name}
        settings = {
            "DATA": str(self.data), "HOST": self.host, "PORT": str(self.port), **self._settings,
        }  # fmt: skip
        return {
            **ours,
            "PYTHONUNBUFFERED": "1",
            **{f"MESSENGER_{name}": value for name, value in settings.items()},
        }

    def wait_until_ready(self, seconds: float = READY_SECONDS) -> None:
        """Return once it answers that it can do its work."""
        self.wait_until(self.is_ready, seconds)

    def wait_until(self, holds: Callable[[], bool], seconds: float = READY_SECONDS) -> None:
        """Look until something of the running server holds; `NotServing` if it ends or is late."""
        for _ in range(int(seconds / LOOK_EVERY)):
            if holds():
                return
            if not self.is_running:
                break
            self._pause.wait(LOOK_EVERY)
        raise NotServing(self.written()[-4000:])

    def is_ready(self) -> bool:
        """Whether /health/ready says so now."""
        connection = HTTPConnection(self.host, self.port, timeout=2)
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def kill(self) -> None:
        """End it as a power cut does: no goodbye, nothing flushed."""
        self.send(signal.SIGKILL)
        self._running().wait(STOP_SECONDS)

    def stop(self) -> None:
        """Ask it to end, and make sure. Safe to repeat."""
        if self._process is None:
            return
        if self.is_running:
            self.send(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP_SECONDS)

    def ended(self, seconds: float = STOP_SECONDS) -> int:
        """Return the exit code, once it has ended by itself."""
        return self._running().wait(seconds)

    def restart(self) -> None:
        """Stop it in peace and start it again."""
        self.stop()
        self.start()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, SIGSTOP for example."""
        self._running().send_signal(number)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let it stand still meanwhile: connections stay open, and nothing is answered."""
        self.send(signal.SIGSTOP)
        try:
            yield
        finally:
            self.send(signal.SIGCONT)

    def written(self) -> str:
        """Return all it has written to its two streams so far."""
        paths = (path for path in (self.stdout, self.stderr) if path.exists())
        return "".join(path.read_text(errors="replace") for path in paths)

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            raise NotServing("It was never started.")
        return self._process


def free_port() -> int:
    """Return a port of loopback that nobody has now, and that no connection gets by itself.

    From the range of those, a client could be given the very port of a server that is being started
    again, and keep it from coming back. By chance that no seed decides: two runs at a time would get
    the same ones. And of those who share the tests of one run each has ports of their own, since it
    takes seconds until one is bound.
    """
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    share = lowest // 2 // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    first = lowest // 2 + share * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    while True:
        port = first + randbelow(share)
        if port in _given:
            continue
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        _given.append(port)
        return port


def run_apart(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run `work` to its end on a loop of its own, also where another loop is running already."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(anyio.run, work).result()
