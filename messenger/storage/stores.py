"""Every store of a deployment, on one database or on several."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from enum import Enum, auto

import anyio

from messenger.domain.errors import BadSetting
from messenger.ports.storage import Attachments, Directory, Journal, Keys, Rooms, Sessions
from messenger.ports.world import Chance, Clock
from messenger.storage.attachments import StoredAttachments
from messenger.storage.connect import connect
from messenger.storage.database import Database
from messenger.storage.directory import StoredDirectory
from messenger.storage.journal import StoredJournal
from messenger.storage.keys import StoredKeys
from messenger.storage.leases import LONGEST, StoredLeases
from messenger.storage.rooms import StoredRooms
from messenger.storage.sessions import StoredSessions
from messenger.storage.sharded import (
    ShardedAttachments,
    ShardedDirectory,
    ShardedJournal,
    ShardedKeys,
    ShardedRooms,
    ShardedSessions,
)
from messenger.storage.shards import Shards, check_introduced, check_placements, introduce
from messenger.storage.upgrade import is_older, revision_of

ASK_EVERY = 0.5
"""Seconds between two looks whether they do."""
_SERVED = (
    "Somebody serves this database with an older version of Messenger, which would not know the new "
    "tables. Stop the service on every host, then run this again."
)


@dataclass(frozen=True, slots=True)
class Stores:
    """What must survive. `shards` is None where there is one database."""

    databases: tuple[Database, ...]
    journal: Journal
    rooms: Rooms
    directory: Directory
    keys: Keys
    sessions: Sessions
    attachments: Attachments
    leasing: StoredLeases
    shards: Shards | None = None


class Purpose(Enum):
    """What something is opened for, and so what opening it may change."""

    LOOK = auto()
    """Nothing."""
    USE = auto()
    """What is missing is made: tables, and what says that all of it belongs together."""
    UPGRADE = auto()
    """Older tables, too, become those of this version."""


@asynccontextmanager
async def open_stores(
    url: str, shards: Mapping[str, str], clock: Clock, chance: Chance, purpose: Purpose
) -> AsyncIterator[Stores]:
    """Open the home database and each shard, by name and URL, with tables of this version.

    Raises `BadSetting` for older ones, unless it may upgrade them. Who only looks has looked at the
    versions, and finds a shard without tables left out.
    """
    async with AsyncExitStack() as opened:
        home = await opened.enter_async_context(connect(url))
        leases = StoredLeases(home, clock)
        await _prepare(home, leases, purpose)
        await check_placements(home, shards)
        if not shards:
            yield stores_of(home, clock, chance)
            return
        others = {}
        for name, url_of_shard in shards.items():
            shard = await opened.enter_async_context(connect(url_of_shard))
            if await _prepare(shard, leases, purpose):
                others[name] = shard
        if purpose is Purpose.LOOK:
            await check_introduced(home, others)
        else:
            await introduce(home, others, await StoredKeys(home, chance).salt())
        yield sharded_stores_of(Shards(home, others), clock, chance)


async def upgrade_unserved(
    database: Database, leases: StoredLeases, patience: float = LONGEST
) -> None:
    """Bring the tables to this version's, unless somebody serves who knows the older ones alone.

    Raises `BadSetting` then, after so many seconds: who was killed holds a lease for a while.
    """
    if is_older(await database.read(revision_of)):
        until = anyio.current_time() + patience
        while await leases.is_served():
            if anyio.current_time() >= until:
                raise BadSetting(_SERVED)
            await anyio.sleep(ASK_EVERY)
    await database.upgrade()


async def _prepare(database: Database, leases: StoredLeases, purpose: Purpose) -> bool:
    """Return whether it has tables now."""
    match purpose:
        case Purpose.LOOK:
            return await database.read(revision_of) is not None
        case Purpose.USE:
            await database.make_tables()
        case Purpose.UPGRADE:
            await upgrade_unserved(database, leases)
    return True


def stores_of(database: Database, clock: Clock, chance: Chance) -> Stores:
    return Stores(
        (database,),
        StoredJournal(database, clock),
        StoredRooms(database),
        StoredDirectory(database),
        StoredKeys(database, chance),
        StoredSessions(database),
        StoredAttachments(database),
        StoredLeases(database, clock),
    )


def sharded_stores_of(shards: Shards, clock: Clock, chance: Chance) -> Stores:
    return Stores(
        tuple(shards.databases.values()),
        ShardedJournal(shards, clock),
        ShardedRooms(shards),
        ShardedDirectory(shards),
        ShardedKeys(shards, chance),
        ShardedSessions(shards),
        ShardedAttachments(shards),
        StoredLeases(shards.home, clock),
        shards,
    )
