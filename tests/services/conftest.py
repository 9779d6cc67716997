"""A house on a stopped clock, for tests that have no other."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.cast import House, open_house
from tests.clocks import StoppedClock


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
async def house(tmp_path: Path, clock: StoppedClock) -> AsyncIterator[House]:
    async with open_house(tmp_path, clock) as house:
        yield house
