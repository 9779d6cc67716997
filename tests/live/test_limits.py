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
from messenger.ports import Throttle
from tests.live.test_presence import Watch


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def failures(watch: Watch) -> Failures:
    return Failures(watch)


async def fail(failures: Throttle, times: int, name: str = "ana") -> None:
    for _ in range(times):
        await failures.failed(name)


async def test_a_few_mistakes_cost_nothing_and_more_cost_longer_each_time(
    failures: Failures,
) -> None:
    await fail(failures, FREE_TRIES)
    assert await failures.delay("ana") == 0

    delays = []
    for _ in range(6):
        await failures.failed("ana")
        delays.append(await failures.delay("ana"))

    assert delays == [1, 2, 4, 8, 8, 8]


async def test_nobody_else_waits(failures: Failures) -> None:
    await fail(failures, 20)

    assert await failures.delay("ben") == 0
    assert await failures.delay("ana") == LONGEST_WAIT


async def test_getting_in_forgives_everything(failures: Failures) -> None:
    await fail(failures, 20)

    await failures.succeeded("ana")
    await failures.succeeded("nobody")

    assert await failures.delay("ana") == 0


async def test_time_forgives_and_not_a_moment_before(failures: Failures, watch: Watch) -> None:
    await fail(failures, 20)

    watch.now += FORGIVEN_AFTER
    assert await failures.delay("ana") == LONGEST_WAIT
    watch.now += 1
    assert await failures.delay("ana") == 0
    await fail(failures, FREE_TRIES)
    assert await failures.delay("ana") == 0


async def test_so_many_names_are_remembered_and_the_oldest_goes_first(failures: Failures) -> None:
    await fail(failures, 20, "first")
    await fail(failures, 20, "second")
    for number in range(REMEMBERED - 1):
        await failures.failed(f"name {number}")

    assert await failures.delay("first") == 0
    assert await failures.delay("second") == LONGEST_WAIT


@given(st.integers(0, 2000))
async def test_however_often_somebody_fails_nobody_is_locked_out(times: int) -> None:
    failures = Failures(Watch())
    await fail(failures, times)

    assert 0 <= await failures.delay("ana") <= LONGEST_WAIT
