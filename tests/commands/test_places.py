"""How many there is room for, from what the system allows and what was set."""

from hypothesis import given
from hypothesis import strategies as st

from messenger.commands.places import (
    OTHER_FILES,
    descriptors_for,
    find_places,
    megabytes_for,
    places_of,
)
from messenger.settings import Settings
from messenger.web.admission import Places

PLENTY = 1_048_576


def test_a_large_machine_has_room_for_what_was_measured_and_no_more() -> None:
    assert places_of(Settings(), PLENTY, PLENTY) == Places()


def test_it_can_be_set_higher_or_lower() -> None:
    for wanted in (10, 50_000):
        assert places_of(Settings(sockets=wanted), PLENTY, PLENTY).sockets == wanted


def test_files_and_memory_are_ceilings() -> None:
    assert places_of(Settings(sockets=50_000), 1024, PLENTY) == Places(480, 240)
    assert places_of(Settings(), PLENTY, 512).sockets == 3392
    assert places_of(Settings(), PLENTY, 1).sockets == 1


@given(st.integers(200, PLENTY), st.integers(320, PLENTY), st.none() | st.integers(10, 1_000_000))
def test_whatever_is_set_the_database_keeps_its_files(
    descriptors: int, megabytes: int, wanted: int | None
) -> None:
    places = places_of(Settings(sockets=wanted), descriptors, megabytes)

    assert places.connections <= descriptors - OTHER_FILES
    assert places.sockets >= 1 and places.requests >= 2


@given(st.integers(1000, 100_000))
def test_what_is_asked_for_is_enough(wanted: int) -> None:
    places = places_of(Settings(sockets=wanted), descriptors_for(wanted), megabytes_for(wanted))

    assert places.sockets == wanted


def test_this_machine_has_room_for_somebody() -> None:
    assert find_places(Settings()).sockets >= 1
    assert find_places(Settings(memory=320)).sockets <= 320
