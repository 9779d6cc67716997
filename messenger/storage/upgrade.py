"""Bring a database to this version's tables, all or nothing; and tell which version's it has."""

from functools import cache
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from messenger.domain.errors import BadSetting

_MIGRATIONS = Path(__file__).with_name("migrations")
_NEWER = (
    "This database belongs to a newer Messenger (its tables are at “{revision}”). "
    "Install that version again, or restore the backup from before the upgrade."
)
_OLDER = (
    "This database belongs to an older Messenger (its tables are at “{revision}”): back up, stop the "
    "service, then `messenger upgrade`."
)


@cache
def newest() -> str:
    """Return the revision of this version's tables."""
    return max(_revisions())


def is_newer(revision: str) -> bool:
    """Return whether it is one of a version after this one. Revisions are counted: 0001, 0002."""
    return revision > newest()


def revision_of(connection: Connection) -> str | None:
    """Return the revision of the tables that are there; None if there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def may_make_tables(connection: Connection) -> bool:
    """Return whether the user of a PostgreSQL may: since its version 15, only the owner of a database."""
    asked = text("SELECT has_schema_privilege(current_schema(), 'CREATE')")
    return bool(connection.execute(asked).scalar())


def is_older(revision: str | None) -> bool:
    """Return whether it is one of a version before this one. None, where there are no tables, is not."""
    return revision in _revisions() - {newest()}


def check_not_older(revision: str | None) -> None:
    """Raise `BadSetting` for tables that wait for an upgrade."""
    if is_older(revision):
        raise BadSetting(_OLDER.format(revision=revision))


def upgrade(connection: Connection, to: str = "head") -> None:
    """Run what is missing, in the caller's transaction. `BadSetting` if the tables are newer.

    `to` is for tests, which need tables as they were.
    """
    # Here, for it takes long to import, and there is something to upgrade once in a version.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    revision = revision_of(connection)
    if revision is not None and revision not in _revisions():
        raise BadSetting(_NEWER.format(revision=revision))
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, to)


def _revisions() -> set[str]:
    """A migration's file is named for its revision."""
    return {file.stem.partition("_")[0] for file in _MIGRATIONS.glob("versions/[0-9]*.py")}
