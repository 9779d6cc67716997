"""What is live, shared by every worker: each keeps its own part and a copy of the others'."""

from collections.abc import Collection

from messenger.domain.events import Role
from messenger.domain.ids import MemberId, OrganizationId, RoomId
from messenger.live.envelope import (
    Asking,
    Changed,
    Ended,
    Leaving,
    Left,
    Seated,
    Seats,
    Showing,
    Told,
)
from messenger.live.hub import Hub
from messenger.live.presence import Leases
from messenger.live.relay import Relay
from messenger.live.shown import SHOWN_FOR, ShownRooms
from messenger.ports.live import AWAY, CONSOLE, Seat
from messenger.ports.world import Monotonic
from messenger.protocol.closing import Close
from messenger.protocol.connection import Push

KNOWN_ENOUGH = SHOWN_FOR - 10.0
"""Seconds for which a room counts as shown, beyond which it is not told again."""


class SharedHub:
    """The `Bus` of many workers: watchers here are served directly, the others' by the relay."""

    def __init__(self, here: Hub, relay: Relay) -> None:
        self._here = here
        self._relay = relay
        self.join = here.join
        self.leave = here.leave
        self.is_held = here.is_held
        self.watches = here.watches
        relay.on(Told, self._heard)
        relay.on(Ended, self._heard_end)

    def tell(self, topic: str, push: Push, role: Role | None = None) -> None:
        self._here.tell(topic, push, role)
        self._relay.send(Told(topic, push.seq, push.text, role), topic)

    def end(self, topic: str, why: Close) -> None:
        self._here.end(topic, why)
        self._relay.send(Ended(topic, why), topic)

    def tell_news(self) -> None:
        self._relay.send(Changed())

    def is_watched(self, topic: str) -> bool:
        del topic
        return True  # By whom is not told: a worker that just started would not be known.

    def _heard(self, _worker: str, told: Told) -> None:
        self._here.tell(told.topic, Push(told.seq, told.text), told.role)

    def _heard_end(self, _worker: str, ended: Ended) -> None:
        self._here.end(ended.topic, Close(ended.why))


class _Crowd:
    """The seats taken at another worker's."""

    def __init__(self, seats: Collection[Seat] = ()) -> None:
        self.places: dict[str | None, set[MemberId | None]] = {}
        for seat in seats:
            self.add(seat)

    def add(self, seat: Seat) -> None:
        self.places.setdefault(seat.at, set()).add(seat.member)

    def drop(self, seat: Seat) -> None:
        there = self.places.get(seat.at, set())
        there.discard(seat.member)
        if not there:
            self.places.pop(seat.at, None)

    def has(self, seat: Seat) -> bool:
        return seat.member in self.places.get(seat.at, ())

    def seats(self) -> set[Seat]:
        return {Seat(at, member) for at, there in self.places.items() for member in there}


class SharedLeases:
    """The `Presence` of many workers. A worker's seats count as long as it is heard of."""

    def __init__(self, relay: Relay, here: Hub, monotonic: Monotonic) -> None:
        self._relay = relay
        self._here = here
        self._monotonic = monotonic
        self._mine = Leases(monotonic)
        self._theirs: dict[str, _Crowd] = {}
        self._left_at: dict[MemberId, float] = {}
        self._untold: set[RoomId] = set()
        relay.on(Seated, self._heard_seated)
        relay.on(Left, self._heard_left)
        relay.on(Seats, self._heard_seats)
        relay.on(Asking, self._heard_asking)
        relay.on(Leaving, self._heard_leaving)

    def renew(self, seat: Seat) -> bool:
        was_taken_there = self._is_taken_there(seat)
        was_empty_here = self._mine.renew(seat)
        if was_empty_here:
            self._relay.send(Seated(seat))
        return was_empty_here and not was_taken_there

    def release(self, seat: Seat) -> None:
        self._mine.release(seat)
        self._relay.send(Left(seat))

    def is_taken(self, seat: Seat) -> bool:
        return self._mine.is_taken(seat) or self._is_taken_there(seat)

    def members_at(self, room: RoomId) -> list[MemberId]:
        found = dict.fromkeys(self._mine.members_at(room))
        for crowd in self._theirs.values():
            found |= dict.fromkeys(m for m in crowd.places.get(room, ()) if m is not None)
        return list(found)

    def is_gone(self, member: MemberId, patience: float) -> bool:
        if self._relay.well_for <= patience or not self._mine.is_gone(member, patience):
            return False
        # Whoever is anywhere is at the console, too, or away from it: see `Attendance`.
        if any(self._is_taken_there(Seat(at, member)) for at in (CONSOLE, AWAY)):
            return False
        return self._monotonic() - self._left_at.get(member, float("-inf")) > patience

    @property
    def hears_all(self) -> bool:
        return self._relay.is_well

    def sweep(self) -> list[RoomId]:
        ended = self._mine.end_leases()
        for seat in ended:
            self._relay.send(Left(seat, ran_out=True))
        for worker in [worker for worker in self._theirs if not self._relay.is_alive(worker)]:
            self._forget(worker)
        self._note_untold(ended)
        untold, self._untold = self._untold, set()
        return list(untold)

    def _is_taken_there(self, seat: Seat) -> bool:
        return any(crowd.has(seat) for crowd in self._theirs.values())

    def _heard_seated(self, worker: str, seated: Seated) -> None:
        self._theirs.setdefault(worker, _Crowd()).add(seated.seat)

    def _heard_left(self, worker: str, left: Left) -> None:
        self._theirs.setdefault(worker, _Crowd()).drop(left.seat)
        if left.seat.member is not None:
            self._left_at[left.seat.member] = self._monotonic()
        if left.ran_out:
            return  # Whoever has no scripts may have loaded their next page here.
        # Their page may have come from here, and their socket went there.
        if self._mine.is_taken(left.seat) and not self._here.is_held(left.seat):
            self.release(left.seat)
            self._note_untold([left.seat])

    def _heard_seats(self, worker: str, seats: Seats) -> None:
        before, after = self._theirs.get(worker, _Crowd()).seats(), set(seats.seats)
        self._theirs[worker] = _Crowd(after)
        self._note_left(before - after)
        self._note_untold(after - before)

    def _heard_asking(self, _worker: str, asking: Asking) -> None:
        if asking.worker in {"", self._relay.me}:
            self._relay.send(Seats(self._mine.seats()))

    def _heard_leaving(self, worker: str, _leaving: Leaving) -> None:
        self._forget(worker)

    def _forget(self, worker: str) -> None:
        self._note_left(self._theirs.pop(worker, _Crowd()).seats())

    def _note_left(self, seats: Collection[Seat]) -> None:
        """Nobody said when they left: as far as we know, just now."""
        now = self._monotonic()
        self._left_at |= {seat.member: now for seat in seats if seat.member is not None}
        self._note_untold(seats)

    def _note_untold(self, seats: Collection[Seat]) -> None:
        """Who comes and goes tells the rooms; of these, nobody may have told them."""
        self._untold |= {seat.room for seat in seats if seat.room is not None}


class SharedShownRooms(ShownRooms):
    """What consoles of any worker show."""

    def __init__(self, relay: Relay, monotonic: Monotonic) -> None:
        super().__init__(monotonic)
        self._relay = relay
        relay.on(Showing, self._heard)

    def mark(self, organization: OrganizationId, rooms: Collection[RoomId]) -> None:
        """Of an alert, thousands of consoles tell at once: the other workers hear it once."""
        news = [room for room in rooms if self.shown_for(organization, room) < KNOWN_ENOUGH]
        super().mark(organization, rooms)
        if news:
            self._relay.send(Showing(organization, news))

    def _heard(self, _worker: str, showing: Showing) -> None:
        super().mark(showing.organization, showing.rooms)
