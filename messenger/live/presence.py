"""Who is here, as leases: a socket renews its own, and one that stops renewing is gone.

Never rely on a goodbye. After a start, nobody's absence counts until they had time to come back.
"""

from messenger.domain.ids import MemberId, RoomId
from messenger.ports.live import Seat
from messenger.ports.world import Monotonic

PRESENCE_LEASE = 45.0
"""Seconds; a client renews every 20."""


class Leases:
    """Leases by place and person."""

    def __init__(self, monotonic: Monotonic) -> None:
        self._monotonic = monotonic
        self._places: dict[str | None, dict[MemberId | None, float]] = {}
        self._last_heard: dict[MemberId, float] = {}
        self._started = monotonic()

    def renew(self, seat: Seat) -> bool:
        now = self._monotonic()
        place = self._places.setdefault(seat.at, {})
        was_empty = place.get(seat.member, 0.0) <= now
        place[seat.member] = now + PRESENCE_LEASE
        if seat.member is not None:
            self._last_heard[seat.member] = now
        return was_empty

    def release(self, seat: Seat) -> None:
        place = self._places.get(seat.at, {})
        place.pop(seat.member, None)
        if not place:
            self._places.pop(seat.at, None)

    def is_taken(self, seat: Seat) -> bool:
        return self._places.get(seat.at, {}).get(seat.member, 0.0) > self._monotonic()

    def members_at(self, room: RoomId) -> list[MemberId]:
        now = self._monotonic()
        place = self._places.get(room, {})
        return [member for member, until in place.items() if member is not None and until > now]

    def is_gone(self, member: MemberId, patience: float) -> bool:
        return self._monotonic() - self._last_heard.get(member, self._started) > patience

    @property
    def hears_all(self) -> bool:
        return True

    def sweep(self) -> list[RoomId]:
        return [seat.room for seat in self.end_leases() if seat.room is not None]

    def end_leases(self) -> list[Seat]:
        """Forget leases that have run out; whose they were."""
        now = self._monotonic()
        ended = [
            Seat(at, person)
            for at, place in self._places.items()
            for person, until in place.items()
            if until <= now
        ]
        for seat in ended:
            self.release(seat)
        return ended

    def seats(self) -> list[Seat]:
        """Every seat that is taken."""
        now = self._monotonic()
        return [
            Seat(at, person)
            for at, place in self._places.items()
            for person, until in place.items()
            if until > now
        ]
