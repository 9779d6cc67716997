"""What ships, tried by Autobahn's suite for RFC 6455: every case but compression, which is off.

The suite is a program for Python 2.7. Kosoku runs its cases: the same files, made fit for Python 3.
"""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.proofs.echo import EchoServer

pytestmark = pytest.mark.slow

SECONDS = 300.0
COMPRESSION = ("--exclude=12.*", "--exclude=13.*")
PASSED = {"OK", "NON-STRICT", "INFORMATIONAL"}
"""As Autobahn counts. Not strict: an error is noticed late, or what came just before goes unanswered."""
MEANING, SIZE = 247, 54
"""Cases. Those about size and number are section 9."""

Verdicts = dict[str, set[str]]
"""For each case, what the suite says of the answers and of the closing."""


def verdicts(server: EchoServer, folder: Path, *chosen: str) -> Verdicts:
    kosoku = str(Path(sys.executable).with_name("kosoku"))
    where = ("--outdir", str(folder), f"127.0.0.1:{server.port}")
    subprocess.run([kosoku, *chosen, *where], capture_output=True, timeout=SECONDS, check=False)
    (index,) = json.loads((folder / "index.json").read_text()).values()
    return {case: {said["behavior"], said["behaviorClose"]} for case, said in index.items()}


def failures(cases: Verdicts) -> Verdicts:
    return {case: verdict for case, verdict in cases.items() if not verdict <= PASSED}


def last_verdicts(server: EchoServer, folder: Path, known: Verdicts, *chosen: str) -> Verdicts:
    """The same; whatever fails but what is `known` is tried twice more.

    Each case has a second at most by a clock of its own: one fails where this machine stands still
    for that long, and what is wrong fails each time.
    """
    cases = verdicts(server, folder / "reports", *chosen)
    for again in ("again", "and again"):
        failed = [case for case, said in failures(cases).items() if said != known.get(case)]
        if failed:
            cases |= verdicts(server, folder / again, *(f"--include={case}" for case in failed))
    return cases


def test_autobahn_finds_nothing_wrong_and_the_log_has_nothing_to_tell(tmp_path: Path) -> None:
    with EchoServer(tmp_path) as server:
        before = server.written()

        cases = last_verdicts(server, tmp_path, {}, *COMPRESSION)
        told = server.written().removeprefix(before)

    assert failures(cases) == {}
    about_size = Counter(case.startswith("9.") for case in cases)
    assert (about_size[False], about_size[True]) == (MEANING, SIZE)
    assert told == ""


def test_autobahn_finds_what_is_wrong_with_the_protocol_that_ours_is_made_of(
    tmp_path: Path,
) -> None:
    server, wrong = EchoServer(tmp_path), {"7.1.5": {"FAILED", "WRONG CODE"}}
    server.ws = "websockets-sansio"

    with server:
        cases = last_verdicts(server, tmp_path, wrong, "--include=7.1.*")

    assert failures(cases) == wrong
