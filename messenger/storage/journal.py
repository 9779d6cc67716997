"""Group commit for rooms: many commands, one transaction, gapless numbers.

First it goes ahead as if every command were new. Only when the database knows an id already is the
run rolled back and done again with the earlier events at hand.
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, select, tuple_
from sqlalchemy.exc import IntegrityError

from messenger.domain.commands import (
    BringIn,
    Command,
    HandOver,
    LapseClaim,
    MarkMailed,
    MarkSeen,
    Triage,
)
from messenger.domain.errors import Conflict, NotFound, Refusal, StoreDown
from messenger.domain.events import Event
from messenger.domain.ids import ClientId, MemberId, RoomId
from messenger.domain.room import Room
from messenger.ports import Clock, Opening, Outcome
from messenger.storage import rows, tables
from messenger.storage.database import Database
from messenger.storage.dialects import upsert
from messenger.storage.opening import open_room
from messenger.storage.statements import HotStatements, hot_statements

Key = tuple[RoomId, str, ClientId]
"""Room, author and the client's id: the same again is a repeat."""

Mark = tuple[MemberId, RoomId, int]
"""How far a member has read in a room."""


class StoredJournal:
    """The journal, in the batches of the database's one writer."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def submit(self, command: Command) -> Outcome:
        outcome: Outcome = await self._database.put(self._record, command)
        return outcome

    async def open_room(self, opening: Opening) -> Outcome:
        return await self._database.write(lambda c: open_room(c, opening, self._now()))

    def _now(self) -> int:
        return int(self._clock().timestamp())

    def _record(
        self, connection: Connection, works: Sequence[Command], *, careful: bool
    ) -> Sequence[Outcome | Exception]:
        if careful:
            return _record_carefully(connection, works, self._now())
        return _record_together(connection, works, self._now(), {})


class _Ledger:
    """What a run of commands makes of the locked rooms, before anything is written."""

    def __init__(
        self, rooms: Mapping[RoomId, Room], now: int, earlier: Mapping[Key, tuple[Event, ...]]
    ) -> None:
        self.events: list[Event] = []
        self.marks: list[Mark] = []
        self._locked = rooms
        self._rooms = dict(rooms)
        self._now = now
        self._done = dict(earlier)

    def changed_rooms(self) -> list[Room]:
        before = self._locked
        return [room for id, room in self._rooms.items() if room is not before[id]]

    def record(self, connection: Connection, command: Command) -> Outcome | Exception:
        room = self._rooms.get(command.room)
        if room is None:
            return NotFound()
        key = _key(command)
        if key is not None and key in self._done:
            return _again(room, command, self._done[key])
        try:
            after, events = room.decide(command, self._now)
        except Refusal as refusal:
            # "Taken": perhaps by this very claim, sent twice.
            return _repeat(connection, room, command) or refusal
        except Exception as bug:  # noqa: BLE001 (raised again where it is awaited)
            return bug
        self._rooms[room.id] = after
        self._note(command, key, after, events)
        return Outcome(after, events)

    def _note(
        self, command: Command, key: Key | None, room: Room, events: tuple[Event, ...]
    ) -> None:
        if key is not None:
            self._done[key] = events
            self.events += events
        elif isinstance(command, MarkSeen) and command.author.member is not None:
            self.marks.append((command.author.member, room.id, min(command.seq, room.head)))


def _record_together(
    connection: Connection,
    commands: Sequence[Command],
    now: int,
    earlier: Mapping[Key, tuple[Event, ...]],
) -> list[Outcome | Exception]:
    ledger = _Ledger(_lock_rooms(connection, commands), now, earlier)
    answers = [ledger.record(connection, command) for command in commands]
    _write(connection, ledger, hot_statements(connection.dialect))
    return answers


def _record_carefully(
    connection: Connection, commands: Sequence[Command], now: int
) -> list[Outcome | Exception]:
    earlier = _earlier_events(connection, _keys(commands))
    try:
        with connection.begin_nested():
            return _record_together(connection, commands, now, earlier)
    except IntegrityError:
        # Not a repeat, then: one of the commands names something that is not there.
        return [_record_alone(connection, command, now) for command in commands]


def _record_alone(connection: Connection, command: Command, now: int) -> Outcome | Exception:
    earlier = _earlier_events(connection, _keys([command]))
    try:
        with connection.begin_nested():
            return _record_together(connection, [command], now, earlier)[0]
    except IntegrityError as error:
        outage = StoreDown()
        outage.__cause__ = error
        return outage


def _lock_rooms(connection: Connection, commands: Sequence[Command]) -> dict[RoomId, Room]:
    """Always in the order of their ids: two writers that lock the same rooms must not deadlock."""
    lock = hot_statements(connection.dialect).lock_room
    wanted = sorted({command.room for command in commands})
    return {room.id: room for room in map(rows.room_of, lock.find(connection, wanted))}


def _write(connection: Connection, ledger: _Ledger, hot: HotStatements) -> None:
    hot.insert_event.run(connection, [rows.event_row(event) for event in ledger.events])
    hot.update_room.run(
        connection,
        [(*rows.changing_row(room), room.id) for room in ledger.changed_rooms()],
    )
    if ledger.marks:
        _write_marks(connection, ledger.marks)


def _write_marks(connection: Connection, marks: Iterable[Mark]) -> None:
    statement = upsert(connection, tables.seen)
    statement = statement.on_conflict_do_update(
        index_elements=["member", "room"],
        set_={"seq": statement.excluded.seq},
        where=tables.seen.c.seq < statement.excluded.seq,
    )
    values = [{"member": member, "room": room, "seq": seq} for member, room, seq in marks]
    connection.execute(statement, values)


def _repeat(connection: Connection, room: Room, command: Command) -> Outcome | Exception | None:
    for events in _earlier_events(connection, _keys([command])).values():
        return _again(room, command, events)
    return None


def _again(room: Room, command: Command, events: tuple[Event, ...]) -> Outcome | Exception:
    if _said(command) != {(event.subject, event.digest) for event in events}:
        return Conflict()
    return Outcome(room, events, repeated=True)


def _earlier_events(connection: Connection, keys: Iterable[Key]) -> dict[Key, tuple[Event, ...]]:
    columns = tables.event.c
    same = tuple_(columns.room, columns.author, columns.client_id).in_(list(keys))
    # The shared stream's event first, as when they were written.
    query = select(tables.event).where(same).order_by(columns.stream.desc())
    earlier: dict[Key, tuple[Event, ...]] = {}
    for event in map(rows.event_of, connection.execute(query)):
        key = (event.room, event.author.key, event.client_id)
        earlier[key] = (*earlier.get(key, ()), event)
    return earlier


def _keys(commands: Iterable[Command]) -> list[Key]:
    return [key for command in commands if (key := _key(command)) is not None]


def _key(command: Command) -> Key | None:
    if isinstance(command, MarkSeen | MarkMailed):
        return None
    return command.room, command.author.key, command.client_id


def _said(command: Command) -> set[tuple[str, bytes]]:
    """What the events of this command have in clear, to tell a repeat from a conflict."""
    match command:
        case HandOver():
            return {(command.to or "", command.said.digest), ("", command.summary.digest)}
        case BringIn():
            return {(command.member, command.said.digest)}
        case Triage():
            return {(command.urgency.value, command.said.digest)}
        case LapseClaim() | MarkSeen() | MarkMailed():
            return {("", b"")}
        case _:
            return {("", command.said.digest)}
