"""The same evening with PostgreSQL, Redis and two workers: all that any of them wrote is searched."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.proofs.hosts import Servers
from tests.proofs.searcher import find, text
from tests.proofs.test_search import (
    CANNED,
    Evening,
    Planted,
    keep_a_copy,
    leaks,
    live_through,
    seed,
    without_canned,
)

pytestmark = pytest.mark.slow

PUT = rb'.* "SET" "messenger:(spent|tries):[\w-]{20,}(:\d+)?" "1" "NX" "EX" "\d+"'
"""A mark of a name that is hidden, for seconds that are counted."""


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evening]:
    with evening_in(tmp_path_factory.mktemp("evening")) as evening:
        yield evening


@contextmanager
def evening_in(folder: Path) -> Iterator[Evening]:
    planted = Planted()
    (folder / "tmp").mkdir()
    with pytest.MonkeyPatch.context() as patch, Servers() as servers:
        patch.setenv("TMPDIR", str(folder / "tmp"))
        server = servers.host(folder, LOG_LEVEL="debug")
        seeded = seed(server.data, server.database_server)
        past_us = partial(servers.postgres.execute, server.database_server)
        with servers.redis.overheard(folder / "redis.heard"), server, planted.clients:
            live_through(server, planted, seeded, past_us)
            servers.redis.ask("SAVE")
            server.kill()
            server.start()
            server.stop()
        keep_a_copy(servers.redis.folder, folder / "redis")
        servers.postgres.stop("fast")
        keep_what_was_written(servers.postgres.data, folder / "postgres")
        (folder / "postgres" / "log").write_bytes((servers.postgres.folder / "log").read_bytes())
        servers.postgres.start()
        yield Evening(folder, planted)


def keep_what_was_written(data: Path, target: Path) -> None:
    """Pages of tables and the log of writes; without the databases that it is made with."""
    target.mkdir()
    newest = max((data / "base").iterdir(), key=lambda path: int(path.name))
    for path in [*newest.iterdir(), *(data / "pg_wal").iterdir()]:
        if path.is_file():
            (target / f"{path.parent.name}-{path.name}").write_bytes(
                path.read_bytes().rstrip(b"\0")
            )


@pytest.fixture(scope="module")
def written(evening: Evening) -> dict[str, bytes]:
    paths = sorted(path for path in evening.folder.rglob("*") if path.is_file())
    return {str(path.relative_to(evening.folder)): path.read_bytes() for path in paths}


def test_nothing_planted_is_in_any_file_of_any_server(evening: Evening, tmp_path: Path) -> None:
    plants = without_canned(evening)

    assert leaks(evening, partial(evening_in, tmp_path)) == {}
    assert len(plants) > 60


def test_the_search_sees_what_may_be_there(written: dict[str, bytes]) -> None:
    """A search that finds nothing proves nothing unless it finds what is known to be there."""
    postgres = b"".join(raw for name, raw in written.items() if name.startswith("postgres/"))
    said = written["stdout"] + written["stderr"]

    assert find([text("school", "Lincoln High")], postgres) == ["school"]
    assert find([text("canned", CANNED)], postgres) == ["canned"]
    assert find([text("said", "started")], written["stderr"]) == ["said"]
    assert find([text("canned", CANNED)], said + written["redis.heard"]) == []
    assert written["redis/dump.rdb"].startswith(b"REDIS")


def test_what_the_workers_said_to_one_another_was_heard_and_is_sealed(
    written: dict[str, bytes],
) -> None:
    heard = [line for line in written["redis.heard"].splitlines() if b'"PUBLISH"' in line]

    assert sum(len(line) > 2_000 for line in heard) > 10, "Words went by."
    for kind in ("event", "row", "typing", "presence"):
        assert not any(f'"t":"{kind}"'.encode() in line for line in heard)


def test_what_redis_keeps_has_an_end_and_names_nobody(written: dict[str, bytes]) -> None:
    commands = {line.split(b'"')[1] for line in written["redis.heard"].splitlines() if b'"' in line}
    kept = [line for line in written["redis.heard"].splitlines() if b'"INCRBY"' in line]
    put = [line for line in written["redis.heard"].splitlines() if b'"SET"' in line]

    assert kept, "Somebody guessed."
    assert put, "Somebody typed a code of their second factor."
    for line in put:
        assert re.fullmatch(PUT, line), line
    assert commands <= {
        b"PUBLISH", b"SUBSCRIBE", b"GET", b"SET", b"INCRBY", b"EXPIRE", b"DEL", b"MULTI", b"EXEC", b"CLIENT",
        b"SELECT", b"SAVE", b"PING", b"HELLO", b"COMMAND", b"UNSUBSCRIBE",
    }, commands  # fmt: skip
