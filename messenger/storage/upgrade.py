"""Bring a database to this version's tables, all or nothing."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from messenger.domain.errors import BadSetting

_NEWER = (
    "This database belongs to a newer Messenger (its tables are at “{revision}”). "
    "Install that version again, or restore the backup from before the upgrade."
)


def upgrade(connection: Connection, to: str = "head") -> None:
    """Run what is missing, in the caller's transaction. `BadSetting` if the tables are newer.

    `to` is for tests, which need tables as they were.
    """
    config = _config(connection)
    _check_known(connection, ScriptDirectory.from_config(config))
    command.upgrade(config, to)


def _config(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection})
    folder = Path(__file__).with_name("migrations")
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _check_known(connection: Connection, scripts: ScriptDirectory) -> None:
    revision = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in scripts.walk_revisions()}
    if revision is not None and revision not in known:
        raise BadSetting(_NEWER.format(revision=revision))
