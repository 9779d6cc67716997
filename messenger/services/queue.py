"""One queue for an organization: every room with its newest words, for somebody unlocked."""

from collections.abc import Mapping

from messenger.domain.access import Responder, check_room
from messenger.domain.events import Content, Event, Role
from messenger.domain.ids import RoomId
from messenger.domain.moments import seconds
from messenger.domain.room import Room
from messenger.ports.security import Vault
from messenger.ports.storage import Rooms
from messenger.ports.world import Clock
from messenger.protocol.frames import Person, Queue, Row
from messenger.services.duty import DutyDesk
from messenger.services.keyring import Keyring
from messenger.services.pacing import NewestWords
from messenger.services.roster import Names, Roster
from messenger.services.sealing import RoomKey
from messenger.services.telling import Teller, newest_words
from messenger.unhurried import unhurried


class QueueDesk:
    """Reads the queue."""

    def __init__(
        self,
        rooms: Rooms,
        keyring: Keyring,
        roster: Roster,
        teller: Teller,
        duty: DutyDesk,
        vault: Vault,
        clock: Clock,
    ) -> None:
        self._rooms = rooms
        self._keyring = keyring
        self._roster = roster
        self._teller = teller
        self._duty = duty
        self._vault = vault
        self._clock = clock

    async def queue(self, responder: Responder, edition: str = "") -> Queue:
        """Return the whole queue as this responder sees it; its order is `domain.ranking`'s."""
        names = await self._roster.names(responder.organization)
        return Queue(
            await self.rows(responder),
            names.person(responder.author, Role.TEAM),
            [Person(Role.TEAM, member.name, member.id) for member in names.on_duty],
            await self._duty.sentences(responder.organization),
            seconds(self._clock()),
            edition,
        )

    async def rows(self, responder: Responder) -> list[Row]:
        """Return a row for every room that is open or was closed lately."""
        return await self._rows(responder, await self._rooms.rooms(responder.organization))

    async def row(self, responder: Responder, room: Room) -> Row:
        """Return the row of one room of theirs, however long ago it was closed."""
        [row] = await self._rows(responder, [room])
        return row

    async def find(self, responder: Responder, number: int) -> RoomId:
        """Return which room of theirs goes by that number. Another team's is not there."""
        room = check_room(
            responder, await self._rooms.find_numbered(responder.organization, number)
        )
        return room.id

    async def _rows(self, responder: Responder, rooms: list[Room]) -> list[Row]:
        names = await self._roster.names(responder.organization)
        seen = await self._rooms.seen_by(responder.member, [room.id for room in rooms])
        words = await self._last_words(responder, rooms)
        return await unhurried(self._row(room, names, seen, words) for room in rooms)

    def _row(
        self,
        room: Room,
        names: Names,
        seen: Mapping[RoomId, int],
        words: Mapping[RoomId, NewestWords],
    ) -> Row:
        return self._teller.row(room, names, seen.get(room.id, 0), words.get(room.id))

    async def _last_words(
        self, responder: Responder, rooms: list[Room]
    ) -> dict[RoomId, NewestWords]:
        keys = await self._keyring.room_keys(responder, rooms)
        events = await self._rooms.last_events(list(keys))
        opened = (
            (room, newest_words(event, self._show(responder, keys[room], event)))
            for room, event in events.items()
        )
        return {room: newest for room, newest in await unhurried(opened) if newest}

    def _show(self, responder: Responder, key: bytes, event: Event) -> Content:
        return RoomKey(responder.organization, event.room, key).show(self._vault, event)
