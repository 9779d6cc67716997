"""The database as a place: who may read its file, who waits, and what an outage looks like."""

import asyncio
import stat
import threading
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from secrets import token_bytes

import anyio
import pytest
from sqlalchemy import Connection, insert, select, text, update

from messenger.domain.errors import BadSetting, NotFound, StoreDown, TooBusy
from messenger.storage.connect import connect
from messenger.storage.embedded import EmbeddedDatabase
from messenger.storage.tables import deployment
from messenger.storage.writer import WAITING_LIMIT
from tests.storage.conftest import open_embedded

SALT = insert(deployment).values(id=1, salt=b"salt")


def salts(connection: Connection) -> list[bytes]:
    return list(connection.scalars(select(deployment.c.salt)))


def pragma(name: str, connection: Connection) -> object:
    return connection.execute(text(f"PRAGMA {name}")).scalar_one()


@pytest.fixture
def letter(path: Path) -> Path:
    """A file that is no database."""
    path.parent.mkdir()
    path.write_text("This is a letter, and not a short one at that. " * 100)
    return path


async def test_nobody_else_on_the_machine_may_read_its_files(path: Path) -> None:
    async with open_embedded(f"sqlite:///{path}") as database:
        await database.execute(SALT)

        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        assert set(modes) == {"messenger.db", "messenger.db-wal", "messenger.db-shm"}
        assert set(modes.values()) == {0o600}
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_what_was_written_is_there_after_a_restart(path: Path) -> None:
    async with open_embedded(f"sqlite:///{path}") as database:
        await database.execute(SALT)

    async with EmbeddedDatabase(f"sqlite:///{path}") as database:
        assert await database.read(salts) == [b"salt"]


async def test_a_database_in_memory_leaves_nothing_behind() -> None:
    async with open_embedded("sqlite://") as database:
        folder = anyio.Path(str(database.engine.url.database)).parent
        assert await folder.exists()

    assert not await folder.exists()


async def test_commits_are_durable_and_deleted_rows_overwritten(database: EmbeddedDatabase) -> None:
    names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "temp_store")

    async def found(name: str) -> object:
        return await database.write(lambda c: pragma(name, c))

    assert [await found(name) for name in names] == ["wal", 2, 1, 1, 2]


async def test_a_reader_cannot_write(database: EmbeddedDatabase) -> None:
    with pytest.raises(StoreDown):
        await database.read(lambda c: c.execute(SALT).rowcount)


async def test_a_refused_write_keeps_nothing_and_disturbs_no_other(
    database: EmbeddedDatabase,
) -> None:
    def refuse(connection: Connection) -> None:
        connection.execute(insert(deployment).values(id=1, salt=b"of the refused"))
        raise NotFound

    answers = await asyncio.gather(
        database.write(refuse), database.execute(SALT), return_exceptions=True
    )

    assert isinstance(answers[0], NotFound)
    assert answers[1] == 1
    assert await database.read(salts) == [b"salt"]


async def test_a_write_against_the_rules_of_the_tables_fails_alone(
    database: EmbeddedDatabase,
) -> None:
    answers = await asyncio.gather(
        database.execute(SALT), database.execute(SALT), database.read(salts), return_exceptions=True
    )

    assert answers[0] == 1
    assert isinstance(answers[1], StoreDown)
    assert await database.read(salts) == [b"salt"]


async def test_a_bug_reaches_who_wrote_it_and_nobody_else(database: EmbeddedDatabase) -> None:
    def stumble(connection: Connection) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(stumble)

    assert await database.execute(SALT) == 1


async def test_writes_are_done_in_the_order_they_came(database: EmbeddedDatabase) -> None:
    done: list[int] = []

    def note(n: int, _connection: Connection) -> None:
        done.append(n)

    await asyncio.gather(*(database.write(partial(note, n)) for n in range(20)))

    assert done == list(range(20))


async def test_an_error_shows_no_parameters(database: EmbeddedDatabase) -> None:
    with pytest.raises(StoreDown) as caught:
        await database.write(
            lambda c: [c.execute(insert(deployment).values(id=2, salt=b"secret")) for _ in "ab"]
        )

    assert caught.value.__cause__ is not None
    assert "secret" not in str(caught.value.__cause__)


async def test_once_closed_nothing_is_taken() -> None:
    async with open_embedded("sqlite://") as database:
        pass

    with pytest.raises(StoreDown):
        await database.execute(SALT)


async def test_what_was_asked_before_closing_is_still_done(path: Path) -> None:
    async with open_embedded(f"sqlite:///{path}") as database:
        many = [asyncio.ensure_future(database.write(lambda _: True)) for _ in range(3000)]
        last = asyncio.ensure_future(database.execute(SALT))
        await asyncio.sleep(0)

    assert all(await asyncio.gather(*many))
    assert await last == 1


@pytest.mark.slow
async def test_nobody_waits_longer_than_the_deadline_for_a_disk_that_hangs() -> None:
    hanging = threading.Event()

    def hang(_connection: Connection) -> None:
        hanging.wait()

    async with EmbeddedDatabase("sqlite://", deadline=1.0) as database:
        for wait in (database.write, database.read):
            answers = await asyncio.gather(wait(hang), return_exceptions=True)
            assert [type(answer) for answer in answers] == [StoreDown]
        with pytest.raises(StoreDown):
            await database.write(lambda _: None)

        hanging.set()
        while not await goes_well(database):
            pass
        with anyio.fail_after(10):
            await database.saved_late()


async def test_what_failed_or_was_waited_for_was_not_saved_late(database: EmbeddedDatabase) -> None:
    with pytest.raises(ZeroDivisionError):
        await database.write(lambda _: 1 // 0)
    given_up = asyncio.ensure_future(database.write(lambda _: 1 // 0))
    await asyncio.sleep(0)
    given_up.cancel()
    assert await goes_well(database)

    with anyio.move_on_after(0.05) as waited:
        await database.saved_late()

    assert waited.cancelled_caught


async def goes_well(database: EmbeddedDatabase) -> bool:
    with suppress(StoreDown):
        return await database.write(lambda _: True)
    return False


async def test_more_than_can_wait_to_read_are_told_that_it_is_busy() -> None:
    async with EmbeddedDatabase("sqlite://", deadline=60.0) as database:
        reads = [database.read(lambda _: True) for _ in range(WAITING_LIMIT + 1)]
        answers = await asyncio.gather(*reads, return_exceptions=True)

    assert [type(answer) for answer in answers if answer is not True] == [TooBusy]


async def test_a_bug_in_a_whole_batch_reaches_everyone_in_it(database: EmbeddedDatabase) -> None:
    def stumble(connection: Connection, works: Sequence[object], *, careful: bool) -> list[object]:
        connection.execute(SALT)
        raise ZeroDivisionError

    answers = await asyncio.gather(
        *(database.put(stumble, n) for n in range(2)), return_exceptions=True
    )

    assert [type(answer) for answer in answers] == [ZeroDivisionError, ZeroDivisionError]
    assert await database.read(salts) == []


@pytest.mark.parametrize("url", ["mysql://localhost/x", "no url", "sqlite:////proc/no/x.db"])
async def test_a_database_that_cannot_be_is_a_setting_to_mend(url: str) -> None:
    with pytest.raises(BadSetting):
        async with connect(url):
            pass


async def test_a_file_that_is_no_database_is_an_outage(letter: Path) -> None:
    with pytest.raises(StoreDown):
        async with EmbeddedDatabase(f"sqlite:///{letter}"):
            pass


async def test_what_was_overwritten_does_not_stay_in_the_log(path: Path) -> None:
    async with open_embedded(f"sqlite:///{path}") as database:
        await database.execute(SALT)
        await database.execute(update(deployment).values(salt=b"other"))
        log = path.with_name("messenger.db-wal")
        assert b"salt" in log.read_bytes()

        # Looking what others wrote goes on all the time, and is no writing. Nor is emptying news.
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(database.news)
            with anyio.fail_after(20):
                while log.stat().st_size:  # noqa: ASYNC110 (a file has nothing to wait on)
                    await anyio.sleep(0.05)
            with anyio.move_on_after(1) as looking:
                await database.news()
            tasks.cancel_scope.cancel()
        assert looking.cancelled_caught


async def test_the_log_is_emptied_while_much_is_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messenger.storage.embedded.LINGERS", 0.2)
    async with open_embedded(f"sqlite:///{path}") as database:
        await database.execute(SALT)
        log, sizes = path.with_name("messenger.db-wal"), [0]
        with anyio.fail_after(10):
            while sizes[-1] >= max(sizes):
                await database.execute(update(deployment).values(salt=token_bytes(8)))
                sizes.append(log.stat().st_size)
