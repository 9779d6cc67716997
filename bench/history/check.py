"""Judge a history: is every acknowledged message there, once, in order, in its room, for everybody?

Pure. The promises are those of `docs/protocol.md`; the way of checking is that of Jepsen's set and
queue checkers (https://github.com/jepsen-io/jepsen): compare what was acknowledged with a final read.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from bench.history.record import Acked, Delivered, Joined, Read, Record, Sent, SentAway


class Kind(StrEnum):
    """What can be wrong."""

    LOST = "lost"
    """Acknowledged, and not in the room's history at the end."""
    DUPLICATED = "duplicated"
    """One id under two numbers, or one number shown twice."""
    REORDERED = "reordered"
    """A number after a greater one, or one sender's messages in another order than they were sent."""
    FOREIGN = "foreign"
    """A message of one room in another."""
    GAP = "gap"
    """A number left out, or a viewer who has not seen everything at the end."""
    PHANTOM = "phantom"
    """Shown to somebody, and not in the room's history at the end under that number."""
    ALTERED = "altered"
    """Other words than were sent."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken promise. `who` is the client that saw it; empty for the history itself."""

    kind: Kind
    room: str
    who: str
    text: str

    def __str__(self) -> str:
        """Return it as one line."""
        return f"{self.kind}: room {self.room}{self.who and f', {self.who}'}: {self.text}"


def check(history: Iterable[Record]) -> list[Finding]:
    """Return every broken promise. The history has to end with a full read of every room."""
    run = _sorted_out(history)
    return [*_final(run), *_acknowledged(run), *_sending(run), *_viewing(run)]


@dataclass(slots=True)
class _Run:
    """A history by what happened."""

    sent: dict[str, Sent] = field(default_factory=dict)
    acked: list[Acked] = field(default_factory=list)
    views: dict[tuple[str, str], list[Joined | Delivered]] = field(
        default_factory=lambda: defaultdict(list)
    )
    final: dict[str, list[Read]] = field(default_factory=lambda: defaultdict(list))


def _sorted_out(history: Iterable[Record]) -> _Run:
    run = _Run()
    for record in history:
        match record:
            case Sent():
                run.sent.setdefault(record.id, record)
            case Acked():
                run.acked.append(record)
            case Joined() | Delivered():
                run.views[record.who, record.room].append(record)
            case Read():
                run.final[record.room].append(record)
            case SentAway():
                pass
    return run


def _final(run: _Run) -> Iterator[Finding]:
    for room, reads in run.final.items():
        yield from _numbers(room, "", 0, reads)
        yield from _twice(room, "", reads)
        for read in reads:
            yield from _words(run, room, "", read)


def _acknowledged(run: _Run) -> Iterator[Finding]:
    places = {(room, read.id): read.seq for room, reads in run.final.items() for read in reads}
    for ack in run.acked:
        seq = places.get((ack.room, ack.id))
        if seq is None:
            text = f"{ack.id} was acknowledged as {ack.seq} and is not there"
            yield Finding(Kind.LOST, ack.room, ack.who, text)
        elif seq != ack.seq and ack.id not in _repeated(run.final[ack.room]):
            text = f"{ack.id} was acknowledged as {ack.seq} and is {seq}"
            yield Finding(Kind.REORDERED, ack.room, ack.who, text)


def _sending(run: _Run) -> Iterator[Finding]:
    """Whoever sends in order is read in order."""
    for room, reads in run.final.items():
        place = {read.id: read.seq for read in reversed(reads)}
        last: dict[str, tuple[int, str]] = {}
        for sent in run.sent.values():
            if sent.room != room or sent.id not in place:
                continue
            before, before_id = last.get(sent.who, (0, ""))
            if place[sent.id] < before:
                text = f"{sent.id} was sent after {before_id} and is read before it"
                yield Finding(Kind.REORDERED, room, sent.who, text)
            last[sent.who] = (place[sent.id], sent.id)


def _viewing(run: _Run) -> Iterator[Finding]:
    for (who, room), records in run.views.items():
        final = {read.seq: read.id for read in run.final.get(room, [])}
        shown = [record for record in records if isinstance(record, Delivered)]
        yield from _connections(room, who, records)
        yield from _twice(room, who, shown)
        for record in shown:
            yield from _words(run, room, who, record)
            if final.get(record.seq) != record.id:
                text = f"was shown {record.id} as {record.seq}, which is not in the history"
                yield Finding(Kind.PHANTOM, room, who, text)
        seen, head = max((record.seq for record in shown), default=0), max(final, default=0)
        if seen < head:
            yield Finding(Kind.GAP, room, who, f"has seen {seen} of {head} at the end")


def _connections(room: str, who: str, records: list[Joined | Delivered]) -> Iterator[Finding]:
    since, shown = 0, list[Delivered]()
    for record in records:
        if isinstance(record, Delivered):
            shown.append(record)
            continue
        yield from _numbers(room, who, since, shown)
        since, shown = record.since, []
    yield from _numbers(room, who, since, shown)


def _numbers(
    room: str, who: str, since: int, shown: Iterable[Delivered | Read]
) -> Iterator[Finding]:
    """After `since` comes the next number, and the next."""
    last = since
    for record in shown:
        if record.seq == last:
            yield Finding(Kind.DUPLICATED, room, who, f"{record.seq} twice ({record.id})")
        elif record.seq < last:
            yield Finding(Kind.REORDERED, room, who, f"{record.seq} after {last} ({record.id})")
        elif record.seq > last + 1:
            yield Finding(Kind.GAP, room, who, f"{record.seq} after {last} ({record.id})")
        last = max(last, record.seq)


def _twice(room: str, who: str, shown: Iterable[Delivered | Read]) -> Iterator[Finding]:
    for id, seqs in _repeated(shown).items():
        yield Finding(Kind.DUPLICATED, room, who, f"{id} as {sorted(seqs)}")


def _repeated(shown: Iterable[Delivered | Read]) -> dict[str, set[int]]:
    seqs: dict[str, set[int]] = defaultdict(set)
    for record in shown:
        seqs[record.id].add(record.seq)
    return {id: numbers for id, numbers in seqs.items() if len(numbers) > 1}


def _words(run: _Run, room: str, who: str, shown: Delivered | Read) -> Iterator[Finding]:
    sent = run.sent.get(shown.id)
    if sent is None:
        return  # Not a message of this run: the report, a claim.
    if sent.room != room:
        yield Finding(Kind.FOREIGN, room, who, f"{shown.id} belongs in room {sent.room}")
    if sent.body != shown.body:
        yield Finding(Kind.ALTERED, room, who, f"{shown.id} has other words")
