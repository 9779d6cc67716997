"""The few who are inside, and the turns of those who wait."""

import asyncio
from contextlib import suppress

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from messenger.domain.errors import TooBusy
from messenger.turnstile import Turnstile


class Visits:
    """Who came in, in their order. Each stays until the doors are opened."""

    def __init__(self, turnstile: Turnstile) -> None:
        self.turnstile = turnstile
        self.opened = anyio.Event()
        self.seen: list[str] = []
        self.inside = 0
        self.most = 0

    async def visit(self, share: str) -> None:
        async with self.turnstile.inside(share):
            self.seen.append(share)
            self.inside += 1
            self.most = max(self.most, self.inside)
            await self.opened.wait()
            self.inside -= 1


async def test_whoever_sends_many_waits_behind_themselves() -> None:
    visits = Visits(Turnstile(1, waiting=64, patience=60))

    async with anyio.create_task_group() as tasks:
        for share in ["oak"] * 10 + ["elm"]:
            tasks.start_soon(visits.visit, share)
        await anyio.wait_all_tasks_blocked()
        visits.opened.set()

    assert visits.seen.index("elm") <= 2


async def test_who_waits_too_long_is_told_so_and_leaves_the_place_to_others() -> None:
    turnstile = Turnstile(1, waiting=1, patience=0.02)

    async with turnstile.inside("oak"):
        for _ in range(2):
            with pytest.raises(TooBusy):
                async with turnstile.inside("oak"):
                    raise AssertionError("it was full")

    async with turnstile.inside("oak"):
        pass


async def test_who_leaves_in_the_moment_it_is_their_turn_gives_it_to_the_next() -> None:
    visits = Visits(Turnstile(1, waiting=9, patience=60))
    visits.opened.set()

    async with visits.turnstile.inside("ash"):
        leaving = asyncio.create_task(visits.visit("oak"))
        following = asyncio.create_task(visits.visit("elm"))
        await anyio.wait_all_tasks_blocked()
    leaving.cancel()

    with anyio.fail_after(10), suppress(asyncio.CancelledError):
        await leaving
    with anyio.fail_after(10):
        await following
    assert visits.seen == ["elm"]


async def test_when_too_many_wait_the_newest_of_those_who_wait_most_is_told_so_at_once() -> None:
    visits, refused = Visits(Turnstile(1, waiting=2, patience=60)), list[str]()

    async def visit(share: str) -> None:
        try:
            await visits.visit(share)
        except TooBusy:
            refused.append(share)

    async with anyio.create_task_group() as tasks:
        for share in ("ash", "oak", "oak", "elm"):
            tasks.start_soon(visit, share)
        await anyio.wait_all_tasks_blocked()
        assert (visits.seen, refused) == (["ash"], ["oak"])
        visits.opened.set()

    assert (sorted(visits.seen), refused, visits.most) == (["ash", "elm", "oak"], ["oak"], 1)


@given(st.lists(st.sampled_from(["oak", "elm", "ash"]), max_size=30), st.integers(1, 4))
async def test_never_more_are_inside_than_there_are_places_and_everybody_is_in_the_end(
    shares: list[str], places: int
) -> None:
    visits = Visits(Turnstile(places, waiting=64, patience=60))

    async with anyio.create_task_group() as tasks:
        for share in shares:
            tasks.start_soon(visits.visit, share)
        await anyio.wait_all_tasks_blocked()
        visits.opened.set()

    assert sorted(visits.seen) == sorted(shares)
    assert visits.most == min(places, len(shares))
