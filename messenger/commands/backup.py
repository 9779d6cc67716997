"""Backup and restore: everything it takes to come back, in one file sealed with a passphrase."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from messenger.commands import archive
from messenger.commands.asking import ask_new_passphrase, ask_passphrase, refuse_arguments
from messenger.commands.lock import serving
from messenger.commands.running import bring_up_to_date, read_settings
from messenger.commands.unfinished import (
    BACKUP,
    RESTORE,
    clear_unfinished,
    making,
    mark_backup,
)
from messenger.domain.errors import BadSetting
from messenger.security import secretfile
from messenger.settings import Settings
from messenger.storage.backup import snapshot
from messenger.storage.files import sync_folder

MB = 1_000_000
# Whether it can be read is told by us, with what to do.
Target = Annotated[
    Path, typer.Argument(metavar="FILE", help="The backup, one file.", readable=False)
]


_ELSEWHERE = (
    "The sealed files of rooms are not in it: they are in the store of MESSENGER_FILES. Have that keep\n"
    "versions or copies of its own. Without this backup nothing in there opens."
)


def backup(context: typer.Context, file: Target) -> None:
    """Seal a copy of everything with a passphrase. The service may run meanwhile."""
    refuse_arguments(context)
    settings = _embedded_settings()
    if file.exists():
        raise BadSetting(f"{file} is there already. Choose another name: backups are not replaced.")
    passphrase = ask_new_passphrase()
    clear_unfinished(_folder(settings))
    with making(settings.data, BACKUP) as folder:
        copy = folder / settings.database.name
        _check_room(settings.database)
        snapshot(settings.database, copy)
        secrets = secretfile.check_private(settings.data / secretfile.NAME)
        # The database first: what it knows of is then in the files, too.
        archive.write(file, [secrets, copy], passphrase, _files(settings))
    mark_backup(settings.data)
    if settings.file_server:
        typer.echo(_ELSEWHERE)
    everything = (
        "everything else: organizations, members, reports,"
        if settings.file_server
        else "everything: organizations, members, reports, files,"
    )
    typer.echo(
        f"{file} holds {everything} the receipts by which reporters\n"
        "come back and the sessions of who is signed in. It was read back and is whole. It opens with\n"
        "the passphrase only; keep that elsewhere. Reports in it stay sealed even then."
    )


def restore(context: typer.Context, file: Target) -> None:
    """Put a backup into an empty data folder, and bring it to this version."""
    refuse_arguments(context)
    settings = _embedded_settings()
    with serving(settings.data):
        _check_empty(settings)
        _restore(settings, file, ask_passphrase())
        bring_up_to_date(settings)
    typer.echo(
        f"Everything is back in {settings.data}, as it was when the backup was made. Receipts work.\n"
        "What was written, deleted or changed since is not in it: disable again who left since then."
    )


def _embedded_settings() -> Settings:
    settings = read_settings()
    if settings.database_server:
        raise BadSetting(
            "Your database is a PostgreSQL: back it up and restore it with its own pg_dump and "
            f"pg_restore, and keep a copy of {settings.data / secretfile.NAME} in a safe place; of "
            f"{settings.data / archive.FILES}, too, if files of rooms are there. "
            "See docs/operations.md."
        )
    return settings


def _restore(settings: Settings, file: Path, passphrase: str) -> None:
    clear_unfinished(settings.data)
    with making(settings.data, RESTORE) as folder:
        names = {secretfile.NAME, settings.database.name}
        archive.read(file, folder, names, passphrase)
        secretfile.parse_secrets((folder / secretfile.NAME).read_bytes())
        archive.check_database(folder / settings.database.name)
        # The database last: only with it is the folder in use.
        for name in (archive.FILES, secretfile.NAME, settings.database.name):
            if (folder / name).exists():
                (folder / name).replace(settings.data / name)
        sync_folder(settings.data)


def _check_empty(settings: Settings) -> None:
    database = settings.database.name
    for name in (database, f"{database}-wal", secretfile.NAME, archive.FILES):
        if (settings.data / name).exists():
            raise BadSetting(
                f"{settings.data / name} is there, and restoring replaces nothing. Move the folder "
                f"{settings.data} away first, or set MESSENGER_DATA to another one."
            )


def _files(settings: Settings) -> Path | None:
    return settings.files if isinstance(settings.files, Path) else None


def _folder(settings: Settings) -> Path:
    data = settings.data
    if data.is_dir():
        secretfile.check_private(data)
        if settings.database.is_file():
            return data
    raise BadSetting(f"There is nothing to back up in {data}. Is MESSENGER_DATA right?")


def _check_room(database: Path) -> None:
    size, free = database.stat().st_size, shutil.disk_usage(database.parent).free
    if free < size:
        raise BadSetting(
            f"{free // MB} MB are free where {database.parent} is, and the copy that is made there may take "
            f"{size // MB + 1} MB: make room."
        )
