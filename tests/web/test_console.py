"""The console over HTTP."""

from pathlib import Path

from tests.proofs.service import member_cookie, open_district, open_service


async def test_nobody_puts_words_into_a_member_s_mouth_by_a_link(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        mia, ana = await district.report(), await district.member("ana")

        path = f"/console/rooms/{mia.reporter.room}?body=We+stopped+reading+this."
        page = await service.request("GET", path, member_cookie(ana))

        assert page.status_code == 200
        assert "We stopped reading this." not in page.text
