"""Secrets typed at a terminal: asked for, twice where a typo would hurt, and never shown."""

import os
import pty
import subprocess
import sys
from codecs import getincrementaldecoder
from pathlib import Path

import pytest

from tests.commands.conftest import CommandLine
from tests.commands.test_members import invite_ana, join

pytestmark = pytest.mark.slow
WORDS = "six plain words in a row"


def at_a_terminal(
    messenger: CommandLine, *arguments: str, answers: dict[str, str]
) -> tuple[int, str]:
    """Run a command at a terminal; type each answer when its question has been asked.

    The space ends a question: what is typed before is thrown away, lest it be seen.
    """
    ours, theirs = pty.openpty()
    environ = {"PATH": os.environ["PATH"], "MESSENGER_DATA": str(messenger.data)}
    with subprocess.Popen(
        [sys.executable, "-m", "messenger", *arguments],
        stdin=theirs, stdout=theirs, stderr=theirs, env=environ, start_new_session=True,
    ) as process:  # fmt: skip
        os.close(theirs)
        shown = _converse(ours, answers)
    os.close(ours)
    return process.returncode, shown


def _converse(terminal: int, answers: dict[str, str]) -> str:
    shown, heard, waiting = "", 0, list(answers.items())
    decoder = getincrementaldecoder("utf-8")()  # What is read may end within a letter.
    while True:
        try:
            shown += decoder.decode(os.read(terminal, 1000))
        except OSError:  # How Linux says that the other end has gone.
            return shown
        if waiting and waiting[0][0] in shown[heard:]:
            heard = len(shown)
            os.write(terminal, waiting.pop(0)[1].encode() + b"\n")


def test_a_passphrase_is_asked_for_twice_and_never_shown(
    messenger: CommandLine, tmp_path: Path
) -> None:
    messenger.add_riverbend()
    file = tmp_path / "b"

    code, shown = at_a_terminal(
        messenger, "backup", str(file), answers={"Passphrase: ": WORDS, "confirmation: ": WORDS}
    )
    messenger.data.rename(tmp_path / "before")
    back, _ = at_a_terminal(messenger, "restore", str(file), answers={"Passphrase: ": WORDS})

    assert (code, back) == (0, 0)
    assert "holds everything" in shown
    assert WORDS not in shown
    assert "riverbend" in messenger.done("list-organizations")


def test_digits_that_differ_from_the_members_screen_end_the_approval(
    messenger: CommandLine,
) -> None:
    recovery_key = messenger.add_riverbend()
    join(messenger, invite_ana(messenger))
    command = ("approve-member", "riverbend", "ana")

    no, _ = at_a_terminal(messenger, *command, answers={"on their screen?": "n"})
    waiting = messenger.done("list-members", "riverbend")
    yes, shown = at_a_terminal(
        messenger,
        *command,
        answers={"on their screen?": "y", "Type the recovery key": recovery_key},
    )

    assert no == 1
    assert "pending" in waiting
    assert yes == 0
    assert "Ana Ruiz is approved" in shown
