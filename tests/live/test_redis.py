"""The line to a real Redis, alone and as a cluster, and what happens when it breaks."""

import itertools
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic, time

import anyio
import pytest
from anyio.abc import SocketStream

from messenger.domain.errors import TooBusy
from messenger.live.envelope import Item, Told
from messenger.live.limits import FORGIVEN_AFTER, FREE_TRIES, LONGEST_LINE, SharedTries, Tries
from messenger.live.redis import CLUSTER_LANES, RedisKeys, RedisLine, is_sharded
from messenger.live.relay import Lane, Relay
from messenger.live.spent import SharedSpent, SpentHere
from tests.live.test_relay import into, wrapping
from tests.redis import Redis, RedisCluster
from tests.server import free_port

pytestmark = pytest.mark.slow
PATIENCE = 20.0

_numbers = itertools.count()


@dataclass
class Worker:
    """A relay with its line, and what it heard."""

    relay: Relay
    heard: list[Item] = field(default_factory=list)

    async def until(self, holds: Callable[[], bool]) -> None:
        with anyio.fail_after(PATIENCE):
            while not holds():  # noqa: ASYNC110 (looks at what threads of others do)
                await anyio.sleep(0.01)

    async def well(self) -> None:
        await self.until(lambda: self.relay.is_well)

    async def doubts(self) -> None:
        await self.until(lambda: not self.relay.is_well)

    async def knows(self, count: int) -> None:
        await self.until(lambda: self.relay.others() == count)

    async def hears_or_doubts(self, count: int) -> None:
        await self.until(lambda: len(self.heard) >= count or self.relay.doubt.is_set())

    async def hears(self, count: int) -> None:
        await self.until(lambda: len(self.heard) >= count)


@asynccontextmanager
async def workers(url: str, count: int = 2) -> AsyncIterator[list[Worker]]:
    """Workers of one deployment that hear one another."""
    deployment = f"test:{next(_numbers)}"
    lanes = CLUSTER_LANES if is_sharded(url) else 1
    found = []
    async with anyio.create_task_group() as tasks:
        for number in range(count):
            names = [Lane(f"{deployment}:{lane}") for lane in range(lanes)]
            worker = Worker(Relay(f"w{number}", names, wrapping(), monotonic))
            worker.relay.on(Told, into(worker.heard))
            tasks.start_soon(RedisLine(url, worker.relay).run)
            found.append(worker)
        for worker in found:
            await worker.knows(count - 1)
            await worker.well()
        yield found
        tasks.cancel_scope.cancel()


class Middleman:
    """Stands between workers and Redis. What it swallows is lost on a line that goes on to look well."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._listening = list[anyio.Event]()
        self.url = ""

    def swallow(self) -> None:
        """Let nothing more reach those who have subscribed; who subscribes anew hears all."""
        for deaf in self._listening:
            deaf.set()

    async def serve(self, client: SocketStream) -> None:
        deaf = anyio.Event()
        async with client, await anyio.connect_unix(self._redis.path) as server:
            try:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(self._pass_back, server, client, deaf)
                    async for sent in client:
                        if b"SUBSCRIBE" in sent:
                            self._listening.append(deaf)
                        await server.send(sent)
                    tasks.cancel_scope.cancel()
            except* anyio.BrokenResourceError:
                pass  # Who hangs up before all is read is a group's exception here.

    async def _pass_back(
        self, server: SocketStream, client: SocketStream, deaf: anyio.Event
    ) -> None:
        async for answer in server:
            if not deaf.is_set():
                await client.send(answer)


@asynccontextmanager
async def middleman(redis: Redis) -> AsyncIterator[Middleman]:
    between, port = Middleman(redis), free_port()
    between.url = f"redis://127.0.0.1:{port}"
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=port)
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, between.serve)
        yield between
        tasks.cancel_scope.cancel()


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    with Redis() as redis:
        yield redis


@pytest.fixture(scope="module")
def cluster() -> Iterator[RedisCluster]:
    with RedisCluster() as cluster:
        yield cluster


def told(number: int) -> Told:
    return Told(f"room:{number % 7}", number, f"text {number}")


def told_to(worker: Worker) -> list[Told]:
    return [item for item in worker.heard if isinstance(item, Told)]


def is_in_order(worker: Worker) -> bool:
    numbers = [item.seq for item in told_to(worker)]
    return numbers == sorted(set(numbers))


def say(worker: Worker, numbers: range) -> None:
    for number in numbers:
        item = told(number)
        worker.relay.send(item, item.topic)


async def test_what_one_says_the_others_hear(redis: Redis) -> None:
    async with workers(redis.url, 3) as (a, b, c):
        say(a, range(100))
        await b.hears(100)
        await c.hears(100)
        assert b.heard == c.heard == [told(number) for number in range(100)]
        assert a.heard == []


async def test_a_cluster_carries_it_on_channels_of_its_servers(cluster: RedisCluster) -> None:
    async with workers(cluster.url) as (a, b):
        say(a, range(200))
        await b.hears(200)
        for topic in range(7):
            mine = [item.seq for item in told_to(b) if item.topic == f"room:{topic}"]
            assert mine == [n for n in range(200) if n % 7 == topic]
        homes = [node.ask("PUBSUB", "SHARDCHANNELS", "test:*") for node in cluster.nodes]
        assert all(b"test:" in home for home in homes), "Every server has lanes."
        assert not any(b"test:" in node.ask("PUBSUB", "CHANNELS", "*") for node in cluster.nodes)


async def test_a_user_with_a_password_and_few_rights_is_enough() -> None:
    with Redis("--requirepass", "boss") as redis:
        rights = [
            "~messenger:*",
            "&messenger:*",
            "&test:*",
            "+@pubsub",
            "+@write",
            "+@read",
            "+ping",
        ]
        with_rights = [
            "ACL",
            "SETUSER",
            "tips",
            "on",
            ">se:cret",
            "-@all",
            *rights,
            "+multi",
            "+exec",
        ]
        assert redis.ask("PING").startswith(b"-NOAUTH")
        _as_boss(redis, with_rights)
        url = f"unix://tips@{redis.path}?password=se:cret"
        async with workers(url) as (a, b):
            say(a, range(3))
            await b.hears(3)
        keys = RedisKeys(url)
        assert [await keys.count("messenger:x", 10) for _ in range(2)] == [1, 2]
        assert [await keys.put_first("messenger:y", 10) for _ in range(2)] == [True, False]
        await keys.aclose()


def _as_boss(redis: Redis, command: list[str]) -> None:
    subprocess.run(
        ["redis-cli", "-s", str(redis.path), "-a", "boss", "--no-auth-warning", *command],
        check=True, capture_output=True, timeout=10,
    )  # fmt: skip


async def test_when_it_dies_and_comes_back_everybody_knows_and_goes_on() -> None:
    with Redis() as redis:
        async with workers(redis.url) as (a, b):
            redis.kill()
            for worker in (a, b):
                await worker.doubts()
                assert worker.relay.doubt.is_set()
            say(a, range(10))

            redis.start()
            for worker in (a, b):
                await worker.well()
                worker.relay.doubt.take()
            say(a, range(10, 20))
            await b.until(lambda: told(19) in b.heard)
            assert is_in_order(b)


async def test_when_it_stands_still_everybody_knows() -> None:
    with Redis() as redis:
        async with workers(redis.url) as (a, b):
            redis.pause()
            for worker in (a, b):
                await worker.doubts()
            redis.go_on()
            for worker in (a, b):
                await worker.well()


async def test_who_hears_nothing_over_a_line_that_looks_well_subscribes_anew(redis: Redis) -> None:
    async with middleman(redis) as between, workers(between.url) as (a, b):
        between.swallow()
        await a.doubts()
        await b.doubts()

        await a.well()
        await b.well()
        say(a, range(3))
        await b.hears(3)


async def test_connections_cut_under_way_cost_nothing_unnoticed(redis: Redis) -> None:
    async with workers(redis.url) as (a, b):
        sent = 0
        for kind in ("normal", "pubsub") * 3:
            b.relay.doubt.take()
            wanted = len(b.heard) + 100
            say(a, range(sent, sent + 50))
            redis.ask("CLIENT", "KILL", "TYPE", kind)
            say(a, range(sent + 50, sent + 100))
            sent += 100
            await b.hears_or_doubts(wanted)
            await a.well()
            await b.well()
        assert is_in_order(b)


async def test_emptying_it_changes_nothing(redis: Redis) -> None:
    async with workers(redis.url) as (a, b):
        redis.ask("FLUSHALL")
        say(a, range(5))
        await b.hears(5)
        assert a.relay.is_well


async def test_one_that_is_not_there_is_tried_again_until_it_is(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with Redis() as redis:
        redis.kill()
        relay = Relay("w", [Lane("test:late")], wrapping(), monotonic)
        worker = Worker(relay)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(RedisLine(redis.url, relay).run)
            await worker.until(lambda: "Redis can't be used" in caplog.text)
            assert not relay.is_well
            redis.start()
            await worker.well()
            await worker.until(lambda: "Redis answers again" in caplog.text)
            tasks.cancel_scope.cancel()
    assert str(redis.folder) not in caplog.text
    assert caplog.text.count("Redis can't be used") == 1, "Said once, not at every try."


def shared_tries(keys: RedisKeys, clock: Callable[[], float] = time) -> SharedTries:
    return SharedTries(keys, wrapping().name, Tries(monotonic), clock)


async def test_tries_are_counted_together_and_every_key_runs_out(redis: Redis) -> None:
    redis.ask("FLUSHALL")
    keys = [RedisKeys(redis.url), RedisKeys(redis.url)]
    a, b = (shared_tries(key) for key in keys)
    for _ in range(FREE_TRIES):
        assert await a.turn("ana") == 0
    assert await b.turn("ana") == 0
    assert 1 <= await a.turn("ana") <= 2
    assert await a.turn("ben") == 0

    for name in _keys(redis):
        assert "ana" not in name
        left = int(redis.ask("TTL", name)[1:])
        assert 0 < left <= FORGIVEN_AFTER

    await b.succeeded("ana")
    assert await shared_tries(keys[0]).turn("ana") == 0
    for key in keys:
        await key.aclose()


async def test_no_two_workers_let_tries_go_in_the_same_second(redis: Redis) -> None:
    redis.ask("FLUSHALL")
    keys = [RedisKeys(redis.url), RedisKeys(redis.url)]
    workers = [shared_tries(key, lambda: 1_000.0) for key in keys]
    waits = []
    with pytest.raises(TooBusy):
        while True:
            waits += [await worker.turn("ana") for worker in workers]

    had_to_wait = [wait for wait in waits if wait]
    assert len(set(had_to_wait)) == len(had_to_wait) > LONGEST_LINE / 2
    assert max(had_to_wait) <= LONGEST_LINE
    for key in keys:
        await key.aclose()


async def test_tries_are_counted_in_a_cluster(cluster: RedisCluster) -> None:
    keys = RedisKeys(cluster.url)
    for _ in range(FREE_TRIES + 1):
        await shared_tries(keys).turn("ana")
    assert 1 <= await shared_tries(keys).turn("ana") <= 2
    await keys.aclose()


@pytest.mark.parametrize("kind", ["redis", "cluster"])
async def test_however_many_are_counted_at_once_each_is_counted(
    kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messenger.live.redis.DEADLINE", PATIENCE)
    keys = RedisKeys(request.getfixturevalue(kind).url)
    counted: list[int] = []

    async def count() -> None:
        counted.append(await keys.count("messenger:at-once", 60))

    async with anyio.create_task_group() as tasks:
        for _ in range(100):
            tasks.start_soon(count)
    await keys.drop("messenger:at-once")
    await keys.aclose()

    assert sorted(counted) == list(range(1, 101))


async def test_what_is_no_count_is_as_if_it_were_down(redis: Redis) -> None:
    redis.ask("FLUSHALL")
    keys = RedisKeys(redis.url)
    shared = shared_tries(keys)
    await shared.turn("ana")
    (name,) = _keys(redis)
    redis.ask("SET", name, "many")

    assert [await shared.turn("ana") for _ in range(FREE_TRIES + 1)] == [0] * FREE_TRIES + [1]
    await keys.aclose()


@pytest.mark.parametrize("kind", [Redis, RedisCluster])
async def test_while_it_is_down_each_counts_for_itself(kind: type[Redis | RedisCluster]) -> None:
    with kind() as redis:
        redis.kill()
        keys = RedisKeys(redis.url)
        shared = shared_tries(keys)
        for _ in range(FREE_TRIES + 1):
            await shared.turn("ana")
        assert await shared.turn("ana") == 1
        await shared.succeeded("ana")
        assert await shared.turn("ana") == 0
        await keys.aclose()


async def test_what_one_worker_took_no_other_takes_and_it_is_not_kept(redis: Redis) -> None:
    redis.ask("FLUSHALL")
    keys = [RedisKeys(redis.url) for _ in range(2)]
    a, b = (SharedSpent(key, wrapping().name, SpentHere(monotonic)) for key in keys)

    assert await a.spend("work", 600)
    assert not await b.spend("work", 600)
    assert await b.spend("other work", 600)

    names = _keys(redis)
    assert len(names) == 2
    for name in names:
        assert "work" not in name
        assert 0 < int(redis.ask("TTL", name)[1:]) <= 600
        redis.ask("DEL", name)
    for key in keys:
        await key.aclose()


async def test_a_cluster_knows_what_was_spent(cluster: RedisCluster) -> None:
    keys = RedisKeys(cluster.url)
    a, b = (SharedSpent(keys, wrapping().name, SpentHere(monotonic)) for _ in range(2))

    assert await a.spend("work", 600)
    assert not await b.spend("work", 600)
    await keys.aclose()


async def test_while_it_is_down_each_knows_what_it_took_itself() -> None:
    with Redis() as redis:
        redis.kill()
        keys = RedisKeys(redis.url)
        shared = SharedSpent(keys, wrapping().name, SpentHere(monotonic))

        assert await shared.spend("work", 600)
        assert not await shared.spend("work", 600)
        await keys.aclose()


def _keys(redis: Redis) -> list[str]:
    lines = redis.ask("KEYS", "*").decode().split("\r\n")
    return [line for line in lines if line.startswith("messenger:")]
