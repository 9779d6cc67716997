"""How often a room's row goes to the consoles: whoever floods a room floods no queue."""

from messenger.domain.events import Kind, Role
from messenger.domain.ids import RoomId
from messenger.domain.room import Room
from messenger.domain.values import Value
from messenger.ports.storage import Outcome
from messenger.services.roster import Names

GAP = 0.25
"""Seconds in which a room's row is shown once for words and repeats; anything else goes out at once."""


class NewestWords(Value, frozen=True):
    """The newest words in a room, whole, who said them, and when (unix seconds)."""

    role: Role
    body: str
    at: int

    hides = ("body",)


class ShownRow(Value, frozen=True):
    """A room as it is, the names in it, and the words that were not shown yet."""

    room: Room
    names: Names
    words: NewestWords | None


class HeldRows:
    """Rooms shown in this gap, and the rows that wait for its end."""

    def __init__(self) -> None:
        self._shown: set[RoomId] = set()
        self._held: dict[RoomId, ShownRow] = {}

    def show(self, outcome: Outcome, names: Names, words: NewestWords | None) -> ShownRow | None:
        """Return the row to show now; None if it waits until `take`. No words get lost by waiting."""
        room = outcome.room
        held = self._held.pop(room.id, None)
        row = ShownRow(room, names, words or (held.words if held else None))
        if room.id in self._shown and _may_wait(outcome):
            self._held[room.id] = row
            return None
        self._shown.add(room.id)
        return row

    def take(self) -> list[ShownRow]:
        """The gap is over: return what waited, which begins the next one."""
        held, self._held = self._held, {}
        self._shown = {*held}
        return [*held.values()]


def _may_wait(outcome: Outcome) -> bool:
    return outcome.repeated or all(event.kind is Kind.MESSAGE_POSTED for event in outcome.events)
