"""A deployment of two workers, PostgreSQL and Redis, on four machines; people come from a fifth.

All of them are of one organization, which has two databases to live in.
"""

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle
from pathlib import Path

from sqlalchemy import make_url

from bench.chaos.machines import Clock, Disk, Link, Machine, Outside
from bench.chaos.worker import Worker
from bench.history.client import Seat
from bench.history.crowd import read_seats
from bench.seed import SLUG, seed
from messenger.security.secretfile import NAME as SECRETS
from messenger.storage.shards import HOME
from tests.postgres import Postgres
from tests.redis import Redis
from tests.server import CHECKOUT, run_apart

DISK = "2g"
NORTH = "north"
COMMAND_SECONDS = 120
REDIS_PORT = 6379


@dataclass(frozen=True, slots=True)
class Site:
    """A worker's machine, with its ways to everybody else, and its clock."""

    machine: Machine
    to_people: Link
    to_postgres: Link
    to_redis: Link
    clock: Clock


@dataclass(frozen=True, slots=True)
class Place:
    """All of it, running."""

    postgres: Postgres
    url: str
    """Of the database, past the links."""
    disk: Disk
    """PostgreSQL's."""
    redis: Redis
    sites: list[Site]
    workers: list[Worker]
    """In the same order."""
    seats: list[Seat]
    shards: Iterator[str] = field(default_factory=lambda: cycle((NORTH, HOME)))
    """Where the organization moves, one time after the other."""

    def move(self, shard: str) -> None:
        """Move the organization there, if it has not moved yet."""
        done = self._command("messenger", "move-organization", SLUG, shard)
        assert done.returncode == 0 or "already" in done.stderr, done.stderr

    def kill_mover(self, step: str, shard: str) -> None:
        """Have whoever moves it there be killed at a step; see `tests.proofs.killed`."""
        done = self._command("tests.proofs.killed", step, SLUG, shard)
        assert done.returncode == -signal.SIGKILL, done.stderr

    def _command(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run it where the first worker is."""
        return subprocess.run(
            [*self.sites[0].machine.enter, sys.executable, "-m", program, *arguments],
            cwd=CHECKOUT, env=self.workers[0].environment(), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False,
        )  # fmt: skip

    @property
    def addresses(self) -> list[str]:
        return [worker.socket_address for worker in self.workers]

    @property
    def links(self) -> list[Link]:
        return [
            link
            for site in self.sites
            for link in (site.to_people, site.to_postgres, site.to_redis)
        ]


@contextmanager
def open_place(folder: Path, rooms: int) -> Iterator[Place]:
    """Start everything, with so many seeded rooms."""
    with ExitStack() as opened:
        people = opened.enter_context(Outside("people"))
        database = opened.enter_context(Machine("postgres"))
        bus = opened.enter_context(Machine("redis"))
        sites = [
            _site(opened, folder / name, (people, database, bus), number)
            for number, name in enumerate(("worker1", "worker2"))
        ]
        disk = opened.enter_context(Disk(folder / "disk", DISK))
        postgres = Postgres(
            "max_wal_size=128MB", hosts=[site.to_postgres.near for site in sites],
            parent=disk.path, enter=database.enter,
        )  # fmt: skip
        redis = Redis(
            "--protected-mode", "no", port=REDIS_PORT,
            hosts=[site.to_redis.near for site in sites], enter=bus.enter,
        )  # fmt: skip
        opened.enter_context(postgres)
        opened.enter_context(redis)
        url, north = postgres.database(), postgres.database()
        workers = [_worker(folder, site, url, north) for site in sites]
        _fill(workers, rooms, url)
        for worker in workers:
            opened.enter_context(worker)
        seats = read_seats(workers[0].data / "active.json")
        yield Place(postgres, url, disk, redis, sites, workers, seats)


def _site(opened: ExitStack, home: Path, others: Sequence[Machine], number: int) -> Site:
    home.mkdir()
    machine = opened.enter_context(Machine(home.name))
    to_people, to_postgres, to_redis = (
        opened.enter_context(Link(len(others) * number + place, other, machine))
        for place, other in enumerate(others)
    )
    return Site(machine, to_people, to_postgres, to_redis, Clock(home / "clock"))


def _worker(folder: Path, site: Site, home: str, north: str) -> Worker:
    return Worker(
        folder / site.machine.name,
        host=site.to_people.far,
        enter=[*site.machine.enter, *site.clock.enter],
        DATABASE=_over(site.to_postgres, home),
        SHARDS=f"{NORTH}={_over(site.to_postgres, north)}",
        REDIS=f"redis://{site.to_redis.near}:{REDIS_PORT}",
    )


def _over(link: Link, url: str) -> str:
    """Return the address of that database over the link."""
    return f"postgresql://messenger@{link.near}/{make_url(url).database}"


def _fill(workers: Sequence[Worker], rooms: int, url: str) -> None:
    """Make the rooms with the secrets of the first, and let the others have these."""
    first, *others = workers
    run_apart(partial(seed, first.data, rooms, 0, url))
    for other in others:
        other.data.mkdir(mode=0o700)
        shutil.copy2(first.data / SECRETS, other.data / SECRETS)
