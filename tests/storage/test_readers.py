"""What is read from a file at the same moment: together, and without harm to each other."""

import asyncio
import threading
import weakref
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event, make_url

from messenger.domain.errors import StoreDown
from messenger.storage.embedded import ThreadReaders
from messenger.storage.readers import TOGETHER
from messenger.storage.sqlite import make_reader_engine
from tests.storage.conftest import bug, nonsense, one


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = make_reader_engine(make_url(f"sqlite:///{tmp_path}/read.db"))
    yield engine
    engine.dispose()


@pytest.fixture
def begun(engine: Engine) -> list[str]:
    """The thread of each transaction."""
    begun: list[str] = []
    event.listen(engine, "begin", lambda _: begun.append(threading.current_thread().name))
    return begun


async def test_what_is_asked_for_at_the_same_moment_shares_a_transaction(
    engine: Engine, begun: list[str]
) -> None:
    with closing(ThreadReaders(engine, 1)) as readers:
        assert await asyncio.gather(*(readers.put(one) for _ in range(5))) == [1] * 5
        assert len(begun) == 1

        assert await readers.put(one) == 1
        assert len(begun) == 2


async def test_no_more_share_one_than_can_wait_for_each_other(
    engine: Engine, begun: list[str]
) -> None:
    with closing(ThreadReaders(engine, 1)) as readers:
        await asyncio.gather(*(readers.put(one) for _ in range(2 * TOGETHER + 1)))

    assert len(begun) == 3


async def test_a_long_reading_does_not_hold_up_what_another_thread_can_read(
    engine: Engine,
) -> None:
    is_over = threading.Event()
    with closing(ThreadReaders(engine, 2)) as readers:
        long = readers.put(lambda _: is_over.wait(60))
        await asyncio.sleep(0)
        assert [await readers.put(one) for _ in range(3)] == [1, 1, 1]

        is_over.set()
        assert await long


async def test_what_fails_fails_alone(engine: Engine) -> None:
    with closing(ThreadReaders(engine, 1)) as readers:
        answers = await asyncio.gather(
            *(readers.put(query) for query in (one, nonsense, one, bug, one)),
            return_exceptions=True,
        )

    assert [answers[place] for place in (0, 2, 4)] == [1, 1, 1]
    assert isinstance(answers[1], StoreDown)
    assert isinstance(answers[3], ZeroDivisionError)


async def test_where_no_file_can_be_opened_each_is_told(tmp_path: Path) -> None:
    nowhere = make_reader_engine(make_url(f"sqlite:///{tmp_path}/missing/read.db"))
    with closing(ThreadReaders(nowhere, 1)) as readers:
        answers = await asyncio.gather(readers.put(one), readers.put(one), return_exceptions=True)

    assert [type(answer) for answer in answers] == [StoreDown, StoreDown]


async def test_what_was_given_up_is_not_kept_while_the_disk_hangs(engine: Engine) -> None:
    is_over = threading.Event()

    class Query:
        def __call__(self, connection: Connection) -> object:
            return one(connection)

    with closing(ThreadReaders(engine, 1)) as readers:
        hanging = readers.put(lambda _: is_over.wait(60))
        await asyncio.sleep(0)
        query = Query()
        kept = weakref.ref(query)
        readers.put(query).cancel()
        del query
        readers.put(one).cancel()
        assert kept() is None

        is_over.set()
        assert await hanging
        assert await readers.put(one) == 1


async def test_once_stopped_nothing_more_is_read_and_nobody_waits_for_it(engine: Engine) -> None:
    is_over = threading.Event()
    with closing(ThreadReaders(engine, 1)) as readers:
        begun = readers.put(lambda _: is_over.wait(60))
        await asyncio.sleep(0)
        waiting, given_up = readers.put(one), readers.put(one)
        given_up.cancel()
        readers.stop()

        with pytest.raises(StoreDown):
            await waiting
        with pytest.raises(StoreDown):
            readers.put(one)
        is_over.set()
        assert await begun
