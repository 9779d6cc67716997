"""Who is slow, on purpose or not, keeps nobody out, and not for ever."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from os import urandom
from pathlib import Path

import anyio
import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from messenger.domain.errors import TooBusy
from messenger.ports.security import SEGMENT
from messenger.web.admission import PORTION, Admission, Places
from messenger.web.attachments import PIECE_TYPE
from messenger.web.bodies import BODY_LIMIT, body_so_far
from messenger.web.call import HANG_UP
from messenger.web.routes import Front
from tests.cast import ORIGIN, STATICS
from tests.proofs.service import open_service, reporter_cookie
from tests.web.test_admission import AWAY, ask
from tests.web.test_attachments import open_scene

PLACES = Places(sockets=10, requests=10)
SHORT = 0.05
DEADLINE = 10.0
FORM = {"content-type": "application/x-www-form-urlencoded"}
PIECE = {"content-type": PIECE_TYPE}


class Line:
    """One request, of which the test sends and reads as much as it likes."""

    def __init__(self, method: str = "POST", path: str = "/", **headers: str) -> None:
        self.inbox: asyncio.Queue[Message] = asyncio.Queue()
        self.written: list[Message] = []
        self.is_read = anyio.Event()
        self.is_over = anyio.Event()
        self.hung_up = anyio.Event()
        self.scope: Scope = {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(),
            "query_string": b"", "root_path": "", "scheme": "http", "http_version": "1.1",
            "server": ("127.0.0.1", 8000), "client": ("127.0.0.1", 1),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "extensions": {HANG_UP: {"now": self.hang_up}},
        }  # fmt: skip

    def say(self, body: bytes, *, more: bool = True) -> None:
        self.inbox.put_nowait({"type": "http.request", "body": body, "more_body": more})

    def hang_up(self) -> None:
        self.hung_up.set()
        self.is_read.set()
        self.inbox.put_nowait({"type": "http.disconnect"})

    async def send(self, message: Message) -> None:
        if message.get("more_body"):
            await self.is_read.wait()
        self.written.append(message)

    async def run(self, app: ASGIApp) -> None:
        await app(self.scope, self.inbox.get, self.send)
        self.is_over.set()

    @property
    def status(self) -> int:
        return int(self.written[0]["status"])

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.written[0]["headers"])


@asynccontextmanager
async def running(app: ASGIApp, *lines: Line) -> AsyncIterator[None]:
    with anyio.fail_after(DEADLINE):
        async with anyio.create_task_group() as tasks:
            for line in lines:
                tasks.start_soon(line.run, app)
            await anyio.wait_all_tasks_blocked()
            yield
            tasks.cancel_scope.cancel()


def front(
    answer: Callable[[Request], Awaitable[Response]], patience: float = DEADLINE
) -> tuple[Front, Admission]:
    async def pages(scope: Scope, receive: Receive, send: Send) -> None:
        await (await answer(Request(scope, receive)))(scope, receive, send)

    admission = Admission(PLACES, urandom, patience=patience)
    return Front(pages, STATICS, admission), admission


async def echo(request: Request) -> Response:
    return Response(await request.body())


async def size_so_far(request: Request) -> Response:
    return Response(str(sum([len(piece) async for piece in body_so_far(request)])))


async def download(request: Request) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield bytes(PORTION)

    return StreamingResponse(pieces())


# Bodies


@pytest.mark.parametrize("headers", [FORM, {"content-type": "multipart/form-data; boundary=x"}])
async def test_unfinished_bodies_keep_nobody_out(headers: dict[str, str]) -> None:
    app, admission = front(echo)
    lines = [Line(**headers) for _ in range(10)]

    async with running(app, *lines):
        for line in lines:
            line.say(b"{")
        await anyio.wait_all_tasks_blocked()
        page, post = await ask(app, "/"), await ask(app, "/", "POST")
        places_taken = admission.requests

    assert (page.status_code, post.status_code, places_taken) == (200, 200, 0)


async def test_a_small_body_that_does_not_come_in_time_is_told_to_come_back() -> None:
    app, _ = front(echo, SHORT)
    line = Line(path="/api/reports", **FORM)

    async with running(app, line):
        line.say(b"{")
        await line.is_over.wait()

    assert line.status == 503
    assert int(line.headers[b"retry-after"]) in AWAY
    assert line.headers[b"connection"] == b"close"


async def test_bytes_that_come_one_by_one_do_not_buy_more_time() -> None:
    app, _ = front(echo, SHORT)
    line = Line(**FORM)

    async with running(app, line):
        while not line.is_over.is_set():
            line.say(b"x")
            await anyio.sleep(SHORT / 10)

    assert line.status == 503


async def test_who_leaves_before_the_body_is_there_is_answered_nothing() -> None:
    app, admission = front(echo)
    line = Line(**FORM)

    async with running(app, line):
        line.hang_up()
        await line.is_over.wait()

    assert (line.written, admission.requests) == ([], 0)


async def test_a_body_in_many_pieces_arrives_whole() -> None:
    app, _ = front(echo)
    line = Line(**FORM)

    async with running(app, line):
        for piece in (b"one ", b"", b"two"):
            line.say(piece)
        line.say(b"", more=False)
        await line.is_over.wait()

    assert line.written[1]["body"] == b"one two"


async def test_a_body_too_long_to_wait_for_is_passed_on_to_be_refused() -> None:
    app, _ = front(echo)
    line, content = Line(**FORM), bytes(BODY_LIMIT)

    async with running(app, line):
        line.say(content)
        line.say(b"x")
        line.say(b"y", more=False)
        await line.is_over.wait()

    assert line.written[1]["body"] == content + b"xy"


async def test_of_a_body_too_long_to_wait_for_no_more_is_read_than_shows_it() -> None:
    async def refuse(_: Request) -> Response:
        return Response(status_code=413)

    app, _ = front(refuse)
    line = Line(**FORM)
    for _ in range(8):
        line.say(bytes(BODY_LIMIT // 2))

    async with running(app, line):
        await line.is_over.wait()

    assert line.status == 413
    assert line.inbox.qsize() == 5


async def test_of_a_piece_that_comes_too_slowly_what_came_is_kept_and_the_line_is_closed() -> None:
    app, _ = front(size_so_far, SHORT)
    line = Line("PATCH", **PIECE)
    for first in (bytes(PORTION), b"x"):
        line.say(first)

    async with running(app, line):
        while not line.is_over.is_set():
            line.say(b"x")
            await anyio.sleep(SHORT / 10)

    assert int(line.written[1]["body"]) > PORTION
    assert line.headers[b"connection"] == b"close"


@pytest.mark.slow
async def test_a_long_piece_may_take_as_long_as_it_keeps_coming() -> None:
    app, _ = front(size_so_far, 60 * SHORT)
    line = Line("PATCH", **PIECE)

    async with running(app, line):
        for _ in range(8):
            line.say(bytes(PORTION))
            await anyio.sleep(10 * SHORT)
        line.say(b"", more=False)
        await line.is_over.wait()

    assert int(line.written[1]["body"]) == 8 * PORTION
    assert b"connection" not in line.headers


async def test_the_time_that_we_take_is_not_theirs() -> None:
    async def work_slowly(request: Request) -> Response:
        size = 0
        async for piece in body_so_far(request):
            size += len(piece)
            await anyio.sleep(2 * SHORT)
        return Response(str(size))

    app, _ = front(work_slowly, SHORT)
    line = Line("PATCH", **PIECE)
    for _ in range(3):
        line.say(b"x")
    line.say(b"", more=False)

    async with running(app, line):
        await line.is_over.wait()

    assert line.written[1]["body"] == b"3"


async def test_when_too_many_are_slow_who_has_waited_longest_goes() -> None:
    app, _ = front(echo)
    lines = [Line(**FORM) for _ in range(11)]

    async with running(app, *lines):
        await lines[0].is_over.wait()
        over = [line.is_over.is_set() for line in lines]

    assert over == [True] + [False] * 10
    assert lines[0].status == 503


async def test_of_a_file_that_stops_coming_whole_segments_are_kept(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene:
        id = (await scene.announce()).json()["attachment"]
        path = f"/attachments/{id}"
        scene.service.desks.admission.patience = SHORT
        line = Line(
            "PATCH", path, **PIECE,
            **{"upload-offset": "0", "origin": ORIGIN, "cookie": reporter_cookie(scene.mia)},
        )  # fmt: skip

        line.say(bytes(2 * SEGMENT + 5))
        async with running(scene.service, line):
            await line.is_over.wait()

        assert (line.status, line.headers[b"connection"]) == (200, b"close")
        assert (await scene.reporter("GET", path)).json()["offset"] == 2 * SEGMENT


async def test_a_form_that_breaks_off_says_nothing_and_is_no_bug(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene:
        cookie = reporter_cookie(scene.mia)
        kind = "multipart/form-data; boundary=x"
        line = Line(**{"content-type": kind, "origin": ORIGIN, "cookie": cookie})
        for name, value in ("do", "say"), ("body", "He has a kn"):
            line.say(
                f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()
            )
            line.say(b"\r\n")

        async with running(scene.service, line):
            line.hang_up()
            await line.is_over.wait()

        assert line.status == 403
        assert "He has a kn" not in (await scene.reporter("GET", "/history")).text


# Answers


async def test_answers_that_nobody_reads_keep_nobody_out() -> None:
    app, admission = front(download)
    lines = [Line("GET") for _ in range(10)]

    async with running(app, *lines):
        for line in lines:
            line.say(b"", more=False)
        await anyio.wait_all_tasks_blocked()
        places_taken = admission.requests

    assert places_taken == 0


async def test_who_does_not_read_in_time_is_hung_up_on() -> None:
    app, admission = front(download, SHORT)
    line = Line("GET")
    line.say(b"", more=False)

    async with running(app, line):
        await line.hung_up.wait()
        await line.is_over.wait()

    assert admission.requests == 0


async def test_who_reads_slowly_gets_it_all() -> None:
    app, _ = front(download)
    line = Line("GET")
    line.say(b"", more=False)

    async with running(app, line):
        line.is_read.set()
        await line.is_over.wait()

    assert sum(len(message.get("body", b"")) for message in line.written) == 3 * PORTION
    assert not line.hung_up.is_set()


async def test_who_was_sent_much_may_take_longer_to_read_it() -> None:
    line, much = Line("GET"), bytes(20 * PORTION)
    line.say(b"", more=False)
    line.is_read.set()

    async def pieces() -> AsyncIterator[bytes]:
        yield much
        line.is_read = anyio.Event()
        yield b"the rest"

    async def answer(_: Request) -> Response:
        return StreamingResponse(pieces())

    app, _ = front(answer, SHORT)

    async with running(app, line):
        await anyio.sleep(4 * SHORT)
        line.is_read.set()
        await line.is_over.wait()

    assert b"".join(each.get("body", b"") for each in line.written) == much + b"the rest"
    assert not line.hung_up.is_set()


# Pauses


async def test_a_guesser_waits_in_the_way_of_nobody(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        admission, places_taken = service.desks.admission, 1
        for _ in range(5):
            await service.desks.signin._throttle.turn("ana")
        line = Line(path="/console/sign-in", origin=ORIGIN, **FORM)
        line.say(b"login=ana&password=guess", more=False)

        async with running(service, line):
            places_taken = admission.requests

        assert (line.written, places_taken) == ([], 0)


async def test_of_too_many_who_pause_who_has_waited_longest_is_told_to_come_back() -> None:
    _, admission = front(echo)
    told, one_was = list[int](), anyio.Event()

    async def pause(number: int) -> None:
        try:
            await admission.pause(DEADLINE)
        except TooBusy:
            told.append(number)
            one_was.set()

    async with anyio.create_task_group() as tasks:
        for number in range(11):
            tasks.start_soon(pause, number)
        await one_was.wait()
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()

    assert told == [0]
