"""SQLite: how a file is opened, written, watched and kept."""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError

from messenger.domain.errors import BadSetting, StoreDown
from messenger.storage.statements import translated

READERS = 2
PATIENCE, IN_THE_WAY = 5000, 20
"""Milliseconds: how long a connection waits for others, and how long it may keep them all waiting."""
TRIES, PAUSE = 100, 0.05
"""How often, and after how many seconds, the log is tried again that somebody else uses."""

_SQLITE_PRAGMAS = (
    # Before WAL: the lock is asked for.
    f"PRAGMA busy_timeout = {PATIENCE}",
    "PRAGMA journal_mode = WAL",
    # What is acknowledged is on disk: in WAL mode, NORMAL would lose the last commits of a crash.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # Deleted rows are overwritten, and sorting leaves nothing in /tmp.
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -8000",
    # Pages of 4 KiB. The checkpointer folds the log into the file; whoever commits does so only
    # where it falls behind by 40 MiB, and cuts the log back to that.
    "PRAGMA wal_autocheckpoint = 10000",
    "PRAGMA journal_size_limit = 41943040",
)


@contextmanager
def open_place(url: str) -> Iterator[URL]:
    """Make the place of the database: a folder and file nobody else may read.

    `sqlite://` is a database in memory that lives as long as this is open. It is a file in /dev/shm
    all the same, so that readers and the writer work on it as they do on disk.
    """
    parsed = make_url(url)
    if parsed.database not in (None, "", ":memory:"):
        _make_private(Path(str(parsed.database)))
        yield parsed
        return
    with tempfile.TemporaryDirectory(dir=_memory_folder(), prefix="messenger-") as folder:
        path = Path(folder, "memory.db")
        _make_private(path)
        yield parsed.set(database=str(path))


def make_writer_engine(url: URL) -> Engine:
    engine = _make_engine(url)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def make_reader_engine(url: URL) -> Engine:
    engine = _make_engine(url)
    event.listen(engine, "connect", _make_read_only)
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def open_for_upgrade(engine: Engine) -> Iterator[Connection]:
    """Open a transaction in which tables may be made anew while others refer to them."""
    with engine.connect() as connection:
        # Replacing a table drops the old one, which with foreign keys on deletes what refers to it.
        # This has to come before the transaction.
        _driver(connection).execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                yield connection
                if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                    raise BadSetting("The upgrade would break this database. Nothing was changed.")
        finally:
            connection.invalidate()


def prove(connection: Connection) -> None:
    """Raise unless a commit through this connection reaches the disk."""
    with connection.begin():
        version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        # Writes the first page even though nothing changes in it.
        connection.exec_driver_sql(f"PRAGMA user_version = {int(version)}")


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """A transaction that takes the write lock at once, without SQLAlchemy's part in it, which costs
    more than a message does. Statements of Core may run inside; `_begin_immediate` lets them.
    """
    driver = _driver(connection)
    with translated(connection):
        driver.execute("BEGIN IMMEDIATE")
        try:
            yield
            driver.commit()
        except BaseException:
            driver.rollback()
            raise
        finally:
            connection.rollback()


def read_data_version(connection: Connection) -> tuple[int, int]:
    """A mark that changes with the commits of others, but not with those of this connection.

    Inside a `transaction`.
    """
    driver = _driver(connection)
    (version,) = driver.execute("PRAGMA data_version").fetchone()
    return id(driver), version


def changes_by(connection: Connection) -> int:
    """Return how many rows this connection has changed so far."""
    return int(_driver(connection).total_changes)


def fold_log(engine: Engine) -> None:
    """Copy what was committed from the write-ahead log into the database, in nobody's way."""
    with _translated_outage(), engine.connect() as connection:
        _checkpoint(connection, "PASSIVE")


def empty_log(connection: Connection) -> bool:
    """Copy all of it, and leave nothing in it; return False if somebody was in the way."""
    with _translated_outage():
        return _checkpoint(connection, "TRUNCATE")


def forget_erased(engine: Engine) -> None:
    """Empty the write-ahead log, where erased rows would linger."""
    for _ in range(TRIES):
        with _translated_outage(), engine.connect() as connection:
            if _checkpoint(connection, "TRUNCATE"):
                return
        sleep(PAUSE)
    raise StoreDown


def _checkpoint(connection: Connection, mode: str) -> bool:
    """Return whether nobody was in the way. Not inside a transaction."""
    driver = _driver(connection)
    # Whoever waits here for a long reader, a backup say, keeps the writer waiting as well.
    driver.execute(f"PRAGMA busy_timeout = {IN_THE_WAY}")
    try:
        is_busy, _pages, _folded = driver.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
    finally:
        driver.execute(f"PRAGMA busy_timeout = {PATIENCE}")
    return not is_busy


@contextmanager
def _translated_outage() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, SQLAlchemyError) as error:
        raise StoreDown from error


def _make_engine(url: URL) -> Engine:
    engine = create_engine(
        url,
        # A failing statement's parameters are somebody's words and keys: never in a message.
        hide_parameters=True,
        pool_size=READERS,
        max_overflow=1,
        pool_timeout=10,
        # Transactions are begun by us, so that a writer takes its lock at once.
        connect_args={"isolation_level": None, "timeout": PATIENCE / 1000},
    )
    event.listen(engine, "connect", _set_pragmas)
    return engine


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _set_pragmas(connection: Any, _record: object) -> None:
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(pragma).fetchall()


def _make_read_only(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA query_only = ON")


def _begin_immediate(connection: Connection) -> None:
    if not _driver(connection).in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _make_private(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        # SQLite gives the same mode to the files it puts beside it.
        path.chmod(0o600)
    except OSError as error:
        raise BadSetting(f"The database {path} cannot be written: {error.strerror}.") from error


def _memory_folder() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (a private folder in it)
