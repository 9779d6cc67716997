"""The composition root: the services and the edge, put together on the parts (parts.py)."""

import logging
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from gettext import NullTranslations, translation
from math import inf
from os import urandom
from pathlib import Path
from typing import TypedDict

import anyio
from anyio.abc import TaskGroup
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from messenger import rounds
from messenger.domain.attachment import COVERED, FileLimits
from messenger.domain.errors import BadSetting, Refusal
from messenger.live.envelope import Changed
from messenger.media.cleaner import open_cleaner
from messenger.media.limits import Limits
from messenger.notify.smtp import SmtpMailer
from messenger.parts import Live, Parts, open_live, open_parts
from messenger.ports.live import Hearing
from messenger.ports.media import Cleaner
from messenger.security.passwords import ThreadedStretcher
from messenger.security.segments import SealedSegments
from messenger.security.wordlist import load
from messenger.services.attached import Registrar
from messenger.services.attendance import Attendance
from messenger.services.cabinet import Cabinet
from messenger.services.chat import Chat
from messenger.services.duty import DutyDesk
from messenger.services.finishing import Finishing
from messenger.services.history import History
from messenger.services.queue import QueueDesk
from messenger.services.receipts import Receipts
from messenger.services.reporting import Reporting
from messenger.services.rereading import Rereading
from messenger.services.revocation import Revocation
from messenger.services.stay import Stays
from messenger.services.sweep import Sweep
from messenger.services.telling import Teller
from messenger.services.toll import Toll
from messenger.services.uploads import Uploads
from messenger.services.viewing import Viewing
from messenger.services.wording import Wording
from messenger.settings import Settings
from messenger.storage.stores import Purpose
from messenger.web.admission import Admission, Places
from messenger.web.bodies import BodyLimits
from messenger.web.desks import Desks, Place
from messenger.web.errors import bug, http_error, refused
from messenger.web.jar import Jar
from messenger.web.loaders import published_loaders
from messenger.web.middleware import SecurityHeaders
from messenger.web.onward import Onward
from messenger.web.pages import LANGUAGE, Pages, say_moment
from messenger.web.pulse import Pulse
from messenger.web.routes import Front, routes
from messenger.web.shelf import Shelf
from messenger.web.statics import Statics

_log = logging.getLogger("messenger")

HERE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Evidence:
    """What may be sent as a file, what makes it safe, and whose files are covered at first."""

    cleaner: Cleaner
    limits: FileLimits = field(default_factory=FileLimits)
    covered: Collection[str] = COVERED


class State(TypedDict):
    """What the lifespan puts into every request's scope."""

    desks: Desks


def build(
    settings: Settings,
    stretcher: ThreadedStretcher | None = None,
    places: Places | None = None,
    cleaner: Cleaner | None = None,
) -> ASGIApp:
    """Return the ASGI application of one deployment."""
    admission, place = Admission(places or Places(), urandom), place_of(settings)
    statics, pages = _shown(is_https=place.is_https)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[State]:
        del app
        async with AsyncExitStack() as opened:
            desks = open_desks(settings, place, pages, admission, stretcher, cleaner)
            try:
                state = State(desks=await opened.enter_async_context(desks))
            except BadSetting as bad:
                _log.error(bad.text)
                raise
            yield state

    pages_app = Starlette(
        routes=routes(),
        # Not by the argument `max_body_size`: its answer would go out without the headers.
        middleware=[
            Middleware(SecurityHeaders, place=place),
            Middleware(BodyLimits, files=settings.limits.together),
            Middleware(Jar),
            Middleware(Onward),
        ],
        exception_handlers={Refusal: refused, HTTPException: http_error, Exception: bug},
        lifespan=lifespan,
    )
    return Front(pages_app, statics, admission)


@cache
def _shown(*, is_https: bool) -> tuple[Statics, Pages]:
    """Return what people are shown, read once in a process; a template is compiled when it is first used."""
    statics = Statics(HERE / "static", is_https=is_https)
    return statics, Pages(HERE / "templates", statics, words())


@cache
def words() -> NullTranslations:
    """Return what people read, in their language."""
    return translation("messenger", HERE / "messenger" / "locale", [LANGUAGE], fallback=True)


@asynccontextmanager
async def open_desks(
    settings: Settings,
    place: Place,
    pages: Pages,
    admission: Admission,
    stretcher: ThreadedStretcher | None = None,
    cleaner: Cleaner | None = None,
) -> AsyncIterator[Desks]:
    """Open all there is, and have go on what goes on without being asked."""
    async with (
        # Others may serve by now with tables as they are: the command upgrades them, before all do.
        open_parts(settings, stretcher, purpose=Purpose.USE) as parts,
        open_live(settings, parts) as live,
        open_cleaner(limits_of(settings), settings.media.workers) as cleaner_here,
    ):
        evidence = Evidence(cleaner or cleaner_here, settings.limits, settings.covered)
        desks = furnish(parts, place, pages, live, evidence, admission)
        async with anyio.create_task_group() as tasks:
            _start_rounds(tasks, settings, parts, live, desks)
            yield desks
            tasks.cancel_scope.cancel()


def _start_rounds(
    tasks: TaskGroup, settings: Settings, parts: Parts, live: Live, desks: Desks
) -> None:
    sweep = Sweep(
        journal=parts.journal,
        directory=parts.directory,
        rooms=parts.rooms,
        sessions=parts.sessions,
        leasing=parts.leasing,
        attachments=parts.attachments,
        files=parts.files,
        presence=live.presence,
        shown=live.shown,
        roster=parts.roster,
        teller=desks.teller,
        wording=Wording(desks.pages.translations, say_moment),
        mailer=SmtpMailer(settings.smtp, settings.mail_from) if settings.smtp else None,
        chance=urandom,
        clock=parts.clock,
        address=settings.origin,
    )
    rounds.start(tasks, desks, sweep, parts.databases)
    if parts.moving is not None:
        rounds.start_tidying(tasks, parts.moving)
    teller = Teller(live.here, live.presence, parts.roster, desks.pages.say)
    rereading = Rereading(parts.rooms, parts.attachments, parts.roster, live.here, teller)
    # Nobody but other processes can have said what never reached us. Without a Redis there should be
    # none, but one host may have been forgotten, and would be deaf.
    serves_alone = live.relay is None and not settings.database_server
    at_latest = inf if serves_alone else rounds.REREAD_SLOWLY
    rounds.start_rereading(tasks, live.doubt, parts.databases, rereading, at_latest)
    if live.relay is not None:
        live.relay.on(Changed, lambda _worker, _item: desks.revocation.forget())


def place_of(settings: Settings) -> Place:
    """Return where on the web this deployment is."""
    return Place(
        origin=settings.origin,
        origins=settings.origins,
        leave_url=settings.leave_url,
        is_https=settings.origin.startswith("https://"),
        metrics_token=settings.metrics_token,
    )


def limits_of(settings: Settings) -> Limits:
    """Return how large a thing may be to be cleaned."""
    media = settings.media
    return Limits(
        pixels=media.megapixels * 1_000_000,
        seconds=media.minutes * 60,
        frames=media.frames,
        pages=media.pages,
        deadline=media.minutes * 60,
    )


def furnish(
    parts: Parts,
    place: Place,
    pages: Pages,
    live: Live,
    evidence: Evidence,
    admission: Admission | None = None,
) -> Desks:
    """Put the services together."""
    bus, presence = live.bus, live.presence
    teller = Teller(bus, presence, parts.roster, pages.say)
    receipts = Receipts(load(), parts.sessions, parts.keys, parts.stretcher, urandom)
    history = History(parts.rooms, parts.attachments, parts.roster, parts.vault)
    wording = Wording(pages.translations, say_moment)
    duty = DutyDesk(parts.directory, parts.rooms, presence, parts.roster, wording, parts.clock)
    chat = Chat(
        parts.journal, parts.rooms, parts.keyring, history, receipts, parts.roster, teller,
        parts.vault, parts.clock,
    )  # fmt: skip
    reporting = Reporting(
        parts.journal, parts.rooms, parts.sessions, parts.attachments, parts.keyring, receipts,
        parts.roster, teller, parts.tokens, parts.vault, urandom, parts.clock,
    )  # fmt: skip
    registrar = Registrar(parts.attachments, parts.vault)
    cabinet = Cabinet(parts.files, SealedSegments())
    uploads = Uploads(
        parts.attachments, registrar, parts.rooms, cabinet, receipts, evidence.limits, urandom,
        parts.clock,
    )  # fmt: skip
    finishing = Finishing(
        parts.attachments, registrar, parts.journal, parts.leasing, cabinet, evidence.cleaner,
        parts.vault, parts.roster, teller, evidence.limits, urandom, parts.clock,
    )  # fmt: skip
    viewing = Viewing(
        parts.attachments, registrar, chat, teller, cabinet, parts.vault, evidence.covered,
        parts.clock,
    )  # fmt: skip
    queue = QueueDesk(
        parts.rooms, parts.keyring, parts.roster, teller, duty, parts.vault, parts.clock
    )
    attendance = Attendance(presence, bus, parts.rooms, parts.roster, teller)
    revocation = Revocation(parts.sessions, bus, parts.roster, parts.keyring, parts.clock)
    return Desks(
        place=place,
        pages=pages,
        tokens=parts.tokens,
        directory=parts.directory,
        rooms=parts.rooms,
        bus=bus,
        roster=parts.roster,
        keyring=parts.keyring,
        reporting=reporting,
        chat=chat,
        registrar=registrar,
        uploads=uploads,
        finishing=finishing,
        viewing=viewing,
        history=history,
        queue=queue,
        duty=duty,
        attendance=attendance,
        signin=parts.signin,
        teller=teller,
        shown=live.shown,
        revocation=revocation,
        stays=Stays(parts.sessions, parts.clock),
        toll=Toll(parts.tokens, parts.spent, urandom, parts.clock),
        clock=parts.clock,
        hearing=live.relay.hearing if live.relay else Hearing,
        admission=admission or Admission(Places(), urandom),
        shelf=Shelf(published_loaders(HERE / "static"), parts.clock, is_https=place.is_https),
        pulse=Pulse(
            parts.directory, parts.clock, lambda: [each.refuses for each in parts.databases]
        ),
    )
