"""Servers to measure, one at a time: ours in some configuration, and those of others.

The program that measures keeps to the second processor, and so do the load it makes, Redis and
PostgreSQL; only the server measured runs on the first.
"""

import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.postgres import Postgres
from tests.redis import Redis
from tests.server import free_port

HERE = Path(__file__).resolve().parent.parent
SERVER_CPU, LOAD_CPU = 0, 1
READY_WITHIN = 30.0
STOPPED_WITHIN = 20.0


@dataclass(frozen=True, slots=True)
class Target:
    """A server that answers, and what the generator has to know of it."""

    port: int
    pid: int
    wire: str
    """One of `visitor.WIRES`."""
    data: Path | None = None
    """What `bench.seed` filled; a peer has none and wants none."""

    def sessions(self, name: str) -> list[str]:
        """The option that says who the clients are."""
        return [f"--sessions={self.data / name}.json"] if self.data else []


@dataclass(frozen=True, slots=True)
class Peer:
    """Somebody else's server. `{port}` in the command is filled in; `wire` is one of `visitor.WIRES`."""

    name: str
    command: list[str]
    wire: str
    folder: Path
    environ: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[], None] = lambda: None
    """Called before each start."""


@dataclass(frozen=True, slots=True)
class Site:
    """A data folder of ours, and the environment of its server."""

    data: Path
    environ: Mapping[str, str]


class Sites:
    """Makes sites in one configuration: with a PostgreSQL or a Redis of its own, or neither."""

    def __init__(self, folder: Path, *, postgresql: bool, redis: bool) -> None:
        self._folder = folder
        self._opened = ExitStack()
        self._postgres = self._opened.enter_context(Postgres()) if postgresql else None
        # By TCP, as those of the peers.
        self._redis = self._opened.enter_context(Redis(port=free_port())) if redis else None

    def close(self) -> None:
        self._opened.close()

    def seeded(self, **counts: int) -> Site:
        """Make a new data folder with a new database, filled by `bench.seed`."""
        data = self._folder / "data"
        shutil.rmtree(data, ignore_errors=True)
        database = self._postgres.database() if self._postgres else ""
        environ = {
            "MESSENGER_DATABASE": database,
            "MESSENGER_REDIS": self._redis.url if self._redis else "",
        }
        options = [f"--{name}={count}" for name, count in counts.items()]
        subprocess.run(
            [sys.executable, "-m", "bench.seed", str(data), f"--database={database}", *options],
            cwd=HERE, check=True, timeout=1800,
        )  # fmt: skip
        return Site(data, {name: value for name, value in environ.items() if value})


@contextmanager
def serving(site: Site) -> Iterator[Target]:
    """Serve a site as it ships."""
    port = free_port()
    environ = {
        "MESSENGER_DATA": str(site.data), "MESSENGER_PORT": str(port),
        "MESSENGER_LOG_LEVEL": "warning", **site.environ,
    }  # fmt: skip
    command = [sys.executable, "-m", "messenger", "serve"]
    with _process(command, HERE, environ) as process:
        wait_until(lambda: is_well(port, "ready"))
        yield Target(port, process.pid, "messenger", site.data)


@contextmanager
def serving_peer(peer: Peer) -> Iterator[Target]:
    """Run somebody else's server."""
    peer.prepare()
    port = free_port()
    command = [part.replace("{port}", str(port)) for part in peer.command]
    with _process(command, peer.folder, peer.environ) as process:
        wait_until(lambda: is_open(port))
        yield Target(port, process.pid, peer.wire)


def keep_to_load_cpu() -> None:
    """Have this program and all it starts leave the first processor to the server, where there are
    two, and have as many files open as the system lets it.
    """
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {LOAD_CPU})
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def is_well(port: int, kind: str, within: float = 2.0) -> bool:
    """Whether /health/live or /health/ready says so, in that many seconds."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/{kind}", timeout=within):
            return True
    except OSError:
        return False


def is_open(port: int) -> bool:
    """Whether somebody listens."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1):
            return True
    except OSError:
        return False


def wait_until(holds: Callable[[], bool]) -> None:
    """Look until a server has started."""
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        if holds():
            return
        time.sleep(0.1)
    raise TimeoutError("the server did not get ready")


@contextmanager
def _process(
    command: list[str], folder: Path, environ: Mapping[str, str]
) -> Iterator["subprocess.Popen[bytes]"]:
    pinned = ["taskset", "-c", str(SERVER_CPU), *command] if (os.cpu_count() or 1) > 1 else command
    process = subprocess.Popen(
        pinned, cwd=folder, env={**os.environ, **environ}, stdout=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOPPED_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOPPED_WITHIN)
