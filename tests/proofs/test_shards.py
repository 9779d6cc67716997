"""Two organizations on two PostgreSQL servers, behind two hosts and a cluster of Redis: one of them
moves there and back while both talk, by movers that are killed at every step.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from random import Random

import anyio
import anyio.to_thread
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from bench.history.check import check
from bench.history.client import PAUSE, SILENCE, Plan, Seat, next_frame, open_socket
from bench.history.crowd import Crowd, read_seats
from bench.history.record import Acked
from bench.seed import seed
from messenger.protocol.closing import Close
from messenger.security.secretfile import NAME as SECRETS
from tests.postgres import Postgres
from tests.proofs.killed import STEPS
from tests.proofs.test_history import show
from tests.proofs.test_hosts import hello
from tests.redis import RedisCluster
from tests.server import CHECKOUT, Server, run_apart

pytestmark = pytest.mark.slow
PATIENCE = 240.0
MESSAGES = 400
ROOMS = 5
COME_BACK = {Close.SLOW_READER, Close.COME_BACK_LATER, Close.IDLE}


@dataclass(frozen=True)
class Place:
    """Two hosts; the first one's folder has the seats of `moved`, the second one's of `stayed`."""

    hosts: list[Server]
    north: Postgres

    def crowd(self, number: int, messages: int) -> Crowd:
        """The people of one organization, who come in by both hosts."""
        addresses = [host.socket_address for host in self.hosts]
        seats = read_seats(self.hosts[number].data / "active.json")
        plan = Plan(messages=messages, drop_every=100, abandon_every=900)
        return Crowd(addresses, seats, plan, seed=Random().getrandbits(32))

    def command(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command on the first host."""
        return subprocess.run(
            [sys.executable, "-m", program, *arguments],
            cwd=CHECKOUT, env=self.hosts[0].environment(), capture_output=True, text=True,
            timeout=PATIENCE, check=False,
        )  # fmt: skip

    def move(self, shard: str) -> str:
        """Move it there, wherever it is; return what was said."""
        told = self.command("messenger", "move-organization", "moved", shard)
        assert told.returncode == 0 or "already" in told.stderr, told
        return told.stdout or told.stderr

    def die(self, step: str, shard: str) -> None:
        told = self.command("tests.proofs.killed", step, "moved", shard)
        assert told.returncode == -9, told


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("moving")  # `check` names it, and is not to name a shard.
    with ExitStack() as opened:
        home, north = (opened.enter_context(Postgres()) for _ in range(2))
        redis = opened.enter_context(RedisCluster())
        url = home.database()
        settings = {"DATABASE": url, "SHARDS": f"north={north.database()}", "REDIS": redis.url}
        hosts: list[Server] = []
        for slug in ("moved", "stayed"):
            (folder / slug).mkdir()
            host = Server(folder / slug, **settings)
            if hosts:
                host.data.mkdir(mode=0o700)
                shutil.copy2(hosts[0].data / SECRETS, host.data / SECRETS)
            run_apart(partial(seed, host.data, ROOMS, 0, url, consoles=1, slug=slug))
            hosts.append(host)
        for host in hosts:
            opened.enter_context(host)
        yield Place(hosts, north)


def test_an_organization_moves_there_and_back_while_it_talks(place: Place) -> None:
    place.move("home")
    moved, stayed = place.crowd(0, MESSAGES), place.crowd(1, MESSAGES)

    codes = run_apart(partial(talk_while_it_moves, place, moved, stayed))

    assert codes <= COME_BACK, "Somebody was told not to come back."
    for crowd in (moved, stayed):
        assert check(crowd.history) == [], show(check(crowd.history))
        acknowledged = {r.id for r in crowd.history if isinstance(r, Acked)}
        assert len(acknowledged) == 2 * ROOMS * MESSAGES
    told = place.command("messenger", "check").stdout
    assert "shard" not in told, told


async def talk_while_it_moves(place: Place, moved: Crowd, stayed: Crowd) -> set[int]:
    """Return with which codes sockets were closed."""
    codes = set[int]()
    async with anyio.create_task_group() as listeners:
        for host in place.hosts:
            for seat in read_seats(place.hosts[0].data / "active.json"):
                listeners.start_soon(listen, host.socket_address, seat, codes)
        await _talk_while_it_moves(place, moved, stayed)
        listeners.cancel_scope.cancel()
    return codes


async def listen(address: str, seat: Seat, codes: set[int]) -> None:
    """Be in a room, and come back whatever is said."""
    while True:
        with suppress(OSError, TimeoutError):
            socket = await open_socket(address)
            try:
                await stay(socket, seat)
            finally:
                socket.transport.abort()
            codes.add(socket.close_code or 0)
        await anyio.sleep(PAUSE)


async def stay(socket: ClientConnection, seat: Seat) -> None:
    with suppress(ConnectionClosed):
        await socket.send(hello(seat))
        while True:
            with anyio.move_on_after(SILENCE):
                while True:
                    await socket.recv()
            await socket.send('{"t":"ping"}')


async def _talk_while_it_moves(place: Place, moved: Crowd, stayed: Crowd) -> None:
    async with anyio.create_task_group() as tasks:
        for crowd in (moved, stayed):
            tasks.start_soon(crowd.run, PATIENCE)
        blows = ["", "", *STEPS]
        for number, step in enumerate(blows, 1):
            with anyio.fail_after(PATIENCE):
                await moved.history.reach(moved.messages * number // (len(blows) + 2))
            shard = ("home", "north")[number % 2]
            if step:
                await anyio.to_thread.run_sync(place.die, step, shard)
            told = await anyio.to_thread.run_sync(place.move, shard)
            was_decided = step in {"decided", "in use again"}
            assert ("already" in told) == was_decided, told


def test_who_is_disabled_there_is_out_at_once(place: Place) -> None:
    """News comes from every database."""
    place.move("north")
    (seat,) = read_seats(place.hosts[0].data / "consoles.json")

    code = run_apart(partial(be_disabled, place, seat, f"moved{ROOMS}"))

    assert code == Close.SIGNED_OUT


async def be_disabled(place: Place, seat: Seat, login: str) -> int | None:
    """Return with which code a member's socket at the other host is closed."""
    async with await open_socket(place.hosts[1].socket_address) as socket:
        await socket.send(json.dumps({"t": "hello", "v": 1, "token": seat.token, "queue": True}))
        assert (await next_frame(socket))["t"] == "queue"
        disable = partial(place.command, "messenger", "disable-member", "moved", login)
        assert (await anyio.to_thread.run_sync(disable)).returncode == 0
        with anyio.fail_after(20), suppress(ConnectionClosed):
            while True:
                await socket.recv()
    return socket.close_code


def test_while_its_server_is_down_the_others_talk_on(place: Place) -> None:
    place.move("north")
    stayed = place.crowd(1, 40)

    place.north.stop()
    try:
        run_apart(partial(stayed.run, PATIENCE))
    finally:
        place.north.start()

    assert len({r.id for r in stayed.history if isinstance(r, Acked)}) == 2 * ROOMS * 40
    moved = place.crowd(0, 40)
    run_apart(partial(moved.run, PATIENCE))
    assert len({r.id for r in moved.history if isinstance(r, Acked)}) == 2 * ROOMS * 40
