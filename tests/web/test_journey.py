"""The reporter's journey over HTTP, as browsers of all kinds take it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any

import anyio
import httpx2
import pytest

from messenger.domain.errors import StoreDown
from messenger.storage.sharded import ShardedDirectory
from tests.cast import TEASING
from tests.proofs.service import District, open_district, open_service, reporter_cookie
from tests.services.evidence import LONG, photo, pieces
from tests.web.test_destination import hidden

MOMENT = 2.0
"""Seconds of work after which an answer has to be there."""


@pytest.mark.parametrize(
    "typed", ["a " * 60_000, "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 14_000]
)
async def test_however_much_is_typed_to_find_a_school_the_answer_comes_at_once(
    tmp_path: Path, typed: str
) -> None:
    async with open_service(tmp_path) as service:
        await open_district(service)

        began = process_time()
        with anyio.fail_after(10 * MOMENT):
            page = await service.request("POST", "/", data={"do": "find", "school": typed})

        assert process_time() - began < MOMENT
        assert page.status_code == 422
        assert "No school found. Try one word of its name." in page.text


class OldBrowser:
    """One without scripts that says nothing of where a form comes from but that it may not say so."""

    def __init__(self, district: District) -> None:
        self._service = district.service
        self._cookies: dict[str, str] = {}

    async def get(self, path: str) -> httpx2.Response:
        return await self._ask("GET", path, {"origin": None})

    async def post(self, **fields: str) -> httpx2.Response:
        return await self.post_to("/", **fields)

    async def post_to(self, path: str, **fields: str) -> httpx2.Response:
        return await self._ask("POST", path, {"origin": "null"}, data=fields)

    async def _ask(
        self, method: str, path: str, headers: dict[str, str | None], **more: Any
    ) -> httpx2.Response:
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        answer = await self._service.request(method, path, cookie, headers=headers, **more)
        self._cookies |= dict(answer.cookies)
        return answer


@pytest.mark.parametrize(("view", "do"), [("report", "send_report"), ("talk", "send_talk")])
async def test_a_browser_that_says_little_reports_and_goes_on_with_the_forms_it_is_shown(
    tmp_path: Path, view: str, do: str
) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        browser = OldBrowser(district)
        words = {"what": "They call her names.", "category": "bullying", "danger": "no"}

        await browser.get(f"/c/{district.code}")
        start = await browser.get("/")
        form = await browser.post(**hidden(start) | {"go": view})
        sent = await browser.post(**hidden(form) | words | {"do": do})
        room = await browser.get("/")
        again = await browser.post(**hidden(room) | {"go": "privacy"})

        statuses = [each.status_code for each in (start, form, sent, room, again)]
        assert statuses == [200, 200, 303, 200, 200]


async def down(_query: object) -> object:
    raise StoreDown


@asynccontextmanager
async def without_north(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[District]:
    """A district, and the database of others is down."""
    shards = {"north": f"sqlite:///{tmp_path / 'north.db'}"}
    async with open_service(tmp_path / "home", shards=shards) as service:
        district = await open_district(service)
        directory = service.desks.directory
        assert isinstance(directory, ShardedDirectory)
        monkeypatch.setattr(directory._shards.databases["north"], "read", down)
        yield district


async def test_while_the_database_of_other_schools_is_down_a_report_gets_in_and_one_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = {"what": "They call her names.", "category": "bullying", "danger": "no"}
    async with without_north(tmp_path, monkeypatch) as district:
        browser = OldBrowser(district)
        await browser.get(f"/c/{district.code}")
        start = await browser.get("/")
        form = await browser.post(**hidden(start) | {"go": "report"})
        sent = await browser.post(**hidden(form) | words | {"do": "send_report"})
        receipt = await browser.get("/")
        left = await browser.post_to("/leave", **hidden(receipt))

    assert [each.status_code for each in (start, form, sent, receipt)] == [200, 200, 303, 200]
    assert "Keep these six words" in receipt.text
    assert left.headers["location"] == "https://www.weather.gov/"


async def test_a_report_that_came_while_another_database_was_down_is_known_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with without_north(tmp_path, monkeypatch) as district:
        reporting = district.service.desks.reporting
        to = district.organization.id, district.school.id
        send = partial(reporting.submit, reporting.new_token(), *to)

        first = await send("draft-0001", TEASING)
        monkeypatch.undo()
        again = await send("draft-0001", TEASING)
        other = await send("draft-0002", TEASING)

    assert again.reporter.room == first.reporter.room
    assert other.reporter.room != first.reporter.room


async def test_whoever_leaves_in_an_outage_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        browser = OldBrowser(district)
        await browser.get(f"/c/{district.code}")
        start = await browser.post(**hidden(await browser.get("/")) | {"go": "report"})
        monkeypatch.setattr(service.desks.reporting, "leave", down)

        left = await browser.post_to("/leave", **hidden(start))

    assert left.headers["location"] == "https://www.weather.gov/"
    assert left.headers["clear-site-data"] == '"cache", "storage"'


@pytest.mark.parametrize(
    ("view", "do", "first", "then", "offered"),
    [
        (
            "report", "send_report", {"what": "He hit her.", "danger": "no", "category": "bullying"},
            {"danger": "yes", "where": "At the gym", "identity": "named", "name": "Mia"},
            "He hit her.\nDanger right now: Yes, right now\nWhere: At the gym\nYour name: Mia",
        ),
        ("talk", "send_talk", {"what": "He hit her."}, {"what": "He hits her!"}, "He hits her!"),
    ],
)  # fmt: skip
async def test_what_was_changed_before_a_report_was_sent_again_is_offered_as_a_message_in_its_room(
    tmp_path: Path, view: str, do: str, first: dict[str, str], then: dict[str, str], offered: str
) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        browser = OldBrowser(district)
        await browser.get(f"/c/{district.code}")
        form = await browser.post(**hidden(await browser.get("/")) | {"go": view})
        words = hidden(form) | first | {"do": do}

        assert (await browser.post(**words)).status_code == 303
        room = await browser.post(**words | then)

        assert room.status_code == 422 and "as you sent it at first" in room.text
        assert f">\n{offered}</textarea>" in room.text
        said = await browser.post(**hidden(room) | {"do": "say", "body": offered})
        assert said.status_code == 303
        history = await browser.get("/history")
        assert len(await service.desks.rooms.rooms(district.organization.id)) == 1
        assert all(line in history.text for line in offered.splitlines())


async def test_a_link_with_a_code_we_do_not_know_says_so_and_forgets_the_school_before(
    tmp_path: Path,
) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        browser = OldBrowser(district)
        await browser.get(f"/c/{district.code}")
        assert district.organization.name in (await browser.get("/")).text

        await browser.get("/c/LINCLON")
        page = await browser.get("/")

        assert page.status_code == 200 and "We don&#39;t know this code" in page.text
        assert district.organization.name not in page.text
        found = await browser.post(**hidden(page) | {"do": "find", "code": district.code})
        assert found.status_code == 303
        assert district.organization.name in (await browser.get("/")).text


async def test_a_report_with_a_file_shows_its_six_words_first(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        mia = await district.report()
        cookie = reporter_cookie(mia)
        here, _ = await service.desks.chat.enter(mia.reporter, mia.reporter.room)
        id = (await service.desks.uploads.announce(here, "photo-0001", photo())).id
        await service.desks.uploads.receive(here, id, 0, pieces(LONG))
        await service.desks.finishing.finish(here, id)

        assert "Keep these six words" in (await service.request("GET", "/", cookie)).text
        await service.desks.chat.say(here, "message-01", "And this.")
        assert "Keep these six words" not in (await service.request("GET", "/", cookie)).text


async def test_an_empty_introduction_is_told_what_to_write(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        cookie = reporter_cookie(await district.report())

        page = await service.request("POST", "/", cookie, data={"do": "introduce", "name": " "})

        assert page.status_code == 422
        assert "Write your name, or how to reach you." in page.text


async def test_who_comes_back_by_six_words_in_such_a_browser_can_say_something(
    tmp_path: Path,
) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        words = " ".join(await service.desks.reporting.ready_receipt(await district.report()))
        browser = OldBrowser(district)

        await browser.get(f"/c/{district.code}")
        room = await browser.post(**hidden(await browser.get("/")) | {"do": "open", "words": words})
        said = await browser.post(**hidden(room) | {"do": "say", "body": "It is me."})

        assert (room.status_code, said.status_code) == (200, 303)


@pytest.mark.parametrize(("view", "do"), [("report", "send_report"), ("talk", "send_talk")])
async def test_who_gives_their_words_away_in_a_new_report_is_shown_where_they_belong(
    tmp_path: Path, view: str, do: str
) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        words = " ".join(await service.desks.reporting.ready_receipt(await district.report()))
        written = f"I wrote before. My words are {words}. He did it again."
        browser = OldBrowser(district)
        await browser.get(f"/c/{district.code}")
        form = await browser.post(**hidden(await browser.get("/")) | {"go": view})
        typed = {"what": written, "category": "bullying", "danger": "no"}

        refused = await browser.post(**hidden(form) | typed | {"do": do})
        way_back = await browser.post(**hidden(refused) | typed | {"go": "return"})
        room = await browser.post(**hidden(way_back) | {"do": "open", "words": words})
        said = await browser.post(**hidden(room) | {"do": "say", "body": "He did it again."})

        assert refused.status_code == 422 and f">\n{written}</textarea>" in refused.text
        assert 'id="what-error"' in refused.text and "Keep them to yourself" in refused.text
        assert re.search(r'value="return".*Open your conversation', refused.text)
        assert f">\n{written}</textarea>" in room.text
        assert said.status_code == 303
        assert len(await service.desks.rooms.rooms(district.organization.id)) == 1


async def test_a_report_of_a_program_with_the_words_of_a_room_is_refused_as_a_message_is(
    tmp_path: Path,
) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        words = " ".join(await service.desks.reporting.ready_receipt(await district.report()))
        token = service.desks.reporting.new_token().text
        body = {"token": token, "code": district.code, "id": "draft-0001"}

        refused = await service.request("POST", "/api/reports", json=body | {"what": words})
        told = await service.request("POST", "/api/reports", json=body | {"what": "It is me."})

        assert (refused.status_code, refused.json()["code"]) == (422, "contains_receipt")
        assert told.status_code == 201


async def test_a_page_is_locked_only_once_the_six_words_were_kept(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        mia = await (await open_district(service)).report()

        async def kept() -> list[str]:
            pages = [
                await service.request("POST", "/", reporter_cookie(mia), data={"go": view})
                for view in ("room", "held")
            ]
            return [re.findall(r'data-kept="(\w+)"', page.text)[0] for page in pages]

        assert await kept() == ["false", "false"]
        words = await service.desks.reporting.ready_receipt(mia)
        await service.desks.reporting.keep(mia, 1, words[0])
        assert await kept() == ["true", "true"]


async def test_no_page_says_what_the_team_makes_of_a_report(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        mia, ana = await district.report(), await district.member("ana")
        here, _ = await service.desks.chat.enter(ana.check_approved(), mia.reporter.room)

        await service.desks.chat.triage(here, "triage-001", "life_safety")

        for view in ("receipt", "room", "held"):
            page = await service.request("POST", "/", reporter_cookie(mia), data={"go": view})
            assert page.status_code == 200 and "crisis--shown" not in page.text
        frame = await service.request("GET", "/history", reporter_cookie(mia))
        assert frame.status_code == 200 and "crisis--shown" not in frame.text
