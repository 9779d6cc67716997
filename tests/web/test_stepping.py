"""A coroutine run up to its first wait, and gone on with in a task: as if it had always been one."""

import asyncio
from collections.abc import Awaitable, Callable

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from messenger.web.stepping import Waiting, step
from tests.server import run_apart


async def test_what_never_waits_is_done_at_once() -> None:
    done = list[str]()

    async def work() -> None:
        done.append("all")

    assert step(work()) is None
    assert done == ["all"]


async def test_what_waits_goes_as_far_as_it_can_and_then_on_when_awaited() -> None:
    done, gate = list[str](), anyio.Event()

    async def work() -> None:
        done.append("first half")
        await gate.wait()
        done.append("second half")

    waiting = step(work())
    assert done == ["first half"]
    assert isinstance(waiting, Waiting)

    gate.set()
    await waiting
    assert done == ["first half", "second half"]


async def test_what_it_raises_before_a_wait_and_after_reaches_whoever_is_there() -> None:
    async def work(wait: Callable[[], Awaitable[object]] | None) -> None:
        if wait is not None:
            await wait()
        raise LookupError

    with pytest.raises(LookupError):
        step(work(None))
    waiting = step(work(lambda: asyncio.sleep(0)))
    assert waiting is not None
    with pytest.raises(LookupError):
        await waiting


async def test_a_deadline_reaches_into_it_and_it_can_clean_up() -> None:
    cleaned = list[str]()

    async def work() -> None:
        try:
            await anyio.Event().wait()
        finally:
            cleaned.append("yes")

    waiting = step(work())
    assert waiting is not None
    with anyio.move_on_after(0.01) as scope:
        await waiting

    assert scope.cancelled_caught
    assert cleaned == ["yes"]


async def test_a_failed_wait_is_its_own_to_handle() -> None:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    handled = list[str]()

    async def work() -> None:
        try:
            await future
        except ValueError:
            handled.append("yes")
        await asyncio.sleep(0)
        handled.append("and went on")

    waiting = step(work())
    assert waiting is not None
    future.set_exception(ValueError())
    await waiting

    assert handled == ["yes", "and went on"]


@given(st.lists(st.booleans(), max_size=8))
def test_it_does_the_same_as_without_a_step(waits: list[bool]) -> None:
    async def work(done: list[int]) -> None:
        for number, must_wait in enumerate(waits):
            if must_wait:
                await asyncio.sleep(0)
            done.append(number)

    async def stepped(done: list[int]) -> None:
        waiting = step(work(done))
        assert (waiting is None) is (not any(waits))
        if waiting is not None:
            await waiting

    one, other = list[int](), list[int]()
    run_apart(lambda: work(one))
    run_apart(lambda: stepped(other))

    assert one == other == list(range(len(waits)))
