"""A report goes to the school that its page names, whichever was opened in another tab since."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from tests.proofs.service import District, open_district, open_service

WORDS = {"category": "bullying", "what": "They call her names.", "danger": "no"}


WAYS = [["report"], ["talk"], ["start", "report"], ["report", "privacy", "talk"]]


@asynccontextmanager
async def open_districts(folder: Path) -> AsyncIterator[tuple[District, District]]:
    async with open_service(folder) as service:
        yield await open_district(service), await open_district(service)


def school_cookie(district: District) -> str:
    return f"school={district.organization.id}.{district.school.id}"


def hidden(page: httpx2.Response) -> dict[str, str]:
    """Return what the form on a page sends without being asked."""
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))


async def rooms_of(district: District) -> int:
    return len(await district.service.desks.rooms.rooms(district.organization.id))


@pytest.mark.parametrize("ways", WAYS)
async def test_it_goes_where_the_page_says(tmp_path: Path, ways: list[str]) -> None:
    async with open_districts(tmp_path) as (ours, other):
        service, cookie, fields, text = ours.service, school_cookie(ours), dict[str, str](), ""
        for view in ways:
            page = await service.request("POST", "/", cookie, data={"go": view, **WORDS, **fields})
            cookie, fields, text = school_cookie(other), hidden(page), page.text

        do = "send_talk" if ways[-1] == "talk" else "send_report"
        sent = await service.request("POST", "/", cookie, data={"do": do, **fields, **WORDS})

        assert ours.school.name in text
        assert sent.status_code == 303
        assert (await rooms_of(ours), await rooms_of(other)) == (1, 0)


async def test_shown_again_with_a_mistake_it_still_names_the_same_school(tmp_path: Path) -> None:
    async with open_districts(tmp_path) as (ours, other):
        page = await ours.service.request("POST", "/", school_cookie(ours), data={"go": "report"})
        fields = {"do": "send_report", **hidden(page), "what": ""}

        again = await ours.service.request("POST", "/", school_cookie(other), data=fields)

        assert again.status_code == 422
        assert ours.school.name in again.text
        assert other.school.name not in again.text
        assert hidden(again)["to"] == hidden(page)["to"]


async def test_a_form_for_a_school_that_is_gone_goes_nowhere(tmp_path: Path) -> None:
    async with open_districts(tmp_path) as (ours, _):
        fields = {"do": "send_report", "to": "nowhere.at-all", **WORDS}

        answer = await ours.service.request("POST", "/", data=fields)

        assert answer.status_code == 404
