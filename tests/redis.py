"""A real Redis for tests, alone or as a cluster: in a temporary folder, gone afterwards."""

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

from tests.server import free_port

WAIT_SECONDS = 30


class Redis:
    """A server on a socket in its folder; with `port`, on `hosts` as well.

    `enter` goes before the command: whatever takes it to a machine where these are addresses.
    """

    def __init__(
        self,
        *options: str,
        port: int = 0,
        hosts: Sequence[str] = ("127.0.0.1",),
        enter: Sequence[str] = (),
    ) -> None:
        self._options = options
        self._hosts = hosts
        self._enter = enter
        self.port = port
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        assert shutil.which("redis-server"), "bin/setup installs Redis; it is not here."
        self.folder = Path(tempfile.mkdtemp(prefix="messenger-redis-"))
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def path(self) -> Path:
        return self.folder / "redis.sock"

    @property
    def url(self) -> str:
        """Of the socket, or of the port where there is one."""
        return f"redis://127.0.0.1:{self.port}" if self.port else f"unix://{self.path}"

    def start(self) -> None:
        """Start it empty, and return once it answers."""
        self._process = subprocess.Popen(
            [
                *self._enter,
                "redis-server", "--port", str(self.port), "--bind", *self._hosts,
                "--unixsocket", str(self.path), "--dir", str(self.folder), "--save", "",
                "--appendonly", "no", "--logfile", str(self.folder / "log"), *self._options,
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.wait_for(lambda: self.ask("PING").startswith((b"+PONG", b"-NOAUTH")))

    def kill(self) -> None:
        """End it without a word; what it kept is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(WAIT_SECONDS)
            self._process = None
        self.path.unlink(missing_ok=True)

    def pause(self) -> None:
        """Let it stand still: connections stay, nothing is answered."""
        self._send(signal.SIGSTOP)

    def go_on(self) -> None:
        self._send(signal.SIGCONT)

    def ask(self, *command: str) -> bytes:
        """Send one command past any client library; the raw answer."""
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(WAIT_SECONDS)
                line.connect(str(self.path))
                parts = b"".join(
                    f"${len(part.encode())}\r\n{part}\r\n".encode() for part in command
                )
                line.sendall(f"*{len(command)}\r\n".encode() + parts)
                return line.recv(1 << 20)
        except OSError:
            return b""

    @contextmanager
    def overheard(self, target: Path) -> Iterator[None]:
        """Have every command that reaches it, with all its words, written down meanwhile."""
        with target.open("wb") as file:
            listener = subprocess.Popen(
                ["redis-cli", "-s", str(self.path), "MONITOR"],
                stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            try:
                self.wait_for(lambda: target.read_bytes().startswith(b"OK"))
                yield
                self.ask("PING", "the end")
                self.wait_for(lambda: b"the end" in target.read_bytes())
            finally:
                listener.kill()
                listener.wait(WAIT_SECONDS)

    def is_in_cluster(self) -> bool:
        return b"cluster_state:ok" in self.ask("CLUSTER", "INFO")

    def wait_for(self, holds: Callable[[], bool]) -> None:
        """Return once `holds()`."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not holds():
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.02)

    def _send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)


class RedisCluster:
    """Three primaries on loopback."""

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            self.nodes = [opening.enter_context(_node()) for _ in range(3)]
            command = [
                "redis-cli",
                "--cluster",
                "create",
                "--cluster-yes",
                "--cluster-replicas",
                "0",
            ]
            subprocess.run(
                [*command, *(f"127.0.0.1:{node.port}" for node in self.nodes)],
                check=True, stdout=subprocess.DEVNULL, timeout=WAIT_SECONDS,
            )  # fmt: skip
            for node in self.nodes:
                node.wait_for(node.is_in_cluster)
            self._open = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def url(self) -> str:
        return f"redis+cluster://127.0.0.1:{self.nodes[0].port}"

    def kill(self) -> None:
        """End all of it without a word."""
        for node in self.nodes:
            node.kill()


def _node() -> Redis:
    # For what they say to one another: by itself it would be a port that nobody looked at.
    bus = str(free_port())
    return Redis(
        "--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-port", bus,
        "--cluster-node-timeout", "10000", port=free_port(),
    )  # fmt: skip
