"""A real PostgreSQL for tests: a cluster in a temporary folder, on a socket of its own, gone afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from itertools import count
from pathlib import Path
from typing import Self

WAIT_SECONDS = 60
OWNER = "postgres"
"""Who runs it where the tests run as root, which PostgreSQL refuses to."""


class Postgres:
    """A server with `fsync` on. `database()` makes a new, empty database and returns its URL.

    It listens on a socket in its folder, with `hosts` on these as well; its data lies in `parent`.
    `enter` goes before the command: whatever takes it to a machine where these are addresses.
    """

    def __init__(
        self,
        *options: str,
        hosts: Sequence[str] = (),
        parent: Path | None = None,
        enter: Sequence[str] = (),
    ) -> None:
        self._options = options
        self._hosts = hosts
        self._parent = parent
        self._enter = enter
        self._numbers = count(1)

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="messenger-pg-", dir=self._parent))
        if os.geteuid() == 0:
            shutil.chown(self.folder, OWNER)
        try:
            subprocess.run(["cp", "--archive", _new_cluster().name, self.data], check=True)
            with (self.data / "pg_hba.conf").open("a") as rules:
                rules.writelines(f"host all all {host}/16 trust\n" for host in self._hosts)
            self.start()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._remove()

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def start(self) -> None:
        """Start it, and return once it answers."""
        listening = f"listen_addresses={','.join(self._hosts)}"
        settings = [listening, "max_connections=200", *self._options]
        options = " ".join([f"-k {self.folder}", *(f"-c {setting}" for setting in settings)])
        self._run(
            "pg_ctl", "start", "--wait", f"--timeout={WAIT_SECONDS}", f"--pgdata={self.data}",
            f"--log={self.folder}/log", f"--options={options}",
        )  # fmt: skip

    def stop(self, mode: str = "immediate") -> None:
        """Stop it; `immediate` is a crash."""
        self._run("pg_ctl", "stop", "--wait", f"--mode={mode}", f"--pgdata={self.data}")

    def pids(self) -> list[int]:
        """The first process, which starts the others, and then these; none when it is down."""
        try:
            first = int((self.data / "postmaster.pid").read_text().split()[0])
            children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        except (OSError, IndexError):
            return []
        return [first, *map(int, children)]

    def database(self, encoding: str = "UTF8") -> str:
        """Make a database, and return its URL."""
        name = f"test_{next(self._numbers)}"
        how = (f"--encoding={encoding}", "--locale=C", "--template=template0")
        self._run("createdb", f"--host={self.folder}", "--username=messenger", *how, name)
        return f"postgresql://messenger@/{name}?host={self.folder}"

    def execute(self, url: str, statement: str) -> None:
        """Do something in a database past us."""
        self._run(
            "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--command={statement}", url
        )

    def _run(self, program: str, *arguments: str) -> None:
        _run(program, *arguments, enter=self._enter)

    def _remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


@cache
def _new_cluster() -> "tempfile.TemporaryDirectory[str]":
    """A folder as initdb makes it, to be copied, which takes far less. Gone with this process."""
    folder = tempfile.TemporaryDirectory(prefix="messenger-pg-new-")
    if os.geteuid() == 0:
        shutil.chown(folder.name, OWNER)
    _run(
        "initdb", "--auth=trust", "--username=messenger", "--encoding=UTF8", "--locale=C", "--no-sync",
        f"--pgdata={folder.name}",
    )  # fmt: skip
    return folder


def _run(program: str, *arguments: str, enter: Sequence[str] = ()) -> None:
    command = [str(programs() / program), *arguments]
    if os.geteuid() == 0:
        as_owner = ["setpriv", f"--reuid={OWNER}", f"--regid={_group()}", "--clear-groups"]
        command = [*as_owner, *command]
    # Not captured: the server would hold on to the pipe.
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(
            [*enter, *command], cwd="/", stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            timeout=2 * WAIT_SECONDS, check=False,
        )  # fmt: skip
        said.seek(0)
        assert done.returncode == 0, said.read().decode()


def _group() -> int:
    return pwd.getpwnam(OWNER).pw_gid


def programs() -> Path:
    """Return the folder with initdb, psql and the like. Debian keeps them beside those of other years."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    beside = shutil.which("initdb")
    assert found or beside, "bin/setup installs PostgreSQL; it is not here."
    return (found[-1] if found else Path(str(beside))).parent
