"""Several workers behind one port: renewed one by one, replaced when they die, gone with their parent."""

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from random import Random

import anyio
import anyio.to_thread
import pytest
from uvicorn.config import STARTUP_FAILURE

from bench.history.check import check
from bench.history.client import Plan
from bench.history.crowd import Crowd, read_seats
from bench.history.record import Acked
from messenger.storage.upgrade import newest
from tests.proofs.hosts import Deployment, Workers, deployment
from tests.proofs.test_history import show
from tests.proofs.test_hosts import PATIENCE
from tests.server import Server, run_apart

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with deployment(tmp_path_factory.mktemp("workers"), 6, hosts=1, kind=Workers) as place:
        yield place


@pytest.fixture
def host(place: Deployment) -> Workers:
    (host,) = place.hosts
    assert isinstance(host, Workers)
    host.wait_until(partial(has_workers, host, set()))
    return host


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
    victim, before = host.worker_pids()[0], host.born()
    os.kill(victim, signal.SIGKILL)
    # See below: it may be waited for.
    host.wait_until(lambda: has_workers(host, {victim}) and host.born() > before, seconds=60)


def renew(host: Workers) -> None:
    before = set(host.worker_pids())
    host.send(signal.SIGHUP)
    host.wait_until(partial(has_workers, host, before), seconds=60)


@contextmanager
def newer_code(place: Deployment, host: Workers) -> Iterator[None]:
    """Whoever starts meanwhile finds tables that wait for an upgrade, as when a new version was put there."""
    at = "UPDATE alembic_version SET version_num = '{}'"
    place.postgres.execute(host.database_server, at.format("0001"))
    try:
        yield
    finally:
        place.postgres.execute(host.database_server, at.format(newest()))


def test_workers_stay_while_those_that_would_come_after_them_need_other_tables(
    place: Deployment, host: Workers
) -> None:
    before, said_before = set(host.worker_pids()), host.written()

    def says(what: str) -> bool:
        """Once more than before: another test may have had it say so."""
        return host.written().count(what) > said_before.count(what)

    with newer_code(place, host):
        host.send(signal.SIGHUP)
        host.wait_until(lambda: says("could not start"))
        host.wait_until(lambda: set(host.worker_pids()) == before)

    assert host.is_ready()
    assert says("(its tables are at “0001”): back up, stop the service")


def test_who_can_not_start_a_worker_again_ends_as_a_failure_to_be_started_again(
    place: Deployment, host: Workers
) -> None:
    with newer_code(place, host):
        os.kill(host.worker_pids()[0], signal.SIGKILL)
        # A worker that is dying may be waited for until it is known to be hung.
        code = host.ended(60)
    host.start()

    assert code == STARTUP_FAILURE


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
