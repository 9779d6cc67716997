"""What every database must do with tables of an earlier version."""

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData, insert, text

from messenger.domain.commands import Delete
from messenger.domain.errors import BadSetting
from messenger.domain.events import REPORTER, Stream
from messenger.domain.ids import AttachmentId, ClientId, MemberId, OrganizationId, RoomId, SessionId
from messenger.parts import now
from messenger.services.sweep import SWEEP_LEASE
from messenger.storage.attachments import StoredAttachments
from messenger.storage.database import Database
from messenger.storage.directory import StoredDirectory
from messenger.storage.journal import StoredJournal
from messenger.storage.leases import StoredLeases
from messenger.storage.rooms import StoredRooms
from messenger.storage.sessions import StoredSessions
from messenger.storage.stores import upgrade_unserved
from messenger.storage.tables import metadata
from messenger.storage.upgrade import newest, revision_of, upgrade
from tests.contracts.world import ADA, LATER, NOON, NOW, OAK

FIRST: dict[str, dict[str, Any]] = {
    "organization": {
        "id": "oak", "slug": "oak", "name": "Oak Valley District", "time_zone": OAK.time_zone,
        "folded_name": "oak valley district", "emergency": [["School police", "555-0100"]],
        "greeting": "We are here.", "who_reads": "Two counselors.", "recovery_key": b"recovery",
        "demo": False, "next_number": 1002, "rotation_due": False,
    },
    "member": {
        "id": "ada", "organization": "oak", "login": "ada", "folded_login": "ada",
        "name": "Ada Park", "email": "ada@oak.example", "shown_name": "", "standing": "active",
        "on_duty": True, "public_key": b"public",
    },
    "room": {
        "id": "room", "organization": "oak", "school": None, "number": 1001, "category": "other",
        "urgency": "normal", "status": "waiting", "responder": None, "participants": "",
        "invited": "", "head": 1, "file_head": 0, "seen_by_team": 0, "seen_by_reporter": 0,
        "waiting_since": NOW, "returned": False, "mailed": False, "pace_to_claim": None,
        "pace_to_answer": None, "pace_to_close": None, "key_check": b"check", "delete_on": "",
        "erased": False,
    },
    "event": {
        "room": "room", "stream": "room", "seq": 1, "kind": "report_submitted",
        "author": "reporter", "client_id": "the report", "subject": "", "sealed": b"help",
        "digest": b"help",
    },
    "session": {
        "id": b"session", "organization": "oak", "room": "room", "member": None,
        "expires": LATER, "wrapped": b"wrapped", "pending": b"six words",
    },
}  # fmt: skip
"""A row of each kind as revision 0001 kept them: spelled out, since today's code has no say in it."""


class UpgradeContract:
    """On `bare`, a database without tables."""

    async def test_the_migrations_make_exactly_the_tables_of_the_code(self, bare: Database) -> None:
        await bare.upgrade()

        assert await bare.read(_differences) == []

    async def test_it_tells_which_version_has_made_its_tables(self, bare: Database) -> None:
        assert await bare.read(revision_of) is None
        await bare.write(lambda c: upgrade(c, "0001"))
        assert await bare.read(revision_of) == "0001"
        await bare.upgrade()
        assert await bare.read(revision_of) == newest()

    async def test_what_the_first_version_wrote_is_read_by_this_one(self, bare: Database) -> None:
        await bare.write(lambda c: upgrade(c, "0001"))
        await bare.write(_fill_first)

        await bare.upgrade()

        directory, rooms = StoredDirectory(bare), StoredRooms(bare)
        assert await directory.find_organization(OrganizationId("oak")) == OAK
        member = await directory.find_member(MemberId("ada"))
        assert member is not None and member.login == ADA.login and member.on_duty
        room = await rooms.find_room(RoomId("room"))
        assert room is not None and (room.number, room.head) == (1001, 1)
        assert room.mail_due == NOW + 60
        (event,) = await rooms.events(room.id, Stream.ROOM, 0)
        assert event.sealed == b"help"
        session = await StoredSessions(bare).find_session(SessionId(b"session"), NOW)
        assert session is not None and session.room == room.id
        assert await StoredLeases(bare, lambda: NOON).hold("sweep", "one", 60)
        assert await bare.read(_differences) == []

    async def test_no_table_changes_under_somebody_who_serves(self, bare: Database) -> None:
        await bare.write(lambda c: upgrade(c, "0008"))
        leases = StoredLeases(bare, now)
        assert await leases.hold("sweep", "another host", SWEEP_LEASE)

        with pytest.raises(BadSetting, match="Stop the service on every host"):
            await upgrade_unserved(bare, leases, patience=0)

        assert await bare.read(revision_of) == "0008"

    async def test_who_was_killed_while_serving_is_waited_out(self, bare: Database) -> None:
        await bare.write(lambda c: upgrade(c, "0008"))
        leases = StoredLeases(bare, now)
        assert await leases.hold("sweep", "another host", 1)

        await upgrade_unserved(bare, leases)

        assert await bare.read(revision_of) == newest()

    async def test_that_a_mail_went_out_is_not_taken_for_somebody_who_serves(
        self, bare: Database
    ) -> None:
        await bare.write(lambda c: upgrade(c, "0008"))
        leases = StoredLeases(bare, now)
        assert await leases.hold("mail oak", "one mailing", 600)

        await upgrade_unserved(bare, leases, patience=0)

        assert await bare.read(revision_of) == newest()

    async def test_tables_of_before_there_were_leases_are_brought_up_to_date(
        self, bare: Database
    ) -> None:
        await bare.write(lambda c: upgrade(c, "0001"))

        await upgrade_unserved(bare, StoredLeases(bare, now))

        assert await bare.read(revision_of) == newest()

    async def test_what_an_earlier_version_has_closed_keeps_its_order_before_what_this_one_closes(
        self, bare: Database
    ) -> None:
        await bare.write(lambda c: upgrade(c, "0001"))
        await bare.write(_fill_first)
        await bare.write(_add_closed)

        await bare.upgrade()

        rooms = StoredRooms(bare)
        journal = StoredJournal(bare, lambda: NOON)
        deleted = Delete(RoomId("room"), REPORTER, ClientId("delete"), NOON.date())
        await journal.submit(deleted)
        found = await rooms.rooms(OrganizationId("oak"))
        assert [room.number for room in found] == [1001, 1003, 1002]

    async def test_no_fingerprint_stays_of_a_file_that_an_earlier_version_has_shown(
        self, bare: Database
    ) -> None:
        await bare.write(lambda c: upgrade(c, "0001"))
        await bare.write(_fill_first)
        await bare.write(lambda c: upgrade(c, "0005"))
        await bare.write(_add_files)

        await bare.upgrade()

        attachments, room = StoredAttachments(bare), RoomId("room")
        for id, kept in (("shown", b""), ("original", b"sealed"), ("arriving", b"sealed")):
            found = await attachments.find_attachment(room, AttachmentId(id))
            assert found is not None and found.announced == kept


def _differences(connection: Connection) -> list[Any]:
    options = {"compare_type": True, "compare_server_default": True}
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, metadata))


def _fill_first(connection: Connection) -> None:
    found = connection.execute(text("select version_num from alembic_version")).scalar_one()
    assert found == "0001"
    there = MetaData()
    there.reflect(connection)
    for table, row in FIRST.items():
        connection.execute(insert(there.tables[table]), row)


def _add_closed(connection: Connection) -> None:
    there = MetaData()
    there.reflect(connection)
    for number in (1002, 1003):
        its = {"id": f"room-{number}", "number": number, "status": "closed", "waiting_since": None}
        connection.execute(insert(there.tables["room"]), FIRST["room"] | its)


def _add_files(connection: Connection) -> None:
    there = MetaData()
    there.reflect(connection)
    file = {
        "room": "room", "author": "reporter", "arrived": 1, "until": None, "quarantined": False,
        "announced": b"sealed", "result": b"",
    }  # fmt: skip
    for id, progress in (("shown", "there"), ("original", "there"), ("arriving", "arriving")):
        its = {"id": id, "client_id": id, "progress": progress, "keeps_original": id == "original"}
        connection.execute(insert(there.tables["attachment"]), file | its)
