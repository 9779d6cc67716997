"""The command line as a whole: what it finds, and what it does not make anybody wait for."""

import subprocess
import sys
from importlib.metadata import version

import pytest

from messenger.commands.cli import COMMANDS
from tests.commands.conftest import CommandLine

RARE = {"alembic", "asyncpg", "redis", "sqlalchemy.orm"}
"""What a deployment on one machine, at this version, has no use for: half of a start."""


def test_the_help_tells_of_every_command(messenger: CommandLine) -> None:
    told = messenger.done("--help")

    for names in COMMANDS.values():
        for name in names:
            assert f"\n  {name} " in told


def test_it_tells_its_version(messenger: CommandLine) -> None:
    assert messenger.done("--version") == version("messenger") + "\n"


def test_a_word_too_near_to_a_command_is_taken_for_a_slip(messenger: CommandLine) -> None:
    assert "Did you mean 'serve'?" in messenger("servee").err


@pytest.mark.slow
def test_nothing_is_imported_that_only_other_deployments_need(messenger: CommandLine) -> None:
    messenger.done("list-organizations")
    run = (
        "import atexit, sys, messenger.app\n"
        f"atexit.register(lambda: print(sorted({RARE!r} & set(sys.modules))))\n"
        "from messenger.commands.cli import cli\n"
        "cli(['list-organizations'])\n"
    )

    told = subprocess.run(
        [sys.executable, "-c", run], env={"MESSENGER_DATA": str(messenger.data)},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip

    assert told.stdout.splitlines()[-1] == "[]"
