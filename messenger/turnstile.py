"""Lets in a few at a time, in turns: whoever comes a hundred times waits behind themselves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from messenger.domain.errors import TooBusy
from messenger.domain.turns import Turns


class Turnstile:
    """`places` inside, and room for so many `waiting`. Used from one event loop.

    Nobody waits longer than `patience` seconds.
    """

    def __init__(self, places: int, waiting: int, patience: float) -> None:
        self._free = places
        self._patience = patience
        self._waiting = Turns[asyncio.Future[bool]](waiting)

    @asynccontextmanager
    async def inside(self, share: str) -> AsyncIterator[None]:
        """Be inside for as long as this is open, once it is the turn of `share`.

        `TooBusy` after too long a wait, or, when too many wait, for the share that has most waiting.
        """
        try:
            with anyio.fail_after(self._patience):
                await self._turn(share)
        except TimeoutError:
            raise TooBusy from None
        try:
            yield
        finally:
            self._give_back()

    async def _turn(self, share: str) -> None:
        """Return when a place is ours; it has to be given back."""
        turn = asyncio.get_running_loop().create_future()
        left_out = self._waiting.put(share, turn)
        if left_out is not None and not left_out.done():
            left_out.set_result(False)
        self._let_in()
        try:
            is_ours = await turn
        except asyncio.CancelledError:
            self._waiting.leave(share, turn)
            if not turn.cancelled() and turn.result():
                self._give_back()
            raise
        if not is_ours:
            raise TooBusy

    def _let_in(self) -> None:
        while self._free and self._waiting:
            (turn,) = self._waiting.take(1)
            if not turn.done():
                turn.set_result(True)
                self._free -= 1

    def _give_back(self) -> None:
        self._free += 1
        self._let_in()
