"""Organizations on two PostgreSQL servers, as an operator sees them."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.commands.conftest import CommandLine
from tests.commands.test_check import mend, notes
from tests.commands.test_members import approve, join
from tests.postgres import Postgres

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Postgres, Postgres]]:
    with Postgres() as home, Postgres() as north:
        yield home, north


@pytest.fixture
def sharded(messenger: CommandLine, servers: tuple[Postgres, Postgres]) -> CommandLine:
    home, north = (server.database() for server in servers)
    environ = {"MESSENGER_DATABASE": home, "MESSENGER_SHARDS": f"north={north}"}
    return replace(messenger, environ=environ)


@pytest.fixture
def riverbend(sharded: CommandLine) -> CommandLine:
    recovery_key = sharded.add_riverbend()
    sharded.done("add-code", "riverbend", "MetroED")
    sharded.done("set-hours", "riverbend", "always")
    join(sharded, sharded.done("invite", "riverbend", "ana", "Ana"))
    approve(sharded, "ana", recovery_key)
    return sharded


def test_an_organization_moves_and_everything_is_as_before(riverbend: CommandLine) -> None:
    before = riverbend.done("list-organizations"), riverbend.done("list-members", "riverbend")

    said = riverbend.done("move-organization", "riverbend", "north")

    assert "riverbend is in north now: 0 reports" in said
    assert mend(riverbend) == []
    assert riverbend.done("list-organizations") == before[0]
    assert riverbend.done("list-members", "riverbend") == before[1]
    assert "in the shard “north” already" in riverbend.refused(
        "move-organization", "riverbend", "north"
    )
    assert "taken" in riverbend.refused("invite", "riverbend", "Ana", "Another")
    riverbend.done("move-organization", "riverbend", "home")


def test_what_can_t_be_moved_is_refused(riverbend: CommandLine) -> None:
    assert "names: home, north" in riverbend.refused("move-organization", "riverbend", "south")
    assert "Did you mean “riverbend”?" in riverbend.refused(
        "move-organization", "rivrbend", "north"
    )
    assert "one database only" in riverbend.refused(
        "move-organization", "riverbend", "north", MESSENGER_SHARDS=""
    )


def test_nothing_is_served_without_the_shard_that_has_somebody(riverbend: CommandLine) -> None:
    riverbend.done("move-organization", "riverbend", "north")

    (found,) = mend(riverbend, MESSENGER_SHARDS="")
    assert "“north”, which MESSENGER_SHARDS does not name" in found
    assert "“north”" in riverbend.refused("serve", MESSENGER_SHARDS="")


def test_a_shard_that_is_down_or_empty_is_told(
    riverbend: CommandLine, servers: tuple[Postgres, Postgres]
) -> None:
    down = "north=postgresql://x:hunter2@127.0.0.1:1/x"
    (found,) = mend(riverbend, MESSENGER_SHARDS=down)
    assert "“north” can't be reached" in found and "hunter2" not in found
    told = riverbend.refused("list-organizations", MESSENGER_SHARDS=down)
    assert "One of the PostgreSQLs of MESSENGER_DATABASE and MESSENGER_SHARDS can't" in told
    assert "`messenger check` tells which" in told and "hunter2" not in told

    both = f"{riverbend.environ['MESSENGER_SHARDS']},south={servers[1].database()}"
    told = notes(riverbend, MESSENGER_SHARDS=both)
    assert "“south” is empty. Restart every host before an organization moves there" in told
    assert "the first start makes its tables" in told


def test_check_makes_nothing_in_any_shard(
    riverbend: CommandLine, servers: tuple[Postgres, Postgres]
) -> None:
    north, south = riverbend.environ["MESSENGER_SHARDS"], servers[1].database()
    servers[1].execute(north.removeprefix("north="), "delete from deployment")

    for _ in range(2):
        told = notes(riverbend, MESSENGER_SHARDS=f"{north},south={south}")

        assert "“south” is empty" in told
    for url, query in (
        (south, "select from pg_tables where schemaname = 'public'"),
        (north.removeprefix("north="), "select from deployment"),
    ):
        servers[1].execute(url, f"do $$ begin assert not exists ({query}); end $$")


def test_an_empty_shard_that_somebody_should_be_in_is_told(
    riverbend: CommandLine, servers: tuple[Postgres, Postgres]
) -> None:
    riverbend.done("move-organization", "riverbend", "north")
    empty = f"north={servers[1].database()}"

    (found,) = mend(riverbend, MESSENGER_SHARDS=empty)

    assert "is to be in the shard “north”, and is not there" in found
    assert "“north” is empty" in notes(riverbend, MESSENGER_SHARDS=empty)


def test_an_empty_shard_of_somebody_else_is_told(
    riverbend: CommandLine, servers: tuple[Postgres, Postgres]
) -> None:
    url = servers[1].database()
    servers[1].execute(url, "create role guest login")
    south = f"south={url.replace('messenger@', 'guest@')}"

    found = mend(riverbend, MESSENGER_SHARDS=f"{riverbend.environ['MESSENGER_SHARDS']},{south}")

    assert found[0].startswith("The shard “south” is not the user's who is named there")


def test_a_shard_of_another_version_is_told(
    riverbend: CommandLine, servers: tuple[Postgres, Postgres]
) -> None:
    url = riverbend.environ["MESSENGER_SHARDS"].removeprefix("north=")
    servers[1].execute(url, "update alembic_version set version_num = '0001'")

    (found,) = mend(riverbend)

    assert found.startswith("The shard “north” is at “0001”")


def test_databases_that_changed_places_are_told(riverbend: CommandLine) -> None:
    home, north = riverbend.environ["MESSENGER_DATABASE"], riverbend.environ["MESSENGER_SHARDS"]

    (found,) = mend(
        riverbend,
        MESSENGER_DATABASE=north.removeprefix("north="),
        MESSENGER_SHARDS=f"north={home}",
    )

    assert "that of another shard" in found


def test_rows_that_nobody_reads_are_told(
    riverbend: CommandLine, servers: tuple[Postgres, Postgres]
) -> None:
    """One of the two was restored from a backup of another day."""
    servers[0].execute(
        riverbend.environ["MESSENGER_DATABASE"],
        "insert into placement select id, 'north' from organization",
    )

    extra, missing = mend(riverbend)

    assert "“home” has rows of riverbend" in extra
    assert "“north”, and is not there" in missing
