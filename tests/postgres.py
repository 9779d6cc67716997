"""A real PostgreSQL for tests: a cluster in a temporary folder, on a socket of its own, gone afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
from itertools import count
from pathlib import Path
from typing import Self

WAIT_SECONDS = 60
OWNER = "postgres"
"""Who runs it where the tests run as root, which PostgreSQL refuses to."""


class Postgres:
    """A server with `fsync` on. `database()` makes a new, empty database and returns its URL."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def __enter__(self) -> Self:
        self._bin = _programs()
        self.folder = Path(tempfile.mkdtemp(prefix="messenger-pg-"))
        if os.geteuid() == 0:
            shutil.chown(self.folder, OWNER)
        try:
            self._run(
                "initdb", "--auth=trust", "--username=messenger", "--encoding=UTF8", "--locale=C",
                f"--pgdata={self.data}",
            )  # fmt: skip
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
        """Start it, reachable by a socket in its folder alone."""
        options = f"-k {self.folder} -c listen_addresses= -c max_connections=200"
        self._run(
            "pg_ctl", "start", "--wait", f"--timeout={WAIT_SECONDS}", f"--pgdata={self.data}",
            f"--log={self.folder}/log", f"--options={options}",
        )  # fmt: skip

    def stop(self, mode: str = "immediate") -> None:
        """Stop it; `immediate` is a crash."""
        self._run("pg_ctl", "stop", "--wait", f"--mode={mode}", f"--pgdata={self.data}")

    def database(self) -> str:
        """Make a database, and return its URL."""
        name = f"test_{next(self._numbers)}"
        self._run("createdb", f"--host={self.folder}", "--username=messenger", name)
        return f"postgresql://messenger@/{name}?host={self.folder}"

    def execute(self, url: str, statement: str) -> None:
        """Do something in a database past us."""
        self._run(
            "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--command={statement}", url
        )

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._bin / program), *arguments]
        if os.geteuid() == 0:
            command = [
                "setpriv",
                f"--reuid={OWNER}",
                f"--regid={_group()}",
                "--clear-groups",
                *command,
            ]
        # Not captured: the server would hold on to the pipe.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(
                command, cwd="/", stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                timeout=2 * WAIT_SECONDS, check=False,
            )  # fmt: skip
            said.seek(0)
            assert done.returncode == 0, said.read().decode()

    def _remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _group() -> int:
    return pwd.getpwnam(OWNER).pw_gid


def _programs() -> Path:
    """Debian keeps them beside the versions of other years."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    beside = shutil.which("initdb")
    assert found or beside, "bin/setup installs PostgreSQL; it is not here."
    return (found[-1] if found else Path(str(beside))).parent
