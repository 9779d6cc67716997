"""Signing in over HTTP: while somebody guesses, and with something half written."""

from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx2
import pytest
from markupsafe import escape
from pyotp import TOTP

from messenger.domain.errors import TooBusy
from messenger.live.limits import Tries
from tests.cast import PASSWORD
from tests.proofs.service import member_cookie, open_district, open_service
from tests.web.test_destination import hidden
from tests.web.test_staying import open_afternoon

FACTOR = "/console/second-factor"


async def test_a_browser_keeps_that_a_member_signed_in_and_is_let_in_past_a_guesser(
    tmp_path: Path,
) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        await district.member("ana")
        form = {"login": "ana", "password": PASSWORD}
        first = await service.request("POST", "/console/sign-in", data=form)
        known = f"known={first.cookies['known']}"
        # On a stopped clock, or after a second there would be a turn again.
        service.desks.signin._throttle = Tries(lambda: 0.0)
        with pytest.raises(TooBusy):
            while True:
                await service.desks.signin._throttle.turn("ana")

        stranger = await service.request("POST", "/console/sign-in", data=form)
        again = await service.request("POST", "/console/sign-in", known, data=form)

        assert (stranger.status_code, again.status_code) == (401, 303)
        assert "try again" in stranger.text


async def test_who_signs_out_leaves_nothing_behind_in_the_browser(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        district, signin = await open_district(service), service.desks.signin
        ana = await district.member()

        left = await service.request(
            "POST", "/console/sign-out", member_cookie(ana), data={"x": ""}
        )
        back = await service.request("GET", "/console", member_cookie(ana))

        assert left.headers["location"] == back.headers["location"] == "/console/sign-in"
        assert left.headers["set-cookie"].startswith('responder=""; ')
        assert left.headers["clear-site-data"] == '"cache"'
        assert await signin.find(ana.token) is None


async def test_who_signs_in_where_a_colleague_is_signed_in_ends_their_session_and_never_ones_own(
    tmp_path: Path,
) -> None:
    async with open_service(tmp_path) as service:
        district, signin = await open_district(service), service.desks.signin
        ana, ben = await district.member("ana"), await district.member("ben")

        form = {"login": "ben", "password": PASSWORD}
        again = await service.request("POST", "/console/sign-in", member_cookie(ben), data=form)
        assert again.status_code == 303 and await signin.find(ben.token) is not None
        wrong = await service.request(
            "POST", "/console/sign-in", member_cookie(ana), data=form | {"password": "a wrong one"}
        )
        assert wrong.status_code == 401 and await signin.find(ana.token) is not None
        came = await service.request("POST", "/console/sign-in", member_cookie(ana), data=form)

        assert came.status_code == 303 and await signin.find(ana.token) is None


async def test_whose_phone_is_an_hour_late_learns_what_to_look_at(tmp_path: Path) -> None:
    async with open_afternoon(tmp_path) as afternoon:
        house, late = afternoon.house, afternoon.clock() - timedelta(hours=1)
        ben = await house.member("ben", approved=False)
        seed = await house.add_second_factor(ben)

        code = TOTP(seed).at(late)
        form = {"login": "ben", "password": PASSWORD, "code": code}
        signing_in = await afternoon.service.request("POST", "/console/sign-in", data=form)
        carla = await house.member("carla", approved=False)
        page = await afternoon.service.request("GET", FACTOR, member_cookie(carla))
        form = hidden(page) | {"code": TOTP(hidden(page)["seed"]).at(late)}
        setting_up = await afternoon.service.request(
            "POST", FACTOR, member_cookie(carla), data=form
        )

        assert (signing_in.status_code, setting_up.status_code) == (401, 422)
        assert "your phone&#39;s clock." in signing_in.text
        assert "your phone&#39;s clock." in setting_up.text


@pytest.mark.parametrize(
    ("do", "field", "more"),
    [
        ("say", "body", {}),
        ("hand_over", "summary", {"to": "ben"}),
        ("close", "note", {}),
        ("quarantine", "reason", {"attachment": "9aBc"}),
    ],
)
async def test_whatever_was_written_in_a_room_is_there_again_after_signing_in(
    tmp_path: Path, do: str, field: str, more: dict[str, str]
) -> None:
    words = 'She said "go".\nThen she left.'
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        await district.member("ana")
        at = f"/console/rooms/{(await district.report()).reporter.room}"

        asked = await service.request("POST", at, data={"do": do, field: words, **more})
        wrong = await service.request("POST", "/console/sign-in", data=carried(asked))
        typed = carried(wrong) | {"login": "ana", "password": PASSWORD}
        page = await service.request("POST", "/console/sign-in", data=typed)

        assert (asked.status_code, wrong.status_code, page.status_code) == (401, 401, 200)
        assert f'action="{at}"' in page.text and f'name="do" value="{do}"' in page.text
        assert f'name="{field}"' in page.text and f">\n{escape(words)}</textarea>" in page.text
        assert more.items() <= hidden(page).items()


async def test_an_answer_written_before_signing_in_again_is_sent_after(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        ana, mia = await district.member("ana"), await district.report()
        here, _ = await service.desks.chat.enter(ana.check_approved(), mia.reporter.room)
        await service.desks.chat.claim(here, "claim-0001")
        at = f"/console/rooms/{mia.reporter.room}"

        asked = await service.request("POST", at, data={"do": "close", "note": "All is well."})
        typed = carried(asked) | {"login": "ana", "password": PASSWORD}
        page = await service.request("POST", "/console/sign-in", data=typed)
        cookie = f"responder={page.cookies['responder']}"
        closed = hidden(page) | {"do": "close", "note": "All is well."}
        answer = await service.request("POST", at, cookie, data=closed)

        assert (answer.status_code, answer.headers["location"]) == (303, at)
        assert "All is well." in (await service.request("GET", at, member_cookie(ana))).text


def carried(page: httpx2.Response) -> dict[str, str]:
    return {name: unescape(value) for name, value in hidden(page).items()}
