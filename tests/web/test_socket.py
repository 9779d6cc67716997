"""The websocket's edge: who gets in, what becomes of those who do not listen, and who must go.

`Line` stands for uvicorn: a send waits while the client does not read, and a close is echoed.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from starlette.types import Message

from messenger.domain.access import Actor
from messenger.domain.attachment import Announced
from messenger.domain.commands import Command, MarkSeen
from messenger.domain.errors import StoreDown, TooBusy, Unreadable
from messenger.domain.events import Role
from messenger.domain.ids import RoomId
from messenger.domain.moments import seconds
from messenger.domain.room import Room
from messenger.live.hub import MAILBOX_LIMIT
from messenger.ports.live import CONSOLE, Seat
from messenger.ports.security import Token
from messenger.ports.storage import Outcome
from messenger.protocol.closing import Close
from messenger.protocol.connection import Push
from messenger.services.sealing import Unlocked
from messenger.services.signin import SignedIn
from messenger.storage.journal import StoredJournal
from messenger.web.desks import Desks
from messenger.web.socket import PATIENCE, Patience, socket
from tests.cast import ORIGIN, TEASING, House, open_house
from tests.fakes.plain import PHOTO

IMPATIENT = Patience(hello=0.1, send=1.0)
DEADLINE = 20.0

_read = lru_cache(maxsize=4_096)(json.loads)
"""Looked at anew with each frame that comes, of hundreds."""


class Line:
    """One client, with a wire that can be blocked."""

    def __init__(self, origin: str = "", cookie: str = "") -> None:
        headers = {b"origin": origin.encode(), b"cookie": cookie.encode()}
        self.headers = [(name, value) for name, value in headers.items() if value]
        self.written = list[Message]()
        self.is_over = anyio.Event()
        self._to_server: asyncio.Queue[Message] = asyncio.Queue()
        self._to_server.put_nowait({"type": "websocket.connect"})
        self._news = asyncio.Condition()
        self._reads = asyncio.Event()
        self._reads.set()

    @property
    def frames(self) -> list[dict[str, Any]]:
        return [_read(m["text"]) for m in self.written if m["type"] == "websocket.send"]

    @property
    def events(self) -> list[int]:
        return [frame["seq"] for frame in self.frames if frame["t"] == "event"]

    @property
    def close_codes(self) -> list[int]:
        return [message["code"] for message in self.written if message["type"] == "websocket.close"]

    def say(self, **frame: object) -> None:
        self.put(json.dumps(frame))

    def put(self, text: str | None, data: bytes | None = None) -> None:
        self._to_server.put_nowait({"type": "websocket.receive", "text": text, "bytes": data})

    def hang_up(self) -> None:
        self._to_server.put_nowait({"type": "websocket.disconnect", "code": 1000})

    def stop_reading(self) -> None:
        self._reads.clear()

    def read_again(self) -> None:
        self._reads.set()

    async def until(self, kind: str, count: int = 1) -> list[dict[str, Any]]:
        """Return the frames of that kind once there are so many."""
        with anyio.fail_after(DEADLINE):
            async with self._news:
                while len(found := [f for f in self.frames if f["t"] == kind]) < count:
                    await self._news.wait()
        return found

    async def until_heard(self) -> None:
        """Return once the server has taken all that was said, and begun to do it."""
        with anyio.fail_after(DEADLINE):
            while not self._to_server.empty():
                await anyio.lowlevel.checkpoint()

    async def until_over(self) -> None:
        with anyio.fail_after(DEADLINE):
            await self.is_over.wait()

    async def receive(self) -> Message:
        return await self._to_server.get()

    async def send(self, message: Message) -> None:
        await self._reads.wait()
        if self.close_codes:
            raise RuntimeError("after the close")
        self.written.append(message)
        if message["type"] == "websocket.close":
            self.hang_up()
        async with self._news:
            self._news.notify_all()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


@asynccontextmanager
async def connected(
    desks: Desks, *lines: Line, patience: Patience = PATIENCE
) -> AsyncIterator[None]:
    """Serve these lines; every one has ended of its own accord when this is left."""

    async def serve(line: Line) -> None:
        scope = {"type": "websocket", "headers": line.headers, "state": {"desks": desks}}
        await socket(scope, line.receive, line.send, patience)
        line.is_over.set()

    with anyio.fail_after(2 * DEADLINE):
        async with anyio.create_task_group() as tasks:
            for line in lines:
                tasks.start_soon(serve, line)
            yield
            for line in lines:
                line.hang_up()


async def reporter(house: House, draft: str = "draft-0001") -> str:
    """Mia reports; her token."""
    return (await house.report(draft=draft)).token.text


def hello(line: Line, token: str, room: str = "", since: int = 0) -> Line:
    line.say(t="hello", v=1, token=token, room=room, since=since)
    return line


def say_many(line: Line, count: int, first: int = 1) -> None:
    for number in range(first, first + count):
        line.say(t="say", id=f"message-{number:04d}", body=f"word {number}")


@pytest.mark.parametrize("origin", ["https://elsewhere.test", ORIGIN + "1", "null", "http://x"])
async def test_a_page_of_another_site_is_refused_before_it_is_accepted(
    house: House, origin: str
) -> None:
    line = Line(origin)

    async with connected(house.desks, line):
        await line.until_over()

    assert line.written == [{"type": "websocket.close", "code": Close.FOREIGN_ORIGIN}]


@pytest.mark.parametrize("origin", [ORIGIN, ""])
async def test_our_own_pages_and_programs_get_in(house: House, origin: str) -> None:
    line = hello(Line(origin), await reporter(house))

    async with connected(house.desks, line):
        assert (await line.until("welcome"))[0]["head"] == 1
        await line.until("event")

    assert line.written[0] == {"type": "websocket.accept"}
    assert line.close_codes == []


async def test_a_cookie_counts_for_our_pages_and_for_nobody_else(house: House) -> None:
    cookie = f"reporter={await reporter(house)}"
    page, program = hello(Line(ORIGIN, cookie), ""), hello(Line("", cookie), "")

    async with connected(house.desks, page, program):
        await page.until("welcome")
        await program.until_over()

    assert program.close_codes == [Close.SIGNED_OUT]


@pytest.mark.parametrize("other", ['theme="a; b"', "seen", "name=Zoë", '"', "a=b=c", "x y=1", "="])
async def test_whatever_other_cookies_a_browser_has_ours_counts(house: House, other: str) -> None:
    ours = f"reporter={await reporter(house)}"
    before = hello(Line(ORIGIN, f"{other}; {ours}"), "")
    behind = hello(Line(ORIGIN, f"{ours}; {other}"), "")

    async with connected(house.desks, before, behind):
        await before.until("welcome")
        await behind.until("welcome")


async def test_whoever_does_not_say_hello_in_time_is_closed_and_may_come_back(house: House) -> None:
    silent, polite = Line(), hello(Line(), await reporter(house))

    async with connected(house.desks, silent, polite, patience=IMPATIENT):
        await silent.until_over()
        polite.say(t="ping")
        await polite.until("pong")

    assert silent.close_codes == [Close.IDLE]
    assert polite.close_codes == []


async def test_a_reporter_hears_who_is_on_duty_when_that_changes_and_the_team_does_not(
    house: House,
) -> None:
    ana = await house.member("ana")
    mine = hello(Line(), await reporter(house))
    (room,) = await house.parts.rooms.rooms(house.organization.id)
    hers = Line()
    hers.say(t="hello", v=1, token=ana.token.text, room=room.id)

    async with connected(house.desks, mine, hers):
        await mine.until("welcome")
        await hers.until("welcome")
        assert "Nobody is on duty" in mine.frames[0]["duty"]["text"]
        await house.desks.duty.go(ana.check_approved(), on=True)
        house.presence.renew(Seat(CONSOLE, ana.member.id))
        for count, line in ((1, mine), (1, hers), (2, mine)):
            line.say(t="ping")
            await line.until("pong", count)
        (told,) = await mine.until("duty")

    assert told["duty"] == {
        "here": True, "text": "Someone from the team is here now.", "usual": "", "next": "", "call": "",
    }  # fmt: skip
    kinds = [frame["t"] for frame in mine.frames]
    assert kinds.count("duty") == 1 and kinds.index("pong") < kinds.index("duty")
    assert "duty" not in [frame["t"] for frame in hers.frames]


async def test_the_queue_says_what_time_it_is(house: House) -> None:
    ana = await house.member("ana")
    hers = Line()
    hers.say(t="hello", v=1, token=ana.token.text, queue=True)

    before = int(house.parts.clock().timestamp())
    async with connected(house.desks, hers):
        await hers.until("queue")

    assert before <= hers.frames[-1]["now"] <= house.parts.clock().timestamp()


async def test_nobody_is_here_beside_a_console_that_nobody_touches(house: House) -> None:
    ana = await house.member("ana")
    await house.desks.duty.go(ana.check_approved(), on=True)
    hers, again = Line(), Line()
    hers.say(t="hello", v=1, token=ana.token.text, queue=True)
    again.say(t="hello", v=1, token=ana.token.text, queue=True, away=True)

    async def is_here() -> bool:
        return (await house.desks.duty.now(house.organization.id)).here

    async with connected(house.desks, hers):
        await hers.until("queue")
        hers.say(t="ping")
        await hers.until("pong")
        assert await is_here()
    assert not await is_here(), "The last console is closed."

    async with connected(house.desks, again):
        await again.until("queue")
        again.say(t="ping", away=True)
        await again.until("pong")
        assert not await is_here()
        again.say(t="ping")
        await again.until("pong", 2)
        assert await is_here()


async def test_whoever_takes_a_seat_is_here_at_once(house: House) -> None:
    ana, token = await house.member("ana"), await reporter(house)
    room = RoomId(await room_of(house, token))
    ben = await house.member("ben")
    queue, mine, left_alone = Line(), hello(Line(), token), Line()
    queue.say(t="hello", v=1, token=ana.token.text, queue=True)
    left_alone.say(t="hello", v=1, token=ben.token.text, room=room, away=True)

    async with connected(house.desks, queue, mine, left_alone):
        await queue.until("queue")
        await mine.until("event")
        await left_alone.until("event")

        assert house.presence.is_taken(Seat(CONSOLE, ana.member.id))
        assert house.presence.is_taken(Seat(room, None))
        assert not house.presence.is_taken(Seat(room, ben.member.id))
        left_alone.say(t="ping")
        await left_alone.until("pong")
        assert house.presence.is_taken(Seat(room, ben.member.id))

    assert not house.presence.is_taken(Seat(CONSOLE, ana.member.id))
    assert not house.presence.is_taken(Seat(room, None))


async def test_a_console_beside_an_empty_chair_prolongs_no_stay(house: House) -> None:
    ana, _ = await house.member("ana"), await reporter(house)
    (room,) = await house.parts.rooms.rooms(house.organization.id)
    soon = seconds(house.parts.clock()) + 600
    queue, inside = Line(), Line()
    queue.say(t="hello", v=1, token=ana.token.text, queue=True)
    inside.say(t="hello", v=1, token=ana.token.text, room=room.id)

    async def is_prolonged() -> bool:
        return await house.parts.sessions.find_session(ana.token.session, soon) is not None

    async with connected(house.desks, queue, inside):
        for line, greeting in (queue, "queue"), (inside, "welcome"):
            await line.until(greeting)
            await house.parts.sessions.extend_session(ana.token.session, soon)
            line.say(t="ping", away=True)
            await line.until("pong")
            assert not await is_prolonged()
            line.say(t="ping")
            await line.until("pong", 2)
            assert await is_prolonged()


async def test_a_line_lives_though_who_is_on_duty_can_not_be_read(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = hello(Line(), await reporter(house))

    async with connected(house.desks, mine):
        await mine.until("welcome")
        monkeypatch.setattr(house.desks.duty, "sentences", refuse)
        for count in (1, 2):
            mine.say(t="ping")
            await mine.until("pong", count)

    assert mine.close_codes == []


async def test_whoever_comes_in_an_outage_is_told_to_come_back_and_is_let_in_then(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await reporter(house)
    early, later = hello(Line(), token), hello(Line(), token)

    with monkeypatch.context() as outage:
        outage.setattr(house.desks.reporting, "find", refuse)
        async with connected(house.desks, early):
            await early.until_over()
    async with connected(house.desks, later):
        await later.until("welcome")

    assert (early.frames, early.close_codes) == ([], [Close.COME_BACK_LATER])
    assert later.close_codes == []


async def refuse(*_args: object) -> None:
    raise StoreDown


async def test_whoever_begins_with_something_else_than_hello_is_told_never_to_come_back(
    house: House,
) -> None:
    rude, strange = Line(), Line()
    rude.say(t="ping")
    strange.say(t="hello", v=2)

    async with connected(house.desks, rude, strange):
        await rude.until_over()
        await strange.until_over()

    assert [rude.close_codes, strange.close_codes] == [[Close.BAD_FRAME]] * 2


async def test_a_room_that_is_not_yours_is_not_there(house: House) -> None:
    token = await reporter(house)
    ana = await house.member("ana")
    lines = [
        hello(Line(), ana.token.text, "no such room"),
        hello(Line(), token, "no such room"),
        hello(Line(), "forged", ""),
    ]

    async with connected(house.desks, *lines):
        for line in lines:
            await line.until_over()

    codes = [line.close_codes for line in lines]
    assert codes == [[Close.NOT_FOUND], [Close.SIGNED_OUT], [Close.SIGNED_OUT]]
    assert [line.frames for line in lines] == [[], [], []]
    assert house.bus.watches() == [], "Nor is anything of it heard later."


async def test_who_is_not_approved_or_has_no_second_factor_has_no_seat(house: House) -> None:
    room = await room_of(house, await reporter(house))
    dee = await house.member("dee", approved=False)
    eva = await house.member("eva", second_factor=False)
    ways: list[dict[str, object]] = [{"queue": True}, {"room": room}]
    lines = list[Line]()
    for member in dee, eva:
        for way in ways:
            line = Line()
            line.say(t="hello", v=1, token=member.token.text, **way)
            lines.append(line)

    async with connected(house.desks, *lines):
        for line in lines:
            await line.until_over()

    assert [(line.frames, line.close_codes) for line in lines] == [([], [Close.SIGNED_OUT])] * 4


async def test_the_staff_s_file_is_told_to_the_team_as_they_come_and_to_no_reporter(
    house: House,
) -> None:
    ana, token = await house.member("ana"), await reporter(house)
    room = await room_of(house, token)
    hers, mine = hello(Line(), ana.token.text, room), hello(Line(), token)

    async with connected(house.desks, hers, mine):
        await hers.until("event")
        await mine.until("event")
        hers.say(t="hand_over", id="handover-1", summary="Her uncle again.")
        (refused,) = await hers.until("refused")
        hers.say(t="claim", id="claim-0001")
        hers.say(t="hand_over", id="handover-2", summary="Her uncle again.")
        acks = await hers.until("ack", 2)
        shown = await mine.until("event", acks[-1]["seq"])
    again = hello(Line(), ana.token.text, room)
    async with connected(house.desks, again):
        (file,) = await again.until("file")

    assert (refused["id"], hers.close_codes) == ("handover-1", [])
    assert "Her uncle again." in json.dumps(file)
    assert "uncle" not in json.dumps(mine.frames)
    assert [event["seq"] for event in shown] == [*range(1, acks[-1]["seq"] + 1)]


async def test_a_room_that_another_worker_just_erased_is_not_there_any_more(house: House) -> None:
    way_in = await house.report(TEASING)
    line = hello(Line(), way_in.token.text)

    async with connected(house.desks, line):
        await line.until("event")
        await house.desks.reporting.delete(way_in.reporter)
        await line.until("event", 2)
        await house.parts.rooms.delete_due(date.max)
        line.say(t="seen", seq=2)
        await line.until_over()

    assert line.close_codes == [Close.NOT_FOUND]


async def test_what_is_not_a_frame_ends_the_connection(house: House) -> None:
    token = await reporter(house)
    lines = [hello(Line(), token) for _ in range(3)]
    lines[0].put("{")
    lines[1].put(None, b"bytes")
    lines[2].say(t="say", id="message-0001", body="a fine frame")

    async with connected(house.desks, *lines):
        await lines[0].until_over()
        await lines[1].until_over()
        await lines[2].until("ack")

    assert [line.close_codes for line in lines] == [[Close.BAD_FRAME], [Close.BAD_FRAME], []]


async def test_what_one_says_is_acknowledged_and_everybody_in_the_room_is_shown_it_once(
    house: House,
) -> None:
    token = await reporter(house)
    ana, room = await house.member("ana"), await room_of(house, token)
    mia, watching = hello(Line(), token), hello(Line(), ana.token.text, room)
    elsewhere = hello(Line(), await reporter(house, "draft-0002"))

    async with connected(house.desks, mia, watching, elsewhere):
        await watching.until("event")
        await elsewhere.until("event")
        say_many(mia, 20)
        await mia.until("ack", 20)
        await watching.until("event", 21)

    assert [frame["seq"] for frame in mia.frames if frame["t"] == "ack"] == [*range(2, 22)]
    assert mia.events == watching.events == [*range(1, 22)]
    assert elsewhere.events == [1]


async def test_who_says_again_how_far_they_have_read_is_passed_on_once_and_nothing_is_written(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks = list[MarkSeen]()
    submit = StoredJournal.submit

    def submit_counted(
        self: StoredJournal, command: Command, share: str = ""
    ) -> Awaitable[Outcome]:
        marks.extend([command] if isinstance(command, MarkSeen) else [])
        return submit(self, command, share)

    monkeypatch.setattr(StoredJournal, "submit", submit_counted)
    token, ana = await reporter(house), await house.member("ana")
    room = await room_of(house, token)
    for line, text in ((Line(), token), (Line(), token), (Line(), ana.token.text)):
        hello(line, text, room if text != token else "")
        for seq in (1, 1, 0):
            line.say(t="seen", seq=seq)
        line.say(t="ping")
        async with connected(house.desks, line):
            await line.until("pong")
    again = hello(Line(), ana.token.text, room)
    again.say(t="seen", seq=1)
    again.say(t="ping")
    async with connected(house.desks, again):
        await again.until("pong")

    assert [mark.author.role for mark in marks] == [Role.REPORTER, Role.TEAM]


async def test_a_mark_that_another_worker_made_is_not_passed_on_again(house: House) -> None:
    mia = await house.report()
    at_mia, _ = await house.desks.chat.enter(mia.reporter, mia.reporter.room)
    line = hello(Line(), mia.token.text)
    async with connected(house.desks, line):
        await line.until("welcome")
        for _ in range(2):
            await house.desks.chat.mark_seen(at_mia, 1)
        line.say(t="seen", seq=1)
        say_many(line, 1)
        # Behind every mark: what happens in a room is told in its order. An answer like "pong" is not.
        await line.until("event", 2)

    assert [frame["seq"] for frame in line.frames if frame["t"] == "seen"] == [1]


async def test_what_changes_between_the_look_at_a_room_and_the_seat_in_it_is_told(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    mia, ana = await house.report(), await house.responder("ana")
    enter = house.desks.chat.enter
    hers, _ = await enter(ana, mia.reporter.room)

    async def enter_slowly(actor: Actor, room: RoomId) -> tuple[Unlocked, Room]:
        entered = await enter(actor, room)
        await house.desks.chat.claim(hers, "claim-0001")
        return entered

    monkeypatch.setattr(house.desks.chat, "enter", enter_slowly)
    line = hello(Line(), mia.token.text)
    async with connected(house.desks, line):
        states = await line.until("state")

    assert [state["status"] for state in states] == ["active"]


async def test_whoever_says_all_the_time_that_they_type_is_passed_on_now_and_then(
    house: House,
) -> None:
    token = await reporter(house)
    ana, room = await house.member("ana"), await room_of(house, token)
    hers, mia = hello(Line(), ana.token.text, room), hello(Line(), token)

    async with connected(house.desks, hers, mia):
        await hers.until("event")
        for _ in range(100):
            mia.say(t="typing")
        mia.say(t="say", id="message-0001", body="There.")
        await hers.until("event", 2)

    assert 1 <= [frame["t"] for frame in hers.frames].count("typing") < 10


async def test_who_comes_back_is_shown_what_they_missed_and_no_more(house: House) -> None:
    token = await reporter(house)
    first = hello(Line(), token)
    async with connected(house.desks, first):
        say_many(first, 5)
        await first.until("ack", 5)

    back, ahead = hello(Line(), token, since=4), hello(Line(), token, since=99)
    async with connected(house.desks, back, ahead):
        await back.until("event", 2)
        await ahead.until("welcome")
        say_many(back, 1, first=6)
        await ahead.until("event")
        await back.until("event", 3)

    assert back.events == [5, 6, 7]
    assert ahead.events == [7], "The store knows better than a client how far it has come."


async def test_who_comes_back_hears_each_time_which_files_are_not_shown_any_more(
    house: House,
) -> None:
    token, ana = await reporter(house), await house.member("ana")
    room = await room_of(house, token)
    here, _ = await house.desks.chat.enter(ana.check_approved(), RoomId(room))
    await house.desks.chat.claim(here, "claim-0001")
    hidden, _shown = [await show_photo(house, here, f"a-photo-{n}") for n in (1, 2)]
    await house.desks.viewing.quarantine(here, "quarantine-1", hidden, "A child, undressed.")

    # Their pages have had all events since before it was hidden, and load none of them anew.
    mia, hers = hello(Line(), token, since=4), hello(Line(), ana.token.text, room, since=4)
    async with connected(house.desks, mia, hers):
        for line in (mia, hers):
            line.say(t="ping")
            await line.until("pong")

    for line in (mia, hers):
        told = [frame["attachment"] for frame in line.frames if frame["t"] == "withheld"]
        assert (told, line.events) == ([hidden], [])


async def show_photo(house: House, here: Unlocked, id: str) -> str:
    async def pieces() -> AsyncIterator[bytes]:
        yield PHOTO

    announced = Announced("image/jpeg", len(PHOTO))
    upload = await house.desks.uploads.take(here, id, announced, pieces())
    return (await house.desks.finishing.finish(here, upload.id)).id


@pytest.mark.slow
async def test_who_does_not_read_is_dropped_holds_up_nobody_and_resumes(house: House) -> None:
    token = await reporter(house)
    slow, quick = hello(Line(), token), hello(Line(), token)

    async with connected(house.desks, slow, quick, patience=IMPATIENT):
        await slow.until("event")
        await quick.until("event")
        slow.stop_reading()
        say_many(quick, 30)
        await quick.until("event", 31)
        await slow.until_over()
        assert len(house.bus.watches()) == 1

    assert slow.events == [1]
    assert quick.events == [*range(1, 32)]
    again = hello(Line(), token, since=1)
    async with connected(house.desks, again):
        await again.until("event", 30)
    assert again.events == [*range(2, 32)]


async def test_who_reads_again_in_time_is_told_that_it_was_too_slow(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushes, caught_up = house.desks.history.pushes, anyio.Semaphore(0)

    async def pushes_to_the_end(here: Unlocked, since: int) -> AsyncIterator[Push]:
        async for push in pushes(here, since):
            yield push
        caught_up.release()

    monkeypatch.setattr(house.desks.history, "pushes", pushes_to_the_end)
    token = await reporter(house)
    slow, quick = hello(Line(), token), hello(Line(), token)

    async with connected(house.desks, slow, quick):
        for _ in (slow, quick):
            await caught_up.acquire()
        slow.stop_reading()
        say_many(quick, MAILBOX_LIMIT + 10)
        await quick.until("event", MAILBOX_LIMIT + 11)
        slow.read_again()
        await slow.until_over()

    assert slow.close_codes == [Close.SLOW_READER]
    assert slow.events == [1, 2], "Nothing is left out before the end."


async def test_who_is_a_little_behind_is_not_dropped(house: House) -> None:
    token = await reporter(house)
    slow, quick = hello(Line(), token), hello(Line(), token)

    async with connected(house.desks, slow, quick):
        await slow.until("event")
        slow.stop_reading()
        say_many(quick, 50)
        await quick.until("event", 51)
        slow.read_again()
        await slow.until("event", 51)

    assert slow.events == [*range(1, 52)]
    assert slow.close_codes == []


@pytest.mark.slow
async def test_an_answer_that_nobody_takes_ends_the_connection_at_the_deadline(
    house: House,
) -> None:
    token = await reporter(house)
    line = hello(Line(), token)

    async with connected(house.desks, line, patience=IMPATIENT):
        await line.until("event")
        line.stop_reading()
        line.say(t="ping")
        await line.until_over()

    assert [frame["t"] for frame in line.frames].count("pong") == 0
    assert house.bus.watches() == []


@pytest.mark.slow
async def test_what_was_begun_is_told_to_the_room_although_its_sender_is_dropped(
    house: House,
) -> None:
    token = await reporter(house)
    stuck, watching = hello(Line(), token), hello(Line(), token)

    async with connected(house.desks, stuck, watching, patience=IMPATIENT):
        await stuck.until("event")
        await watching.until("event")
        stuck.stop_reading()
        say_many(stuck, 3)
        await stuck.until_over()
        committed = await head_of(house, token)
        await watching.until("event", committed)

    assert watching.events == [*range(1, committed + 1)]
    assert committed > 1


async def test_a_session_that_is_revoked_closes_its_open_sockets_and_no_others(
    house: House,
) -> None:
    token = await reporter(house)
    ana, ben, room = (
        await house.member("ana"),
        await house.member("ben"),
        await room_of(house, token),
    )
    hers, his = hello(Line(), ana.token.text, room), hello(Line(), ben.token.text, room)
    queue = Line()
    queue.say(t="hello", v=1, token=ana.token.text, queue=True)

    async with connected(house.desks, hers, his, queue):
        await hers.until("event")
        await his.until("event")
        await queue.until("queue")
        await house.parts.signin.disable(house.organization.id, ana.member.id)
        await house.desks.revocation.recheck()
        await hers.until_over()
        await queue.until_over()
        his.say(t="ping")
        await his.until("pong")

    assert hers.close_codes == queue.close_codes == [Close.SIGNED_OUT]
    assert his.close_codes == []


@pytest.mark.parametrize("where", ["queue", "room"])
async def test_whoever_is_signed_out_just_before_they_are_seated_is_not_seated(
    house: House, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    room = await room_of(house, await reporter(house))
    ana = await house.member("ana")
    find = house.desks.signin.find

    async def find_and_sign_out(token: Token) -> SignedIn | None:
        found = await find(token)
        await house.desks.signin.sign_out(ana)
        await house.desks.revocation.recheck()
        return found

    monkeypatch.setattr(house.desks.signin, "find", find_and_sign_out)
    line = Line()
    asked = {"queue": True} if where == "queue" else {"room": room}
    line.say(t="hello", v=1, token=ana.token.text, **asked)
    async with connected(house.desks, line):
        await line.until_over()

    assert (line.frames, line.close_codes) == ([], [Close.SIGNED_OUT])
    assert house.bus.watches() == []


async def test_a_revoked_session_ends_although_its_client_does_not_read(house: House) -> None:
    token = await reporter(house)
    line = hello(Line(), token)

    async with connected(house.desks, line, patience=IMPATIENT):
        await line.until("event")
        line.stop_reading()
        house.bus.watches()[0].end(Close.SIGNED_OUT)
        await line.until_over()

    assert house.bus.watches() == []


@asynccontextmanager
async def signed_out_behind_a_blocked_wire(house: House) -> AsyncIterator[tuple[Line, Line, str]]:
    """Ana, who does not read and is disabled meanwhile, and Mia, in a room; Ana reads again at the end."""
    token = await reporter(house)
    ana, room = await house.member("ana"), await room_of(house, token)
    hers, mia = hello(Line(), ana.token.text, room), hello(Line(), token)

    async with connected(house.desks, hers, mia):
        await hers.until("event")
        # Numberless frames go out once the first reading is done: from here on she is written to
        # in each teller's turn.
        mia.say(t="typing")
        await hers.until("typing")
        hers.stop_reading()
        say_many(mia, 2)
        await mia.until("event", 3)
        await house.parts.signin.disable(house.organization.id, ana.member.id)
        await house.desks.revocation.recheck()
        yield hers, mia, room
        hers.read_again()
        await hers.until_over()


async def test_what_happens_after_a_revocation_is_not_shown_although_the_wire_was_blocked(
    house: House,
) -> None:
    async with signed_out_behind_a_blocked_wire(house) as (hers, mia, _):
        say_many(mia, 5, first=3)
        await mia.until("event", 8)

    assert hers.close_codes == [Close.SIGNED_OUT]
    # The second was on the wire already.
    assert hers.events == [1, 2]


async def test_whoever_was_signed_out_does_nothing_more_although_the_wire_was_blocked(
    house: House,
) -> None:
    async with signed_out_behind_a_blocked_wire(house) as (hers, _, room):
        # Nobody could tell her yet, and she goes on.
        hers.say(t="claim", id="claim-0001")
        await hers.until_heard()

    assert hers.close_codes == [Close.SIGNED_OUT]
    found = await house.parts.rooms.find_room(RoomId(room))
    assert found is not None and (found.responder, found.head) == (None, 3)


async def room_of(house: House, token: str) -> str:
    held = house.desks.tokens.read("reporter", token)
    assert held is not None
    way_in = await house.desks.reporting.find(held)
    assert way_in is not None
    return way_in.reporter.room


async def head_of(house: House, token: str) -> int:
    rooms = await house.desks.rooms.rooms(house.organization.id)
    room = await room_of(house, token)
    return next(each.head for each in rooms if each.id == room)


async def test_what_cannot_be_kept_ends_the_connection_and_nothing_overtakes_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await reporter(house)
    say, outages = house.desks.chat.say, [StoreDown(), TooBusy()]

    async def say_or_not(here: Unlocked, id: str, body: str) -> Outcome:
        if id == "message-0002" and outages:
            raise outages.pop()
        return await say(here, id, body)

    monkeypatch.setattr(house.desks.chat, "say", say_or_not)
    turned_away = [hello(Line(), token), hello(Line(), token)]
    for line in turned_away:
        say_many(line, 3)
        async with connected(house.desks, line):
            await line.until_over()
    line = hello(Line(), token)
    say_many(line, 3)
    async with connected(house.desks, line):
        acks = await line.until("ack", 3)

    assert [each.close_codes for each in turned_away] == [[Close.COME_BACK_LATER]] * 2
    assert [[ack["seq"] for ack in await each.until("ack")] for each in turned_away] == [[2], [2]]
    assert [ack["seq"] for ack in acks] == [2, 3, 4]


async def test_a_line_whose_history_can_not_be_told_is_ended_and_does_not_fall_silent(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    token = await reporter(house)

    async def unreadable(_here: Unlocked, since: int) -> AsyncIterator[Push]:
        if since == 0:
            raise Unreadable
        yield Push(since, "")

    monkeypatch.setattr(house.desks.history, "pushes", unreadable)
    line = hello(Line(), token)
    async with connected(house.desks, line):
        await line.until_over()

    assert ([frame["t"] for frame in line.frames], line.close_codes) == (
        ["welcome"], [Close.COME_BACK_LATER],
    )  # fmt: skip
    assert [record.message for record in caplog.records] == ["bug in a socket"]
    assert house.bus.watches() == []
