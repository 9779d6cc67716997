"""The simulation agrees with what was measured, loses nothing, and gets no better under more load."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.capacity import (
    MEASURED,
    Costs,
    Worker,
    by_chance,
    delays,
    evenly,
    need,
    predictions,
    saturation,
)

TOLERANCE = 0.35
"""Of the nearer end of what was measured."""
PAGE = (Path(__file__).parents[2] / "docs/capacity.md").read_text()


@pytest.mark.parametrize("name", MEASURED)
def test_the_simulation_agrees_with_what_was_measured(name: str) -> None:
    low, high = MEASURED[name]
    assert low * (1 - TOLERANCE) <= predictions(Costs())[name] <= high * (1 + TOLERANCE)


def test_the_page_says_what_the_simulation_does() -> None:
    row = r"^\| .+ \| ([\d,.]+)[ a-zMB]* \| ([\d,.]+)-([\d,.]+)[ a-zMB]* \|$"
    told = [
        tuple(float(number.replace(",", "")) for number in numbers)
        for numbers in re.findall(row, PAGE, re.MULTILINE)
    ]

    assert [(low, high) for _, low, high in told] == [*MEASURED.values()]
    simulated = [simulated for simulated, _, _ in told]
    assert simulated == pytest.approx([*predictions(Costs()).values()], rel=0.02)


@pytest.mark.parametrize("students", [1_000, 100_000, 1_000_000, 10_000_000, 50_000_000])
def test_the_page_says_what_so_many_students_need(students: int) -> None:
    told = re.search(
        rf"^\| {students:,} \| .+ \| ([\d,]+) \| (\d+) \| (\d+) \|", PAGE, re.MULTILINE
    )
    found = need(students)

    assert told is not None
    assert told.groups() == (f"{found.consoles:,}", str(found.workers), str(found.databases))


@given(st.lists(st.floats(0, 0.5), max_size=200))
def test_every_message_is_told_once_and_never_before_it_was_sent(arrivals: list[float]) -> None:
    costs, worker = Costs(), Worker(Costs())
    worker.run(arrivals)

    assert sorted(sent for sent, _ in worker.told) == sorted(arrivals)
    least = costs.before + costs.row + costs.batch + costs.after + costs.line
    assert all(there - sent >= least * 0.999 for sent, there in worker.told)


@given(st.integers(1, 8))
@settings(max_examples=8)
def test_the_same_seed_is_the_same_evening(seed: int) -> None:
    assert delays(Costs(), by_chance(500, seed), 2) == delays(Costs(), by_chance(500, seed), 2)


def test_more_load_is_never_quicker_and_dearer_work_never_more() -> None:
    medians = [delays(Costs(), evenly(rate), 5)[0] for rate in (200, 1_000, 4_000, 8_000)]
    assert medians == sorted(medians)
    assert saturation(Costs(after=90e-6)) < saturation(Costs())


def test_more_students_never_need_less() -> None:
    needs = [need(students) for students in (1_000, 100_000, 1_000_000, 10_000_000, 50_000_000)]
    for count in ("workers", "databases", "consoles", "gigabytes_a_year"):
        values = [getattr(each, count) for each in needs]
        assert values == sorted(values)
    assert all(each.back_seconds <= 60 for each in needs)
