"""The parts below the edge: storage, keys, and what is live. Here it is chosen which of each is real.

What only some deployments have is imported where it is opened: Redis and PostgreSQL take a third of a
start, and a command of a school's should not wait for them.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from os import urandom
from pathlib import Path
from time import monotonic, time

import anyio

from messenger.live.doubt import Doubt
from messenger.live.envelope import Leaving
from messenger.live.hub import Hub
from messenger.live.limits import SharedTries, Tries
from messenger.live.presence import Leases
from messenger.live.relay import Relay
from messenger.live.shared import SharedHub, SharedLeases, SharedShownRooms
from messenger.live.shown import ShownRooms
from messenger.live.spent import SharedSpent, SpentHere
from messenger.ports.live import Bus, Presence, Shown, Spent, Throttle
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
from messenger.security.secretfile import (
    NAME,
    check_belongs,
    check_not_lost,
    check_writable,
    make_private_folder,
    mark_of,
    open_secrets,
    read_secrets,
    rotate_secrets,
)
from messenger.security.tokens import SignedTokens
from messenger.security.vault import SealedVault
from messenger.security.wrapping import SecretWrapping
from messenger.services.administration import Administration
from messenger.services.ids import new_id
from messenger.services.keyring import Keyring
from messenger.services.membership import Membership
from messenger.services.practice import Practice
from messenger.services.roster import Roster
from messenger.services.signin import SignIn
from messenger.settings import Settings
from messenger.storage.database import Database
from messenger.storage.files import files_at
from messenger.storage.moving import Moving
from messenger.storage.stores import Purpose, open_stores

HEARD_WITHIN = 0.5
"""Seconds to hear ourselves by Redis before serving without."""
LEAVE_WITHIN = 1.0
"""Seconds to say goodbye to the other workers in."""


def now() -> datetime:
    """The time, aware UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Live:
    """What may be forgotten. `here` is this worker's own part of `bus`; alone, there is no relay.

    `doubt`: something happened that may not have been told here.
    """

    here: Hub
    bus: Bus
    presence: Presence
    shown: Shown
    doubt: Doubt
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
    practice: Practice
    membership: Membership
    clock: Clock

    chance = staticmethod(urandom)

    @property
    def database(self) -> Database:
        """The home database, or the only one."""
        return self.databases[0]


@asynccontextmanager
async def open_parts(
    settings: Settings,
    stretcher: ThreadedStretcher | None = None,
    clock: Clock = now,
    purpose: Purpose = Purpose.UPGRADE,
) -> AsyncIterator[Parts]:
    """Open storage and keys; used by the service, which upgrades the database first, and by commands."""
    make_private_folder(settings.data)
    async with AsyncExitStack() as opened:
        stores = await opened.enter_async_context(
            open_stores(settings.database_url, settings.shards, clock, urandom, purpose)
        )
        in_use = bool(await stores.directory.organizations())
        if in_use:
            check_not_lost(settings.data)
        looks = purpose is Purpose.LOOK
        secrets = read_secrets(settings.data) if looks else open_secrets(settings.data)
        if in_use:  # Before, the file may still be copied here: into a database without a row.
            check = _look_whether_belong if looks else _check_belong
            await check(settings.data, secrets, stores.keys)
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
            TimeCodes(urandom), throttle, spent, urandom, clock,
        )  # fmt: skip
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
            administration=Administration(directory, keys, vault, roster, urandom),
            practice=Practice(directory, roster, urandom, clock),
            membership=Membership(directory, rooms, vault, keyring, signin, roster),
            clock=clock,
        )


async def turn_secrets(settings: Settings) -> int:
    """Sign with a new key from the next start on; return how many keys there were before.

    Raises `BadSetting` where it was done on another host already: two new keys would be strangers.
    """
    folder = make_private_folder(settings.data)
    check_writable(folder)
    async with open_stores(
        settings.database_url, settings.shards, now, urandom, Purpose.USE
    ) as stores:
        in_use = bool(await stores.directory.organizations())
        if in_use and (folder / NAME).exists():
            await _check_belong(folder, read_secrets(folder), stores.keys)
        # The file first: whoever has turned it is known again by the key before.
        before = rotate_secrets(folder)
        if in_use:
            await stores.keys.keep_secrets_mark(mark_of(read_secrets(folder)[-1]))
    return before


async def _check_belong(folder: Path, secrets: Sequence[str], keys: Keys) -> None:
    newest = mark_of(secrets[-1])
    kept = await keys.secrets_mark(newest)
    check_belongs(folder, secrets, kept)
    if kept != newest:  # It was turned here, and the database not told, or restored since.
        await keys.keep_secrets_mark(newest)


async def _look_whether_belong(folder: Path, secrets: Sequence[str], keys: Keys) -> None:
    kept = await keys.find_secrets_mark()
    if kept is not None:
        check_belongs(folder, secrets, kept)


@asynccontextmanager
async def _open_counts(
    settings: Settings, wrapping: Wrapping
) -> AsyncIterator[tuple[Throttle, Spent]]:
    tries, spent = Tries(monotonic), SpentHere(monotonic)
    if not settings.redis:
        yield tries, spent
        return
    from messenger.live.redis import RedisKeys  # noqa: PLC0415

    keys, hide = RedisKeys(settings.redis), wrapping.name
    try:
        yield SharedTries(keys, hide, tries, time), SharedSpent(keys, hide, spent)
    finally:
        await keys.aclose()


def alone() -> Live:
    """What is live when there is one process."""
    hub = Hub()
    return Live(hub, hub, Leases(monotonic), ShownRooms(monotonic), Doubt())


@asynccontextmanager
async def open_live(settings: Settings, parts: Parts) -> AsyncIterator[Live]:
    """Open what may be forgotten; with Redis, shared with every worker of the same database."""
    if not settings.redis:
        yield alone()
        return
    async with _open_shared(settings.redis, parts) as live:
        yield live


@asynccontextmanager
async def _open_shared(redis: str, parts: Parts) -> AsyncIterator[Live]:
    from messenger.live.redis import RedisLine, lanes_at  # noqa: PLC0415

    # Named for the database, so that several deployments may share a Redis.
    lanes = lanes_at(redis, (await parts.keys.salt()).hex()[:16])
    relay = Relay(new_id(parts.chance), lanes, parts.wrapping, monotonic)
    here = Hub()
    live = Live(
        here, SharedHub(here, relay), SharedLeases(relay, here, monotonic),
        SharedShownRooms(relay, monotonic), relay.doubt, relay,
    )  # fmt: skip
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(RedisLine(redis, relay).run)
        with anyio.move_on_after(HEARD_WITHIN):
            await relay.heard.wait()  # Rarely longer; and if Redis is down, it goes on without.
        try:
            yield live
        finally:
            relay.send(Leaving())
            with anyio.CancelScope(shield=True), anyio.move_on_after(LEAVE_WITHIN):
                await relay.carried()
            tasks.cancel_scope.cancel()
