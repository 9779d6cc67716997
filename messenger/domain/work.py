"""Work: a puzzle that costs a computer a moment and a person nothing, for while many come at once.

Which number, written after the salt, has this SHA-256? Finding it takes `most` + 1 tries at worst,
checking it one (the shape is ALTCHA's). A puzzle is marked by whoever asks, so nothing is kept of it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from math import exp

from messenger.domain.errors import Refusal, TooBusy
from messenger.domain.ids import OrganizationId, url_safe

CHANCE_BYTES = 24
"""What `new_puzzle` takes: 16 for the salt, 8 for the number."""
LEAST_TRIES = 50_000
"""Half a second of a desktop's browser (it does 100,000 a second), a few of a phone."""
MOST_TRIES = 500_000
"""Five seconds of a desktop's browser, some twenty of a phone: as long as a few sentences take."""
CALM = 600
"""Whoever comes by one entrance in a minute without being asked: 500 reports are a school in trouble."""
MINUTE = 60.0
RETURNS = "returns"
"""The entrance of those who come back with six words."""

# The dots are hashed, too: else digits could move from the salt into the number and back, and work
# would last longer than it was given (CVE-2025-68113 of ALTCHA).
_WORK = re.compile(r"(([0-9]{10,12})\.[A-Za-z0-9_-]{22}\.[0-9]{1,10})\.([A-Za-z0-9_-]{22})")


@dataclass(frozen=True, slots=True)
class Puzzle:
    """What is asked. The answer is the work: the salt, the number, a dot and the mark."""

    salt: str
    digest: str
    """SHA-256 in hex of the salt and the number."""
    most: int
    """The number is from 0 to this."""
    mark: str


@dataclass(frozen=True, slots=True)
class Work:
    """What was sent for an answer. It is one if the mark belongs to the digest."""

    digest: str
    mark: str
    expires: int
    """Unix seconds."""


@dataclass(frozen=True, slots=True)
class Flow:
    """About how many came within the last minute: each counts less, the longer ago it was."""

    count: float = 0.0
    at: float = 0.0

    def level(self, now: float) -> float:
        """Return how many it is at `now` (seconds)."""
        return self.count * exp(-max(0.0, now - self.at) / MINUTE)

    def another(self, now: float) -> "Flow":
        """One more came."""
        return Flow(self.level(now) + 1.0, now)


class NeedsWork(Refusal):
    """Many come at once: solve the puzzle, and send the same again with it."""

    code = "needs_work"
    text = TooBusy.text
    status = 429

    def __init__(self, puzzle: Puzzle) -> None:
        super().__init__()
        self.puzzle = puzzle


def reports_of(organization: OrganizationId) -> str:
    """Return the entrance by which reports come to an organization. Work opens one entrance."""
    return f"reports.{organization}"


def tries_for(level: float, calm: int = CALM) -> int:
    """Return the `most` of a puzzle while so many come; 0 while it is calm."""
    if level <= calm:
        return 0
    return int(min(MOST_TRIES, LEAST_TRIES * level / calm))


def new_puzzle(expires: int, most: int, chance: bytes, mark: Callable[[str], str]) -> Puzzle:
    """Return a puzzle whose number follows from `chance`; `mark` marks the digest."""
    salt = f"{expires}.{url_safe(chance[:16])}."
    number = int.from_bytes(chance[16:CHANCE_BYTES]) % (most + 1)
    digest = _digest(f"{salt}{number}")
    return Puzzle(salt, digest, most, mark(digest))


def read_work(raw: str) -> Work | None:
    """Return what somebody sent for work, if it has the shape of it."""
    match = _WORK.fullmatch(raw)
    if match is None:
        return None
    answer, expires, mark = match.groups()
    return Work(_digest(answer), mark, int(expires))


def _digest(answer: str) -> str:
    return sha256(answer.encode()).hexdigest()
