"""An organization moved between two real PostgreSQL servers: every row of it, or none."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sized
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar, cast

import anyio
import pytest
from sqlalchemy import Connection, insert, text

from messenger.domain.commands import Command
from messenger.domain.errors import BadSetting, NotFound, StoreDown
from messenger.domain.events import Stream
from messenger.domain.ids import MemberId, OrganizationId
from messenger.domain.keys import Session
from messenger.domain.room import Room
from messenger.ports.storage import Outcome
from messenger.storage import moving, tables
from messenger.storage.connect import connect
from messenger.storage.database import Database, do_nothing
from messenger.storage.journal import StoredJournal
from messenger.storage.leases import StoredLeases
from messenger.storage.moving import NOBODY_S, Moving, rows_of, tables_of_organizations
from messenger.storage.postgres import PostgresDatabase
from messenger.storage.sharded import ShardedJournal
from messenger.storage.shards import HOME, Elsewhere, Here, Shards
from tests.contracts.world import (
    ADA,
    ELM,
    HIGH,
    NOON,
    NOW,
    OAK,
    Store,
    generation,
    invite,
    open_room,
    opening,
    post,
    session,
    settle,
    team_grant,
)
from tests.postgres import Postgres
from tests.server import run_apart
from tests.storage.conftest import heard, open_database, sharded_store_of
from tests.storage.overlap import overlap
from tests.storage.test_copying import SAMPLES

pytestmark = pytest.mark.slow

T = TypeVar("T")


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Postgres, Postgres]]:
    with Postgres() as home, Postgres() as north:
        yield home, north


@pytest.fixture
async def shards(servers: tuple[Postgres, Postgres]) -> AsyncIterator[Shards]:
    async with AsyncExitStack() as opened:
        home, north = [
            await opened.enter_async_context(open_database(server.database())) for server in servers
        ]
        yield Shards(home, {"north": north})


@pytest.fixture
async def store(shards: Shards) -> Store:
    store = sharded_store_of(shards)
    await settle(store)
    return store


def url_of(database: Database) -> str:
    assert isinstance(database, PostgresDatabase)
    return database._url.render_as_string(hide_password=False)


def mover(shards: Shards, errand: str = "mover") -> Moving:
    return Moving(shards, StoredLeases(shards.home, lambda: NOON), errand)


def rows_there(connection: Connection, organization: OrganizationId) -> dict[str, set[str]]:
    """Every row of it, but for the mark."""
    return {
        table.name: {
            repr({**row, "moving": None})
            for row in connection.execute(rows_of(table, organization)).mappings()
        }
        for table in tables_of_organizations()
    }


async def rows_in(database: Database, organization: OrganizationId) -> dict[str, set[str]]:
    there = await database.read(lambda c: rows_there(c, organization))
    return {name: rows for name, rows in there.items() if rows}


async def fill(shards: Shards, organization: OrganizationId) -> None:
    """Put a row of it in every table where it has none yet."""
    ids: dict[str, Any] = {
        "organization": organization, "member": ADA.id, "room": "room", "school": HIGH.id,
    }  # fmt: skip
    for table in tables_of_organizations():
        if not (await rows_in(shards.home, organization)).get(table.name):
            row = {
                column.name: ids.get(column.name, SAMPLES.get(column.type.python_type))
                for column in table.columns
            }
            await shards.home.execute(insert(table).values(row))


# All of it


def test_every_table_is_some_organization_s_or_nobody_s() -> None:
    """Who adds a table says whose it is: here, and in `rows_of`."""
    assert {table.name for table in tables_of_organizations()} == {
        "organization", "school", "access_code", "duty_shift", "holiday", "canned", "frame_origin",
        "member",
        "credentials", "invitation", "team_generation", "team_grant", "approval", "room",
        "room_grant", "event", "seen", "session", "receipt",
        "attachment", "erasure",
    }  # fmt: skip
    assert {table.name for table in NOBODY_S} == {"deployment", "lease", "placement"}


async def test_every_row_of_it_moves_and_none_of_another(shards: Shards, store: Store) -> None:
    await open_room(store)
    await fill(shards, OAK.id)
    await open_room(store, "elsewhere", ELM)
    before = await rows_in(shards.home, OAK.id)
    others = await rows_in(shards.home, ELM.id)
    assert before.keys() == {table.name for table in tables_of_organizations()}

    moved = await mover(shards).move(OAK.id, "north")

    north = shards.databases["north"]
    assert await rows_in(north, OAK.id) == before
    assert moved == {name: len(rows) for name, rows in before.items()}
    assert await rows_in(shards.home, OAK.id) == {}
    assert await rows_in(shards.home, ELM.id) == others
    assert await rows_in(north, ELM.id) == {}

    await mover(shards, "another").move(OAK.id, HOME)

    assert await rows_in(shards.home, OAK.id) == before
    assert await rows_in(north, OAK.id) == {}


async def test_of_many_members_a_few_at_a_time_are_deleted_where_they_were(
    shards: Shards, store: Store
) -> None:
    """For each of them all rooms there are looked through, and a statement has a deadline."""
    for number in range(50):
        await invite(store, replace(ADA, id=MemberId(f"member-{number}"), login=f"login-{number}"))
    with heard() as statements:
        await mover(shards).move(OAK.id, "north")

    deleted = [
        len(cast("Sized", values))
        for statement, values in statements
        if statement.startswith("DELETE FROM member ")
    ]

    assert sum(deleted) > 50
    assert max(deleted) < 30
    assert await rows_in(shards.home, OAK.id) == {}


async def test_afterwards_everything_goes_on_where_it_is(shards: Shards, store: Store) -> None:
    room = await open_room(store)
    await store.journal.submit(post(room, "before"))

    await mover(shards).move(OAK.id, "north")

    again = await store.journal.submit(post(room, "before"))
    after = await store.journal.submit(post(room, "after"))
    assert again.repeated and after.events[0].seq == 3
    assert (await open_room(store, "next")).number == room.number + 1
    assert await store.sessions.find_session(opening("room").session.id, NOW)
    events = await store.rooms.events(room.id, Stream.ROOM, 0)
    assert [event.seq for event in events] == [1, 2, 3]


async def test_who_remembers_another_place_is_put_right(shards: Shards, store: Store) -> None:
    """Another process, which hears of nothing."""
    room = await open_room(store)
    elsewhere = sharded_store_of(Shards(shards.home, {"north": shards.databases["north"]}))
    await elsewhere.journal.submit(post(room, "from elsewhere"))

    for number, shard in enumerate(["north", HOME]):
        await mover(shards, f"mover {number}").move(OAK.id, shard)

        assert await elsewhere.sessions.living([opening("room").session.id], NOW)
        outcome = await elsewhere.journal.submit(post(room, f"after {number}"))
        assert outcome.room.head == number + 3
        await elsewhere.directory.change_member(ADA, on_duty=True)
        await elsewhere.sessions.add_session(session(f"ada {number}", member=ADA.id))
        assert await store.sessions.find_session(session(f"ada {number}", member=ADA.id).id, NOW)


async def test_what_must_be_unique_is_in_all_databases(shards: Shards, store: Store) -> None:
    await store.directory.add_code("OAK", OAK.id, None)
    await mover(shards).move(OAK.id, "north")

    with pytest.raises(BadSetting, match="“oak”"):
        await store.directory.add_code("Oak", ELM.id, None)
    with pytest.raises(BadSetting, match="“oak”"):
        new = replace(OAK, id=OrganizationId("new"))
        await store.directory.add_organization(new, generation(new.id, 1), team_grant(new.id, 1))
    with pytest.raises(BadSetting, match="“Ada”"):
        await invite(store, replace(ADA, id=MemberId("new"), organization=ELM.id, login="Ada"))


async def test_one_that_is_down_keeps_nobody_from_the_others(
    servers: tuple[Postgres, Postgres], shards: Shards, store: Store
) -> None:
    await mover(shards).move(OAK.id, "north")
    room = await open_room(store, "elsewhere", ELM)
    servers[1].stop()
    try:
        assert (await store.journal.submit(post(room, "still here"))).room.head == 2
        assert await store.directory.organizations() == [ELM]
        with pytest.raises(StoreDown):
            await store.directory.members(OAK.id)
        with pytest.raises(StoreDown):
            # It may be there: who asks is not told that it is nowhere.
            await store.sessions.find_session(session("nobody").id, NOW)
    finally:
        servers[1].start()


# Meanwhile, and after a crash


async def say(store: Store, room: Room, name: str, until: asyncio.Event) -> list[int]:
    """Say one thing after another, each once the last was acknowledged; return their numbers."""
    numbers: list[int] = []
    while not until.is_set():
        outcome = await store.journal.submit(post(room, f"{name} {len(numbers):06d}"))
        numbers.append(outcome.events[0].seq)
    return numbers


async def report(store: Store, name: str, until: asyncio.Event) -> list[int]:
    """Report and look whether the session is there, again and again; return the rooms' numbers."""
    numbers: list[int] = []
    while not until.is_set():
        new = opening(f"{name} {len(numbers)}")
        numbers.append((await store.journal.open_room(new)).room.number)
        assert await store.sessions.find_session(new.session.id, NOW)
    return numbers


async def sign_in(store: Store, name: str, until: asyncio.Event) -> list[Session]:
    """Sign Ada in again and again; return her sessions."""
    sessions: list[Session] = []
    while not until.is_set():
        sessions.append(session(f"{name} {len(sessions)}", member=ADA.id))
        await store.sessions.add_session(sessions[-1])
    return sessions


async def heads(store: Store, room: Room) -> list[int]:
    numbers = [0]
    while page := await store.rooms.events(room.id, Stream.ROOM, numbers[-1]):
        numbers += [event.seq for event in page]
    return numbers[1:]


async def test_while_it_moves_its_people_wait_and_nothing_is_lost(
    shards: Shards, store: Store
) -> None:
    """Two processes' worth of stores, each with connections of its own."""
    async with AsyncExitStack() as opened:
        home, north = [
            await opened.enter_async_context(connect(url_of(database)))
            for database in shards.databases.values()
        ]
        both = {"ours": store, "theirs": sharded_store_of(Shards(home, {"north": north}))}
        rooms = [await open_room(store, name) for name in ("one", "two")]
        over = asyncio.Event()
        talks = [
            [asyncio.create_task(say(each, room, name, over)) for name, each in both.items()]
            for room in rooms
        ]
        reports = [asyncio.create_task(report(each, name, over)) for name, each in both.items()]
        signing = [
            asyncio.create_task(sign_in(each, f"ada, {name}", over)) for name, each in both.items()
        ]
        for number, shard in enumerate(["north", HOME] * 2):
            await mover(shards, f"mover {number}").move(OAK.id, shard)
        over.set()

        for room, talk in zip(rooms, talks, strict=True):
            said = [number for task in talk for number in await task]
            assert sorted(said) == list(range(2, len(said) + 2))
            assert await heads(store, room) == [1, *sorted(said)]
        begun = [number for task in reports for number in await task]
        assert sorted(begun) == list(range(1003, 1003 + len(begun)))
        assert len(await store.rooms.rooms(OAK.id)) == len(begun) + 2
        signed = {each.id for task in signing for each in await task}
        assert await store.sessions.living([*signed], NOW) == signed


async def test_who_moves_it_waits_for_who_writes_there(shards: Shards, store: Store) -> None:
    def mark_impatiently(connection: Connection) -> None:
        connection.execute(text("set local lock_timeout = 100"))
        moving._mark(connection, OAK.id, "impatient")

    async def mark() -> None:
        async with connect(url_of(shards.home)) as another:
            with pytest.raises(StoreDown):
                await another.write(mark_impatiently)

    def meanwhile(connection: Connection) -> None:
        # However long that takes.
        connection.execute(text("set local idle_in_transaction_session_timeout = 0"))
        run_apart(mark)

    await shards.at(OAK.id, lambda here: here.write(meanwhile))
    await shards.at(ELM.id, lambda here: here.read(do_nothing))


async def test_who_waited_for_the_mark_sees_it(shards: Shards, store: Store) -> None:
    """Also where it shares a transaction with a report: whoever waits with a lock for the key alone is
    then shown the row as it was before both.
    """
    journal = StoredJournal(Here(shards.home, OAK.id), lambda: NOON)

    async def mark() -> None:
        await shards.home.write(lambda c: moving._mark(c, OAK.id, "mover"))

    async def write() -> None:
        async with connect(url_of(shards.home)) as another:
            await Here(another, OAK.id).write(do_nothing)

    report = partial(journal.open_room, opening())
    writing = await overlap(shards.home, [report, mark], write)

    with pytest.raises(Elsewhere):
        writing.result()


async def test_a_message_that_comes_between_two_moves_waits_for_the_second(
    shards: Shards, store: Store
) -> None:
    room = await open_room(store)
    await shards.home.write(lambda c: moving._mark(c, OAK.id, "first"))

    class Between(Here):
        """Where the first move is over whenever somebody looks, and another begins right afterwards."""

        left = 2

        async def read(self, query: Callable[[Connection], T]) -> T:
            if self.left:
                self.left -= 1
                await shards.home.write(partial(moving._unmark, OAK.id, "first"))
            try:
                return await super().read(query)
            finally:
                await shards.home.write(lambda c: moving._mark(c, OAK.id, "first"))

    journal = ShardedJournal(shards, lambda: NOON)
    with pytest.raises(Elsewhere):
        await journal._submit(Between(shards.home, OAK.id), post(room, "between"), "")


async def test_a_room_that_its_journal_never_finds_is_not_waited_for_forever(
    shards: Shards, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messenger.storage.shards.DEADLINE", 3.0)
    room = await open_room(store)
    tried = 0

    class Blind(StoredJournal):
        async def submit(self, command: Command, share: str = "") -> Outcome:
            nonlocal tried
            tried += 1
            raise NotFound

    journal = ShardedJournal(shards, lambda: NOON)
    journal._journals = {each: Blind(each, lambda: NOON) for each in shards.databases.values()}

    with anyio.fail_after(20), pytest.raises(StoreDown):
        await journal.submit(post(room, "never"))
    assert tried > 1


async def test_what_moves_between_two_questions_is_found(shards: Shards, store: Store) -> None:
    room = await open_room(store)

    class Slow(Shards):
        """Asks one database after the other; after the first one, it moves there."""

        has_moved = False

        async def _ask(self, work: Callable[[Here], Awaitable[T]]) -> list[T | StoreDown]:
            north = await work(Here(self.databases["north"]))
            if not self.has_moved:
                self.has_moved = True
                await mover(shards).move(OAK.id, "north")
            return [north, await work(Here(self.databases[HOME]))]

    slow = sharded_store_of(Slow(shards.home, {"north": shards.databases["north"]}))

    assert await slow.rooms.find_room(room.id) == room


async def test_what_moves_whenever_it_was_found_is_not_nowhere(
    shards: Shards, store: Store
) -> None:
    await store.sessions.add_session(session("ben"))

    class Unlucky(Shards):
        """Whenever it knows where an organization is, that moves on, seven times."""

        places = itertools.cycle(["north", HOME])
        left = 7

        async def placed(self, organization: OrganizationId) -> str:
            placed = await super().placed(organization)
            if self.left:
                self.left -= 1
                await mover(shards).move(organization, next(self.places))
            return placed

    unlucky = sharded_store_of(Unlucky(shards.home, {"north": shards.databases["north"]}))

    assert await unlucky.sessions.find_session(session("ben").id, NOW)
    assert await unlucky.directory.find_organization(OrganizationId("nowhere")) is None


class Dead(BaseException):
    """The mover was killed: it does nothing more."""


class Killed(Moving):
    """A mover that is killed at a step."""

    def __init__(self, shards: Shards, step: str) -> None:
        super().__init__(shards, StoredLeases(shards.home, lambda: NOON), f"killed when {step}")
        self._step = step
        self._is_dead = False

    def _reach(self, step: str) -> None:
        self._is_dead |= step == self._step
        if self._is_dead:
            raise Dead

    async def _copy(
        self, source: Database, target: Database, organization: OrganizationId
    ) -> dict[str, int]:
        self._reach("marked")
        copied = await super()._copy(source, target, organization)
        self._reach("copied")
        return copied

    async def _decide(self, organization: OrganizationId, shard: str) -> None:
        await super()._decide(organization, shard)
        self._reach("decided")

    async def _delete(self, database: Database, organization: OrganizationId, mark: str) -> None:
        self._reach("in use again")
        await database.write(partial(moving._delete_some, tables.room, organization, mark))
        self._reach("half deleted")

    async def _tidy(self, organization: OrganizationId) -> None:
        self._reach("")
        await super()._tidy(organization)


STEPS = {
    "marked": HOME,
    "copied": HOME,
    "decided": "north",
    "in use again": "north",
    "half deleted": "north",
}
"""Where it is when the mover dies at that step."""


async def die(shards: Shards, step: str) -> None:
    with pytest.raises(BaseExceptionGroup):
        await Killed(shards, step).move(OAK.id, "north")
    # As if its time had run out.
    leases = StoredLeases(shards.home, lambda: NOON)
    await leases.release(f"move {OAK.id}", f"killed when {step}")


@pytest.mark.parametrize(("step", "place"), STEPS.items())
async def test_whenever_the_mover_dies_all_of_it_is_in_one_place_again(
    shards: Shards, store: Store, step: str, place: str
) -> None:
    room = await open_room(store)
    before = await rows_in(shards.home, OAK.id)
    await die(shards, step)

    await mover(shards, "tidying").tidy_up()

    for name, database in shards.databases.items():
        assert await rows_in(database, OAK.id) == (before if name == place else {})
    assert await mover(shards).find_lost() == []
    assert (await store.journal.submit(post(room, "still here"))).room.head == 2


@pytest.mark.parametrize("step", STEPS)
async def test_the_command_can_be_repeated_whenever_it_died(
    shards: Shards, store: Store, step: str
) -> None:
    room = await open_room(store)
    await die(shards, step)

    if STEPS[step] == HOME:
        await mover(shards).move(OAK.id, "north")
    else:
        with pytest.raises(BadSetting, match="already"):
            await mover(shards).move(OAK.id, "north")

    assert await rows_in(shards.home, OAK.id) == {}
    assert (await store.journal.submit(post(room, "still here"))).room.head == 2


async def test_who_was_overtaken_decides_nothing(shards: Shards, store: Store) -> None:
    """Paused so long, after copying, that another put everything back and people talked on."""
    room = await open_room(store)
    leases = StoredLeases(shards.home, lambda: NOON)

    class Paused(Moving):
        async def _decide(self, organization: OrganizationId, shard: str) -> None:
            await leases.release(f"move {OAK.id}", "paused")
            await mover(shards, "tidying").tidy_up()
            await store.journal.submit(post(room, "while it slept"))
            await super()._decide(organization, shard)

    with pytest.raises(BadSetting, match="interrupted"):
        await Paused(shards, leases, "paused").move(OAK.id, "north")

    assert (await store.journal.submit(post(room, "still here"))).room.head == 3
    assert await rows_in(shards.databases["north"], OAK.id) == {}
    assert await mover(shards).find_lost() == []


async def test_who_tidies_up_too_late_changes_nothing(shards: Shards, store: Store) -> None:
    """Paused between looking and deleting, while another one moved it to where it would delete."""
    await open_room(store)
    await die(shards, "copied")
    leases = StoredLeases(shards.home, lambda: NOON)

    class Paused(Moving):
        async def _delete(
            self, database: Database, organization: OrganizationId, mark: str
        ) -> None:
            await leases.release(f"move {OAK.id}", "paused")
            await mover(shards, "faster").move(OAK.id, "north")
            await super()._delete(database, organization, mark)

    await Paused(shards, leases, "paused").tidy_up()

    assert (await rows_in(shards.databases["north"], OAK.id))["room"]
    assert await mover(shards).find_lost() == []


async def test_one_at_a_time_moves_it(shards: Shards, store: Store) -> None:
    await StoredLeases(shards.home, lambda: NOON).hold(f"move {OAK.id}", "another", 60)
    await shards.home.write(lambda c: moving._mark(c, OAK.id, "another"))

    await mover(shards, "tidying").tidy_up()
    with pytest.raises(BadSetting, match="Somebody moves it right now"):
        await mover(shards)._alone(OAK.id, lambda: shards.placed(OAK.id))

    with pytest.raises(Elsewhere):
        await shards.at_once(OAK.id, lambda here: here.read(do_nothing))


async def test_rows_that_nobody_uses_are_found_and_never_deleted(
    shards: Shards, store: Store
) -> None:
    """As when one database was restored from a backup of another day."""
    await shards.home.execute(insert(tables.placement).values(organization=OAK.id, shard="north"))
    before = await rows_in(shards.home, OAK.id)

    await mover(shards, "tidying").tidy_up()
    extra, missing = await mover(shards).find_lost()

    assert "“home” has rows of oak" in extra
    assert "is to be in the shard “north”" in missing
    assert await rows_in(shards.home, OAK.id) == before


@pytest.mark.parametrize(("shard", "told"), [("south", "no shard “south”"), (HOME, "already")])
async def test_there_is_nowhere_else_to_go(
    shards: Shards, store: Store, shard: str, told: str
) -> None:
    with pytest.raises(BadSetting, match=told):
        await mover(shards).move(OAK.id, shard)
