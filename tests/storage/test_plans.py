"""How SQLite goes about what it is asked all the time: never through all the rooms there ever were.

It has no statistics, so its plans are the same whatever there is.
"""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import Connection

from messenger.storage.database import Database
from tests.contracts.attachments import TODAY
from tests.contracts.store import close
from tests.contracts.world import ADA, LATER, OAK, Store, open_room, opening, post
from tests.storage.conftest import Statements, heard

BY_STATUS = "ix_room_status_organization_closing (status=?"
BY_DAY = "ix_room_delete_on (delete_on>? AND delete_on<?)"


async def plans_for(database: Database, statements: Statements, table: str) -> list[str]:
    """Return each step that looks for rows of that table."""

    def explain(connection: Connection) -> list[str]:
        return [
            step
            for statement, values in statements
            if statement.startswith(("SELECT", "WITH"))
            for *_, step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            if step.split()[1] == table
        ]

    return await database.read(explain)


@pytest.mark.parametrize(
    ("ask", "way"),
    [
        (lambda store: store.rooms.rooms(OAK.id), BY_STATUS),
        (lambda store: store.rooms.claimed_rooms(), BY_STATUS),
        (lambda store: store.rooms.rooms_to_mail(LATER), BY_STATUS),
        (lambda store: store.keys.rooms_to_regrant(OAK.id), BY_STATUS),
        (lambda store: close(store, opening().room), BY_STATUS),
        (lambda store: store.rooms.delete_due(TODAY), BY_DAY),
    ],
    ids=["queue", "claims", "mails", "regrants", "closing", "deletion"],
)
async def test_what_is_open_or_due_is_found_without_what_is_closed(
    database: Database, store: Store, ask: Callable[[Store], Awaitable[object]], way: str
) -> None:
    await open_room(store)
    with heard() as statements:
        await ask(store)

    plans = await plans_for(database, statements, "room")

    assert plans and all(way in plan for plan in plans), plans


async def test_of_a_member_s_marks_only_those_of_rooms_that_are_shown_are_read(
    database: Database, store: Store
) -> None:
    room = await open_room(store)
    with heard() as statements:
        await store.rooms.seen_by(ADA.id, [room.id])

    [plan] = await plans_for(database, statements, "seen")

    assert "(member=? AND room=?)" in plan


@pytest.mark.parametrize("many", [1, 2, 50])
async def test_what_was_said_before_is_looked_for_among_nothing_else(
    database: Database, store: Store, many: int
) -> None:
    room = await open_room(store)
    said = [post(room, f"words {number}") for number in range(many)]
    first = [await store.journal.submit(each) for each in said]
    with heard() as statements:
        again = await asyncio.gather(*map(store.journal.submit, [*said, said[0]]))

    assert [each.events for each in again] == [each.events for each in [*first, first[0]]]
    assert all(each.repeated for each in again)
    plans = await plans_for(database, statements, "event")
    assert plans and all("(room=? AND author=? AND client_id=?)" in plan for plan in plans), plans
