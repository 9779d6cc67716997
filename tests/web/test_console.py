"""The console over HTTP."""

import re
from pathlib import Path

from tests.proofs.service import (
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
