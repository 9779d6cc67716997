"""The same commands for a deployment whose database is a PostgreSQL."""

import re
import shutil
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from messenger.security.secretfile import NAME as SECRETS
from tests.commands.conftest import CommandLine
from tests.commands.test_check import mend, notes
from tests.commands.test_members import approve, join
from tests.postgres import Postgres
from tests.redis import Redis, RedisCluster
from tests.server import free_port

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


@pytest.fixture
def on_server(messenger: CommandLine, server: Postgres) -> CommandLine:
    return replace(messenger, environ={"MESSENGER_DATABASE": server.database()})


def test_an_organization_is_set_up_there_and_nothing_has_to_be_mended(
    on_server: CommandLine,
) -> None:
    assert mend(on_server) == []
    assert "is empty" in notes(on_server)

    recovery_key = on_server.add_riverbend()
    on_server.done("add-code", "riverbend", "MetroED")
    on_server.done("set-hours", "riverbend", "always")
    join(on_server, on_server.done("invite", "riverbend", "ana", "Ana"))
    approve(on_server, "ana", recovery_key)

    assert mend(on_server) == []
    assert not (on_server.data / "messenger.db").exists()
    assert "belongs to this version" in on_server.done("upgrade")


def test_another_host_is_told_what_it_lacks_before_its_first_start(
    on_server: CommandLine, tmp_path: Path
) -> None:
    on_server.done("add-organization", "Elm Schools", "--slug", "elm", "--time-zone", "UTC")
    other = replace(on_server, data=tmp_path / "other host")

    (found,) = mend(other)

    assert "with a copy of the `secrets.json` (0600) of a host that serves" in found
    assert not other.data.exists()


def test_another_host_makes_no_secrets_of_its_own(on_server: CommandLine, tmp_path: Path) -> None:
    on_server.add_riverbend()
    other = replace(on_server, data=tmp_path / "other host")

    assert "of another host that serves" in other.refused("list-organizations")
    assert not (other.data / "secrets.json").exists()


def test_hosts_with_secrets_that_differ_are_told_which_one_is_wrong(
    on_server: CommandLine, tmp_path: Path
) -> None:
    on_server.add_riverbend()
    on_server.done("add-code", "riverbend", "MetroED")
    other = replace(on_server, data=tmp_path / "other host")
    alone = replace(other, environ={})
    alone.done("list-organizations")  # It was tried out before, and has made its own.
    wrong = "is not the one that this database belongs with"

    assert [wrong in found for found in mend(other)] == [True]
    assert wrong in other.refused("serve")
    shutil.copy2(on_server.data / SECRETS, other.data)
    assert wrong not in "".join(mend(other))

    told = on_server.done("rotate-secrets")
    assert f"until they have a copy of {on_server.data / SECRETS}" in told
    assert wrong not in "".join(mend(on_server))
    assert [wrong in found for found in mend(other)] == [True]
    assert wrong in other.refused("rotate-secrets"), "Each would have a key of its own."
    shutil.copy2(on_server.data / SECRETS, other.data)
    assert wrong not in "".join(mend(other))
    other.done("rotate-secrets")


def test_secrets_are_not_turned_where_the_database_can_not_be_told(on_server: CommandLine) -> None:
    on_server.add_riverbend()
    before = (on_server.data / SECRETS).read_bytes()

    told = on_server.refused("rotate-secrets", MESSENGER_DATABASE="postgresql://x@127.0.0.1:1/x")

    assert "PostgreSQL of MESSENGER_DATABASE (on 127.0.0.1) can't be reached" in told
    assert (on_server.data / SECRETS).read_bytes() == before


def test_a_database_that_has_no_room_for_all_letters_is_told_before_anything_is_in_it(
    messenger: CommandLine, server: Postgres
) -> None:
    latin = {"MESSENGER_DATABASE": server.database("LATIN1")}

    (found,) = mend(messenger, **latin)

    assert "has the encoding LATIN1" in found and "createdb --encoding=UTF8 --locale=C" in found
    for command in (["list-organizations"], ["serve"]):
        assert found + "\n" == messenger.refused(*command, **latin)


def test_a_server_that_is_not_there_is_something_to_mend(messenger: CommandLine) -> None:
    (found,) = mend(messenger, MESSENGER_DATABASE="postgresql://x:hunter2@127.0.0.1:1/x")

    assert "can't be reached" in found and "hunter2" not in found
    for command in (["list-members", "x"], ["serve"]):
        told = messenger.refused(*command, MESSENGER_DATABASE="postgresql://x@127.0.0.1:1/x")
        assert "PostgreSQL of MESSENGER_DATABASE (on 127.0.0.1) can't be reached" in told


def test_an_empty_database_of_somebody_else_is_told_before_the_first_start(
    on_server: CommandLine, server: Postgres
) -> None:
    url = on_server.environ["MESSENGER_DATABASE"]
    name = url.rpartition("?")[0].rpartition("/")[2]
    server.execute(url, "create role guest login")
    guest = {"MESSENGER_DATABASE": url.replace("messenger@", "guest@")}

    (found,) = mend(on_server, **guest)
    server.execute(url, f"alter database {name} owner to guest")

    assert found.startswith("The database of MESSENGER_DATABASE is not the user's")
    assert "ALTER DATABASE name OWNER TO user" in found
    assert mend(on_server, **guest) == []


def test_what_is_wrong_with_the_server_is_named(on_server: CommandLine) -> None:
    url = on_server.environ["MESSENGER_DATABASE"]
    wrong = {
        "ConnectionRefusedError": "postgresql://x@127.0.0.1:1/x",
        "InvalidCatalogNameError": url.replace("/test_", "/no_test_"),
        "InvalidAuthorizationSpecificationError": url.replace("messenger@", "nobody@"),
    }

    for name, address in wrong.items():
        assert f"({name})" in mend(on_server, MESSENGER_DATABASE=address)[0]
        assert f"({name})" in on_server.refused("list-organizations", MESSENGER_DATABASE=address)


def test_a_redis_is_tried_and_what_is_wrong_with_it_is_told(messenger: CommandLine) -> None:
    with Redis("--requirepass", "hunter2") as redis:
        url = f"unix://{redis.path}"
        assert mend(messenger, MESSENGER_REDIS=f"{url}?password=hunter2") == []
        (refused,) = mend(messenger, MESSENGER_REDIS=url)
        assert "can't be used" in refused and "rights" in refused
    (gone,) = mend(messenger, MESSENGER_REDIS=f"{url}?password=hunter2")
    assert "can't be used" in gone and "hunter2" not in gone


def test_files_in_a_folder_of_one_host_are_told_where_there_may_be_several(
    on_server: CommandLine,
) -> None:
    on_server.add_riverbend()
    with Redis() as redis:
        told = notes(on_server, MESSENGER_REDIS=redis.url)

    assert f"{on_server.data / 'files'}: several hosts need MESSENGER_FILES" in told
    assert "several hosts need MESSENGER_FILES" not in notes(on_server)


GUIDE = (Path(__file__).resolve().parents[2] / "docs/operations.md").read_text()


def test_a_redis_user_as_the_guide_makes_it_may_all_that_is_needed(messenger: CommandLine) -> None:
    (rights,) = re.findall(r"^ {4}ACL SETUSER tips (.*)$", GUIDE, re.MULTILINE)
    with Redis() as redis:
        url = f"unix://tips:password@{redis.path}"
        redis.ask("ACL", "SETUSER", "tips", *rights.split())
        assert mend(messenger, MESSENGER_REDIS=url) == []

        for less in ("resetchannels", "-publish", "-subscribe", "-set", "-expire", "-del", "-info"):
            redis.ask("ACL", "SETUSER", "tips", "reset", *rights.split(), less)
            (told,) = mend(messenger, MESSENGER_REDIS=url)
            assert "(NoPermissionError)" in told and "rights" in told


def test_where_redis_is_set_up_as_the_guide_says_who_has_no_name_stays_out_and_other_machines_get_in(
    messenger: CommandLine,
) -> None:
    lines = re.findall(r"^ {4}(ACL SETUSER .*)$", GUIDE, re.MULTILINE)
    with Redis(port=free_port()) as redis:
        before = redis.ask("PING"), from_elsewhere(redis)

        for line in lines:
            assert redis.ask(*line.split()) == b"+OK\r\n"

        assert (before[0], before[1][:7]) == (b"+PONG\r\n", b"-DENIED")
        assert redis.ask("PING").startswith(b"-NOAUTH")
        assert redis.ask("AUTH", "default", "").startswith(b"-WRONGPASS")
        assert redis.ask("AUTH", "admin", "another") == b"+OK\r\n"
        assert from_elsewhere(redis, "AUTH tips password") == b"+OK\r\n"
        url = redis.url.replace("//", "//tips:password@")
        assert mend(messenger, MESSENGER_REDIS=url) == []


def from_elsewhere(redis: Redis, *lines: str) -> bytes:
    """Come from an address that Redis does not take for one of its own machine; return its first words."""
    address = ("127.0.0.1", redis.port)
    with socket.create_connection(address, 10, source_address=("127.0.0.2", 0)) as connection:
        for line in lines:
            connection.sendall(f"{line}\r\n".encode())
        return connection.recv(1 << 10)


def test_in_a_cluster_a_user_needs_the_two_rights_more_that_the_guide_names(
    messenger: CommandLine,
) -> None:
    (rights,) = re.findall(r"^ {4}ACL SETUSER tips (.*)$", GUIDE, re.MULTILINE)
    (more,) = re.findall(r"`(\+cluster\S* \S+)`", GUIDE)
    with RedisCluster() as cluster:
        url = cluster.url.replace("//", "//tips:password@")
        for node in cluster.nodes:
            node.ask("ACL", "SETUSER", "tips", *rights.split(), *more.split())
        assert mend(messenger, MESSENGER_REDIS=url) == []

        for less in ("-cluster|slots", "-command"):
            for node in cluster.nodes:
                node.ask("ACL", "SETUSER", "tips", "reset", *f"{rights} {more} {less}".split())
            (told,) = mend(messenger, MESSENGER_REDIS=url)
            assert "can't be used" in told and "rights" in told


def test_a_cluster_is_called_one(messenger: CommandLine) -> None:
    with RedisCluster() as cluster:
        assert mend(messenger, MESSENGER_REDIS=cluster.url) == []
        plain = cluster.url.replace("+cluster", "")
        assert "redis+cluster://" in mend(messenger, MESSENGER_REDIS=plain)[0]
    with Redis(port=free_port()) as alone:
        wrong = alone.url.replace("redis:", "redis+cluster:")
        assert mend(messenger, MESSENGER_REDIS=wrong) != []


def test_its_own_tools_back_it_up(on_server: CommandLine) -> None:
    assert "pg_dump" in on_server.refused("backup", "x.backup")
    assert "pg_restore" in on_server.refused("restore", "x.backup")
