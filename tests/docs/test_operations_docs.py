"""docs/operations.md says what works when it is copied as it stands."""

import os
import re
import subprocess
import sys
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


def test_the_service_is_tried_again_however_long_a_database_is_away() -> None:
    """A start that is refused takes less than a second, and systemd gives up at five in ten."""
    unit = listing("`/etc/systemd/system/messenger.service`:").splitlines()

    assert {"Restart=on-failure", "StartLimitIntervalSec=0"} <= set(unit)


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


def test_code_is_fetched_so_that_the_user_that_serves_can_read_it() -> None:
    """Root's own mask, or that of a dump before, may close it."""
    fetched = re.findall(r"((?: {4}.*\n)*) {4}(.*git (?:clone|pull).*)\n", GUIDE)

    assert len(fetched) == 2
    assert all("umask 022" in f"{before}{line}" for before, line in fetched)


WORDS = "six plain words in a row"


def test_a_backup_leaves_the_machine_and_comes_back_on_a_new_one_as_the_guide_says(
    tmp_path: Path,
) -> None:
    old, new = Machine(tmp_path / "old"), Machine(tmp_path / "new")
    old.says("messenger add-organization Riverbend --slug riverbend --time-zone UTC")
    listed = old.says("messenger list-organizations")
    old.says(listing("### Backup").splitlines()[0])
    (old.root / "backup-passphrase").write_text(WORDS)
    (old.backups / "outdated.backup").touch()
    os.utime(old.backups / "outdated.backup", (0, 0))

    old.says(listing("35 days. `/etc/cron.daily/messenger-backup`"))
    (copy,) = old.elsewhere.iterdir()
    copy.rename(new.root / "2026-11-23-0625.backup")
    lines = listing("same version or a newer one.")
    for _ in ("on an empty disk", "where something is by now"):
        new.says(lines, typed=WORDS)

    assert new.says("messenger list-organizations") == listed
    assert not (old.backups / "outdated.backup").exists()
    assert len(list(new.root.glob("before-*/messenger.db"))) == 1


class Machine:
    """What stands for one: its folders under one of ours, and commands that it has."""

    def __init__(self, folder: Path) -> None:
        self.root, self.backups = folder / "root", folder / "backups"
        self.elsewhere, self._data = folder / "elsewhere", folder / "data"
        self._commands = folder / "bin"
        for made in (self.root, self.elsewhere, self._data, self._commands):
            made.mkdir(mode=0o700, parents=True)
        self._have("messenger", f'exec {sys.executable} -m messenger "$@"')
        self._have("scp", f'cp "$2" {self.elsewhere}')
        self._have("systemctl", "")

    def says(self, lines: str, typed: str = "") -> str:
        """Say them in a shell of root's, who goes on after a line that fails."""
        places = {
            "/var/lib/messenger": self._data, "/var/backups/messenger": self.backups,
            "/usr/local/bin/messenger": "messenger", "/root/": f"{self.root}/",
            "-o messenger ": "", "messenger check": "true",
        }  # fmt: skip
        for place, ours in places.items():
            lines = lines.replace(place, str(ours))
        path = f"{self._commands}:{os.environ['PATH']}"
        environ = {"PATH": path, "MESSENGER_DATA": str(self._data), "PYTHONPATH": str(CHECKOUT)}
        done = subprocess.run(
            ["bash", "-c", lines], cwd=self.root, env=environ, input=typed, text=True,
            stdout=subprocess.PIPE, timeout=120, check=True,
        )  # fmt: skip
        return done.stdout

    def _have(self, name: str, does: str) -> None:
        (self._commands / name).write_text(f"#!/bin/sh\n{does}\n")
        (self._commands / name).chmod(0o700)


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
