"""Which waiting rooms some console shows and sounds right now. May be forgotten: then a mail goes."""

from collections.abc import Collection

from messenger.domain.ids import OrganizationId, RoomId
from messenger.ports.world import Monotonic

SHOWN_FOR = 60.0
"""Seconds a console's word counts; consoles repeat it every 20."""
MOST = 10_000
"""Rooms of one organization that are remembered; what was said longest ago is forgotten first."""


class ShownRooms:
    """What consoles said they show.

    Whether there are such rooms is not looked up: of an alert, thousands of consoles tell at once.
    """

    def __init__(self, monotonic: Monotonic) -> None:
        self._monotonic = monotonic
        self._until: dict[OrganizationId, dict[RoomId, float]] = {}

    def mark(self, organization: OrganizationId, rooms: Collection[RoomId]) -> None:
        now = self._monotonic()
        marked = self._until.setdefault(organization, {})
        for room in rooms:
            # At the end, also when it was marked before: what ends first stays in front.
            marked.pop(room, None)
            marked[room] = now + SHOWN_FOR
        while marked and (len(marked) > MOST or next(iter(marked.values())) <= now):
            del marked[next(iter(marked))]

    def is_shown(self, organization: OrganizationId, room: RoomId) -> bool:
        return self.shown_for(organization, room) > 0

    def shown_for(self, organization: OrganizationId, room: RoomId) -> float:
        """Seconds for which what was said of it still counts; none if it is not above 0."""
        return self._until.get(organization, {}).get(room, 0.0) - self._monotonic()
