"""Several workers know together what one would know alone: who watches, who is here, what is shown."""

import pytest

from messenger.domain.events import Role
from messenger.domain.ids import MemberId, OrganizationId, RoomId, SessionId
from messenger.live.envelope import Asking, Changed, Leaving, Showing
from messenger.live.hub import Hub
from messenger.live.presence import PRESENCE_LEASE
from messenger.live.relay import BEAT
from messenger.live.shared import SharedHub, SharedLeases, SharedShownRooms
from messenger.live.shown import SHOWN_FOR
from messenger.ports.live import AWAY, CONSOLE, Seat, Viewer, Watch, room_topic
from messenger.protocol.closing import Close
from messenger.protocol.connection import Push
from tests.live.test_presence import ANA, ANAS, BENS, OTHER, REPORTER, ROOM
from tests.live.test_relay import Wire, wrapping

PATIENCE = 120.0
OURS, THEIRS = OrganizationId("ours"), OrganizationId("theirs")


class Workers:
    """Two of them, a and b."""

    def __init__(self) -> None:
        self.wire = Wire("a", "b")
        self.here = [Hub(), Hub()]
        self.leases = [
            SharedLeases(relay, here, self.wire.watch)
            for here, relay in zip(self.here, self.wire.relays, strict=True)
        ]
        self.shown = [SharedShownRooms(relay, self.wire.watch) for relay in self.wire.relays]
        self.hubs = [
            SharedHub(here, relay) for here, relay in zip(self.here, self.wire.relays, strict=True)
        ]
        self.changed = 0
        self.wire.relays[1].on(Changed, self._change)
        self.wire.settle()

    def _change(self, _worker: str, _item: Changed) -> None:
        self.changed += 1

    def watch(self, worker: int, topic: str, role: Role = Role.TEAM) -> Watch:
        viewer = Viewer(topic, role, SessionId(b"s"), RoomId("r"), MemberId("m"))
        return self.hubs[worker].join(viewer, lambda: None)

    def pass_time(self, seconds: float) -> None:
        """While all are heard, and everybody renews."""
        for _ in range(int(seconds / BEAT)):
            self.wire.watch.now += BEAT
            self.wire.carry()


@pytest.fixture
def workers() -> Workers:
    return Workers()


def test_watchers_everywhere_are_told_once_each_by_role(workers: Workers) -> None:
    mine, theirs = workers.watch(0, "room:r"), workers.watch(1, "room:r")
    reporter = workers.watch(1, "room:r", Role.REPORTER)
    elsewhere = workers.watch(1, "room:q")

    workers.hubs[0].tell("room:r", Push(1, "for all"))
    workers.hubs[0].tell("room:r", Push(2, "for the team"), Role.TEAM)
    workers.wire.carry()
    workers.wire.carry()

    both = [Push(1, "for all"), Push(2, "for the team")]
    assert list(mine.pending) == both
    assert list(theirs.pending) == both
    assert list(reporter.pending) == both[:1]
    assert list(elsewhere.pending) == []


def test_watchers_everywhere_are_ended(workers: Workers) -> None:
    mine, theirs = workers.watch(0, "room:r"), workers.watch(1, "room:r")

    workers.hubs[0].end("room:r", Close.NOT_FOUND)
    workers.wire.carry()

    assert mine.closing is theirs.closing is Close.NOT_FOUND
    assert workers.hubs[0].watches() == [mine], "Only its own: another's it cannot reach."


def test_a_topic_may_always_be_watched_elsewhere_and_news_is_passed_on(workers: Workers) -> None:
    assert workers.hubs[0].is_watched("room:nobody")
    assert not workers.here[0].is_watched("room:nobody")

    workers.hubs[0].tell_news()
    workers.wire.carry()

    assert workers.changed == 1


def test_whoever_is_here_is_here_for_all_and_news_only_once(workers: Workers) -> None:
    a, b = workers.leases
    assert a.renew(ANAS)
    workers.wire.carry()

    assert b.is_taken(ANAS)
    assert b.members_at(ROOM) == [ANA]
    assert not b.renew(ANAS), "She is there already, by another socket."
    assert b.members_at(ROOM) == [ANA]
    assert not b.is_taken(REPORTER)


def test_a_seat_is_empty_when_it_is_empty_everywhere(workers: Workers) -> None:
    a, b = workers.leases
    a.renew(ANAS)
    b.renew(ANAS)
    viewer = Viewer(room_topic(ROOM), Role.TEAM, SessionId(b"s"), ROOM, ANA)
    socket = workers.hubs[1].join(viewer, lambda: None)
    workers.wire.carry()

    a.release(ANAS)
    workers.wire.carry()
    workers.wire.carry()
    assert a.is_taken(ANAS)
    assert b.is_taken(ANAS)

    workers.hubs[1].leave(socket)
    b.release(ANAS)
    workers.wire.carry()
    assert not a.is_taken(ANAS)
    assert not b.is_taken(ANAS)


@pytest.mark.parametrize("seat", [ANAS, Seat(CONSOLE, ANA), Seat(AWAY, ANA), REPORTER])
def test_a_goodbye_ends_what_a_page_of_another_worker_began(workers: Workers, seat: Seat) -> None:
    """Whoever loads a page from one may have their socket at the other."""
    a, b = workers.leases
    a.renew(seat)
    workers.wire.carry()
    b.renew(seat)
    workers.wire.carry()

    b.release(seat)
    workers.wire.carry()
    workers.wire.carry()

    assert not a.is_taken(seat)
    assert not b.is_taken(seat)
    assert a.sweep() == [room for room in [seat.room] if room]


@pytest.mark.parametrize("seat", [ANAS, Seat(CONSOLE, ANA), REPORTER])
def test_what_a_page_of_one_began_outlasts_what_one_before_it_began_at_another(
    workers: Workers, seat: Seat
) -> None:
    """Without scripts no socket keeps a seat: only the next page does, from whichever worker."""
    a, b = workers.leases
    a.renew(seat)
    workers.pass_time(PRESENCE_LEASE / 2)
    b.renew(seat)
    workers.pass_time(PRESENCE_LEASE / 2 + BEAT)

    a.sweep()
    workers.wire.carry()
    workers.wire.carry()

    assert a.is_taken(seat)
    assert b.is_taken(seat)


def test_one_that_starts_anew_learns_who_is_here_by_asking(workers: Workers) -> None:
    a, b = workers.leases
    a.renew(ANAS)
    a.renew(Seat(OTHER, None))
    workers.wire.carry(is_lost=lambda _: True)
    assert not b.is_taken(ANAS)

    workers.wire.watch.now += BEAT
    workers.wire.carry()  # The gap shows, and b asks.
    workers.wire.carry()
    workers.wire.carry()

    assert b.is_taken(ANAS)
    assert b.is_taken(Seat(OTHER, None))
    assert set(b.sweep()) == {ROOM, OTHER}, "Nobody told these rooms."
    assert b.sweep() == []


def test_only_who_is_asked_answers(workers: Workers) -> None:
    a, b = workers.leases
    a.renew(ANAS)
    workers.wire.carry(is_lost=lambda _: True)
    workers.wire.relays[1].send(Asking("somebody else"))
    workers.wire.carry()
    workers.wire.carry()
    assert not b.is_taken(ANAS)


@pytest.mark.parametrize("says_goodbye", [True, False])
def test_with_a_worker_go_all_who_sat_there(workers: Workers, *, says_goodbye: bool) -> None:
    a, b = workers.leases
    a.renew(ANAS)
    workers.wire.carry()
    if says_goodbye:
        workers.wire.relays[0].send(Leaving())
        workers.wire.carry()
    else:
        for _ in range(int(PRESENCE_LEASE / BEAT) + 1):
            assert b.sweep() == []
            assert b.is_taken(ANAS)
            workers.wire.watch.now += BEAT
            workers.wire.carry(is_lost=lambda sender: sender == "a")

    assert b.sweep() == [ROOM]
    assert not b.is_taken(ANAS)


def test_own_leases_run_out_and_the_others_hear_of_it(workers: Workers) -> None:
    a, b = workers.leases
    a.renew(ANAS)
    workers.wire.carry()
    workers.pass_time(PRESENCE_LEASE + 1)
    assert a.sweep() == [ROOM]
    workers.wire.carry()
    assert not b.is_taken(ANAS)


def test_somebody_is_gone_when_no_worker_heard_of_them_in_a_time_without_doubt(
    workers: Workers,
) -> None:
    a, b = workers.leases
    a.renew(Seat(CONSOLE, ANA))
    workers.wire.carry()
    workers.pass_time(PATIENCE / 2)
    a.renew(Seat(CONSOLE, ANA))
    workers.pass_time(PATIENCE / 2 + 2)
    assert not a.is_gone(ANA, PATIENCE), "She is here, and nobody else has to have heard of her."
    assert not b.is_gone(ANA, PATIENCE), "She is at a's."

    a.release(Seat(CONSOLE, ANA))
    workers.wire.carry()
    workers.pass_time(PATIENCE - 2)
    assert not b.is_gone(ANA, PATIENCE), "Not for long enough."
    workers.pass_time(4)
    assert b.is_gone(ANA, PATIENCE)

    a.renew(Seat(AWAY, ANA))
    workers.wire.carry()
    assert not b.is_gone(ANA, PATIENCE), "Away from her console, but it is there."
    a.release(Seat(AWAY, ANA))
    workers.wire.carry()
    workers.pass_time(PATIENCE + 2)
    assert b.is_gone(ANA, PATIENCE)

    workers.wire.relays[1].lost()
    assert not b.is_gone(ANA, PATIENCE), "Perhaps she is elsewhere, and we do not hear it."
    workers.pass_time(PATIENCE + 4)
    assert b.is_gone(ANA, PATIENCE)


def test_whose_goodbye_was_lost_is_gone_no_sooner_than_who_was_heard_to_leave(
    workers: Workers,
) -> None:
    a, b = workers.leases
    a.renew(Seat(CONSOLE, ANA))
    workers.pass_time(PATIENCE + 2)

    a.release(Seat(CONSOLE, ANA))
    workers.wire.carry(is_lost=lambda sender: sender == "a")
    workers.pass_time(2)  # The gap shows, and b asks.

    assert not b.is_taken(Seat(CONSOLE, ANA))
    assert not b.is_gone(ANA, PATIENCE), "She may be on her way back: with a page she loads."
    workers.pass_time(PATIENCE + 2)
    assert b.is_gone(ANA, PATIENCE)


def test_only_who_is_cut_off_does_not_hear_all(workers: Workers) -> None:
    assert [each.hears_all for each in workers.leases] == [True, True]

    workers.wire.relays[0].lost()

    assert [each.hears_all for each in workers.leases] == [False, True]


def test_nobody_is_gone_for_a_worker_that_cannot_read_what_others_say(workers: Workers) -> None:
    """With the secrets of before, say: it hears itself, and nobody else."""
    a, b = workers.leases
    workers.wire.relays[0]._wrapping = wrapping("another" * 10)
    for _ in range(int(2 * PATIENCE / BEAT)):
        a.renew(Seat(CONSOLE, ANA))
        workers.pass_time(BEAT)

    assert workers.wire.relays[1].hears_itself
    assert not b.is_gone(ANA, PATIENCE)


def test_what_a_console_of_one_shows_is_shown_for_all(workers: Workers) -> None:
    workers.shown[0].mark(OURS, [ROOM])
    workers.wire.carry()
    assert workers.shown[1].is_shown(OURS, ROOM)
    assert not workers.shown[1].is_shown(OURS, OTHER)
    assert not workers.shown[1].is_shown(THEIRS, ROOM)


def test_what_thousands_show_is_told_once_and_again_before_it_is_forgotten(
    workers: Workers,
) -> None:
    heard: list[Showing] = []
    a = workers.shown[0]
    workers.wire.relays[1].on(Showing, lambda _worker, showing: heard.append(showing))
    for _ in range(1000):
        a.mark(OURS, [ROOM])
    workers.wire.carry()
    assert len(heard) == 1

    workers.pass_time(SHOWN_FOR / 2)
    a.mark(OURS, [ROOM])
    workers.pass_time(SHOWN_FOR / 2 + BEAT)

    assert len(heard) == 2
    assert a.is_shown(OURS, ROOM)


def test_nobody_of_the_team_is_mixed_up_with_the_reporter(workers: Workers) -> None:
    a, b = workers.leases
    a.renew(REPORTER)
    a.renew(BENS)
    workers.wire.carry()
    assert b.is_taken(REPORTER)
    assert b.members_at(ROOM) == [BENS.member]
