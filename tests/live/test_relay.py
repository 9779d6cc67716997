"""What workers tell one another arrives in order, and whatever is lost on the way is noticed."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messenger.domain.ids import OrganizationId
from messenger.live.envelope import Item, Leaving, Showing, Told
from messenger.live.presence import PRESENCE_LEASE
from messenger.live.relay import BEAT, OUTBOX_LIMIT, SILENCE, Lane, Relay
from messenger.security.wrapping import SecretWrapping
from tests.live.test_presence import Watch

SECRET = "k" * 64


def wrapping(secret: str = SECRET) -> SecretWrapping:
    return SecretWrapping([secret], lambda size: b"n" * size)


def into(heard: list[Item]) -> Callable[[str, Told], None]:
    """A handler that keeps what it hears."""

    def hear(_worker: str, told: Told) -> None:
        heard.append(told)

    return hear


class Wire:
    """Carries between relays by hand; `is_lost` says which parcels never arrive anywhere."""

    def __init__(self, *names: str, lanes: int = 1) -> None:
        self.watch = Watch()
        self.relays = [
            Relay(name, [Lane(f"lane {n}") for n in range(lanes)], wrapping(), self.watch)
            for name in names
        ]
        self.heard: dict[str, list[Item]] = {name: [] for name in names}
        for relay in self.relays:
            relay.on(Told, into(self.heard[relay.me]))

    def carry(self, is_lost: Callable[[str], bool] | None = None) -> None:
        for relay in self.relays:
            for number, lane in enumerate(relay.lanes):
                raw = relay.carry(lane)
                if raw is not None and not (is_lost and is_lost(relay.me)):
                    for other in self.relays:
                        other.hear(other.lanes[number], raw)
        for relay in self.relays:
            relay.look()

    def settle(self) -> None:
        """A few beats in peace, after which nobody is in doubt."""
        for _ in range(4):
            self.carry()
            self.watch.now += BEAT
        self.carry()
        for relay in self.relays:
            assert relay.is_well
            relay.doubt.take()


@pytest.fixture
def wire() -> Wire:
    wire = Wire("a", "b", "c")
    wire.settle()
    return wire


def is_from_a(sender: str) -> bool:
    return sender == "a"


def told(number: int, topic: str = "room:x") -> Told:
    return Told(topic, number, f"text {number}")


def test_what_one_says_all_others_hear_once_and_in_order_in_one_envelope(wire: Wire) -> None:
    a = wire.relays[0]
    before = a.lanes[0].number
    for number in range(3):
        a.send(told(number), "room:x")

    wire.carry()

    assert a.lanes[0].number == before + 1
    assert wire.heard == {"a": [], "b": [told(0), told(1), told(2)], "c": wire.heard["b"]}
    assert not any(relay.doubt.is_set() for relay in wire.relays)


def test_a_lost_envelope_is_noticed_by_the_next_sign_of_life(wire: Wire) -> None:
    a, b, _ = wire.relays
    a.send(told(1))
    wire.carry(is_lost=is_from_a)
    assert not b.doubt.is_set()

    wire.watch.now += BEAT
    wire.carry()

    assert b.doubt.is_set()
    assert wire.heard["b"] == []
    b.doubt.take()
    wire.watch.now += BEAT
    wire.carry()
    assert not b.doubt.is_set(), "Once is enough."


def test_a_sender_that_falls_silent_is_doubted_until_it_is_heard_or_gone(wire: Wire) -> None:
    b = wire.relays[1]
    wire.watch.now += SILENCE + 0.1
    wire.carry(is_lost=is_from_a)

    assert b.doubt.is_set()
    assert b.well_for == 0
    assert b.others() == 2

    for _ in range(int(PRESENCE_LEASE / BEAT)):
        wire.watch.now += BEAT
        wire.carry(is_lost=is_from_a)
    assert b.is_well, "It is gone, and cannot be missed."
    assert b.others() == 1


def test_one_who_says_goodbye_is_not_missed(wire: Wire) -> None:
    a, b, _ = wire.relays
    a.send(Leaving())
    wire.carry()
    b.doubt.take()
    wire.watch.now += SILENCE + 0.1
    wire.carry(is_lost=is_from_a)

    assert b.is_well
    assert not b.is_alive("a")


def test_whoever_does_not_hear_itself_is_in_doubt(wire: Wire) -> None:
    a = wire.relays[0]
    assert a.well_for > 0
    a.lost()

    assert a.well_for == 0
    assert a.doubt.is_set()
    assert not a.hears_itself

    a.doubt.take()
    wire.watch.now += BEAT
    wire.carry()
    assert a.is_well
    assert a.doubt.is_set(), "What was said meanwhile has to be read."


def test_one_who_comes_later_is_read_after_once(wire: Wire) -> None:
    late = Relay("late", [Lane("lane 0")], wrapping(), wire.watch)
    raw = late.carry(late.lanes[0])
    assert raw is not None
    for relay in wire.relays:
        relay.hear(relay.lanes[0], raw)

    assert all(relay.doubt.is_set() for relay in wire.relays)
    assert wire.relays[0].others() == 3


def test_nothing_waits_without_a_bound_and_what_was_dropped_is_noticed(wire: Wire) -> None:
    a, b, _ = wire.relays
    for number in range(OUTBOX_LIMIT + 1):
        a.send(told(number))
    assert len(a.lanes[0].outbox) == 1

    wire.carry()

    assert b.doubt.is_set()


@pytest.mark.parametrize("raw", [b"", b"x" * 24, b"x" * 100])
def test_what_nobody_of_ours_wrapped_is_doubted_and_not_opened(wire: Wire, raw: bytes) -> None:
    b = wire.relays[1]
    b.hear(b.lanes[0], raw)
    assert b.doubt.is_set()

    b.doubt.take()
    stranger = Relay("s", [Lane("lane 0")], wrapping("another" * 10), wire.watch)
    stranger.send(told(1))
    sealed = stranger.carry(stranger.lanes[0])
    assert sealed is not None
    b.hear(b.lanes[0], sealed)
    assert b.doubt.is_set()
    assert wire.heard["b"] == []


def test_what_our_own_wrapping_holds_but_is_no_envelope_is_doubted(wire: Wire) -> None:
    b = wire.relays[1]
    b.hear(b.lanes[0], b"a\n" + wrapping().wrap(b"\xc1 not one of ours"))
    assert b.doubt.is_set()


def test_an_item_nobody_waits_for_is_passed_over(wire: Wire) -> None:
    a, b, _ = wire.relays
    a.send(Showing(OrganizationId("ours"), []))
    wire.carry()
    assert not b.doubt.is_set()


@given(
    st.lists(
        st.tuples(st.booleans(), st.lists(st.integers(0, 5), max_size=4)), min_size=1, max_size=30
    )
)
def test_whatever_gets_lost_nobody_misses_anything_unnoticed(
    rounds: list[tuple[bool, list[int]]],
) -> None:
    wire = Wire("a", "b", lanes=4)
    wire.settle()
    a, b = wire.relays
    said: list[Told] = []
    for is_lost, topics in rounds:
        for topic in topics:
            item = told(len(said), f"room:{topic}")
            said.append(item)
            a.send(item, item.topic)
        wire.carry(is_from_a if is_lost else None)
    wire.watch.now += BEAT
    wire.carry()

    heard = wire.heard["b"]
    for topic in range(6):
        mine = [item for item in said if item.topic == f"room:{topic}"]
        got = [item for item in heard if isinstance(item, Told) and item.topic == f"room:{topic}"]
        assert got == [item for item in mine if item in got], "In order, and each once."
    if len(heard) < len(said):
        assert b.doubt.is_set()
