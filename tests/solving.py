"""Solving a puzzle as any program would: from docs/protocol.md, one number after the other."""

from hashlib import sha256

from messenger.domain.work import Puzzle


def solve(puzzle: Puzzle) -> str:
    """Return the work."""
    for number in range(puzzle.most + 1):
        answer = f"{puzzle.salt}{number}"
        if sha256(answer.encode()).hexdigest() == puzzle.digest:
            return f"{answer}.{puzzle.mark}"
    raise AssertionError("there was no such number")
