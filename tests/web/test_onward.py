"""What a script is answered when an act leads home: the page, as a browser would have found it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from messenger.web.jar import JAR
from tests.cast import ORIGIN
from tests.proofs.service import (
    District,
    open_district,
    open_service,
    reporter_cookie,
)

TALK = {"do": "send_talk", "what": "They call her names.", "draft_id": "draft-0001"}


@asynccontextmanager
async def opened(tmp_path: Path) -> AsyncIterator[District]:
    async with open_service(tmp_path) as service:
        yield await open_district(service)


async def act(
    district: District, fields: dict[str, str], cookie: str = "", asks: str = "empty", **held: str
) -> httpx2.Response:
    headers = {"sec-fetch-dest": asks} | ({JAR: held["jar"]} if held else {})
    return await district.service.request("POST", "/", cookie, data=fields, headers=headers)


def at_school(district: District) -> str:
    return f"school={district.organization.id}.{district.school.id}"


async def test_a_script_is_given_the_page_and_the_cookies_of_both_answers(tmp_path: Path) -> None:
    async with opened(tmp_path) as district:
        sent = await act(district, TALK, at_school(district))

        assert sent.status_code == 200
        assert "composer__field" in sent.text and TALK["what"] in sent.text
        assert "location" not in sent.headers
        token = sent.cookies["reporter"]
        there = await district.service.request("GET", "/", f"reporter={token}")
        assert TALK["what"] in there.text


async def test_a_browser_goes_there_by_itself(tmp_path: Path) -> None:
    async with opened(tmp_path) as district:
        for asks in ("document", "iframe"):
            sent = await act(district, TALK, at_school(district), asks)

            assert (sent.status_code, sent.headers["location"], sent.text) == (303, "/", "")


async def test_a_frame_is_given_it_too_and_keeps_what_would_be_cookies(tmp_path: Path) -> None:
    async with opened(tmp_path) as district:
        held = f"code={district.code}; {at_school(district)}"

        sent = await act(district, TALK, jar=held)

        assert sent.status_code == 200
        assert TALK["what"] in sent.text
        assert sent.headers[JAR].startswith("reporter=")
        assert "set-cookie" not in sent.headers


async def test_a_cookie_that_was_taken_away_is_gone_for_the_page(tmp_path: Path) -> None:
    async with opened(tmp_path) as district:
        before = await district.service.request("GET", "/", at_school(district))

        after = await act(district, {"do": "change_school"}, at_school(district))

        assert district.school.name in before.text
        assert after.status_code == 200
        assert district.school.name not in after.text
        assert "school" in after.headers["set-cookie"]


async def test_what_needs_another_look_is_answered_as_ever(tmp_path: Path) -> None:
    async with opened(tmp_path) as district:
        sent = await act(district, TALK | {"what": ""}, at_school(district))

        assert sent.status_code == 422
        assert 'id="errors"' in sent.text


async def test_what_was_said_before_is_there_and_nothing_is_said_twice(tmp_path: Path) -> None:
    async with opened(tmp_path) as district:
        way_in = await district.report()
        cookie = reporter_cookie(way_in)
        words = {"do": "say", "id": "message-0001", "body": "Are you there?"}

        await act(district, words, cookie)
        said = await act(district, words, cookie)

        assert said.status_code == 200
        assert said.text.count("Are you there?") == 1


@pytest.mark.parametrize("other", [r'foo="x\073 reporter={}"', "foo=x\x0b reporter={}", '"=; a=b"'])
async def test_a_cookie_of_another_site_s_is_never_taken_for_one_of_ours(
    tmp_path: Path, other: str
) -> None:
    async with opened(tmp_path) as district:
        theirs = reporter_cookie(await district.report()).partition("=")[2]
        ours = await act(district, TALK, at_school(district))
        cookies = f"{at_school(district)}; reporter={ours.cookies['reporter']}; {other}"
        words = {"do": "say", "id": "message-0001", "body": "Are you there?"}

        said = await act(district, words, cookies.format(theirs))

        assert "Are you there?" in said.text and TALK["what"] in said.text


async def test_every_line_of_cookies_is_read(tmp_path: Path) -> None:
    async with opened(tmp_path) as district:
        sent = await act(district, TALK, at_school(district))
        headers = [
            ("origin", ORIGIN), ("sec-fetch-dest", "empty"), ("cookie", "a=b"),
            ("cookie", f"reporter={sent.cookies['reporter']}"),
        ]  # fmt: skip
        words = {"do": "say", "id": "message-0001", "body": "Are you there?"}

        transport = httpx2.ASGITransport(district.service)
        async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            said = await client.post("/", data=words, headers=headers)

        assert "Are you there?" in said.text
