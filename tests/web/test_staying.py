"""Without scripts nothing says "still here" but a frame that loads itself again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx2
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


@dataclass(slots=True)
class Afternoon:
    """A house with its pages, on a stopped clock; Mia has reported."""

    house: House
    clock: StoppedClock
    service: Service
    mia: WayIn

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
