"""The team's page: what it says when something is refused, and what of the form it gives back."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from messenger.domain.errors import TooBusy
from messenger.domain.events import Role
from messenger.domain.ids import MemberId, SessionId
from messenger.domain.people import Standing
from messenger.ports.live import Viewer, queue_topic
from tests.cast import PASSWORD
from tests.proofs.service import Service, member_cookie, open_district, open_service

INVITATION = {"do": "invite", "login": "eva", "name": "Eva Stone", "email": "eva@r.test"}


async def test_a_refused_invitation_comes_back_with_all_that_was_typed(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        ana = member_cookie(await district.member())

        form = INVITATION | {"email": "no address"}
        refused = await service.request("POST", "/console/team", ana, data=form)
        invited = await service.request("POST", "/console/team", ana, data=INVITATION)

    assert refused.status_code == 422
    for typed in ("eva", "Eva Stone", "no address"):
        assert f'value="{typed}"' in refused.text
    assert invited.status_code == 200
    assert 'value="Eva Stone"' not in invited.text


async def test_a_name_for_reporters_is_heard_of_by_every_console(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        ana, bus = await district.member(), service.desks.bus
        topic = queue_topic(district.organization.id)
        watch = bus.join(Viewer(topic, Role.TEAM, SessionId(b"another")), lambda: None)

        page = await service.request(
            "POST", "/console/account", member_cookie(ana), data={"shown_name": " Ms. Ruiz "}
        )

        names = await service.desks.roster.names(district.organization.id)
        assert page.status_code == 200 and "Saved." in page.text
        assert names.members[ana.member.id].shown_name == "Ms. Ruiz"
        assert ['"t":"resync"' in push.text for push in watch.pending] == [True]


async def test_a_name_for_reporters_that_is_too_long_is_refused_beside_its_field(
    tmp_path: Path,
) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        ana = await district.member()

        page = await service.request(
            "POST", "/console/account", member_cookie(ana), data={"shown_name": "R" * 101}
        )

        names = await service.desks.roster.names(district.organization.id)
        assert page.status_code == 422 and f'value="{"R" * 101}"' in page.text
        assert 'id="shown_name-error"' in page.text and "Saved." not in page.text
        assert names.members[ana.member.id].shown_name == ""


@pytest.mark.parametrize("act", ["disable", "reset"])
async def test_that_a_colleague_is_on_duty_no_more_is_heard_of_by_every_console(
    tmp_path: Path, act: str
) -> None:
    async with open_service(tmp_path) as service:
        district, desks = await open_district(service), service.desks
        ana, ben = await district.member(), await district.member()
        await desks.duty.go(ben.responder, on=True)
        topic = queue_topic(district.organization.id)
        watch = desks.bus.join(Viewer(topic, Role.TEAM, ana.token.session), lambda: None)

        form = {"do": act, "member": ben.member.id}
        page = await service.request("POST", "/console/team", member_cookie(ana), data=form)

        names = await desks.roster.names(district.organization.id)
        assert page.status_code == 200 and names.on_duty == []
        assert ['"t":"resync"' in push.text for push in watch.pending] == [True]


async def test_that_a_colleague_is_on_duty_again_once_approved_is_heard_of_by_every_console(
    tmp_path: Path,
) -> None:
    async with open_service(tmp_path) as service:
        district, desks = await open_district(service), service.desks
        ana, dee = await district.member(), await district.member(approved=False)
        await desks.directory.change_member(dee.member, on_duty=True)
        topic = queue_topic(district.organization.id)
        watch = desks.bus.join(Viewer(topic, Role.TEAM, ana.token.session), lambda: None)

        fingerprint = desks.signin.fingerprint(dee.member)
        form = {"do": "approve", "member": dee.member.id, "fingerprint": fingerprint}
        form["password"] = PASSWORD
        await service.request("POST", "/console/team", member_cookie(ana), data=form)

        names = await desks.roster.names(district.organization.id)
        assert [member.id for member in names.on_duty] == [dee.member.id]
        assert ['"t":"resync"' in push.text for push in watch.pending] == [True]


async def test_what_is_wrong_with_an_invitation_stands_beside_its_field_and_spends_nothing(
    tmp_path: Path,
) -> None:
    async with open_service(tmp_path) as service:
        district, desks = await open_district(service), service.desks
        code = await desks.signin.invite(district.organization.id, "eva", "Eva Stone")
        form = {"code": code, "password": PASSWORD, "password2": PASSWORD}

        async def join(**other: str) -> httpx2.Response:
            return await service.request("POST", "/console/join", data=form | other)

        wrong = {
            "code": await join(code=code[:-4] + "AAAA"),
            "password": await join(password="short", password2="short"),
            "password2": await join(password2="another password"),
        }
        joined = await join()

    for field, page in wrong.items():
        assert (page.status_code, "set-cookie" in page.headers) == (422, False)
        assert re.findall(r'id="(\w+)-error"', page.text) == [field]
    assert (joined.status_code, joined.headers["location"]) == (303, "/console/waiting")


async def test_a_wrong_password_is_told_without_a_word_of_what_the_page_does_not_ask_for(
    tmp_path: Path,
) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        ana = member_cookie(await district.member())
        new = {"do": "password", "old": "not this one", "password": "four words no one says"}

        wrong = await service.request(
            "POST", "/console/account", ana, data={**new, "password2": new["password"]}
        )
        differ = await service.request(
            "POST", "/console/account", ana, data={**new, "password2": "three of them"}
        )

    assert "That is not your password. Type it again." in wrong.text
    assert "sign-in name, password and code" not in wrong.text
    assert "The two passwords differ. Type both again." in differ.text
    # The fields come back empty.
    assert "Nothing is lost" not in wrong.text + differ.text


async def test_a_browser_that_keeps_passwords_is_told_whose_is_changed(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        ana = member_cookie(await district.member("ana"))

        page = await service.request("GET", "/console/account", ana)

    assert '<input name="login" value="ana" autocomplete="username" readonly hidden>' in page.text


@asynccontextmanager
async def about_to_approve(folder: Path) -> AsyncIterator[tuple[Service, str, dict[str, str]]]:
    """A member's cookie, and the form by which they approve a colleague."""
    async with open_service(folder) as service:
        district = await open_district(service)
        ana, dee = await district.member(), await district.member(approved=False)
        fingerprint = service.desks.signin.fingerprint(dee.member)
        form = {"do": "approve", "member": dee.member.id, "fingerprint": fingerprint}
        form["password"] = PASSWORD
        yield service, member_cookie(ana), form


@pytest.mark.parametrize("typed", [{}, {"password": ""}, {"password": "not this one"}])
async def test_who_finds_a_console_open_approves_nobody(
    tmp_path: Path, typed: dict[str, str]
) -> None:
    async with about_to_approve(tmp_path) as (service, ana, form):
        del form["password"]

        refused = await service.request("POST", "/console/team", ana, data=form | typed)
        dee = await service.desks.directory.find_member(MemberId(form["member"]))
        approved = await service.request(
            "POST", "/console/team", ana, data=form | {"password": PASSWORD}
        )
        after = await service.desks.directory.find_member(MemberId(form["member"]))

    assert (refused.status_code, approved.status_code) == (422, 200)
    assert "That is not your password. Type it again." in refused.text
    assert '<details class="fold" open>' in refused.text and "Nothing is lost" not in refused.text
    assert f'id="password-{form["member"]}-error"' in refused.text
    assert dee is not None and dee.standing is Standing.PENDING
    assert after is not None and after.standing is Standing.ACTIVE


async def refuse(*_: object) -> None:
    raise TooBusy


async def test_what_is_refused_of_somebody_in_the_list_stands_beside_no_field(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with about_to_approve(tmp_path) as (service, ana, form):
        monkeypatch.setattr(service.desks.signin, "approve", refuse)

        refused = await service.request("POST", "/console/team", ana, data=form)

    assert refused.status_code == 422
    assert 'id="errors"' in refused.text
    assert 'id="login-error"' not in refused.text


async def test_who_approves_what_a_colleague_has_approved_sees_the_list_as_it_is_now(
    tmp_path: Path,
) -> None:
    async with about_to_approve(tmp_path) as (service, ana, form):
        first, second = [
            await service.request("POST", "/console/team", ana, data=form) for _ in range(2)
        ]

    assert (first.status_code, second.status_code) == (200, 404)
    assert "nothing was done" in second.text and 'value="approve"' not in second.text
