"""The composition root: the only place that chooses which part is real, and opens resources."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from gettext import translation
from os import urandom
from pathlib import Path
from time import monotonic
from typing import TypedDict

import anyio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import ASGIApp

from messenger.domain.errors import Refusal, StoreDown
from messenger.live.hub import Hub
from messenger.live.limits import Failures
from messenger.live.presence import Leases
from messenger.notify.smtp import SmtpMailer
from messenger.ports import Clock
from messenger.security.passwords import ThreadedStretcher
from messenger.security.second_factor import TimeCodes
from messenger.security.secretfile import open_secrets
from messenger.security.tokens import SignedTokens
from messenger.security.vault import SealedVault
from messenger.security.wordlist import load
from messenger.services.administration import Administration
from messenger.services.attendance import Attendance
from messenger.services.chat import Chat
from messenger.services.duty import DutyDesk
from messenger.services.history import History
from messenger.services.keyring import Keyring
from messenger.services.queue import QueueDesk
from messenger.services.receipts import Receipts
from messenger.services.reporting import Reporting
from messenger.services.revocation import Revocation
from messenger.services.roster import Roster
from messenger.services.shown import Shown
from messenger.services.signin import SignIn
from messenger.services.stay import Stays
from messenger.services.sweep import Sweep
from messenger.services.telling import Teller
from messenger.services.wording import Wording
from messenger.settings import Settings
from messenger.storage.connect import connect
from messenger.storage.database import Database
from messenger.storage.directory import StoredDirectory
from messenger.storage.journal import StoredJournal
from messenger.storage.keys import StoredKeys
from messenger.storage.rooms import StoredRooms
from messenger.storage.sessions import StoredSessions
from messenger.web.desks import Desks, Place
from messenger.web.errors import bug, http_error, refused
from messenger.web.middleware import BODY_LIMIT, SecurityHeaders
from messenger.web.pages import Pages, say_moment
from messenger.web.routes import Front, routes

HERE = Path(__file__).resolve().parent.parent
SWEEP_EVERY = 5.0
"""Seconds between rounds of what has to happen though nobody asks."""
RECHECK_EVERY = 15.0
"""Seconds between looks at open sockets: who is still here, whose session simply expired."""


def now() -> datetime:
    """The time, aware UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything below the edge, opened."""

    database: Database
    directory: StoredDirectory
    keys: StoredKeys
    rooms: StoredRooms
    sessions: StoredSessions
    journal: StoredJournal
    vault: SealedVault
    tokens: SignedTokens
    stretcher: ThreadedStretcher
    keyring: Keyring
    roster: Roster
    signin: SignIn
    administration: Administration
    clock: Clock

    chance = staticmethod(urandom)


class State(TypedDict):
    """What the lifespan puts into every request's scope."""

    desks: Desks


@asynccontextmanager
async def open_parts(
    settings: Settings,
    stretcher: ThreadedStretcher | None = None,
    clock: Clock = now,
) -> AsyncIterator[Parts]:
    """Open storage and keys, upgrading the database first; used by the service and by commands."""
    secrets = open_secrets(settings.data)
    async with connect(settings.database_url) as database:
        await database.upgrade()
        directory, keys = StoredDirectory(database), StoredKeys(database, urandom)
        rooms, sessions = StoredRooms(database), StoredSessions(database)
        vault = SealedVault(urandom)
        tokens = SignedTokens(secrets, urandom)
        keyring = Keyring(keys, rooms, vault)
        roster = Roster(directory)
        stretcher = stretcher or ThreadedStretcher()
        signin = SignIn(
            directory, keys, sessions, keyring, roster, tokens, vault, stretcher,
            TimeCodes(urandom), Failures(monotonic), urandom, clock,
        )  # fmt: skip
        administration = Administration(
            directory, keys, rooms, vault, keyring, signin, roster, urandom, clock
        )
        yield Parts(
            database, directory, keys, rooms, sessions, StoredJournal(database, clock), vault,
            tokens, stretcher, keyring, roster, signin, administration, clock,
        )  # fmt: skip


def build(settings: Settings, stretcher: ThreadedStretcher | None = None) -> ASGIApp:
    """Return the ASGI application of one deployment."""
    place = Place(
        settings.origin,
        frozenset({settings.origin, *settings.extra_origins}),
        settings.leave_url,
        settings.origin.startswith("https://"),
    )
    words = translation("messenger", HERE / "messenger" / "locale", ["en"], fallback=True)
    pages = Pages(HERE / "templates", HERE / "static", words)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[State]:
        del app
        async with open_parts(settings, stretcher) as parts, anyio.create_task_group() as tasks:
            bus, presence, shown = Hub(), Leases(monotonic), Shown(monotonic)
            desks = furnish(parts, place, pages, bus, presence, shown)
            mailer = SmtpMailer(settings.smtp, settings.mail_from) if settings.smtp else None
            sweep = Sweep(
                parts.journal, parts.rooms, parts.sessions, presence, shown, parts.roster,
                desks.teller, Wording(words, say_moment), mailer, urandom, parts.clock, settings.origin,
            )  # fmt: skip
            tasks.start_soon(_sweep, sweep)
            tasks.start_soon(_follow_changes, parts.database, desks.revocation)
            tasks.start_soon(_recheck, desks)
            yield {"desks": desks}
            tasks.cancel_scope.cancel()

    pages_app = Starlette(
        routes=routes(str(HERE / "static")),
        # Not by the argument `max_body_size`: its answer would go out without the headers.
        middleware=[
            Middleware(SecurityHeaders, place=place),
            Middleware(RequestBodyLimitMiddleware, max_body_size=BODY_LIMIT),
        ],
        exception_handlers={Refusal: refused, HTTPException: http_error, Exception: bug},
        lifespan=lifespan,
    )
    return Front(pages_app)


def furnish(
    parts: Parts, place: Place, pages: Pages, bus: Hub, presence: Leases, shown: Shown
) -> Desks:
    """Put the services together."""
    teller = Teller(bus, presence, parts.roster)
    receipts = Receipts(load(), parts.sessions, parts.keys, parts.stretcher, urandom)
    history = History(parts.rooms, parts.roster, parts.vault)
    wording = Wording(pages.translations, say_moment)
    duty = DutyDesk(parts.directory, parts.rooms, presence, parts.roster, wording, parts.clock)
    chat = Chat(
        parts.journal, parts.rooms, parts.keyring, history, receipts, parts.roster, teller, bus,
        parts.vault, parts.clock,
    )  # fmt: skip
    reporting = Reporting(
        parts.journal, parts.rooms, parts.sessions, parts.keyring, receipts, parts.roster, teller,
        parts.tokens, parts.vault, urandom, parts.clock,
    )  # fmt: skip
    queue = QueueDesk(parts.rooms, parts.keyring, parts.roster, teller, duty, parts.vault)
    attendance = Attendance(presence, bus, parts.rooms, parts.roster, teller)
    revocation = Revocation(parts.sessions, bus, parts.roster, parts.keyring, parts.clock)
    return Desks(
        place, pages, parts.tokens, parts.directory, parts.rooms, bus, parts.roster,
        parts.keyring, reporting, chat, history, queue, duty, attendance, parts.signin, teller,
        shown, revocation, Stays(parts.sessions, parts.clock), parts.clock,
    )  # fmt: skip


async def _sweep(sweep: Sweep) -> None:
    while True:
        await anyio.sleep(SWEEP_EVERY)
        try:
            await sweep.run()
        except StoreDown:
            continue  # The next round finds everything that is still due.


async def _follow_changes(database: Database, revocation: Revocation) -> None:
    """A change by another process, the command line say, reaches open sockets within a second."""
    while True:
        try:
            await database.news()
            await revocation.recheck()
        except StoreDown:
            await anyio.sleep(1)


async def _recheck(desks: Desks) -> None:
    while True:
        await anyio.sleep(RECHECK_EVERY)
        desks.attendance.renew_all()
        try:
            await desks.revocation.end_what_is_over()
        except StoreDown:
            continue
