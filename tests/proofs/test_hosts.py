"""Several hosts behave as one: what is acknowledged by any is there for all, whatever breaks."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from random import Random
from typing import Any

import anyio
import anyio.to_thread
import pytest
from websockets.asyncio.client import ClientConnection

from bench.history.check import check
from bench.history.client import SILENCE, Plan, Seat, next_frame, open_socket
from bench.history.crowd import Crowd, read_seats
from bench.history.record import Acked
from messenger.security.secretfile import NAME as SECRETS
from messenger.web.seats import TYPING_EVERY
from tests.proofs.hosts import Deployment, deployment
from tests.proofs.test_history import show
from tests.server import Server, run_apart

pytestmark = pytest.mark.slow
PATIENCE = 150.0


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with deployment(tmp_path_factory.mktemp("hosts"), rooms=12) as place:
        yield place


def seats_of(place: Deployment) -> list[Seat]:
    return read_seats(place.hosts[0].data / "active.json")


def test_people_on_different_hosts_talk_and_see_one_another(place: Deployment) -> None:
    run_apart(partial(_talk_across, place, seats_of(place)[:2]))


async def _talk_across(place: Deployment, seats: list[Seat]) -> None:
    reporter, responder = sorted(seats, key=lambda seat: bool(seat.room))
    async with (
        await open_socket(place.addresses[0]) as hers,
        await open_socket(place.addresses[1]) as his,
    ):
        await hers.send(hello(reporter))
        assert (await until(hers, "welcome"))["here"]["team"] == 0
        await his.send(hello(responder))
        here = (await until(his, "welcome"))["here"]
        while not here["reporter"]:  # It may be on its way to his worker.
            here = await until(his, "presence")
        while (await until(hers, "presence"))["team"] != 1:
            pass

        await _type_until_it_is_told(his, hers)
        for number in range(3):
            await hers.send(say(f"hers-{number:04}", "I am here."))
            heard = await until(his, "event", id=f"hers-{number:04}")
            assert heard["body"] == "I am here."
            await his.send(say(f"his-{number:05}", "So are we."))
            answer = await until(hers, "event", id=f"his-{number:05}")
            assert answer["seq"] == heard["seq"] + 1
        await his.send('{"t":"seen","seq":2}')
        # How things stood before may be said again, where a worker reads what it could have missed.
        while (await until(hers, "seen"))["seq"] != 2:
            pass


async def _type_until_it_is_told(his: ClientConnection, hers: ClientConnection) -> None:
    """It is kept nowhere: what gets lost between the hosts is told again by who types on."""
    with anyio.fail_after(20):
        is_told = False
        while not is_told:
            await his.send('{"t":"typing"}')
            with anyio.move_on_after(TYPING_EVERY):
                await until(hers, "typing")
                is_told = True


def test_without_redis_they_talk_on_and_readiness_says_so(place: Deployment) -> None:
    place.redis.kill()
    try:
        for host in place.hosts:
            host.wait_until(partial(says, host, "ok, but Redis"))
            host.wait_until(host.is_ready)  # It can do its work.
        run_apart(partial(_talk_slowly, place, seats_of(place)[2:4]))
    finally:
        place.redis.start()
    for host in place.hosts:
        host.wait_until(partial(says, host, "ok\n"))


async def _talk_slowly(place: Deployment, seats: list[Seat]) -> None:
    reporter, responder = sorted(seats, key=lambda seat: bool(seat.room))
    async with (
        await open_socket(place.addresses[0]) as hers,
        await open_socket(place.addresses[1]) as his,
    ):
        await hers.send(hello(reporter))
        await until(hers, "welcome")
        await his.send(hello(responder))
        await until(his, "welcome")
        async with anyio.create_task_group() as pinging:
            pinging.start_soon(_ping, his)
            for number in range(3):
                id = f"slow-{number:04}-on-{place.hosts[1].port}"
                await hers.send(say(id, "Nobody rings."))
                await until(his, "event", id=id)
            pinging.cancel_scope.cancel()


async def _ping(socket: ClientConnection) -> None:
    """Who waits for long shows that they are there, as a page does."""
    while True:
        await socket.send('{"t":"ping"}')
        await anyio.sleep(SILENCE / 2)


def test_a_host_where_the_redis_was_forgotten_hears_the_others_late_and_not_never(
    place: Deployment, tmp_path: Path
) -> None:
    first = place.hosts[0]
    forgetful = Server(tmp_path, DATABASE=first.database_server)
    forgetful.data.mkdir(mode=0o700)
    shutil.copy2(first.data / SECRETS, forgetful.data)
    with forgetful:
        two = replace(place, hosts=[first, forgetful])
        run_apart(partial(_talk_slowly, two, seats_of(place)[2:4]))
        said = forgetful.written()
    assert "Another process serves this database" in said and "set MESSENGER_REDIS" in said
    assert "Another process serves" not in place.hosts[1].written()


def test_nothing_is_lost_whatever_breaks(place: Deployment) -> None:
    seats = seats_of(place)[4:]
    seats += [replace(seat, device="2") for seat in seats if seat.side == 0]
    crowd = Crowd(
        place.addresses, seats, Plan(messages=150, drop_every=80, abandon_every=900),
        seed=Random().getrandbits(32),
    )  # fmt: skip
    first, second = place.hosts

    def crash() -> None:
        place.postgres.stop()
        place.postgres.start()

    def restart_redis() -> None:
        place.redis.kill()
        place.redis.start()

    def cut_lines() -> None:
        for kind in "normal", "pubsub":
            place.redis.ask("CLIENT", "KILL", "TYPE", kind)

    def hold_redis() -> None:
        place.redis.pause()
        anyio.run(anyio.sleep, 3)
        place.redis.go_on()

    blows: list[Callable[[], object]] = [
        first.kill, restart_redis, cut_lines, second.stop, crash, hold_redis,
        partial(place.redis.ask, "FLUSHALL"), second.kill,
    ]  # fmt: skip

    run_apart(partial(talk_through, place.hosts, crowd, blows))

    assert check(crowd.history) == [], show(check(crowd.history))
    assert len({r.id for r in crowd.history if isinstance(r, Acked)}) == len(seats) * 150


async def talk_through(
    hosts: list[Server], crowd: Crowd, blows: list[Callable[[], object]]
) -> None:
    """Have everybody talk while one thing after another is struck down and started again."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(crowd.run, PATIENCE)
        for number, blow in enumerate(blows, 1):
            with anyio.fail_after(PATIENCE):
                await crowd.history.reach(crowd.messages * number // (len(blows) + 1))
            await anyio.to_thread.run_sync(blow)
            for host in hosts:
                if not host.is_running:
                    await anyio.to_thread.run_sync(host.start)


def hello(seat: Seat) -> str:
    return json.dumps({"t": "hello", "v": 1, "token": seat.token, "room": seat.room, "since": 0})


def say(id: str, body: str) -> str:
    return json.dumps({"t": "say", "id": id, "body": body})


async def until(socket: ClientConnection, kind: str, id: str = "") -> dict[str, Any]:
    """Read until a frame of that kind (and id) comes."""
    with anyio.fail_after(20):
        while True:
            frame = await next_frame(socket)
            if frame["t"] == kind and (not id or frame.get("id") == id):
                return frame


def says(host: Server, word: str) -> bool:
    connection = HTTPConnection("127.0.0.1", host.port, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().read().decode().startswith(word)
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
