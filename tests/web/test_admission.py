"""When a worker is full: reporters before consoles, health always, and everybody told when to come back."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from os import urandom
from pathlib import Path

import anyio
import anyio.lowlevel
import httpx2
import pytest
from starlette.types import Receive, Scope, Send

from messenger.domain.errors import TooBusy
from messenger.protocol.closing import Close
from messenger.web.admission import JOINING, Admission, Places
from messenger.web.desks import Desks
from messenger.web.routes import Front
from tests.cast import STATICS, House, open_house
from tests.web.test_socket import DEADLINE, Line, connected, hello, reporter

PLACES = Places(sockets=10, requests=10)
AWAY = range(5, 31)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


@pytest.fixture
def admission() -> Admission:
    return Admission(PLACES, urandom)


@pytest.fixture
def desks(house: House, admission: Admission) -> Desks:
    return replace(house.desks, admission=admission)


def reasons(line: Line) -> list[str]:
    return [message["reason"] for message in line.written if message["type"] == "websocket.close"]


async def test_beyond_the_last_place_a_socket_is_told_when_to_come_back(
    house: House, desks: Desks
) -> None:
    token = await reporter(house)
    inside, outside = [hello(Line(), token) for _ in range(10)], hello(Line(), token)

    async with connected(desks, *inside):
        for line in inside:
            await line.until("welcome")
        async with connected(desks, outside):
            await outside.until_over()
        inside[0].say(t="say", id="message-0001", body="still here")
        for line in inside:
            await line.until("event", 2)

    assert outside.close_codes == [Close.COME_BACK_LATER]
    assert int(reasons(outside)[0]) in AWAY
    assert outside.frames == []


async def test_when_it_is_full_who_has_been_silent_for_longest_makes_room_and_nobody_who_spoke(
    house: House, desks: Desks, admission: Admission
) -> None:
    token = await reporter(house)
    inside, late = [[hello(Line(), token) for _ in range(count)] for count in (8, 3)]
    silent = [Line(), Line()]

    async with AsyncExitStack() as all_of_them:
        for line in (*inside, *silent):
            await all_of_them.enter_async_context(connected(desks, line))
            await anyio.wait_all_tasks_blocked()
        for line, gone in zip(late, (*silent, None), strict=True):
            await all_of_them.enter_async_context(connected(desks, line))
            await (line.until("welcome") if gone else line.until_over())
            if gone:
                await gone.until_over()
            is_over = [each.is_over.is_set() for each in silent]
            assert is_over == [True, gone is not silent[0]]
        for line in inside:
            await line.until("welcome")
            assert line.close_codes == []

    assert [line.close_codes for line in silent] == [[Close.IDLE]] * 2
    assert [line.close_codes for line in late] == [[], [], [Close.COME_BACK_LATER]]
    assert admission.sockets == 0


async def test_a_place_that_was_left_is_free_again(
    house: House, desks: Desks, admission: Admission
) -> None:
    token = await reporter(house)

    for _ in range(2):
        lines = [hello(Line(), token) for _ in range(10)]
        async with connected(desks, *lines):
            for line in lines:
                await line.until("welcome")

    assert admission.sockets == 0


async def test_a_page_of_another_site_does_not_learn_that_it_is_full(
    desks: Desks, admission: Admission
) -> None:
    admission.sockets = 10
    line = Line("https://elsewhere.test")

    async with connected(desks, line):
        await line.until_over()

    assert line.close_codes == [Close.FOREIGN_ORIGIN]
    assert line.written[0]["type"] == "websocket.close"


async def test_the_last_places_are_for_reporters(
    house: House, desks: Desks, admission: Admission
) -> None:
    ana, mia = (await house.member("ana")).token.text, await reporter(house)
    admission.sockets = 9
    console, room = Line(), hello(Line(), mia)
    console.say(t="hello", v=1, token=ana, queue=True)

    async with connected(desks, console):
        await console.until_over()
    async with connected(desks, room):
        await room.until("welcome")

    assert console.close_codes == [Close.COME_BACK_LATER]
    assert int(reasons(console)[0]) in AWAY


async def test_a_console_finds_all_other_places(
    house: House, desks: Desks, admission: Admission
) -> None:
    ana = (await house.member("ana")).token.text
    admission.sockets = 8
    console = Line()
    console.say(t="hello", v=1, token=ana, queue=True)

    async with connected(desks, console):
        await console.until("queue")


def test_they_do_not_all_come_back_together() -> None:
    every = iter(range(256))
    admission = Admission(PLACES, lambda _: bytes([next(every)]))

    told = [admission.seconds_to_stay_away() for _ in range(256)]

    assert set(told) == set(AWAY)


class Pages:
    """An application whose answers wait until they are let go."""

    def __init__(self) -> None:
        self.go = anyio.Event()
        self.inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.inside += 1
        if not scope["path"].startswith("/health"):
            await self.go.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"a page"})


async def ask(front: Front, path: str, method: str = "GET") -> httpx2.Response:
    transport = httpx2.ASGITransport(front)
    async with httpx2.AsyncClient(transport=transport, base_url="http://x") as client:
        return await client.request(method, path)


async def test_beyond_the_last_request_people_and_programs_are_asked_to_come_back(
    admission: Admission,
) -> None:
    pages = Pages()
    front = Front(pages, STATICS, admission)

    with anyio.fail_after(DEADLINE):
        async with anyio.create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(ask, front, "/", "POST")
            await anyio.wait_all_tasks_blocked()
            page, program = await ask(front, "/", "POST"), await ask(front, "/api/reports", "POST")
            with_files = [
                await ask(front, f"{side}/attachments", "POST")
                for side in ("", "/console/rooms/7J2Ij6MU3a735qnPSUO_ng")
            ]
            health = await ask(front, "/health/ready")
            pages.go.set()
        again = await ask(front, "/")

    for refused in (page, program, *with_files):
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) in AWAY
        assert refused.headers["cache-control"] == "no-store"
    assert "Many people are here" in page.text and "911" in page.text
    # The answer to a form is sent again when it is reloaded; to a look at a page there is nothing to send.
    assert "If your browser asks whether to send again, say yes" in page.text
    assert [told.json()["code"] for told in (program, *with_files)] == ["too_busy"] * 3
    assert (health.status_code, again.status_code) == (200, 200)


async def test_the_last_requests_are_for_reporters(admission: Admission) -> None:
    admission.requests = 9
    pages = Pages()
    pages.go.set()
    front = Front(pages, STATICS, admission)

    console, report = await ask(front, "/console"), await ask(front, "/")

    assert (console.status_code, report.status_code) == (503, 200)


async def test_a_request_that_fails_leaves_its_place(admission: Admission) -> None:
    async def fail(scope: Scope, receive: Receive, send: Send) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await ask(Front(fail, STATICS, admission), "/")

    assert admission.requests == 0


async def test_only_so_many_join_at_once_and_the_others_have_their_turn() -> None:
    admission = Admission(Places(), urandom)
    inside, most, done = 0, 0, 0

    async def join() -> None:
        nonlocal inside, most, done
        async with admission.turn_to_join():
            inside += 1
            most = max(most, inside)
            await anyio.lowlevel.checkpoint()
            inside -= 1
        done += 1

    async with anyio.create_task_group() as tasks:
        for _ in range(3 * JOINING):
            tasks.start_soon(join)

    assert (most, done) == (JOINING, 3 * JOINING)


async def test_who_would_wait_too_long_to_join_hears_to_come_back() -> None:
    admission = Admission(Places(), urandom, join_within=0.05)
    async with AsyncExitStack() as full:
        for _ in range(JOINING):
            await full.enter_async_context(admission.turn_to_join())
        with pytest.raises(TooBusy):
            async with admission.turn_to_join():
                raise AssertionError
    async with admission.turn_to_join():
        pass


async def test_a_socket_is_seated_only_in_its_turn(house: House) -> None:
    admission = Admission(PLACES, urandom, join_within=0.05)
    desks, token = replace(house.desks, admission=admission), await reporter(house)
    late, later = hello(Line(), token), hello(Line(), token)

    async with AsyncExitStack() as full:
        for _ in range(JOINING):
            await full.enter_async_context(admission.turn_to_join())
        async with connected(desks, late):
            await late.until_over()
    async with connected(desks, later):
        await later.until("welcome")

    assert (late.frames, late.close_codes) == ([], [Close.COME_BACK_LATER])
    assert later.close_codes == []
