"""Serving: one process to a folder, one port, and nothing in the log about who came."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from messenger.commands.lock import serving
from messenger.commands.serve import config, whereabouts
from messenger.domain.errors import BadSetting
from messenger.settings import Settings
from messenger.storage.sqlite import make_writer_engine, open_for_upgrade, open_place
from messenger.storage.upgrade import upgrade
from messenger.web.admission import Places
from tests.commands.conftest import CommandLine
from tests.records import logging_put_back
from tests.server import free_port

VISITOR = ("127.0.0.77", 0)


@contextmanager
def running(command: str, data: Path, port: int, log: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a command in a process of its own, and go on when it says where it is."""
    environ = {"PATH": os.environ["PATH"], "MESSENGER_DATA": str(data), "PORT": str(port)}
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "messenger", command],
            env=environ, stdout=subprocess.PIPE, stderr=errors, text=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()


def said_until_ready(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if "Ctrl+C" in line:
            return said
    raise AssertionError(said)


def visit(port: int, path: str) -> tuple[int, dict[str, str]]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30, source_address=VISITOR)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}


@pytest.mark.slow
def test_the_demo_is_one_command_and_leaves_no_trace_of_visitors(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"

    with running("demo", tmp_path / "var", port, log) as process:
        said = said_until_ready(process)
        status, headers = visit(port, "/c/LINCOLN?from=poster-in-the-gym")
        process.send_signal(signal.SIGINT)
        process.wait(30)

    assert "no second factor" in said
    assert f"http://127.0.0.1:{port}/c/LINCOLN" in said
    assert status in {200, 303}
    assert "server" not in headers
    told = log.read_text()
    assert "ready" in told
    assert "Traceback" not in told
    for trace in ("127.0.0.", "LINCOLN", "gym", "GET"):
        assert trace not in told


@pytest.mark.slow
def test_a_second_one_in_the_same_folder_is_refused_and_commands_are_not(
    messenger: CommandLine, tmp_path: Path
) -> None:
    messenger.add_riverbend()

    with running("serve", messenger.data, free_port(), tmp_path / "log") as process:
        said_until_ready(process)
        second = messenger.refused("serve")
        restore = messenger.refused("restore", "x.backup", typed="some passphrase")
        upgrade = messenger.refused("upgrade")
        messenger.done("add-school", "riverbend", "Lincoln High")
        messenger.done("backup", str(tmp_path / "b"), typed="six plain words in a row")

    assert f"process {process.pid}" in second
    assert second == restore == upgrade
    assert "belongs to this version" in messenger.done("upgrade")


def make_older(database: Path) -> None:
    """Have a database as the first version left it."""
    database.parent.mkdir(mode=0o700)
    with open_place(f"sqlite:///{database}") as url:
        engine = make_writer_engine(url)
        with open_for_upgrade(engine) as connection:
            upgrade(connection, "0001")
        engine.dispose()


def test_only_who_holds_the_folder_upgrades_what_is_in_it(messenger: CommandLine) -> None:
    make_older(messenger.settings.database)

    for _ in range(2):
        told = messenger.refused("list-organizations")
        assert "are at “0001”" in told
        assert "back up, stop the service, then `messenger upgrade`" in told
    messenger.done("upgrade")

    assert "messenger add-organization" in messenger.done("list-organizations")


def test_a_folder_is_free_again_when_its_holder_is_gone(tmp_path: Path) -> None:
    with serving(tmp_path / "var"), pytest.raises(BadSetting), serving(tmp_path / "var"):
        pass

    with serving(tmp_path / "var"):
        assert (tmp_path / "var" / "serving.lock").read_text() == f"{os.getpid()}\n"


def test_a_port_in_use_is_told_with_the_way_out(messenger: CommandLine) -> None:
    messenger.add_riverbend()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        told = messenger.refused("serve", PORT=str(listener.getsockname()[1]))

    assert "Address already in use" in told
    assert "MESSENGER_PORT" in told


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid", "2001:db8::1"])
def test_an_address_of_another_machine_is_told_with_its_setting(
    messenger: CommandLine, host: str
) -> None:
    messenger.add_riverbend()

    told = messenger.refused("serve", MESSENGER_HOST=host)

    assert told.startswith(f"{host} is no address of this machine")
    assert "Set MESSENGER_HOST" in told


def test_turning_the_secrets_says_when_it_takes_effect(messenger: CommandLine) -> None:
    messenger.add_riverbend()
    before = (messenger.data / "secrets.json").read_bytes()

    said = messenger.done("rotate-secrets")
    after = (messenger.data / "secrets.json").read_bytes()
    again = messenger.done("rotate-secrets")

    assert "next start" in said and "Nobody is signed out" in said and "hosts" not in said
    assert after != before
    assert "Nobody" not in again and "that is everybody" in again


def test_the_operator_is_told_where_the_proxy_finds_it() -> None:
    here = Settings.read({"MESSENGER_PORT": "8100"})
    behind = Settings.read(
        {"MESSENGER_PORT": "8100", "MESSENGER_ORIGIN": "https://tips.example.org"}
    )

    assert whereabouts(here) == "http://127.0.0.1:8100"
    assert whereabouts(behind) == "https://tips.example.org, and listens on 127.0.0.1:8100"


def test_uvicorn_is_told_to_be_discreet_and_bounded(tmp_path: Path) -> None:
    with logging_put_back():
        made = config(Settings(data=tmp_path), Places())

    assert (made.access_log, made.server_header, made.proxy_headers) == (False, False, False)
    assert (made.ws_max_size, made.ws_per_message_deflate) == (65_536, False)
    assert made.timeout_graceful_shutdown == 5


def test_several_workers_need_a_database_server_and_a_redis(messenger: CommandLine) -> None:
    for settings in ({}, {"MESSENGER_REDIS": "redis://127.0.0.1:1"}):
        told = messenger.refused("serve", "--workers", "2", **settings)
        assert "MESSENGER_DATABASE and MESSENGER_REDIS" in told
    assert not messenger.data.exists()
