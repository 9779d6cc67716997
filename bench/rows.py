"""The rows of the table: for each, who is measured, how, and against whom it is compared."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Event, Thread
from types import TracebackType
from typing import Self

from bench import cpu
from bench.cleaning import FILES, measure
from bench.seed import SLUG
from bench.servers import HERE, Peer, Sites, Target, is_well, serving, serving_peer

US = "Messenger"
PROTOTYPE = "prototype"
PROTOTYPES = [PROTOTYPE, "prototype, Redis"]
"""By itself, and as bench folders describe it: what was said is published too, once a commit."""
LEAN = "node ws, ioredis"
"""The peer with the least memory for a socket."""
FIRST = 50
"""Sockets until a server has loaded what it loads once; not counted among the idle ones."""
SETTLED_AFTER = 3.0
"""Seconds until what connecting took is given back."""
LOOK_EVERY = 0.1
"""Seconds between looks at the health of a server."""
LOAD_WITHIN = 900.0

Figures = dict[str, float]
Start = Callable[[], AbstractContextManager[Target]]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything."""

    rounds: int = 3
    seconds: float = 5.0
    rooms: int = 100
    rates: tuple[int, ...] = (1_000, 4_000)
    idle: tuple[int, ...] = (1_000, 5_000, 10_000)
    storm: int = 5_000
    missed: int = 5
    surge: int = 500
    surge_seconds: float = 60.0
    consoles: int = 5_000
    alerts: int = 5
    history: int = 10_000
    senders: int = 4
    fetches: int = 2_000
    visited: int = 500
    files: Sequence[str] = tuple(FILES)


QUICK = Sizes(
    rounds=1, seconds=2.0, rooms=20, idle=(200, 500), storm=500, surge=50, surge_seconds=6.0,
    consoles=500, alerts=2, history=2_000, files=["photo.jpg", "phone.mp4"],
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: medians of `rounds` rounds. `ratio` is ours by theirs."""

    row: str
    ours: float
    peer: str | None
    peer_value: float | None
    ratio: float | None
    unit: str
    rounds: int


class Rows:
    """Measures the rows: ours in the configuration of `sites`, and the peers that are there."""

    def __init__(self, sites: Sites, peers: Mapping[str, Peer], sizes: Sizes) -> None:
        self._sites = sites
        self._peers = peers
        self._sizes = sizes

    def saturation(self) -> Iterator[Line]:
        """Messages delivered, when each client sends the next as soon as it may.

        Where the generator took nearly a processor, it was the limit: see what is told meanwhile.
        """
        ours = self._ours(rooms=self._sizes.rooms)
        found = self._interleaved(self._saturate, ours, [*self._peers])
        yield from self._lines("saturation", "per_second", "messages/s", found)

    def latency(self) -> Iterator[Line]:
        """From the time a message was due to its delivery."""
        ours = self._ours(rooms=self._sizes.rooms)
        found = self._interleaved(self._pace, ours, PROTOTYPES)
        for rate in self._sizes.rates:
            for share in ("p50", "p99"):
                row = f"delivery {share} at {rate:,} messages/s"
                yield from self._lines(row, f"{share}_{rate}", "ms", found)

    def memory(self) -> Iterator[Line]:
        """What the server takes for each socket that only pings."""
        ours = self._ours(rooms=1, idle=self._sizes.idle[-1])
        found = self._interleaved(self._rest, ours, [PROTOTYPE, LEAN])
        for sockets in self._sizes.idle:
            row = f"memory for each idle socket, of {sockets:,}"
            yield from self._lines(row, f"kb_{sockets}", "KB", found)

    def storm(self) -> Iterator[Line]:
        """Every socket cut at once."""
        sizes = self._sizes
        ours = self._ours(rooms=1, idle=sizes.storm, said=sizes.missed)
        found = self._interleaved(self._reconnect, ours)
        row = f"reconnect storm of {sizes.storm:,}"
        yield from self._lines(f"{row}: p99 until back with history", "back_p99_s", "s", found)
        yield from self._lines(f"{row}: clients without all messages", "lost", "", found)
        yield from self._lines(f"{row}: health checks without answer", "unanswered", "", found)
        yield from self._lines(f"{row}: slowest health check", "slowest_s", "s", found)

    def surge(self) -> Iterator[Line]:
        """Reports from one address, before one console."""
        sizes = self._sizes
        options = [f"--reports={sizes.surge}", f"--seconds={sizes.surge_seconds}", "--sockets=1"]
        alert = partial(self._alert, options=options)
        found = self._interleaved(alert, self._ours(rooms=1, consoles=1))
        row = f"surge of {sizes.surge} reports in {sizes.surge_seconds:.0f} s"
        yield from self._lines(f"{row}: refused", "refused", "", found)
        yield from self._lines(f"{row}: receipts", "receipts", "", found)
        yield from self._lines(f"{row}: p99 until the console has it", "alert_p99_ms", "ms", found)

    def alerts(self) -> Iterator[Line]:
        """One report before many consoles."""
        sizes = self._sizes
        options = [f"--reports={sizes.alerts}", "--one-by-one", "--uncounted=1",
                   f"--sockets={sizes.consoles}", f"--seconds={2 * sizes.alerts}"]  # fmt: skip
        alert = partial(self._alert, options=options)
        found = self._interleaved(alert, self._ours(rooms=1, consoles=sizes.consoles))
        row = f"alert to {sizes.consoles:,} consoles"
        yield from self._lines(f"{row}: p99 until each has it", "alert_p99_ms", "ms", found)

    def history(self) -> Iterator[Line]:
        """Opening a room in which much was said."""
        ours = self._ours(rooms=1, long=self._sizes.history)
        found = self._interleaved(self._open, ours)
        row = f"room with {self._sizes.history:,} messages"
        yield from self._lines(f"{row}: from hello to first screen", "socket_ms", "ms", found)
        yield from self._lines(f"{row}: page", "page_ms", "ms", found)
        yield from self._lines(f"{row}: page without scripts", "no_script_ms", "ms", found)

    def uploads(self) -> Iterator[Line]:
        """Large files on their way in, while others talk."""
        senders = self._sizes.senders
        beside = partial(
            self._beside, program="uploads", options=[f"--senders={senders}"], sessions="idle"
        )
        found = self._interleaved(beside, self._ours(rooms=self._sizes.rooms, idle=senders))
        row = f"{senders} uploads at once"
        yield from self._lines(f"{row}: sealed and on disk", "mb_per_second", "MB/s", found)
        yield from self._lines(f"{row}: memory they take", "more_mb", "MB", found)
        yield from self._beside_lines(found)

    def fetches(self) -> Iterator[Line]:
        """The widget's script and status, while others talk."""
        rate = self._sizes.fetches
        yield from self._fetched(
            "widget", f"{rate:,} fetches a second of the widget's script and status", rate
        )

    def visits(self) -> Iterator[Line]:
        """A school is told of its link: first visits, while others talk."""
        rate = self._sizes.visited
        yield from self._fetched("visit", f"{rate:,} fetches a second of first visits", rate)

    def _fetched(self, what: str, row: str, rate: int) -> Iterator[Line]:
        options = [what, f"--code={SLUG}", f"--rate={rate}"]
        beside = partial(self._beside, program="fetches", options=options)
        found = self._interleaved(beside, self._ours(rooms=self._sizes.rooms))
        yield from self._lines(f"{row}: answered", "per_second", "1/s", found)
        yield from self._lines(f"{row}: failed", "failed", "", found)
        yield from self._lines(f"{row}: p99 of an answer", "answer_p99_ms", "ms", found)
        yield from self._beside_lines(found)

    def cleaning(self) -> Iterator[Line]:
        """Making files safe: what phones make, and the worst there can be."""
        rounds = self._sizes.rounds
        for file in measure(self._sizes.files, rounds):
            row = f"cleaning {file.name} of {file.megabytes:.1f} MB"
            yield Line(row, file.seconds, None, None, None, "s", rounds)

    def _beside_lines(self, found: dict[str, Figures]) -> Iterator[Line]:
        row = f"delivery p99 at {self._sizes.rates[0]:,} messages/s"
        yield from self._lines(f"{row} before them", "calm_p99", "ms", found)
        yield from self._lines(f"{row} beside them", "busy_p99", "ms", found)
        yield from self._lines(f"{row}, beside to before", "times", "", found)

    def _saturate(self, start: Start) -> Figures:
        with start() as target:
            before = cpu.seconds(target.pid)
            full = self._rooms("closed", target)
            used = cpu.seconds(target.pid) - before
        return {
            "per_second": full["per_second"],
            "cpu_us": round(used / max(1, full["total"]) * 1e6, 1),
            "generator": full["generator"],
        }

    def _pace(self, start: Start) -> Figures:
        figures = {}
        with start() as target:
            for rate in self._sizes.rates:
                paced = self._rooms("open", target, f"--rate={rate}")
                figures[f"p50_{rate}"] = paced["delivery_p50_ms"]
                figures[f"p99_{rate}"] = paced["delivery_p99_ms"]
        return figures

    def _rooms(self, mode: str, target: Target, *options: str) -> Figures:
        return load(
            target, "load", mode, f"--wire={target.wire}", *target.sessions("active"),
            f"--rooms={self._sizes.rooms}", f"--seconds={self._sizes.seconds}", *options,
        )  # fmt: skip

    def _beside(
        self, start: Start, program: str, options: list[str], sessions: str = ""
    ) -> Figures:
        """Have people talk, first alone and then beside a program of this folder."""
        sizes = self._sizes
        with start() as target:
            talk = partial(self._rooms, "open", target, f"--rate={sizes.rates[0]}")
            # The first seconds of a new database are quicker than any later: the log has nothing to fold.
            talk()
            calm = talk()["delivery_p99_ms"]
            cpu.forget_peak(target.pid)
            before = cpu.resident(target.pid)
            who = target.sessions(sessions) if sessions else []
            seconds = f"--seconds={sizes.seconds + 4}"
            with loading(target, program, *who, *options, seconds) as told:
                busy = talk()["delivery_p99_ms"]
            more = cpu.peak(target.pid) - before
        return {
            **told, "more_mb": more / 1e6, "calm_p99": calm, "busy_p99": busy, "times": busy / calm
        }  # fmt: skip

    def _rest(self, start: Start) -> Figures:
        figures = {}
        with start() as target, resting(target, self._sizes.idle[-1]) as memory_with:
            before = memory_with(FIRST)
            for step in self._sizes.idle:
                figures[f"kb_{step}"] = (memory_with(step) - before) / (step - FIRST) / 1024
        return figures

    def _reconnect(self, start: Start) -> Figures:
        sizes = self._sizes
        with start() as target, Health(target.port) as health:
            found = load(
                target, "storm", *target.sessions("idle"), f"--sockets={sizes.storm}",
                f"--head={1 + sizes.missed}",
            )  # fmt: skip
        return found | {"unanswered": health.unanswered, "slowest_s": health.slowest}

    def _alert(self, start: Start, options: list[str]) -> Figures:
        with start() as target:
            return load(target, "consoles", *target.sessions("consoles"), *options)

    def _open(self, start: Start) -> Figures:
        with start() as target:
            return load(target, "opening", *target.sessions("long"))

    @contextmanager
    def _seed_and_serve(self, **counts: int) -> Iterator[Target]:
        with serving(self._sites.seeded(**counts)) as target:
            yield target

    def _ours(self, **counts: int) -> Start:
        """Each start is on a new database."""
        return partial(self._seed_and_serve, **counts)

    def _interleaved(
        self, measure: Callable[[Start], Figures], ours: Start, peers: list[str] | None = None
    ) -> dict[str, Figures]:
        """Measure each once a round, every other round backwards; return each one's medians."""
        wanted = [name for name in peers or [] if name in self._peers]
        starts: dict[str, Start] = {
            US: ours,
            **{name: partial(serving_peer, self._peers[name]) for name in wanted},
        }
        found: dict[str, list[Figures]] = {name: [] for name in starts}
        for number in range(self._sizes.rounds):
            for name in [*starts][:: -1 if number % 2 else 1]:
                found[name].append(measure(starts[name]))
                print(f"  {name}: {found[name][-1]}", file=sys.stderr, flush=True)
        return {name: _medians(figures) for name, figures in found.items()}

    def _lines(self, row: str, figure: str, unit: str, found: dict[str, Figures]) -> Iterator[Line]:
        """One for each peer; without any, one for us alone."""
        ours, rounds = found[US][figure], self._sizes.rounds
        peers = [name for name in found if name != US]
        if not peers:
            yield Line(row, ours, None, None, None, unit, rounds)
        for name in peers:
            theirs = found[name][figure]
            yield Line(row, ours, name, theirs, ours / theirs if theirs else None, unit, rounds)


class Health:
    """Asks a server how it is, again and again, for as long as the context lasts."""

    def __init__(self, port: int) -> None:
        self.unanswered = 0
        self.slowest = 0.0
        """Seconds."""
        self._port = port
        self._over = Event()
        self._thread = Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(LOOK_EVERY):
            for kind in ("live", "ready"):
                begun = time.monotonic()
                self.unanswered += not is_well(self._port, kind)
                self.slowest = max(self.slowest, round(time.monotonic() - begun, 2))


def load(target: Target, program: str, *options: str) -> Figures:
    """Run a program of this folder against a server; return what it says last."""
    done = subprocess.run(
        _command(target, program, *options),
        cwd=HERE, check=True, stdout=subprocess.PIPE, text=True, timeout=LOAD_WITHIN,
    )  # fmt: skip
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


@contextmanager
def loading(target: Target, program: str, *options: str) -> Iterator[Figures]:
    """Run a program of this folder meanwhile; at the end it has filled in what it says last.

    It shares a processor with who measures, and stands back: the measure must not feel it.
    """
    figures: Figures = {}
    command = ["nice", "-n", "10", *_command(target, program, *options)]
    with subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE, text=True) as process:
        yield figures
        told, _ = process.communicate(timeout=LOAD_WITHIN)
    figures |= json.loads(told.splitlines()[-1])


@contextmanager
def resting(target: Target, most: int) -> Iterator[Callable[[int], int]]:
    """Connect idle sockets; yields what gives the server's memory with so many of them, in bytes."""
    command = _command(
        target, "load", "idle", f"--wire={target.wire}", *target.sessions("idle"),
        f"--sockets={most}",
    )  # fmt: skip
    with subprocess.Popen(
        command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as sockets:

        def memory_with(count: int) -> int:
            told, heard = sockets.stdin, sockets.stdout
            if told is None or heard is None:
                raise AssertionError("both were asked for")
            told.write(f"{count}\n")
            told.flush()
            if f'"connected": {count}, "closed": 0' not in heard.readline():
                raise RuntimeError(f"not all of {count} sockets are there")
            time.sleep(SETTLED_AFTER)
            return cpu.resident(target.pid)

        yield memory_with


def _command(target: Target, program: str, *options: str) -> list[str]:
    command = [sys.executable, "-m", f"bench.{program}"]
    return [*command, *options, f"--port={target.port}"]


def _medians(rounds: list[Figures]) -> Figures:
    return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
