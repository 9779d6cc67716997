"""The console over HTTP."""

import re
from pathlib import Path

from messenger.services.reporting import WayIn
from messenger.services.signin import SignedIn
from tests.proofs.service import (
    District,
    member_cookie,
    open_district,
    open_service,
    reporter_cookie,
)


async def test_nobody_puts_words_into_a_member_s_mouth_by_a_link(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        mia, ana = await district.report(), await district.member("ana")

        path = f"/console/rooms/{mia.reporter.room}?body=We+stopped+reading+this."
        page = await service.request("GET", path, member_cookie(ana))

        assert page.status_code == 200
        assert "We stopped reading this." not in page.text


async def test_no_browser_keeps_what_is_written_in_a_conversation(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        mia, ana = await district.report(), member_cookie(await district.member("ana"))

        pages = [
            await service.request("POST", "/", reporter_cookie(mia), data={"go": "room"}),
            await service.request("GET", f"/console/rooms/{mia.reporter.room}", ana),
        ]

        for page in pages:
            fields = re.findall(r"<textarea [^>]+>", page.text)
            assert any('name="body"' in field for field in fields)
            assert [field for field in fields if 'autocomplete="off"' not in field] == []


async def test_a_conversation_closed_long_ago_opens_and_is_reopened_on_its_page(
    tmp_path: Path,
) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        ana = await district.member("ana")
        cookie, mia = member_cookie(ana), await close(district, ana)
        for _ in range(50):
            await close(district, ana)
        path = f"/console/rooms/{mia.reporter.room}"

        queue = await service.request("GET", "/console", cookie)
        page = await service.request("GET", path, cookie)
        reopened = await service.request("POST", path, cookie, data={"do": "reopen"})
        again = await service.request("GET", path, cookie)

        assert path not in queue.text and queue.text.count('data-status="closed"') == 50
        assert page.status_code == 200 and 'data-standing="closed"' in page.text
        assert reopened.status_code == 303 and 'data-standing="mine"' in again.text


async def test_an_act_refused_in_a_conversation_closed_long_ago_says_why(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        ana = await district.member("ana")
        mia = await close(district, ana)
        for _ in range(50):
            await close(district, ana)

        path, form = f"/console/rooms/{mia.reporter.room}", {"do": "claim"}
        page = await service.request("POST", path, member_cookie(ana), data=form)

        assert (
            page.status_code == 422
            and "This conversation is closed. Reopen it to go on." in page.text
        )


async def close(district: District, by: SignedIn) -> WayIn:
    """Let somebody report, and close what comes of it."""
    way_in = await district.report()
    chat = district.service.desks.chat
    here, _ = await chat.enter(by.check_approved(), way_in.reporter.room)
    await chat.claim(here, "claim-01")
    await chat.close(here, "close-01", "")
    return way_in
