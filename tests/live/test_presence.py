"""Leases: who is here while they say so, and who is not any more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messenger.domain.ids import MemberId, RoomId
from messenger.live.presence import PRESENCE_LEASE, Leases
from messenger.ports.live import CONSOLE, Seat

ROOM, OTHER = RoomId("room"), RoomId("other")
ANA, BEN = MemberId("ana"), MemberId("ben")
REPORTER, ANAS, BENS = Seat(ROOM, None), Seat(ROOM, ANA), Seat(ROOM, BEN)


class Watch:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def leases(watch: Watch) -> Leases:
    return Leases(watch)


def test_whoever_renews_is_here_and_news_only_the_first_time(leases: Leases) -> None:
    assert leases.renew(ANAS)
    assert not leases.renew(ANAS)

    assert leases.is_taken(ANAS)
    assert not leases.is_taken(BENS)
    assert not leases.is_taken(Seat(OTHER, ANA))


def test_whoever_stops_renewing_is_gone_after_a_lease_and_not_before(
    leases: Leases, watch: Watch
) -> None:
    leases.renew(ANAS)

    watch.now += PRESENCE_LEASE - 1
    assert leases.is_taken(ANAS)
    watch.now += 1
    assert not leases.is_taken(ANAS)

    assert leases.renew(ANAS), "Coming back is news."


def test_a_goodbye_is_believed(leases: Leases) -> None:
    leases.renew(ANAS)
    leases.renew(BENS)

    leases.release(ANAS)
    leases.release(Seat(OTHER, ANA))

    assert not leases.is_taken(ANAS)
    assert leases.is_taken(BENS)


def test_the_team_in_a_room_is_listed_without_the_reporter(leases: Leases, watch: Watch) -> None:
    leases.renew(ANAS)
    leases.renew(REPORTER)
    watch.now += PRESENCE_LEASE / 2
    leases.renew(BENS)

    assert leases.members_at(ROOM) == [ANA, BEN]
    watch.now += PRESENCE_LEASE / 2
    assert leases.members_at(ROOM) == [BEN]
    assert leases.members_at(OTHER) == []


def test_after_a_start_nobody_is_gone_before_a_lease_could_have_run_out(
    leases: Leases, watch: Watch
) -> None:
    watch.now += PRESENCE_LEASE
    assert not leases.is_gone(ANA, PRESENCE_LEASE)

    watch.now += 1
    assert leases.is_gone(ANA, PRESENCE_LEASE)


def test_whoever_was_heard_anywhere_is_not_gone(leases: Leases, watch: Watch) -> None:
    watch.now += 100
    leases.renew(Seat(CONSOLE, ANA))
    leases.release(Seat(CONSOLE, ANA))

    assert not leases.is_gone(ANA, 60)
    assert leases.is_gone(BEN, 60)
    watch.now += 61
    assert leases.is_gone(ANA, 60)


def test_a_sweep_forgets_what_ran_out_and_nothing_else(leases: Leases, watch: Watch) -> None:
    leases.renew(ANAS)
    leases.renew(Seat(OTHER, ANA))
    watch.now += PRESENCE_LEASE
    leases.renew(BENS)
    assert leases.seats() == [BENS]

    assert leases.sweep() == [ROOM, OTHER]

    assert leases.sweep() == [], "It is told once."
    assert leases.members_at(ROOM) == [BEN]
    assert not leases.is_taken(ANAS)


def test_of_a_room_that_everybody_left_nothing_is_kept(leases: Leases) -> None:
    for seat in (ANAS, BENS):
        leases.renew(seat)
    for seat in (ANAS, BENS):
        leases.release(seat)

    assert not leases._places


@given(st.lists(st.tuples(st.floats(0, 100), st.sampled_from([REPORTER, ANAS, BENS]))))
def test_somebody_is_here_exactly_within_a_lease_of_their_last_word(
    acts: list[tuple[float, Seat]],
) -> None:
    watch = Watch()
    leases, heard = Leases(watch), dict[Seat, float]()
    for pause, seat in acts:
        watch.now += pause
        before = heard.get(seat, float("-inf"))
        assert leases.renew(seat) is (watch.now >= before + PRESENCE_LEASE)
        heard[seat] = watch.now
        leases.sweep()

    for seat in (REPORTER, ANAS, BENS):
        lease_ends = heard.get(seat, float("-inf")) + PRESENCE_LEASE
        assert leases.is_taken(seat) is (lease_ends > watch.now)
