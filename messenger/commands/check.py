"""What is wrong with a deployment, each thing with what to do about it.

Looks only, and leaves nothing behind: what it writes among the files, it deletes.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import anyio

from messenger.app import limits_of
from messenger.commands.places import (
    descriptor_limit,
    descriptors_for,
    find_places,
    megabytes_for,
    memory_of,
)
from messenger.commands.running import check_copied, operators_words, read_settings, why, with_parts
from messenger.commands.serve import check_demo_stays_here
from messenger.commands.unfinished import find_last_backup, find_unfinished
from messenger.domain.errors import BadSetting, Refusal, StoreDown
from messenger.domain.people import Member, Standing
from messenger.live.redis import find_problem
from messenger.media.cleaner import find_lack
from messenger.notify.smtp import SmtpMailer
from messenger.parts import Parts
from messenger.ports.notify import MailDown
from messenger.security.secretfile import NAME as SECRETS
from messenger.security.secretfile import check_private, read_secrets
from messenger.settings import BadSettings, Settings
from messenger.storage import trial
from messenger.storage.connect import connect
from messenger.storage.copying import has_organization
from messenger.storage.stores import Purpose
from messenger.storage.upgrade import is_newer, may_make_tables, newest, revision_of
from messenger.web.admission import Places

LEAST_FREE = 1_000_000_000
"""Bytes. SQLite needs room to fold its log and to copy itself for a backup."""
RELEASED = datetime(2026, 1, 1, tzinfo=UTC)
"""A clock before this is wrong: second factors fail, and sessions end at once."""
SAMPLE = 500
"""Files of rooms that are looked for, of each database. Their ids are random, and so is the choice."""
STALE = timedelta(days=8)
"""After which a backup that used to be made, daily or each week, is missed."""
LEEWAY = timedelta(minutes=2)
_NO_DATABASE = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR}
"""What SQLite says of a file that is none, is damaged, or has none of our tables."""
_NOT_THE_OWNER = (
    "{place} is not the user's who is named there, so no tables can be made in it: `ALTER DATABASE name "
    "OWNER TO user`, or make it with `createdb --owner`."
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend, or something to know."""

    text: str
    must_be_mended: bool = True

    def __str__(self) -> str:
        return f"{'MEND' if self.must_be_mended else 'note'}  {self.text}"


def find_problems() -> list[Finding]:
    """Look everywhere; organizations wait until the folder and the database can be opened."""
    try:
        settings = read_settings()
    except BadSettings as bad:
        return [Finding(problem) for problem in bad.problems]
    if closed := list(_closed(settings)):
        return closed
    store = list(_store(settings))
    findings = [
        *_place(settings), *_clock(settings), *_mail(settings), *_redis(settings), *_room(settings),
        *_media(settings), *store,
    ]  # fmt: skip
    stored = _stored(settings)
    if stored is None:
        too_open = list(_refusals(check_private, settings.data)) if settings.data.exists() else []
        if too_open:
            return [*findings, *too_open]
        text = (
            f"{settings.data} is empty: `messenger serve` fills it. If it should not be, see “Restore” in "
            "docs/operations.md first."
        )
        return [*findings, Finding(text, must_be_mended=False)]
    findings += stored
    if any(finding.must_be_mended for finding in stored):
        return findings
    findings += _backup(settings)
    # Of a bucket that is not there, no file would be.
    look_for_files = not any(finding.must_be_mended for finding in store)
    try:
        work = partial(_open, settings=settings, look_for_files=look_for_files)
        return [*findings, *with_parts(work, settings, Purpose.LOOK)]
    except Refusal as refusal:
        return [*findings, Finding(operators_words(refusal))]


def _closed(settings: Settings) -> Iterator[Finding]:
    """What is in a folder of another user can't even be looked for."""
    try:
        settings.database.stat()
    except PermissionError:
        yield from _refusals(check_private, settings.data)
    except OSError:
        return


def _stored(settings: Settings) -> list[Finding] | None:
    """Look at what is kept; None if nothing is kept yet."""
    if settings.database_server:
        return anyio.run(_server, settings)
    if not settings.database.exists():
        return None
    return [*_files(settings), *_revision(settings)]


def _place(settings: Settings) -> Iterator[Finding]:
    if not settings.listens_on_loopback and settings.origin_is_loopback:
        yield Finding(
            f"It listens on {settings.host}, but pages come from {settings.origin} only: set "
            "MESSENGER_ORIGIN to the address people type."
        )
    if not settings.listens_on_loopback and settings.origin.startswith("https://"):
        yield Finding(
            f"It listens on {settings.host} without encryption: have the TLS proxy on this machine, "
            "or make sure that nobody else reaches that port.",
            must_be_mended=False,
        )
    if settings.origin_is_loopback:
        yield Finding(
            f"Only this machine reaches {settings.origin}: set MESSENGER_ORIGIN for a deployment.",
            must_be_mended=False,
        )


def _files(settings: Settings) -> Iterator[Finding]:
    if not settings.data.exists():
        yield Finding(
            f"{settings.data} is not there, and the database is in use: make it (0700), with a copy of the "
            f"`{SECRETS}` (0600) of a host that serves. With secrets of its own, this one knows nobody."
        )
        return
    database = settings.database
    beside = (database.with_name(f"{database.name}{end}") for end in ("-wal", "-shm"))
    for path in (settings.data, database, *beside):
        if path.exists():
            yield from _refusals(check_private, path)
            yield from _owner(path)
    for left in find_unfinished(settings.data):
        yield Finding(
            f"{left} is the copy of a backup or a restore on its way. If none is running, it was killed: "
            "remove it, for it keeps what reporters delete."
        )
    yield from _refusals(read_secrets, settings.data)
    yield from _owner(settings.data / SECRETS)
    yield from _space(settings.data)


def _space(place: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(place).free
    if free < LEAST_FREE:
        yield Finding(
            f"{free // 1_000_000} MB are free where {place} is: make room for 1 GB, or nothing can "
            "be saved soon."
        )


def _owner(path: Path) -> Iterator[Finding]:
    if path.exists() and path.stat().st_uid != os.geteuid():
        owner = path.stat().st_uid
        yield Finding(
            f"{path} belongs to user {owner}, not to you ({os.geteuid()}): run commands as the user "
            "that serves, or change the owner with chown."
        )


def _backup(settings: Settings) -> Iterator[Finding]:
    if settings.database_server:
        return  # Its own tools leave nothing here.
    made = find_last_backup(settings.data)
    if made is None:
        text = "No backup was made here yet: `messenger backup`, and keep it on another machine."
        yield Finding(text, must_be_mended=False)
    elif datetime.now(UTC) - made > STALE:
        yield Finding(
            f"The last backup was made on {made:%Y-%m-%d}: see why there is none since (docs/operations.md)."
        )


def _revision(settings: Settings) -> Iterator[Finding]:
    uri = f"{settings.database.resolve().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            (found,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            (sound,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except (sqlite3.Error, TypeError) as error:
        yield Finding(_unread(settings, error))
        return
    if sound != "ok":
        yield Finding(f"{settings.database} is damaged: stop, keep a copy, restore a backup.")
    yield from _older_or_newer(found)


def _unread(settings: Settings, error: Exception) -> str:
    # The low byte of SQLite's extended codes says which kind it is.
    if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in _NO_DATABASE:
        return f"{settings.database} can't be read as a database: restore a backup."
    return (
        f"{settings.database} can't be opened ({error}): run commands as the user that serves, and "
        f"let that user write in {settings.data}."
    )


async def _server(settings: Settings) -> list[Finding] | None:
    try:
        async with connect(settings.database_url) as database:
            found = await database.read(revision_of)
            is_filled = await database.read(has_organization)
            may_begin = found is not None or await database.read(may_make_tables)
    except StoreDown as down:
        return [
            Finding(
                "The database server of MESSENGER_DATABASE can't be reached, or does not let you in "
                f"({why(down)}): start it, or mend the address, the user or the password."
            )
        ]
    except BadSetting as bad:
        return [Finding(bad.text)]
    left_behind = list(_left_behind(settings) if is_filled else _refusals(check_copied, settings))
    if not may_begin:
        return [Finding(_NOT_THE_OWNER.format(place="The database of MESSENGER_DATABASE"))]
    if found is None:
        return left_behind or None
    shards = [finding for shard in settings.shards.items() for finding in await _shard(*shard)]
    return [*_files(settings), *left_behind, *_older_or_newer(found), *shards]


async def _shard(name: str, url: str) -> list[Finding]:
    try:
        async with connect(url) as database:
            found = await database.read(revision_of)
            may_begin = found is not None or await database.read(may_make_tables)
    except BadSetting as bad:
        return [Finding(f"The shard “{name}”: {bad.text}")]
    except StoreDown as down:
        text = (
            f"The shard “{name}” can't be reached, or does not let you in ({why(down)}): see "
            "MESSENGER_SHARDS."
        )
        return [Finding(text)]
    if not may_begin:
        return [Finding(_NOT_THE_OWNER.format(place=f"The shard “{name}”"))]
    if found is None:
        text = (
            f"The shard “{name}” is empty. Restart every host before an organization moves there: the "
            "first start makes its tables, as any command but this one does."
        )
        return [Finding(text, must_be_mended=False)]
    return list(_older_or_newer(found, f"The shard “{name}”"))


def _left_behind(settings: Settings) -> Iterator[Finding]:
    if settings.database.exists():
        yield Finding(
            f"{settings.database} is not used any more, and what reporters delete stays in it: "
            "remove it when all is well on the PostgreSQL.",
            must_be_mended=False,
        )


def _older_or_newer(found: str, place: str = "The database") -> Iterator[Finding]:
    if found == newest():
        return
    todo = "back up, stop the service, then `messenger upgrade`"
    if is_newer(found):
        todo = "it belongs to a newer Messenger, so install that one again"
    yield Finding(f"{place} is at “{found}”, this version at “{newest()}”: {todo}.")


def _room(settings: Settings) -> Iterator[Finding]:
    wanted, found = settings.sockets or Places().sockets, find_places(settings).sockets
    if found >= wanted:
        return
    text = (
        f"One process has room for {found} sockets, not {wanted}. That takes "
        f"{descriptors_for(wanted)} open files (it gets {descriptor_limit()}: LimitNOFILE= of the "
        f"service, or ulimit -Hn) and {megabytes_for(wanted)} MB (it gets {memory_of(settings)}: "
        "MESSENGER_MEMORY)."
    )
    yield Finding(text, must_be_mended=settings.sockets is not None)


def _media(settings: Settings) -> Iterator[Finding]:
    lack, refused = anyio.run(find_lack, limits_of(settings))
    if lack:
        yield Finding(f"No photo, video or sound can be made safe, so none is taken: {lack}.")
    if refused:
        yield Finding(
            "What makes files safe is confined by system calls alone: here it gets no "
            f"{' and no '.join(refused)}. See “What strangers send” in operations.md.",
            must_be_mended=False,
        )


def _store(settings: Settings) -> Iterator[Finding]:
    place = settings.files
    if isinstance(place, Path):
        if settings.redis and not place.is_mount():
            yield Finding(
                f"Files of rooms are kept in {place}: several hosts need MESSENGER_FILES, or one folder "
                "that all of them mount there.",
                must_be_mended=False,
            )
        if not place.exists():
            return  # The first file makes it, and makes it the serving user's.
        yield from _refusals(check_private, place)
        yield from _owner(place)
        if place.is_mount():
            yield from _space(place)
    elif (before := settings.own_files).exists():
        yield Finding(
            f"{before} is not used any more, and what reporters delete stays in it: remove it when all "
            "of it is in the store of MESSENGER_FILES.",
            must_be_mended=False,
        )
    problem = anyio.run(trial.find_problem, place)
    if problem:
        yield Finding(problem)


def _clock(settings: Settings) -> Iterator[Finding]:
    now = datetime.now(UTC)
    written = settings.database.stat().st_mtime if settings.database.exists() else 0
    if now < RELEASED or datetime.fromtimestamp(written, UTC) > now + LEEWAY:
        yield Finding(f"The clock says {now:%Y-%m-%d %H:%M} UTC, and must be wrong: switch NTP on.")


def _mail(settings: Settings) -> Iterator[Finding]:
    if settings.smtp is None:
        yield Finding(
            "No mail goes out, so nobody away from the console is told: set MESSENGER_SMTP_URL and "
            "MESSENGER_MAIL_FROM.",
            must_be_mended=False,
        )
        return
    try:
        anyio.run(SmtpMailer(settings.smtp, settings.mail_from).check)
    except MailDown as down:
        server = f"{settings.smtp.host}:{settings.smtp.port}"
        yield Finding(
            f"The mail server {server} does not take mail: {down}. See MESSENGER_SMTP_URL."
        )


def _redis(settings: Settings) -> Iterator[Finding]:
    problem = anyio.run(find_problem, settings.redis) if settings.redis else ""
    if problem:
        yield Finding(problem)
    if settings.database_server and not settings.redis:
        yield Finding(
            "One process alone may serve this database: beside another, what people say comes many "
            "seconds late. For more, set MESSENGER_REDIS, the same on every host.",
            must_be_mended=False,
        )


async def _open(parts: Parts, settings: Settings, *, look_for_files: bool) -> list[Finding]:
    lost = (
        [] if parts.moving is None else [Finding(text) for text in await parts.moving.find_lost()]
    )
    if lost:
        return lost
    missing = await _missing(parts, settings) if look_for_files else []
    return [*await _organizations(parts, settings), *missing]


async def _missing(parts: Parts, settings: Settings) -> list[Finding]:
    """A database that came back without its files looks well in all else."""
    try:
        shown = await parts.attachments.shown(SAMPLE)
        missing = [folder for folder in shown if not await parts.files.has(folder)]
    except StoreDown:
        return []  # Why is told by the trial.
    if not missing:
        return []
    before = settings.own_files
    copy = "a copy that was made after the database's"
    if settings.files != before and before.exists():
        copy = f"{before}, where they were before, or {copy}"
    text = (
        f"Of {len(shown)} files of rooms that were looked for, {len(missing)} are not in "
        f"{settings.files}. Put them back from {copy}, or mend MESSENGER_FILES, which is one place for "
        "all hosts. Until then people read that they are not there."
    )
    # Where others are, these may be lost for good: nothing that can be mended each day.
    return [Finding(text, must_be_mended=len(missing) == len(shown))]


async def _organizations(parts: Parts, settings: Settings) -> list[Finding]:
    organizations = await parts.directory.organizations()
    findings = list(_refusals(lambda found: check_demo_stays_here(settings, found), organizations))
    if not organizations:
        findings.append(Finding("There is no organization: `messenger add-organization`."))
    for organization in organizations:
        short = await parts.administration.shortcomings(organization)
        findings += [Finding(f"{text}.") for text in short]
        findings += _unmailed(organization.slug, await parts.membership.members(organization.slug))
        findings += _reminders(organization.slug, demo=organization.demo)
    return findings


def _unmailed(slug: str, members: Iterable[Member]) -> Iterator[Finding]:
    active = [member for member in members if member.standing is Standing.ACTIVE]
    if active and not any(member.email for member in active):
        text = (
            f"Nobody of {slug} has an e-mail address, so nobody away from the console is told that "
            f"somebody waits: `messenger rename-member {slug} {active[0].login} --email ADDRESS`."
        )
        yield Finding(text, must_be_mended=False)


def _reminders(slug: str, *, demo: bool) -> Iterable[Finding]:
    if demo:
        return [Finding(f"{slug} is a demo: its passwords are public.", must_be_mended=False)]
    text = f"Twice a year: `messenger rehearse-recovery {slug}` proves that the paper key works."
    return [Finding(text, must_be_mended=False)]


def _refusals(look: Callable[[T], object], at: T) -> Iterator[Finding]:
    try:
        look(at)
    except Refusal as refusal:
        yield Finding(refusal.text)
