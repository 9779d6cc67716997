"""Waiting after failed tries: longer each time, one after the other, never for ever, only for that name."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messenger.domain.errors import TooBusy
from messenger.live.limits import (
    APART,
    FORGIVEN_AFTER,
    FREE_TRIES,
    LONGEST_LINE,
    LONGEST_WAIT,
    REMEMBERED,
    Tries,
)
from tests.live.test_presence import Watch


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def tries(watch: Watch) -> Tries:
    return Tries(watch)


async def guess(tries: Tries, watch: Watch, times: int, name: str = "ana") -> list[float]:
    """Try, one after the other; the seconds each try had to wait."""
    waits = []
    for _ in range(times):
        waits.append(await tries.turn(name))
        watch.now += waits[-1] + APART
    return waits


async def test_a_few_mistakes_cost_nothing_and_more_cost_longer_each_time(
    tries: Tries, watch: Watch
) -> None:
    assert await guess(tries, watch, FREE_TRIES + 1) == [0] * (FREE_TRIES + 1)
    assert await guess(tries, watch, 6) == [1, 2, 4, 8, 8, 8]


async def test_nobody_else_waits(tries: Tries, watch: Watch) -> None:
    await guess(tries, watch, 20)

    assert await tries.turn("ben") == 0
    assert await tries.turn("ana") == LONGEST_WAIT


async def test_getting_in_forgives_everything(tries: Tries, watch: Watch) -> None:
    await guess(tries, watch, 20)

    await tries.succeeded("ana")
    await tries.succeeded("nobody")

    assert await tries.turn("ana") == 0


async def test_time_forgives_and_not_a_moment_before(tries: Tries, watch: Watch) -> None:
    await guess(tries, watch, 20)

    watch.now += FORGIVEN_AFTER - APART - LONGEST_WAIT
    assert await tries.turn("ana") == LONGEST_WAIT
    watch.now += FORGIVEN_AFTER + 1
    assert await guess(tries, watch, FREE_TRIES + 1) == [0] * (FREE_TRIES + 1)


async def test_who_tries_in_parallel_waits_behind_themselves(tries: Tries) -> None:
    free = [await tries.turn("ana") for _ in range(FREE_TRIES + 1)]
    waits = []
    with pytest.raises(TooBusy):
        while True:
            waits.append(await tries.turn("ana"))

    gaps = [later - sooner for sooner, later in pairwise(waits)]
    assert free == [0] * (FREE_TRIES + 1)
    assert min(gaps) >= APART
    assert LONGEST_LINE - LONGEST_WAIT < waits[-1] <= LONGEST_LINE


async def test_a_line_that_was_full_gets_shorter(tries: Tries, watch: Watch) -> None:
    with pytest.raises(TooBusy):
        while True:
            await tries.turn("ana")

    watch.now += 2 * APART

    assert await tries.turn("ana") <= LONGEST_LINE


async def test_so_many_names_are_remembered_and_the_oldest_goes_first(
    tries: Tries, watch: Watch
) -> None:
    await guess(tries, watch, 20, "first")
    await guess(tries, watch, 20, "second")
    for number in range(REMEMBERED - 1):
        await tries.turn(f"name {number}")

    assert await tries.turn("second") == LONGEST_WAIT
    assert await tries.turn("first") == 0


@given(st.integers(0, 2000))
async def test_however_often_somebody_fails_nobody_is_locked_out(times: int) -> None:
    watch = Watch()
    tries = Tries(watch)
    await guess(tries, watch, times)

    assert 0 <= await tries.turn("ana") <= LONGEST_WAIT
