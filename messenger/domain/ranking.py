"""The order of the queue: what needs a person now is at the top; a flood folds into one line.

The console's `protocol/queue.js` keeps the same order live; a test holds the two together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

FOLD_ABOVE = 5
"""More alike new rooms than this become one line."""
FOLD_LIFE_SAFETY_ABOVE = 20
"""The same for life safety: until it is surely a flood, each may be another child in danger."""
SECTIONS = ("alert", "waiting", "mine", "new", "others", "closed")


class Held(Protocol):
    """Whoever holds a claim."""

    @property
    def id(self) -> str: ...


class Ranked(Protocol):
    """What ranking needs to know of a row."""

    @property
    def number(self) -> int: ...
    @property
    def school(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def urgency(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def responder(self) -> Held | None: ...
    @property
    def participants(self) -> Sequence[str]: ...
    @property
    def invited(self) -> Sequence[str]: ...
    @property
    def waiting_since(self) -> int: ...
    @property
    def returned(self) -> bool: ...
    @property
    def closing(self) -> int: ...


RowT = TypeVar("RowT", bound=Ranked)


@dataclass(frozen=True, slots=True)
class Fold(Generic[RowT]):
    """Many new rooms alike, as one line. No row is lost: a fold only hides."""

    rows: tuple[RowT, ...]

    @property
    def count(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Section(Generic[RowT]):
    """One part of the queue."""

    id: str
    rows: tuple[RowT | Fold[RowT], ...]


def sections(rows: Iterable[RowT], you: str) -> list[Section[RowT]]:
    """Return the whole queue as `you` read it from the top."""
    groups: dict[str, list[RowT]] = {id: [] for id in SECTIONS}
    for row in rows:
        groups[section_of(row, you)].append(row)
    for id, group in groups.items():
        group.sort(key=_closed_last_first if id == "closed" else rank)
    return [Section(id, _fold(group)) for id, group in groups.items()]


def section_of(row: Ranked, you: str) -> str:
    """Return where a row stands for `you`. An unclaimed room is nobody's, whoever took part."""
    if row.status == "closed":
        return "closed"
    if row.responder is None:
        if _is_urgent(row):
            return "alert"
        return "new" if row.status == "new" else "waiting"
    mine = row.responder.id == you or you in row.participants or you in row.invited
    return "mine" if mine else "others"


def rank(row: Ranked) -> tuple[bool, bool, bool, bool, int, int]:
    """Life safety, then unclaimed, then returned, then who waits longest; smaller is higher."""
    return (
        not _is_urgent(row),
        row.responder is not None or row.status == "closed",
        not row.returned,
        not row.waiting_since,
        row.waiting_since,
        row.number,
    )


def _closed_last_first(row: Ranked) -> tuple[int, int]:
    return -row.closing, -row.number


def _fold(ordered: Sequence[RowT]) -> tuple[RowT | Fold[RowT], ...]:
    alike: dict[tuple[str, str, str], list[RowT]] = {}
    for row in ordered:
        if row.status == "new" and row.responder is None:
            alike.setdefault(_kind(row), []).append(row)
    entries: list[RowT | Fold[RowT]] = []
    for row in ordered:
        same = alike.get(_kind(row), []) if row.status == "new" and row.responder is None else []
        if len(same) <= (FOLD_LIFE_SAFETY_ABOVE if _is_urgent(row) else FOLD_ABOVE):
            entries.append(row)
        elif same[0] is row:
            entries.append(Fold(tuple(same)))
    return tuple(entries)


def _is_urgent(row: Ranked) -> bool:
    return row.urgency == "life_safety"


def _kind(row: Ranked) -> tuple[str, str, str]:
    return row.school, row.category, row.urgency
