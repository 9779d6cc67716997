"""While many come: programs are asked for work, pages offer theirs, and a form is taken as it comes."""

import re
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import anyio
import httpx2
import pytest

from messenger.domain.errors import TooBusy
from messenger.domain.work import CALM, RETURNS, Puzzle, reports_of
from messenger.security.passwords import THREADS, ThreadedStretcher
from tests.cast import CHEAP
from tests.proofs.service import PATIENCE, District, open_district, open_service, reporter_cookie
from tests.solving import solve

WORDS = "apple apple apple apple apple apple"
"""Six words, and nobody's."""
AT_ONCE = 20


@asynccontextmanager
async def open_town(
    folder: Path, stretcher: ThreadedStretcher | None = None
) -> AsyncIterator[District]:
    async with open_service(folder, stretcher=stretcher) as service:
        yield await open_district(service)


async def crowd(district: District, entrance: str) -> None:
    """More than calm came by this entrance just now."""
    for _ in range(2 * CALM):
        await district.service.desks.toll.take(entrance, "")


async def report(district: District, work: str = "", id: str = "") -> httpx2.Response:
    """Report as a program does."""
    token = district.service.desks.reporting.new_token().text
    body = {"token": token, "code": district.code, "id": id or token_urlsafe(12), "work": work}
    return await district.service.request("POST", "/api/reports", json=body | {"what": "A knife."})


async def fill_in(district: District, do: str, **fields: str) -> httpx2.Response:
    """Send a form as a page does; without `work` as one without scripts."""
    school = f"school={district.organization.id}.{district.school.id}"
    return await district.service.request("POST", "/", school, data={"do": do, **fields})


async def page(district: District, view: str) -> str:
    school = f"school={district.organization.id}.{district.school.id}"
    return (await district.service.request("POST", "/", school, data={"go": view})).text


def puzzle_of(answer: httpx2.Response) -> Puzzle:
    return Puzzle(**answer.json()["puzzle"])


def puzzle_on(text: str) -> Puzzle:
    found: dict[str, Any] = dict(re.findall(r'data-(salt|digest|most|mark)="([^"]*)"', text))
    return Puzzle(**found | {"most": int(found["most"])})


async def test_a_program_is_asked_solves_it_and_reports(tmp_path: Path) -> None:
    async with open_town(tmp_path) as district:
        assert (await report(district)).status_code == 201
        await crowd(district, reports_of(district.organization.id))

        asked = await report(district)
        worked = solve(puzzle_of(asked))
        told = await report(district, worked)
        again = await report(district, worked)

        assert (asked.status_code, asked.json()["code"]) == (429, "needs_work")
        assert told.status_code == 201
        assert len(told.json()["receipt"]) == 6
        assert again.status_code == 429


async def test_a_program_that_asks_first_is_not_refused(tmp_path: Path) -> None:
    async with open_town(tmp_path) as district:
        address = f"/api/organizations/{district.code}"
        assert (await district.service.request("GET", address)).json()["puzzle"] is None
        await crowd(district, reports_of(district.organization.id))

        puzzle = puzzle_of(await district.service.request("GET", address))

        assert (await report(district, solve(puzzle))).status_code == 201


async def test_the_same_report_again_is_the_same_report_and_may_be_asked_for_work(
    tmp_path: Path,
) -> None:
    async with open_town(tmp_path) as district:
        token = district.service.desks.reporting.new_token().text
        body = {"token": token, "code": district.code, "id": "draft-0001", "what": "A knife."}
        first = await district.service.request("POST", "/api/reports", json=body)
        await crowd(district, reports_of(district.organization.id))

        asked = await district.service.request("POST", "/api/reports", json=body)
        body["work"] = solve(puzzle_of(asked))
        again = await district.service.request("POST", "/api/reports", json=body)

        assert (again.status_code, again.json()) == (201, first.json())


async def test_a_program_works_for_coming_back_whether_the_words_are_right_or_not(
    tmp_path: Path,
) -> None:
    async with open_town(tmp_path) as district:
        receipt = " ".join((await report(district)).json()["receipt"])
        await crowd(district, RETURNS)

        for words, status in ((receipt, 201), (WORDS, 422)):
            asked = await district.service.request("POST", "/api/return", json={"receipt": words})
            body = {"receipt": words, "work": solve(puzzle_of(asked))}
            answer = await district.service.request("POST", "/api/return", json=body)
            assert (asked.status_code, answer.status_code) == (429, status)


@pytest.mark.parametrize("do", ["send_report", "send_talk"])
async def test_a_form_is_taken_with_any_work_or_none(tmp_path: Path, do: str) -> None:
    async with open_town(tmp_path) as district:
        entrance = reports_of(district.organization.id)
        await crowd(district, entrance)
        puzzle = district.service.desks.toll.ask(entrance)
        assert puzzle is not None
        good = solve(puzzle)
        fields = {"category": "bullying", "what": "They call her names.", "danger": "no"}

        for work in ({}, {"work": ""}, {"work": "nonsense"}, {"work": good}, {"work": good}):
            answer = await fill_in(district, do, **fields, **work)
            assert (answer.status_code, answer.headers["location"]) == (303, "/")

        assert len(await district.service.desks.rooms.rooms(district.organization.id)) == 5


@pytest.mark.slow
async def test_a_whole_school_s_forms_are_taken_while_many_come_already(tmp_path: Path) -> None:
    async with open_town(tmp_path) as district:
        await crowd(district, reports_of(district.organization.id))

        async with anyio.create_task_group() as tasks:
            for _ in range(AT_ONCE):
                tasks.start_soon(_say_me_too, district, 500 // AT_ONCE)

        rooms = await district.service.desks.rooms.rooms(district.organization.id)
        assert len(rooms) == 500


async def _say_me_too(district: District, times: int) -> None:
    for _ in range(times):
        answer = await fill_in(district, "send_talk", what="Me too.")
        assert answer.status_code == 303


async def test_nobody_who_comes_back_without_scripts_is_asked(tmp_path: Path) -> None:
    async with open_town(tmp_path) as district:
        receipt = " ".join((await report(district)).json()["receipt"])
        await crowd(district, RETURNS)

        answer = await fill_in(district, "open", words=receipt)

        assert answer.status_code == 200
        assert "A knife." in answer.text


async def test_pages_bring_a_puzzle_while_many_come_and_none_in_calm(tmp_path: Path) -> None:
    async with open_town(tmp_path) as district:
        for view in ("report", "talk", "return"):
            assert 'name="work"' not in await page(district, view)

        entrances = {"report": reports_of(district.organization.id), "return": RETURNS}
        for view, entrance in (entrances | {"talk": entrances["report"]}).items():
            await crowd(district, entrance)
            assert await district.service.desks.toll.take(
                entrance, solve(puzzle_on(await page(district, view)))
            )


async def test_a_reporter_who_is_in_a_room_is_never_asked(tmp_path: Path) -> None:
    async with open_town(tmp_path) as district:
        mia = await district.report()
        await crowd(district, reports_of(district.organization.id))

        said = await district.service.request(
            "POST", "/", reporter_cookie(mia), data={"do": "say", "body": "He is in the gym."}
        )

        assert said.status_code == 303


class Rush:
    """All places before Argon2id, taken by those who didn't work."""

    PLACES = 3
    LONGEST = 60.0

    def __init__(self) -> None:
        self.stretcher = ThreadedStretcher(CHEAP, CHEAP, waiting=self.PLACES)
        self._over = threading.Event()
        self._sent_away = 0

    @asynccontextmanager
    async def at(self, share: str) -> AsyncIterator[None]:
        """Have them wait in the line of `share`, to the end."""
        self._over, self._sent_away = threading.Event(), 0
        async with anyio.create_task_group() as tasks:
            for _ in range(THREADS + self.PLACES):
                tasks.start_soon(self._wait, share)
            while len(self.stretcher._turnstile._waiting) < self.PLACES:
                await anyio.lowlevel.checkpoint()
            try:
                yield
            finally:
                self._over.set()

    async def end_once_somebody_made_room(self) -> None:
        with anyio.fail_after(PATIENCE):
            while not self._sent_away:
                await anyio.lowlevel.checkpoint()
        self._over.set()

    async def _wait(self, share: str) -> None:
        try:
            await self.stretcher._run(f"receipt {share}", self._work)
        except TooBusy:
            self._sent_away += 1

    def _work(self) -> bytes:
        self._over.wait(self.LONGEST)
        return b""


async def test_whoever_worked_is_served_where_others_are_told_to_wait(tmp_path: Path) -> None:
    rush = Rush()
    async with open_town(tmp_path, rush.stretcher) as district:
        words = " ".join((await report(district)).json()["receipt"])
        await crowd(district, RETURNS)
        work = solve(puzzle_on(await page(district, "return")))

        async with rush.at(""), anyio.create_task_group() as tasks:
            without = await fill_in(district, "open", words=words)
            tasks.start_soon(rush.end_once_somebody_made_room)
            worked = await fill_in(district, "open", words=words, work=work)

        assert (without.status_code, worked.status_code) == (422, 200)
        assert "Many people are here right now." in without.text


@pytest.mark.slow
@pytest.mark.parametrize("line", ["", "somebody else's"])
async def test_a_report_gets_in_in_a_rush_whatever_is_in_it(tmp_path: Path, line: str) -> None:
    rush = Rush()
    async with open_town(tmp_path, rush.stretcher) as district:
        words = " ".join((await report(district)).json()["receipt"])

        async with rush.at(line):
            with anyio.fail_after(PATIENCE):
                sent = await fill_in(district, "send_talk", what=f"My words are {words}.")
        calm = await fill_in(district, "send_talk", what=f"My words are {words}.")

        assert (sent.status_code, calm.status_code) == (303, 422)


async def test_a_program_that_worked_gets_its_receipt_in_a_rush(tmp_path: Path) -> None:
    rush = Rush()
    async with open_town(tmp_path, rush.stretcher) as district:
        place = district.organization.id
        async with rush.at(place):
            assert (await report(district)).json()["code"] == "too_busy"
        await crowd(district, reports_of(place))
        work = solve(puzzle_of(await report(district)))

        async with rush.at(place), anyio.create_task_group() as tasks:
            tasks.start_soon(rush.end_once_somebody_made_room)
            told = await report(district, work)

        assert len(told.json()["receipt"]) == 6


async def test_a_page_that_worked_has_its_receipt_when_others_wait_for_theirs(
    tmp_path: Path,
) -> None:
    rush = Rush()
    async with open_town(tmp_path, rush.stretcher) as district:
        place = district.organization.id
        await crowd(district, reports_of(place))
        work = solve(puzzle_on(await page(district, "report")))
        fields = {"category": "bullying", "what": "They call her names.", "danger": "no"}

        async with rush.at(place), anyio.create_task_group() as tasks:
            without = await fill_in(district, "send_report", **fields)
            tasks.start_soon(rush.end_once_somebody_made_room)
            worked = await fill_in(district, "send_report", **fields, work=work)
        async with rush.at(place):
            for sent, status in ((worked, 200), (without, 503)):
                cookie = f"reporter={sent.cookies['reporter']}"
                assert sent.status_code == 303
                shown = await district.service.request("GET", "/", cookie)
                assert shown.status_code == status
