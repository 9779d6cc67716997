"""A reporter's ways in and back: what opens a room, what ends it, and what may be deleted when."""

import asyncio
import json
import sqlite3
from contextlib import closing, suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from secrets import token_bytes
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from messenger.domain.errors import (
    BadId,
    BadReceipt,
    Conflict,
    ContainsReceipt,
    KeptForSafety,
    NotFound,
    RoomIsClosed,
    RoomIsDeleted,
    StoreDown,
    Unreadable,
    WrongWord,
)
from messenger.domain.events import Kind, Role, Stream
from messenger.domain.ids import RoomId, SchoolId, SessionId
from messenger.domain.receipt import CANDIDATES, Wordlist
from messenger.domain.report import TALK, Report, ReportContainsReceipt
from messenger.domain.room import Status
from messenger.ports.live import Viewer, queue_topic
from messenger.ports.storage import Opening, Outcome
from messenger.security.passwords import ThreadedStretcher
from messenger.services.receipts import Receipts
from messenger.services.reporting import SentOtherwise, WayIn
from messenger.services.sealing import RoomKey
from tests.cast import CHEAP, TEASING, WEAPON, House
from tests.clocks import StoppedClock
from tests.spelled import digits_of


async def words_of(house: House, way_in: WayIn) -> tuple[str, ...]:
    return await house.desks.reporting.ready_receipt(way_in)


def draw(monkeypatch: pytest.MonkeyPatch, *receipts: str) -> None:
    """Have these be the receipts that are drawn next."""
    drawn = iter([tuple(each.split()) for each in receipts])
    monkeypatch.setattr(Wordlist, "from_bytes", lambda _list, _seed: next(drawn))


async def is_in(house: House, way_in: WayIn) -> bool:
    return await house.desks.reporting.find(way_in.token) is not None


def rows_of(folder: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "messenger.db", timeout=10)) as connection:
        return connection.execute(query).fetchall()


# Ways in


async def test_nothing_is_stored_of_a_token_until_a_report_comes_with_it(
    house: House, tmp_path: Path
) -> None:
    token = house.desks.reporting.new_token()

    assert await house.desks.reporting.find(token) is None
    assert rows_of(tmp_path, "SELECT * FROM session") == []


async def test_pressed_twice_at_the_same_moment_it_is_one_report(house: House) -> None:
    reporting = house.desks.reporting
    token, place = reporting.new_token(), (house.organization.id, house.school.id, "draft-0001")

    both = await asyncio.gather(*(reporting.submit(token, *place, WEAPON) for _ in range(3)))

    assert len({way_in.reporter.room for way_in in both}) == 1
    assert len(await house.parts.rooms.rooms(house.organization.id)) == 1


async def test_pressed_twice_with_other_words_at_the_same_moment_one_is_a_conflict(
    house: House,
) -> None:
    reporting = house.desks.reporting
    token, place = reporting.new_token(), (house.organization.id, house.school.id, "draft-0001")

    both = await asyncio.gather(
        *(reporting.submit(token, *place, report) for report in (WEAPON, TEASING)),
        return_exceptions=True,
    )

    assert sorted(type(one).__name__ for one in both) == ["SentOtherwise", "WayIn"]
    other = next(one for one in both if isinstance(one, Conflict))
    assert isinstance(other, SentOtherwise) and other.way_in in both


async def test_a_report_that_was_kept_in_an_outage_comes_to_the_consoles_when_it_is_sent_again(
    house: House, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    reporting, open_room = house.desks.reporting, house.parts.journal.open_room
    place = (reporting.new_token(), house.organization.id, house.school.id, "draft-0001", TEASING)
    console = Viewer(queue_topic(house.organization.id), Role.TEAM, SessionId(b"s"), None, None)
    watch = house.bus.join(console, lambda: None)

    async def keep_and_fall_silent(opening: Opening) -> Outcome:
        await open_room(opening)
        raise StoreDown

    monkeypatch.setattr(house.parts.journal, "open_room", keep_and_fall_silent)
    with pytest.raises(StoreDown):
        await reporting.submit(*place)
    assert not watch.pending
    reported_at = int(clock().timestamp())
    clock.pass_by(minutes=2)
    mia = await reporting.submit(*place)

    (row,) = [json.loads(push.text)["row"] for push in watch.pending]
    assert (row["room"], row["silent_since"]) == (mia.reporter.room, reported_at)
    assert row["last"] == {"role": "reporter", "text": TEASING.what}


async def test_a_second_report_of_a_browser_sent_again_after_a_lost_answer_is_one_report(
    house: House,
) -> None:
    place = (house.organization.id, house.school.id)
    token = (await house.report(draft="draft-0001")).token
    submit = house.desks.reporting.submit

    first = await submit(token, *place, "draft-0002", TEASING)
    again = await submit(token, *place, "draft-0002", TEASING)
    at_once = await asyncio.gather(
        *(submit(token, *place, "draft-0003", TEASING) for _ in range(3))
    )

    assert again == first and first.token != token and first.pending
    assert len({way_in.reporter.room for way_in in at_once}) == 1
    assert len(await house.parts.rooms.rooms(house.organization.id)) == 3
    with pytest.raises(SentOtherwise) as refused:
        await submit(token, *place, "draft-0002", WEAPON)
    assert refused.value.way_in == first


async def test_a_browser_whose_stay_is_over_reports_again_before_it_is_swept_up(
    house: House, clock: StoppedClock
) -> None:
    before = await house.report(draft="draft-0001")
    clock.pass_by(hours=5)
    assert not await is_in(house, before)

    after = await house.desks.reporting.submit(
        before.token, house.organization.id, house.school.id, "draft-0002", TEASING
    )

    assert after.reporter.room != before.reporter.room and await is_in(house, after)


async def test_a_school_of_another_organization_is_not_there(house: House) -> None:
    reporting = house.desks.reporting

    with pytest.raises(NotFound):
        await reporting.submit(
            reporting.new_token(), house.organization.id, SchoolId("x"), "draft-0001", WEAPON
        )
    with pytest.raises(BadId):
        await reporting.submit(reporting.new_token(), house.organization.id, None, "x", WEAPON)
    somewhere = await reporting.submit(
        reporting.new_token(), house.organization.id, None, "draft-0001", WEAPON
    )
    assert await is_in(house, somewhere)


async def test_a_stay_lasts_three_hours_from_the_last_act_and_ends_on_the_hour(
    house: House, clock: StoppedClock, tmp_path: Path
) -> None:
    mia = await house.report()

    clock.pass_by(hours=2)
    await house.desks.stays.extend(mia.reporter)
    clock.pass_by(hours=3)
    assert await is_in(house, mia)
    clock.pass_by(hours=1)
    assert not await is_in(house, mia)
    assert all(
        int(str(row[0])) % 3600 == 0 for row in rows_of(tmp_path, "SELECT expires FROM session")
    )


# Receipts


async def test_six_words_open_the_room_in_another_browser_and_other_words_do_not(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    # By chance two receipts share a word now and then.
    draw(
        monkeypatch, "abacus abdomen abide ability ablaze able", "zips zit zodiac zombie zone zoom"
    )
    mia, noa = await house.report(), await house.report(TEASING, draft="draft-0002")
    words = await words_of(house, mia)
    others = await words_of(house, noa)

    back = await house.desks.reporting.come_back(" ".join(words))

    assert back.reporter.room == mia.reporter.room and back.token.text != mia.token.text
    assert back.reporter.room_key == mia.reporter.room_key and back.pending == ()
    for wrong in (words[::-1], (*words[:5], others[5]), (*others[:3], *words[3:])):
        with pytest.raises(BadReceipt):
            await house.desks.reporting.come_back(" ".join(wrong))


async def test_the_words_open_nothing_before_they_were_shown(house: House) -> None:
    mia = await house.report()

    with pytest.raises(BadReceipt):
        await house.desks.reporting.come_back(" ".join(mia.pending))
    await words_of(house, mia)
    await house.desks.reporting.come_back(" ".join(mia.pending))


async def test_the_time_the_words_were_used_is_told_to_the_next_who_uses_them(
    house: House, clock: StoppedClock
) -> None:
    words = " ".join(await words_of(house, await house.report()))
    come_back = house.desks.reporting.come_back

    assert (await come_back(words)).last_used == 0
    used = int(clock().timestamp())
    clock.pass_by(days=3)
    assert (await come_back(words)).last_used == used
    assert (await come_back(words)).last_used == int(clock().timestamp())


async def test_who_got_no_answer_and_sends_their_words_again_is_told_when_they_were_used_before(
    house: House, clock: StoppedClock
) -> None:
    words = " ".join(await words_of(house, await house.report()))
    come_back = house.desks.reporting.come_back

    assert (await come_back(words, "attempt-1")).last_used == 0
    clock.pass_by(minutes=1)
    assert (await come_back(words, "attempt-1")).last_used == 0
    first = int(clock().timestamp()) - 60
    clock.pass_by(days=3)
    assert [(await come_back(words, "attempt-2")).last_used for _ in range(3)] == [first] * 3
    # Somebody else has no id of theirs to show.
    assert (await come_back(words, "attempt-3")).last_used == int(clock().timestamp())
    assert (await come_back(words)).last_used == int(clock().timestamp())
    with pytest.raises(BadId):
        await come_back(words, "x")


async def test_words_used_before_attempts_had_ids_tell_when(
    house: House, clock: StoppedClock, tmp_path: Path
) -> None:
    mia = await house.report()
    words = " ".join(await words_of(house, mia))
    room_key = RoomKey(mia.reporter.organization, mia.reporter.room, mia.reporter.room_key)
    vault = house.parts.vault
    sealed = vault.seal(room_key.key, room_key.label("receipt_used"), b"1795465482")
    with closing(sqlite3.connect(tmp_path / "messenger.db", timeout=10)) as connection, connection:
        connection.execute("UPDATE receipt SET last_used = ?", (sealed,))

    assert (await house.desks.reporting.come_back(words, "attempt-1")).last_used == 1795465482


async def test_nobody_is_given_an_unkind_word(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipts = ["hurt shame agony abacus abdomen abide", "abacus abdomen abide ability ablaze able"]
    draw(monkeypatch, *receipts)

    assert (await house.report()).pending == tuple(receipts[1].split())


async def test_a_wrong_word_keeps_the_receipt_pending_and_the_right_one_forgets_it(
    house: House, tmp_path: Path
) -> None:
    mia = await house.report()
    words = await words_of(house, mia)
    keep = house.desks.reporting.keep

    for place in range(1, 7):
        with pytest.raises(WrongWord):
            await keep(mia, place, words[place % 6] + "x")
    assert rows_of(tmp_path, "SELECT pending FROM session") != [(b"",)]
    await keep(mia, 2, f" {words[1].upper()} ")

    assert rows_of(tmp_path, "SELECT pending FROM session") == [(b"",)]
    found = await house.desks.reporting.find(mia.token)
    assert found is not None and await words_of(house, found) == ()
    await keep(found, 1, "anything")
    await house.desks.reporting.come_back(" ".join(words))


async def test_a_receipt_row_moved_to_another_room_opens_neither(
    house: House, tmp_path: Path
) -> None:
    mia, noa = await house.report(), await house.report(TEASING, draft="draft-0002")
    words = await words_of(house, mia)
    with closing(sqlite3.connect(tmp_path / "messenger.db", timeout=10)) as connection, connection:
        connection.execute("UPDATE receipt SET room = ?", (noa.reporter.room,))

    with pytest.raises(Unreadable):
        await house.desks.reporting.come_back(" ".join(words))


@pytest.mark.parametrize("spelled", ["{words}", "Call me: {hyphens}", "{digits}", "{capitals}"])
async def test_nobody_gives_the_words_away_in_a_message_or_as_a_contact(
    house: House, spelled: str
) -> None:
    mia = await house.report()
    words = await words_of(house, mia)
    text = spelled.format(
        words=" ".join(words),
        hyphens="-".join(words),
        digits=digits_of(words),
        capitals=" ".join(words).upper(),
    )
    here, _ = await house.desks.chat.enter(mia.reporter, mia.reporter.room)

    with pytest.raises(ContainsReceipt):
        await house.desks.chat.say(here, "leak-00001", text)
    with pytest.raises(ContainsReceipt):
        await house.desks.chat.introduce(here, "leak-00002", "", text)
    await house.desks.chat.introduce(here, "fine-00001", "Mia", "locker 12")


@pytest.mark.parametrize("spelled", ["{words}", "I wrote before. My words: {hyphens}", "{digits}"])
@pytest.mark.parametrize("field", ["what", "where", "when", "who", "name", "contact"])
async def test_the_words_of_a_room_do_not_get_into_another_report(
    house: House, field: str, spelled: str
) -> None:
    words = await words_of(house, await house.report())
    text = spelled.format(words=" ".join(words), hyphens="-".join(words), digits=digits_of(words))

    changed: dict[str, Any] = {field: text}
    for report in (TEASING, Report(TALK.id, "Hi.")):
        with pytest.raises(ContainsReceipt) as refused:
            await house.report(replace(report, **changed), draft="draft-0002")
        assert isinstance(refused.value, ReportContainsReceipt)
        assert refused.value.fields == (field,)
    assert len(await house.parts.rooms.rooms(house.organization.id)) == 1


async def test_six_words_that_open_nothing_are_words_like_any_others(house: House) -> None:
    mia = await house.report()
    words = await words_of(house, mia)
    await house.desks.reporting.delete((await house.report(TEASING, draft="draft-0002")).reporter)

    for text in ("apple " * 6, " ".join(words[::-1]), "0001 " * 6):
        report = replace(TEASING, what=text, contact=text)
        assert await is_in(house, await house.report(report, draft="draft-0003"))


async def test_a_report_with_words_that_got_in_is_still_known_when_it_is_sent_again(
    house: House,
) -> None:
    mia = await house.report()
    # Nothing knew these words yet when they came: as in a rush.
    text = replace(TEASING, what=f"I wrote before: {' '.join(mia.pending)}")
    place = (house.organization.id, house.school.id, "draft-0002")
    token = house.desks.reporting.new_token()
    first = await house.desks.reporting.submit(token, *place, text)
    await words_of(house, mia)

    assert await house.desks.reporting.submit(token, *place, text) == first


class CountingStretcher(ThreadedStretcher):
    """Knows who waited for it, and in which line."""

    def __init__(self) -> None:
        super().__init__(CHEAP, CHEAP)
        self.lines: list[str] = []

    async def receipt(self, words: str, salt: bytes, share: str = "") -> tuple[bytes, bytes]:
        self.lines.append(share)
        return await super().receipt(words, salt, share)


async def test_reports_guess_no_faster_than_returns(house: House) -> None:
    parts, stretcher = house.parts, CountingStretcher()
    wordlist = house.desks.reporting._receipts._wordlist
    receipts = Receipts(wordlist, parts.sessions, parts.keys, stretcher, token_bytes)
    guesses = " ".join(receipts.new()[0] for _ in range(200))

    assert await receipts.known_in(dict.fromkeys(("what", "where", "contact"), guesses)) == []

    # One report has so many looked up, each in the one line where whoever returns waits, too.
    assert stretcher.lines == [""] * CANDIDATES


# Leaving and deleting


async def test_leaving_ends_this_stay_and_the_words_still_open_the_room(house: House) -> None:
    mia = await house.report()
    words = " ".join(await words_of(house, mia))
    elsewhere = await house.desks.reporting.come_back(words)

    await house.desks.reporting.leave(mia.token)

    assert not await is_in(house, mia) and await is_in(house, elsewhere)
    await house.desks.reporting.come_back(words)


async def test_deleting_ends_every_way_in_at_once(house: House, clock: StoppedClock) -> None:
    mia = await house.report(TEASING)
    words = " ".join(await words_of(house, mia))
    elsewhere = await house.desks.reporting.come_back(words)

    deletion = await house.desks.reporting.delete(mia.reporter)

    assert (deletion.on - clock().date()).days == 7
    assert not await is_in(house, mia) and not await is_in(house, elsewhere)
    with pytest.raises(BadReceipt):
        await house.desks.reporting.come_back(words)
    assert await house.parts.rooms.events(mia.reporter.room, Stream.ROOM, 0)


async def test_what_was_deleted_is_closed_for_the_team_which_can_not_open_it_again(
    house: House,
) -> None:
    ana, mia = await house.responder("ana"), await house.report(TEASING)
    writing, _ = await house.desks.chat.enter(mia.reporter, mia.reporter.room)
    queue = house.desks.queue
    assert [(row.status, row.deleted) for row in (await queue.queue(ana)).rows] == [("new", False)]

    await house.desks.reporting.delete(mia.reporter)

    (row,) = (await queue.queue(ana)).rows
    assert (row.status, row.waiting_since, row.deleted) == ("closed", 0, True)
    here, _ = await house.desks.chat.enter(ana, mia.reporter.room)
    events = await house.parts.rooms.events(mia.reporter.room, Stream.ROOM, 0)
    assert [event.kind for event in events] == [Kind.REPORT_SUBMITTED, Kind.DELETED]
    assert (await house.desks.history.first(here)).body == TEASING.what
    with pytest.raises(RoomIsDeleted):
        await house.desks.chat.reopen(here, "reopen-001")
    with pytest.raises(RoomIsClosed):
        await house.desks.chat.claim(here, "claim-0001")
    with pytest.raises(NotFound):  # On its way when it was deleted.
        await house.desks.chat.say(writing, "message-01", "And another thing.")


async def test_nobody_waits_where_its_reporter_still_wrote_while_it_was_deleted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    mia = (await house.report(TEASING)).reporter
    writing, _ = await house.desks.chat.enter(mia, mia.room)
    rooms, ask = house.parts.rooms, house.parts.rooms.ask_deletion

    async def say_in_between(room: RoomId, on: date) -> None:
        with pytest.raises(NotFound):
            await house.desks.chat.say(writing, "message-01", "And another thing.")
        await ask(room, on)

    monkeypatch.setattr(rooms, "ask_deletion", say_in_between)
    deletion = await house.desks.reporting.delete(mia)

    room = await rooms.find_room(mia.room)
    assert room is not None and room.delete_on == deletion.on.isoformat()
    assert (room.status, room.waiting_since, room.mail_due) == (Status.CLOSED, None, None)


async def test_what_somebody_takes_at_that_moment_is_not_deleted(house: House) -> None:
    ana, mia = await house.responder("ana"), await house.report(TEASING)
    here, _ = await house.desks.chat.enter(ana, mia.reporter.room)

    done = await asyncio.gather(
        house.desks.chat.claim(here, "claim-0001"),
        house.desks.reporting.delete(mia.reporter),
        return_exceptions=True,
    )

    refused = [each for each in done if isinstance(each, Exception)]
    (row,) = (await house.desks.queue.queue(ana)).rows
    assert [type(each) for each in refused] in ([KeptForSafety], [RoomIsClosed])
    assert (row.status == "active") is await is_in(house, mia)


async def test_a_return_that_overlaps_the_deletion_does_not_survive_it(house: House) -> None:
    mia = await house.report(TEASING)
    words = " ".join(await words_of(house, mia))
    came: list[WayIn] = []

    async def come_back() -> None:
        with suppress(BadReceipt):
            came.append(await house.desks.reporting.come_back(words))

    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(come_back)
        while not came:
            await anyio.lowlevel.checkpoint()
        await house.desks.reporting.delete(mia.reporter)

    assert [each for each in came if await is_in(house, each)] == []


async def test_what_is_about_a_life_or_somebody_works_on_cannot_be_deleted(house: House) -> None:
    ana = await house.responder("ana")
    urgent, taken = await house.report(WEAPON), await house.report(TEASING, draft="draft-0002")
    chat, reporting = house.desks.chat, house.desks.reporting
    here, _ = await chat.enter(ana, taken.reporter.room)
    await chat.claim(here, "claim-0001")

    for way_in in (urgent, taken):
        assert not (await reporting.deletion(way_in.reporter)).allowed
        with pytest.raises(KeptForSafety):
            await reporting.delete(way_in.reporter)
        assert await is_in(house, way_in)
    await chat.close(here, "close-0001", "")
    assert (await reporting.delete(taken.reporter)).allowed


async def test_nobody_deletes_what_is_not_theirs(house: House) -> None:
    mia, noa = await house.report(TEASING), await house.report(TEASING, draft="draft-0002")

    with pytest.raises(NotFound):
        await house.desks.reporting.delete(replace(mia.reporter, room=noa.reporter.room + "x"))  # type: ignore[arg-type]

    assert await is_in(house, mia) and await is_in(house, noa)
