"""Who is here, told to those who should know. Presence is a lease; typing is not even that.

Rooms are told together, a moment later: when thousands come back at once, each room needs to be read
for it, and one reading of many costs little more than one of one.
"""

import anyio

from messenger.domain.access import Actor
from messenger.domain.errors import PASSING
from messenger.domain.events import Role
from messenger.domain.ids import RoomId
from messenger.domain.room import Room
from messenger.ports.live import AWAY, CONSOLE, Bus, Presence, Seat
from messenger.ports.storage import Rooms
from messenger.services.roster import Roster
from messenger.services.telling import Teller

TOLD_WITHIN = 0.05
"""Seconds."""


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
        self._untold: set[RoomId] = set()
        self._has_news = anyio.Event()

    def renew(self, actor: Actor, room: RoomId | None, *, away: bool = False) -> None:
        """`actor` is still in `room`, or at the console. The room is told soon if that is news."""
        if self._renew(_seat(actor, room), away=away) and room is not None:
            self._note(room)

    def renew_all(self) -> None:
        """Renew every seat with an open socket. A hidden tab's timers sleep, so its pings may come
        late; that the socket itself is alive is kept watch over by the server's own pings.
        """
        for watch in self._bus.watches():
            self._renew(Seat(watch.room, watch.member), away=watch.away)

    def leave(self, actor: Actor, room: RoomId | None) -> None:
        """A socket closed. A seat stays taken while another of the same person keeps it."""
        seats = {_seat(actor, room)}
        if actor.role is Role.TEAM:
            seats |= {_seat(actor, CONSOLE), Seat(AWAY, actor.author.member)}
        for seat in seats:
            if not self._bus.is_held(seat):
                self._presence.release(seat)
                if seat.room is not None:
                    self._note(seat.room)

    def end_leases(self) -> None:
        """Leases that ran out end without a goodbye; the rooms are told soon."""
        for room in self._presence.sweep():
            self._note(room)

    async def tell(self) -> None:
        """Wait for news, and tell it. After what is `PASSING` the next call tells the same again."""
        await self._has_news.wait()
        await anyio.sleep(TOLD_WITHIN)
        untold, self._untold, self._has_news = self._untold, set(), anyio.Event()
        try:
            for room in await self._rooms.find_rooms(untold):
                await self._tell(room)
        except PASSING:
            for room_id in untold:
                self._note(room_id)
            raise

    def _renew(self, seat: Seat, *, away: bool) -> bool:
        """Renew it; whether it was empty. Of who is away only that counts: their claims stay."""
        if seat.member is None:
            return self._presence.renew(seat)
        if away:
            self._presence.renew(Seat(AWAY, seat.member))
            return False
        self._presence.renew(Seat(CONSOLE, seat.member))
        return self._presence.renew(seat)

    def _note(self, room: RoomId) -> None:
        self._untold.add(room)
        self._has_news.set()

    async def _tell(self, room: Room) -> None:
        self._teller.tell_here(room, await self._roster.names(room.organization))
        await self._teller.tell_row(room)


def _seat(actor: Actor, room: RoomId | None) -> Seat:
    return Seat(room, actor.author.member)
