"""What was missed is read again: each watcher gets what they lack, and nobody gets anything twice."""

import json
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from pathlib import Path

import pytest

from messenger.domain.access import Responder
from messenger.domain.errors import StoreDown
from messenger.domain.events import Role
from messenger.domain.ids import OrganizationId, RoomId, SessionId
from messenger.domain.room import Room
from messenger.ports.live import Viewer, Watch, queue_topic, room_topic
from messenger.protocol.connection import Push
from messenger.services.rereading import Rereading
from messenger.services.sealing import Unlocked
from messenger.services.telling import Teller
from tests.cast import TEASING, House, open_house
from tests.services.evidence import send


@dataclass
class Elsewhere:
    """A house where things happen at another worker's, and the watchers of this one."""

    house: House
    rereading: Rereading
    here: Unlocked
    ana: Responder

    def watch(self, topic: str, role: Role, room: RoomId | None) -> Watch:
        viewer = Viewer(topic, role, SessionId(b"s"), room, None)
        return self.house.bus.join(viewer, lambda: None)

    def watch_room(self, role: Role = Role.REPORTER) -> Watch:
        return self.watch(room_topic(self.here.room), role, self.here.room)

    async def say(self, id: str) -> None:
        await self.happens(self.house.desks.chat.say(self.here, id, "Something."))

    async def happens(self, act: Awaitable[object]) -> None:
        """At another worker's: nobody here is told."""
        watches = [(watch, [*watch.pending]) for watch in self.house.bus.watches()]
        await act
        for watch, pending in watches:
            watch.pending.clear()
            watch.pending.extend(pending)


@pytest.fixture
async def elsewhere(tmp_path: Path) -> AsyncIterator[Elsewhere]:
    async with open_house(tmp_path) as house:
        ana = await house.responder("ana")
        mia = await house.report(TEASING)
        here, _ = await house.desks.chat.enter(mia.reporter, mia.reporter.room)
        parts = house.parts
        teller = Teller(house.bus, house.presence, parts.roster, str)
        rereading = Rereading(parts.rooms, parts.attachments, parts.roster, house.bus, teller)
        yield Elsewhere(house, rereading, here, ana)


def frames(watch: Watch) -> list[str]:
    """Take out what came: the kinds, or "ring N" for a number without words."""
    came = [*watch.pending]
    watch.pending.clear()
    return [json.loads(push.text)["t"] if push.text else f"ring {push.seq}" for push in came]


async def test_everybody_in_a_room_is_rung_and_told_how_it_stands_if_that_is_news(
    elsewhere: Elsewhere,
) -> None:
    watch = elsewhere.watch_room()
    await elsewhere.rereading.run()
    assert frames(watch) == ["ring 1", "state", "seen", "seen"]

    await elsewhere.rereading.run()
    assert frames(watch) == ["ring 1"]

    await elsewhere.say("said-0001")
    await elsewhere.rereading.run()
    assert frames(watch)[0] == "ring 2"


async def test_a_ring_has_only_those_read_who_lack_something(elsewhere: Elsewhere) -> None:
    watch = elsewhere.watch_room(Role.TEAM)
    await elsewhere.rereading.run()
    assert watch.pending[0] == Push(1, "")


async def test_when_the_staffs_file_grew_the_team_fetches_it_and_the_reporter_hears_nothing_of_it(
    elsewhere: Elsewhere,
) -> None:
    chat = elsewhere.house.desks.chat
    at_ana, _ = await chat.enter(elsewhere.ana, elsewhere.here.room)
    mias, anas = elsewhere.watch_room(), elsewhere.watch_room(Role.TEAM)
    await elsewhere.rereading.run()
    standing = frames(mias)
    assert standing == frames(anas), "They have just joined, and have the file."

    await elsewhere.happens(chat.triage(at_ana, "triage-001", "life_safety"))
    await elsewhere.rereading.run()
    assert (frames(mias), frames(anas)) == (standing, [*standing, "resync"])

    await elsewhere.rereading.run()
    assert frames(anas) == ["ring 1"]


async def test_a_file_that_another_worker_hid_is_hidden_here(elsewhere: Elsewhere) -> None:
    house = elsewhere.house
    at_ana, _ = await house.desks.chat.enter(elsewhere.ana, elsewhere.here.room)
    photo = await send(house, elsewhere.here)
    watch = elsewhere.watch_room()
    await elsewhere.rereading.run()
    standing = frames(watch)

    hidden = house.desks.viewing.quarantine(at_ana, "hide-00001", photo.id, "A child, undressed.")
    await elsewhere.happens(hidden)
    await elsewhere.rereading.run()

    assert frames(watch) == [*standing, "withheld"]


async def test_a_file_that_was_hidden_before_the_first_reading_is_hidden_here(
    elsewhere: Elsewhere,
) -> None:
    house = elsewhere.house
    at_ana, _ = await house.desks.chat.enter(elsewhere.ana, elsewhere.here.room)
    photo = await send(house, elsewhere.here)
    watch = elsewhere.watch_room()

    hidden = house.desks.viewing.quarantine(at_ana, "hide-00001", photo.id, "A child, undressed.")
    await elsewhere.happens(hidden)
    await elsewhere.rereading.run()

    assert "withheld" in frames(watch)


async def test_a_console_fetches_its_queue_anew_when_another_goes_on_duty(
    elsewhere: Elsewhere,
) -> None:
    console = elsewhere.watch(queue_topic(elsewhere.ana.organization), Role.TEAM, None)
    ben = await elsewhere.house.responder("ben")
    await elsewhere.rereading.run()
    frames(console)

    await elsewhere.happens(elsewhere.house.desks.duty.go(ben, on=True))
    await elsewhere.rereading.run()

    assert frames(console) == ["resync"]


async def test_a_queue_that_cannot_be_read_keeps_no_other_from_it(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = elsewhere.ana.organization, OrganizationId("down")
    elsewhere.watch(queue_topic(theirs), Role.TEAM, None)
    console = elsewhere.watch(queue_topic(ours), Role.TEAM, None)
    rooms = elsewhere.house.parts.rooms
    read = rooms.rooms

    async def read_or_fail(organization: OrganizationId) -> list[Room]:
        if organization == theirs:
            raise StoreDown
        return await read(organization)

    monkeypatch.setattr(rooms, "rooms", read_or_fail)
    with pytest.raises(StoreDown):
        await elsewhere.rereading.run()

    assert frames(console) == ["resync"]


async def test_a_console_fetches_its_queue_anew_when_that_changed(elsewhere: Elsewhere) -> None:
    console = elsewhere.watch(queue_topic(elsewhere.ana.organization), Role.TEAM, None)
    await elsewhere.rereading.run()
    assert frames(console) == ["resync"], "Nobody knows what it was told before."
    await elsewhere.rereading.run()
    assert frames(console) == []

    await elsewhere.say("said-0001")
    await elsewhere.rereading.run()
    assert frames(console) == ["resync"]


async def test_nobody_there_and_nothing_is_read(elsewhere: Elsewhere) -> None:
    await elsewhere.rereading.run()
    assert elsewhere.house.bus.watches() == []


async def test_an_erased_room_is_passed_over(elsewhere: Elsewhere) -> None:
    watch = elsewhere.watch(room_topic(RoomId("gone")), Role.REPORTER, RoomId("gone"))
    await elsewhere.rereading.run()
    assert frames(watch) == []
