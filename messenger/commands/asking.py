"""Secrets that people type. Never an argument: those stay in histories and in the list of processes."""

import sys

import typer

from messenger.domain.errors import BadSetting
from messenger.domain.recovery_key import GROUP, GROUPS
from messenger.security.sealedfile import check_passphrase

TAKES_A_SECRET = {"allow_extra_args": True, "ignore_unknown_options": True}
"""For the context: what is one too many is refused by us, as typer would repeat it."""


def refuse_arguments(context: typer.Context, instead: str = "Type it when you are asked.") -> None:
    if context.args:
        raise BadSetting(
            "There is something too many on the command line. A secret is never typed there: "
            f"it would stay in the shell's history. {instead}"
        )


def ask_recovery_key() -> str:
    """Read the two lines of a recovery key from standard input."""
    if sys.stdin.isatty():
        typer.echo("Type the recovery key, as it stands on paper, and Enter:", err=True)
    typed = ""
    while sum(map(str.isalnum, typed)) < GROUPS * GROUP:
        line = sys.stdin.readline(1000)
        if not line.strip():
            break
        typed += line
    if not typed:
        raise BadSetting("Type the recovery key on standard input.")
    return typed


def ask_new_passphrase() -> str:
    """Ask twice at a terminal; otherwise read one line of standard input."""
    if sys.stdin.isatty():
        return check_passphrase(
            typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True)
        )
    return check_passphrase(_line())


def ask_passphrase() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Passphrase", hide_input=True, err=True))
    return _line()


def _line() -> str:
    return sys.stdin.readline(10_000).rstrip("\r\n")
