"""The service as it ships, on a machine that only ours reach: `python -m bench.chaos.worker BUG`.

What `bench.seed` makes is a demo, which is served on loopback alone, except here. BUG is one of
`tests.proofs.faulty`, or `none`.
"""

import sys
from importlib import import_module

from tests.proofs.faulty import plant
from tests.server import Server
from tests.swapping import swap


class Worker(Server):
    """It, as a process of its own."""

    bug = "none"

    def command(self) -> list[str]:
        return [sys.executable, "-m", "bench.chaos.worker", self.bug]


if __name__ == "__main__":
    serving = import_module("messenger.commands.serve")
    swap(serving, check_demo_stays_here=lambda *_: None)
    plant(sys.argv[1])
    serving.serve()
