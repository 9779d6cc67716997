"""Reading again what may not have been told here: the database is the truth. Another worker's news
got lost, or something was saved after whoever waited for it had given up.

Every watcher of a room is rung with the room's newest number, and reads what it has not got; a
console is asked to fetch its queue anew, or the staff's file of a room, if that has changed.
"""

from collections.abc import Iterable

from messenger.domain.errors import StoreDown
from messenger.domain.events import Role
from messenger.domain.ids import OrganizationId, RoomId
from messenger.domain.room import Room
from messenger.ports.live import Bus, organization_of, queue_topic, room_topic
from messenger.ports.storage import Attachments, Rooms
from messenger.protocol.connection import Push
from messenger.protocol.frames import Resync, write_frame
from messenger.services.roster import Roster
from messenger.services.telling import Teller

_RESYNC = write_frame(Resync())


class Rereading:
    """Compares what watchers here were told with what is so. `bus` and `teller` reach only them."""

    def __init__(
        self, rooms: Rooms, attachments: Attachments, roster: Roster, bus: Bus, teller: Teller
    ) -> None:
        self._rooms = rooms
        self._attachments = attachments
        self._roster = roster
        self._bus = bus
        self._teller = teller
        self._known: dict[RoomId, Room] = {}
        self._queues: dict[OrganizationId, int] = {}

    async def run(self) -> None:
        """Read once. What was missed before is on its way to its watchers then."""
        watches = self._bus.watches()
        await self._read_rooms({watch.room for watch in watches if watch.room is not None})
        await self._read_queues(
            {organization_of(watch.topic) for watch in watches if watch.room is None}
        )

    async def _read_rooms(self, watched: set[RoomId]) -> None:
        found = await self._rooms.find_rooms(watched) if watched else []
        for room in found:
            self._bus.tell(room_topic(room.id), Push(room.head, ""))
            before = self._known.get(room.id)
            if before != room:
                await self._tell_standing(room)
            if room.file_head != (before.file_head if before else 0):
                await self._tell_file_grew(room)
        self._known = {room.id: room for room in found}

    async def _tell_standing(self, room: Room) -> None:
        self._teller.tell_state(room, await self._roster.names(room.organization))
        for role in Role.REPORTER, Role.TEAM:
            self._teller.tell_seen(room, role)

    async def _tell_file_grew(self, room: Room) -> None:
        """Only with a member's key does it open: they fetch it. A reporter is not to know of it."""
        for attachment in await self._attachments.quarantined(room.id):
            self._teller.tell_withheld(room.id, attachment)
        self._bus.tell(room_topic(room.id), Push(0, _RESYNC), Role.TEAM)

    async def _read_queues(self, watched: Iterable[OrganizationId]) -> None:
        queues, down = dict[OrganizationId, int](), None
        for organization in watched:
            try:
                queues[organization] = await self._hash_queue(organization)
            except StoreDown as error:
                down = error  # Others are in other databases.
                continue
            if self._queues.get(organization) != queues[organization]:
                self._bus.tell(queue_topic(organization), Push(0, _RESYNC))
        self._queues = queues
        if down is not None:
            raise down

    async def _hash_queue(self, organization: OrganizationId) -> int:
        rooms = await self._rooms.rooms(organization)
        names = await self._roster.names(organization)
        return hash((*rooms, *((member.id, member.name) for member in names.on_duty)))
