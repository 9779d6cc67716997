"""How much one worker carries, and how many it takes: a simulation, and the sums that follow from it.

    .venv/bin/python -m bench.capacity                 what the simulation says, beside what was measured
    .venv/bin/python -m bench.capacity --students 1000000     what so many students need

A worker is one loop with one writer: a message waits for the loop, then for the batch in flight, is
written with all that waits by then, and is told when the loop gets to it. `Costs` were measured once, on
the machine that docs/capacity.md names; what is measured now stands in docs/performance.md.
"""

import argparse
import heapq
import itertools
import math
import statistics
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from random import Random


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds of processor, or of waiting, for one of each; bytes for one of each."""

    before: float = 45e-6
    """To read, check and seal a message, of the loop."""
    after: float = 45e-6
    """To acknowledge and tell it, of the loop."""
    row: float = 10e-6
    """To write it as one of many, of the loop as well: there is one interpreter."""
    batch: float = 330e-6
    """To begin and commit a batch and be handed its answers, whatever is in it. The loop goes on."""
    fold: float = 12e-3
    """What the commit waits for while the log is folded, once a second."""
    line: float = 230e-6
    """From one client to the other without us: the kernel, and the clients."""
    join: float = 2.5e-3
    """To let somebody in with what they missed, of the loop."""
    socket: float = 19_300
    base: float = 120e6
    event: float = 1_100
    """Bytes on disk for each message, its indexes included."""


MEASURED = {
    "messages/s at saturation": (9_700.0, 10_900.0),
    "p50 at 1,000/s, ms": (0.64, 0.81),
    "p99 at 1,000/s, ms": (2.9, 3.6),
    "memory with 10,000 sockets, MB": (300.0, 320.0),
    "storm of 5,000, s": (12.0, 13.5),
}
"""The lowest and highest median seen on that machine, with the database in a file."""


Then = Callable[[float], None]
"""What happens at a time."""


class Worker:
    """One loop, one writer. Times in seconds from the start."""

    def __init__(self, costs: Costs, again_until: float = 0.0) -> None:
        """Until `again_until`, whoever was answered sends again at once."""
        self._costs = costs
        self._again_until = again_until
        self._agenda: list[tuple[float, int, Then]] = []
        self._order = itertools.count()
        self._loop: deque[tuple[float, Then]] = deque()
        self._loop_is_free = True
        self._waiting: list[float] = []
        self._writer_is_free = True
        self._folds_at = 1.0
        self.told: list[tuple[float, float]] = []
        """When each message was sent, and when it was told."""

    def run(self, arrivals: Iterable[float]) -> None:
        """Have messages come at these times, until nothing is left to do."""
        for at in arrivals:
            self._at(at, partial(self._arrive, at))
        while self._agenda:
            now, _, then = heapq.heappop(self._agenda)
            then(now)

    def _at(self, when: float, then: Then) -> None:
        heapq.heappush(self._agenda, (when, next(self._order), then))

    def _arrive(self, sent: float, now: float) -> None:
        self._ask_loop(now, self._costs.before, partial(self._read, sent))

    def _ask_loop(self, now: float, cost: float, then: Then) -> None:
        self._loop.append((cost, then))
        if self._loop_is_free:
            self._loop_on(now)

    def _loop_on(self, now: float) -> None:
        self._loop_is_free = not self._loop
        if self._loop:
            cost, then = self._loop.popleft()
            self._at(now + cost, partial(self._done, then))

    def _done(self, then: Then, now: float) -> None:
        then(now)
        self._loop_on(now)

    def _read(self, sent: float, now: float) -> None:
        self._waiting.append(sent)
        if self._writer_is_free:
            self._write(now)

    def _write(self, now: float) -> None:
        batch, self._waiting = self._waiting, []
        self._writer_is_free = not batch
        if not batch:
            return
        rows = self._costs.row * len(batch)
        commit = self._costs.batch
        if now >= self._folds_at:
            commit, self._folds_at = commit + self._costs.fold, now + 1.0
        self._ask_loop(now, rows, lambda now: None)
        self._at(now + rows + commit, partial(self._written, batch))

    def _written(self, batch: list[float], now: float) -> None:
        for sent in batch:
            self._ask_loop(now, self._costs.after, partial(self._tell, sent))
        self._write(now)

    def _tell(self, sent: float, now: float) -> None:
        there = now + self._costs.line
        self.told.append((sent, there))
        if now < self._again_until:
            self._at(there, partial(self._arrive, there))


def evenly(rate: float) -> Iterator[float]:
    """Arrivals as the load generator makes them."""
    return (count / rate for count in itertools.count())


def by_chance(rate: float, seed: int = 0) -> Iterator[float]:
    """Arrivals as people make them."""
    chance, now = Random(seed), 0.0
    while True:
        now += chance.expovariate(rate)
        yield now


def saturation(costs: Costs, clients: int = 200, seconds: float = 5.0) -> float:
    """Messages told in a second when everybody sends again at once."""
    worker = Worker(costs, again_until=seconds)
    worker.run(number * 1e-6 for number in range(clients))
    return sum(1.0 <= at < seconds for _, at in worker.told) / (seconds - 1.0)


def delays(costs: Costs, arrivals: Iterator[float], seconds: float = 20.0) -> tuple[float, float]:
    """The p50 and p99 from sending to being told, in milliseconds."""
    worker = Worker(costs)
    worker.run(itertools.takewhile(lambda at: at < seconds, arrivals))
    found = sorted(there - sent for sent, there in worker.told)
    return statistics.median(found) * 1e3, found[int(len(found) * 0.99)] * 1e3


def storm(costs: Costs, sockets: int) -> float:
    """Seconds until 99 of 100 are back, when so many were cut off at once: they join one by one."""
    return costs.join * sockets * 0.99


def memory(costs: Costs, sockets: int) -> float:
    """Bytes of a worker with so many sockets."""
    return costs.base + costs.socket * sockets


def predictions(costs: Costs) -> dict[str, float]:
    """What the simulation says of what was measured."""
    p50, p99 = delays(costs, evenly(1_000))
    return {
        "messages/s at saturation": saturation(costs),
        "p50 at 1,000/s, ms": p50,
        "p99 at 1,000/s, ms": p99,
        "memory with 10,000 sockets, MB": memory(costs, 10_000) / 1e6,
        "storm of 5,000, s": storm(costs, 5_000),
    }


CONVERSATIONS = 50 / 1_000
"""Tips and chats for each student in a year."""
MESSAGES = 37
"""In a conversation, over 45 minutes."""
ROOMS_IN_SURGE = 170 / 1e6
"""Open at once for each student, when many schools have a bad evening together."""
CONSOLES = 10_000 / 1e6
"""Open all day for each student, at the most."""
WORKER_SOCKETS = 10_000
"""What a worker is planned for; it takes 20,000. The storm after its end is half as long this way."""
JOINS_OF_A_DATABASE = 1_500
"""That one PostgreSQL answers in a second: each reads five times."""
BACK_WITHIN = 60.0
"""Seconds in which all are to be back after everything was down."""


@dataclass(frozen=True, slots=True)
class Need:
    """What so many students need."""

    students: int
    messages_per_second: float
    consoles: int
    workers: int
    databases: int
    gigabytes_a_year: float
    back_seconds: float
    first: str


def need(students: int, costs: Costs = Costs()) -> Need:
    """Work out what a surge takes."""
    rooms = students * ROOMS_IN_SURGE
    rate = rooms * MESSAGES / (45 * 60)
    consoles = math.ceil(students * CONSOLES)
    sockets = consoles + 2 * rooms
    by_sockets = sockets / WORKER_SOCKETS
    by_messages = rate / (saturation(costs) / 2)
    databases = sockets / (JOINS_OF_A_DATABASE * BACK_WITHIN)
    parts = {"sockets": by_sockets, "messages": by_messages, "joins at the database": databases}
    workers = max(1, math.ceil(max(by_sockets, by_messages)))
    back = max(storm(costs, math.ceil(sockets / workers)), sockets / JOINS_OF_A_DATABASE)
    return Need(
        students, rate, consoles, workers, max(1, math.ceil(databases)),
        students * CONVERSATIONS * MESSAGES * costs.event / 1e9, back / max(1, math.ceil(databases)),
        max(parts, key=lambda name: parts[name]),
    )  # fmt: skip


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--students", type=int)
    options = parser.parse_args()
    costs = Costs()
    if options.students:
        print(need(options.students, costs))
        return
    print("| | simulated | measured |\n|---|---|---|")
    for name, value in predictions(costs).items():
        low, high = MEASURED[name]
        print(f"| {name} | {value:,.2f} | {low:,g}-{high:,g} |")
    print("\n| students | messages/s | consoles | workers | databases | GB a year | back | first |")
    print("|---|---|---|---|---|---|---|---|")
    for students in (1_000, 100_000, 1_000_000, 10_000_000, 50_000_000):
        found = need(students, costs)
        print(
            f"| {students:,} | {found.messages_per_second:,.1f} | {found.consoles:,} | "
            f"{found.workers} | {found.databases} | {found.gigabytes_a_year:,.1f} | "
            f"{found.back_seconds:,.0f} s | {found.first} |"
        )


if __name__ == "__main__":
    main()
