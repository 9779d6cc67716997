"""Moving a deployment from the file in its data folder to a PostgreSQL."""

from dataclasses import replace

import anyio
import typer
from sqlalchemy import make_url

from messenger.commands.asking import refuse_arguments
from messenger.commands.lock import serving
from messenger.commands.running import read_settings, why
from messenger.domain.errors import BadSetting, StoreDown
from messenger.security.secretfile import check_private
from messenger.settings import Settings
from messenger.storage import copying
from messenger.storage.embedded import EmbeddedDatabase
from messenger.storage.postgres import PostgresDatabase

_WHERE_TO = "Set MESSENGER_DATABASE to the PostgreSQL, as `messenger serve` will read it."


def copy_database(context: typer.Context) -> None:
    """Copy the file in MESSENGER_DATA to the empty PostgreSQL of MESSENGER_DATABASE.

    The service must be stopped.
    """
    refuse_arguments(context, _WHERE_TO)
    settings = read_settings()
    _check_both(settings)
    with serving(settings.data):
        copied = anyio.run(_copy, settings)
    for table, rows in copied.items():
        typer.echo(f"{rows:>12,}  {table}")
    typer.echo(
        "That many rows are in the PostgreSQL of MESSENGER_DATABASE now, and were read back.\n"
        f"Start the service. Receipts and sign-ins go on working; keep {settings.data}, where the\n"
        f"secrets are. {settings.database} was only read. Remove it when all is well:\n"
        "from now on, what reporters delete stays in that file."
    )


def _check_both(settings: Settings) -> None:
    if not settings.database_server:
        raise BadSetting(f"It is not said where to. {_WHERE_TO}")
    if settings.data.is_dir():
        check_private(settings.data)
    if not settings.database.is_file():
        raise BadSetting(f"There is no {settings.database} to copy from. Is MESSENGER_DATA right?")


async def _copy(settings: Settings) -> dict[str, int]:
    file = replace(settings, database_server="")
    try:
        async with (
            PostgresDatabase(make_url(settings.database_url)) as target,
            EmbeddedDatabase(file.database_url) as source,
        ):
            await source.upgrade()
            return await copying.copy_database(source, target)
    except StoreDown as down:
        raise BadSetting(
            f"Nothing was copied ({why(down)}). Either the PostgreSQL of MESSENGER_DATABASE can't be reached, does "
            "not let you in, or did not take a row (then its own log says so); or "
            f"{settings.database} can't be read, or is held by another program."
        ) from down
