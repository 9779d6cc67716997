"""Group commit for rooms: many commands, one transaction, gapless numbers.

First it goes ahead as if every command were new. Only when the database knows an id already is the
run rolled back and done again with the earlier events at hand.
"""

from collections.abc import Awaitable, Iterable, Mapping, Sequence

from sqlalchemy import Connection, String, and_, column, func, select, values
from sqlalchemy.exc import IntegrityError

from messenger.domain.commands import (
    Attach,
    BreakGlass,
    BringIn,
    Command,
    Delete,
    HandOver,
    LapseClaim,
    LookAt,
    MarkMailed,
    MarkSeen,
    Quarantine,
    Triage,
)
from messenger.domain.errors import Conflict, NotFound, Refusal
from messenger.domain.events import Event
from messenger.domain.ids import ClientId, MemberId, OrganizationId, RoomId
from messenger.domain.moments import seconds
from messenger.domain.room import Room, Status
from messenger.ports.storage import Opening, Outcome
from messenger.ports.world import Clock
from messenger.storage import rows, tables
from messenger.storage.attachments import hold, settle
from messenger.storage.database import Transactions
from messenger.storage.opening import open_room
from messenger.storage.statements import HotStatements, hot_statements, translated, upsert
from messenger.storage.writer import outage

Key = tuple[RoomId, str, ClientId]
"""Room, author and the client's id: the same again is a repeat."""
_KEY = ("room", "author", "client_id")

KNOWN_LIMIT = 5_000
"""Rooms that are kept in memory. None of it is anybody's words."""
Mark = tuple[MemberId, RoomId, int]
"""How far a member has read in a room."""


class StoredJournal:
    """The journal, in the batches of the database's one writer."""

    def __init__(self, database: Transactions, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._known = KnownRooms(database)

    def submit(self, command: Command, share: str = "") -> Awaitable[Outcome]:
        return self._database.put(self._record, command, share)

    async def open_room(self, opening: Opening) -> Outcome:
        return await self._database.write(
            lambda c: open_room(c, opening, seconds(self._clock())), share=opening.room.organization
        )

    def _record(
        self, connection: Connection, works: Sequence[Command], *, careful: bool
    ) -> Sequence[Outcome | Exception]:
        if careful:
            return _record_carefully(connection, works, seconds(self._clock()))
        rooms = self._known.lock(connection, works)
        ledger, answers = _record_together(connection, works, seconds(self._clock()), {}, rooms)
        self._known.keep(ledger)
        return answers


class KnownRooms:
    """Rooms as this writer left them, so that they need not be read again for every message.

    Good only while nothing else has changed the database: whatever it was, all are forgotten.
    """

    def __init__(self, database: Transactions) -> None:
        self._database = database
        self._rooms: dict[RoomId, Room] = {}
        self._version: object = None

    def lock(self, connection: Connection, commands: Sequence[Command]) -> Mapping[RoomId, Room]:
        """Return the rooms of these commands. Inside the transaction, where nobody can come between."""
        version = self._database.version(connection)
        if version != self._version or len(self._rooms) > KNOWN_LIMIT:
            self._rooms.clear()
            self._version = version
        wanted = {command.room for command in commands}
        self._rooms |= _lock_rooms(connection, wanted - self._rooms.keys())
        return {id: self._rooms[id] for id in wanted & self._rooms.keys()}

    def keep(self, ledger: "_Ledger") -> None:
        """Take over what was written. If it is rolled back, the version is another."""
        self._rooms |= {room.id: room for room, _ in ledger.changed_rooms()}


class _Ledger:
    """What a run of commands makes of the locked rooms, before anything is written."""

    def __init__(
        self, rooms: Mapping[RoomId, Room], now: int, earlier: Mapping[Key, tuple[Event, ...]]
    ) -> None:
        self.events: list[Event] = []
        self.marks: list[Mark] = []
        self.attachments: list[Attach | Quarantine] = []
        self._locked = rooms
        self._rooms = dict(rooms)
        self._now = now
        self._done = dict(earlier)

    def changed_rooms(self) -> list[tuple[Room, Room]]:
        """Return each room that is not what it was, with what it was."""
        both = ((room, self._locked[id]) for id, room in self._rooms.items())
        return [(room, before) for room, before in both if room is not before]

    def record(self, connection: Connection, command: Command) -> Outcome | Exception:
        room = self._rooms.get(command.room)
        if room is None:
            return NotFound()
        key = _key(command)
        if key is not None and key in self._done:
            return _again(room, command, self._done[key])
        if isinstance(command, Attach) and not hold(connection, command.attachment):
            return NotFound()  # Cancelled since it was ready.
        try:
            after, events = room.decide(command, self._now)
        except Refusal as refusal:
            # "Taken": perhaps by this very claim, sent twice.
            return _repeat(connection, room, command) or refusal
        except Exception as bug:  # noqa: BLE001 (raised again where it is awaited)
            return bug
        if after.status is Status.CLOSED and room.status is not Status.CLOSED:
            after = after.replace(closing=_newest_closing(connection, room.organization) + 1)
        self._rooms[room.id] = after
        self._note(command, key, after, events)
        return Outcome(after, events, repeated=after is room)

    def _note(
        self, command: Command, key: Key | None, room: Room, events: tuple[Event, ...]
    ) -> None:
        if key is not None:
            self._done[key] = events
            self.events += events
            if isinstance(command, Attach | Quarantine):
                self.attachments.append(command)
        elif isinstance(command, MarkSeen) and command.author.member is not None:
            self.marks.append((command.author.member, room.id, min(command.seq, room.head)))


def _record_together(
    connection: Connection,
    commands: Sequence[Command],
    now: int,
    earlier: Mapping[Key, tuple[Event, ...]],
    rooms: Mapping[RoomId, Room],
) -> tuple[_Ledger, list[Outcome | Exception]]:
    ledger = _Ledger(rooms, now, earlier)
    answers = [ledger.record(connection, command) for command in commands]
    _write(connection, ledger, hot_statements(connection.dialect))
    return ledger, answers


def _record_anew(
    connection: Connection, commands: Sequence[Command], now: int
) -> list[Outcome | Exception]:
    """With nothing taken for granted; raises `IntegrityError`, having changed nothing."""
    earlier = _earlier_events(connection, _keys(commands))
    with connection.begin_nested(), translated(connection):
        rooms = _lock_rooms(connection, {command.room for command in commands})
        return _record_together(connection, commands, now, earlier, rooms)[1]


def _record_carefully(
    connection: Connection, commands: Sequence[Command], now: int
) -> list[Outcome | Exception]:
    try:
        return _record_anew(connection, commands, now)
    except IntegrityError:
        # Not a repeat, then: one of the commands names something that is not there.
        return [_record_alone(connection, command, now) for command in commands]


def _record_alone(connection: Connection, command: Command, now: int) -> Outcome | Exception:
    try:
        return _record_anew(connection, [command], now)[0]
    except IntegrityError as error:
        return outage(error)


def _lock_rooms(connection: Connection, wanted: Iterable[RoomId]) -> dict[RoomId, Room]:
    """Always in the order of their ids: two writers that lock the same rooms must not deadlock."""
    found = hot_statements(connection.dialect).lock(connection, sorted(wanted))
    return {room.id: room for room in map(rows.room_of, found)}


def _newest_closing(connection: Connection, organization: OrganizationId) -> int:
    """Two that are closed at the same moment may get the same: neither was the later one."""
    columns = tables.room.c
    closed = (columns.organization == organization, columns.status == Status.CLOSED.value)
    return connection.scalar(select(func.max(columns.closing)).where(*closed)) or 0


def _write(connection: Connection, ledger: _Ledger, hot: HotStatements) -> None:
    hot.insert_event.run(connection, [rows.event_row(event) for event in ledger.events])
    counted, changed = [], []
    for room, before in ledger.changed_rooms():
        if rows.is_only_counted(room, before):
            counted.append((*rows.counted_row(room), room.id))
        else:
            changed.append((*rows.changing_row(room), room.id))
    hot.count_room.run(connection, counted)
    hot.update_room.run(connection, changed)
    if ledger.marks:
        _write_marks(connection, ledger.marks)
    if ledger.attachments:
        settle(connection, ledger.attachments)


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
    asked = [*dict.fromkeys(keys)]
    if not asked:
        return {}
    columns = tables.event.c
    # Joined: for an IN of more than one such key SQLite goes through all events there ever were.
    key = values(*(column(name, String) for name in _KEY), name="asked").data(asked).cte()
    same = and_(*(columns[name] == key.c[name] for name in _KEY))
    # The shared stream's event first, as when they were written.
    query = select(tables.event).join(key, same).order_by(columns.stream.desc())
    earlier: dict[Key, tuple[Event, ...]] = {}
    for event in map(rows.event_of, connection.execute(query)):
        its = (event.room, event.author.key, event.client_id)
        earlier[its] = (*earlier.get(its, ()), event)
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
        case Attach() | LookAt() | Quarantine() | BreakGlass():
            return {(command.attachment, command.said.digest)}
        case BringIn():
            return {(command.member, command.said.digest)}
        case Triage():
            return {(command.urgency.value, command.said.digest)}
        case LapseClaim() | Delete() | MarkSeen() | MarkMailed():
            return {("", b"")}
        case _:
            return {("", command.said.digest)}
