"""Puzzles can be solved within what they say, only one answer is right, and calm asks nobody."""

from hypothesis import assume, given
from hypothesis import strategies as st

from messenger.domain.ids import OrganizationId
from messenger.domain.work import (
    CHANCE_BYTES,
    LEAST_TRIES,
    MINUTE,
    MOST_TRIES,
    RETURNS,
    Flow,
    Puzzle,
    new_puzzle,
    read_work,
    reports_of,
    tries_for,
)
from tests.solving import solve

EXPIRES = 1_795_466_082
MARK = "M" * 22
chances = st.binary(min_size=CHANCE_BYTES, max_size=CHANCE_BYTES)
numbers = st.integers(0, 10**9).map(str)
seconds = st.floats(0, 1e6)


def puzzle_of(chance: bytes, most: int = 50) -> Puzzle:
    return new_puzzle(EXPIRES, most, chance, lambda _digest: MARK)


@given(chances, st.integers(0, 50))
def test_whoever_tries_all_numbers_finds_the_right_one(chance: bytes, most: int) -> None:
    puzzle = puzzle_of(chance, most)

    work = read_work(solve(puzzle))

    assert work is not None
    assert (work.digest, work.mark, work.expires) == (puzzle.digest, MARK, EXPIRES)


@given(chances, numbers, st.text("0123456789", max_size=12), st.text(max_size=3))
def test_no_other_answer_has_the_digest(
    chance: bytes, number: str, expires: str, more: str
) -> None:
    puzzle = puzzle_of(chance)
    right = solve(puzzle)
    salt = puzzle.salt.removeprefix(str(EXPIRES))

    for other in (
        f"{puzzle.salt}{number}.{MARK}",
        f"{expires}{salt}{number}.{MARK}",
        f"{right.removesuffix(f'.{MARK}')}{more}.{MARK}",
    ):
        assume(other != right)
        work = read_work(other)
        assert work is None or work.digest != puzzle.digest


@given(chances, st.data())
def test_moving_a_dot_makes_no_old_work_new(chance: bytes, data: st.DataObject) -> None:
    puzzle = puzzle_of(chance)
    right = solve(puzzle)
    without = right.replace(".", "")
    places = data.draw(st.lists(st.integers(0, len(without)), min_size=3, max_size=3).map(sorted))
    first, second, third = places
    moved = ".".join(
        (without[:first], without[first:second], without[second:third], without[third:])
    )
    assume(moved != right)

    work = read_work(moved)

    assert work is None or work.digest != puzzle.digest


@given(st.text(st.characters(), max_size=80))
def test_whatever_strangers_send_is_no_work_and_no_trouble(raw: str) -> None:
    assert read_work(raw) is None


def test_two_puzzles_are_never_the_same_and_tell_nothing_of_their_number() -> None:
    first, second = puzzle_of(bytes(CHANCE_BYTES)), puzzle_of(bytes(CHANCE_BYTES - 1) + b"1")

    assert first.salt == second.salt, "What is shown follows from another part of the chance."
    assert first.digest != second.digest


@given(st.floats(0, 1e9), st.integers(1, 10_000))
def test_calm_asks_nobody_and_no_rush_asks_too_much(level: float, calm: int) -> None:
    tries = tries_for(level, calm)

    assert (tries == 0) == (level <= calm)
    assert tries == 0 or LEAST_TRIES <= tries <= MOST_TRIES
    assert tries_for(level * 2, calm) >= tries


def test_who_comes_as_the_next_in_a_rush_works_for_as_many_as_come() -> None:
    tries = [tries_for(level, 600) for level in (600.0, 900.0, 1_200.0, 6_000.0, 9_000.0)]

    assert tries == [0, 75_000, 100_000, 500_000, 500_000]


@given(st.lists(seconds, max_size=40), seconds)
def test_a_flow_is_at_most_as_many_as_came_and_fades(arrivals: list[float], later: float) -> None:
    flow = Flow()
    for at in arrivals:  # In any order: clocks are set back.
        flow = flow.another(at)

    level = flow.level(later)

    assert 0.0 <= level <= len(arrivals)
    assert flow.level(later + MINUTE) <= level


def test_a_steady_flow_is_about_as_many_as_come_in_a_minute() -> None:
    flow = Flow()
    for second in range(600):
        flow = flow.another(float(second))

    assert 55 < flow.level(600.0) < 65
    assert flow.level(600.0 + 10 * MINUTE) < 0.01


def test_every_organization_has_a_door_of_its_own() -> None:
    entrances = {reports_of(OrganizationId("a")), reports_of(OrganizationId("b")), RETURNS}

    assert len(entrances) == 3
