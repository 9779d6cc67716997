"""Who comes and goes is told to the room; also who goes without a goodbye."""

import json
from collections.abc import Collection
from pathlib import Path

import anyio
import pytest

from messenger.domain.errors import PASSING, Refusal
from messenger.domain.events import Role
from messenger.domain.ids import RoomId, SessionId
from messenger.domain.room import Room
from messenger.live.presence import PRESENCE_LEASE, Leases
from messenger.ports.live import AWAY, CONSOLE, Seat, Viewer, Watch, queue_topic, room_topic
from messenger.services.attendance import Attendance
from messenger.services.telling import Teller
from messenger.storage.rooms import StoredRooms
from tests.cast import TEASING, WEAPON, open_house
from tests.clocks import StoppedClock


def told(watch: Watch) -> list[tuple[bool, int]]:
    """Take out who was said to be there: the reporter, and how many of the team."""
    frames = [json.loads(push.text) for push in watch.pending]
    watch.pending.clear()
    return [(frame["reporter"], frame["team"]) for frame in frames if frame["t"] == "presence"]


async def test_a_room_is_told_who_comes_and_whose_lease_ran_out(tmp_path: Path) -> None:
    clock = StoppedClock()
    async with open_house(tmp_path, clock) as house:
        ana, mia = await house.responder("ana"), await house.report(TEASING)
        room, presence = mia.reporter.room, Leases(clock.monotonic)
        elsewhere = (await house.report(WEAPON)).reporter.room
        teller = Teller(house.bus, presence, house.parts.roster, str)
        attendance = Attendance(
            presence, house.bus, house.parts.rooms, house.parts.roster, teller
        )  # fmt: skip
        viewer = Viewer(room_topic(room), Role.REPORTER, SessionId(b"s"), room, None)
        watch = house.bus.join(viewer, lambda: None)

        attendance.renew(mia.reporter, room)
        await attendance.tell()
        attendance.renew(ana, room)
        await attendance.tell()
        assert told(watch) == [(True, 0), (True, 1)]
        attendance.renew(ana, room)
        attendance.renew(ana, elsewhere)
        await attendance.tell()
        assert told(watch) == [], "The second time is no news."

        clock.pass_by(seconds=PRESENCE_LEASE - 1)
        attendance.renew(mia.reporter, room)
        attendance.end_leases()
        attendance.leave(ana, elsewhere)
        await attendance.tell()
        assert told(watch) == []
        clock.pass_by(seconds=1)
        attendance.end_leases()
        await attendance.tell()

        assert told(watch) == [(True, 0)]
        assert not presence.is_taken(Seat(room, ana.member))


async def test_beside_an_empty_chair_only_the_line_is_there(tmp_path: Path) -> None:
    clock = StoppedClock()
    async with open_house(tmp_path, clock) as house:
        ana, mia = await house.responder("ana"), await house.report(TEASING)
        room, presence = mia.reporter.room, Leases(clock.monotonic)
        teller = Teller(house.bus, presence, house.parts.roster, str)
        attendance = Attendance(
            presence, house.bus, house.parts.rooms, house.parts.roster, teller
        )  # fmt: skip
        queue = house.bus.join(
            Viewer(queue_topic(ana.organization), Role.TEAM, ana.session, None, ana.member),
            lambda: None,
        )
        hers = Viewer(room_topic(room), Role.TEAM, ana.session, room, ana.member)
        in_room = house.bus.join(hers, lambda: None)
        seats = [Seat(CONSOLE, ana.member), Seat(room, ana.member)]

        def is_there() -> list[bool]:
            clock.pass_by(seconds=PRESENCE_LEASE - 1)
            attendance.renew_all()
            clock.pass_by(seconds=1)
            attendance.end_leases()
            return [presence.is_taken(seat) for seat in seats]

        attendance.renew(ana, room)
        assert is_there() == [True, True]

        queue.away = in_room.away = True
        is_there()
        assert is_there() == [False, False]
        attendance.renew(ana, room, away=True)
        assert is_there() == [False, False]
        assert not presence.is_gone(ana.member, PRESENCE_LEASE), "What she has claimed stays hers."

        in_room.away = False
        assert is_there() == [True, True], "In one of the windows somebody is."

        for watch in (queue, in_room):
            house.bus.leave(watch)
        attendance.leave(ana, None)
        assert not presence.is_taken(Seat(AWAY, ana.member))


async def test_who_shuts_the_queue_is_still_here_while_a_conversation_is_open(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        ana, mia = await house.responder("ana"), await house.report(TEASING)
        room, attendance = mia.reporter.room, house.desks.attendance
        hers = Viewer(room_topic(room), Role.TEAM, ana.session, room, ana.member)
        in_room = house.bus.join(hers, lambda: None)
        for place in (None, room):
            attendance.renew(ana, place)

        attendance.leave(ana, None)
        assert house.presence.is_taken(Seat(CONSOLE, ana.member))
        house.bus.leave(in_room)
        attendance.leave(ana, room)
        attendance.renew(ana, None)
        attendance.leave(ana, None)

        assert not house.presence.is_taken(Seat(CONSOLE, ana.member))


async def test_whoever_leaves_the_last_conversation_after_the_queue_is_gone_from_both(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        ana, mia = await house.responder("ana"), await house.report(TEASING)
        room, attendance = mia.reporter.room, house.desks.attendance
        hers = Viewer(room_topic(room), Role.TEAM, ana.session, room, ana.member)
        in_room = house.bus.join(hers, lambda: None)
        attendance.renew(ana, room)
        attendance.leave(ana, None)
        house.bus.leave(in_room)

        attendance.leave(ana, room)

        assert not house.presence.is_taken(Seat(room, ana.member))
        assert not house.presence.is_taken(Seat(CONSOLE, ana.member))


async def test_a_reporter_is_never_away(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        mia = await house.report(TEASING)

        house.desks.attendance.renew(mia.reporter, mia.reporter.room, away=True)

        assert house.presence.is_taken(Seat(mia.reporter.room, None))


@pytest.mark.parametrize("failure", PASSING)
async def test_what_an_outage_kept_from_being_told_is_told_the_next_time(
    tmp_path: Path, failure: type[Refusal]
) -> None:
    async with open_house(tmp_path) as house:
        ana, mia = await house.responder("ana"), await house.report(TEASING)
        room, rooms = mia.reporter.room, RoomsThatFail(house.parts.database)
        rooms.failure = failure
        teller = Teller(house.bus, house.presence, house.parts.roster, str)
        attendance = Attendance(house.presence, house.bus, rooms, house.parts.roster, teller)
        viewer = Viewer(room_topic(room), Role.REPORTER, SessionId(b"s"), room, None)
        watch = house.bus.join(viewer, lambda: None)

        attendance.renew(ana, room)
        with pytest.raises(failure):
            await attendance.tell()
        assert told(watch) == []
        with anyio.fail_after(10):
            await attendance.tell()

        assert told(watch) == [(False, 1)]


class RoomsThatFail(StoredRooms):
    """The first reading meets an outage."""

    failure: type[Refusal] | None = None

    async def find_rooms(self, rooms: Collection[RoomId]) -> list[Room]:
        failure, self.failure = self.failure, None
        if failure is not None:
            raise failure
        return await super().find_rooms(rooms)
