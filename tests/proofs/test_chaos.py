"""A short run of `bench.chaos`: every kind of fault, on machines of their own, while people talk.

It needs to make network namespaces and mounts, and fails where it may not.
"""

import json
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bench.chaos.faults import KINDS
from tests.proofs.faulty import FOUND
from tests.server import CHECKOUT

pytestmark = pytest.mark.slow
PATIENCE = 420.0


def test_nothing_is_lost_whatever_breaks_and_a_planted_bug_is_found(tmp_path: Path) -> None:
    result = chaos(
        tmp_path / "result.json", "--messages", "1000", "--faults", "25", "--rooms", "16",
        "--rate", "40", "--long", "0", "--bug", "does not reread",
        "--bug", "acknowledges before the commit", "--seed", str(Random().getrandbits(32)),
    )  # fmt: skip

    assert result["findings"] == []
    assert result["acknowledged"] >= 1000
    assert {recovery["kind"] for recovery in result["recoveries"]} == KINDS.keys()
    for bug, found in result["bugs"].items():
        assert FOUND[bug] <= {*found}


def test_a_full_disk_is_noticed_and_costs_nothing(tmp_path: Path) -> None:
    """Of its own: where the organization has moved, there may be room in what it left behind."""
    result = chaos(
        tmp_path / "result.json", "--messages", "100", "--faults", "4", "--rooms", "16",
        "--rate", "40", "--long", "0", "--kind", "disk of PostgreSQL full",
        "--seed", str(Random().getrandbits(32)),
    )  # fmt: skip

    assert result["findings"] == []
    full = [each for each in result["recoveries"] if each["kind"] == "disk of PostgreSQL full"]
    assert any(each["sent_away"] for each in full), "Nobody noticed that the disk was full."


def test_where_it_may_not_make_machines_it_says_so() -> None:
    """It must never seem to have run."""
    command = [*bench("--faults", "1"), "--messages", "1"]

    done = subprocess.run(
        ["setpriv", "--bounding-set=-net_admin,-sys_admin", "--inh-caps=-all", *command],
        cwd=CHECKOUT, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip

    assert done.returncode == 2
    assert "as root" in done.stderr


def chaos(target: Path, *options: str) -> dict[str, Any]:
    done = subprocess.run(
        [*bench(*options), "--json", str(target)],
        cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-8000:]
    result: dict[str, Any] = json.loads(target.read_text())
    return result


def bench(*options: str) -> list[str]:
    return [sys.executable, "-m", "bench.chaos", *options]
