"""From a report to a closed conversation, over real storage, without the edge."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, update

from messenger.domain.attachment import Announced
from messenger.domain.commands import Said, Triage
from messenger.domain.errors import (
    BadUrgency,
    Conflict,
    ContainsReceipt,
    EmptyText,
    NoSuchColleague,
    NotFound,
    NotYourClaim,
    RoomIsTaken,
)
from messenger.domain.events import REPORTER, Content, Role, Stream
from messenger.domain.ids import ClientId, SessionId
from messenger.domain.report import Report, Urgency
from messenger.domain.room import Status
from messenger.ports.live import Viewer, queue_topic
from messenger.services.history import PAGE, SCREEN
from messenger.services.sealing import Unlocked
from messenger.storage import tables
from tests.cast import TEASING, WEAPON, House, open_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


async def test_a_report_is_answered_handed_over_and_closed(house: House) -> None:
    ana, ben = await house.responder("ana"), await house.responder("ben")
    mia = await house.report()
    chat, history = house.desks.chat, house.desks.history
    at_mia, _ = await chat.enter(mia.reporter, mia.reporter.room)
    at_ana, room = await chat.enter(ana, mia.reporter.room)
    at_ben, _ = await chat.enter(ben, room.id)

    await chat.claim(at_ana, "claim-0001")
    await chat.say(at_ana, "hello-0001", "I am here. Are you safe?")
    await chat.say(at_mia, "hello-0002", "Yes. He is in the gym.")
    await chat.hand_over(at_ana, "hand-00001", ben.member, "Knife, gym. Officer is told.")
    await chat.say(at_ben, "hello-0003", "The officer has it.")
    await chat.close(at_ben, "close-0001", "Thank you. It is dealt with.")

    events = (await history.stretch(at_mia, SCREEN)).events
    assert [event.seq for event in events] == [1, 2, 3, 4, 5, 6, 7]
    assert [event.kind for event in events] == [
        "report_submitted", "room_claimed", "message_posted", "message_posted", "handed_over",
        "message_posted", "closed",
    ]  # fmt: skip
    assert events[3].body == "Yes. He is in the gym."
    assert all(event.by.id == "" and event.by.name == "" for event in events)
    file = await history.file(at_ben)
    assert [event.body for event in file.events] == ["Knife, gym. Officer is told."]
    closed = await house.parts.rooms.find_room(room.id)
    assert closed is not None
    assert closed.status is Status.CLOSED
    assert closed.waiting_since is None


async def test_a_long_file_is_shown_whole(house: House) -> None:
    ana, mia = await house.responder("ana"), await house.report(TEASING)
    here, _ = await house.desks.chat.enter(ana, mia.reporter.room)
    raised, lowered = Urgency.LIFE_SAFETY, Urgency.NORMAL
    entries = [
        Triage(here.room, ana.author, ClientId(f"triage-{n}"), Said(), lowered if n % 2 else raised)
        for n in range(PAGE + 1)
    ]
    await asyncio.gather(*(house.parts.journal.submit(entry) for entry in entries))

    file = await house.desks.history.file(here)

    assert [event.seq for event in file.events] == [*range(1, PAGE + 2)]


async def test_danger_or_a_starred_category_makes_it_life_safety(house: House) -> None:
    weapon = await house.report(WEAPON)
    teasing = await house.report(TEASING)

    first = await house.parts.rooms.find_room(weapon.reporter.room)
    second = await house.parts.rooms.find_room(teasing.reporter.room)
    assert first is not None
    assert first.urgency is Urgency.LIFE_SAFETY
    assert second is not None
    assert second.urgency is Urgency.NORMAL


async def test_sending_twice_makes_one_report(house: House) -> None:
    reporting = house.desks.reporting
    token = reporting.new_token()
    place = (house.organization.id, house.school.id, "draft-0001")

    first = await reporting.submit(token, *place, WEAPON)
    second = await reporting.submit(token, *place, WEAPON)

    assert second.reporter.room == first.reporter.room
    assert second.pending == first.pending
    assert len(await house.parts.rooms.rooms(house.organization.id)) == 1


async def test_words_said_again_after_a_lost_answer_are_not_the_newest(house: House) -> None:
    mia = (await house.report(TEASING)).reporter
    here, _ = await house.desks.chat.enter(mia, mia.room)
    chat = house.desks.chat
    console = Viewer(queue_topic(mia.organization), Role.TEAM, SessionId(b"s"), None, None)
    watch = house.bus.join(console, lambda: None)

    await chat.say(here, "message-01", "Hello?")
    await chat.say(here, "message-02", "I took pills.")
    await chat.say(here, "message-01", "Hello?")
    await chat.introduce(here, "name-00001", "Mia", "")  # Goes out at once, with what waits.

    *_, row = [json.loads(push.text)["row"] for push in watch.pending]
    assert row["last"] == {"role": "reporter", "text": "I took pills."}


async def test_the_newest_words_said_again_are_still_the_newest(house: House) -> None:
    mia = (await house.report(TEASING)).reporter
    here, _ = await house.desks.chat.enter(mia, mia.room)
    await house.desks.chat.say(here, "message-01", "I took pills.")
    console = Viewer(queue_topic(mia.organization), Role.TEAM, SessionId(b"s"), None, None)
    watch = house.bus.join(console, lambda: None)

    await house.desks.chat.say(here, "message-01", "I took pills.")

    (row,) = [json.loads(push.text)["row"] for push in watch.pending]
    assert row["last"] == {"role": "reporter", "text": "I took pills."}


async def test_the_same_draft_with_other_words_is_a_conflict(house: House) -> None:
    reporting = house.desks.reporting
    token = reporting.new_token()
    place = (house.organization.id, house.school.id, "draft-0001")
    await reporting.submit(token, *place, WEAPON)

    with pytest.raises(Conflict):
        await reporting.submit(token, *place, Report("weapon", "Other words."))


async def test_another_report_from_the_same_browser_gets_in_too(house: House) -> None:
    reporting = house.desks.reporting
    token = reporting.new_token()
    place = (house.organization.id, house.school.id)
    first = await reporting.submit(token, *place, "draft-0001", WEAPON)

    second = await reporting.submit(token, *place, "draft-0002", TEASING)

    assert second.reporter.room != first.reporter.room
    assert second.token.text != token.text


async def test_the_receipt_opens_the_room_again_and_tells_when_it_was_used(house: House) -> None:
    mia = await house.report()
    words = await house.desks.reporting.ready_receipt(mia)

    first = await house.desks.reporting.come_back("  ".join(words).upper())
    second = await house.desks.reporting.come_back("-".join(words))

    assert first.reporter.room == second.reporter.room == mia.reporter.room
    assert first.last_used == 0
    assert second.last_used > 0


async def test_once_kept_the_words_are_nowhere_to_be_had(house: House) -> None:
    mia = await house.report()
    words = await house.desks.reporting.ready_receipt(mia)

    await house.desks.reporting.keep(mia, 4, words[3])

    again = await house.desks.reporting.find(mia.token)
    assert again is not None
    assert again.pending == ()


async def test_a_message_that_contains_the_receipt_is_refused(house: House) -> None:
    mia = await house.report()
    words = await house.desks.reporting.ready_receipt(mia)
    here, _ = await house.desks.chat.enter(mia.reporter, mia.reporter.room)

    with pytest.raises(ContainsReceipt):
        await house.desks.chat.say(here, "leak-00001", f"my words are {' '.join(words)} ok")
    photo = Announced("image/jpeg", 1000, alt=f"A photo of my words, {' '.join(words)}")
    with pytest.raises(ContainsReceipt):
        await house.desks.uploads.announce(here, "leak-00002", photo)
    other = await house.report(draft="draft-0009")
    others = await house.desks.reporting.ready_receipt(other)
    await house.desks.chat.say(here, "fine-00001", f"six other words: {' '.join(others)}")


async def test_whether_words_are_the_receipt_is_not_told_to_the_team(house: House) -> None:
    ana, mia = await house.responder("ana"), await house.report()
    words = " ".join(await house.desks.reporting.ready_receipt(mia))
    here, _ = await house.desks.chat.enter(ana, mia.reporter.room)
    await house.desks.chat.claim(here, "claim-0001")

    said = await house.desks.chat.say(here, "guess-0001", words)
    sent = await house.desks.uploads.announce(
        here, "guess-0002", Announced("image/jpeg", 1000, alt=words)
    )

    assert not said.repeated
    assert sent.announced.alt == words


async def test_a_reporter_gets_into_no_room_but_their_own(house: House) -> None:
    mia, leo = await house.report(), await house.report(draft="draft-0002")

    assert house.desks.chat.unlock(mia.reporter, mia.room).room == mia.room.id
    with pytest.raises(NotFound):
        house.desks.chat.unlock(mia.reporter, leo.room)


async def test_only_who_claimed_it_may_answer_hand_over_or_close(house: House) -> None:
    ana, ben = await house.responder("ana"), await house.responder("ben")
    mia = await house.report()
    chat = house.desks.chat
    at_ana, room = await chat.enter(ana, mia.reporter.room)
    at_ben, _ = await chat.enter(ben, room.id)
    await chat.claim(at_ana, "claim-0001")

    with pytest.raises(RoomIsTaken):
        await chat.claim(at_ben, "claim-0002")
    with pytest.raises(NotYourClaim):
        await chat.say(at_ben, "hello-0001", "Me too")
    with pytest.raises(NotYourClaim):
        await chat.close(at_ben, "close-0001", "")
    await chat.bring_in(at_ana, "bring-0001", ben.member)
    await chat.say(at_ben, "hello-0002", "Now I may.")


async def test_only_a_reporter_says_who_they_are_and_not_with_nothing(house: House) -> None:
    ana, mia, chat = await house.responder("ana"), await house.report(), house.desks.chat
    at_ana, room = await chat.enter(ana, mia.reporter.room)
    at_mia, _ = await chat.enter(mia.reporter, room.id)

    with pytest.raises(NotFound):
        await chat.introduce(at_ana, "intro-0001", "Mia", "")
    with pytest.raises(EmptyText):
        await chat.introduce(at_mia, "intro-0002", " ", "")

    found = await house.parts.rooms.find_room(room.id)
    assert found is not None and found.head == room.head


async def test_who_chose_somebody_who_is_not_on_the_team_hears_so_and_a_reporter_does_not(
    house: House,
) -> None:
    ana, mia, chat = await house.responder("ana"), await house.report(), house.desks.chat
    at_ana, room = await chat.enter(ana, mia.reporter.room)
    at_mia, _ = await chat.enter(mia.reporter, room.id)
    await chat.claim(at_ana, "claim-0001")

    told = []
    for here in (at_ana, at_mia):
        with pytest.raises(NotFound) as brought_in:
            await chat.bring_in(here, "bring-0001", "somebody-else")
        with pytest.raises(NotFound) as handed_over:
            await chat.hand_over(here, "hand-00001", "somebody-else", "Knife, gym.")
        told.append({brought_in.value.text, handed_over.value.text})

    assert told == [{NoSuchColleague.text}, {NotFound.text}]


async def test_who_misspells_an_urgency_hears_so_and_a_reporter_does_not(house: House) -> None:
    ana, mia, chat = await house.responder("ana"), await house.report(), house.desks.chat
    at_ana, room = await chat.enter(ana, mia.reporter.room)
    at_mia, _ = await chat.enter(mia.reporter, room.id)

    with pytest.raises(BadUrgency):
        await chat.triage(at_ana, "triage-001", "Normal")
    with pytest.raises(NotFound):
        await chat.triage(at_mia, "triage-001", "Normal")

    found = await house.parts.rooms.find_room(room.id)
    assert found is not None and found.urgency is room.urgency


async def test_a_reporter_can_do_nothing_that_is_for_staff(house: House) -> None:
    ana = await house.responder("ana")
    mia = await house.report()
    chat = house.desks.chat
    here, _ = await chat.enter(mia.reporter, mia.reporter.room)

    for act in (
        chat.claim(here, "claim-0001"),
        chat.close(here, "close-0001", ""),
        chat.reopen(here, "open-00001"),
        chat.triage(here, "triage-001", "normal"),
        chat.bring_in(here, "bring-0001", ana.member),
        chat.hand_over(here, "hand-00001", "", "x"),
    ):
        with pytest.raises(NotFound):
            await act


async def test_a_reporters_words_reopen_a_closed_conversation(house: House) -> None:
    ana = await house.responder("ana")
    mia = await house.report()
    chat = house.desks.chat
    at_mia, room = await chat.enter(mia.reporter, mia.reporter.room)
    at_ana, _ = await chat.enter(ana, room.id)
    await chat.claim(at_ana, "claim-0001")
    await chat.close(at_ana, "close-0001", "Done.")

    await chat.say(at_mia, "again-0001", "He is back.")

    after = await house.parts.rooms.find_room(room.id)
    assert after is not None
    assert after.status is Status.WAITING
    assert after.waiting_since


async def test_an_event_of_a_kind_that_only_a_newer_version_knows_is_passed_on(
    house: House,
) -> None:
    ana, mia = await house.responder("ana"), await house.report(TEASING)
    here, _ = await house.desks.chat.enter(ana, mia.reporter.room)
    at_mia, _ = await house.desks.chat.enter(mia.reporter, mia.reporter.room)
    content = Content(1, "Sam", {"tone": "kind"})
    said = here.room_key.seal(
        house.parts.vault, REPORTER, ClientId("later-renamed"), "renamed", content
    )
    await _written_elsewhere(house, here, Stream.ROOM, kind="renamed", sealed=said.sealed)
    await _written_elsewhere(house, here, Stream.FILE, kind="labelled", subject="urgent")
    await house.desks.chat.say(at_mia, "message-01", "Are you there?")

    for one in (here, at_mia):
        told = (await house.desks.history.stretch(one, SCREEN)).events
        assert [(each.seq, each.kind, each.body) for each in told][1:] == [
            (2, "renamed", "Sam"), (3, "message_posted", "Are you there?"),
        ]  # fmt: skip
    file = await house.desks.history.file(here)
    assert [(each.kind, each.details) for each in file.events] == [
        ("labelled", {"subject": "urgent"})
    ]


@pytest.mark.parametrize("version", [b"\x02", b"\x01"])
async def test_an_event_that_does_not_open_hides_none_of_the_others(
    house: House, caplog: pytest.LogCaptureFixture, version: bytes
) -> None:
    ana, mia = await house.responder("ana"), await house.report(TEASING)
    other = await house.report(WEAPON)
    here, _ = await house.desks.chat.enter(ana, mia.reporter.room)
    at_mia, _ = await house.desks.chat.enter(mia.reporter, mia.reporter.room)
    await house.desks.chat.say(at_mia, "message-01", "Are you there?")
    await _written_elsewhere(
        house, here, Stream.ROOM, kind="message_posted", sealed=version.ljust(300)
    )
    await _written_elsewhere(
        house, here, Stream.FILE, kind="summary_written", sealed=version.ljust(300)
    )

    told = (await house.desks.history.stretch(here, SCREEN)).events
    assert [(each.kind, each.body, each.details) for each in told][1:] == [
        ("message_posted", "Are you there?", {}),
        ("message_posted", "", {"unreadable": "yes"}),
    ]
    pushed = [push.seq async for push in house.desks.history.pushes(here, 0)]
    assert pushed == [1, 2, 3]
    await _written_elsewhere(
        house, here, Stream.ROOM, kind="attachment_added", subject="file", sealed=version.ljust(300)
    )
    [file_shown] = (await house.desks.history.stretch(here, SCREEN)).events[3:]
    assert file_shown.details == {"withheld": "yes"}
    file = await house.desks.history.file(here)
    assert [each.details for each in file.events] == [{"unreadable": "yes"}]
    rows = {row.room: row.last for row in await house.desks.queue.rows(ana)}
    assert rows[here.room] is None
    assert rows[other.reporter.room] is not None
    assert {record.message for record in caplog.records} == {"an event does not open"}


async def _written_elsewhere(
    house: House, here: Unlocked, stream: Stream, kind: str, subject: str = "", sealed: bytes = b""
) -> None:
    """As the next number of the stream, by another version or by who has the database."""
    columns = tables.room.c
    column = columns.head if stream is Stream.ROOM else columns.file_head
    row = {
        "room": here.room, "stream": stream.value, "kind": kind, "author": "reporter",
        "client_id": f"later-{kind}", "subject": subject, "sealed": sealed, "digest": b"",
    }  # fmt: skip

    def write(connection: Connection) -> None:
        head = update(tables.room).where(columns.id == here.room).values({column: column + 1})
        seq = connection.execute(head.returning(column)).scalar_one()
        connection.execute(insert(tables.event), row | {"seq": seq})

    await house.parts.database.write(write)
