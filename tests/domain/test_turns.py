"""Whose turn it is: nobody starves, nobody is overtaken in their own line, and who fills it goes."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from messenger.domain.turns import Turns

Thing = tuple[str, int]
"""Its share, and when it came."""

SHARES = st.sampled_from("abcdef")
PUT = st.tuples(SHARES, st.integers(1, 12))
TAKE = st.integers(1, 10)


def let_wait(turns: Turns[Thing], *shares: str) -> list[Thing]:
    """Put a thing for each share named; returns who had to go."""
    return [gone for n, share in enumerate(shares) if (gone := turns.put(share, (share, n)))]


def test_one_line_is_served_in_order_of_arrival() -> None:
    turns = Turns[Thing](10)
    let_wait(turns, *"aaa")

    assert turns.take(2) == [("a", 0), ("a", 1)]
    assert turns.take(2) == [("a", 2)]
    assert turns.take(2) == []


def test_what_the_short_lines_leave_goes_to_the_long_ones() -> None:
    turns = Turns[Thing](100)
    let_wait(turns, *"aaaaaaaaab")

    assert turns.take(8) == [
        *(("a", n) for n in range(4)),
        ("b", 9),
        *(("a", n) for n in (4, 5, 6)),
    ]


def test_with_more_lines_than_places_in_a_turn_those_left_come_first_next_time() -> None:
    turns = Turns[Thing](10)
    let_wait(turns, *"aabbc")

    assert turns.take(2) == [("a", 0), ("b", 2)]
    assert turns.take(2) == [("c", 4), ("a", 1)]
    assert turns.take(2) == [("b", 3)]


def test_who_has_filled_all_places_has_to_go_for_others() -> None:
    turns = Turns[Thing](3)

    assert let_wait(turns, *"aaab") == [("a", 2)]
    assert turns.take(9) == [("a", 0), ("a", 1), ("b", 3)]


def test_who_fills_it_is_not_let_in() -> None:
    turns = Turns[Thing](3)

    assert let_wait(turns, *"aabaabb") == [("a", 3), ("a", 4), ("b", 5), ("b", 6)]


def test_for_an_equal_nobody_goes() -> None:
    turns = Turns[Thing](2)

    assert let_wait(turns, *"abcab") == [("c", 2), ("a", 3), ("b", 4)]
    assert len(turns) == 2


def test_who_leaves_makes_room_and_may_say_so_twice() -> None:
    turns = Turns[Thing](2)
    let_wait(turns, *"ab")

    for _ in range(2):
        turns.leave("a", ("a", 0))

    assert len(turns) == 1
    assert turns.put("b", ("b", 9)) is None
    assert turns.take(9) == [("b", 1), ("b", 9)]


@given(st.integers(1, 40), st.lists(PUT | TAKE, max_size=40))
def test_whatever_comes_everyone_is_served_in_turn_or_told_to_go(
    places: int, steps: list[tuple[str, int] | int]
) -> None:
    turns, now = Turns[Thing](places), 0
    waiting = dict[str, list[Thing]]()

    for step in steps:
        if isinstance(step, tuple):
            share, count = step
            for _ in range(count):
                now += 1
                gone = turns.put(share, (share, now))
                waiting.setdefault(share, []).append((share, now))
                if gone is not None:
                    assert len(waiting[gone[0]]) == max(map(len, waiting.values()))
                    assert waiting[gone[0]].pop() == gone
        else:
            before = {share: line for share, line in waiting.items() if line}
            taken = turns.take(step)
            assert len(taken) == min(step, sum(map(len, before.values())))
            served = Counter(share for share, _ in taken)
            for share, line in before.items():
                assert [one for one in taken if one[0] == share] == line[: served[share]]
                assert served[share] >= min(len(line), step // len(before))
                del line[: served[share]]
        assert len(turns) == sum(map(len, waiting.values())) <= places


@given(st.lists(SHARES, min_size=1, max_size=40), st.integers(1, 4))
def test_nobody_who_is_first_in_line_waits_longer_than_one_round(
    shares: list[str], most: int
) -> None:
    turns = Turns[Thing](1_000)
    let_wait(turns, *shares)
    lines = len(set(shares))

    served = [share for _ in range(-(-lines // most)) for share, _ in turns.take(most)]

    assert set(served) == set(shares)
