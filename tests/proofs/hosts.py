"""A deployment on several hosts: each with a process and a folder of its own, the same secrets, one
PostgreSQL and one Redis.
"""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Self

from bench.seed import seed
from messenger.security.secretfile import NAME as SECRETS
from tests.postgres import Postgres
from tests.redis import Redis
from tests.server import Server, run_apart


class Workers(Server):
    """A host with several workers behind its port."""

    workers = 2

    def command(self) -> list[str]:
        return [*super().command(), "--workers", str(self.workers)]

    def start(self) -> None:
        """Return once all of them serve, and not the first one alone."""
        before = self.born()
        super().start()
        self.wait_until(lambda: self.born() >= before + self.workers)

    def born(self) -> int:
        """How many workers have got as far as to serve, ever."""
        return self.written().count("uvicorn.error: ready")

    def kill(self) -> None:
        pids = self.worker_pids()
        super().kill()
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def send(self, number: signal.Signals) -> None:
        """The first one passes on what asks to end, but not what makes all stand still."""
        super().send(number)
        if number in {signal.SIGSTOP, signal.SIGCONT}:
            for pid in self.worker_pids():
                os.kill(pid, number)

    def worker_pids(self) -> list[int]:
        """The processes that serve, of those that the first one has started."""
        listed = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [int(pid) for pid in listed if b"spawn_main" in _command_line(pid)]


def _command_line(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


class Servers:
    """A PostgreSQL and a Redis, started when they are first needed."""

    def __init__(self) -> None:
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @cached_property
    def postgres(self) -> Postgres:
        return self._open.enter_context(Postgres())

    @cached_property
    def redis(self) -> Redis:
        return self._open.enter_context(Redis())

    def host(self, folder: Path, **settings: str) -> Workers:
        """A host with two workers, and an empty database of its own."""
        url = self.postgres.database()
        return Workers(folder, DATABASE=url, REDIS=self.redis.url, **settings)


@dataclass(frozen=True, slots=True)
class Deployment:
    """All of it, running."""

    postgres: Postgres
    redis: Redis
    hosts: list[Server]

    @property
    def addresses(self) -> list[str]:
        return [host.socket_address for host in self.hosts]


@contextmanager
def deployment(
    folder: Path, rooms: int, hosts: int = 2, kind: type[Server] = Server
) -> Iterator[Deployment]:
    """Start everything, with so many seeded rooms (`active.json` in the first host's folder)."""
    with ExitStack() as opened:
        postgres = opened.enter_context(Postgres())
        redis = opened.enter_context(Redis())
        url = postgres.database()
        servers = []
        for number in range(hosts):
            home = folder / f"host{number}"
            home.mkdir()
            servers.append(kind(home, DATABASE=url, REDIS=redis.url))
        first, *others = servers
        run_apart(partial(seed, first.data, rooms, 0, url))
        for other in others:
            other.data.mkdir(mode=0o700)
            shutil.copy2(first.data / SECRETS, other.data / SECRETS)
        for server in servers:
            opened.enter_context(server)
        yield Deployment(postgres, redis, servers)
