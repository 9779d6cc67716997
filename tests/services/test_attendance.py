"""Who comes and goes is told to the room; also who goes without a goodbye."""

import json
from pathlib import Path

from messenger.domain.events import Role
from messenger.domain.ids import SessionId
from messenger.live.presence import LEASE, Leases
from messenger.ports import Seat, Viewer, Watch, room_topic
from messenger.services.attendance import Attendance
from messenger.services.telling import Teller
from tests.cast import TEASING, open_house
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
        teller = Teller(house.bus, presence, house.parts.roster)
        attendance = Attendance(
            presence, house.bus, house.parts.rooms, house.parts.roster, teller
        )  # fmt: skip
        viewer = Viewer(room_topic(room), Role.REPORTER, SessionId(b"s"), room, None)
        watch = house.bus.join(viewer, lambda: None)

        await attendance.renew(mia.reporter, room)
        await attendance.renew(ana, room)
        await attendance.renew(ana, room)
        assert told(watch) == [(True, 0), (True, 1)], "Once each: the second time is no news."

        clock.pass_by(seconds=LEASE - 1)
        await attendance.renew(mia.reporter, room)
        await attendance.tell_who_left()
        assert told(watch) == []
        clock.pass_by(seconds=1)
        await attendance.tell_who_left()

        assert told(watch) == [(True, 0)]
        assert not presence.is_taken(Seat(room, ana.member))
