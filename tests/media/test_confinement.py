"""A worker can compute and talk to us, and nothing else, whoever runs the service."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.media.prisoner import ACTS

CHECKOUT = Path(__file__).resolve().parents[2]
USERS = {"root": 0, "somebody": 4_321} if os.geteuid() == 0 else {"ourselves": os.geteuid()}
ALLOWED = {"compute", "use a thread"}


@pytest.fixture(scope="module", params=list(USERS.values()), ids=list(USERS))
def told(request: pytest.FixtureRequest) -> dict[str, str]:
    """What a prisoner got who was that user before."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.media.prisoner", str(request.param)],
        cwd=CHECKOUT, capture_output=True, check=True, timeout=30,
    )  # fmt: skip
    found: dict[str, str] = json.loads(ran.stdout)
    return found


@pytest.mark.parametrize("act", [act for act in ACTS if act not in ALLOWED])
def test_a_worker_can_not(act: str, told: dict[str, str]) -> None:
    assert told[act] in {"EPERM", "EACCES", "EMFILE", "MemoryError"}


@pytest.mark.parametrize("act", sorted(ALLOWED))
def test_a_worker_can(act: str, told: dict[str, str]) -> None:
    assert told[act] == "done"
