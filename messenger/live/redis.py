"""Redis: a line that carries the relay's envelopes, and a few counts that run out.

One connection publishes and one listens, for each server that has lanes of ours: the one server, or
each primary of a cluster. When anything breaks, both are made anew; nothing is ever sent again,
since the numbers of the envelopes tell the others what they missed.
"""

import logging
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from secrets import token_hex
from typing import Any

import anyio
from redis.asyncio import ConnectionPool, Redis, RedisCluster
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisClusterException, RedisError, ResponseError

from messenger.live.relay import BEAT, SILENCE, Lane, Relay
from messenger.ports.live import CountsDown

CLUSTER_LANES = 16
"""Channels spread over a cluster; a single server has one."""
DEADLINE = 2.0
"""Seconds a command may take; a healthy server needs one thousandth of it."""
CONNECTIONS = 4
"""To each server. Who asks beyond them waits here: the library's pools refuse at once."""
BACKOFF = (0.1, 2.0)
"""Seconds between tries to connect: the first, and the longest."""
GATHER = 0.002
"""Seconds between two envelopes: a message that comes alone goes at once, and of many each does not
cost a publication of its own, which is dearer than the message."""
_BROKEN = (RedisError, RedisClusterException, OSError, TimeoutError, EOFError)
"""What the library says of a whole cluster is no `RedisError`."""

_log = logging.getLogger("messenger.redis")


class _Silent(TimeoutError):
    """The connections look well, but what we publish does not come back."""


def client(url: str, host: str = "", port: int = 0) -> Redis:
    """Return a client that gives up at once when something is wrong: we look after it ourselves."""
    pool = ConnectionPool.from_url(
        url.replace("+cluster", "", 1), socket_timeout=DEADLINE, socket_connect_timeout=DEADLINE,
        max_connections=CONNECTIONS, retry=Retry(NoBackoff(), 0), protocol=2,
    )  # fmt: skip
    if host:
        pool.connection_kwargs.update(host=host, port=port)
    return Redis.from_pool(pool)


def is_sharded(url: str) -> bool:
    """Whether it is a cluster: `redis+cluster://...`."""
    return "+cluster://" in url


def lanes_at(url: str, deployment: str) -> list[Lane]:
    """Return the lanes of a deployment, as many as that Redis is good for."""
    count = CLUSTER_LANES if is_sharded(url) else 1
    return [Lane(f"messenger:{deployment}:{number}") for number in range(count)]


class RedisKeys:
    """The `Counts` of many workers. Connects when it is first asked."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._redis: Redis | RedisCluster | None = None
        self._turns = anyio.Semaphore(CONNECTIONS)

    async def count(self, key: str, lifetime: float) -> int:
        # Together, or a key without an end could stay.
        async with self._in_turn() as redis, redis.pipeline(transaction=True) as pipe:
            pipe.incr(key).expire(key, int(lifetime))
            counted, _ = await pipe.execute()
        return int(counted)

    async def put_first(self, key: str, lifetime: float) -> bool:
        async with self._in_turn() as redis:
            put = await redis.set(key, b"1", nx=True, ex=int(lifetime))
        return bool(put)

    async def drop(self, key: str) -> None:
        async with self._in_turn() as redis:
            await redis.delete(key)

    async def aclose(self) -> None:
        if self._redis is not None:
            await self._redis.aclose()

    @asynccontextmanager
    async def _in_turn(self) -> AsyncIterator[Any]:
        try:
            with anyio.fail_after(DEADLINE):
                async with self._turns:
                    yield self._connected()
        except _BROKEN as error:
            raise CountsDown from error

    def _connected(self) -> Any:
        if self._redis is None:
            self._redis = cluster(self._url) if is_sharded(self._url) else client(self._url)
        return self._redis


async def find_problem(url: str) -> str:
    """Try all that is needed of it; return what to mend, or nothing."""
    redis, keys = client(url), RedisKeys(url)
    try:
        with anyio.fail_after(3 * DEADLINE):
            if await _is_part_of_cluster(redis) is not is_sharded(url):
                wanted = "redis://" if is_sharded(url) else "redis+cluster://"
                return f"MESSENGER_REDIS must begin with {wanted}: that is what answers there."
            for home, lanes in await _servers(url, [Lane("messenger:check")]):
                await _hear_ourselves(home, lanes, sharded=is_sharded(url))
            await keys.count("messenger:check", 1)
            await keys.put_first("messenger:check", 1)
            await keys.drop("messenger:check")
    except (*_BROKEN, CountsDown) as broken:
        return (
            f"The Redis of MESSENGER_REDIS can't be used ({_why(broken.__cause__ or broken)}): start it, "
            "or mend the address, the user or the password, or its rights (docs/operations.md)."
        )
    finally:
        await redis.aclose()
        await keys.aclose()
    return ""


async def _hear_ourselves(redis: Redis, lanes: Sequence[Lane], *, sharded: bool) -> None:
    """What may not be subscribed or published is told by the answer alone: nobody waits for it elsewhere."""
    publish, word = _publishes(sharded=sharded), token_hex(8)
    try:
        async with _subscribed(redis, lanes, sharded=sharded) as pubsub:
            async for message in pubsub.listen():
                if message["type"].endswith("subscribe"):
                    await redis.execute_command(publish, lanes[0].channel, word)  # type: ignore[no-untyped-call]
                elif message["data"] == word.encode():
                    return
    finally:
        await redis.aclose()


async def _is_part_of_cluster(redis: Redis) -> bool:
    info = await redis.info("cluster")
    return bool(info.get("cluster_enabled"))


def cluster(url: str) -> RedisCluster:
    """Return a client of a whole cluster."""
    return RedisCluster.from_url(
        url.replace("+cluster", "", 1), socket_timeout=DEADLINE, socket_connect_timeout=DEADLINE,
        retry=Retry(NoBackoff(), 0), max_connections=CONNECTIONS,
    )  # fmt: skip


class RedisLine:
    """Carries a relay's lanes; `run` keeps at it until cancelled."""

    def __init__(self, url: str, relay: Relay) -> None:
        self._url = url
        self._relay = relay
        self._sharded = is_sharded(url)
        self._is_up = True

    async def run(self) -> None:
        """Connect, carry, and connect again."""
        shortest, longest = BACKOFF
        wait = shortest
        while True:
            began = anyio.current_time()
            try:
                await self._connected()
            except* _BROKEN as broken:
                self._tell(broken)
            except* Exception as bug:  # noqa: BLE001 (told; nobody else would start it again)
                _log.error("bug in the line to Redis", exc_info=bug)
            self._relay.lost()
            wait = min(2 * wait, longest) if anyio.current_time() - began < longest else shortest
            # Spread: when the server comes back, not every worker is to come at the same moment.
            await anyio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 (no secret)

    async def _connected(self) -> None:
        async with anyio.create_task_group() as tasks:
            for redis, lanes in await _servers(self._url, self._relay.lanes):
                tasks.start_soon(self._serve, redis, lanes)
            tasks.start_soon(self._watch)

    async def _serve(self, redis: Redis, lanes: Sequence[Lane]) -> None:
        try:
            async with (
                _subscribed(redis, lanes, sharded=self._sharded) as pubsub,
                anyio.create_task_group() as tasks,
            ):
                tasks.start_soon(self._listen, pubsub, lanes)
                tasks.start_soon(self._publish, redis, lanes)
        finally:
            with anyio.CancelScope(shield=True), anyio.move_on_after(DEADLINE):
                await redis.aclose()

    async def _listen(self, pubsub: PubSub, lanes: Sequence[Lane]) -> None:
        by_channel = {lane.channel.encode(): lane for lane in lanes}
        confirmed = 0
        hear = self._relay.hear
        async for message in pubsub.listen():
            if message["type"] in {"message", "smessage"}:
                hear(by_channel[message["channel"]], message["data"])
                continue
            # A second confirmation is a connection that redis-py replaced without a word; an
            # unasked farewell (`sunsubscribe`) is a slot that moved to another server.
            confirmed += 1
            if confirmed > len(lanes) or not message["type"].endswith("subscribe"):
                raise RedisError("subscribed anew")
            if message["type"] in {"unsubscribe", "sunsubscribe"}:
                raise RedisError("a lane has moved")

    async def _publish(self, redis: Redis, lanes: Sequence[Lane]) -> None:
        """Whatever waits goes out as one; what comes meanwhile is the next."""
        publish = _publishes(sharded=self._sharded)
        carry = self._relay.carry
        while True:
            work = anyio.Event()
            for lane in lanes:
                lane.work = work
            parcels = [(lane, raw) for lane in lanes if (raw := carry(lane)) is not None]
            if not parcels:
                with anyio.move_on_after(BEAT / 2):
                    await work.wait()
                continue
            with anyio.fail_after(DEADLINE):
                if len(parcels) == 1:
                    lane, raw = parcels[0]
                    await redis.execute_command(publish, lane.channel, raw)  # type: ignore[no-untyped-call]
                else:
                    async with redis.pipeline(transaction=False) as pipe:
                        for lane, raw in parcels:
                            pipe.execute_command(publish, lane.channel, raw)
                        await pipe.execute()
            await anyio.sleep(GATHER)

    async def _watch(self) -> None:
        """Look how we are; and when our own voice does not come back, make everything anew."""
        silent_since = anyio.current_time()
        while True:
            await anyio.sleep(BEAT / 2)
            self._relay.look()
            if self._relay.hears_itself:
                silent_since = anyio.current_time()
                self._tell(None)
            elif anyio.current_time() - silent_since > 2 * SILENCE:
                raise _Silent

    def _tell(self, broken: BaseException | None) -> None:
        """Say it once, when it breaks and when it works again."""
        if (broken is None) is self._is_up:
            return
        self._is_up = broken is None
        if broken is None:
            _log.warning("Redis answers again: what other workers say comes at once")
        else:
            _log.warning(
                "Redis can't be used (%s): what other workers say is read from the database",
                _why(broken),
            )


async def _servers(url: str, lanes: Sequence[Lane]) -> list[tuple[Redis, Sequence[Lane]]]:
    """Return a client for each server, with the lanes that live there."""
    if not is_sharded(url):
        return [(client(url), lanes)]
    homes: dict[tuple[str, int], list[Lane]] = {}
    whole = cluster(url)
    try:
        with anyio.fail_after(DEADLINE):
            await whole.initialize()
        for lane in lanes:
            node = whole.get_node_from_key(lane.channel)
            if node is None:
                raise RedisError("nobody serves a slot of the cluster")
            homes.setdefault((str(node.host), int(node.port)), []).append(lane)
    finally:
        await whole.aclose()
    return [(client(url, *home), of_home) for home, of_home in homes.items()]


def _publishes(*, sharded: bool) -> str:
    return "SPUBLISH" if sharded else "PUBLISH"


def _why(broken: BaseException) -> str:
    """Say what an operator can act on. Messages of the client library hold addresses."""
    while isinstance(broken, BaseExceptionGroup):
        broken = broken.exceptions[0]
    code = str(broken).split(" ", 1)[0]
    # Of an error that it has a class for, the library has taken the code away.
    if isinstance(broken, ResponseError) and code.isupper():
        return f"{code} refused"
    return type(broken).__name__.strip("_")


@asynccontextmanager
async def _subscribed(
    redis: Redis, lanes: Sequence[Lane], *, sharded: bool
) -> AsyncIterator[PubSub]:
    pubsub = redis.pubsub()
    subscribe: Callable[[str], Any] = pubsub.ssubscribe if sharded else pubsub.subscribe
    try:
        with anyio.fail_after(DEADLINE):
            for lane in lanes:  # Not in one command: each may have another slot.
                await subscribe(lane.channel)
        yield pubsub
    finally:
        with anyio.CancelScope(shield=True), anyio.move_on_after(DEADLINE):
            await pubsub.aclose()  # type: ignore[no-untyped-call]
