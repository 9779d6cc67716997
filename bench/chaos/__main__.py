"""`make chaos`; see `bench.chaos`.

Exits with 1 when a promise was broken or a planted bug was not found, and with 2 when this machine
does not allow it.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import groupby, islice
from pathlib import Path

import anyio

from bench.chaos.faults import KINDS, LONG
from bench.chaos.machines import CannotIsolate, is_isolated, isolated
from bench.chaos.place import Place, open_place
from bench.chaos.report import page, write_json, write_page
from bench.chaos.run import FAULTS, MESSAGES, Wish, run, run_with_bug
from bench.history.check import Kind
from bench.history.client import Seat
from tests.proofs.faulty import FOUND, has_found

ROOMS_FOR_A_BUG = 6
TRIES = 3
"""To find a bug that shows itself only when a fault strikes at its moment."""
BUGS = [bug for bug in FOUND if bug != "does not wait for the disk"]
"""That one takes a disk that forgets."""
_say = partial(print, flush=True)


def main() -> int:
    """Do as the options say."""
    options = _options()
    if is_isolated():
        return _run(options)
    try:
        command = isolated("bench.chaos", sys.argv[1:])
    except CannotIsolate as why:
        _say(why, file=sys.stderr)
        return 2
    return subprocess.run(command, check=False).returncode


def _run(options: argparse.Namespace) -> int:
    bugs = _try_bugs(BUGS if options.bugs else options.bug, options.seed)
    missed = [bug for bug, found in bugs.items() if not has_found(bug, {*map(Kind, found)})]
    wish = Wish(
        options.messages, options.faults, options.rate, options.seed, options.kind, options.long
    )
    with _place(options.rooms) as place:
        again = [replace(seat, device="2") for seat in place.seats if seat.number % 4 == 0]
        result = anyio.run(run, place, place.seats + again, wish, _say)
    for finding in result.findings:
        _say(finding)
    for bug in missed:
        _say(f"planted, and not found: {bug}")
    _say("\n".join(page(result, bugs)))
    if options.json:
        write_json(options.json, result, bugs)
    if options.write:
        write_page(options.write, result, bugs)
    return 1 if result.findings or missed else 0


def _try_bugs(bugs: Sequence[str], seed: int) -> dict[str, list[str]]:
    """Return what is found when each is planted, in rooms of its own."""
    if not bugs:
        return {}
    found = dict[str, list[str]]()
    with _place(ROOMS_FOR_A_BUG * TRIES * len(bugs)) as place:
        rooms = groupby(place.seats, lambda seat: seat.number // ROOMS_FOR_A_BUG)
        crowds = ([*seats] for _, seats in rooms)
        for bug in bugs:
            found[bug] = sorted(_look_for(bug, place, crowds, seed))
            _say(f"bug planted: {bug}; found: {', '.join(found[bug]) or 'nothing'}")
    return found


def _look_for(bug: str, place: Place, crowds: Iterator[list[Seat]], seed: int) -> set[Kind]:
    """Have one crowd after another talk until it is found; return all that was."""
    kinds = set[Kind]()
    for number, crowd in enumerate(islice(crowds, TRIES)):
        findings = anyio.run(run_with_bug, place, bug, crowd, seed + number)
        kinds |= {finding.kind for finding in findings}
        if has_found(bug, kinds):
            break
    return kinds


@contextmanager
def _place(rooms: int) -> Iterator[Place]:
    with tempfile.TemporaryDirectory(prefix="messenger-chaos-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as somebody else.
        with open_place(folder, rooms) as place:
            yield place


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.chaos", description="Break a deployment while a crowd talks."
    )
    parser.add_argument("--messages", type=int, default=MESSAGES, help="acknowledged, at least")
    parser.add_argument("--faults", type=int, default=FAULTS, help="at least")
    parser.add_argument(
        "--rooms",
        type=int,
        default=200,
        help="two people in each; in one of four, each at two devices",
    )
    parser.add_argument("--rate", type=float, default=60.0, help="messages a second, by all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", action="append", choices=KINDS, default=[], help="no others")
    parser.add_argument("--long", type=float, default=LONG, help="the part that lasts long")
    parser.add_argument("--bug", action="append", choices=BUGS, default=[], help="first plant it")
    parser.add_argument("--bugs", action="store_true", help="first plant each, to see it found")
    parser.add_argument("--json", type=Path, help="write all figures there")
    parser.add_argument("--write", type=Path, help="put the result into that page")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
