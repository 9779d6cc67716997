"""The command line with a data folder of its own."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typer.testing import CliRunner

from messenger.commands.cli import cli
from messenger.settings import Settings


@dataclass(frozen=True)
class Told:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class CommandLine:
    """Runs commands as an operator would, in one folder."""

    data: Path
    environ: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str, typed: str = "", **environ: str) -> Told:
        env = {"MESSENGER_DATA": str(self.data), **self.environ, **environ}
        result = CliRunner().invoke(cli, list(arguments), input=typed, env=env)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Told(result.exit_code, result.stdout, result.stderr)

    @property
    def settings(self) -> Settings:
        """What the commands read."""
        return Settings.read({"MESSENGER_DATA": str(self.data), **self.environ})

    def done(self, *arguments: str, typed: str = "") -> str:
        """Run a command that must work; return what it said."""
        told = self(*arguments, typed=typed)
        assert (told.code, told.err) == (0, "")
        return told.out

    def refused(self, *arguments: str, typed: str = "", **environ: str) -> str:
        """Run a command that must be refused, with one sentence and no traceback."""
        told = self(*arguments, typed=typed, **environ)
        assert (told.code, told.out) == (2, "")
        assert "Traceback" not in told.err
        return told.err

    def add_riverbend(self) -> str:
        """Add Riverbend Schools; return its recovery key."""
        said = self.done(
            "add-organization", "Riverbend Schools", "--slug", "riverbend",
            "--time-zone", "America/Chicago",
        )  # fmt: skip
        return said.split("\n\n")[1]


@pytest.fixture
def messenger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    for name in ("PORT", "MESSENGER_PORT", "MESSENGER_HOST", "MESSENGER_ORIGIN"):
        monkeypatch.delenv(name, raising=False)
    return CommandLine(tmp_path / "var")
