"""A long conversation comes a stretch at a time, and by the links between them comes whole."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from messenger.domain.events import Event
from messenger.domain.ids import RoomId
from messenger.domain.room import Room
from messenger.domain.text import BODY_LIMIT
from messenger.services.history import SCREEN
from tests.proofs.service import (
    Service,
    member_cookie,
    open_district,
    open_service,
    reporter_cookie,
)

SAID = 2 * SCREEN + 10
"""Beside the report."""


@dataclass(slots=True)
class Long:
    """A room in which much was said, and a way into it for each side."""

    service: Service
    reporter: str
    member: str
    console: str
    """The address of its page there."""

    async def page(self, cookie: str, path: str) -> str:
        answer = await self.service.request("GET", path, cookie)
        assert answer.status_code == 200
        return answer.text


@asynccontextmanager
async def open_long(tmp_path: Path, said: int = SAID, words: str = "Line.") -> AsyncIterator[Long]:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        way_in, member = await district.report(), await district.member()
        here, _ = await service.desks.chat.enter(way_in.reporter, way_in.reporter.room)
        for number in range(said):
            await service.desks.chat.say(here, f"said-{number:04}", words)
        console = f"/console/rooms/{way_in.reporter.room}"
        yield Long(service, reporter_cookie(way_in), member_cookie(member), console)


async def test_a_page_shows_the_newest_and_says_where_the_earlier_ones_are(tmp_path: Path) -> None:
    async with open_long(tmp_path) as long:
        newest = [*range(SAID + 2 - SCREEN, SAID + 2)]
        pages = {"/": long.reporter, "/history": long.reporter, long.console: long.member}

        for path, cookie in pages.items():
            page = await long.page(cookie, path)

            assert numbers(page) == newest, path
            assert earlier(page).endswith(f"?before={newest[0]}")


async def test_a_page_reads_little_more_of_a_long_conversation_than_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_long(tmp_path) as long:
        rooms = long.service.desks.rooms
        events, read = rooms.events, list[int]()

        async def noted(*asked: Any) -> list[Event]:
            found = await events(*asked)
            read.append(len(found))
            return found

        monkeypatch.setattr(rooms, "events", noted)
        for path, cookie in {"/": long.reporter, long.console: long.member}.items():
            await long.page(cookie, path)

            assert max(read) == SCREEN, path
            assert sum(read) <= SCREEN + 1 + long.service.desks.uploads.limits.files + 1, path
            read.clear()


@pytest.mark.parametrize("side", ["reporter", "member"])
async def test_by_the_links_each_side_reaches_the_report_and_misses_nothing(
    tmp_path: Path, side: str
) -> None:
    async with open_long(tmp_path) as long:
        cookie, path = (
            (long.reporter, "/history") if side == "reporter" else (long.member, long.console)
        )
        found: list[int] = []

        while path:
            page = await long.page(cookie, path)
            found = numbers(page) + found
            path = earlier(page)

        assert found == [*range(1, SAID + 2)]


@pytest.mark.parametrize("side", ["reporter", "member"])
async def test_of_the_longest_messages_a_page_shows_fewer_and_by_its_links_none_is_missed(
    tmp_path: Path, side: str
) -> None:
    async with open_long(tmp_path, 12, "\N{GRINNING FACE}" * BODY_LIMIT) as long:
        cookie, path = (
            (long.reporter, "/history") if side == "reporter" else (long.member, long.console)
        )
        found = list[list[int]]()

        while path:
            page = await long.page(cookie, path)
            assert len(page.encode()) < 350_000
            found.insert(0, numbers(page))
            path = earlier(page)

        assert found == [[1], [2, 3, 4, 5, 6, 7], [8, 9, 10, 11, 12, 13]]


@pytest.mark.parametrize("before", ["0", "1", "-5", "x", "²", "9" * 30, str(SAID + 50)])
async def test_what_is_no_number_of_the_conversation_shows_the_newest(
    tmp_path: Path, before: str
) -> None:
    async with open_long(tmp_path) as long:
        page = await long.page(long.reporter, f"/history?before={before}")

        assert numbers(page)[-1] == SAID + 1


async def test_looking_at_what_was_long_ago_is_not_reading_what_is_new(tmp_path: Path) -> None:
    async with open_long(tmp_path) as long:
        await long.page(long.reporter, "/history?before=20")
        await long.page(long.member, f"{long.console}?before=20")
        room = await room_of(long)

        assert (room.seen_by_reporter, room.seen_by_team) == (0, 0)
        await long.page(long.reporter, "/history")
        await long.page(long.member, long.console)
        room = await room_of(long)
        assert (room.seen_by_reporter, room.seen_by_team) == (SAID + 1, SAID + 1)


async def test_a_room_fetched_to_stand_beside_others_is_not_read_before_it_is_looked_at(
    tmp_path: Path,
) -> None:
    async with open_long(tmp_path) as long:
        page = await long.page(long.member, f"{long.console}?quiet")

        assert numbers(page)[-1] == SAID + 1
        assert (await room_of(long)).seen_by_team == 0


async def test_only_the_newest_page_reloads_itself(tmp_path: Path) -> None:
    async with open_long(tmp_path) as long:
        now = await long.page(long.reporter, "/history")
        then = await long.page(long.reporter, "/history?before=20")

        assert 'http-equiv="refresh"' in now and 'http-equiv="refresh"' not in then
        assert 'href="/history"' in then


async def room_of(long: Long) -> Room:
    room = await long.service.desks.rooms.find_room(RoomId(long.console.rsplit("/", 1)[1]))
    assert room is not None
    return room


def numbers(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<li [^>]*data-seq="(\d+)"', page)]


def earlier(page: str) -> str:
    found = re.search(r'data-slot="earlier"><a [^>]*href="([^"]+)"', page)
    return found[1] if found else ""
