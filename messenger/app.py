"""The composition root: the only place that chooses which part is real, and opens resources."""

from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from gettext import translation
from os import urandom
from pathlib import Path
from time import monotonic, time
from typing import TypedDict

import anyio
from anyio.abc import TaskGroup
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from messenger import rounds
from messenger.domain.attachment import COVERED, FileLimits
from messenger.domain.errors import Refusal
from messenger.live.envelope import Changed, Leaving
from messenger.live.hub import Hub
from messenger.live.limits import SharedTries, Tries
from messenger.live.presence import Leases
from messenger.live.redis import CLUSTER_LANES, RedisKeys, RedisLine, is_sharded
from messenger.live.relay import Lane, Relay
from messenger.live.shared import SharedHub, SharedLeases, SharedShownRooms
from messenger.live.shown import ShownRooms
from messenger.live.spent import SharedSpent, SpentHere
from messenger.media.cleaner import open_cleaner
from messenger.media.limits import Limits
from messenger.notify.smtp import SmtpMailer
from messenger.ports.live import Bus, Hearing, Presence, Shown, Spent, Throttle
from messenger.ports.media import Cleaner
from messenger.ports.security import Wrapping
from messenger.ports.storage import (
    Attachments,
    Directory,
    Files,
    Journal,
    Keys,
    Leasing,
    Rooms,
    Sessions,
)
from messenger.ports.world import Clock
from messenger.security.passwords import ThreadedStretcher
from messenger.security.second_factor import TimeCodes
from messenger.security.secretfile import open_secrets
from messenger.security.segments import SealedSegments
from messenger.security.tokens import SignedTokens
from messenger.security.vault import SealedVault
from messenger.security.wordlist import load
from messenger.security.wrapping import SecretWrapping
from messenger.services.administration import Administration
from messenger.services.attached import Registrar
from messenger.services.attendance import Attendance
from messenger.services.cabinet import Cabinet
from messenger.services.chat import Chat
from messenger.services.duty import DutyDesk
from messenger.services.finishing import Finishing
from messenger.services.history import History
from messenger.services.ids import new_id
from messenger.services.keyring import Keyring
from messenger.services.queue import QueueDesk
from messenger.services.receipts import Receipts
from messenger.services.reporting import Reporting
from messenger.services.rereading import Rereading
from messenger.services.revocation import Revocation
from messenger.services.roster import Roster
from messenger.services.signin import SignIn
from messenger.services.stay import Stays
from messenger.services.sweep import Sweep
from messenger.services.telling import Teller
from messenger.services.toll import Toll
from messenger.services.uploads import Uploads
from messenger.services.viewing import Viewing
from messenger.services.wording import Wording
from messenger.settings import Settings
from messenger.storage.database import Database
from messenger.storage.files import files_at
from messenger.storage.moving import Moving
from messenger.storage.stores import open_stores
from messenger.web.admission import Admission, Places
from messenger.web.bodies import BodyLimits
from messenger.web.desks import Desks, Place
from messenger.web.errors import bug, http_error, refused
from messenger.web.jar import Jar
from messenger.web.loaders import published_loaders
from messenger.web.middleware import SecurityHeaders
from messenger.web.pages import Pages, say_moment
from messenger.web.pulse import Pulse
from messenger.web.routes import Front, routes
from messenger.web.shelf import Shelf
from messenger.web.statics import Statics

HERE = Path(__file__).resolve().parent.parent
HEARD_WITHIN = 0.5
"""Seconds to hear ourselves by Redis before serving without."""
LEAVE_WITHIN = 1.0
"""Seconds to say goodbye to the other workers in."""


def now() -> datetime:
    """The time, aware UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Live:
    """What may be forgotten. `here` is this worker's own part of `bus`; alone, there is no relay."""

    here: Hub
    bus: Bus
    presence: Presence
    shown: Shown
    relay: Relay | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything below the edge, opened."""

    databases: tuple[Database, ...]
    moving: Moving | None
    """None where there is one database."""
    directory: Directory
    keys: Keys
    rooms: Rooms
    sessions: Sessions
    attachments: Attachments
    files: Files
    leasing: Leasing
    journal: Journal
    vault: SealedVault
    wrapping: SecretWrapping
    tokens: SignedTokens
    spent: Spent
    stretcher: ThreadedStretcher
    keyring: Keyring
    roster: Roster
    signin: SignIn
    administration: Administration
    clock: Clock

    chance = staticmethod(urandom)

    @property
    def database(self) -> Database:
        """The home database, or the only one."""
        return self.databases[0]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What may be sent as a file, what makes it safe, and whose files are covered at first."""

    cleaner: Cleaner
    limits: FileLimits = field(default_factory=FileLimits)
    covered: Collection[str] = COVERED


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
    async with AsyncExitStack() as opened:
        stores = await opened.enter_async_context(
            open_stores(settings.database_url, settings.shards, clock, urandom)
        )
        moving = None
        if stores.shards is not None:
            moving = Moving(stores.shards, stores.leasing, new_id(urandom))
        directory, keys = stores.directory, stores.keys
        rooms, sessions = stores.rooms, stores.sessions
        vault = SealedVault(urandom)
        wrapping, tokens = SecretWrapping(secrets, urandom), SignedTokens(secrets, urandom)
        keyring = Keyring(keys, rooms, vault)
        roster = Roster(directory)
        stretcher = stretcher or ThreadedStretcher()
        throttle, spent = await opened.enter_async_context(_open_counts(settings, wrapping))
        signin = SignIn(
            directory, keys, sessions, keyring, roster, tokens, vault, stretcher,
            TimeCodes(urandom), throttle, urandom, clock,
        )  # fmt: skip
        administration = Administration(
            directory, keys, rooms, vault, keyring, signin, roster, urandom, clock
        )
        yield Parts(
            databases=stores.databases,
            moving=moving,
            directory=directory,
            keys=keys,
            rooms=rooms,
            sessions=sessions,
            attachments=stores.attachments,
            files=files_at(settings.files),
            leasing=stores.leasing,
            journal=stores.journal,
            vault=vault,
            wrapping=wrapping,
            tokens=tokens,
            spent=spent,
            stretcher=stretcher,
            keyring=keyring,
            roster=roster,
            signin=signin,
            administration=administration,
            clock=clock,
        )


def build(
    settings: Settings,
    stretcher: ThreadedStretcher | None = None,
    places: Places | None = None,
    cleaner: Cleaner | None = None,
) -> ASGIApp:
    """Return the ASGI application of one deployment."""
    admission, place = Admission(places or Places(), urandom), place_of(settings)
    words = translation("messenger", HERE / "messenger" / "locale", ["en"], fallback=True)
    statics = Statics(HERE / "static", is_https=place.is_https)
    pages = Pages(HERE / "templates", statics, words)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[State]:
        del app
        async with open_desks(settings, place, pages, admission, stretcher, cleaner) as desks:
            yield {"desks": desks}

    pages_app = Starlette(
        routes=routes(),
        # Not by the argument `max_body_size`: its answer would go out without the headers.
        middleware=[
            Middleware(SecurityHeaders, place=place),
            Middleware(BodyLimits, largest=settings.limits.largest),
            Middleware(Jar),
        ],
        exception_handlers={Refusal: refused, HTTPException: http_error, Exception: bug},
        lifespan=lifespan,
    )
    return Front(pages_app, statics, admission)


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
        open_parts(settings, stretcher) as parts,
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
    if live.relay is not None:
        teller = Teller(live.here, live.presence, parts.roster)
        rereading = Rereading(parts.rooms, parts.roster, live.here, teller)
        rounds.start_rereading(tasks, live.relay, rereading)
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
    teller = Teller(bus, presence, parts.roster)
    receipts = Receipts(load(), parts.sessions, parts.keys, parts.stretcher, urandom)
    history = History(parts.rooms, parts.attachments, parts.roster, parts.vault)
    wording = Wording(pages.translations, say_moment)
    duty = DutyDesk(parts.directory, parts.rooms, presence, parts.roster, wording, parts.clock)
    chat = Chat(
        parts.journal, parts.rooms, parts.keyring, history, receipts, parts.roster, teller, bus,
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
    queue = QueueDesk(parts.rooms, parts.keyring, parts.roster, teller, duty, parts.vault)
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
        pulse=Pulse(parts.directory, parts.clock),
    )


@asynccontextmanager
async def _open_counts(
    settings: Settings, wrapping: Wrapping
) -> AsyncIterator[tuple[Throttle, Spent]]:
    tries, spent = Tries(monotonic), SpentHere(monotonic)
    if not settings.redis:
        yield tries, spent
        return
    keys, hide = RedisKeys(settings.redis), wrapping.name
    try:
        yield SharedTries(keys, hide, tries, time), SharedSpent(keys, hide, spent)
    finally:
        await keys.aclose()


def alone() -> Live:
    """What is live when there is one process."""
    hub = Hub()
    return Live(hub, hub, Leases(monotonic), ShownRooms(monotonic))


@asynccontextmanager
async def open_live(settings: Settings, parts: Parts) -> AsyncIterator[Live]:
    """Open what may be forgotten; with Redis, shared with every worker of the same database."""
    if not settings.redis:
        yield alone()
        return
    relay = Relay(new_id(parts.chance), await _lanes(settings, parts), parts.wrapping, monotonic)
    here = Hub()
    live = Live(
        here, SharedHub(here, relay), SharedLeases(relay, monotonic),
        SharedShownRooms(relay, monotonic), relay,
    )  # fmt: skip
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(RedisLine(settings.redis, relay).run)
        with anyio.move_on_after(HEARD_WITHIN):
            await relay.heard.wait()  # Rarely longer; and if Redis is down, it goes on without.
        try:
            yield live
        finally:
            relay.send(Leaving())
            with anyio.CancelScope(shield=True), anyio.move_on_after(LEAVE_WITHIN):
                await relay.carried()
            tasks.cancel_scope.cancel()


async def _lanes(settings: Settings, parts: Parts) -> list[Lane]:
    """Channels are named for the database, so that several deployments may share a Redis."""
    deployment = (await parts.keys.salt()).hex()[:16]
    count = CLUSTER_LANES if is_sharded(settings.redis) else 1
    return [Lane(f"messenger:{deployment}:{number}") for number in range(count)]
