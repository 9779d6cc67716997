"""What every command does: read the settings, open the parts, say one sentence when it may not."""

import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

import anyio
import typer
from typer.core import TyperGroup

from messenger.domain.errors import BadSetting, Refusal, StoreDown, Unreadable
from messenger.parts import Parts, open_parts
from messenger.settings import BadSettings, Settings
from messenger.storage.stores import Purpose

Slug = Annotated[str, typer.Argument(metavar="ORG", help="The organization's short name.")]

REFUSED = 2
"""The exit code of a command that may not or cannot do what was asked."""

# Worded for reporters; an operator is told what to look at.
_OPERATORS_WORDS = {
    StoreDown.code: "The database did not take it. Is the disk full, or held by another program? "
    "`messenger check` looks.",
    Unreadable.code: "Something sealed does not open: the database was damaged or changed. Stop, keep a "
    "copy, and compare with a backup.",
}
_ONE_IS_DOWN = (
    "One of the PostgreSQLs of MESSENGER_DATABASE and MESSENGER_SHARDS can't be reached, does not let you "
    "in, or did not take it ({why}): start it, or mend its address, user or password. `messenger check` "
    "tells which."
)
_SERVER_IS_DOWN = (
    "The PostgreSQL of MESSENGER_DATABASE (on {host}) can't be reached, does not let you in, or did not "
    "take it ({why}): start it, or mend the address, the user or the password. `messenger check` looks."
)

T = TypeVar("T")


class Commands(TyperGroup):
    """Tells a refusal as a sentence on standard error. Anything else is a bug, with its traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BadSettings as bad:
            problems = bad.problems
        except Refusal as refusal:
            problems = [operators_words(refusal)]
        for problem in problems:
            typer.echo(problem, err=True)
        raise typer.Exit(REFUSED)


def operators_words(refusal: Refusal) -> str:
    return _OPERATORS_WORDS.get(refusal.code, refusal.text)


def why(down: StoreDown) -> str:
    """Name what an operator can act on: the kind of what lies under it, for its words may be anybody's."""
    found: BaseException = down
    while found.__cause__ is not None:
        found = found.__cause__
    return TimeoutError.__name__ if isinstance(found, StoreDown) else type(found).__name__


def read_settings() -> Settings:
    return Settings.read(os.environ)


def with_parts(
    work: Callable[[Parts], Awaitable[T]],
    settings: Settings | None = None,
    purpose: Purpose = Purpose.USE,
) -> T:
    """Run `work` on the opened parts. Only who holds the folder (`serving`) may upgrade."""
    settings = settings or read_settings()
    with naming_the_server(settings):
        return anyio.run(_with_parts, work, settings, purpose)


@contextmanager
def naming_the_server(settings: Settings) -> Iterator[None]:
    """Say that it is a PostgreSQL which is down, and why."""
    try:
        yield
    except StoreDown as down:
        if settings.shards:
            raise BadSetting(_ONE_IS_DOWN.format(why=why(down))) from down
        if settings.database_server:
            host = urlsplit(settings.database_server).hostname or "this machine"
            raise BadSetting(_SERVER_IS_DOWN.format(host=host, why=why(down))) from down
        raise


async def _with_parts(
    work: Callable[[Parts], Awaitable[T]], settings: Settings, purpose: Purpose
) -> T:
    async with open_parts(settings, purpose=purpose) as parts:
        try:
            # A first organization there would bar the copy, and have `check` call the file of no use.
            if purpose is not Purpose.UPGRADE and not await parts.directory.organizations():
                check_copied(settings)
            return await work(parts)
        except Refusal as refusal:
            refused = refusal
    # Outside: a task group in there would wrap it.
    raise refused


def check_copied(settings: Settings) -> None:
    """Of a PostgreSQL without an organization: a file beside it has those that people look for."""
    if settings.database_server and settings.database.exists():
        raise BadSetting(
            f"{settings.database} was not copied yet: stop the service, then `messenger "
            "copy-database`. If nothing in the file counts, move it away."
        )


def bring_up_to_date(settings: Settings) -> None:
    """Have the database belong to this version."""
    with_parts(_do_nothing, settings, Purpose.UPGRADE)


async def _do_nothing(_parts: Parts) -> None:
    """Opening is upgrading."""


def write_file(path: Path, content: bytes) -> None:
    """Write what a command made where the operator wants it."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise BadSetting(f"{path} could not be written: {error.strerror}.") from error
