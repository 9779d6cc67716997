"""Many sockets for a long time, a few of them talking: none may close, and memory must stay.

    ulimit -n 25000; .venv/bin/python -m bench.hold --sockets 10000 --minutes 30
    ... --postgresql --redis                   with a PostgreSQL and a Redis of its own

Twenty of the sockets, two to a room, say something once a second each. Exits with 1 if a socket was
closed, a message got lost, or memory moved by more than a twentieth after the first minutes.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import cpu
from bench.rows import resting
from bench.servers import HERE, Sites, Target, keep_to_load_cpu, serving

TALKING = 20
LOOK_EVERY = 15.0
SETTLED_AFTER = 120.0
"""Seconds that do not count: what is loaded once is loaded then."""
ALLOWED = 0.05


def hold(target: Target, sockets: int, seconds: float) -> dict[str, float]:
    """Hold them; what was seen."""
    talk = [
        sys.executable, "-m", "bench.load", "open", f"--port={target.port}",
        *target.sessions("active"), f"--rate={TALKING}", f"--seconds={seconds - 10}",
    ]  # fmt: skip
    silent = sockets - TALKING
    with resting(target, silent) as memory_with:
        memory_with(silent)
        with subprocess.Popen(talk, cwd=HERE, stdout=subprocess.PIPE, text=True) as talking:
            memory = _watch(target.pid, seconds)
            said, _ = talking.communicate(timeout=120)
        memory_with(silent)  # Fails unless all of them are still there, and none was ever closed.
    figures = json.loads(said.splitlines()[-1])
    return {
        "sockets": sockets,
        "minutes": round(seconds / 60, 1),
        "messages": figures["sent"],
        "lost": figures["lost"],
        "closed": figures["closed"],
        "memory_mb": round(memory[0] / 1e6, 1),
        "moved_percent": round(100 * (max(memory) - min(memory)) / memory[0], 2),
        "p99_ms": figures["delivery_p99_ms"],
    }


def _watch(pid: int, seconds: float) -> list[int]:
    """Return the resident bytes at each look, once it has settled."""
    began = time.monotonic()
    seen = []
    while (passed := time.monotonic() - began) < seconds:
        time.sleep(min(LOOK_EVERY, seconds - passed))
        if time.monotonic() - began > min(SETTLED_AFTER, seconds / 2):
            seen.append(cpu.resident(pid))
    return seen


def main() -> int:
    """Seed, serve, hold, tell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sockets", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--redis", action="store_true")
    options = parser.parse_args()
    keep_to_load_cpu()
    with tempfile.TemporaryDirectory(prefix="messenger-hold-") as folder:
        sites = Sites(Path(folder), postgresql=options.postgresql, redis=options.redis)
        try:
            site = sites.seeded(rooms=TALKING // 2, idle=options.sockets - TALKING)
            with serving(site) as target:
                seen = hold(target, options.sockets, options.minutes * 60)
        finally:
            sites.close()
    print(json.dumps(seen))
    is_good = not seen["lost"] and not seen["closed"] and seen["moved_percent"] <= 100 * ALLOWED
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
