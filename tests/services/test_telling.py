"""What open pages are told at once: each side what it may know, and consoles what a room looks like now."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import pytest

from messenger.domain.access import Reporter, Responder
from messenger.domain.moments import seconds
from messenger.ports.live import Viewer, Watch, queue_topic, room_topic
from messenger.services.sealing import Unlocked
from messenger.services.telling import Teller
from tests.cast import TEASING, WEAPON, House, open_house
from tests.clocks import StoppedClock
from tests.services.evidence import send


@dataclass(frozen=True, slots=True)
class Pages:
    """Mia in her room, Ana in the same room, and what the pages that are open are told."""

    mia: Unlocked
    ana: Unlocked
    hers: Watch
    the_team_s: Watch
    queue: Watch

    def told(self) -> list[list[dict[str, Any]]]:
        """Take out what came since: to Mia, to the team in the room, and to the queue."""
        watches = self.hers, self.the_team_s, self.queue
        frames = [[json.loads(push.text) for push in watch.pending] for watch in watches]
        for watch in watches:
            watch.pending.clear()
        return frames


@pytest.fixture
async def pages(house: House) -> Pages:
    member = await house.member("ana")
    await house.parts.signin.show_as(member, "Ms. Ruiz")
    ana, mia = member.check_approved(), (await house.report(TEASING)).reporter

    async def enter(actor: Reporter | Responder) -> Unlocked:
        return (await house.desks.chat.enter(actor, mia.room))[0]

    def watch(topic: str, actor: Reporter | Responder) -> Watch:
        viewer = Viewer(topic, actor.role, actor.session, None, actor.author.member)
        return house.bus.join(viewer, lambda: None)

    in_room, queue = room_topic(mia.room), queue_topic(ana.organization)
    return Pages(
        await enter(mia),
        await enter(ana),
        watch(in_room, mia),
        watch(in_room, ana),
        watch(queue, ana),
    )


async def test_a_row_says_what_it_is_about_in_the_words_of_the_pages(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        mia = await house.report(TEASING)
        room = await house.parts.rooms.find_room(mia.reporter.room)
        names = await house.parts.roster.names(house.organization.id)
        teller = Teller(house.bus, house.presence, house.parts.roster, str.upper)

    assert room is not None
    assert teller.row(room, names).category_label == "BULLYING"


async def test_both_sides_are_told_who_claimed_it_the_reporter_by_the_name_that_was_chosen(
    house: House, pages: Pages
) -> None:
    ana = {"role": "team", "name": "Ana", "id": pages.ana.actor.author.member}
    shown = {"role": "team", "name": "Ms. Ruiz", "id": ""}

    await house.desks.chat.claim(pages.ana, "claim-0001")

    (event, state), (event_of_team, state_of_team), (row,) = pages.told()
    assert (event["kind"], event["by"]) == ("room_claimed", shown)
    assert (event_of_team["kind"], event_of_team["by"]) == ("room_claimed", ana)
    assert (state["status"], state["responder"]) == ("active", shown)
    assert (state["urgency"], state["participants"]) == ("", [])
    assert (state_of_team["status"], state_of_team["responder"]) == ("active", ana)
    assert (state_of_team["urgency"], state_of_team["participants"]) == ("normal", [ana["id"]])
    assert (row["t"], row["row"]["status"], row["row"]["responder"]) == ("row", "active", ana)
    assert (row["row"]["school"], row["row"]["waiting_since"] > 0) == ("Lincoln High", True)


async def test_a_new_report_and_its_first_words_are_in_every_console_at_once(
    house: House, pages: Pages
) -> None:
    noa = (await house.report(WEAPON, draft="draft-0002")).reporter

    to_reporter, to_team, (row,) = pages.told()
    assert (row["t"], row["row"]["room"], row["row"]["status"]) == ("row", noa.room, "new")
    assert row["row"]["last"] == {"role": "reporter", "text": WEAPON.what}
    assert to_reporter == to_team == []


async def test_what_its_reporter_deleted_is_closed_on_every_open_page(
    house: House, pages: Pages
) -> None:
    assert isinstance(pages.mia.actor, Reporter)
    await house.desks.reporting.delete(pages.mia.actor)

    *in_room, (row,) = pages.told()
    assert [[frame["t"] for frame in frames] for frames in in_room] == [["event", "state"]] * 2
    assert [frames[1]["status"] for frames in in_room] == ["closed"] * 2
    assert (row["row"]["status"], row["row"]["deleted"]) == ("closed", True)


async def test_who_was_asked_to_join_is_told_to_a_reporter_by_the_chosen_name_if_there_is_one(
    house: House, pages: Pages
) -> None:
    ben, cleo = await house.member("ben"), await house.member("cleo")
    await house.parts.signin.show_as(cleo, "Mr. Lee")
    await house.desks.chat.claim(pages.ana, "claim-0001")
    pages.told()

    told = []
    for number, signed_in in enumerate((ben, cleo)):
        await house.desks.chat.bring_in(pages.ana, f"bring-{number:04}", signed_in.member.id)
        (event, _), (event_of_team, _), _ = pages.told()
        told.append((event["details"], event_of_team["details"]))

    assert told == [
        ({}, {"subject": ben.member.id, "subject_name": "Ben"}),
        ({"subject_name": "Mr. Lee"}, {"subject": cleo.member.id, "subject_name": "Cleo"}),
    ]


async def test_what_consoles_were_not_told_at_once_they_are_told_a_moment_later(
    house: House, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messenger.services.telling.GAP", 0.0)
    chat, teller = house.desks.chat, house.desks.teller

    words = []
    for number, body in enumerate(("He is here.", "In the gym.", "He has seen me.")):
        await chat.say(pages.mia, f"message-{number:03}", body)
        words += [frame["row"]["last"]["text"] for frame in pages.told()[2]]
    with anyio.fail_after(10):
        await teller.tell_rows()
    words += [frame["row"]["last"]["text"] for frame in pages.told()[2]]

    assert words == ["He is here.", "He has seen me."]


async def test_of_how_urgent_it_is_the_team_is_told_and_the_reporter_nothing_at_all(
    house: House, pages: Pages
) -> None:
    await house.desks.chat.triage(pages.ana, "triage-001", "life_safety")

    to_reporter, (state, file), (row,) = pages.told()
    assert to_reporter == []
    assert (state["t"], state["urgency"]) == ("state", "life_safety")
    assert (file["t"], file["events"][0]["details"]) == ("file", {"urgency": "life_safety"})
    assert row["row"]["urgency"] == "life_safety"


async def test_words_that_reopen_a_conversation_tell_both_sides_that_somebody_waits_again(
    house: House, pages: Pages
) -> None:
    chat = house.desks.chat
    await chat.claim(pages.ana, "claim-0001")
    await chat.say(pages.ana, "answer-0001", "I am here.")
    await chat.close(pages.ana, "close-0001", "")
    pages.told()

    await chat.say(pages.mia, "message-001", "It happened again.")

    in_room = pages.told()[:2]
    assert [[frame["t"] for frame in frames] for frames in in_room] == [["event", "state"]] * 2
    assert [frames[1]["status"] for frames in in_room] == ["waiting"] * 2


async def test_both_sides_are_told_at_once_when_a_file_came_and_what_it_is(
    house: House, pages: Pages, clock: StoppedClock
) -> None:
    upload = await send(house, pages.mia)

    for (event,) in pages.told()[:2]:
        assert (event["kind"], event["at"]) == ("attachment_added", seconds(clock()))
        assert event["details"]["attachment"] == upload.id
        assert event["details"]["alt"] == "what it shows"


async def test_a_file_that_reopens_a_conversation_tells_so_and_one_that_does_not_is_all_that_is_told(
    house: House, pages: Pages
) -> None:
    chat = house.desks.chat
    await chat.claim(pages.ana, "claim-0001")
    pages.told()

    await send(house, pages.mia, id="an-earlier-one")
    before = pages.told()[:2]
    await chat.close(pages.ana, "close-0001", "")
    pages.told()
    await send(house, pages.mia)

    in_room = pages.told()[:2]
    assert [[frame["t"] for frame in frames] for frames in before] == [["event"]] * 2
    assert [[frame["t"] for frame in frames] for frames in in_room] == [["event", "state"]] * 2
    assert [frames[1]["status"] for frames in in_room] == ["waiting"] * 2


async def test_how_far_a_side_has_read_is_told_once_and_is_never_more_than_there_is(
    house: House, pages: Pages
) -> None:
    chat = house.desks.chat
    await chat.say(pages.mia, "message-001", "Are you there?")
    pages.told()

    assert await chat.mark_seen(pages.ana, 99) == 2
    assert pages.told()[:2] == [[{"t": "seen", "role": "team", "seq": 2}]] * 2
    assert await chat.mark_seen(pages.ana, 2) == 2
    assert pages.told()[:2] == [[], []]
    assert await chat.mark_seen(pages.mia, 1) == 1
    assert pages.told()[:2] == [[{"t": "seen", "role": "reporter", "seq": 1}]] * 2


async def test_who_types_is_told_by_the_name_that_each_side_may_know(
    house: House, pages: Pages
) -> None:
    for here in (pages.ana, pages.mia):
        await house.desks.chat.tell_typing(here)

    names = [[frame["name"] for frame in frames] for frames in pages.told()]
    assert names == [["Ms. Ruiz", ""], ["Ana", ""], []]


async def test_every_console_is_told_whether_the_reporter_is_there(
    house: House, pages: Pages
) -> None:
    attendance, mia, there = house.desks.attendance, pages.mia, []

    attendance.renew(mia.actor, mia.room)
    await attendance.tell()
    there += [frame["row"]["reporter_here"] for frame in pages.told()[2]]
    house.bus.leave(pages.hers)
    attendance.leave(mia.actor, mia.room)
    await attendance.tell()
    there += [frame["row"]["reporter_here"] for frame in pages.told()[2]]

    assert there == [True, False]


async def test_who_is_in_the_room_is_told_by_the_names_that_each_side_may_know(
    house: House, pages: Pages
) -> None:
    ben = await house.responder("ben")
    for responder in (pages.ana.actor, ben):
        house.desks.attendance.renew(responder, pages.ana.room)

    await house.desks.attendance.tell()

    ((to_reporter,), (to_team,), _) = pages.told()
    assert (to_reporter["team"], to_reporter["names"]) == (2, ["Ms. Ruiz"])
    assert (to_team["team"], sorted(to_team["names"])) == (2, ["Ana", "Ben"])
