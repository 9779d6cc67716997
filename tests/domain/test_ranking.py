"""The order of the queue: what needs a person is at the top, and both sides agree on it.

The console sorts by `static/js/protocol/queue.js`. Node runs that very file here, on the same rows.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messenger.domain.ranking import (
    FOLD_ABOVE,
    FOLD_LIFE_SAFETY_ABOVE,
    SECTIONS,
    Fold,
    Section,
    section_of,
    sections,
)
from tests.javascript import Ask, answering

TOLD = """sectionsOf(asked.rows, asked.you).map(({ id, entries }) => [
  id, entries.map((entry) => entry.folded ? entry.rows.map((row) => row.number) : entry.row.number),
])"""


@dataclass(frozen=True)
class Holder:
    id: str
    name: str = ""


@dataclass(frozen=True)
class Row:
    number: int
    room: str
    school: str = "Lincoln High"
    category: str = "bullying"
    urgency: str = "normal"
    status: str = "new"
    responder: Holder | None = None
    participants: tuple[str, ...] = ()
    invited: tuple[str, ...] = ()
    waiting_since: int = 0
    returned: bool = False
    closing: int = 0


people = st.sampled_from(["ana", "ben", "cleo"])
groups = st.lists(people, max_size=2, unique=True).map(tuple)


@st.composite
def row(draw: st.DrawFn, number: int, *, alike: bool) -> Row:
    if alike:
        return Row(number, f"room-{number}", waiting_since=draw(st.integers(0, 3)))
    status = draw(st.sampled_from(["new", "waiting", "active", "closed"]))
    return Row(
        number, f"room-{number}",
        school=draw(st.sampled_from(["Lincoln High", "Oak", ""])),
        category=draw(st.sampled_from(["bullying", "weapon"])),
        urgency=draw(st.sampled_from(["normal", "life_safety"])),
        status=status,
        responder=Holder(draw(people)) if status == "active" else None,
        participants=draw(groups),
        invited=draw(groups),
        waiting_since=draw(st.integers(0, 3)),
        returned=draw(st.booleans()),
        closing=draw(st.integers(0, 3)),
    )  # fmt: skip


@st.composite
def queues(draw: st.DrawFn) -> list[Row]:
    numbers = draw(st.lists(st.integers(1000, 1060), max_size=20, unique=True))
    alike = draw(st.booleans())
    return [draw(row(number, alike=alike and draw(st.booleans()))) for number in numbers]


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    with answering("queue.js", "sectionsOf", TOLD) as ask:
        yield ask


def told(found: list[Section[Row]]) -> list[Any]:
    return [
        [section.id, [_numbers(entry) for entry in section.rows]]
        for section in found
        if section.rows
    ]


def _numbers(entry: Row | Fold[Row]) -> int | list[int]:
    if isinstance(entry, Fold):
        return [row.number for row in entry.rows]
    return entry.number


@given(rows=queues(), you=people)
@settings(max_examples=300)
def test_the_console_and_the_server_show_the_same_queue(
    ask: Ask, rows: list[Row], you: str
) -> None:
    asked = {"rows": [asdict(row) for row in rows], "you": you}

    assert ask(asked) == told(sections(rows, you))


@given(queues(), people)
def test_no_row_is_lost_or_shown_twice(rows: list[Row], you: str) -> None:
    shown = [
        row
        for section in sections(rows, you)
        for entry in section.rows
        for row in (entry.rows if isinstance(entry, Fold) else [entry])
    ]

    assert sorted(shown, key=lambda row: row.number) == sorted(rows, key=lambda row: row.number)


@given(queues(), people, st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_the_order_of_arrival(
    rows: list[Row], you: str, chance: Any
) -> None:
    shuffled = [*rows]
    chance.shuffle(shuffled)

    assert told(sections(shuffled, you)) == told(sections(rows, you))


@given(queues(), people)
def test_life_safety_nobody_has_is_in_the_first_section_and_never_folded_with_others(
    rows: list[Row], you: str
) -> None:
    alert = sections(rows, you)[0]
    urgent = {row.number for row in rows if section_of(row, you) == "alert"}

    assert alert.id == SECTIONS[0] == "alert"
    assert urgent == {
        row.number
        for row in rows
        if row.urgency == "life_safety" and not row.responder and row.status != "closed"
    }


def test_what_is_ones_own_is_not_below_a_flood_of_new_ones() -> None:
    assert SECTIONS == ("alert", "waiting", "mine", "new", "others", "closed")


def test_what_was_closed_last_comes_first_whatever_its_number() -> None:
    rows = [Row(number, f"r{number}", status="closed", closing=9 - number) for number in range(3)]

    (*_, closed) = sections(reversed(rows), "ana")

    assert (closed.id, list(closed.rows)) == ("closed", rows)


def test_a_flood_folds_into_one_line_that_stands_where_its_first_row_stood() -> None:
    flood = [Row(number, f"r{number}", waiting_since=number) for number in range(1, 8)]
    other = Row(99, "r99", category="weapon", waiting_since=3)

    (new,) = (found for found in sections([*flood, other], "ana") if found.id == "new")
    assert len(new.rows) == 2 and isinstance(new.rows[0], Fold)
    assert new.rows[0].count == 7 and new.rows[1] is other
    few = sections(flood[:FOLD_ABOVE], "ana")[SECTIONS.index("new")].rows
    assert list(few) == flood[:FOLD_ABOVE]


def test_who_waits_again_is_not_folded_with_a_flood_of_new_ones() -> None:
    urgent = Row(0, "r", urgency="life_safety")
    flood = [replace(urgent, number=n, waiting_since=n) for n in range(1, 22)]
    again = [replace(urgent, number=n, waiting_since=n, status="waiting") for n in (98, 99)]

    (alert, *_) = sections([*flood, *again], "ana")

    assert alert.rows == (Fold(tuple(flood)), *again)


def test_life_safety_folds_only_when_it_is_surely_a_flood(ask: Ask) -> None:
    flood = [Row(n, f"r{n}", urgency="life_safety") for n in range(FOLD_LIFE_SAFETY_ABOVE + 1)]

    (alert, *_) = sections(flood[1:], "ana")
    assert list(alert.rows) == flood[1:]
    (alert, *_) = sections(flood, "ana")
    assert len(alert.rows) == 1
    for rows in (flood[1:], flood):
        asked = {"rows": [asdict(row) for row in rows], "you": "ana"}
        assert ask(asked) == told(sections(rows, "ana"))
