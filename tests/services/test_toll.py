"""The toll: programs pay while many come, pages may, and work is good once, here, and not for long."""

from collections.abc import Callable
from secrets import token_bytes
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messenger.domain.ids import OrganizationId
from messenger.domain.work import CALM, RETURNS, NeedsWork, Puzzle, reports_of
from messenger.live.spent import SpentHere
from messenger.security.tokens import SignedTokens
from messenger.services import toll as tolls
from messenger.services.toll import LASTS, Toll
from tests.clocks import StoppedClock
from tests.solving import solve

ENTRANCE = reports_of(OrganizationId("riverbend"))
OTHER = reports_of(OrganizationId("elsewhere"))
KEY = "k" * 64


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def toll(clock: StoppedClock) -> Toll:
    return toll_of(clock)


def toll_of(clock: StoppedClock, key: str = KEY) -> Toll:
    return Toll(SignedTokens([key], token_bytes), SpentHere(clock.monotonic), token_bytes, clock)


async def crowd(toll: Toll, entrance: str = ENTRANCE, times: float = 1.1) -> None:
    """More than calm."""
    for _ in range(int(CALM * times)):
        await toll.take(entrance, "")


async def asked(toll: Toll, entrance: str = ENTRANCE) -> Puzzle:
    with pytest.raises(NeedsWork) as refused:
        await toll.demand(entrance, "")
    return refused.value.puzzle


async def test_in_calm_nobody_is_asked(toll: Toll) -> None:
    for _ in range(CALM):
        assert toll.ask(ENTRANCE) is None
        assert not await toll.demand(ENTRANCE, "")


async def test_while_many_come_programs_work_and_get_in(toll: Toll) -> None:
    await crowd(toll)

    puzzle = await asked(toll)

    assert await toll.demand(ENTRANCE, solve(puzzle))


async def test_pages_get_in_whatever_they_bring(toll: Toll) -> None:
    await crowd(toll)
    puzzle = toll.ask(ENTRANCE)
    assert puzzle is not None
    work = solve(puzzle)

    assert await toll.take(ENTRANCE, work)
    for raw in ("", "nonsense", work, f"{puzzle.salt}1.{puzzle.mark}"):
        assert not await toll.take(ENTRANCE, raw)


async def test_work_is_good_once(toll: Toll) -> None:
    await crowd(toll)
    work = solve(await asked(toll))
    await toll.demand(ENTRANCE, work)

    with pytest.raises(NeedsWork):
        await toll.demand(ENTRANCE, work)


async def test_work_is_good_as_long_as_it_lasts_and_not_longer(
    toll: Toll, clock: StoppedClock
) -> None:
    await crowd(toll)
    early, late = solve(await asked(toll)), solve(await asked(toll))

    clock.pass_by(seconds=LASTS.total_seconds() - 1)
    assert await toll.take(ENTRANCE, early)
    clock.pass_by(seconds=2)
    assert not await toll.take(ENTRANCE, late)


async def test_work_for_one_door_opens_no_other(toll: Toll) -> None:
    await crowd(toll)
    await crowd(toll, OTHER)
    await crowd(toll, RETURNS)
    work = solve(await asked(toll))

    for entrance in (OTHER, RETURNS):
        with pytest.raises(NeedsWork):
            await toll.demand(entrance, work)
    assert await toll.demand(ENTRANCE, work), "Where it was tried in vain it was not spent."


async def test_what_another_server_asked_for_is_no_work_here(
    toll: Toll, clock: StoppedClock
) -> None:
    elsewhere = toll_of(clock, "other" * 20)
    await crowd(elsewhere)

    assert not await toll.take(ENTRANCE, solve(await asked(elsewhere)))


async def test_a_worker_of_the_same_deployment_takes_it(toll: Toll, clock: StoppedClock) -> None:
    await crowd(toll)

    assert await toll_of(clock).take(ENTRANCE, solve(await asked(toll)))


async def test_a_rush_at_one_school_district_asks_nobody_elsewhere(toll: Toll) -> None:
    await crowd(toll, times=5)

    assert toll.ask(OTHER) is None
    assert toll.ask(RETURNS) is None
    assert not await toll.demand(OTHER, "")


async def test_the_more_come_the_more_is_asked(toll: Toll) -> None:
    await crowd(toll)
    few = await asked(toll)
    await crowd(toll, times=3)

    assert (await asked(toll)).most > few.most


async def test_when_the_rush_is_over_nobody_is_asked(toll: Toll, clock: StoppedClock) -> None:
    await crowd(toll, times=5)

    clock.pass_by(minutes=1)
    assert toll.ask(ENTRANCE) is not None
    clock.pass_by(minutes=1)
    assert toll.ask(ENTRANCE) is None


async def test_who_was_sent_away_keeps_nobody_working(toll: Toll, clock: StoppedClock) -> None:
    await crowd(toll)
    for _ in range(1000):
        await asked(toll)

    clock.pass_by(seconds=10)
    assert toll.ask(ENTRANCE) is None


async def test_so_many_doors_are_counted_and_the_longest_quiet_goes_first(toll: Toll) -> None:
    await crowd(toll)
    await crowd(toll, OTHER)

    for number in range(tolls.REMEMBERED - 1):
        await toll.take(f"entrance {number}", "")

    assert toll.ask(ENTRANCE) is None
    assert toll.ask(OTHER) is not None


changes: st.SearchStrategy[Callable[[str], str]] = st.one_of(
    st.tuples(st.integers(0, 100), st.characters()).map(
        lambda it: lambda work: work[: it[0]] + it[1] + work[it[0] + 1 :]
    ),
    st.text(st.characters(), max_size=20).map(lambda more: lambda work: work + more),
    st.text(st.characters(), max_size=90).map(lambda text: lambda _work: text),
    st.integers(0, 100).map(lambda size: lambda work: work[:size]),
)
PRESSED = toll_of(StoppedClock())
WORKS: dict[str, Any] = {}


@given(changes)
async def test_only_right_work_is_taken_whatever_is_sent(change: Callable[[str], str]) -> None:
    if not WORKS:
        await crowd(PRESSED)
        WORKS["right"] = solve(await asked(PRESSED))
    right = WORKS["right"]
    sent = change(right)

    taken = await PRESSED.take(ENTRANCE, sent)

    assert not taken or sent == right
