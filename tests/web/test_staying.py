"""Without scripts nothing says "still here" but a frame that loads itself again; what comes too late is not lost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx2
from markupsafe import escape
from starlette.applications import Starlette

from messenger.app import State
from messenger.domain.errors import Refusal
from messenger.services.reporting import WayIn
from messenger.web.errors import refused
from messenger.web.middleware import SecurityHeaders
from messenger.web.routes import routes
from tests.cast import House, open_house
from tests.clocks import StoppedClock
from tests.proofs.service import Service, reporter_cookie
from tests.web.test_destination import hidden


@dataclass(slots=True)
class Afternoon:
    """A house with its pages, on a stopped clock; Mia has reported."""

    house: House
    clock: StoppedClock
    service: Service
    mia: WayIn

    async def head(self) -> int:
        room = await self.house.desks.rooms.find_room(self.mia.reporter.room)
        assert room is not None
        return room.head

    async def history(self) -> httpx2.Response:
        return await self.service.request("GET", "/history", reporter_cookie(self.mia))


@asynccontextmanager
async def open_afternoon(folder: Path) -> AsyncIterator[Afternoon]:
    clock = StoppedClock()
    async with open_house(folder, clock) as house:
        app = Starlette(routes=routes(), exception_handlers={Refusal: refused})
        app.add_middleware(SecurityHeaders, place=house.desks.place)
        state: State = {"desks": house.desks}
        yield Afternoon(house, clock, Service(app, {**state}, None), await house.report())


async def test_who_waits_for_an_answer_without_scripts_stays_signed_in(tmp_path: Path) -> None:
    async with open_afternoon(tmp_path) as afternoon:
        for _ in range(10):
            afternoon.clock.pass_by(hours=1)

            assert (await afternoon.history()).status_code == 200


async def test_who_is_away_for_long_does_not(tmp_path: Path) -> None:
    async with open_afternoon(tmp_path) as afternoon:
        await afternoon.history()

        afternoon.clock.pass_by(hours=5)

        assert (await afternoon.history()).status_code == 404


async def test_a_stay_that_goes_on_for_longer_already_is_not_written_again(tmp_path: Path) -> None:
    async with open_afternoon(tmp_path) as afternoon:
        later = int((afternoon.clock() + timedelta(hours=10)).timestamp())
        await afternoon.house.parts.sessions.extend_session(afternoon.mia.reporter.session, later)

        await afternoon.history()

        way_in = await afternoon.house.desks.reporting.find(afternoon.mia.token)
        assert way_in is not None and way_in.stays_until == later


# What is written when it is over all the same


WORDS = 'It was "him".\nIn the gym.'


async def typed_too_late(afternoon: Afternoon, do: str = "say", **more: str) -> httpx2.Response:
    """Mia reports, goes away for long, comes back to the page that still stands there, and sends it."""
    cookie = reporter_cookie(afternoon.mia)
    room = await afternoon.service.request("POST", "/", cookie, data={"go": "room"})
    afternoon.clock.pass_by(hours=5)
    form = hidden(room) | {"do": do, "body": WORDS} | more
    return await afternoon.service.request("POST", "/", cookie, data=form)


async def opened(afternoon: Afternoon, page: httpx2.Response, words: str) -> httpx2.Response:
    """Mia fills in her six words on the page that asks for them."""
    fields = {name: unescape(value) for name, value in hidden(page).items()}
    form = fields | {"do": "open", "words": words}
    return await afternoon.service.request("POST", "/", reporter_cookie(afternoon.mia), data=form)


async def test_a_message_to_a_session_that_is_over_asks_for_the_words_and_is_there_again(
    tmp_path: Path,
) -> None:
    async with open_afternoon(tmp_path) as afternoon:
        words = " ".join(await afternoon.house.desks.reporting.ready_receipt(afternoon.mia))

        asked = await typed_too_late(afternoon)
        wrong = await opened(afternoon, asked, "apple apple apple apple apple apple")
        room = await opened(afternoon, wrong, words)

        for page in (asked, wrong):
            assert "Open your conversation" in page.text and "it is not lost" in page.text
        assert f">\n{escape(WORDS)}</textarea>" in room.text
        assert "This is not sent yet." in room.text
        assert await afternoon.head() == 1


async def test_a_name_given_to_a_session_that_is_over_is_there_again(tmp_path: Path) -> None:
    async with open_afternoon(tmp_path) as afternoon:
        words = " ".join(await afternoon.house.desks.reporting.ready_receipt(afternoon.mia))

        asked = await typed_too_late(afternoon, "introduce", name="Mia", contact="555-0100")
        page = await opened(afternoon, asked, words)

        assert "Tell them who you are" in page.text and "This is not sent yet." in page.text
        assert 'value="Mia"' in page.text and 'value="555-0100"' in page.text
        assert await afternoon.head() == 1


async def test_nobody_else_at_the_device_brings_back_what_was_typed(tmp_path: Path) -> None:
    async with open_afternoon(tmp_path) as afternoon:
        house, service, cookie = (
            afternoon.house, afternoon.service, reporter_cookie(afternoon.mia)
        )  # fmt: skip
        room = await service.request("POST", "/", cookie, data={"go": "room"})
        form = hidden(room) | {"do": "say", "body": WORDS}
        await house.desks.reporting.leave(afternoon.mia.token)
        school = f"school={house.organization.id}.{house.school.id}"
        next_one = f"reporter={house.desks.reporting.new_token().text}"

        pages = [
            await service.request("POST", "/", held, data=form)
            for held in ("", school, next_one, f"{cookie}; left=left", f"{cookie}; left=locked")
        ]
        unmarked = await service.request("POST", "/", cookie, data=form | {"csrf": ""})

        assert [page.status_code for page in pages] == [303, 404, 404, 303, 303]
        assert unmarked.status_code == 404
        assert all("gym" not in page.text for page in (*pages, unmarked))
