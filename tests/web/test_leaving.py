"""Leaving where the server did not hear of it: a cookie that a page's script set says so with the next request."""

from pathlib import Path

import pytest

from messenger.protocol.closing import Close
from tests.proofs.service import (
    District,
    member_cookie,
    open_district,
    open_service,
    reporter_cookie,
)

AWAY = "https://www.weather.gov/"
SIX_WORDS = "Keep these six words"
OVER = ["left", "locked"]


def dropped(headers: list[str]) -> list[str]:
    return [each.partition("=")[0] for each in headers if "Max-Age=0" in each]


async def cookies_of(district: District) -> str:
    """Return the cookies of somebody who reported."""
    school = f"school={district.organization.id}.{district.school.id}"
    return f"{reporter_cookie(await district.report())}; {school}"


@pytest.mark.parametrize("why", OVER)
async def test_the_next_page_ends_the_visit_and_shows_nothing_of_it(
    tmp_path: Path, why: str
) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        cookies = await cookies_of(district)
        assert SIX_WORDS in (await service.request("GET", "/", cookies)).text

        page = await service.request("GET", "/", f"{cookies}; left={why}")
        after = await service.request("GET", "/", cookies)

        assert dropped(page.headers.get_list("set-cookie")) == ["reporter", "school", "left"]
        assert page.headers["clear-site-data"] == '"cache", "storage"'
        assert SIX_WORDS not in page.text and district.organization.name not in page.text
        assert page.status_code == {"left": 303, "locked": 200}[why]
        assert ("We closed this page for you." in page.text) == (why == "locked")
        assert SIX_WORDS not in after.text


@pytest.mark.parametrize("why", OVER)
async def test_nothing_else_lets_in_by_it(tmp_path: Path, why: str) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        cookies = await cookies_of(district)
        room = await service.request("GET", "/", cookies)
        mark = room.text.split('name="csrf" value="')[1].split('"')[0]
        over = f"{cookies}; left={why}"

        socket = service.connect(over)
        socket.say({"t": "hello", "role": "reporter"})
        assert await socket.closed() >= 4000
        said = {"csrf": mark, "do": "say", "body": "Who reads this?", "id": "message-01"}
        posted = await service.request("POST", "/", over, data=said)
        history = await service.request("GET", "/history", over)
        files = await service.request("GET", "/attachments", over)

        assert (posted.status_code, posted.headers["location"]) == (303, "/")
        assert history.status_code >= 400 and files.status_code >= 400
        assert "Who reads this?" not in (await service.request("GET", "/history", cookies)).text


async def test_a_link_of_a_school_opened_next_begins_anew(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        cookies = await cookies_of(district)

        arrived = await service.request("GET", f"/c/{district.code}", f"{cookies}; left=left")
        set_cookies = arrived.headers.get_list("set-cookie")
        after = await service.request("GET", "/", cookies)

        assert dropped(set_cookies) == ["reporter", "school", "left"]
        assert set_cookies[-1].startswith(f"school={district.organization.id}")
        assert SIX_WORDS not in after.text


async def test_when_the_server_hears_of_it_nothing_stays(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        cookies = await cookies_of(district)

        left = await service.request("POST", "/leave", f"{cookies}; left=left", data={"x": ""})

        assert left.headers["location"] == AWAY
        assert dropped(left.headers.get_list("set-cookie")) == ["reporter", "school", "left"]
        assert SIX_WORDS not in (await service.request("GET", "/", cookies)).text


async def test_a_page_that_was_locked_can_not_be_opened_again_by_what_the_browser_held(
    tmp_path: Path,
) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        cookies = await cookies_of(district)
        socket = service.connect(cookies)
        socket.say({"t": "hello", "v": 1})
        assert await socket.until("welcome")

        locked = await service.request("POST", "/lock", cookies, data={"x": ""})

        assert "We closed this page for you." in locked.text
        assert dropped(locked.headers.get_list("set-cookie")) == ["reporter", "school"]
        assert locked.headers["clear-site-data"] == '"cache", "storage"'
        assert await socket.closed() == Close.SIGNED_OUT
        assert SIX_WORDS not in (await service.request("GET", "/", cookies)).text


async def test_a_member_stays_signed_in(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        member = member_cookie(await district.member())

        assert (await service.request("GET", "/console", f"{member}; left=left")).status_code == 200
