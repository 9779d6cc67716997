"""A deployment of two workers, PostgreSQL and Redis, on four machines; people come from a fifth."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import make_url

from bench.chaos.machines import Clock, Disk, Link, Machine, Outside
from bench.chaos.worker import Worker
from bench.history.client import Seat
from bench.history.crowd import read_seats
from bench.seed import seed
from messenger.security.secretfile import NAME as SECRETS
from tests.postgres import Postgres
from tests.redis import Redis
from tests.server import run_apart

DISK = "2g"
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
        url = postgres.database()
        workers = [_worker(folder, site, make_url(url).database) for site in sites]
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


def _worker(folder: Path, site: Site, database: str | None) -> Worker:
    return Worker(
        folder / site.machine.name,
        host=site.to_people.far,
        enter=[*site.machine.enter, *site.clock.enter],
        DATABASE=f"postgresql://messenger@{site.to_postgres.near}/{database}",
        REDIS=f"redis://{site.to_redis.near}:{REDIS_PORT}",
    )


def _fill(workers: Sequence[Worker], rooms: int, url: str) -> None:
    """Make the rooms with the secrets of the first, and let the others have these."""
    first, *others = workers
    run_apart(partial(seed, first.data, rooms, 0, url))
    for other in others:
        other.data.mkdir(mode=0o700)
        shutil.copy2(first.data / SECRETS, other.data / SECRETS)
