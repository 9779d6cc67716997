"""Let a crowd write through dropped sockets, and judge what they saw.

    python -m bench.seed FOLDER --rooms 20
    MESSENGER_DATA=FOLDER messenger serve
    python -m bench.history ws://127.0.0.1:8000/ws FOLDER/active.json --messages 200

Kill and restart the server meanwhile as you please. Exits with 1 when a promise was broken, and
with 2 when not everything could be said in time.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

import anyio

from bench.history.check import check
from bench.history.client import Plan
from bench.history.crowd import Crowd, read_seats


def main() -> int:
    """Run the crowd; print figures and findings."""
    options = _options()
    seats = read_seats(options.seats)
    plan = Plan(
        options.messages,
        options.window,
        drop_every=options.drop_every,
        abandon_every=options.abandon_every,
    )
    crowd = Crowd(options.address.split(","), seats, plan, options.seed)
    anyio.run(crowd.run, options.patience)
    print(dict(Counter(type(record).__name__ for record in crowd.history)))
    findings = check(crowd.history)
    for finding in findings:
        print(finding)
    if findings:
        return 1
    return 0 if crowd.history.acknowledged >= len(seats) * options.messages else 2


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Check that nothing is lost, doubled or reordered."
    )
    parser.add_argument("address", help="ws://127.0.0.1:8000/ws; several, with commas")
    parser.add_argument("seats", type=Path, help="what bench.seed wrote: FOLDER/active.json")
    parser.add_argument("--messages", type=int, default=100, help="of each client")
    parser.add_argument("--window", type=int, default=4, help="messages on the way at once")
    parser.add_argument("--drop-every", type=int, default=100, help="frames, on average; 0: never")
    parser.add_argument("--abandon-every", type=int, default=0, help="the same, half open")
    parser.add_argument("--patience", type=float, default=120.0, help="seconds")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
