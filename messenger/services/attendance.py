"""Who is here, told to those who should know. Presence is a lease; typing is not even that."""

from messenger.domain.access import Actor
from messenger.domain.events import Role
from messenger.domain.ids import MemberId, RoomId
from messenger.ports import Bus, Presence, Rooms, Seat, queue_topic, room_topic
from messenger.protocol.connection import Push
from messenger.protocol.frames import Presence as PresenceFrame
from messenger.protocol.frames import write_frame
from messenger.services.roster import Roster
from messenger.services.telling import Teller


class Attendance:
    """Seats people, renews them and tells the room when it changes."""

    def __init__(
        self, presence: Presence, bus: Bus, rooms: Rooms, roster: Roster, teller: Teller
    ) -> None:
        self._presence = presence
        self._bus = bus
        self._rooms = rooms
        self._roster = roster
        self._teller = teller

    async def renew(self, actor: Actor, room: RoomId | None) -> None:
        """`actor` is still in `room`, or at the console. Tells the room if that is news."""
        seat = _seat(actor, room)
        if seat.member is not None:
            self._presence.renew(Seat(None, seat.member))
        if self._presence.renew(seat) and room is not None:
            await self._tell(room)

    def renew_all(self) -> None:
        """Renew every seat with an open socket. A hidden tab's timers sleep, so its pings may come
        late; that the socket itself is alive is kept watch over by the server's own pings.
        """
        for watch in self._bus.watches():
            self._presence.renew(Seat(watch.room, watch.member))
            if watch.member is not None:
                self._presence.renew(Seat(None, watch.member))

    async def leave(self, actor: Actor, room: RoomId | None) -> None:
        """A socket closed. The seat stays taken while another of the same person is open."""
        seat = _seat(actor, room)
        topic = room_topic(room) if room is not None else queue_topic(actor.organization)
        if any(watch.member == seat.member for watch in self._bus.watches_at(topic)):
            return
        self._presence.release(seat)
        if room is not None:
            await self._tell(room)

    async def tell_who_left(self) -> None:
        """Leases that ran out end without a goodbye: tell the rooms."""
        for room in self._presence.sweep():
            await self._tell(room)

    def is_at_console(self, member: MemberId) -> bool:
        """Whether this member has the console open now."""
        return self._presence.is_taken(Seat(None, member))

    async def _tell(self, room_id: RoomId) -> None:
        room = await self._rooms.find_room(room_id)
        if room is None:
            return
        names = await self._roster.names(room.organization)
        for viewer in (Role.REPORTER, Role.TEAM):
            here = self._teller.here(room, names, viewer)
            frame = PresenceFrame(here.reporter, here.team, here.names)
            self._bus.tell(room_topic(room_id), Push(0, write_frame(frame)), viewer)
        await self._teller.tell_row(room)


def _seat(actor: Actor, room: RoomId | None) -> Seat:
    return Seat(room, None if actor.role is Role.REPORTER else actor.author.member)
