"""What every journal must do. Subclassed once for each adapter."""

import asyncio
from dataclasses import replace
from typing import cast

import pytest

from messenger.domain.commands import (
    BringIn,
    Close,
    Command,
    HandOver,
    LapseClaim,
    MarkMailed,
    MarkSeen,
    Reopen,
    Triage,
)
from messenger.domain.errors import (
    Conflict,
    NotFound,
    NothingChanges,
    NotYourClaim,
    RoomIsTaken,
    StoreDown,
    TooBusy,
)
from messenger.domain.events import REPORTER, SYSTEM, Author, Kind, Role, Stream
from messenger.domain.ids import ClientId, MemberId, OrganizationId, RoomId, SessionId
from messenger.domain.report import Urgency
from messenger.domain.room import MAIL_AGAIN_AFTER, Status
from messenger.ports.storage import Outcome
from tests.contracts.world import (
    ADA,
    ADAS,
    BEN,
    BENS,
    ELM,
    LATER,
    NOW,
    OAK,
    Store,
    claim,
    open_room,
    opening,
    post,
    said,
    session,
)

SURGE, FLOOD = 5_000, 15_000
"""Commands at once: more than one batch takes, more than may wait."""


class JournalContract:
    """Order, numbers, one winner, repeats, refusals. The fixture `store` holds the world."""

    async def test_a_room_begins_with_a_number_its_first_event_and_its_session(
        self, store: Store
    ) -> None:
        outcome = await store.journal.open_room(opening("room"))

        assert outcome.room.number == 1001
        assert outcome.room.waiting_since == NOW
        assert [(event.seq, event.kind) for event in outcome.events] == [(1, Kind.REPORT_SUBMITTED)]
        assert await store.rooms.find_room(RoomId("room")) == outcome.room
        assert await store.rooms.events(RoomId("room"), Stream.ROOM, 0) == [*outcome.events]
        found = await store.sessions.find_session(opening("room").session.id, NOW)
        assert found == opening("room").session

    async def test_each_organization_counts_its_own_rooms_without_a_gap(self, store: Store) -> None:
        names = [f"room {n}" for n in range(20)]

        ours = await asyncio.gather(*(open_room(store, name) for name in names))
        theirs = await open_room(store, "elsewhere", ELM)

        assert sorted(room.number for room in ours) == list(range(1001, 1021))
        assert theirs.number == 1001

    async def test_a_report_sent_again_is_the_same_room(self, store: Store) -> None:
        first = await store.journal.open_room(opening("room"))
        anew = replace(opening("room"), room=opening("room").room.replace(id=RoomId("another")))

        again = await store.journal.open_room(anew)

        assert again == first.replace(repeated=True)
        assert await store.rooms.find_room(RoomId("another")) is None

    async def test_a_report_sent_again_with_other_words_is_a_conflict(self, store: Store) -> None:
        await open_room(store)

        with pytest.raises(Conflict):
            await store.journal.open_room(opening("room", words="other words"))

    async def test_a_report_to_nobody_is_refused_and_nothing_of_it_is_kept(
        self, store: Store
    ) -> None:
        lost = opening("room", replace(ELM, id=OrganizationId("nobody")))

        with pytest.raises(NotFound):
            await store.journal.open_room(lost)

        assert await store.rooms.find_room(RoomId("room")) is None
        assert await store.sessions.find_session(lost.session.id, NOW) is None

    async def test_however_many_talk_at_once_the_numbers_have_no_gap(self, store: Store) -> None:
        rooms = [await open_room(store, name) for name in ("one", "two")]
        commands = [post(room, f"words {n}") for n in range(100) for room in rooms]

        outcomes = await asyncio.gather(*map(store.journal.submit, commands))

        for room in rooms:
            events = await store.rooms.events(room.id, Stream.ROOM, 0)
            told = [outcome.events[0] for outcome in outcomes if outcome.room.id == room.id]
            assert [event.seq for event in events] == list(range(1, 102))
            assert sorted(told, key=lambda event: event.seq) == events[1:]

    async def test_one_after_the_other_is_numbered_in_that_order(self, store: Store) -> None:
        room = await open_room(store)

        for words in ("one word", "two words", "three words"):
            await store.journal.submit(post(room, words))

        events = await store.rooms.events(room.id, Stream.ROOM, 1)
        assert [event.sealed for event in events] == [b"one word", b"two words", b"three words"]

    async def test_of_two_claims_at_once_one_wins(self, store: Store) -> None:
        room = await open_room(store)

        answers = await asyncio.gather(
            store.journal.submit(claim(room, ADAS)),
            store.journal.submit(claim(room, BENS)),
            return_exceptions=True,
        )

        assert [type(answer) for answer in answers] == [Outcome, RoomIsTaken]
        found = await store.rooms.find_room(room.id)
        assert found is not None
        assert (found.status, found.responder, found.head) == (Status.ACTIVE, ADA.id, 2)

    async def test_a_message_sent_again_gets_the_first_answer(self, store: Store) -> None:
        room = await open_room(store)
        first = await store.journal.submit(post(room, "hello there"))
        await store.journal.submit(post(room, "something else"))

        again = await store.journal.submit(post(room, "hello there"))

        assert again.repeated
        assert again.events == first.events
        assert again.room.head == 3
        assert len(await store.rooms.events(room.id, Stream.ROOM, 0)) == 3

    async def test_a_message_sent_twice_at_once_is_there_once(self, store: Store) -> None:
        room = await open_room(store)

        answers = await asyncio.gather(
            *(store.journal.submit(post(room, "hello there")) for _ in range(5))
        )

        assert [answer.repeated for answer in answers] == [False, True, True, True, True]
        assert {answer.events for answer in answers} == {answers[0].events}
        assert len(await store.rooms.events(room.id, Stream.ROOM, 0)) == 2

    async def test_a_repeat_does_not_disturb_what_comes_with_it(self, store: Store) -> None:
        room = await open_room(store)
        await store.journal.submit(post(room, "hello there"))

        answers = await asyncio.gather(
            store.journal.submit(post(room, "one more")),
            store.journal.submit(post(room, "hello there")),
            store.journal.submit(post(room, "and another")),
        )

        assert [(answer.events[0].seq, answer.repeated) for answer in answers] == [
            (3, False),
            (2, True),
            (4, False),
        ]

    async def test_the_same_id_with_other_words_is_a_conflict(self, store: Store) -> None:
        room = await open_room(store)
        await store.journal.submit(post(room, "hello there", id="the same"))

        for words in ("other words", "still others"):
            with pytest.raises(Conflict):
                await store.journal.submit(post(room, words, id="the same"))

        assert len(await store.rooms.events(room.id, Stream.ROOM, 0)) == 2

    async def test_two_at_once_with_one_id_and_other_words_are_a_conflict(
        self, store: Store
    ) -> None:
        room = await open_room(store)

        answers = await asyncio.gather(
            store.journal.submit(post(room, "hello there", id="the same")),
            store.journal.submit(post(room, "other words", id="the same")),
            return_exceptions=True,
        )

        assert [type(answer) for answer in answers] == [Outcome, Conflict]

    async def test_the_same_id_of_another_author_is_another_message(self, store: Store) -> None:
        room = await open_room(store)
        await store.journal.submit(claim(room))

        by_reporter = await store.journal.submit(post(room, "hello there", id="the same"))
        by_ada = await store.journal.submit(post(room, "hi", id="the same", author=ADAS))

        assert not by_ada.repeated
        assert by_ada.events[0].seq == by_reporter.events[0].seq + 1

    async def test_a_claim_sent_again_is_no_refusal_though_the_room_is_taken(
        self, store: Store
    ) -> None:
        room = await open_room(store)
        first = await store.journal.submit(claim(room))

        again = await store.journal.submit(claim(room))

        assert again == first.replace(repeated=True)
        with pytest.raises(RoomIsTaken):
            await store.journal.submit(claim(room, id="another"))

    async def test_a_claim_sent_twice_at_once_is_no_refusal_either(self, store: Store) -> None:
        room = await open_room(store)

        first, again = await asyncio.gather(*(store.journal.submit(claim(room)) for _ in range(2)))

        assert again == first.replace(repeated=True)
        assert first.room.responder == ADA.id

    async def test_a_refusal_disturbs_nobody_else(self, store: Store) -> None:
        room = await open_room(store)

        answers = await asyncio.gather(
            store.journal.submit(post(room, "hello there")),
            store.journal.submit(post(room, "not mine", author=BENS)),
            store.journal.submit(post(room, "nowhere").replace(room=RoomId("nowhere"))),
            store.journal.submit(post(room, "still here")),
            return_exceptions=True,
        )

        assert [type(answer) for answer in answers] == [Outcome, NotYourClaim, NotFound, Outcome]
        events = await store.rooms.events(room.id, Stream.ROOM, 1)
        assert [event.sealed for event in events] == [b"hello there", b"still here"]

    async def test_a_bug_reaches_who_made_it_and_nobody_else(self, store: Store) -> None:
        class Nobody:
            key = "nobody"

        room = await open_room(store)
        broken = post(room, "hello there").replace(author=cast("Author", Nobody()))

        answers = await asyncio.gather(
            store.journal.submit(broken),
            store.journal.submit(post(room, "still here")),
            return_exceptions=True,
        )

        assert [type(answer) for answer in answers] == [AttributeError, Outcome]

    async def test_a_member_s_session_opens_no_room(self, store: Store) -> None:
        stay = session("ada", member=ADA.id)
        await store.sessions.add_session(stay)

        with pytest.raises(Conflict):
            await store.journal.open_room(replace(opening(), session=stay))

    async def test_a_command_about_nobody_fails_alone(self, store: Store) -> None:
        room = await open_room(store)
        await store.journal.submit(claim(room))
        to_nobody = HandOver(
            room.id, ADAS, ClientId("to nobody"), said("over"), MemberId("nobody"), said("summary")
        )

        answers = await asyncio.gather(
            store.journal.submit(post(room, "hello there")),
            store.journal.submit(to_nobody),
            store.journal.submit(post(room, "still here")),
            return_exceptions=True,
        )

        assert [type(answer) for answer in answers] == [Outcome, StoreDown, Outcome]
        found = await store.rooms.find_room(room.id)
        assert found is not None
        assert (found.responder, found.head, found.file_head) == (ADA.id, 4, 0)

    async def test_a_hand_over_writes_both_streams_and_is_repeated_as_one(
        self, store: Store
    ) -> None:
        room = await open_room(store)
        await store.journal.submit(claim(room))
        over = HandOver(
            room.id, ADAS, ClientId("hand over"), said("over to Ben"), BEN.id, said("the story")
        )

        first = await store.journal.submit(over)
        again = await store.journal.submit(over)

        assert [(event.stream, event.seq) for event in first.events] == [
            (Stream.ROOM, 3),
            (Stream.FILE, 1),
        ]
        assert first.room.responder == BEN.id
        assert again == first.replace(repeated=True)
        with pytest.raises(Conflict):
            await store.journal.submit(over.replace(summary=said("another story")))
        with pytest.raises(Conflict):
            await store.journal.submit(over.replace(to=None))

    async def test_every_command_of_a_room_s_life_is_kept_and_repeatable(
        self, store: Store
    ) -> None:
        room = await open_room(store)
        life: list[Command] = [
            claim(room),
            BringIn(room.id, ADAS, ClientId("bring in"), said("Ben, come"), BEN.id),
            Triage(room.id, ADAS, ClientId("triage"), said("urgent"), Urgency.LIFE_SAFETY),
            Close(room.id, ADAS, ClientId("close"), said("done"), 600),
            Reopen(room.id, BENS, ClientId("reopen"), said("again")),
            LapseClaim(room.id, ClientId("lapse"), BEN.id),
        ]

        first = [await store.journal.submit(command) for command in life]
        again = [await store.journal.submit(command) for command in life]

        assert [one.events for one in again] == [one.events for one in first]
        assert all(one.repeated for one in again)
        found = await store.rooms.find_room(room.id)
        assert found == first[-1].room
        assert first[-1].events[0].author == SYSTEM

    async def test_a_claim_lapses_for_its_holder_alone(self, store: Store) -> None:
        room = await open_room(store)
        await store.journal.submit(claim(room))

        with pytest.raises(NothingChanges):
            await store.journal.submit(LapseClaim(room.id, ClientId("lapse"), BEN.id))

    async def test_marks_only_rise_and_write_no_event(self, store: Store) -> None:
        room = await open_room(store)
        await store.journal.submit(post(room, "hello there"))

        for seq, is_known in ((2, False), (2, True), (1, True)):
            outcome = await store.journal.submit(MarkSeen(room.id, ADAS, seq))
            assert (outcome.events, outcome.repeated) == ((), is_known)
        await store.journal.submit(MarkSeen(room.id, REPORTER, 99))

        found = await store.rooms.find_room(room.id)
        assert found is not None
        assert (found.head, found.seen_by_team, found.seen_by_reporter) == (2, 2, 2)
        assert await store.rooms.readers(room.id) == {ADA.id: 2}
        assert await store.rooms.seen_by(ADA.id, [room.id]) == {room.id: 2}
        assert await store.rooms.seen_by(ADA.id, [RoomId("another")]) == {}
        assert await store.rooms.seen_by(BEN.id, [room.id]) == {}

    async def test_two_marks_at_once_leave_the_higher(self, store: Store) -> None:
        room = await open_room(store)
        await store.journal.submit(post(room, "hello there"))

        await asyncio.gather(
            *(store.journal.submit(MarkSeen(room.id, ADAS, seq)) for seq in (2, 1))
        )

        assert await store.rooms.readers(room.id) == {ADA.id: 2}

    async def test_a_mark_is_of_what_there_is_and_not_of_what_comes(self, store: Store) -> None:
        room = await open_room(store)

        await store.journal.submit(MarkSeen(room.id, ADAS, 99))
        await store.journal.submit(post(room, "hello there"))

        assert await store.rooms.readers(room.id) == {ADA.id: 1}
        assert await store.rooms.seen_by(ADA.id, [room.id]) == {room.id: 1}

    async def test_a_mark_of_nobody_fails_alone(self, store: Store) -> None:
        room = await open_room(store)
        nobody = Author(Role.TEAM, MemberId("nobody"))

        answers = await asyncio.gather(
            *(store.journal.submit(MarkSeen(room.id, reader, 1)) for reader in (ADAS, nobody)),
            return_exceptions=True,
        )

        assert [type(answer) for answer in answers] == [Outcome, StoreDown]
        assert await store.rooms.readers(room.id) == {ADA.id: 1}

    async def test_a_mail_is_marked(self, store: Store) -> None:
        room = await open_room(store)
        assert await store.rooms.rooms_to_mail(LATER) == [room]

        await store.journal.submit(MarkMailed(room.id, room.mail_due))

        assert await store.rooms.rooms_to_mail(LATER) == []

    async def test_about_a_life_a_mail_is_due_twice(self, store: Store) -> None:
        room = await open_room(store)
        triage = Triage(room.id, ADAS, ClientId("triage"), said("worse"), Urgency.LIFE_SAFETY)
        await store.journal.submit(triage)
        await store.journal.submit(MarkMailed(room.id, room.mail_due))

        (again,) = await store.rooms.rooms_to_mail(LATER)
        await store.journal.submit(MarkMailed(room.id, again.mail_due))

        assert again.mailed and again.mail_due == NOW + MAIL_AGAIN_AFTER
        assert await store.rooms.rooms_to_mail(LATER) == []
        assert await store.rooms.rooms_to_mail(NOW - 3600) == [], "Nor by a clock put back."

    async def test_a_surge_in_one_organization_keeps_no_other_waiting_and_keeps_its_own_order(
        self, store: Store
    ) -> None:
        rooms = [await open_room(store, name) for name in ("one", "two")]
        theirs = await open_room(store, "elsewhere", ELM)
        surge = [post(room, f"words {n}") for n in range(SURGE // 2) for room in rooms]

        asked = [asyncio.ensure_future(store.journal.submit(one, OAK.id)) for one in surge]
        await asyncio.sleep(0)
        await store.journal.submit(post(theirs, "hello there"), ELM.id)
        before = sum(one.done() for one in asked)
        outcomes = await asyncio.gather(*asked)

        assert before < SURGE / 2
        for n, _ in enumerate(rooms):
            numbers = [outcome.events[0].seq for outcome in outcomes[n :: len(rooms)]]
            assert numbers == list(range(2, SURGE // 2 + 2))

    async def test_a_surge_of_reports_to_one_organization_keeps_none_to_another_waiting(
        self, store: Store
    ) -> None:
        reports = [opening()] * (SURGE // 4)

        asked = [asyncio.ensure_future(store.journal.open_room(one)) for one in reports]
        await asyncio.sleep(0)
        await open_room(store, "elsewhere", ELM)
        before = sum(one.done() for one in asked)
        outcomes = await asyncio.gather(*asked)

        assert before < len(reports)
        assert [outcome.repeated for outcome in outcomes].count(False) == 1

    async def test_only_the_organization_that_fills_the_queue_is_told_that_it_is_busy(
        self, store: Store
    ) -> None:
        room, theirs = await open_room(store), await open_room(store, "elsewhere", ELM)
        marks = [MarkSeen(room.id, REPORTER, 1)] * FLOOD

        asked = [asyncio.ensure_future(store.journal.submit(mark, OAK.id)) for mark in marks]
        others = [
            asyncio.ensure_future(store.journal.submit(post(theirs, f"words {n}"), ELM.id))
            for n in range(10)
        ]
        answers = await asyncio.gather(*asked, return_exceptions=True)

        assert {type(answer) for answer in answers} == {Outcome, TooBusy}
        assert [(await one).events[0].seq for one in others] == list(range(2, 12))

    async def test_who_stops_waiting_for_an_answer_disturbs_nobody(self, store: Store) -> None:
        room = await open_room(store)
        gone = asyncio.ensure_future(store.journal.submit(post(room, "hello there")))
        await asyncio.sleep(0)

        gone.cancel()
        stayed = await store.journal.submit(post(room, "still here"))

        assert stayed.events[0].seq in {2, 3}

    async def test_another_organization_s_session_id_opens_nothing(self, store: Store) -> None:
        await open_room(store)
        other = replace(opening("other", ELM), session=opening("room").session)

        repeated = await store.journal.open_room(other)

        assert repeated.repeated
        assert repeated.room.id == "room"
        assert await store.rooms.find_room(RoomId("other")) is None
        assert await store.sessions.find_session(SessionId(b"session of other"), NOW) is None
