"""A receipt spelled as digits: what a client makes of the words by the list, and the server reads."""

from collections.abc import Sequence
from pathlib import Path

LISTED = (Path(__file__).parents[1] / "messenger/domain/wordlist.txt").read_text("utf-8").split()


def digits_of(words: Sequence[str]) -> str:
    """Return each word's place in the list, in groups of four digits."""
    return " ".join(f"{LISTED.index(word):04}" for word in words)
