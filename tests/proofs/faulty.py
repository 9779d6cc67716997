"""Servers with one bug each, so that the proofs can be seen to fail: `python -m tests.proofs.faulty BUG`.

Each takes one part out of the service and puts in another that does the same, but for the bug.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import anyio
from sqlalchemy import Connection as Database

from messenger import app
from messenger.commands.serve import serve
from messenger.domain.commands import Command, Said
from messenger.domain.events import Author, Content, Event, Kind, Role, Stream
from messenger.domain.ids import ClientId
from messenger.domain.room import Room
from messenger.live.hub import Hub
from messenger.ports import Outcome
from messenger.protocol.connection import Connection, Push, Reread, Send
from messenger.services.chat import Chat
from messenger.services.sealing import Unlocked
from messenger.storage import embedded, rows, sqlite
from messenger.storage.embedded import ThreadWriter
from messenger.storage.writer import Answer, Task, answers_to
from messenger.web import socket
from tests.server import Server

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


class NumberedByTheClock(Room):
    """Takes microseconds for numbers."""

    def _record(
        self,
        kind: Kind,
        author: Author,
        client_id: ClientId,
        said: Said = Said(),
        subject: str = "",
    ) -> tuple[Room, tuple[Event, ...]]:
        room, (event,) = super()._record(kind, author, client_id, said, subject)
        seq = time.time_ns() // 1000
        return replace(room, head=seq), (replace(event, seq=seq),)


def room_numbered_by_the_clock(row: Any) -> Room:
    room = rows_room_of(row)
    return NumberedByTheClock(**{name: getattr(room, name) for name in Room.__dataclass_fields__})


rows_room_of, rows_event_of, rows_event_row = rows.room_of, rows.event_of, rows.event_row
_marks = count()


def event_row_like_no_other(event: Event) -> tuple[Any, ...]:
    """No two rows have the same id any more, so nothing is known again."""
    mark = f"~{time.time_ns()}{next(_marks)}"
    return rows_event_row(replace(event, client_id=ClientId(event.client_id + mark)))


def event_without_its_mark(row: Any) -> Event:
    event = rows_event_of(row)
    return replace(event, client_id=ClientId(event.client_id.partition("~")[0]))


class TellsEveryRoom(Hub):
    """Puts what happens in one room into the mailboxes of all."""

    def tell(self, topic: str, push: Push, role: Role | None = None) -> None:
        for each in [*self._topics]:
            if each.partition(":")[0] == topic.partition(":")[0]:
                super().tell(each, push, role)


NOT_SYNCHRONOUS = tuple(
    pragma.replace("synchronous = FULL", "synchronous = OFF") for pragma in sqlite._SQLITE_PRAGMAS
)

BUGS: dict[str, list[tuple[object, dict[str, object]]]] = {
    "none": [],
    "acknowledges before the commit": [(embedded, {"ThreadWriter": AcknowledgesBeforeTheCommit})],
    "broadcasts before the commit": [(app, {"Chat": BroadcastsBeforeTheCommit})],
    "does not catch up": [
        (socket, {"Socket": DoesNotCatchUp, "Connection": TakesAnyGreaterNumber})
    ],
    "does not know an id again": [
        (rows, {"event_row": event_row_like_no_other, "event_of": event_without_its_mark})
    ],
    "numbers by the clock": [
        (rows, {"room_of": room_numbered_by_the_clock}),
        (socket, {"Connection": TakesAnyGreaterNumber}),
    ],
    "tells every room": [(app, {"Hub": TellsEveryRoom})],
    "does not wait for the disk": [(sqlite, {"_SQLITE_PRAGMAS": NOT_SYNCHRONOUS})],
}


class FaultyServer(Server):
    """A server with that bug."""

    bug = "none"

    def command(self) -> list[str]:
        return [sys.executable, "-m", "tests.proofs.faulty", self.bug]


if __name__ == "__main__":
    for module, parts in BUGS[sys.argv[1]]:
        vars(module).update(parts)
    serve()
