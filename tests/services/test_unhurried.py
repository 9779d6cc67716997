"""However much there is to open, the loop stands still for a little of it at a time."""

import asyncio
from collections.abc import Callable
from itertools import groupby
from typing import Any

import pytest

from messenger.domain.events import Event
from messenger.domain.keys import Recipient
from messenger.domain.text import BODY_LIMIT
from messenger.services.history import FEW, PAGE, READING
from messenger.unhurried import AT_ONCE, unhurried
from tests.cast import TEASING, House


class Turns:
    """Counts the turns of the loop, and in which of them something was done."""

    def __init__(self) -> None:
        self.taken: list[int] = []
        self._now = 0
        self._counting = asyncio.create_task(self._count())

    def noting(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def note(*arguments: Any) -> Any:
            self.taken.append(self._now)
            return work(*arguments)

        return note

    def most_at_once(self) -> int:
        self._counting.cancel()
        return max(len(list(same)) for _, same in groupby(self.taken))

    async def _count(self) -> None:
        while True:
            await asyncio.sleep(0)
            self._now += 1


async def test_all_of_it_comes_in_order() -> None:
    assert await unhurried(number for number in range(3 * AT_ONCE + 1)) == [*range(3 * AT_ONCE + 1)]
    assert await unhurried(()) == []


async def test_a_queue_of_many_rooms_keeps_nobody_waiting_for_all_of_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, vault = await house.responder("ana"), house.parts.vault
    for number in range(3 * AT_ONCE):
        await house.report(TEASING, f"draft-{number:04}")
    await house.parts.keyring.team_keys(ana)

    keys, words = Turns(), Turns()
    monkeypatch.setattr(vault, "open_grant", keys.noting(vault.open_grant))
    monkeypatch.setattr(vault, "open", words.noting(vault.open))
    rows = await house.desks.queue.rows(ana)

    assert len(rows) == len(keys.taken) == len(words.taken) == 3 * AT_ONCE
    assert keys.most_at_once() <= AT_ONCE
    assert words.most_at_once() <= AT_ONCE


async def test_neither_do_the_keys_of_a_team_that_many_have_left(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, keyring, vault = await house.responder("ana"), house.parts.keyring, house.parts.vault
    for number in range(2 * AT_ONCE):
        leaver = await house.responder(f"leaver{number}")
        await house.parts.signin.disable(house.organization.id, leaver.member)
        assert await keyring.rotate_if_due(ana, house.organization)

    turns = Turns()
    monkeypatch.setattr(vault, "open_grant", turns.noting(vault.open_grant))
    team = await keyring.unlock(house.organization.id, Recipient.RECOVERY, "", house.recovery)

    assert [*team.pairs] == [*range(2 * AT_ONCE + 1, 0, -1)]
    assert turns.most_at_once() <= AT_ONCE


async def test_a_long_history_keeps_nobody_waiting_and_is_opened_as_it_is_taken(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    mia, chat, vault = await house.report(), house.desks.chat, house.parts.vault
    here, room = await chat.enter(mia.reporter, mia.reporter.room)
    for number in range(3 * AT_ONCE):
        await chat.say(here, f"message-{number:04}", "And then?")

    words = Turns()
    monkeypatch.setattr(vault, "open", words.noting(vault.open))
    history = house.desks.history.pushes(here, room.head)
    first = await anext(history)
    opened_by_then = len(words.taken)
    rest = [push.seq async for push in history]

    assert (first.seq, opened_by_then) == (2, 1)
    assert rest == [*range(3, 3 * AT_ONCE + 2)]
    assert words.most_at_once() <= AT_ONCE


@pytest.mark.parametrize(
    ("words", "counts"), [("And then?", [FEW, PAGE]), ("\N{GRINNING FACE}" * BODY_LIMIT, [FEW] * 4)]
)
async def test_of_long_messages_fewer_are_read_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch, words: str, counts: list[int]
) -> None:
    mia, chat, rooms = await house.report(), house.desks.chat, house.parts.rooms
    here, room = await chat.enter(mia.reporter, mia.reporter.room)
    for number in range(3 * FEW + 1):
        await chat.say(here, f"message-{number:04}", words)
    events, asked = rooms.events, list[int]()

    async def noted(*arguments: Any) -> list[Event]:
        asked.append(arguments[-1])
        return await events(*arguments)

    monkeypatch.setattr(rooms, "events", noted)
    numbers = [push.seq async for push in house.desks.history.pushes(here, room.head)]

    assert numbers == [*range(2, 3 * FEW + 3)]
    assert asked == counts


async def test_few_pages_of_a_conversation_are_read_at_the_same_time(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    mia, rooms = await house.report(), house.parts.rooms
    here, room = await house.desks.chat.enter(mia.reporter, mia.reporter.room)
    events, inside, most = rooms.events, 0, 0

    async def counted(*arguments: Any) -> list[Event]:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0)
        found = await events(*arguments)
        inside -= 1
        return found

    monkeypatch.setattr(rooms, "events", counted)
    stretch = house.desks.history.stretch
    pages = await asyncio.gather(*(stretch(here, room.head) for _ in range(3 * READING)))

    assert [[event.seq for event in page.events] for page in pages] == [[1]] * 3 * READING
    assert most == READING


async def test_an_organization_whose_pages_hang_leaves_the_second_place_to_another(
    house: House,
) -> None:
    mia, history = await house.report(), house.desks.history
    here, room = await house.desks.chat.enter(mia.reporter, mia.reporter.room)
    ends = [asyncio.Event() for _ in range(2 * READING)]

    async def hang(end: asyncio.Event) -> None:
        async with history._reading.inside("another"):
            await end.wait()

    hanging = [asyncio.create_task(hang(end)) for end in ends]
    await asyncio.sleep(0)
    page = asyncio.create_task(history.stretch(here, room.head))
    ends[0].set()
    await hanging[0]
    ends[1].set()

    assert [event.seq for event in (await page).events] == [1]
    assert sum(each.done() for each in hanging) == 2
    for end in ends:
        end.set()
    await asyncio.gather(*hanging)
