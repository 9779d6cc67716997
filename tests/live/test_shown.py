"""What consoles say they show: counted for their own organization, for a while, and not without bound."""

import pytest

from messenger.domain.ids import OrganizationId, RoomId
from messenger.live.shown import MOST, SHOWN_FOR, ShownRooms
from tests.clocks import StoppedClock

OURS, THEIRS = OrganizationId("ours"), OrganizationId("theirs")
ROOM, OTHER = RoomId("room"), RoomId("other")


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def shown(clock: StoppedClock) -> ShownRooms:
    return ShownRooms(clock.monotonic)


def test_what_a_console_shows_counts_for_its_organization_and_no_other(shown: ShownRooms) -> None:
    shown.mark(OURS, [ROOM])

    assert shown.is_shown(OURS, ROOM)
    assert not shown.is_shown(THEIRS, ROOM)
    assert not shown.is_shown(OURS, OTHER)


def test_what_is_said_again_counts_longer_and_the_rest_is_forgotten(
    shown: ShownRooms, clock: StoppedClock
) -> None:
    shown.mark(OURS, [ROOM, OTHER])
    clock.pass_by(seconds=SHOWN_FOR - 1)
    shown.mark(OURS, [ROOM])

    clock.pass_by(seconds=1)

    assert shown.is_shown(OURS, ROOM)
    assert not shown.is_shown(OURS, OTHER)


def test_one_organization_can_not_fill_the_memory_and_keeps_what_it_said_last(
    shown: ShownRooms,
) -> None:
    shown.mark(THEIRS, [ROOM])

    shown.mark(OURS, [RoomId(f"room-{number}") for number in range(MOST + 1)])

    assert not shown.is_shown(OURS, RoomId("room-0"))
    assert shown.is_shown(OURS, RoomId("room-1"))
    assert shown.is_shown(OURS, RoomId(f"room-{MOST}"))
    assert shown.is_shown(THEIRS, ROOM)
