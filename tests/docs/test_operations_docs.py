"""docs/operations.md says what works when it is copied as it stands."""

import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

from tests.commands.conftest import CommandLine, messenger
from tests.postgres import Postgres, programs

__all__ = ["messenger"]  # A fixture.

CHECKOUT = Path(__file__).resolve().parents[2]
GUIDE = (CHECKOUT / "docs/operations.md").read_text()


def listing(begins: str) -> str:
    """The indented lines after the one that begins so."""
    text = GUIDE.split(f"\n{begins}", 1)[1].split("\n\n", 1)[1]
    found = re.match(r"(?:    .*\n|\n)+", text)
    assert found is not None
    return dedent(found[0]).strip()


def test_systemd_knows_every_word_of_the_service_unit(tmp_path: Path) -> None:
    unit = tmp_path / "messenger.service"
    text = listing("`/etc/systemd/system/messenger.service`:")
    unit.write_text(re.sub("(?m)^ExecStart=.*", "ExecStart=/bin/true", text))

    told = subprocess.run(
        ["systemd-analyze", "verify", unit], capture_output=True, text=True, timeout=60, check=False
    )

    assert "messenger.service" not in told.stderr
    assert "SystemCallFilter=" in text


def test_the_shell_and_systemd_read_the_same_settings() -> None:
    lines = listing("`/etc/messenger.env`:").splitlines()

    assert lines
    assert [line for line in lines if not re.fullmatch(r"MESSENGER_\w+='[^']*'", line)] == []
    assert re.findall(r"MESSENGER_(?:DATABASE|SHARDS)=(?!')", GUIDE) == []


def test_the_rehearsal_is_not_told_where_by_the_settings_of_the_service() -> None:
    (rehearsal,) = re.findall(r"^ {4}.*MESSENGER_DATA=/tmp/rehearsal.*$", GUIDE, re.MULTILINE)

    assert (
        "env MESSENGER_DATA=/tmp/rehearsal /opt/messenger/.venv/bin/messenger restore" in rehearsal
    )


def test_a_dump_of_a_postgresql_comes_back_as_the_guide_says(
    messenger: CommandLine, tmp_path: Path
) -> None:
    with Postgres() as server:
        url = server.database()
        served = replace(messenger, environ={"MESSENGER_DATABASE": url})
        name = url.rpartition("?")[0].rpartition("/")[2]
        again = replace(
            messenger, environ={"MESSENGER_DATABASE": url.replace(name, "messenger_again")}
        )
        served.add_riverbend()
        listed = served.done("list-organizations")

        run(
            listing("While the service runs, as root").replace(" messenger >", f" {name} >"),
            served,
            tmp_path,
        )
        run(listing("stopped:"), again, tmp_path)

        assert again.done("list-organizations") == listed
    dump, secrets = tmp_path / "database.dump", tmp_path / "secrets.json"
    assert [path.stat().st_mode & 0o077 for path in (dump, secrets)] == [0, 0]
    assert secrets.read_bytes() == (messenger.data / "secrets.json").read_bytes()


def run(lines: str, messenger: CommandLine, folder: Path) -> None:
    """As the guide says, but as whoever we are, with the server and the data folder of the test."""
    lines = lines.replace("sudo -u postgres ", "").replace(
        "/var/lib/messenger", str(messenger.data)
    )
    environ = {
        "PATH": f"{programs()}:{os.environ['PATH']}",
        "PGUSER": "messenger",
        "PGHOST": messenger.environ["MESSENGER_DATABASE"].rpartition("host=")[2],
    }
    subprocess.run(["bash", "-euc", lines], cwd=folder, env=environ, timeout=60, check=True)
