"""Without scripts nothing says "still here" but a frame that loads itself again; what comes too late is not lost."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx2
import pytest
from markupsafe import escape
from starlette.applications import Starlette

from messenger.app import State
from messenger.domain.errors import Refusal
from messenger.domain.room import Room
from messenger.ports.live import CONSOLE, Seat
from messenger.services.attendance import Attendance
from messenger.services.reporting import WayIn
from messenger.services.signin import SignedIn
from messenger.services.sweep import CLAIM_PATIENCE
from messenger.services.telling import Teller
from messenger.web.errors import refused
from messenger.web.middleware import SecurityHeaders
from messenger.web.routes import routes
from tests.cast import TEASING, House, open_house
from tests.clocks import StoppedClock
from tests.proofs.service import Service, member_cookie, reporter_cookie
from tests.services.test_sweep import Evening, at_evening
from tests.web.test_destination import hidden


@dataclass(slots=True)
class Afternoon:
    """A house with its pages, on a stopped clock; Mia has reported."""

    house: House
    clock: StoppedClock
    service: Service
    mia: WayIn
    evening: Evening

    async def room(self) -> Room:
        return await self.evening.room(self.mia.reporter.room)

    async def head(self) -> int:
        return (await self.room()).head

    async def newer(self, member: SignedIn, more: str = "", after: str = "1") -> httpx2.Response:
        path = f"/console/rooms/{self.mia.reporter.room}/newer?after={after}{more}"
        return await self.service.request("GET", path, member_cookie(member))

    async def history(self) -> httpx2.Response:
        return await self.service.request("GET", "/history", reporter_cookie(self.mia))


@asynccontextmanager
async def open_afternoon(folder: Path) -> AsyncIterator[Afternoon]:
    clock = StoppedClock()
    async with open_house(folder, clock) as house:
        app = Starlette(routes=routes(), exception_handlers={Refusal: refused})
        app.add_middleware(SecurityHeaders, place=house.desks.place)
        evening = at_evening(house, clock)
        parts = house.parts
        teller = Teller(house.bus, evening.presence, parts.roster, str)
        here = Attendance(evening.presence, house.bus, parts.rooms, parts.roster, teller)
        state: State = {"desks": replace(house.desks, attendance=here)}
        service = Service(app, {**state}, None)
        yield Afternoon(house, clock, service, await house.report(), evening)


async def test_the_frame_says_who_is_there_each_time_it_loads(tmp_path: Path) -> None:
    async with open_afternoon(tmp_path) as afternoon:
        house = afternoon.house
        ana = await house.member("ana")
        await house.desks.duty.go(ana.check_approved(), on=True)
        assert "Nobody is on duty" in (await afternoon.history()).text

        house.presence.renew(Seat(CONSOLE, ana.member.id))

        assert "Someone from the team is here now." in (await afternoon.history()).text
        paused = await afternoon.service.request(
            "GET", "/history?paused=1", reporter_cookie(afternoon.mia)
        )
        assert "is here now" not in paused.text


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


@pytest.mark.parametrize("pressed", [{"go": "room"}, {"do": "keep", "word": "any"}])
async def test_words_that_nobody_has_kept_outlive_the_session_they_are_shown_in(
    tmp_path: Path, pressed: dict[str, str]
) -> None:
    async with open_afternoon(tmp_path) as afternoon:
        cookie = reporter_cookie(afternoon.mia)
        receipt = await afternoon.service.request("GET", "/", cookie)
        words = " ".join(afternoon.mia.pending)
        afternoon.clock.pass_by(hours=5)

        assert "words" not in hidden(receipt), "Without scripts, they would stay on a disk."
        form = hidden(receipt) | {"words": words} | pressed
        asked = await afternoon.service.request("POST", "/", cookie, data=form)
        room = await opened(afternoon, asked, words)

        assert asked.status_code == 200
        assert "These are your six words" in asked.text and f"\n{words}</textarea>" in asked.text
        assert 'class="room' in room.text and "not sent yet" not in room.text


async def test_without_scripts_the_page_of_the_words_says_after_its_session_why_it_asks(
    tmp_path: Path,
) -> None:
    async with open_afternoon(tmp_path) as afternoon:
        cookie = reporter_cookie(afternoon.mia)
        receipt = await afternoon.service.request("GET", "/", cookie)
        afternoon.clock.pass_by(hours=5)

        form = hidden(receipt) | {"do": "keep", "word": "any"}
        asked = await afternoon.service.request("POST", "/", cookie, data=form)

        assert asked.status_code == 200
        assert "so we need your six words again." in asked.text


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


@pytest.mark.parametrize(
    ("view", "act"),
    [
        ("room", {"do": "say", "body": WORDS}),
        ("introduce", {"do": "introduce", "name": "Mia"}),
        ("held", {"do": "delete", "sure": "yes"}),
    ],
)
async def test_a_page_of_one_conversation_does_nothing_to_another_opened_in_another_tab(
    tmp_path: Path, view: str, act: dict[str, str]
) -> None:
    async with open_afternoon(tmp_path) as afternoon:
        house, service = afternoon.house, afternoon.service
        first = await house.report(TEASING, "draft-0002")
        words = " ".join(await house.desks.reporting.ready_receipt(first))
        page = await service.request("POST", "/", reporter_cookie(first), data={"go": view})
        afternoon.mia = await house.report(TEASING, "draft-0003")

        form = hidden(page) | act
        asked = await service.request("POST", "/", reporter_cookie(afternoon.mia), data=form)
        room = await opened(afternoon, asked, words)

        assert "Open your conversation" in asked.text
        assert "Another conversation was opened in this browser" in asked.text
        assert ("Nothing was deleted." in asked.text) == (view == "held")
        assert 'class="room' in room.text or "Mia" in room.text
        assert (await afternoon.head(), (await afternoon.room()).delete_on) == (1, "")
        again = await service.request("POST", "/", reporter_cookie(first), data=form)
        assert "Open your conversation" not in again.text


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


# The team


async def test_who_writes_an_answer_without_scripts_keeps_the_claim_until_the_page_is_closed(
    tmp_path: Path,
) -> None:
    async with open_afternoon(tmp_path) as afternoon:
        ben = await afternoon.house.member("ben")
        evening = afternoon.evening
        room = await evening.claimed_by(ben.check_approved(), afternoon.mia)

        for _ in range(30):
            afternoon.clock.pass_by(seconds=20)
            assert (await afternoon.newer(ben)).status_code == 200
            await evening.sweep.run()
            assert (await evening.room(room.id)).responder == ben.member.id
            assert evening.presence.is_taken(Seat(room.id, ben.member.id))

        afternoon.clock.pass_by(seconds=CLAIM_PATIENCE + 1)
        await evening.sweep.run()
        assert (await evening.room(room.id)).responder is None


async def test_a_frame_that_nobody_touches_reloads_beside_an_empty_chair(tmp_path: Path) -> None:
    async with open_afternoon(tmp_path) as afternoon:
        ben = await afternoon.house.member("ben")
        evening = afternoon.evening
        room = await evening.claimed_by(ben.check_approved(), afternoon.mia)
        said = []

        page = await afternoon.newer(ben)
        for _ in range(50):
            again = re.search(r'content="20; url=[^"]*(&amp;touched=[0-9]+)"', page.text)
            assert again is not None
            afternoon.clock.pass_by(seconds=20)
            page = await afternoon.newer(ben, unescape(again[1]))
            await evening.sweep.run()
            said.append("reporters don't see you as here" in page.text)

        assert said == [False] * 45 + [True] * 5
        assert not evening.presence.is_taken(Seat(room.id, ben.member.id))
        assert not evening.presence.is_taken(Seat(CONSOLE, ben.member.id))
        assert (await evening.room(room.id)).responder == ben.member.id

        here = await afternoon.newer(ben)  # What the link "I am here" opens.

        assert "reporters don't see you as here" not in here.text
        assert evening.presence.is_taken(Seat(CONSOLE, ben.member.id))


@pytest.mark.parametrize("touched", ["", "x", "-1", "9999999999", "9" * 30])
async def test_a_touch_at_no_time_or_in_the_future_is_one_now(tmp_path: Path, touched: str) -> None:
    async with open_afternoon(tmp_path) as afternoon:
        ben = await afternoon.house.member("ben")

        newer = await afternoon.newer(ben, f"&touched={touched}")

        assert newer.status_code == 200
        assert f"&amp;touched={int(afternoon.clock().timestamp())}" in newer.text


async def test_the_frame_beside_an_answer_shows_what_came_since_and_says_of_nothing_that_it_was_read(
    tmp_path: Path,
) -> None:
    async with open_afternoon(tmp_path) as afternoon:
        ben = await afternoon.house.member("ben")
        at, cookie = f"/console/rooms/{afternoon.mia.reporter.room}", member_cookie(ben)
        page = await afternoon.service.request("GET", at, cookie)
        chat = afternoon.house.desks.chat
        here, _ = await chat.enter(afternoon.mia.reporter, afternoon.mia.reporter.room)
        await chat.say(here, "message-01", "Are you there?")

        newer = await afternoon.newer(ben)

        assert (
            f'<noscript><iframe class="room__newer" title="New messages" src="{at}/newer?after=1">'
            in page.text
        )
        assert "Are you there?" in newer.text and "knife" not in newer.text
        assert (await afternoon.room()).seen_by_team == 1
        assert "frame-ancestors 'self'" in newer.headers["content-security-policy"]


async def test_the_frame_reloads_itself_unless_it_is_paused(tmp_path: Path) -> None:
    async with open_afternoon(tmp_path) as afternoon:
        ben = await afternoon.house.member("ben")

        now, paused = await afternoon.newer(ben), await afternoon.newer(ben, "&paused=1")

        again = f"/console/rooms/{afternoon.mia.reporter.room}/newer?after=1&amp;touched="
        assert f'<meta http-equiv="refresh" content="20; url={again}' in now.text
        assert "http-equiv" not in paused.text and "you count as away" in paused.text


@pytest.mark.parametrize("after", ["", "x", "-1", "99", "9" * 30])
async def test_what_is_no_number_of_the_conversation_breaks_nothing(
    tmp_path: Path, after: str
) -> None:
    async with open_afternoon(tmp_path) as afternoon:
        newer = await afternoon.newer(await afternoon.house.member("ben"), after=after)

        assert newer.status_code == 200


async def test_the_frame_of_who_is_signed_out_says_so(tmp_path: Path) -> None:
    async with open_afternoon(tmp_path) as afternoon:
        ben = await afternoon.house.member("ben")
        await afternoon.house.desks.signin.sign_out(ben)

        newer = await afternoon.newer(ben)

        assert newer.status_code == 401 and "You are signed out." in newer.text
        assert "knife" not in newer.text and "http-equiv" not in newer.text
