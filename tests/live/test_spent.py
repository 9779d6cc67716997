"""What is good once is good once, and is forgotten when it would be too old anyway."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messenger.live.spent import REMEMBERED, SpentHere
from tests.live.test_presence import Watch

LIFETIME = 600.0


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def spent(watch: Watch) -> SpentHere:
    return SpentHere(watch)


async def test_a_name_is_spent_once_and_others_are_not(spent: SpentHere) -> None:
    assert await spent.spend("one", LIFETIME)
    assert await spent.spend("two", LIFETIME)

    assert not await spent.spend("one", LIFETIME)


async def test_nothing_is_kept_beyond_its_lifetime(spent: SpentHere, watch: Watch) -> None:
    await spent.spend("one", LIFETIME)
    await spent.spend("two", LIFETIME)
    watch.now += LIFETIME - 1
    assert not await spent.spend("one", LIFETIME)

    watch.now += 2
    await spent.spend("three", LIFETIME)

    assert len(spent._ends) == 1


async def test_so_many_are_kept_and_the_oldest_goes_first(spent: SpentHere) -> None:
    for number in range(REMEMBERED + 1):
        await spent.spend(str(number), LIFETIME)

    assert len(spent._ends) == REMEMBERED
    assert not await spent.spend("1", LIFETIME)
    assert await spent.spend("0", LIFETIME)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 700)), max_size=40))
async def test_nobody_spends_the_same_twice_within_its_lifetime(
    tries: list[tuple[str, float]],
) -> None:
    watch = Watch()
    spent, good_at = SpentHere(watch), dict[str, float]()

    for name, passed in tries:
        watch.now += passed
        if await spent.spend(name, LIFETIME):
            assert watch.now - good_at.get(name, float("-inf")) >= LIFETIME
            good_at[name] = watch.now
