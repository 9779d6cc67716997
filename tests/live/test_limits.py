"""Waiting after failed tries: longer each time, never for ever, and only for that name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messenger.live.limits import (
    FORGIVEN_AFTER,
    FREE_TRIES,
    LONGEST_WAIT,
    REMEMBERED,
    Failures,
)
from tests.live.test_presence import Watch


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def failures(watch: Watch) -> Failures:
    return Failures(watch)


def fail(failures: Failures, times: int, name: str = "ana") -> None:
    for _ in range(times):
        failures.failed(name)


def test_a_few_mistakes_cost_nothing_and_more_cost_longer_each_time(failures: Failures) -> None:
    fail(failures, FREE_TRIES)
    assert failures.delay("ana") == 0

    delays = []
    for _ in range(6):
        failures.failed("ana")
        delays.append(failures.delay("ana"))

    assert delays == [1, 2, 4, 8, 8, 8]


def test_nobody_else_waits(failures: Failures) -> None:
    fail(failures, 20)

    assert failures.delay("ben") == 0
    assert failures.delay("ana") == LONGEST_WAIT


def test_getting_in_forgives_everything(failures: Failures) -> None:
    fail(failures, 20)

    failures.succeeded("ana")
    failures.succeeded("nobody")

    assert failures.delay("ana") == 0


def test_time_forgives_and_not_a_moment_before(failures: Failures, watch: Watch) -> None:
    fail(failures, 20)

    watch.now += FORGIVEN_AFTER
    assert failures.delay("ana") == LONGEST_WAIT
    watch.now += 1
    assert failures.delay("ana") == 0
    fail(failures, FREE_TRIES)
    assert failures.delay("ana") == 0


def test_so_many_names_are_remembered_and_the_oldest_goes_first(failures: Failures) -> None:
    fail(failures, 20, "first")
    fail(failures, 20, "second")
    for number in range(REMEMBERED - 1):
        failures.failed(f"name {number}")

    assert failures.delay("first") == 0
    assert failures.delay("second") == LONGEST_WAIT


@given(st.integers(0, 2000))
def test_however_often_somebody_fails_nobody_is_locked_out(times: int) -> None:
    failures = Failures(Watch())
    fail(failures, times)

    assert 0 <= failures.delay("ana") <= LONGEST_WAIT
