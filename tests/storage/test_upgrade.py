"""Migrations: from nothing to now, and never from the future."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text

from messenger.domain.errors import BadSetting
from messenger.storage.connect import connect
from messenger.storage.database import Database
from messenger.storage.embedded import EmbeddedDatabase
from messenger.storage.embedded import upgrade_file as upgrade
from messenger.storage.sqlite import make_writer_engine, open_place
from messenger.storage.tables import metadata
from tests.contracts.upgrade import UpgradeContract


@pytest.fixture
def engine(path: Path) -> Iterator[Engine]:
    with open_place(f"sqlite:///{path}") as url:
        engine = make_writer_engine(url)
        yield engine
        engine.dispose()


class TestUpgrade(UpgradeContract):
    """On SQLite."""

    @pytest.fixture
    async def bare(self, path: Path) -> AsyncIterator[Database]:
        async with connect(f"sqlite:///{path}") as database:
            yield database


def test_the_migrations_and_the_code_name_and_check_everything_alike(
    engine: Engine, tmp_path: Path
) -> None:
    def schema(engine: Engine) -> set[frozenset[str]]:
        """Each table and index as its parts, in whatever order."""
        with engine.connect() as connection:
            found = connection.execute(text("SELECT sql FROM sqlite_master WHERE sql NOT NULL"))
            return {frozenset(re.split(r"[,\s]+", sql)) for (sql,) in found if "alembic" not in sql}

    upgrade(engine)

    with open_place(f"sqlite:///{tmp_path}/other.db") as url:
        other = make_writer_engine(url)
        metadata.create_all(other)
        assert schema(engine) == schema(other)
        other.dispose()


def test_upgrading_again_changes_nothing(engine: Engine) -> None:
    for _ in range(2):
        upgrade(engine)

    assert set(inspect(engine).get_table_names()) == {*metadata.tables, "alembic_version"}


def test_a_database_of_a_newer_version_is_left_alone(engine: Engine) -> None:
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from the future'"))

    with pytest.raises(BadSetting, match="newer Messenger"):
        upgrade(engine)

    with engine.connect() as connection:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    assert found == "from the future"


def test_an_upgrade_that_would_break_references_changes_nothing(engine: Engine) -> None:
    upgrade(engine)
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys = OFF")
        with connection.begin():
            connection.execute(text("INSERT INTO holiday VALUES ('nobody', '2030-01-01')"))
            connection.execute(text("DELETE FROM alembic_version"))
            connection.execute(text("DROP TABLE receipt"))
        connection.invalidate()

    with pytest.raises(Exception, match="exists"):
        upgrade(engine)

    assert "receipt" not in inspect(engine).get_table_names()


async def test_a_database_in_use_can_be_upgraded_before_its_first_task() -> None:
    async with EmbeddedDatabase("sqlite://") as database:
        upgrade(database.engine)

        assert await database.write(lambda c: c.execute(text("SELECT 1")).scalar_one()) == 1
