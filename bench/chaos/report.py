"""Tells what came of a run: as JSON, and as the part of `docs/reliability.md` between two marks."""

import json
import os
import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from math import ceil
from pathlib import Path

from bench.chaos.run import FAULTS, MESSAGES, Result
from bench.history.check import Kind
from tests.proofs.faulty import has_found

BEGIN, END = "<!-- The last run: written by bench/chaos -->", "<!-- End of the last run -->"
Bugs = Mapping[str, Sequence[str]]
"""By planted bug, the kinds of findings."""


def write_json(path: Path, result: Result, bugs: Bugs) -> None:
    """Write all there is to know, and the machine it was on."""
    found = {**asdict(result), "bugs": bugs, "machine": machine()}
    path.write_text(json.dumps(found, indent=1) + "\n")


def write_page(path: Path, result: Result, bugs: Bugs) -> None:
    """Put the run into the page, in the place of the one before."""
    between = re.compile(re.escape(BEGIN) + ".*" + re.escape(END), re.DOTALL)
    text = "\n".join([BEGIN, "", *page(result, bugs), "", END])
    path.write_text(between.sub(lambda _: text, path.read_text()))


def page(result: Result, bugs: Bugs) -> Iterator[str]:
    """Yield the lines of it."""
    wish, complete = result.wish, [recovery.complete for recovery in result.recoveries]
    if wish.messages < MESSAGES or wish.faults < FAULTS:
        yield f"**A shorter run** than the whole one, of {MESSAGES:,} messages and {FAULTS} faults."
        yield ""
    kinds = dict.fromkeys(recovery.kind for recovery in result.recoveries)
    yield "| | |"
    yield "|---|---|"
    yield (
        f"| acknowledged messages | {result.acknowledged:,}, by {result.viewers} people in "
        f"{result.rooms} rooms, in {result.seconds / 60:.0f} minutes |"
    )
    yield f"| acknowledged reports | {result.reports:,} |"
    yield f"| faults | {len(complete)}, of {len(kinds)} kinds |"
    yield f"| {', '.join(Kind)} | {_counted(result)} |"
    yield (
        f"| from healing to complete | p50 {quantile(complete, 0.5):.2f} s, "
        f"p99 {quantile(complete, 0.99):.2f} s (wanted: under 5), "
        f"at most {max(complete, default=0):.2f} s |"
    )
    yield f"| connections ended because the database did not answer (4002) | {result.sent_away:,} |"
    caught = [bug for bug, found in bugs.items() if found and has_found(bug, {*map(Kind, found)})]
    if caught:
        yield f"| planted before, and found by the same checker | {'; '.join(caught)} |"
    yield f"| machine | {machine()}; seed {wish.seed} |"
    yield ""
    yield "| fault | times | seconds to complete: p50 | at most |"
    yield "|---|---|---|---|"
    for kind in sorted(kinds):
        seconds = [each.complete for each in result.recoveries if each.kind == kind]
        yield f"| {kind} | {len(seconds)} | {quantile(seconds, 0.5):.2f} | {max(seconds):.2f} |"


def quantile(seconds: list[float], part: float) -> float:
    """Return the smallest of them that so great a part does not exceed; 0 of none."""
    ordered = sorted(seconds)
    return ordered[ceil(part * len(ordered)) - 1] if ordered else 0.0


def machine() -> str:
    """Say what it ran on, and how busy that was."""
    models = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    model = models[0] if models else platform.machine()
    busy = os.getloadavg()[2]
    return f"{os.cpu_count()} cores of {model}, load {busy:.1f}, Python {platform.python_version()}"


def _counted(result: Result) -> str:
    counts = [sum(finding.kind is kind for finding in result.findings) for kind in Kind]
    return ", ".join(map(str, counts)) if any(counts) else "0"
