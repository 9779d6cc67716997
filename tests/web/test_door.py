"""Handshakes, one in each turn of the loop."""

import asyncio
from functools import partial

from messenger.web.door import OneATurn


async def some_turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def fail() -> None:
    raise ValueError


async def test_between_two_of_them_others_have_their_turn() -> None:
    turns, done = OneATurn(), list[str]()
    for name in ("first", "second"):
        turns.put(partial(done.append, name))
    asyncio.get_running_loop().call_soon(done.append, "somebody else")

    await some_turns()

    assert done == ["first", "somebody else", "second"]


async def test_one_that_fails_holds_up_nobody() -> None:
    turns, done, failed = OneATurn(), list[str](), list[object]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failed.append(context))

    turns.put(fail)
    turns.put(partial(done.append, "the next"))
    await some_turns()

    assert done == ["the next"]
    assert len(failed) == 1
