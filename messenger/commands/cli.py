"""Every command on one page. Each is imported when it is asked for: most need a small part of the program."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer

from messenger.commands.asking import TAKES_A_SECRET
from messenger.commands.running import Commands

COMMANDS = {
    "serve": ["serve"],
    "demo": ["demo"],
    "deployment": ["check", "upgrade", "rotate-secrets"],
    "backup": ["backup", "restore"],
    "copying": ["copy-database"],
    "organizations": [
        "add-organization", "change-organization", "list-organizations", "move-organization",
        "renew-recovery-key",
    ],
    "schools": ["add-school", "rename-school", "remove-school", "add-code", "remove-code"],
    "hours": ["set-hours", "add-holiday", "remove-holiday"],
    "words": ["set-wording", "add-canned", "list-canned", "remove-canned"],
    "frames": ["allow-frame", "forbid-frame", "list-frames"],
    "poster": ["poster"],
    "widget": ["widget"],
    "members": [
        "invite", "invite-again", "list-members", "rename-member", "disable-member",
        "approve-member", "rehearse-recovery",
    ],
}  # fmt: skip
"""The commands of each module here, where their functions have the same names, with underscores."""
ASKING = {"backup", "restore", "copy-database", "approve-member", "rehearse-recovery"}
"""Those that ask for a secret."""

_MODULES = {name: module for module, names in COMMANDS.items() for name in names}


class _Shelf(Mapping[str, Any]):
    """The commands by name, each made when it is looked up."""

    def __getitem__(self, name: str) -> Any:
        module = import_module(f"messenger.commands.{_MODULES[name]}")
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        settings = TAKES_A_SECRET if name in ASKING else None
        alone.command(name, context_settings=settings)(getattr(module, name.replace("-", "_")))
        return typer.main.get_command(alone)

    def __iter__(self) -> Iterator[str]:
        return iter(_MODULES)

    def __len__(self) -> int:
        return len(_MODULES)


class _Group(Commands):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands = _Shelf()  # type: ignore[assignment]  # Nobody adds to it.


cli = typer.Typer(
    cls=_Group,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    # Its tracebacks show local variables: words, keys and passwords.
    pretty_exceptions_enable=False,
    help="Messenger: anonymous reports and live chat between students and their school.",
)


def _tell_version(wanted: bool) -> None:  # noqa: FBT001 (as typer calls it)
    if wanted:
        typer.echo(version("messenger"))
        raise typer.Exit


@cli.callback()
def _cli(
    *,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Tell the version."),
    ] = False,
) -> None:
    """Typer wants a function here to have commands at all."""
