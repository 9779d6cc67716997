"""What one process does by a lease: kept for as long as it takes, and given up whatever comes of it."""

import anyio
import pytest

from messenger.domain.errors import CannotClean, Refusal, StoreDown, TooBusy
from messenger.leased import leased

DEADLINE = 10.0
SOON = 0.04
"""Seconds of a lease: it is renewed every hundredth."""
LONG = 4.0
"""Seconds of one that does not run out while a test runs that waits for two renewals."""


class Book:
    """A `Leasing` of one page, which says how often each lease was renewed."""

    def __init__(self) -> None:
        self.holders: dict[str, str] = {}
        self.renewals = 0
        self.failure: Refusal | None = None
        self._renewed = anyio.Event()

    async def hold(self, name: str, holder: str, seconds: float) -> bool:
        return self.holders.setdefault(name, holder) == holder

    async def renew(self, name: str, holder: str, seconds: float) -> bool:
        self.renewals += 1
        self._renewed.set()
        self._renewed = anyio.Event()
        if self.failure is not None:
            raise self.failure
        return self.holders.get(name) == holder

    async def release(self, name: str, holder: str) -> None:
        if self.failure is not None:
            raise self.failure
        if self.holders.get(name) == holder:
            del self.holders[name]

    async def until_renewed(self, times: int) -> None:
        with anyio.fail_after(DEADLINE):
            while self.renewals < times:
                await self._renewed.wait()


async def test_it_is_held_while_it_is_worked_by_and_free_at_once_afterwards() -> None:
    book = Book()

    async with leased(book, "clean", "ana", SOON) as is_ours:
        held = dict(book.holders)

    assert is_ours
    assert held == {"clean": "ana"}
    assert book.holders == {}


async def test_what_another_holds_is_left_to_them() -> None:
    book = Book()
    book.holders["clean"] = "ben"

    async with leased(book, "clean", "ana", SOON) as is_ours:
        pass

    assert not is_ours
    assert book.holders == {"clean": "ben"}


@pytest.mark.parametrize("failure", [StoreDown(), TooBusy()])
async def test_it_is_renewed_however_long_the_work_takes_and_whatever_the_database_does(
    failure: Refusal,
) -> None:
    book = Book()

    async with leased(book, "clean", "ana", SOON):
        await book.until_renewed(2)
        book.failure = failure
        await book.until_renewed(4)
        book.failure = None
        await book.until_renewed(6)

    assert book.holders == {}


async def test_who_could_not_renew_it_in_time_is_told_before_the_next_act() -> None:
    book = Book()

    async with leased(book, "clean", "ana", SOON) as lease:
        assert lease is not None
        book.failure = StoreDown()
        await book.until_renewed(6)
        with pytest.raises(StoreDown):
            lease.check()


@pytest.mark.slow
async def test_who_has_lost_it_to_another_is_told_before_the_next_act() -> None:
    book = Book()

    async with leased(book, "clean", "ana", LONG) as lease:
        assert lease is not None
        lease.check()
        book.holders["clean"] = "ben"
        await book.until_renewed(2)
        with pytest.raises(StoreDown):
            lease.check()


async def test_a_refusal_comes_out_as_it_is_and_gives_up_the_lease() -> None:
    book = Book()

    with pytest.raises(CannotClean):
        async with leased(book, "clean", "ana", SOON):
            raise CannotClean

    assert book.holders == {}


@pytest.mark.parametrize("failure", [StoreDown(), TooBusy()])
async def test_what_was_done_is_done_even_if_the_lease_can_not_be_given_up(
    failure: Refusal,
) -> None:
    book = Book()

    async with leased(book, "clean", "ana", SOON):
        book.failure = failure

    assert book.holders == {"clean": "ana"}
