"""The one-process bus: who is told what, and what becomes of somebody who does not listen."""

import pytest

from messenger.domain.events import Role
from messenger.domain.ids import MemberId, RoomId, SessionId
from messenger.live.hub import MAILBOX_LIMIT, REPORTER_LIMIT, Hub, Mailbox
from messenger.ports.live import AWAY, CONSOLE, Seat, Viewer
from messenger.protocol.closing import Close
from messenger.protocol.connection import Push

REPORTERS = Seat(RoomId("a"), None)


class Ears:
    """Counts how often it was woken, and keeps the mailbox."""

    def __init__(
        self, hub: Hub, topic: str = "room:a", role: Role = Role.TEAM, member: str = ""
    ) -> None:
        self.woken = 0
        who = MemberId(member) if member else None
        viewer = Viewer(topic, role, SessionId(b"s"), member=who)
        self.mailbox: Mailbox = hub.join(viewer, self._wake)

    @property
    def heard(self) -> list[str]:
        return [push.text for push in self.mailbox.pending]

    def _wake(self) -> None:
        self.woken += 1


def closing(ears: Ears) -> Close | None:
    return ears.mailbox.closing


def test_everybody_at_the_topic_is_told_in_order_and_nobody_elsewhere() -> None:
    hub = Hub()
    one, other, elsewhere = Ears(hub), Ears(hub), Ears(hub, "room:b")

    for seq in (1, 2, 3):
        hub.tell("room:a", Push(seq, str(seq)))

    assert one.heard == other.heard == ["1", "2", "3"]
    assert one.woken == 3
    assert (elsewhere.heard, elsewhere.woken) == ([], 0)


def test_what_is_for_one_side_reaches_that_side_only() -> None:
    hub = Hub()
    team, reporter = Ears(hub), Ears(hub, role=Role.REPORTER)

    hub.tell("room:a", Push(0, "names"), Role.TEAM)
    hub.tell("room:a", Push(0, "for both"))

    assert team.heard == ["names", "for both"]
    assert reporter.heard == ["for both"]


def test_who_left_is_told_nothing_and_leaves_nothing_behind() -> None:
    hub = Hub()
    gone, still_here = Ears(hub), Ears(hub)

    hub.leave(gone.mailbox)
    hub.tell("room:a", Push(1, "one"))

    assert gone.heard == []
    assert still_here.heard == ["one"]
    assert hub.watches() == [still_here.mailbox]
    assert hub.is_held(REPORTERS)
    hub.leave(still_here.mailbox)
    hub.leave(still_here.mailbox)
    assert hub.watches() == []
    assert not hub.is_held(REPORTERS)
    assert not hub.is_watched("room:a")


def test_a_seat_is_held_by_sockets_there_and_the_console_by_any_of_the_member() -> None:
    hub, ana = Hub(), MemberId("ana")
    room, queue, _ben = [
        Ears(hub, topic, member=member)
        for topic, member in (("room:a", "ana"), ("queue:a", "ana"), ("room:b", "ben"))
    ]
    at_console, in_room = Seat(CONSOLE, ana), Seat(RoomId("a"), ana)
    assert not hub.is_held(REPORTERS)
    Ears(hub, role=Role.REPORTER)
    assert hub.is_held(REPORTERS)
    assert not hub.is_held(Seat(RoomId("b"), ana))

    assert hub.is_held(at_console)
    assert hub.is_held(in_room)
    hub.leave(queue.mailbox)
    assert hub.is_held(at_console), "Whoever is in a conversation is at the console, too."
    assert hub.is_held(Seat(AWAY, ana))
    hub.leave(room.mailbox)
    assert not hub.is_held(at_console)
    assert not hub.is_held(in_room)
    assert hub.is_held(Seat(CONSOLE, MemberId("ben")))


def test_a_mailbox_holds_so_much_and_then_its_reader_is_too_slow() -> None:
    hub = Hub()
    slow, quick = Ears(hub), Ears(hub)

    for seq in range(1, MAILBOX_LIMIT + 1):
        hub.tell("room:a", Push(seq, str(seq)))
        quick.mailbox.pending.clear()
    assert closing(slow) is None
    hub.tell("room:a", Push(MAILBOX_LIMIT + 1, "one too many"))

    assert closing(slow) is Close.SLOW_READER
    assert slow.heard == []
    assert closing(quick) is None
    assert quick.heard == ["one too many"]


def test_of_too_many_sockets_of_one_reporter_the_first_goes_and_nobody_elsewhere_does() -> None:
    hub = Hub()
    ana, next_door = Ears(hub, member="ana"), Ears(hub, "room:b", Role.REPORTER)
    tabs = [Ears(hub, role=Role.REPORTER) for _ in range(REPORTER_LIMIT)]
    assert {closing(each) for each in tabs} == {None}

    Ears(hub, role=Role.REPORTER)
    hub.leave(tabs[0].mailbox)
    Ears(hub, role=Role.REPORTER)

    assert [closing(each) for each in tabs[:3]] == [Close.COME_BACK_LATER] * 2 + [None]
    assert {closing(each) for each in (ana, next_door, *tabs[2:])} == {None}


def test_many_members_may_watch_one_room() -> None:
    hub = Hub()
    team = [Ears(hub, member=str(number)) for number in range(REPORTER_LIMIT + 2)]

    assert {closing(each) for each in team} == {None}


def test_the_first_reason_to_close_stands_and_wakes_the_owner() -> None:
    ears = Ears(Hub())
    ears.mailbox.put(Push(1, "one"))

    ears.mailbox.end(Close.SIGNED_OUT)
    ears.mailbox.end(Close.SLOW_READER)

    assert ears.mailbox.closing is Close.SIGNED_OUT
    assert ears.heard == []
    assert ears.woken == 3


def test_who_is_to_go_is_told_nothing_more() -> None:
    ears = Ears(Hub())

    ears.mailbox.end(Close.SIGNED_OUT)
    ears.mailbox.put(Push(1, "not for them any more"))

    assert ears.heard == []
    assert ears.woken == 1


def test_a_watch_of_another_bus_is_a_bug() -> None:
    with pytest.raises(TypeError):
        Hub().leave(object())  # type: ignore[arg-type]


def test_every_watch_of_the_process_is_found() -> None:
    hub = Hub()
    ears = [Ears(hub), Ears(hub, "room:b"), Ears(hub, "queue:c")]

    assert set(hub.watches()) == {each.mailbox for each in ears}
