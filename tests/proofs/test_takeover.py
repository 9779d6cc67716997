"""Two processes on one PostgreSQL: what must be done once has another holder when its own is gone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from messenger.storage import tables
from messenger.storage.connect import connect
from tests.postgres import Postgres
from tests.server import Server, run_apart

pytestmark = pytest.mark.slow

PATIENCE = 60.0


class Pair:
    """Two servers, the first of which sweeps."""

    def __init__(self, url: str, first: Server, second: Server) -> None:
        self._url = url
        self.first, self.second = first, second
        first.wait_until(lambda: self.holder() is not None, PATIENCE)
        self.first_holder = self.holder()
        second.start()
        # The machine may have stood still for longer than a lease lasts.
        while self.is_taken_over():
            with second.paused():
                first.wait_until(lambda: not self.is_taken_over(), PATIENCE)

    def holder(self) -> str | None:
        """Return who has the sweep, if anybody does."""
        return run_apart(self._holder)

    def is_taken_over(self) -> bool:
        return self.holder() not in (None, self.first_holder)

    async def _holder(self) -> str | None:
        query = select(tables.lease.c.holder).where(tables.lease.c.name == "sweep")
        async with connect(self._url) as database:
            return await database.read(lambda c: c.execute(query).scalar())


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with Postgres() as postgres:
        url = postgres.database()
        for name in ("first", "second"):
            Path(tmp_path, name).mkdir()
        with Server(tmp_path / "first", DATABASE=url) as first:
            second = Server(tmp_path / "second", DATABASE=url)
            try:
                yield Pair(url, first, second)
            finally:
                second.stop()


def test_the_sweep_is_the_second_s_when_the_first_was_killed(pair: Pair) -> None:
    assert not pair.is_taken_over()

    pair.first.kill()

    pair.second.wait_until(pair.is_taken_over, PATIENCE)


def test_who_is_asked_to_stop_gives_up_the_sweep_before_it_is_gone(pair: Pair) -> None:
    assert pair.holder() == pair.first_holder

    pair.first.stop()

    assert pair.holder() != pair.first_holder


def test_a_process_that_wakes_up_leaves_the_sweep_to_who_took_it(pair: Pair) -> None:
    with pair.first.paused():
        pair.second.wait_until(pair.is_taken_over, PATIENCE)
    pair.first.wait_until_ready()

    assert pair.is_taken_over()
    pair.second.kill()
    pair.first.wait_until(lambda: not pair.is_taken_over(), PATIENCE)
