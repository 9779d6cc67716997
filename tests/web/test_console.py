"""The console over HTTP."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from messenger.services.reporting import WayIn
from messenger.services.signin import SignedIn
from messenger.web import pages
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


@pytest.mark.parametrize("typed", ["1001", "R-1001", " r-1001 ", "R 1001", "r1001"])
async def test_a_conversation_is_opened_by_its_number(tmp_path: Path, typed: str) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        ana = await district.member("ana")
        mia = await close(district, ana)

        found = await service.request(
            "GET", "/console", member_cookie(ana), params={"number": typed}
        )

        assert found.status_code == 303
        assert found.headers["location"] == f"/console/rooms/{mia.reporter.room}"


@pytest.mark.parametrize(
    "typed", ["1002", "R-0", "-1", "R", "Mia", "1001 1001 1001", "١٠٠١", "9" * 40]
)
async def test_of_a_number_that_is_nobody_s_the_form_says_so(tmp_path: Path, typed: str) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        ana = await district.member("ana")
        await close(district, ana)

        page = await service.request(
            "GET", "/console", member_cookie(ana), params={"number": typed}
        )

        assert page.status_code == 422
        assert 'aria-describedby="number-error" aria-invalid="true"' in page.text
        assert "Your team has no room with that number. Check it and try again." in page.text


async def test_a_number_of_another_team_s_looks_like_one_that_is_nobody_s(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        ours, theirs = await open_district(service), await open_district(service)
        eve = await ours.member("eve")
        await close(ours, eve)
        for _ in range(2):
            await theirs.report()

        pages = [
            await service.request("GET", f"/console?number={number}", member_cookie(eve))
            for number in (1002, 1003)
        ]

        texts = [
            re.sub(r'nonce="[^"]+"|name="csrf" value="[^"]*"', "", page.text) for page in pages
        ]
        assert [page.status_code for page in pages] == [422, 422]
        assert texts[0].replace("1002", "1003") == texts[1]


async def test_the_page_of_a_full_queue_is_made_row_by_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        ana = await district.member("ana")
        for _ in range(2):
            await close(district, ana)
        for _ in range(30):  # Alike, so that they are folded into one line.
            await district.report()
        made = list[str]()

        async def in_pieces(pieces: Iterable[str]) -> list[str]:
            made.extend(pieces)
            return made

        monkeypatch.setattr(pages, "unhurried", in_pieces)
        page = await service.request("GET", "/console", member_cookie(ana))

        rows = [piece.count('<li class="row"') for piece in made]
        assert page.text == "".join(made) and page.text.count('<li class="flood"') == 2
        assert (max(rows), sum(rows)) == (1, 34)  # Two of them to be filled in.


async def close(district: District, by: SignedIn) -> WayIn:
    """Let somebody report, and close what comes of it."""
    way_in = await district.report()
    chat = district.service.desks.chat
    here, _ = await chat.enter(by.check_approved(), way_in.reporter.room)
    await chat.claim(here, "claim-01")
    await chat.close(here, "close-01", "")
    return way_in
