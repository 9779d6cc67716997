"""The service's side: the `Cleaner` that has a worker do it, and believes no word of it.

The worker and what it says are a stranger's as much as the file is: sayings are read strictly, all
that it asks and gives is bounded, and so is the time. Whatever goes wrong there, it is ended.
"""

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass

import anyio
from anyio import to_thread
from msgspec import DecodeError, json

from messenger.domain.attachment import CLEAN
from messenger.domain.errors import CannotClean, OthersFirst, Reason, TooBusy
from messenger.media.kinds import HEAD, find_kind
from messenger.media.limits import Limits
from messenger.media.wire import LENGTH, MOST, Ask, Done, Give, Saying, Sorry, read_saying
from messenger.ports.media import Cleaned, Read, Write
from messenger.turnstile import Turnstile

PLACES = 2
"""Workers at a time."""
WAITING = 64
"""Files that may wait for a place; then who has most of them waiting is sent away."""
PATIENCE = 120.0
"""Seconds to wait for a place."""
GROWTH = 64 * 1024 * 1024
"""Bytes a result may have beyond four times the upload's."""
_READY = 30.0
"""Seconds for a nursery to start in, on a machine that has much else to do."""
_ANSWER = 10.0
"""Seconds for it to fork in."""

_log = logging.getLogger(__name__)


class CannotConfine(Exception):
    """This machine does not give what a worker needs to be harmless. Says what is missing."""


@dataclass(frozen=True, slots=True)
class Worker:
    """One process for one file: the socket to it, and a handle to end it by."""

    connection: socket.socket
    handle: int

    def end(self) -> None:
        """End it, whatever it does."""
        with suppress(ProcessLookupError):  # It may have ended already.
            signal.pidfd_send_signal(self.handle, signal.SIGKILL)
        os.close(self.handle)
        self.connection.close()


class NurseryProcess:
    """The program that forks workers, started when one is needed. Its methods block."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self.refused: list[str] = []

    def fork(self) -> Worker:
        """Return a new worker. Raises `OSError` or `CannotConfine`."""
        if self._control is None:
            return self._fork()
        try:
            return self._fork()
        except OSError:
            return self._fork()  # It had died, perhaps for want of memory: so from a new one.

    def start(self) -> socket.socket:
        """Have it running, and return the socket to it. Raises `CannotConfine`."""
        if self._control is not None:
            return self._control
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control = ours
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - Nothing of it is a stranger's.
                [sys.executable, "-I", "-m", "messenger.media.nursery",
                 str(theirs.fileno()), json.encode(self._limits).decode()],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                cwd="/", env={}, pass_fds=[theirs.fileno()], start_new_session=True,
            )  # fmt: skip
        ours.settimeout(_READY)
        told = json.decode(ours.recv(4096) or b"{}", type=dict[str, list[str] | str])
        ours.settimeout(_ANSWER)
        if "refused" not in told:
            self.close()
            raise CannotConfine(told.get("lacks", "the program did not start"))
        self.refused = list(told["refused"])
        return ours

    def close(self) -> None:
        """End it; its workers end with it."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _fork(self) -> Worker:
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                return Worker(ours, self._send(theirs))
        except BaseException:
            ours.close()
            self.close()
            raise

    def _send(self, connection: socket.socket) -> int:
        control = self.start()
        socket.send_fds(control, [b"\0"], [connection.fileno()])
        _, handles, _, _ = socket.recv_fds(control, 1, 1)
        if not handles:
            raise ConnectionError("the nursery is gone")
        return handles[0]


class ProcessCleaner:
    """The `Cleaner`: a fresh process for each file, a few at a time, and organizations in turns."""

    def __init__(
        self, limits: Limits | None = None, *, places: int = PLACES, patience: float = PATIENCE
    ) -> None:
        self._limits = limits or Limits()
        self._nursery = NurseryProcess(self._limits)
        self._forking = anyio.Lock()
        self._turnstile = Turnstile(places, WAITING, patience)
        self._turnstile_of_long = Turnstile(max(1, places - 1), WAITING, patience)

    async def clean(self, size: int, read: Read, write: Write, share: str = "") -> Cleaned:
        kind = find_kind(await read(0, HEAD))
        # What we don't take is refused at once.
        is_quick = kind is None or kind.is_quick
        deadline = self._limits.quick if is_quick else self._limits.deadline
        async with self._place(share, is_quick=is_quick):
            worker = await self._fork()
            try:
                with anyio.move_on_after(deadline):
                    return await Conversation(worker, self._limits.silence).lead(size, read, write)
                raise CannotClean(Reason.TOO_SLOW)
            finally:
                worker.end()

    @property
    def refused(self) -> list[str]:
        """The walls that this kernel did not build; known once a file was cleaned."""
        return self._nursery.refused

    def close(self) -> None:
        """End every process. Blocks for a moment."""
        self._nursery.close()

    @asynccontextmanager
    async def _place(self, share: str, *, is_quick: bool) -> AsyncIterator[None]:
        async with AsyncExitStack() as held:
            if not is_quick:
                await self._wait_for_others(held, share)
            await held.enter_async_context(self._turnstile.inside(share))
            yield

    async def _wait_for_others(self, held: AsyncExitStack, share: str) -> None:
        """What takes long leaves a place free for what is quick."""
        try:
            await held.enter_async_context(self._turnstile_of_long.inside(share))
        except TooBusy:
            raise OthersFirst from None

    async def _fork(self) -> Worker:
        async with self._forking:
            try:
                return await to_thread.run_sync(self._nursery.fork)
            except (CannotConfine, OSError) as error:
                _log.error("no file can be cleaned", exc_info=error)
                raise CannotClean from error


class Conversation:
    """What is said between us and one worker. Raises `CannotClean` for all that is wrong with it."""

    def __init__(self, worker: Worker, silence: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._connection = worker.connection
        self._connection.settimeout(0)
        self._silence = silence

    async def lead(self, size: int, read: Read, write: Write) -> Cleaned:
        """Answer until the worker is done."""
        await self._tell(size.to_bytes(8, "big"))
        given = 0
        while True:
            match await self._hear():
                case Ask(offset, length):
                    length = min(length, size - offset)
                    await self._tell(await read(offset, length) if length > 0 else b"")
                case Give(data):
                    given += len(data)
                    if given > 4 * size + GROWTH:
                        raise CannotClean
                    await write(data)
                case Sorry(reason):
                    raise CannotClean(reason)
                case Done() as done:
                    return _checked(done, given)

    async def _tell(self, piece: bytes) -> None:
        with _spoken(), anyio.fail_after(self._silence):
            await self._loop.sock_sendall(
                self._connection, len(piece).to_bytes(LENGTH, "big") + piece
            )

    async def _hear(self) -> Saying:
        with _spoken(), anyio.fail_after(self._silence):
            length = int.from_bytes(await self._receive(LENGTH), "big")
            if length > MOST:
                raise CannotClean
            return read_saying(await self._receive(length))

    async def _receive(self, length: int) -> bytearray:
        received = bytearray(length)
        view = memoryview(received)
        while view:
            count = await self._loop.sock_recv_into(self._connection, view)
            if not count:
                raise CannotClean
            view = view[count:]
        return received


@contextmanager
def _spoken() -> Iterator[None]:
    """Tell a worker that hangs, died or talks nonsense as what it is to people."""
    try:
        yield
    except TimeoutError:
        raise CannotClean(Reason.TOO_SLOW) from None
    except (OSError, DecodeError):
        raise CannotClean from None


def _checked(done: Done, given: int) -> Cleaned:
    if done.media_type not in CLEAN or not given:
        raise CannotClean
    return Cleaned(done.media_type, given, done.width, done.height, done.seconds, done.preview)


@asynccontextmanager
async def open_cleaner(limits: Limits, places: int = PLACES) -> AsyncIterator[ProcessCleaner]:
    """A cleaner, whose processes end with it."""
    cleaner = ProcessCleaner(limits, places=places)
    try:
        yield cleaner
    finally:
        cleaner.close()


async def find_lack(limits: Limits) -> tuple[str, list[str]]:
    """Clean a picture to see: what is missing for it, and which walls this kernel did not build."""
    cleaner = ProcessCleaner(limits)
    try:
        await cleaner.clean(len(_DOT), _read_dot, _drop)
    except CannotClean as refusal:
        return str(refusal.__cause__ or "it does not work here"), []
    finally:
        cleaner.close()
    return "", cleaner.refused


_DOT = b"GIF87a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"
"""The smallest picture there is."""


async def _read_dot(offset: int, length: int) -> bytes:
    return _DOT[offset : offset + length]


async def _drop(piece: bytes) -> None:
    del piece
