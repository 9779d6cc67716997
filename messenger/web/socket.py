"""The websocket. Raw ASGI, because thousands of these sleep at once and each must be small.

One coroutine per socket reads; there is no second one that writes. What arrives in the mailbox is
written at once by whoever put it there, since a send almost never has to wait. When one does, or a
gap has to be read again, a task of this socket's own takes over and nothing overtakes it.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import anyio
from starlette.types import Message, Receive, Scope
from starlette.types import Send as SendMessage

from messenger.domain.errors import PASSING, NotFound
from messenger.protocol.closing import Close
from messenger.protocol.connection import (
    PONG,
    Connection,
    Do,
    Effect,
    Hangup,
    Join,
    Phase,
    Renew,
    Reread,
    Send,
    Tell,
)
from messenger.protocol.frames import Hello
from messenger.web.desks import Desks, desks_of
from messenger.web.headers import header
from messenger.web.seats import Finished, SocketSeat, take_seat
from messenger.web.transport import PUT

_log = logging.getLogger("messenger.web")


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to say hello in, and seconds one send may take before the reader is too slow."""

    hello: float = 15.0
    send: float = 10.0


PATIENCE = Patience()


class Gone(Exception):
    """The client closed the connection, or it broke."""


async def socket(
    scope: Scope, receive: Receive, send: SendMessage, patience: Patience = PATIENCE
) -> None:
    """Serve one websocket connection."""
    desks = desks_of(scope)
    await receive()
    origin = header(scope, b"origin")
    if origin and origin not in desks.place.origins:
        # Before accepting: a page of another site must not even learn that we are here.
        await send({"type": "websocket.close", "code": Close.FOREIGN_ORIGIN})
        return
    await send({"type": "websocket.accept"})
    admission = desks.admission
    if not admission.has_place_for_socket():
        await send(closing(Close.COME_BACK_LATER, admission.seconds_to_stay_away()))
        return
    admission.sockets += 1
    try:
        await Socket(desks, scope, receive, send, patience).run()
    finally:
        admission.sockets -= 1


class Socket:
    """One client's connection: carries out what its `Connection` asks for."""

    __slots__ = (
        "_connection",
        "_desks",
        "_is_given_up",
        "_is_reading",
        "_patience",
        "_put",
        "_receive",
        "_scope",
        "_seat",
        "_send",
        "_task",
        "_writing",
    )

    def __init__(
        self,
        desks: Desks,
        scope: Scope,
        receive: Receive,
        send: SendMessage,
        patience: Patience = PATIENCE,
    ) -> None:
        self._desks = desks
        self._patience = patience
        self._scope = scope
        self._receive = receive
        self._send = send
        self._put = put_of(scope)
        self._connection = Connection()
        self._seat: SocketSeat | None = None
        self._task = asyncio.current_task()
        self._writing: asyncio.Task[None] | None = None
        self._is_given_up = False
        self._is_reading = False

    async def run(self) -> None:
        """Read until one side is done; leave nothing behind."""
        try:
            await self._greet()
            while True:
                await self._carry_out(self._connection.receive(await self._read()))
        except Finished as finished:
            await self._close(finished.why, finished.seconds)
        except asyncio.CancelledError:
            # By ourselves, and then it is the end of this connection alone.
            if not self._is_given_up or self._task is None:
                raise
            self._task.uncancel()
        except PASSING:
            # An outage, not a bug. What was not answered is said again after coming back, and what
            # was said behind it is not even looked at: it must not overtake.
            await self._close(Close.COME_BACK_LATER)
        except NotFound:
            await self._close(Close.NOT_FOUND)
        except Gone:
            pass
        finally:
            self._leave()

    async def _greet(self) -> None:
        """Take the hello, subscribe, then read what was missed: the whole of the race-free join."""
        hello = await self._read_hello()
        # Cookies count only for pages of an origin we know; other clients send their token.
        cookies = header(self._scope, b"cookie") if header(self._scope, b"origin") else ""
        async with self._desks.admission.turn_to_join():
            self._seat = await take_seat(self._desks, hello, cookies, self._wake)
            self._seat.watch.away = hello.away
            greetings = await self._seat.greetings()
        for frame in greetings:
            await self._write(frame)
        self._connection.joined(min(hello.since, self._seat.head))
        self._writing = asyncio.create_task(self._catch_up())
        self._seat.arrive()

    async def _read_hello(self) -> Hello:
        with self._desks.admission.silent.wait(self._patience.hello):
            effect = self._connection.receive(await self._read())
            if isinstance(effect, Join):
                return effect.hello
            raise Finished(Close.BAD_FRAME)
        # Not a mistake of theirs: a line that stands still, or somebody who fell asleep just then.
        raise Finished(Close.IDLE)

    async def _read(self) -> str:
        if self._is_given_up:
            raise Gone
        self._is_reading = True
        try:
            message = await self._receive()
        finally:
            self._is_reading = False
        if message["type"] == "websocket.disconnect":
            raise Gone
        text = message.get("text")
        if text is None:
            raise Finished(Close.BAD_FRAME)
        return str(text)

    async def _carry_out(self, effect: Effect | None) -> None:
        seat = self._seat
        if seat is None:
            raise Finished(Close.BAD_FRAME)
        if seat.watch.closing is not None:
            raise Finished(seat.watch.closing)
        match effect:
            case Do(act):
                await self._write(await seat.carry_out(act))
            case Renew(away):
                seat.watch.away = away
                await seat.renew()
                await self._write(PONG)
                for frame in await seat.news():
                    await self._write(frame)
            case Tell(what):
                await seat.tell(what)
            case Hangup(why):
                raise Finished(why)
            case _:
                return

    def _wake(self) -> None:
        """Something is in the mailbox. Called by whoever put it there; never waits."""
        seat = self._seat
        if self._writing is not None or seat is None or self._connection.phase is not Phase.OPEN:
            return  # Whoever writes now, or greets, looks into the mailbox when done.
        if self._is_given_up:
            return
        if seat.watch.closing is not None:
            self._writing = asyncio.create_task(self._give_up(seat.watch.closing))
            return
        blocked = self._write_what_goes()
        if blocked is not None:
            self._writing = asyncio.create_task(self._write_the_rest(blocked))

    def _write_what_goes(self) -> Send | Reread | None:
        """Write pushes until none is left; return one that has to wait, or a gap to be read."""
        pending = self._seat.watch.pending if self._seat else ()
        while pending:
            effect = self._connection.push(pending[0])
            if isinstance(effect, Reread):
                return effect
            pending.popleft()
            if effect is not None and not self._put(effect.text):
                return effect
        return None

    async def _write_the_rest(self, blocked: Send | Reread | None) -> None:
        """Do what had to wait, then go on until nothing is left."""
        try:
            with anyio.fail_after(self._patience.send):
                while blocked is not None:
                    if isinstance(blocked, Reread):
                        await self._reread(blocked.since)
                    else:
                        await self._send_text(blocked.text)
                    blocked = self._write_what_goes()
        except TimeoutError:
            await self._give_up(Close.SLOW_READER)
        except PASSING:
            # The gap can't be read now: coming back reads it.
            await self._give_up(Close.COME_BACK_LATER)
        except (Gone, OSError):
            pass  # The reading side learns of it by itself.
        except Exception as bug:  # noqa: BLE001 (told; the line would look well, and be deaf)
            _log.error("bug in a socket", exc_info=bug)
            await self._give_up(Close.COME_BACK_LATER)
        finally:
            self._writing = None
        self._wake()

    async def _catch_up(self) -> None:
        await self._write_the_rest(Reread(self._connection.seen))

    async def _reread(self, since: int) -> None:
        seat = self._seat
        if seat is None:
            return
        async for push in seat.history(since):
            if seat.watch.closing is not None:
                return
            effect = self._connection.push(push)
            if isinstance(effect, Send):
                await self._send_text(effect.text)

    async def _give_up(self, why: Close) -> None:
        """Close from our side, and end the reading side: it may wait for one who never answers."""
        self._is_given_up = True
        if self._seat is not None:
            self._seat.watch.end(why)
        await self._close(why)
        # Only while it reads: an act that was begun is told to the room before this ends.
        if self._is_reading and self._task is not None:
            self._task.cancel()

    async def _write(self, text: str) -> None:
        """Send an answer. The deadline is set only for a send that has to wait: it costs more."""
        if self._put(text):
            return
        with anyio.move_on_after(self._patience.send) as patience:
            await self._send_text(text)
        if patience.cancelled_caught:
            raise Finished(Close.SLOW_READER)

    async def _send_text(self, text: str) -> None:
        try:
            await self._send({"type": "websocket.send", "text": text})
        except OSError:
            raise Gone from None

    async def _close(self, why: Close, seconds: int = 0) -> None:
        # Perhaps closed already, by them or by the server's own shutdown. And to one who does not
        # read, even the last word may never go out.
        with anyio.move_on_after(self._patience.send), suppress(OSError, RuntimeError):
            await self._send(closing(why, seconds))

    def _leave(self) -> None:
        writing, seat = self._writing, self._seat
        self._seat = None
        if writing is not None:
            writing.cancel()
        if seat is not None:
            seat.leave()


def put_of(scope: Scope) -> Callable[[str], bool]:
    """Return what writes text at once or returns False; under another server, all has to wait."""
    # Taken out of the scope, which the transport holds: a circle would be freed only by and by.
    put: Callable[[str], bool] = scope.get("extensions", {}).pop(PUT, {}).get("put", _never)
    return put


def _never(_text: str) -> bool:
    return False


def closing(why: Close, seconds: int = 0) -> Message:
    """Return the end of a connection; the reason says how many seconds to stay away."""
    return {"type": "websocket.close", "code": why, "reason": str(seconds) if seconds else ""}
