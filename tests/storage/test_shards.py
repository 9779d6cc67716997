"""The same contracts over several databases, and what only they can do."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import func, insert, select

from messenger.domain.errors import BadSetting, PerhapsElsewhere, StoreDown
from messenger.domain.ids import OrganizationId
from messenger.domain.room import Room
from messenger.storage import tables
from messenger.storage.database import Database
from messenger.storage.shards import Shards, check_placements, introduce
from tests.contracts.journal import JournalContract
from tests.contracts.store import StoreContract
from tests.contracts.world import ELM, NOW, OAK, Store, open_room, opening, settle
from tests.storage.conftest import open_database, sharded_store_of


async def place(shards: Shards, organization: OrganizationId, shard: str) -> None:
    """Have an organization that is not there yet begin in that shard."""
    row = {"organization": organization, "shard": shard}
    await shards.home.execute(insert(tables.placement).values(row))


@pytest.fixture
async def shards() -> AsyncIterator[Shards]:
    """Oak is to be in the north, Elm at home; the south is empty."""
    async with AsyncExitStack() as opened:
        home, north, south = [
            await opened.enter_async_context(open_database("sqlite://")) for _ in range(3)
        ]
        shards = Shards(home, {"north": north, "south": south})
        await place(shards, OAK.id, "north")
        yield shards


@pytest.fixture
async def store(shards: Shards) -> Store:
    store = sharded_store_of(shards)
    await settle(store)
    return store


class TestJournal(JournalContract):
    """On three databases."""


class TestStore(StoreContract):
    """On three databases."""


async def members_in(database: Database) -> int | None:
    return await database.read(lambda c: c.scalar(select(func.count()).select_from(tables.member)))


async def test_each_has_its_own_people_alone(shards: Shards, store: Store) -> None:
    assert [await members_in(database) for database in shards.databases.values()] == [1, 2, 0]
    assert await store.directory.organizations() == [ELM, OAK]


async def test_an_organization_in_a_shard_we_were_not_told_of_is_not_lost(
    shards: Shards, store: Store
) -> None:
    fewer = sharded_store_of(Shards(shards.home, {"south": shards.databases["south"]}))

    with pytest.raises(StoreDown):
        await fewer.directory.members(OAK.id)
    with pytest.raises(BadSetting, match="“north”, which MESSENGER_SHARDS does not name"):
        await check_placements(shards.home, ["south"])


async def test_a_database_knows_what_it_is_called(shards: Shards, store: Store) -> None:
    home, north, south = shards.databases.values()
    salt = await store.keys.salt()
    await introduce(home, {"north": north, "south": south}, salt)
    await introduce(home, {"south": south}, salt)

    for wrong in ({"north": south}, {"south": north, "north": south}, {"east": home}):
        with pytest.raises(BadSetting, match="is that of another shard"):
            await introduce(home, wrong, salt)
    with pytest.raises(BadSetting, match="“home”"):
        await introduce(north, {}, salt)
    with pytest.raises(BadSetting, match="another deployment"):
        await introduce(home, {"north": north}, b"another salt")


async def test_a_code_that_another_process_gave_to_somebody_else_leads_there(
    shards: Shards, store: Store
) -> None:
    home, *others = shards.databases.items()
    other = sharded_store_of(Shards(home[1], dict(others)))
    await store.directory.add_code("metro", OAK.id, None)
    assert await store.directory.find_code("metro") == (OAK.id, None)

    await other.directory.remove_code(OAK.id, "metro")
    assert await store.directory.find_code("metro") is None
    await other.directory.add_code("metro", ELM.id, None)

    assert await store.directory.find_code("metro") == (ELM.id, None)
    assert await other.directory.find_code("metro") == (ELM.id, None)


@pytest.fixture
async def without_north(
    shards: Shards, store: Store, monkeypatch: pytest.MonkeyPatch
) -> tuple[Room, Room]:
    """A room of Oak's and one of Elm's, both with somebody in them, as Oak's database goes down."""
    oaks, elms = await open_room(store, "oaks"), await open_room(store, "elms", ELM)

    async def read(_query: object) -> object:
        raise StoreDown

    monkeypatch.setattr(shards.databases["north"], "read", read)
    return oaks, elms


async def test_while_one_is_down_sessions_elsewhere_end(
    store: Store, without_north: tuple[Room, Room]
) -> None:
    oaks, elms = [opening(name).session.id for name in ("oaks", "elms")]
    assert await store.sessions.living([oaks, elms], NOW) == {oaks, elms}

    await store.sessions.revoke_session(elms)

    assert await store.sessions.living([oaks, elms], NOW) == {oaks}
    with pytest.raises(StoreDown):
        await store.sessions.living([oaks], NOW)


async def test_while_one_is_down_rooms_open_elsewhere(
    store: Store, without_north: tuple[Room, Room]
) -> None:
    new = opening("another", ELM)
    with pytest.raises(PerhapsElsewhere):
        await store.sessions.find_way_in(new.session.id, NOW)
    assert await store.sessions.find_way_in(new.session.id, NOW, ELM.id) is None

    room = (await store.journal.open_room(new)).room

    assert await store.sessions.find_session(new.session.id, NOW) == new.session
    assert await store.sessions.find_way_in(new.session.id, NOW, ELM.id) == (new.session, room)
    with pytest.raises(StoreDown):
        await store.sessions.find_way_in(new.session.id, NOW, OAK.id)


async def test_while_one_is_down_rooms_elsewhere_are_found(
    store: Store, without_north: tuple[Room, Room]
) -> None:
    oaks, elms = without_north

    assert await store.rooms.find_rooms([oaks.id, elms.id]) == [elms]
    with pytest.raises(StoreDown):
        await store.rooms.find_rooms([oaks.id])
