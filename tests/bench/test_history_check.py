"""The judge of histories: silent about a good one, and it names what is wrong with a bad one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.history.check import Kind, check
from bench.history.record import Acked, Delivered, Joined, Read, Record, Sent


def good(count: int = 4) -> list[Record]:
    """Ana says so much in one room, Ben sees it, leaves once, and comes back."""
    said: list[Record] = []
    shown: list[Record] = [Joined("ben", "room", 0)]
    for seq in range(1, count + 1):
        said += [Sent("ana", "room", f"m{seq}", "hi"), Acked("ana", "room", f"m{seq}", seq)]
        shown.append(Delivered("ben", "room", seq, f"m{seq}", "hi"))
        if seq == 2:
            shown.append(Joined("ben", "room", 2))
    return said + shown + [Read("room", seq, f"m{seq}", "hi") for seq in range(1, count + 1)]


def without(record: Record) -> list[Record]:
    history = good()
    history.remove(record)
    return history


def with_instead(old: Record, new: Record) -> list[Record]:
    return [new if record == old else record for record in good()]


def kinds(history: list[Record]) -> set[Kind]:
    return {finding.kind for finding in check(history)}


@given(st.integers(1, 30))
def test_a_good_history_is_good(count: int) -> None:
    assert check(good(count)) == []


@pytest.mark.parametrize(
    ("history", "found"),
    [
        (without(Read("room", 4, "m4", "hi")), {Kind.LOST, Kind.PHANTOM}),
        (without(Read("room", 2, "m2", "hi")), {Kind.LOST, Kind.PHANTOM, Kind.GAP}),
        (without(Delivered("ben", "room", 3, "m3", "hi")), {Kind.GAP}),
        (without(Delivered("ben", "room", 4, "m4", "hi")), {Kind.GAP}),
        ([*good(), Read("room", 5, "m4", "hi")], {Kind.DUPLICATED, Kind.GAP}),
        ([*good(), Delivered("ben", "room", 4, "m4", "hi")], {Kind.DUPLICATED}),
        ([*good(), Delivered("ben", "room", 3, "m3", "hi")], {Kind.REORDERED}),
        (with_instead(Joined("ben", "room", 2), Joined("ben", "room", 1)), {Kind.GAP}),
        ([*good(), Sent("eve", "other", "x", "hi"), Read("room", 5, "x", "hi")],
         {Kind.FOREIGN, Kind.GAP}),
        (with_instead(Read("room", 4, "m4", "hi"), Read("room", 4, "m4", "ho")), {Kind.ALTERED}),
        (with_instead(Acked("ana", "room", "m3", 3), Acked("ana", "room", "m3", 4)),
         {Kind.REORDERED}),
        ([Sent("ana", "room", "m4", "hi"), *good()], {Kind.REORDERED}),
    ],
)  # fmt: skip
def test_a_bad_history_is_called_by_its_name(history: list[Record], found: set[Kind]) -> None:
    assert kinds(history) == found


def test_what_was_sent_and_not_acknowledged_may_be_there_or_not() -> None:
    unanswered = Sent("ana", "room", "m5", "hi")

    assert check([*good(), unanswered]) == []
    assert check([unanswered, *good(5)]) != []
    assert kinds([*good(), unanswered, Delivered("ben", "room", 5, "m5", "hi"),
                  Read("room", 5, "m5", "hi")]) == set()  # fmt: skip
