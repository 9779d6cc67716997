"""The HTTP API as a program meets it that was written from docs/protocol.md."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from messenger.protocol.closing import Close
from messenger.web.api import ReportIn, ReportOut, ReturnIn, ReturnOut, TokenIn, TokenOut
from messenger.web.attachments import AnnounceIn
from messenger.web.desks import Place
from messenger.web.enclosures import Unsent
from messenger.web.multipart import IncomingFile
from messenger.web.visit import Visit
from tests.proofs.service import open_district, open_service

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("path", "latin_1"),
    [("/api/reports", b'{"what": "\xe9"}'), ("/api/return", b'{"receipt": "\xe9"}')],
)
async def test_bytes_that_are_no_text_are_refused_as_any_other_bad_shape(
    tmp_path: Path, path: str, latin_1: bytes
) -> None:
    async with open_service(tmp_path) as service:
        answer = await service.request("POST", path, content=latin_1, headers=JSON)

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_frame")


async def test_who_has_kept_their_words_is_not_told_them_again_and_leaves_for_good(
    tmp_path: Path,
) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)

        async def post(path: str, **body: str) -> httpx2.Response:
            return await service.request("POST", path, json=body, headers={"origin": None})

        given = await post("/api/tokens")
        report = {"code": district.code, "id": "draft-0001", "what": "Hi.", **given.json()}
        reported = await post("/api/reports", **report)
        token = reported.json()["token"]
        kept = await post("/api/receipts/kept", token=token)
        again = await post("/api/reports", **report)
        socket = service.connect(origin=None)
        socket.say({"t": "hello", "v": 1, "token": token})
        assert await socket.until("welcome")
        left = await post("/api/leave", token=token)

        assert await socket.closed() == Close.SIGNED_OUT
        assert (await post("/api/receipts/kept", token=token)).status_code == 404
    assert len(reported.json()["receipt"]) == 6 and again.json()["receipt"] == []
    assert (kept.status_code, left.status_code) == (204, 204)
    for answer in (given, reported):
        assert answer.headers["content-type"] == "application/json"


async def test_a_program_hears_which_field_of_a_report_is_wrong(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        token = service.desks.reporting.new_token().text
        report = {"token": token, "code": district.code, "id": "draft-0001", "what": " "}

        refused = await service.request("POST", "/api/reports", json=report)

    assert (refused.status_code, refused.json()["code"]) == (422, "bad_report")
    assert refused.json()["text"].startswith("what: ")


def test_what_programs_send_and_are_told_shows_no_secret_when_it_is_printed() -> None:
    told = repr(
        [
            ReportIn("s3cret", "LINCOLN", "draft-0001", "s3cret", where="s3cret", name="s3cret"),
            ReportOut("s3cret", ["s3cret"]),
            ReturnIn("s3cret"),
            ReturnOut("s3cret", 0),
            TokenIn("s3cret"),
            TokenOut("s3cret"),
            AnnounceIn("photo-0001", "image/jpeg", 5, alt="s3cret"),
        ]
    )

    assert "s3cret" not in told
    assert "ReportIn" in told


def test_nor_does_a_form_or_the_name_of_a_file_or_who_may_see_the_figures() -> None:
    nobody: Any = None
    typed = {"what": "s3cret"}
    place = Place("http://x", frozenset(), "http://y", is_https=False, metrics_token="s3cret")

    told = repr(
        [
            Visit(nobody, nobody, None, None, None, typed, typed),
            IncomingFile("s3cret.jpg", "image/jpeg", nobody),
            Unsent("s3cret.jpg", "It is too large."),
            place,
        ]
    )

    assert "s3cret" not in told
    assert "image/jpeg" in told and "http://y" in told


async def test_who_mistyped_a_code_hears_so_and_nothing_of_conversations(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        token = service.desks.reporting.new_token().text
        report = {"token": token, "code": "LINCLON", "id": "draft-0001", "what": "Hi."}

        looked_up = await service.request("GET", "/api/organizations/LINCLON")
        reported = await service.request("POST", "/api/reports", json=report)

    for answer in (looked_up, reported):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert answer.json()["text"].startswith("We don't know this code.")


@pytest.mark.parametrize("odd", [{"danger": "Yes"}, {"danger": ""}, {"relation": "i saw it"}])
async def test_a_program_that_misspells_a_danger_hears_so_and_its_report_is_not_ranked_low(
    tmp_path: Path, odd: dict[str, str]
) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        token = service.desks.reporting.new_token().text
        report = {"token": token, "code": district.code, "id": "draft-0001", "what": "A knife."}
        report |= {"category": "fighting_assault", "danger": "yes", "relation": "i_saw_it"}

        misspelled = await service.request("POST", "/api/reports", json=report | odd)
        spelled = await service.request("POST", "/api/reports", json=report)
        rooms = await service.desks.rooms.rooms(district.organization.id)

    assert (misspelled.status_code, misspelled.json()["code"]) == (422, "bad_frame")
    assert spelled.status_code == 201
    assert [room.urgency for room in rooms] == ["life_safety"]
