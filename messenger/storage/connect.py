"""Which database it is, by its URL."""

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from messenger.domain.errors import BadSetting
from messenger.storage.database import Database
from messenger.storage.embedded import EmbeddedDatabase


def connect(url: str) -> Database:
    """Return the database at `url`, to be entered."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise BadSetting(_HOW) from error
    match parsed.get_backend_name():
        case "sqlite":
            return EmbeddedDatabase(url)
        case "postgresql":
            # Here, for its driver takes long to import, and a file needs none of it.
            from messenger.storage.postgres import PostgresDatabase  # noqa: PLC0415

            return PostgresDatabase(parsed)
        case _:
            raise BadSetting(_HOW)


_HOW = (
    "The database is given as sqlite:////folder/name.db or as postgresql://user:password@host/name."
)
