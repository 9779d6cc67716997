"""Which waiting rooms some console shows and sounds right now. May be forgotten: then a mail goes."""

from collections.abc import Callable, Collection

from messenger.domain.ids import RoomId

SHOWN_FOR = 60.0
"""Seconds a console's word counts; consoles repeat it every 20."""


class ShownRooms:
    """What consoles said they show."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._until: dict[RoomId, float] = {}

    def mark(self, rooms: Collection[RoomId]) -> None:
        now = self._monotonic()
        self._until = {room: until for room, until in self._until.items() if until > now}
        self._until |= dict.fromkeys(rooms, now + SHOWN_FOR)

    def is_shown(self, room: RoomId) -> bool:
        return self._until.get(room, 0.0) > self._monotonic()
