"""Servers with one bug each, so that the proofs can be seen to fail: `python -m tests.proofs.faulty BUG`.

Each takes one part out of the service and puts in another that does the same, but for the bug.
"""

import sys
import time
from collections.abc import Sequence
from itertools import count
from types import ModuleType
from typing import Any

import anyio
from sqlalchemy import Connection as Database

from bench.history.check import Kind as Trouble
from messenger import app, parts
from messenger.commands.serve import serve
from messenger.domain.commands import Command, Said
from messenger.domain.events import Author, Content, Event, Kind, Role, Stream
from messenger.domain.ids import ClientId
from messenger.domain.room import Room
from messenger.live.hub import Hub
from messenger.ports.storage import Outcome
from messenger.protocol.connection import Connection, Push, Reread, Send
from messenger.services.chat import Chat
from messenger.services.rereading import Rereading
from messenger.services.sealing import Unlocked
from messenger.storage import embedded, postgres, rows, sqlite
from messenger.storage.embedded import ThreadWriter
from messenger.storage.postgres import TaskWriter
from messenger.storage.statements import translated
from messenger.storage.writer import Answer, Task, answers_to
from messenger.web import socket
from tests.server import Server
from tests.swapping import swap

HESITATION = 0.1
"""Seconds between doing a thing too early and the moment when it would have been right."""


class AcknowledgesBeforeTheCommit(ThreadWriter):
    """Answers when the rows are written, and commits then."""

    def _commit_twice(self, connection: Database, batch: list[Task]) -> Sequence[Answer]:
        with connection.begin():
            answers = answers_to(connection, batch, careful=True)
            self._loop.call_soon_threadsafe(_answer, batch, answers)
            time.sleep(HESITATION)
        return answers


class AcknowledgesBeforeTheServersCommit(TaskWriter):
    """The same, where a server commits."""

    async def _commit_once(self, batch: list[Task]) -> Sequence[Answer]:
        async with self._engine.connect() as connection, connection.begin():
            answers: Sequence[Answer] = await connection.run_sync(_write_only, batch)
            _answer(batch, answers)
            await anyio.sleep(HESITATION)
        return answers


def _write_only(connection: Database, batch: list[Task]) -> Sequence[Answer]:
    with translated(connection):
        return answers_to(connection, batch, careful=True)


def _answer(batch: list[Task], answers: Sequence[Answer]) -> None:
    for task, answer in zip(batch, answers, strict=True):
        if not task.future.done() and not isinstance(answer, BaseException):
            task.future.set_result(answer)


class BroadcastsBeforeTheCommit(Chat):
    """Tells the room what the journal is going to say, and then asks the journal."""

    async def _record(
        self, here: Unlocked, command: Command, contents: dict[Stream, Content]
    ) -> Outcome:
        room = await self._rooms.find_room(command.room)
        if room is not None:
            foretold = room.decide(command, int(self._clock().timestamp()))
            await self._teller.tell(Outcome(*foretold), contents)
        await anyio.sleep(HESITATION)
        return await self._journal.submit(command, here.organization)


class TakesAnyGreaterNumber(Connection):
    """Passes on what is newer, and does not notice what is missing."""

    def push(self, push: Push) -> Send | Reread | None:
        if push.seq > self.seen + 1:
            self.seen = push.seq - 1
        return super().push(push)


class DoesNotCatchUp(socket.Socket):
    """Shows those who come back what comes from now on."""

    async def _catch_up(self) -> None:
        if self._connection.seen == 0:
            await super()._catch_up()
            return
        self._writing = None
        self._wake()


class NumberedByTheClock(Room, frozen=True):
    """Takes milliseconds for numbers, as far as they fit."""

    def _record(
        self,
        kind: Kind,
        author: Author,
        client_id: ClientId,
        said: Said = Said(),
        subject: str = "",
    ) -> tuple[Room, tuple[Event, ...]]:
        room, (event,) = super()._record(kind, author, client_id, said, subject)
        seq = max(room.head, time.time_ns() // 1_000_000 % 2**31)
        return room.replace(head=seq), (event.replace(seq=seq),)


def room_numbered_by_the_clock(row: Any) -> Room:
    room = rows_room_of(row)
    return NumberedByTheClock(**{name: getattr(room, name) for name in Room.__struct_fields__})


rows_room_of, rows_event_of, rows_event_row = rows.room_of, rows.event_of, rows.event_row
_marks = count()


def event_row_like_no_other(event: Event) -> tuple[Any, ...]:
    """No two rows have the same id any more, so nothing is known again."""
    mark = f"~{time.time_ns()}{next(_marks)}"
    return rows_event_row(event.replace(client_id=ClientId(event.client_id + mark)))


def event_without_its_mark(row: Any) -> Event:
    event = rows_event_of(row)
    return event.replace(client_id=ClientId(event.client_id.partition("~")[0]))


class TellsEveryRoom(Hub):
    """Puts what happens in one room into the mailboxes of all."""

    def tell(self, topic: str, push: Push, role: Role | None = None) -> None:
        for each in [*self._topics]:
            if each.partition(":")[0] == topic.partition(":")[0]:
                super().tell(each, push, role)


class DoesNotReread(Rereading):
    """Believes that whatever another worker says arrives."""

    async def run(self) -> None:
        pass


NOT_SYNCHRONOUS = tuple(
    pragma.replace("synchronous = FULL", "synchronous = OFF") for pragma in sqlite._SQLITE_PRAGMAS
)

BUGS: dict[str, list[tuple[ModuleType, dict[str, object]]]] = {
    "none": [],
    "acknowledges before the commit": [
        (embedded, {"ThreadWriter": AcknowledgesBeforeTheCommit}),
        (postgres, {"TaskWriter": AcknowledgesBeforeTheServersCommit}),
    ],
    "broadcasts before the commit": [(app, {"Chat": BroadcastsBeforeTheCommit})],
    "does not catch up": [
        (socket, {"Socket": DoesNotCatchUp, "Connection": TakesAnyGreaterNumber})
    ],
    "does not reread": [
        (app, {"Rereading": DoesNotReread}),
        (socket, {"Connection": TakesAnyGreaterNumber}),
    ],
    "does not know an id again": [
        (rows, {"event_row": event_row_like_no_other, "event_of": event_without_its_mark})
    ],
    "numbers by the clock": [
        (rows, {"room_of": room_numbered_by_the_clock}),
        (socket, {"Connection": TakesAnyGreaterNumber}),
    ],
    "tells every room": [(parts, {"Hub": TellsEveryRoom})],
    "does not wait for the disk": [(sqlite, {"_SQLITE_PRAGMAS": NOT_SYNCHRONOUS})],
}


FOUND = {
    "none": set[Trouble](),
    "acknowledges before the commit": {Trouble.LOST},
    "broadcasts before the commit": {Trouble.PHANTOM},
    "does not catch up": {Trouble.GAP},
    "does not reread": {Trouble.GAP},
    "does not know an id again": {Trouble.DUPLICATED},
    "numbers by the clock": {Trouble.GAP},
    "tells every room": {Trouble.FOREIGN},
    "does not wait for the disk": {Trouble.LOST},
}
"""What the checker must find at least. With no bug, and in the same time, it must find nothing."""


def has_found(bug: str, kinds: set[Trouble]) -> bool:
    """Whether these findings are what they should be."""
    return kinds >= FOUND[bug] if FOUND[bug] else not kinds


class FaultyServer(Server):
    """A server with that bug."""

    bug = "none"

    def command(self) -> list[str]:
        return [sys.executable, "-m", "tests.proofs.faulty", self.bug]


def plant(bug: str) -> None:
    """Put the bug into this process."""
    for module, faulty in BUGS[bug]:
        swap(module, **faulty)


if __name__ == "__main__":
    plant(sys.argv[1])
    serve()
