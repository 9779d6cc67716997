"""Several workers behind one port: renewed one by one, replaced when they die, gone with their parent."""

import os
import select
import signal
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from random import Random

import anyio
import anyio.to_thread
import pytest

from bench.history.check import check
from bench.history.client import Plan
from bench.history.crowd import Crowd, read_seats
from bench.history.record import Acked
from tests.proofs.hosts import Workers, deployment
from tests.proofs.test_history import show
from tests.proofs.test_hosts import PATIENCE
from tests.server import Server, run_apart

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    with deployment(tmp_path_factory.mktemp("workers"), 6, hosts=1, kind=Workers) as place:
        (host,) = place.hosts
        assert isinstance(host, Workers)
        host.wait_until(partial(has_workers, host, set()))
        yield host


def has_workers(host: Workers, other_than: set[int]) -> bool:
    """Whether as many serve as should, and none of those."""
    pids = set(host.worker_pids())
    return len(pids) == host.workers and not pids & other_than


def test_nothing_is_lost_while_workers_die_and_are_renewed(host: Workers) -> None:
    seats = read_seats(host.data / "active.json")
    seats += [replace(seat, device="2") for seat in seats]
    crowd = Crowd(
        [host.socket_address], seats, Plan(messages=150, drop_every=100),
        seed=Random().getrandbits(32),
    )  # fmt: skip

    run_apart(partial(talk_through_renewals, host, crowd))

    assert check(crowd.history) == [], show(check(crowd.history))
    assert len({r.id for r in crowd.history if isinstance(r, Acked)}) == len(seats) * 150


async def talk_through_renewals(host: Workers, crowd: Crowd) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(crowd.run, PATIENCE)
        for number, blow in enumerate((kill_one, renew, kill_one), 1):
            with anyio.fail_after(PATIENCE):
                await crowd.history.reach(crowd.messages * number // 4)
            await anyio.to_thread.run_sync(blow, host)


def kill_one(host: Workers) -> None:
    victim = host.worker_pids()[0]
    os.kill(victim, signal.SIGKILL)
    host.wait_until(partial(has_workers, host, {victim}))


def renew(host: Workers) -> None:
    before = set(host.worker_pids())
    host.send(signal.SIGHUP)
    host.wait_until(partial(has_workers, host, before), seconds=60)


def test_workers_end_with_the_one_who_started_them(host: Workers) -> None:
    orphans = host.worker_pids()
    Server.kill(host)  # The first one alone.
    try:
        for pid in orphans:
            wait_until_gone(pid)
    finally:
        host.start()
        host.wait_until(partial(has_workers, host, set(orphans)))


def wait_until_gone(pid: int) -> None:
    """By the kernel's own handle of a process, which becomes readable at its end."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([handle], [], [], 20)[0], "It serves on without its parent."
    finally:
        os.close(handle)
