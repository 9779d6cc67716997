"""The same contracts on a real PostgreSQL, and what only a server of its own can do."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial

import anyio
import asyncpg  # type: ignore[import-untyped]
import pytest
from sqlalchemy import Connection, insert, make_url, select, text, update
from sqlalchemy.util import await_only

from messenger.domain.errors import KeyTurned, NotFound, StoreDown
from messenger.domain.events import Stream
from messenger.domain.ids import OrganizationId, RoomId, SessionId
from messenger.domain.keys import Approval, Invitation, Recipient, RoomGrant
from messenger.domain.people import Member
from messenger.storage import tables
from messenger.storage.connect import connect
from messenger.storage.database import Database, do_nothing
from messenger.storage.leases import StoredLeases
from messenger.storage.postgres import (
    CHANNEL,
    FROZEN,
    READERS,
    VANISHED,
    PostgresDatabase,
    notice_when_lost,
)
from messenger.storage.sessions import StoredSessions
from tests.contracts.attachments import TODAY, add, quarantine
from tests.contracts.journal import JournalContract
from tests.contracts.store import StoreContract
from tests.contracts.upgrade import UpgradeContract
from tests.contracts.world import (
    ADA,
    BEN,
    LATER,
    NOON,
    OAK,
    Store,
    claim,
    credentials,
    generation,
    open_room,
    opening,
    post,
    session,
    settle,
    team_grant,
)
from tests.postgres import Postgres
from tests.storage.conftest import bug, heard, nonsense, one, open_database, store_of
from tests.storage.overlap import overlap

pytestmark = pytest.mark.slow


FIR = replace(OAK, id=OrganizationId("fir"), slug="fir")
UPGRADE = """
import asyncio, sys
from messenger.storage.connect import connect

async def main():
    async with connect(sys.argv[1]) as database:
        await database.upgrade()

asyncio.run(main())
"""


def refuse(_connection: Connection) -> None:
    raise NotFound


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


@pytest.fixture
def url(server: Postgres) -> str:
    return server.database()


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    async with open_database(url) as database:
        yield database


class TestJournal(JournalContract):
    """On PostgreSQL."""


class TestStore(StoreContract):
    """On PostgreSQL."""


class TestUpgrade(UpgradeContract):
    """On PostgreSQL."""

    @pytest.fixture
    async def bare(self, url: str) -> AsyncIterator[Database]:
        async with connect(url) as database:
            yield database


async def test_two_processes_at_once_number_one_room_without_a_gap(url: str) -> None:
    async with open_database(url) as database, connect(url) as another:
        ours, theirs = store_of(database), store_of(another)
        await settle(ours)
        room = await open_room(ours)
        outcomes = await asyncio.gather(
            *(store.journal.submit(post(room, f"words {n}"))
              for n, store in enumerate([ours, theirs] * 60))
        )  # fmt: skip

        seen = [event.seq for event in await ours.rooms.events(room.id, Stream.ROOM, 0)]
    assert sorted(outcome.room.head for outcome in outcomes) == list(range(2, 122))
    assert seen == list(range(1, 122))


async def test_of_two_claims_in_two_processes_one_wins(url: str) -> None:
    async with open_database(url) as database, connect(url) as another:
        ours, theirs = store_of(database), store_of(another)
        await settle(ours)
        room = await open_room(ours)
        first, second = claim(room), post(room, "hello there")
        await asyncio.gather(ours.journal.submit(first), theirs.journal.submit(second))
        again = await theirs.journal.submit(first)

    assert again.repeated and again.room.responder == ADA.id


async def test_many_rooms_in_two_processes_get_in_nobody_s_way(url: str) -> None:
    async with open_database(url) as database, connect(url) as another:
        stores = [store_of(database), store_of(another)]
        await settle(stores[0])
        rooms = [await open_room(stores[0], f"room {n}") for n in range(12)]
        for round_ in range(5):
            await asyncio.gather(
                *(
                    store.journal.submit(post(room, f"{round_} {n}"))
                    for n, store in enumerate(stores)
                    for room in (rooms if n else reversed(rooms))
                )
            )

        for room in rooms:
            events = await stores[1].rooms.events(room.id, Stream.ROOM, 0)
            assert [event.seq for event in events] == list(range(1, 12))


async def test_changes_that_wait_for_one_another_are_both_made(url: str) -> None:
    async with open_database(url) as database, connect(url) as another:
        await settle(store_of(database))

        def greet_more(first: str, second: str) -> Callable[[Connection], None]:
            def change(connection: Connection) -> None:
                more = update(tables.organization).values(
                    greeting=tables.organization.c.greeting + "!"
                )
                connection.execute(more.where(tables.organization.c.id == first))
                connection.execute(text("select pg_sleep(1)"))
                connection.execute(more.where(tables.organization.c.id == second))

            return change

        await asyncio.gather(
            database.write(greet_more("oak", "elm")), another.write(greet_more("elm", "oak"))
        )

        organizations = await store_of(database).directory.organizations()
    assert all(organization.greeting.endswith("!!") for organization in organizations)


async def rotate(store: Store, *members: Member) -> bool:
    """Change Oak's key, for these members."""
    grants = [team_grant(OAK.id, 2, member.id) for member in members]
    return await store.keys.rotate(generation(OAK.id, 2), grants, [], [])


async def test_who_is_disabled_while_the_key_is_changed_does_not_keep_the_new_one(url: str) -> None:
    async with open_database(url) as database:
        store = store_of(database)
        await settle(store)

        async def disable() -> None:
            async with connect(url) as another:
                await store_of(another).keys.disable(BEN.id)

        (await overlap(database, [partial(rotate, store, ADA, BEN)], disable)).result()

        assert await store.keys.team_grants(OAK.id, "member", BEN.id) == []
        assert await store.keys.rotation_due(OAK.id)


async def test_a_report_that_is_sent_while_the_key_is_changed_is_not_left_to_the_old_one(
    url: str,
) -> None:
    async with open_database(url) as database:
        store = store_of(database)
        await settle(store)

        async def report() -> None:
            async with connect(url) as another:
                await open_room(store_of(another))

        with pytest.raises(KeyTurned):
            (await overlap(database, [partial(rotate, store, ADA)], report)).result()


async def test_a_key_that_is_changed_while_a_report_is_sent_is_changed_for_that_too(
    url: str,
) -> None:
    async with open_database(url) as database:
        store = store_of(database)
        await settle(store)

        async def change() -> bool:
            async with connect(url) as another:
                return await rotate(store_of(another), ADA)

        changed = await overlap(database, [partial(open_room, store)], change)
        assert not changed.result(), "It has to look again."


async def test_a_room_is_kept_whose_file_is_put_in_quarantine_as_it_is_to_go(url: str) -> None:
    async with open_database(url) as database:
        store = store_of(database)
        await settle(store)
        room = await open_room(store)
        photo = await add(store, room)
        await store.rooms.ask_deletion(room.id, TODAY)

        async def delete_due() -> list[tuple[OrganizationId, RoomId]]:
            async with connect(url) as another:
                return await store_of(another).rooms.delete_due(TODAY)

        hide = partial(store.journal.submit, quarantine(photo))
        assert (await overlap(database, [hide], delete_due)).result() == []

        assert await store.attachments.quarantined(room.id) == {photo.id}


async def test_whoever_stands_still_in_a_transaction_does_not_hold_up_the_others(url: str) -> None:
    frozen = PostgresDatabase(make_url(url), deadline=FROZEN + 1)
    async with open_database(url) as database, frozen:
        await settle(store_of(database))
        room = await open_room(store_of(database))
        has_locked = asyncio.Event()

        def stand_still(connection: Connection) -> None:
            locking = tables.room.update().where(tables.room.c.id == room.id)
            connection.execute(locking.values(urgency=room.urgency))
            has_locked.set()
            await_only(asyncio.Event().wait())

        still = asyncio.create_task(frozen.write(stand_still))
        await has_locked.wait()

        await store_of(database).journal.submit(post(room, "I go on."), OAK.id)

        with pytest.raises(StoreDown):
            await still


async def test_what_is_copied_from_may_stand_still_while_the_copy_is_read_back(url: str) -> None:
    async with open_database(url) as database:
        assert isinstance(database, PostgresDatabase)
        await settle(store_of(database))
        async with database.snapshot() as snapshot:

            def look(_connection: Connection) -> object:
                assert snapshot.scalar(select(tables.organization.c.id)) is not None
                return snapshot.scalar(text("show idle_in_transaction_session_timeout"))

            assert await database.alone(look) == "0"


async def test_of_processes_that_reach_for_the_same_leases_at_once_each_has_one_holder(
    url: str,
) -> None:
    async with open_database(url) as database, connect(url) as another:
        ours, theirs = store_of(database).leasing, store_of(another).leasing
        for n in range(30):
            await ours.hold(f"lease {n}", "somebody", 0)
            taken = await asyncio.gather(
                ours.hold(f"lease {n}", "ours", 600), theirs.hold(f"lease {n}", "theirs", 600)
            )
            assert sorted(taken) == [False, True]


async def test_whose_clock_is_a_day_off_takes_nothing_and_leaves_nothing_too_long(
    url: str,
) -> None:
    async with open_database(url) as database, connect(url) as another:
        ours = StoredLeases(database, lambda: NOON)
        theirs = StoredLeases(another, lambda: NOON + timedelta(days=1))

        assert await ours.hold("sweep", "ours", 600) and await theirs.hold("mail", "theirs", 600)
        assert not await theirs.hold("sweep", "theirs", 600)
        assert not await ours.hold("mail", "ours", 600)
        await theirs.renew("mail", "theirs", 0)
        assert await ours.hold("mail", "ours", 600)


async def test_asking_for_what_another_holds_does_not_wait_for_its_transaction(url: str) -> None:
    async with open_database(url) as database:
        leasing = store_of(database).leasing
        await leasing.hold("sweep", "theirs", 600)
        theirs = await asyncpg.connect(url)
        await theirs.execute("begin")
        await theirs.execute("update lease set until = until + 600")

        assert not await leasing.hold("sweep", "ours", 600)

        await theirs.close()


async def begin_to_listen(database: Database) -> bool:
    """Have it listen, however long that takes; whether there was news within a second."""
    assert isinstance(database, PostgresDatabase)
    news = asyncio.create_task(database.news())
    with anyio.fail_after(20):
        while not (  # noqa: ASYNC110 (nobody tells that it listens)
            database._listening and CHANNEL in database._listening._listeners
        ):
            await anyio.sleep(0.01)
    heard, _ = await asyncio.wait({news}, timeout=1)
    news.cancel()
    await asyncio.wait({news})
    return bool(heard)


async def test_what_another_process_announces_is_news_and_our_own_is_not(url: str) -> None:
    async with open_database(url) as database, connect(url) as another:
        heard_at_first = await begin_to_listen(database)
        await database.write(do_nothing, news=True)
        with anyio.move_on_after(1) as alone:
            await database.news()

        await another.write(do_nothing, news=True)
        with anyio.fail_after(20):
            await database.news()

    assert not heard_at_first and alone.cancelled_caught


async def test_who_gets_in_and_who_holds_a_key_is_news(url: str) -> None:
    async with open_database(url) as database, connect(url) as another:
        ours, theirs = store_of(database), store_of(another)
        await settle(ours)
        await open_room(ours)
        await ours.sessions.add_session(session("ada", member=ADA.id))
        await ours.directory.add_organization(FIR, generation(FIR.id, 1), team_grant(FIR.id, 1))
        await begin_to_listen(database)
        keys, sessions = theirs.keys, theirs.sessions
        anew = RoomGrant(RoomId("room"), Recipient.TEAM, 2, b"anew")

        for change in (
            lambda: sessions.revoke_session(opening().session.id),
            lambda: sessions.revoke_sessions_of(ADA.id),
            lambda: theirs.rooms.ask_deletion(RoomId("room"), TODAY),
            lambda: keys.invite_again(Invitation(b"another", BEN.id, LATER)),
            lambda: keys.accept_invitation(b"another", b"key", credentials(BEN)),
            lambda: keys.approve(Approval(BEN.id, 1, b"tag"), []),
            lambda: keys.disable(BEN.id),
            lambda: keys.rotate(generation(OAK.id, 2), [team_grant(OAK.id, 2, ADA.id)], [], [anew]),
            lambda: keys.begin_anew(generation(FIR.id, 1), team_grant(FIR.id, 1), b"another paper"),
        ):
            await change()
            with anyio.fail_after(20):
                await database.news()


async def test_what_changed_nothing_is_no_news(url: str) -> None:
    async with open_database(url) as database, connect(url) as another:
        await begin_to_listen(database)
        await StoredSessions(another).revoke_session(SessionId(b"of nobody"))
        with suppress(NotFound):
            await another.write(refuse, news=True)

        with anyio.move_on_after(1) as patience:
            await database.news()

    assert patience.cancelled_caught


async def test_what_was_announced_while_nobody_listened_is_news_too(url: str) -> None:
    async with open_database(url) as database, connect(url) as another:
        await begin_to_listen(database)
        end = text(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where query ilike 'listen %' and datname = current_database()"
        )
        await another.write(lambda c: c.execute(end).all())
        await another.write(do_nothing, news=True)

        with anyio.fail_after(20):
            await database.news()
            await another.write(do_nothing, news=True)
            await database.news()


async def test_what_was_announced_before_it_first_listened_is_news_too(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when all connections are taken while workers start beside the ones they follow."""
    connect_anew = asyncpg.connect

    async def refuse_once(*_: object, **__: object) -> None:
        monkeypatch.setattr(asyncpg, "connect", connect_anew)
        raise asyncpg.TooManyConnectionsError

    async with open_database(url) as database, connect(url) as another:
        monkeypatch.setattr(asyncpg, "connect", refuse_once)
        with pytest.raises(StoreDown):
            await database.news()
        await another.write(do_nothing, news=True)

        with anyio.fail_after(20):
            await database.news()


async def test_each_statement_sees_what_is_committed_however_the_server_is_set(url: str) -> None:
    role = "alter role current_user"
    isolation = "default_transaction_isolation"
    async with open_database(url) as database:
        other = text(f"{role} set {isolation} = 'repeatable read'")
        await database.write(lambda c: c.execute(other).rowcount)
        try:
            async with connect(url) as another:
                show = text("show transaction_isolation")
                assert await another.write(lambda c: c.scalar(show)) == "read committed"
        finally:
            back = text(f"{role} reset {isolation}")
            await database.write(lambda c: c.execute(back).rowcount)


async def test_however_many_are_asked_for_the_statement_is_the_same(
    database: Database, store: Store
) -> None:
    rooms = [(await open_room(store, name)).id for name in ("one", "another", "a third")]
    asked = []
    for some in (rooms[:2], rooms):
        with heard() as statements:
            assert len(await store.rooms.find_rooms(some)) == len(some)
            assert {*await store.rooms.last_events(some)} == {*some}
            assert len(await store.rooms.room_grants(some, Recipient.TEAM)) == len(some)
            assert await store.rooms.seen_by(ADA.id, some) == {}
            assert await store.sessions.living([SessionId(id.encode()) for id in some], 0) == set()
        asked.append([statement for statement, _ in statements])

    assert asked[0] == asked[1]


async def test_a_reader_cannot_write(database: Database) -> None:
    salt = insert(tables.deployment).values(id=1, salt=b"salt")

    with pytest.raises(StoreDown):
        await database.read(lambda connection: connection.execute(salt))


async def test_of_what_is_read_together_what_fails_fails_alone(database: Database) -> None:
    asked = [one, nonsense, bug] * READERS
    answers = await asyncio.gather(*map(database.read, asked), return_exceptions=True)

    assert [answer if answer == 1 else type(answer) for answer in answers] == [
        1, StoreDown, ZeroDivisionError,
    ] * READERS  # fmt: skip


async def test_what_is_read_together_over_lost_connections_is_read_over_new_ones(url: str) -> None:
    async with open_database(url) as database, connect(url) as another:
        many = [one] * (3 * READERS)
        await asyncio.gather(*map(database.read, many))
        end = text(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where query ilike 'rollback%' and datname = current_database() and pid <> pg_backend_pid()"
        )
        ended = await another.write(lambda c: c.execute(end).all())
        assert len(ended) >= READERS

        assert await asyncio.gather(*map(database.read, many)) == [1] * len(many)


async def test_processes_that_start_at_once_upgrade_once(url: str) -> None:
    async with anyio.create_task_group() as processes:
        for _ in range(3):
            processes.start_soon(anyio.run_process, [sys.executable, "-c", UPGRADE, url])

    async with connect(url) as database:
        version = await database.read(
            lambda c: c.scalar(text("select version_num from alembic_version"))
        )
    assert version == "0011"


async def test_a_server_that_crashed_is_an_outage_and_then_used_again() -> None:
    with Postgres() as server:
        url = server.database()
        async with open_database(url) as database:
            store = store_of(database)
            await settle(store)
            room = await open_room(store)
            server.stop()
            with pytest.raises(StoreDown):
                await store.journal.submit(post(room, "lost"))
            with pytest.raises(StoreDown):
                await store.rooms.find_room(room.id)
            server.start()

            kept = post(room, "kept")
            for _ in range(3):  # What was connected before has to fail once to be known as gone.
                try:
                    await store.journal.submit(kept)
                    break
                except StoreDown:
                    continue

            events = await store.rooms.events(room.id, Stream.ROOM, 0)
            assert [event.seq for event in events] == [1, 2]


async def test_whoever_reads_after_a_crash_does_not_notice_it() -> None:
    with Postgres() as server:
        async with open_database(server.database()) as database:
            await read_together(database)

            server.stop()
            server.start()

            await read_together(database)


async def test_a_line_to_somebody_who_vanished_ends_soon() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as line,
    ):
        notice_when_lost(line)

        assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == VANISHED * 1000
        assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1


async def read_together(database: Database) -> None:
    """Read over several connections at once."""
    async with anyio.create_task_group() as tasks:
        for _ in range(4):
            tasks.start_soon(database.read, lambda connection: connection.execute(text("select 1")))


async def test_nobody_there_is_an_outage() -> None:
    with pytest.raises(StoreDown):
        async with PostgresDatabase(make_url("postgresql://x@127.0.0.1:1/x"), deadline=2):
            pass
