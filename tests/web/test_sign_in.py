"""Signing in over HTTP while somebody guesses."""

from pathlib import Path

import pytest

from messenger.domain.errors import TooBusy
from tests.cast import PASSWORD
from tests.proofs.service import open_district, open_service


async def test_a_browser_keeps_that_a_member_signed_in_and_is_let_in_past_a_guesser(
    tmp_path: Path,
) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        await district.member("ana")
        form = {"login": "ana", "password": PASSWORD}
        first = await service.request("POST", "/console/sign-in", data=form)
        known = f"known={first.cookies['known']}"
        with pytest.raises(TooBusy):
            while True:
                await service.desks.signin._throttle.turn("ana")

        stranger = await service.request("POST", "/console/sign-in", data=form)
        again = await service.request("POST", "/console/sign-in", known, data=form)

        assert (stranger.status_code, again.status_code) == (401, 303)
        assert "try again" in stranger.text
