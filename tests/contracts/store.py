"""What every store must do beside the journal. Subclassed once for each adapter."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import date, time

import pytest

from messenger.domain.commands import Close, Delete, MarkMailed, MarkSeen, Reopen, Said, Triage
from messenger.domain.duty import DutyHours
from messenger.domain.errors import (
    BadInvitation,
    BadSetting,
    KeyTurned,
    NotFound,
    NothingChanges,
)
from messenger.domain.events import REPORTER, Stream
from messenger.domain.ids import ClientId, MemberId, OrganizationId, RoomId, SchoolId, SessionId
from messenger.domain.keys import Approval, Invitation, ReceiptRow, Recipient, RoomGrant
from messenger.domain.people import Canned, Member, School, Standing
from messenger.domain.report import Urgency
from messenger.domain.room import MAIL_AFTER, MAIL_CLAIMED_AFTER, Room, Status
from tests.contracts.attachments import AttachmentsContract
from tests.contracts.world import (
    ADA,
    ADAS,
    BEN,
    ELM,
    EVE,
    HIGH,
    LATER,
    NOW,
    OAK,
    Store,
    active,
    claim,
    code_of,
    credentials,
    generation,
    invite,
    join,
    open_room,
    opening,
    post,
    said,
    session,
    team_grant,
)

NEW = Member(MemberId("new"), OAK.id, "Newcomer", "Nia New")
TODAY = date(2030, 3, 6)
RECEIPT = ReceiptRow(b"lookup", RoomId("room"), b"wrapped key", b"sealed time")


async def close(store: Store, room: Room) -> None:
    """Have Ada claim and close it."""
    await store.journal.submit(claim(room))
    await store.journal.submit(Close(room.id, ADAS, ClientId("a close"), said("done"), 60))


class RoomsContract:
    """Rooms, their streams, grants and marks."""

    async def test_the_queue_has_every_open_room_and_the_newest_closed_ones(
        self, store: Store
    ) -> None:
        rooms = [await open_room(store, f"room {n}") for n in range(5)]
        for room in rooms[:3]:
            await close(store, room)

        found = await store.rooms.rooms(OAK.id, closed=2)

        assert [room.number for room in found] == [1004, 1005, 1003, 1002]

    async def test_what_is_open_comes_in_the_order_of_its_numbers_whoever_has_it(
        self, store: Store
    ) -> None:
        rooms = [await open_room(store, f"room {n}") for n in range(4)]
        for room in (rooms[3], rooms[1]):
            await store.journal.submit(claim(room))

        found = await store.rooms.rooms(OAK.id)

        assert [room.number for room in found] == [1001, 1002, 1003, 1004]

    async def test_what_was_closed_last_is_the_newest_whatever_its_number(
        self, store: Store
    ) -> None:
        rooms = [await open_room(store, f"room {n}") for n in range(4)]
        for room in (*rooms[1:], rooms[0]):
            await close(store, room)

        found = await store.rooms.rooms(OAK.id, closed=2)

        assert [room.number for room in found] == [1001, 1004]

    async def test_what_is_closed_again_is_the_newest_again(self, store: Store) -> None:
        rooms = [await open_room(store, f"room {n}") for n in range(3)]
        for room in rooms:
            await close(store, room)
        again = Reopen(rooms[0].id, ADAS, ClientId("reopen"), said("wait"))
        assert (await store.journal.submit(again)).room.closing == 1
        done = Close(rooms[0].id, ADAS, ClientId("a second close"), said("now"), 60)

        assert (await store.journal.submit(done)).room.closing == 4
        found = await store.rooms.rooms(OAK.id)
        assert [(room.number, room.closing) for room in found] == [(1001, 4), (1003, 3), (1002, 2)]

    async def test_what_is_closed_elsewhere_is_not_counted(self, store: Store) -> None:
        ours, theirs = await open_room(store), await open_room(store, "theirs", ELM)
        await close(store, ours)
        await store.journal.submit(Delete(theirs.id, REPORTER, ClientId("delete"), TODAY))

        (found,) = await store.rooms.rooms(ELM.id)

        assert found.closing == 1

    async def test_what_is_reopened_and_closed_in_one_breath_is_the_newest(
        self, store: Store
    ) -> None:
        first, second = await open_room(store), await open_room(store, "second")
        for room in (first, second):
            await close(store, room)

        await asyncio.gather(
            store.journal.submit(Reopen(first.id, ADAS, ClientId("reopen"), said("wait"))),
            store.journal.submit(Close(first.id, ADAS, ClientId("and close"), said("no"), 60)),
        )

        found = await store.rooms.rooms(OAK.id)
        assert [room.number for room in found] == [1001, 1002]

    async def test_what_happens_in_a_closed_room_leaves_it_its_place(self, store: Store) -> None:
        first, second = await open_room(store), await open_room(store, "second")
        for room in (first, second):
            await close(store, room)

        await store.journal.submit(MarkSeen(first.id, ADAS, 3))
        triage = Triage(first.id, ADAS, ClientId("triage"), said("worse"), Urgency.LIFE_SAFETY)
        await store.journal.submit(triage)

        found = await store.rooms.rooms(OAK.id)
        assert [(room.number, room.closing) for room in found] == [(1002, 2), (1001, 1)]

    async def test_the_queue_of_another_organization_has_none_of_them(self, store: Store) -> None:
        await open_room(store)

        assert await store.rooms.rooms(ELM.id) == []

    async def test_a_room_nobody_opened_is_not_there(self, store: Store) -> None:
        assert await store.rooms.find_room(RoomId("nowhere")) is None
        assert await store.rooms.events(RoomId("nowhere"), Stream.ROOM, 0) == []

    async def test_a_room_is_found_by_its_number_among_its_organization_s_alone(
        self, store: Store
    ) -> None:
        room, theirs = await open_room(store), await open_room(store, "theirs", ELM)
        await close(store, room)
        closed = await store.rooms.find_room(room.id)

        assert await store.rooms.find_numbered(OAK.id, room.number) == closed
        assert await store.rooms.find_numbered(ELM.id, theirs.number) == theirs
        assert await store.rooms.find_numbered(OAK.id, 1002) is None
        assert await store.rooms.find_numbered(OAK.id, 999_999_999) is None

    async def test_a_deleted_room_is_not_found_by_its_number(self, store: Store) -> None:
        room = await open_room(store)
        await store.rooms.ask_deletion(room.id, TODAY)
        await store.rooms.delete_due(TODAY)

        assert await store.rooms.find_numbered(OAK.id, room.number) is None

    async def test_events_come_in_pages(self, store: Store) -> None:
        room = await open_room(store)
        for n in range(4):
            await store.journal.submit(post(room, f"words {n}"))

        first = await store.rooms.events(room.id, Stream.ROOM, 0, limit=3)
        second = await store.rooms.events(room.id, Stream.ROOM, 3, limit=3)

        assert [event.seq for event in (*first, *second)] == [1, 2, 3, 4, 5]
        assert await store.rooms.events(room.id, Stream.ROOM, 5) == []

    async def test_the_staff_s_file_is_not_in_the_room(self, store: Store) -> None:
        room = await open_room(store)
        triage = Triage(room.id, ADAS, ClientId("triage"), said("worse"), Urgency.LIFE_SAFETY)
        await store.journal.submit(triage)

        shared = await store.rooms.events(room.id, Stream.ROOM, 0)
        file = await store.rooms.events(room.id, Stream.FILE, 0)

        assert [event.kind for event in shared] == ["report_submitted"]
        assert [event.kind for event in file] == ["triaged"]

    async def test_more_rooms_may_be_asked_about_than_a_statement_can_name(
        self, store: Store
    ) -> None:
        room = await open_room(store)
        rooms = [*(RoomId(f"nowhere-{n}") for n in range(33_000)), room.id]

        assert [*await store.rooms.last_events(rooms)] == [room.id]
        assert [found.id for found in await store.rooms.find_rooms(rooms)] == [room.id]
        assert await store.rooms.room_grants(rooms, Recipient.TEAM)

    async def test_the_last_event_of_a_room_is_the_last_with_words(self, store: Store) -> None:
        room, other = await open_room(store), await open_room(store, "other")
        await store.journal.submit(post(room, "hello there"))
        await store.journal.submit(claim(room).replace(said=Said(b"", b"digest")))

        last = await store.rooms.last_events([room.id, other.id, RoomId("nowhere")])

        assert {id: event.seq for id, event in last.items()} == {room.id: 2, other.id: 1}
        assert await store.rooms.last_events([]) == {}

    async def test_what_the_staff_s_file_says_is_no_last_event(self, store: Store) -> None:
        room = await open_room(store)
        triage = Triage(room.id, ADAS, ClientId("triage"), said("worse"), Urgency.LIFE_SAFETY)
        await store.journal.submit(triage)

        last = await store.rooms.last_events([room.id])

        assert [(event.stream, event.seq) for event in last.values()] == [(Stream.ROOM, 1)]

    async def test_grants_are_found_for_their_recipients_alone(self, store: Store) -> None:
        room = await open_room(store)
        grant = RoomGrant(room.id, Recipient.TEAM, 1, b"box")

        assert await store.rooms.room_grants([room.id], Recipient.TEAM) == [grant]
        assert await store.rooms.room_grants([room.id], Recipient.RECOVERY) == []
        assert await store.rooms.room_grants([RoomId("nowhere")], Recipient.TEAM) == []
        assert await store.rooms.room_grants([], Recipient.TEAM) == []

    async def test_the_newest_first_answers_are_counted(self, store: Store) -> None:
        for name in ("one", "two", "unanswered"):
            room = await open_room(store, name)
            if name != "unanswered":
                await store.journal.submit(claim(room))
                await store.journal.submit(post(room, "hello", author=ADAS))

        assert await store.rooms.recent_answers(OAK.id) == [0, 0]
        assert await store.rooms.recent_answers(OAK.id, limit=1) == [0]
        assert await store.rooms.recent_answers(ELM.id) == []

    async def test_of_the_first_answers_those_in_the_newest_rooms_count(self, store: Store) -> None:
        for n in range(4):
            report = opening(f"room {n}")
            waits = report.room.replace(waiting_since=NOW - n)
            room = (await store.journal.open_room(replace(report, room=waits))).room
            await store.journal.submit(claim(room))
            await store.journal.submit(post(room, "hello", author=ADAS))

        assert sorted(await store.rooms.recent_answers(OAK.id, limit=2)) == [2, 3]

    async def test_claimed_rooms_are_those_somebody_holds(self, store: Store) -> None:
        room, done = await open_room(store), await open_room(store, "done")
        await open_room(store, "unclaimed")
        await store.journal.submit(claim(room))
        await close(store, done)

        assert [found.id for found in await store.rooms.claimed_rooms()] == [room.id]

    async def test_mail_is_due_for_who_waits_and_later_if_somebody_has_claimed(
        self, store: Store
    ) -> None:
        room, claimed = await open_room(store), await open_room(store, "claimed")
        await store.journal.submit(claim(claimed))

        async def due(before: int) -> list[RoomId]:
            return [each.id for each in await store.rooms.rooms_to_mail(before)]

        assert await due(NOW + MAIL_AFTER) == []
        assert await due(NOW + MAIL_AFTER + 1) == [room.id]
        assert await due(NOW + MAIL_CLAIMED_AFTER) == [room.id]
        assert await due(NOW + MAIL_CLAIMED_AFTER + 1) == [room.id, claimed.id]
        await store.journal.submit(post(claimed, "I am here", author=ADAS))
        assert await due(NOW + MAIL_CLAIMED_AFTER + 1) == [room.id]

    async def test_a_mail_is_due_at_once_about_who_waits_since_before_the_clock_was_put_back(
        self, store: Store
    ) -> None:
        report = opening("claimed")
        before = replace(report, room=report.room.replace(waiting_since=NOW - 3600))
        room, claimed = await open_room(store), (await store.journal.open_room(before)).room
        await store.journal.submit(claim(claimed))

        async def due(now: int) -> list[RoomId]:
            return [each.id for each in await store.rooms.rooms_to_mail(now)]

        assert await due(NOW - 60) == []
        assert await due(NOW - 61) == [room.id, claimed.id]
        await store.journal.submit(MarkMailed(room.id, room.mail_due))
        await store.journal.submit(post(claimed, "I am here", author=ADAS))
        assert await due(NOW - 61) == []


class DeletionContract:
    """What is left of a room that its reporter had deleted."""

    async def test_asking_ends_the_reporter_s_access_at_once_and_keeps_the_room(
        self, store: Store
    ) -> None:
        room, other = await open_room(store), await open_room(store, "other")
        await store.sessions.add_receipt(RECEIPT)

        await store.rooms.ask_deletion(room.id, TODAY)

        assert await store.sessions.find_session(opening().session.id, NOW) is None
        assert await store.sessions.find_receipt(RECEIPT.lookup) is None
        assert await store.sessions.find_session(opening(other.id).session.id, NOW) is not None
        assert await store.rooms.find_room(room.id) == room.replace(delete_on="2030-03-06")

    async def test_nobody_comes_in_who_was_on_the_way_when_it_was_asked(self, store: Store) -> None:
        room = await open_room(store)
        late = replace(opening().session, id=SessionId(b"late"))
        await store.rooms.ask_deletion(room.id, TODAY)

        assert not await store.sessions.add_session(late)
        await store.sessions.add_receipt(RECEIPT)

        assert await store.sessions.find_session(late.id, NOW) is None
        assert await store.sessions.find_receipt(RECEIPT.lookup) is None

    async def test_nobody_comes_in_who_was_on_the_way_until_it_was_erased(
        self, store: Store
    ) -> None:
        room = await open_room(store)
        late = replace(opening().session, id=SessionId(b"late"))
        await store.rooms.ask_deletion(room.id, TODAY)
        await store.rooms.delete_due(TODAY)

        assert not await store.sessions.add_session(late)
        await store.sessions.add_receipt(RECEIPT)

        assert await store.sessions.find_session(late.id, NOW) is None
        assert await store.sessions.find_receipt(RECEIPT.lookup) is None

    async def test_a_deleted_room_is_closed_and_has_its_day_at_once(self, store: Store) -> None:
        room, closed = await open_room(store), await open_room(store, "closed")
        await close(store, closed)

        for each in (room, closed):
            await store.journal.submit(Delete(each.id, REPORTER, ClientId("delete"), TODAY))

        found = await store.rooms.find_rooms([room.id, closed.id])
        assert {(each.status, each.delete_on) for each in found} == {
            (Status.CLOSED, "2030-03-06"),
        }  # fmt: skip
        assert len(await store.rooms.delete_due(TODAY)) == 2

    async def test_a_deletion_asked_for_again_gets_the_first_answer(self, store: Store) -> None:
        room = await open_room(store)
        delete = Delete(room.id, REPORTER, ClientId("delete"), TODAY)

        first = await store.journal.submit(delete)

        assert await store.journal.submit(delete) == first.replace(repeated=True)

    async def test_a_tombstone_is_all_that_stays(self, store: Store) -> None:
        room, other = await open_room(store), await open_room(store, "other")
        await store.journal.submit(post(room, "hello there"))
        await store.journal.submit(MarkSeen(room.id, ADAS, 2))
        await store.rooms.ask_deletion(room.id, TODAY)

        assert await store.rooms.delete_due(TODAY) == [(OAK.id, room.id)]

        assert await store.rooms.find_room(room.id) is None
        assert await store.rooms.rooms(OAK.id) == [other]
        assert await store.rooms.events(room.id, Stream.ROOM, 0) == []
        assert await store.rooms.room_grants([room.id], Recipient.TEAM) == []
        assert await store.rooms.readers(room.id) == {}
        assert (await open_room(store, "next")).number == 1003
        with pytest.raises(NotFound):
            await store.journal.submit(post(room, "am I there"))

    async def test_nothing_is_deleted_before_its_day_or_twice(self, store: Store) -> None:
        room = await open_room(store)
        await open_room(store, "nobody asked")
        await store.rooms.ask_deletion(room.id, TODAY)

        before = await store.rooms.delete_due(date(2030, 3, 5))
        after = [await store.rooms.delete_due(date(2030, 4, 1)) for _ in range(2)]

        assert (before, after) == ([], [[(OAK.id, room.id)], []])

    async def test_a_room_somebody_holds_is_not_deleted(self, store: Store) -> None:
        held, urgent = await open_room(store, "held"), await open_room(store, "urgent")
        await store.journal.submit(claim(held))
        await store.journal.submit(
            Triage(urgent.id, ADAS, ClientId("triage"), said("worse"), Urgency.LIFE_SAFETY)
        )
        for room in (held, urgent):
            await store.rooms.ask_deletion(room.id, TODAY)

        assert await store.rooms.delete_due(TODAY) == []
        assert await store.rooms.find_room(held.id) is not None


class DirectoryContract:
    """Organizations, schools, codes, hours, members."""

    async def test_organizations_are_found_by_id_and_by_slug(self, store: Store) -> None:
        assert await store.directory.organizations() == [ELM, OAK]
        assert await store.directory.find_organization(OAK.id) == OAK
        assert await store.directory.organization_of_slug("elm") == ELM
        assert await store.directory.find_organization(OrganizationId("nowhere")) is None
        assert await store.directory.organization_of_slug("nowhere") is None

    async def test_a_slug_is_used_once(self, store: Store) -> None:
        twin = replace(OAK, id=OrganizationId("twin"))

        with pytest.raises(BadSetting, match="oak"):
            await store.directory.add_organization(
                twin, generation(twin.id, 1), team_grant(twin.id, 1)
            )
        with pytest.raises(BadSetting, match="oak"):
            await store.directory.update_organization(replace(ELM, slug="oak"))

        assert await store.directory.organizations() == [ELM, OAK]
        assert await store.keys.generations(twin.id) == []

    async def test_an_organization_changes_and_its_numbers_go_on(self, store: Store) -> None:
        await open_room(store)
        changed = replace(OAK, name="Oak District", demo=True, emergency=())

        await store.directory.update_organization(changed)

        assert await store.directory.find_organization(OAK.id) == changed
        assert (await open_room(store, "next")).number == 1002

    async def test_schools_belong_to_their_organization(self, store: Store) -> None:
        assert await store.directory.schools(OAK.id) == [HIGH]
        assert await store.directory.schools(ELM.id) == []
        assert await store.directory.find_school(HIGH.id) == HIGH
        assert await store.directory.find_school(SchoolId("nowhere")) is None

    async def test_a_school_is_renamed_where_it_is_searched_too(self, store: Store) -> None:
        renamed = replace(HIGH, name="Érable Primaire")

        await store.directory.rename_school(renamed)

        assert await store.directory.schools(OAK.id) == [renamed]
        assert await store.directory.search_schools("erable") == [(renamed, OAK.name)]

    async def test_a_school_stays_as_long_as_a_code_or_a_room_is_its_own(
        self, store: Store
    ) -> None:
        maple = School(SchoolId("maple"), OAK.id, "Maple")
        await store.directory.add_school(maple)
        await store.directory.add_code("maple", OAK.id, maple.id)
        begun = opening()
        begun = replace(begun, room=begun.room.replace(school=HIGH.id))
        await store.journal.open_room(begun)

        held = [await store.directory.remove_school(school) for school in (HIGH, maple)]
        code = await store.directory.remove_code(OAK.id, "maple")
        gone = [await store.directory.remove_school(school) for school in (HIGH, maple)]

        assert (held, code, gone) == ([False, False], True, [False, True])
        assert await store.directory.schools(OAK.id) == [HIGH]

    @pytest.mark.parametrize(
        ("words", "names"),
        [
            ("oak", ["Oak Valley High"]),
            ("HIGH valley", ["Oak Valley High"]),
            ("ecole primaire", ["Érable Primaire"]),
            ("district érable", []),
            ("", ["Érable Primaire", "Oak Valley High"]),
            ("100%", []),
            ("oak " * 50_000, ["Oak Valley High"]),
        ],
    )
    async def test_schools_are_searched_by_all_words_without_case_or_accents(
        self, store: Store, words: str, names: list[str]
    ) -> None:
        await store.directory.add_school(School(SchoolId("maple"), ELM.id, "Érable Primaire"))

        found = await store.directory.search_schools(words)

        assert [school.name for school, _ in found] == names
        assert {name for _, name in found} <= {OAK.name, ELM.name}

    async def test_a_code_leads_to_its_school_however_it_is_typed(self, store: Store) -> None:
        await store.directory.add_code("Oak-24", OAK.id, None)
        await store.directory.add_code("OAK-24", OAK.id, HIGH.id)

        assert await store.directory.find_code(" oak-24 ") == (OAK.id, HIGH.id)
        assert await store.directory.codes(OAK.id) == [("oak-24", HIGH.id)]
        assert await store.directory.codes(ELM.id) == []
        assert await store.directory.find_code("other") is None

    async def test_nothing_is_called_what_is_no_text(self, store: Store) -> None:
        with suppress(NotFound):
            assert await store.directory.find_code("oak\0") is None
        with suppress(NotFound):
            assert await store.rooms.find_room(RoomId("\0")) is None

    async def test_a_code_is_one_organization_s(self, store: Store) -> None:
        await store.directory.add_code("oak", OAK.id, None)

        with pytest.raises(BadSetting, match="oak"):
            await store.directory.add_code("OAK", ELM.id, None)

        assert await store.directory.find_code("oak") == (OAK.id, None)

    async def test_a_removed_code_is_free_for_another_organization(self, store: Store) -> None:
        await store.directory.add_code("Oak-24", OAK.id, HIGH.id)
        assert await store.directory.find_code("oak-24") == (OAK.id, HIGH.id)

        theirs = await store.directory.remove_code(ELM.id, "OAK-24")
        ours = await store.directory.remove_code(OAK.id, " OAK-24 ")
        again = await store.directory.remove_code(OAK.id, "OAK-24")
        nobody_s = await store.directory.find_code("oak-24")
        await store.directory.add_code("oak-24", ELM.id, None)

        assert (theirs, ours, again, nobody_s) == (False, True, False, None)
        assert await store.directory.find_code("oak-24") == (ELM.id, None)

    async def test_duty_hours_are_kept_whole(self, store: Store) -> None:
        hours = DutyHours(
            "America/Chicago",
            {0: ((time(7, 30), time(15)), (time(20), time(0))), 6: ((time(0), time(0)),)},
            frozenset({date(2030, 7, 4)}),
        )
        assert await store.directory.duty_hours(OAK.id) == DutyHours(OAK.time_zone, {})

        for _ in range(2):
            await store.directory.set_duty_hours(OAK.id, hours)

        assert await store.directory.duty_hours(OAK.id) == hours
        assert await store.directory.duty_hours(ELM.id) == DutyHours(ELM.time_zone, {})
        with pytest.raises(NotFound):
            await store.directory.duty_hours(OrganizationId("nowhere"))

    async def test_origins_of_frames_are_the_organization_s_own(self, store: Store) -> None:
        directory = store.directory
        for origin in ("https://www.oak.test", "https://a.oak.test", "https://www.oak.test"):
            await directory.add_frame_origin(OAK.id, origin)

        both = await directory.frame_origins(OAK.id)
        theirs = await directory.remove_frame_origin(ELM.id, "https://a.oak.test")
        ours = await directory.remove_frame_origin(OAK.id, "https://a.oak.test")

        assert both == ["https://a.oak.test", "https://www.oak.test"]
        assert (theirs, ours) == (False, True)
        assert await directory.frame_origins(OAK.id) == ["https://www.oak.test"]
        assert await directory.frame_origins(ELM.id) == []

    async def test_canned_responses_are_the_organization_s_own(self, store: Store) -> None:
        await store.directory.add_canned(OAK.id, Canned("hi", "Hello", "Hi"))
        await store.directory.add_canned(OAK.id, Canned("hi", "Hello", "Hi there"))

        assert await store.directory.canned(OAK.id) == [Canned("hi", "Hello", "Hi there")]
        assert await store.directory.canned(ELM.id) == []

    async def test_a_canned_response_is_removed_from_its_organization_alone(
        self, store: Store
    ) -> None:
        for organization in (OAK, ELM):
            await store.directory.add_canned(organization.id, Canned("hi", "Hello", "Hi"))

        gone = [await store.directory.remove_canned(OAK.id, "hi") for _ in range(2)]

        assert gone == [True, False]
        assert await store.directory.canned(OAK.id) == []
        assert await store.directory.canned(ELM.id) == [Canned("hi", "Hello", "Hi")]

    async def test_members_are_found_by_organization_id_and_login(self, store: Store) -> None:
        assert await store.directory.members(OAK.id) == [active(ADA), active(BEN)]
        assert await store.directory.members(ELM.id) == [active(EVE)]
        assert await store.directory.find_member(ADA.id) == active(ADA)
        assert await store.directory.member_of_login("ADA") == active(ADA)
        assert await store.directory.find_member(MemberId("nobody")) is None
        assert await store.directory.member_of_login("nobody") is None

    async def test_a_login_is_taken_in_the_whole_deployment(self, store: Store) -> None:
        with pytest.raises(BadSetting, match="Eve"):
            await invite(store, replace(NEW, login="Eve"))

        assert await store.directory.find_member(NEW.id) is None
        assert await store.keys.find_invitation(code_of(NEW), NOW) is None

    async def test_a_change_of_name_changes_no_standing_and_no_key(self, store: Store) -> None:
        await store.directory.change_member(ADA, name="Ada P.", shown_name="Ms. P", email="")

        kept = active(replace(ADA, name="Ada P.", shown_name="Ms. P", email=""))
        assert await store.directory.find_member(ADA.id) == kept

    async def test_of_a_member_only_what_changes_is_written(self, store: Store) -> None:
        await store.directory.change_member(ADA, email="new@oak.example")

        await store.directory.change_member(ADA, on_duty=False)
        await store.directory.change_member(ADA)

        changed = active(replace(ADA, email="new@oak.example", on_duty=False))
        assert await store.directory.members(OAK.id) == [changed, active(BEN)]


class KeysContract:
    """Who gets in, and who holds the team's key."""

    async def test_an_invitation_works_once_and_leaves_the_member_pending(
        self, store: Store
    ) -> None:
        await invite(store, NEW)
        assert await store.keys.find_invitation(code_of(NEW), NOW) == NEW.id

        await store.keys.accept_invitation(code_of(NEW), b"key", credentials(NEW))

        found = await store.directory.find_member(NEW.id)
        assert found == replace(NEW, standing=Standing.PENDING, public_key=b"key")
        assert await store.keys.find_credentials(NEW.id) == credentials(NEW)
        assert await store.keys.find_invitation(code_of(NEW), NOW) is None
        with pytest.raises(BadInvitation):
            await store.keys.accept_invitation(code_of(NEW), b"another", credentials(NEW))

    async def test_an_invitation_runs_out(self, store: Store) -> None:
        await invite(store, NEW)

        assert await store.keys.find_invitation(code_of(NEW), LATER) is None

    async def test_who_is_disabled_or_invited_again_is_not_let_in_by_the_first_invitation(
        self, store: Store
    ) -> None:
        other = replace(NEW, id=MemberId("other"), login="other")
        for member in (NEW, other):
            await invite(store, member)

        await store.keys.disable(NEW.id)
        await store.keys.invite_again(Invitation(b"another", other.id, LATER))

        for member in (NEW, other):
            assert await store.keys.find_invitation(code_of(member), NOW) is None
            with pytest.raises(BadInvitation):
                await store.keys.accept_invitation(code_of(member), b"key", credentials(member))

    async def test_an_invitation_is_for_its_member(self, store: Store) -> None:
        await invite(store, NEW)

        with pytest.raises(BadInvitation):
            await store.keys.accept_invitation(code_of(NEW), b"key", credentials(BEN))

        found = await store.directory.find_member(BEN.id)
        assert found == active(BEN)

    async def test_approving_makes_a_pending_member_active_with_the_team_s_key(
        self, store: Store
    ) -> None:
        await join(store, NEW)

        assert await store.keys.team_grants(OAK.id, "member", NEW.id) == [
            team_grant(OAK.id, 1, NEW.id)
        ]
        approvals = await store.keys.approvals(OAK.id)
        assert [(member.id, approval.generation) for member, approval in approvals] == [
            (ADA.id, 1),
            (BEN.id, 1),
            (NEW.id, 1),
        ]

    async def test_only_who_is_pending_can_be_approved(self, store: Store) -> None:
        await invite(store, NEW)

        with pytest.raises(NothingChanges):
            await store.keys.approve(Approval(NEW.id, 1, b"tag"), [])
        with pytest.raises(NotFound):
            await store.keys.approve(Approval(MemberId("nobody"), 1, b"tag"), [])

        assert len(await store.keys.approvals(OAK.id)) == 2

    async def test_an_approval_under_a_key_that_was_changed_meanwhile_is_refused(
        self, store: Store
    ) -> None:
        await invite(store, NEW)
        await store.keys.accept_invitation(code_of(NEW), b"key", credentials(NEW))
        assert await self.rotate(store, 2)

        with pytest.raises(KeyTurned):
            await store.keys.approve(Approval(NEW.id, 1, b"tag"), [team_grant(OAK.id, 1, NEW.id)])

        assert await store.keys.team_grants(OAK.id, "member", NEW.id) == []

    async def test_a_code_of_the_second_factor_works_once(self, store: Store) -> None:
        taken = [await store.keys.take_step(ADA.id, step) for step in (7, 7, 6, 8)]

        assert taken == [True, False, False, True]
        assert not await store.keys.take_step(MemberId("nobody"), 9)

    async def test_a_second_factor_is_changed_only_from_what_it_was(self, store: Store) -> None:
        before = (await store.keys.find_credentials(ADA.id) or credentials(ADA)).second_factor

        assert await store.keys.change_second_factor(ADA.id, before, b"one code less")
        assert not await store.keys.change_second_factor(ADA.id, before, b"the same code")
        assert not await store.keys.change_second_factor(MemberId("nobody"), before, b"x")

        found = await store.keys.find_credentials(ADA.id)
        assert found == replace(credentials(ADA), second_factor=b"one code less")

    async def test_a_new_password_gives_no_code_back(self, store: Store) -> None:
        before = credentials(ADA)
        await store.keys.take_step(ADA.id, 7)
        await store.keys.change_second_factor(ADA.id, before.second_factor, b"one code less")

        after = replace(before, wrapped_private=b"anew")
        assert await store.keys.change_password(before, after)

        found = await store.keys.find_credentials(ADA.id)
        assert found == replace(
            before, wrapped_private=b"anew", last_step=7, second_factor=b"one code less"
        )

    async def test_a_password_is_changed_only_from_what_it_was(self, store: Store) -> None:
        before = credentials(ADA)
        first, second = (replace(before, wrapped_private=name) for name in (b"1st", b"2nd"))

        assert await store.keys.change_password(before, first)
        assert not await store.keys.change_password(before, second)
        assert not await store.keys.change_password(replace(first, member=NEW.id), second)

        assert await store.keys.find_credentials(ADA.id) == first

    async def test_a_member_invited_again_starts_from_nothing_and_the_key_has_to_change(
        self, store: Store
    ) -> None:
        stay = session("ada", member=ADA.id)
        await store.sessions.add_session(stay)

        await store.keys.invite_again(Invitation(b"another", ADA.id, LATER))

        assert await store.directory.find_member(ADA.id) == ADA
        assert await store.keys.find_credentials(ADA.id) is None
        assert await store.keys.team_grants(OAK.id, "member", ADA.id) == []
        assert await store.sessions.find_session(stay.id, NOW) is None
        assert await store.keys.find_invitation(b"another", NOW) == ADA.id
        assert [member.id for member, _ in await store.keys.approvals(OAK.id)] == [BEN.id]
        assert await store.keys.rotation_due(OAK.id)

    async def test_a_member_who_never_had_the_key_goes_without_a_new_one(
        self, store: Store
    ) -> None:
        await self.rotate(store, 2, ADA)
        await store.keys.invite_again(Invitation(b"another", BEN.id, LATER))
        await self.rotate(store, 3, ADA)

        await store.keys.disable(BEN.id)

        assert not await store.keys.rotation_due(OAK.id)

    async def test_disabling_takes_everything_at_once_and_asks_for_a_new_key(
        self, store: Store
    ) -> None:
        stay = session("ben", member=BEN.id)
        await store.sessions.add_session(stay)
        await store.directory.change_member(BEN, on_duty=True)
        assert not await store.keys.rotation_due(OAK.id)

        await store.keys.disable(BEN.id)

        found = await store.directory.find_member(BEN.id)
        assert found == replace(active(BEN), standing=Standing.DISABLED)
        assert await store.keys.find_credentials(BEN.id) is None
        assert await store.keys.team_grants(OAK.id, "member", BEN.id) == []
        assert await store.sessions.find_session(stay.id, NOW) is None
        assert await store.keys.rotation_due(OAK.id)
        assert not await store.keys.rotation_due(ELM.id)
        with pytest.raises(NotFound):
            await store.keys.disable(MemberId("nobody"))

    async def test_of_two_rotations_at_once_one_is_recorded(self, store: Store) -> None:
        await store.keys.disable(BEN.id)

        done = await asyncio.gather(*(self.rotate(store, 2, ADA) for _ in range(2)))

        assert done == [True, False]
        assert [each.generation for each in await store.keys.generations(OAK.id)] == [1, 2]
        assert await store.keys.team_grants(OAK.id, "member", ADA.id) == [
            team_grant(OAK.id, 1, ADA.id),
            team_grant(OAK.id, 2, ADA.id),
        ]
        assert not await store.keys.rotation_due(OAK.id)

    async def test_a_rotation_that_would_give_the_key_to_who_left_is_not_recorded(
        self, store: Store
    ) -> None:
        await store.keys.disable(BEN.id)

        assert not await self.rotate(store, 2, ADA, BEN)

        assert await store.keys.rotation_due(OAK.id)
        assert await store.keys.team_grants(OAK.id, "member", BEN.id) == []

    async def test_a_rotation_may_leave_out_who_was_not_vouched_for(self, store: Store) -> None:
        assert await self.rotate(store, 2, ADA)

        grants = await store.keys.team_grants(OAK.id, "member", BEN.id)
        assert [grant.generation for grant in grants] == [1]

    async def test_a_rotation_regrants_open_rooms_and_vouches_anew(self, store: Store) -> None:
        room, closed = await open_room(store), await open_room(store, "closed")
        await open_room(store, "elsewhere", ELM)
        await close(store, closed)
        [grant] = await store.keys.rooms_to_regrant(OAK.id)
        assert grant == RoomGrant(room.id, Recipient.TEAM, 1, b"box")
        anew = replace(grant, generation=2, box=b"anew")
        gone = replace(anew, room=RoomId("erased"))

        done = await store.keys.rotate(
            generation(OAK.id, 2),
            [team_grant(OAK.id, 2, member.id) for member in (ADA, BEN)],
            [Approval(ADA.id, 2, b"tag"), Approval(BEN.id, 2, b"tag")],
            [anew, gone],
        )

        assert done
        found = await store.rooms.room_grants([room.id, closed.id], Recipient.TEAM)
        assert {grant.room: grant.generation for grant in found} == {room.id: 2, closed.id: 1}
        approvals = await store.keys.approvals(OAK.id)
        assert [approval.generation for _, approval in approvals] == [2, 2]

    async def test_a_rotation_that_leaves_out_an_open_room_is_not_recorded(
        self, store: Store
    ) -> None:
        await store.keys.disable(BEN.id)
        await open_room(store)

        assert not await self.rotate(store, 2, ADA)

        assert await store.keys.rotation_due(OAK.id)
        assert [each.generation for each in await store.keys.generations(OAK.id)] == [1]

    async def test_what_is_sealed_to_a_key_that_was_changed_meanwhile_opens_no_room(
        self, store: Store
    ) -> None:
        first = await open_room(store, organization=ELM)
        assert await self.rotate(store, 2)

        with pytest.raises(KeyTurned):
            await open_room(store, "late")
        assert await store.rooms.find_room(RoomId("late")) is None

        grant = RoomGrant(RoomId("anew"), Recipient.TEAM, 2, b"box")
        anew = replace(opening("anew"), grants=(grant,))
        assert (await store.journal.open_room(anew)).room.number == first.number, "None is skipped."

    async def test_the_salt_is_made_once(self, store: Store) -> None:
        salts = await asyncio.gather(*(store.keys.salt() for _ in range(3)))

        assert len(set(salts)) == 1
        assert len(salts[0]) == 16

    async def test_keys_begin_anew_only_where_they_open_nothing_yet(self, store: Store) -> None:
        new = replace(OAK, id=OrganizationId("new"), slug="new")
        await store.directory.add_organization(new, generation(new.id, 1), team_grant(new.id, 1))
        other = replace(generation(new.id, 1), public_key=b"another")
        first = (other, replace(team_grant(new.id, 1), box=b"another"), b"another paper")

        await store.directory.add_code("NEW", new.id, None)
        assert not await store.keys.begin_anew(*first)
        await store.directory.remove_code(new.id, "NEW")
        assert await store.keys.begin_anew(*first)
        found = await store.directory.find_organization(new.id)
        assert found == replace(new, recovery_key=b"another paper")
        assert await store.keys.generations(new.id) == [other]
        assert await store.keys.team_grants(new.id, Recipient.RECOVERY, "") == [first[1]]

        await open_room(store, organization=new)
        assert not await store.keys.begin_anew(*first)
        of_oak = (generation(OAK.id, 1), team_grant(OAK.id, 1), b"another paper")
        assert not await store.keys.begin_anew(*of_oak), "Ada holds the team's key."
        assert await store.directory.find_organization(OAK.id) == OAK

    async def test_it_belongs_with_the_secrets_of_who_was_first_until_they_are_turned(
        self, store: Store
    ) -> None:
        assert await store.keys.find_secrets_mark() is None

        marks = {await store.keys.secrets_mark(mark) for mark in (b"first", b"second")}
        salt = await store.keys.salt()

        await store.keys.keep_secrets_mark(b"turned")

        assert marks == {b"first"}
        assert await store.keys.secrets_mark(b"second") == b"turned"
        assert await store.keys.salt() == salt

    async def rotate(self, store: Store, number: int, *members: Member) -> bool:
        grants = [team_grant(OAK.id, number, member.id) for member in members or (ADA, BEN)]
        return await store.keys.rotate(generation(OAK.id, number), grants, [], [])


class SessionsContract:
    """Browsers' stays and reporters' ways back."""

    async def test_a_session_is_found_until_it_ends(self, store: Store) -> None:
        stay = session("ada", member=ADA.id)
        await store.sessions.add_session(stay)

        assert await store.sessions.find_session(stay.id, LATER - 1) == stay
        assert await store.sessions.find_session(stay.id, LATER) is None
        await store.sessions.extend_session(stay.id, LATER + 60)
        assert await store.sessions.find_session(stay.id, LATER) is not None
        await store.sessions.revoke_session(stay.id)
        assert await store.sessions.find_session(stay.id, NOW) is None

    async def test_a_reporter_is_found_with_their_room_as_it_is_until_the_session_ends(
        self, store: Store
    ) -> None:
        room, member = await open_room(store), session("ada", member=ADA.id)
        await store.sessions.add_session(member)
        ours = opening().session
        before = await store.sessions.find_way_in(ours.id, NOW)
        after = (await store.journal.submit(post(room, "message-01"))).room

        assert before == (ours, room)
        assert await store.sessions.find_way_in(ours.id, NOW) == (ours, after)
        assert await store.sessions.find_way_in(ours.id, NOW, room.organization) == (ours, after)
        assert await store.sessions.find_way_in(member.id, NOW) is None
        assert await store.sessions.find_way_in(SessionId(b"nobody"), NOW) is None
        assert await store.sessions.find_way_in(ours.id, LATER) is None
        await store.sessions.revoke_session(ours.id)
        assert await store.sessions.find_way_in(ours.id, NOW) is None

    async def test_a_member_is_found_with_who_they_are_until_the_session_ends(
        self, store: Store
    ) -> None:
        await open_room(store)
        await invite(store, NEW)
        await store.keys.accept_invitation(code_of(NEW), b"key", credentials(NEW))
        stay = session("new", member=NEW.id)
        await store.sessions.add_session(stay)
        member = await store.directory.find_member(NEW.id)

        assert await store.sessions.find_signed_in(stay.id, NOW) == (stay, member, credentials(NEW))
        assert await store.sessions.find_signed_in(opening().session.id, NOW) is None
        assert await store.sessions.find_signed_in(SessionId(b"nobody"), NOW) is None
        assert await store.sessions.find_signed_in(stay.id, LATER) is None
        await store.sessions.revoke_session(stay.id)
        assert await store.sessions.find_signed_in(stay.id, NOW) is None

    async def test_a_member_still_invited_has_no_session_and_a_pending_one_has(
        self, store: Store
    ) -> None:
        await invite(store, NEW)
        stay = session("new", member=NEW.id)
        await store.sessions.add_session(stay)
        invited = await store.sessions.find_session(stay.id, NOW)

        await store.keys.accept_invitation(code_of(NEW), b"key", credentials(NEW))

        assert invited is None
        assert await store.sessions.find_session(stay.id, NOW) == stay

    async def test_of_many_sessions_those_are_living_that_would_be_found(
        self, store: Store
    ) -> None:
        await open_room(store)
        stays = [session("ada", member=ADA.id), session("ben", member=BEN.id), opening().session]
        for stay in stays[:2]:
            await store.sessions.add_session(stay)
        await store.keys.disable(BEN.id)
        ids = [stay.id for stay in stays]

        assert await store.sessions.living(ids, NOW) == {ids[0], ids[2]}
        assert await store.sessions.living(ids, LATER) == set()
        assert await store.sessions.living([], NOW) == set()

    async def test_a_member_s_sessions_end_all_but_one_or_all(self, store: Store) -> None:
        stays = [session(name, member=ADA.id) for name in ("one", "two")]
        stays.append(session("ben", member=BEN.id))
        for stay in stays:
            await store.sessions.add_session(stay)

        await store.sessions.revoke_sessions_of(ADA.id, keep=stays[0].id)

        found = [await store.sessions.find_session(stay.id, NOW) for stay in stays]
        assert found == [stays[0], None, stays[2]]
        await store.sessions.revoke_sessions_of(ADA.id)
        assert await store.sessions.find_session(stays[0].id, NOW) is None

    async def test_what_has_run_out_is_forgotten(self, store: Store) -> None:
        early, late = session("early", member=ADA.id), session("late", member=ADA.id)
        await store.sessions.add_session(replace(early, expires=NOW))
        await store.sessions.add_session(late)

        await store.sessions.expire_sessions(NOW)

        assert await store.sessions.find_session(early.id, 0) is None
        assert await store.sessions.find_session(late.id, 0) == late

    async def test_once_the_words_are_kept_they_are_forgotten_here(self, store: Store) -> None:
        await open_room(store)
        stay = opening().session

        await open_room(store, "other")
        other = opening("other").session

        for _ in range(2):
            await store.sessions.keep_receipt(stay.id)

        assert await store.sessions.find_session(stay.id, NOW) == replace(stay, pending=b"")
        assert await store.sessions.find_session(other.id, NOW) == other

    async def test_a_receipt_is_found_by_its_words_and_by_its_room(self, store: Store) -> None:
        await open_room(store)

        for _ in range(2):
            await store.sessions.add_receipt(RECEIPT)

        assert await store.sessions.find_receipt(RECEIPT.lookup) == RECEIPT
        assert await store.sessions.receipt_of_room(RECEIPT.room) == RECEIPT

    async def test_a_receipt_remembers_its_last_use(self, store: Store) -> None:
        await open_room(store)
        await open_room(store, "other")
        other = replace(RECEIPT, lookup=b"other", room=RoomId("other"))
        for receipt in (RECEIPT, other):
            await store.sessions.add_receipt(receipt)

        await store.sessions.use_receipt(RECEIPT.lookup, b"sealed now")

        found = await store.sessions.find_receipt(RECEIPT.lookup)
        assert found == replace(RECEIPT, last_used=b"sealed now")
        assert await store.sessions.find_receipt(other.lookup) == other
        assert await store.sessions.find_receipt(b"another") is None


class LeasingContract:
    """What one of many processes holds. A lease of no seconds has run out when it begins."""

    async def test_of_two_holders_one_wins_and_renews(self, store: Store) -> None:
        hold = store.leasing.hold
        won = await asyncio.gather(*(hold("sweep", holder, 60) for holder in ("one", "two")))
        holder, other = ("one", "two") if won[0] else ("two", "one")

        assert sorted(won) == [False, True]
        assert await hold("sweep", holder, 60)
        assert not await hold("sweep", other, 60)

    async def test_what_is_held_by_one_name_is_free_by_another(self, store: Store) -> None:
        assert await store.leasing.hold("sweep", "one", 60)

        assert await store.leasing.hold("mail", "two", 60)

    async def test_what_has_run_out_is_another_s(self, store: Store) -> None:
        assert await store.leasing.hold("sweep", "one", 0)

        assert await store.leasing.hold("sweep", "two", 60)
        assert not await store.leasing.hold("sweep", "one", 60)

    async def test_renewing_counts_from_now(self, store: Store) -> None:
        assert await store.leasing.hold("sweep", "one", 60)

        assert await store.leasing.renew("sweep", "one", 0)

        assert await store.leasing.hold("sweep", "two", 60)

    async def test_what_has_run_out_is_not_renewed_even_if_nobody_took_it(
        self, store: Store
    ) -> None:
        assert await store.leasing.hold("sweep", "one", 0)

        assert not await store.leasing.renew("sweep", "one", 60)

        assert await store.leasing.hold("sweep", "one", 60)
        assert not await store.leasing.renew("sweep", "two", 60)
        assert not await store.leasing.renew("mail", "one", 60)

    async def test_what_is_released_is_free_at_once(self, store: Store) -> None:
        await store.leasing.hold("sweep", "one", 60)

        await store.leasing.release("sweep", "one")

        assert await store.leasing.hold("sweep", "two", 60)

    async def test_only_its_holder_releases_it(self, store: Store) -> None:
        await store.leasing.hold("sweep", "one", 60)
        await store.leasing.hold("mail", "two", 60)

        await store.leasing.release("sweep", "two")

        assert not await store.leasing.hold("sweep", "two", 60)


class StoreContract(
    RoomsContract,
    DeletionContract,
    DirectoryContract,
    KeysContract,
    SessionsContract,
    LeasingContract,
    AttachmentsContract,
):
    """All of it."""
