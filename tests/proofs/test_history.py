"""Whatever is killed, dropped or left half open: what was acknowledged is there, once and in order.

And a checker that finds nothing is worth only as much as what it would have found.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random

import anyio
import anyio.to_thread
import pytest

from bench.history.check import Finding, check
from bench.history.client import Plan
from bench.history.crowd import Crowd, read_seats
from bench.history.record import Acked
from bench.seed import seed
from tests.postgres import Postgres
from tests.proofs.faulty import BUGS, FaultyServer, has_found
from tests.server import Server, run_apart

pytestmark = pytest.mark.slow

PATIENCE = 100.0


def test_ten_thousand_messages_survive_kills_restarts_and_dropped_sockets(tmp_path: Path) -> None:
    server = Server(tmp_path)
    run_apart(partial(seed, server.data, 20, 0))
    plan = Plan(messages=260, window=4, drop_every=150, abandon_every=1500)
    crowd = crowd_of(server, plan, devices=3)
    blows = [server.kill, server.stop, server.kill, server.kill]

    with server:
        run_apart(partial(talk_through, server, crowd, blows))

    assert check(crowd.history) == []
    assert len({r.id for r in crowd.history if isinstance(r, Acked)}) == 60 * 260


def test_the_same_on_a_database_server_that_crashes_too(tmp_path: Path) -> None:
    with Postgres() as postgres:
        url = postgres.database()
        server = Server(tmp_path, DATABASE=url)
        run_apart(partial(seed, server.data, 10, 0, url))
        plan = Plan(messages=120, window=4, drop_every=60, abandon_every=700)
        crowd = crowd_of(server, plan, devices=3)

        def crash() -> None:
            postgres.stop()
            postgres.start()

        with server:
            run_apart(
                partial(talk_through, server, crowd, [server.kill, crash, server.stop, crash])
            )

    assert check(crowd.history) == []
    assert len({r.id for r in crowd.history if isinstance(r, Acked)}) == 30 * 120


ELSEWHERE = {"does not wait for the disk", "does not reread"}
"""Bugs that take another proof to be found: a disk that forgets, several workers."""


@pytest.mark.parametrize("bug", sorted(BUGS.keys() - ELSEWHERE))
def test_the_checker_finds_what_a_server_gets_wrong(tmp_path: Path, bug: str) -> None:
    server = FaultyServer(tmp_path)
    server.bug = bug
    run_apart(partial(seed, server.data, 4, 0))
    crowd = crowd_of(server, Plan(messages=40, drop_every=30), devices=2)

    with server:
        run_apart(partial(talk_through, server, crowd, [server.kill] * 2))

    kinds = {finding.kind for finding in check(crowd.history)}
    assert has_found(bug, kinds), show(check(crowd.history))
    assert crowd.history.acknowledged >= 8 * 40


def crowd_of(server: Server, plan: Plan, devices: int) -> Crowd:
    """People in the seeded rooms; from three devices on, reporters sit there twice."""
    seats = read_seats(server.data / "active.json")
    if devices == 3:
        seats += [replace(seat, device="2") for seat in seats if seat.side == 0]
    return Crowd([server.socket_address], seats, plan, seed=Random().getrandbits(32))


async def talk_through(server: Server, crowd: Crowd, blows: list[Callable[[], None]]) -> None:
    """Have everybody talk while the server is struck down and started again."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(crowd.run, PATIENCE)
        for number, blow in enumerate(blows, 1):
            with anyio.fail_after(PATIENCE):
                await crowd.history.reach(crowd.messages * number // (len(blows) + 1))
            await anyio.to_thread.run_sync(blow)
            if not server.is_running:
                await anyio.to_thread.run_sync(server.start)


def show(findings: list[Finding]) -> str:
    return "\n".join(map(str, findings[:20]))
