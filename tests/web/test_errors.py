"""Who is told what when something is refused, and what the log keeps of it."""

import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from messenger.domain.errors import Refusal, StoreDown
from messenger.logs import Line
from messenger.web.bodies import BODY_LIMIT
from messenger.web.errors import http_error, refused
from messenger.web.programs import is_program
from tests.proofs.service import Service, member_cookie, open_district, open_service

SECRET = "s3://riverbend/7/knife.jpg"


def asking(service: Service, path: str) -> Request:
    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "state": service.state}
    return Request(scope)


def by(path: str, accept: str) -> Request:
    headers = [(b"accept", accept.encode())]
    return Request({"type": "http", "method": "GET", "path": path, "headers": headers})


def outage() -> StoreDown:
    with pytest.raises(StoreDown) as raised:
        raise StoreDown from OSError(SECRET)
    return raised.value


async def test_of_an_outage_the_kind_and_the_places_are_told_and_not_what_its_cause_says(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_service(tmp_path) as service:
        answer = await refused(asking(service, "/api/reports"), outage())

    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    told = Line().format(record)
    assert answer.status_code == 503
    assert "refused store_down" in told
    assert "StoreDown" in told and "builtins.OSError at " in told
    assert SECRET not in told and "knife" not in told


async def test_of_what_was_refused_when_the_database_went_away_nothing_typed_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        ana, _ = await district.member("ana"), await district.member("ben.miller")
        roster, invite = service.desks.roster, service.desks.signin.invite

        async def go_away(_: object) -> None:
            raise StoreDown

        async def invite_as_it_goes_away(*typed: Any) -> str:
            monkeypatch.setattr(roster, "names", go_away)
            return await invite(*typed)

        monkeypatch.setattr(service.desks.signin, "invite", invite_as_it_goes_away)
        form = {"do": "invite", "login": "Ben.Miller", "name": "Ben"}
        answer = await service.request("POST", "/console/team", member_cookie(ana), data=form)

    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    told = Line().format(record)
    assert answer.status_code == 503
    assert "StoreDown (" in told and "BadSetting at " in told
    assert "miller" not in told.lower()


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/api/reports", "*/*"),
        ("/attachments", "*/*"),
        ("/attachments/7J2Ij6MU/finish", "*/*"),
        ("/console/rooms/7J2Ij6MU/attachments", "*/*"),
        ("/console/rooms/7J2Ij6MU/attachments/9aBc/preview", "*/*"),
        ("/console/rooms/7J2Ij6MU", "application/json"),
    ],
)
def test_programs_are_answered_in_json(path: str, accept: str) -> None:
    assert is_program(by(path, accept))


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/", "text/html"),
        ("/c/attachments", "text/html"),
        ("/console/rooms/7J2Ij6MU", "text/html"),
        ("/attachments/9aBc/content", "text/html"),
        ("/console/rooms/7J2Ij6MU/attachments/9aBc/break-glass", "text/html"),
        ("/console/rooms/7J2Ij6MU", "text/html, application/json"),
    ],
)
def test_people_are_answered_with_a_page(path: str, accept: str) -> None:
    assert not is_program(by(path, accept))


async def test_what_the_router_refuses_is_worded_by_us_for_people_and_programs(
    tmp_path: Path,
) -> None:
    async with open_service(tmp_path) as service:
        page, program = [
            await service.request("PUT", path) for path in ("/history", "/api/reports")
        ]

    text = "This page can't be used that way. Go back and try again."
    assert (page.status_code, program.status_code) == (405, 405)
    assert text.replace("'", "&#39;") in page.text
    assert program.json() == {"code": "refused", "text": text}


async def test_a_page_that_refuses_leaves_for_where_all_pages_do(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        start, refused = [await service.request("GET", path) for path in ("/", "/nowhere")]

        leave = f'data-leave-url="{service.desks.place.leave_url}"'
        assert refused.status_code == 404
        assert leave in start.text and leave in refused.text


@pytest.mark.parametrize("announced", [True, False])
async def test_who_brings_too_much_is_told_so_whether_it_was_announced_or_not(
    tmp_path: Path, *, announced: bool
) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    body = b"what=" + bytes(BODY_LIMIT)

    async def in_pieces() -> AsyncIterator[bytes]:
        yield body

    async with open_service(tmp_path) as service:
        page = await service.request(
            "POST", "/", content=body if announced else in_pieces(), headers=form
        )
        program = await service.request(
            "POST", "/api/reports", content=body if announced else in_pieces(),
            headers={"content-type": "application/json"},
        )  # fmt: skip

    text = "That is too much at once. Send it in two parts."
    assert (page.status_code, program.status_code) == (413, 413)
    assert text in page.text and "<html" in page.text
    assert program.json() == {"code": "refused", "text": text}


async def test_as_much_as_it_may_be_is_taken(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        answer = await service.request(
            "POST", "/api/reports", content=b"{}".ljust(BODY_LIMIT),
            headers={"content-type": "application/json"},
        )  # fmt: skip

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_frame")


@pytest.mark.parametrize("path", ["/leave", "/console/sign-in", "/api/reports"])
async def test_where_no_files_are_taken_a_form_that_could_have_some_may_be_no_longer(
    tmp_path: Path, path: str
) -> None:
    async with open_service(tmp_path) as service:
        answer = await service.request(
            "POST", path, content=bytes(BODY_LIMIT + 1),
            headers={"content-type": "multipart/form-data; boundary=x"},
        )  # fmt: skip

    assert answer.status_code == 413


async def test_what_it_refuses_for_another_reason_has_words_too(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        odd = HTTPException(418, "Short and stout, at /var/lib/teapot")
        answer = await http_error(asking(service, "/api/reports"), odd)

    assert json.loads(bytes(answer.body)) == {"code": "refused", "text": Refusal.text}


async def test_after_a_bug_the_connection_ends_and_the_answer_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(tmp_path) as service:

        def break_down(*_args: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(service.desks.pages, "render", break_down)
        answer = await service.request("GET", "/")

    assert answer.status_code == 500
    assert answer.headers["connection"] == "close"
