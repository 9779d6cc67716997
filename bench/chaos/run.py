"""Breaks one thing after another while a crowd talks, and measures how soon all is well again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from time import monotonic

import anyio
import anyio.to_thread

from bench.chaos.faults import LONG, Fault, schedule
from bench.chaos.place import Place
from bench.history.check import Finding, Kind, check
from bench.history.client import Plan, Seat
from bench.history.crowd import Crowd
from bench.history.record import Acked, SentAway
from bench.history.reports import Reporters
from bench.seed import SLUG

MESSAGES, FAULTS = 100_000, 350
"""Of a whole run, at least."""
WINDOW = 4
CEILING = 2.0
"""Seconds a client waits, at most, before it tries to come back."""
HEALING_SECONDS = 60.0
"""After which what is not complete never will be."""
REPORT_EVERY = 2.0
"""Seconds from one report to the next, on average."""
BREATH = 0.5
"""Seconds between a completed recovery and the next fault, on average."""
FOR_BUGS = ("worker killed (-9)", "PostgreSQL killed (-9)", "Redis killed (-9)")
"""What shows a planted bug, if anything does."""
Tell = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Wish:
    """How much is to be said, and how much broken."""

    messages: int
    faults: int
    rate: float
    """Messages a second while nothing is broken."""
    seed: int
    kinds: Sequence[str] = ()
    """Of faults; none stands for all."""
    long: float = LONG
    """The part of faults that last long."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """One fault, and how it ended. All in seconds."""

    kind: str
    where: str
    held: float
    """From the strike until somebody began to heal it."""
    healing: float
    """Until what was ended had started again."""
    complete: float
    """Until all that was said before was acknowledged and on every screen, and each report answered."""
    sent_away: int
    """Connections that the server ended meanwhile, because the database did not answer."""

    def __str__(self) -> str:
        """Return it as one line."""
        return (
            f"{self.kind}, {self.where}: held {self.held:.1f} s, healed in {self.healing:.1f} s, "
            f"complete after {self.complete:.2f} s, {self.sent_away} sent away"
        )


@dataclass(slots=True)
class Result:
    """What came of it."""

    wish: Wish
    rooms: int
    viewers: int
    acknowledged: int = 0
    reports: int = 0
    """Acknowledged, too."""
    sent_away: int = 0
    seconds: float = 0.0
    recoveries: list[Recovery] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


async def run(place: Place, seats: Sequence[Seat], wish: Wish, tell: Tell) -> Result:
    """Let them talk while things break, until enough was said and enough has broken."""
    plan = Plan(
        10 * wish.messages, WINDOW, pause=len(seats) / wish.rate, ceiling=CEILING
    )  # fmt: skip
    crowd = Crowd(place.addresses, seats, plan, wish.seed)
    reporters = Reporters(place.addresses, SLUG, REPORT_EVERY, wish.seed)
    result = Result(wish, len({seat.number for seat in seats}), len(seats))
    began = monotonic()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(crowd.run, float("inf"), HEALING_SECONDS)
        tasks.start_soon(reporters.run, HEALING_SECONDS)
        await crowd.history.reach(len(seats))
        chance = Random(wish.seed)
        for number, fault in enumerate(schedule(place, crowd, chance, wish.kinds, wish.long), 1):
            if number > wish.faults and _acknowledged(crowd) >= wish.messages:
                break
            await anyio.sleep(chance.uniform(0, 2 * BREATH))
            recovery = await _go_through(fault, crowd, reporters)
            result.recoveries.append(recovery)
            tell(f"{monotonic() - began:7.1f} s  {number:3}  {recovery}")
            if recovery.complete >= HEALING_SECONDS:
                result.findings.append(Finding(Kind.GAP, "", "", f"still not complete: {recovery}"))
        crowd.hush()
        reporters.hush()
    result.seconds = monotonic() - began
    result.acknowledged, result.sent_away = _acknowledged(crowd), _sent_away(crowd)
    result.reports = len(reporters.filed)
    member = next(seat for seat in seats if seat.room)
    result.findings += [*check(crowd.history), *await reporters.judge(member)]
    return result


async def run_with_bug(place: Place, bug: str, seats: Sequence[Seat], seed: int) -> list[Finding]:
    """Let them talk to workers that have this bug, and return what was found."""
    for worker in place.workers:
        worker.bug = bug
        await anyio.to_thread.run_sync(worker.restart)
    crowd = Crowd(
        place.addresses, seats, Plan(10_000, WINDOW, drop_every=50, pause=0.05), seed
    )  # fmt: skip
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(crowd.run, HEALING_SECONDS, 1.0)
        for fault in islice(schedule(place, crowd, Random(seed), FOR_BUGS, long=0), len(FOR_BUGS)):
            # What strikes before anybody talks shows nothing.
            with anyio.move_on_after(HEALING_SECONDS):
                await crowd.history.reach(crowd.history.acknowledged + len(seats))
            await anyio.sleep(BREATH)
            await _break(fault)
        await anyio.sleep(BREATH)
        crowd.hush()
    return check(crowd.history)


async def _go_through(fault: Fault, crowd: Crowd, reporters: Reporters) -> Recovery:
    sent_away = _sent_away(crowd)
    healing = await _break(fault)
    healed = monotonic()
    with anyio.move_on_after(HEALING_SECONDS):
        await crowd.be_complete()
        await reporters.be_answered()
    return Recovery(
        fault.kind, fault.where, fault.seconds, healing, monotonic() - healed,
        _sent_away(crowd) - sent_away,
    )  # fmt: skip


async def _break(fault: Fault) -> float:
    """Return the seconds that healing took."""
    await anyio.to_thread.run_sync(fault.strike)
    await anyio.sleep(fault.seconds)
    began = monotonic()
    await anyio.to_thread.run_sync(fault.heal)
    return monotonic() - began


def _acknowledged(crowd: Crowd) -> int:
    return len({record.id for record in crowd.history if isinstance(record, Acked)})


def _sent_away(crowd: Crowd) -> int:
    return sum(isinstance(record, SentAway) for record in crowd.history)
