"""`make bench`: seed, serve, drive, tell. Three interleaved rounds; medians; ratios in one run.

    bench/run                      our own figures, a quarter of an hour
    bench/run --peers FOLDER       and, in the same rounds, the peers of a bench folder
    bench/run --quick              less of everything, to see whether it all runs
    bench/run --only storm,alerts  some of the rows
    bench/run --postgresql --redis another configuration, with servers of its own

Only ratios between figures of one run mean anything on a shared machine. Prints a table, and writes
`bench/latest.json`: a list of {"row", "ours", "peer", "peer_value", "ratio", "unit", "rounds"}.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from contextlib import ExitStack, closing
from dataclasses import asdict, replace
from pathlib import Path

from bench.peers import peers_of
from bench.rows import QUICK, Line, Rows, Sizes
from bench.servers import Sites, keep_to_load_cpu

LATEST = Path(__file__).resolve().parent / "latest.json"
ROWS = (
    "saturation", "latency", "memory", "storm", "surge", "alerts", "history", "uploads", "fetches",
    "visits", "cleaning",
)  # fmt: skip


def main() -> None:
    """Measure what was asked for."""
    options = parse()
    keep_to_load_cpu()
    sizes = QUICK if options.quick else Sizes()
    if options.rounds:
        sizes = replace(sizes, rounds=options.rounds)
    lines: list[Line] = []
    with ExitStack() as opened:
        folder = opened.enter_context(tempfile.TemporaryDirectory(prefix="messenger-bench-"))
        sites = Sites(Path(folder), postgresql=options.postgresql, redis=options.redis)
        opened.enter_context(closing(sites))
        peers = opened.enter_context(peers_of(options.peers)) if options.peers else {}
        rows = Rows(sites, peers, sizes)
        for name in options.only:
            print(name, file=sys.stderr, flush=True)
            lines += getattr(rows, name)()
            LATEST.write_text(json.dumps([asdict(line) for line in lines], indent=2) + "\n")
    report(lines)


def report(lines: list[Line]) -> None:
    """Print the table."""
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    print(f"{'':60}{'Messenger':>12} {'':10}  {'peer':24}{'its figure':>12}{'ratio':>8}")
    for line in lines:
        ours = f"{line.row:60}{line.ours:12,.2f} {line.unit:10}"
        ratio = f"{line.ratio:8.2f}" if line.ratio is not None else ""
        print(f"{ours}  {line.peer:24}{line.peer_value:12,.2f}{ratio}" if line.peer else ours)


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Measure Messenger on this machine.")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int, help="3, or 1 if quick")
    parser.add_argument("--only", type=_names, default=ROWS, metavar=",".join(ROWS))
    parser.add_argument("--peers", type=_folder, help="a bench folder: its apps, driven by ours")
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--redis", action="store_true")
    return parser.parse_args()


def _folder(text: str) -> Path:
    """Whole: its programs start in folders of their own."""
    return Path(text).resolve()


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - set(ROWS):
        raise argparse.ArgumentTypeError(f"no such rows: {', '.join(sorted(unknown))}")
    return names


if __name__ == "__main__":
    main()
