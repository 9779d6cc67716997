"""What can break. Each kind is drawn for a place: where, how it is struck, and how it is healed."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from random import Random

from anyio import from_thread

from bench.chaos.place import Place
from bench.history.client import Client
from bench.history.crowd import Crowd
from tests.postgres import Postgres
from tests.proofs.killed import STEPS

WAIT_SECONDS = 30
RATE = "400kbit"
"""Of a slow link."""
CLOCK_STEP = 3600
"""Seconds, at most, in either direction: the sessions of the crowd outlive it."""
PART_OF_CROWD = 10
"""One in so many reads slowly, or is gone without a word."""
LONG = 0.1
"""The part of faults that last long."""
AT_ONCE = 0.0
Act = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is broken for so many seconds. Both acts block, and end in bounded time."""

    kind: str
    where: str
    seconds: float
    strike: Act
    heal: Act


def schedule(
    place: Place, crowd: Crowd, chance: Random, kinds: Sequence[str] = (), long: float = LONG
) -> Iterator[Fault]:
    """Yield faults for ever, every kind once in each round; the same ones by the same chance."""
    chance = Random(chance.getrandbits(64))
    kinds = [*(kinds or KINDS)]
    while True:
        for kind in chance.sample(kinds, len(kinds)):
            where, strike, heal = KINDS[kind](place, crowd, chance)
            seconds = AT_ONCE if heal is nothing else _length(chance, long)
            yield Fault(kind, where, seconds, strike, heal)


def nothing() -> None:
    """It has healed by itself."""


def _length(chance: Random, long: float) -> float:
    """Mostly a blink; some outlast the deadlines of the service."""
    return round(chance.uniform(8, 13) if chance.random() < long else chance.uniform(0.3, 3), 1)


Struck = tuple[str, Act, Act]


def _kill_worker(place: Place, _: Crowd, chance: Random) -> Struck:
    worker = chance.choice(place.workers)
    return worker.host, worker.kill, worker.start


def _hold_worker(place: Place, _: Crowd, chance: Random) -> Struck:
    worker = chance.choice(place.workers)
    return (
        worker.host, partial(worker.send, signal.SIGSTOP), partial(worker.send, signal.SIGCONT),
    )  # fmt: skip


def _deploy(place: Place, _: Crowd, chance: Random) -> Struck:
    order = chance.sample(place.workers, len(place.workers))

    def strike() -> None:
        for worker in order:
            worker.restart()

    return "one after the other", strike, nothing


def _step_clock(place: Place, _: Crowd, chance: Random) -> Struck:
    clock, seconds = chance.choice(place.sites).clock, chance.randint(-CLOCK_STEP, CLOCK_STEP)
    return f"by {seconds} s", partial(clock.step, seconds), partial(clock.step, 0)


def _kill_postgres(place: Place, _: Crowd, __: Random) -> Struck:
    postgres = place.postgres
    return "postgres", partial(_signal, postgres, signal.SIGKILL), partial(_revive, place)


def _stop_postgres(place: Place, _: Crowd, __: Random) -> Struck:
    return "postgres", place.postgres.stop, partial(_revive, place)


def _hold_postgres(place: Place, _: Crowd, __: Random) -> Struck:
    postgres = place.postgres
    return (
        "postgres", partial(_signal, postgres, signal.SIGSTOP),
        partial(_signal, postgres, signal.SIGCONT),
    )  # fmt: skip


def _end_backends(place: Place, _: Crowd, __: Random) -> Struck:
    ending = (
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where pid <> pg_backend_pid() and backend_type = 'client backend'"
    )
    return "postgres", partial(place.postgres.execute, place.url, ending), nothing


def _fill_disk(place: Place, _: Crowd, __: Random) -> Struck:
    def heal() -> None:
        place.disk.make_room()
        _revive(place)

    return "postgres", place.disk.fill, heal


def _kill_redis(place: Place, _: Crowd, __: Random) -> Struck:
    return "redis", place.redis.kill, place.redis.start


def _hold_redis(place: Place, _: Crowd, __: Random) -> Struck:
    return "redis", place.redis.pause, place.redis.go_on


def _kill_clients(place: Place, _: Crowd, __: Random) -> Struck:
    def strike() -> None:
        for kind in "normal", "pubsub":
            place.redis.ask("CLIENT", "KILL", "TYPE", kind)

    return "redis", strike, nothing


def _flush(place: Place, _: Crowd, __: Random) -> Struck:
    return "redis", partial(place.redis.ask, "FLUSHALL"), nothing


def _cut(place: Place, _: Crowd, chance: Random) -> Struck:
    link = chance.choice(place.links)
    return link.name, link.cut, link.mend


def _swallow(place: Place, _: Crowd, chance: Random) -> Struck:
    link = chance.choice(place.links)
    return link.name, partial(link.swallow, 0, 1), link.mend


def _swallow_one_way(place: Place, _: Crowd, chance: Random) -> Struck:
    link, end = chance.choice(place.links), chance.randrange(2)
    return (
        f"{link.name}, from the {'second' if end else 'first'}",
        partial(link.swallow, end),
        link.mend,
    )


def _slow_link(place: Place, _: Crowd, chance: Random) -> Struck:
    link = chance.choice(place.links)
    return link.name, partial(link.slow_down, RATE), link.mend


def _move(place: Place, _: Crowd, __: Random) -> Struck:
    shard = next(place.shards)
    return f"to {shard}", partial(place.move, shard), nothing


def _kill_mover(place: Place, _: Crowd, chance: Random) -> Struck:
    shard, step = next(place.shards), chance.choice(STEPS)
    return f"to {shard}, {step}", partial(place.kill_mover, step, shard), partial(place.move, shard)


def _slow_readers(_: Place, crowd: Crowd, chance: Random) -> Struck:
    some = _some(crowd, chance)
    return (
        f"{len(some)} of them", partial(_have, some, Client.stop_reading),
        partial(_have, some, Client.go_on_reading),
    )  # fmt: skip


def _half_open_readers(_: Place, crowd: Crowd, chance: Random) -> Struck:
    some = _some(crowd, chance)
    return (
        f"{len(some)} of them", partial(_have, some, Client.abandon),
        partial(_have, some, Client.forget_abandoned),
    )  # fmt: skip


KINDS: dict[str, Callable[[Place, Crowd, Random], Struck]] = {
    "worker killed (-9)": _kill_worker,
    "worker held (SIGSTOP)": _hold_worker,
    "rolling deploy": _deploy,
    "clock of a worker stepped": _step_clock,
    "PostgreSQL killed (-9)": _kill_postgres,
    "PostgreSQL stopped (immediate)": _stop_postgres,
    "PostgreSQL held (SIGSTOP)": _hold_postgres,
    "connections to PostgreSQL ended": _end_backends,
    "disk of PostgreSQL full": _fill_disk,
    "Redis killed (-9)": _kill_redis,
    "Redis held (SIGSTOP)": _hold_redis,
    "connections to Redis killed": _kill_clients,
    "Redis emptied (FLUSHALL)": _flush,
    "link cut": _cut,
    "link swallows": _swallow,
    "link swallows one way": _swallow_one_way,
    "link slow": _slow_link,
    "organization moved": _move,
    "mover killed (-9)": _kill_mover,
    "readers slow": _slow_readers,
    "readers half open": _half_open_readers,
}


def _some(crowd: Crowd, chance: Random) -> list[Client]:
    return chance.sample(crowd.clients, max(1, len(crowd.clients) // PART_OF_CROWD))


def _have(clients: list[Client], act: Callable[[Client], None]) -> None:
    """In the loop where they live."""
    for client in clients:
        from_thread.run_sync(act, client)


def _signal(postgres: Postgres, number: signal.Signals) -> None:
    """Signal all of its processes, the first one first, so that none is added."""
    pids = postgres.pids()
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
    if number is signal.SIGKILL:
        for pid in pids:
            _wait_until_gone(pid)


def _wait_until_gone(pid: int) -> None:
    """By the kernel's own handle of a process, which becomes readable at its end."""
    with suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        try:
            assert select.select([handle], [], [], WAIT_SECONDS)[0], "PostgreSQL lives on."
        finally:
            os.close(handle)


def _revive(place: Place) -> None:
    """Return once it answers; it may have ended, be recovering, or be about to give up."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            if not place.postgres.pids():
                place.postgres.start()
            place.postgres.execute(place.url, "select 1")
            return
        except (AssertionError, subprocess.TimeoutExpired):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
