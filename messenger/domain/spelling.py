"""How far one spelling is from another, and which word of a list somebody meant."""

from collections.abc import Iterable

LONG = 7
"""Letters from which on a word may be two mistakes away and still be the one that was meant."""


class Speller:
    """Finds the one word a misspelt one was meant to be."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = tuple((word, len(word), _letters(word)) for word in words)

    def find(self, typed: str) -> str | None:
        """Return the only word one mistake away, else the only one two away if it is long."""
        if near := self._within(1, typed):
            return near[0] if len(near) == 1 else None
        match self._within(2, typed):
            case [word] if len(word) >= LONG:
                return word
            case _:
                return None

    def _within(self, mistakes: int, typed: str) -> list[str]:
        size, letters = len(typed), _letters(typed)
        # A mistake changes the length by at most one and the set of letters by at most two: this
        # leaves a few in a hundred words to measure, or a stranger could keep us busy by typing.
        plausible = (
            word
            for word, length, mask in self._words
            if abs(length - size) <= mistakes and (mask ^ letters).bit_count() <= 2 * mistakes
        )
        return [word for word in plausible if distance(typed, word) <= mistakes]


def distance(one: str, other: str) -> int:
    """Count the mistakes between two words: a letter more, less, other, or two swapped.

    Damerau-Levenshtein in the variant that edits no place twice ("optimal string alignment").
    """
    before, last = [0] * (len(other) + 1), list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        line = [row]
        for column, against in enumerate(other, 1):
            same = last[column - 1] + (letter != against)
            best = min(same, last[column] + 1, line[column - 1] + 1)
            if row > 1 < column and (letter, one[row - 2]) == (other[column - 2], against):
                best = min(best, before[column - 2] + 1)
            line.append(best)
        before, last = last, line
    return last[-1]


def _letters(word: str) -> int:
    mask = 0
    for letter in word:
        mask |= 1 << (ord(letter) % 64)
    return mask
