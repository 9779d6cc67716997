"""Receipts: six words from a list, the way back into a conversation. Reading them forgivingly,
spelling them as digits, and spotting them in a message. Not their hashing (`security.passwords`).
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, zip_longest
from typing import TypeAlias

from messenger.domain.errors import BadReceipt
from messenger.domain.marking import marked as _
from messenger.domain.spelling import Speller

Words: TypeAlias = tuple[str, str, str, str, str, str]
"""The six words of a receipt, as the list spells them."""

WORDS = 6
"""Six of 7,776 words are 77 bits."""
DIGITS = 4
"""A word spelled as digits: its place in the list, 0000 to 7775."""
CANDIDATES = 20
"""What one message can make us check: each candidate costs an Argon2id."""
RAW_LIMIT = 500
"""Characters of what somebody types as a receipt; the longest six words are 60."""

UNKIND = frozenset(
    """
    agonize agonizing agony ambush arson ashamed backstab barbed battered battering browbeat
    bruising brute brutishly buckshot bullwhip bully captive captivity chokehold choking cruelly
    cruelness cruelty crushed crushing dagger defame defile degraded deprive despair disfigure
    disgrace disown distress dreaded dreadful drown enrage evil frighten frightful gag gallows
    gore graves graveyard grief grieving groin grope handcuff handgun harmful hate hatred
    headless helpless humiliate hurt imprison jackknife jailbird jailhouse jockstrap lustfully
    lustily lusty maimed mating mutilated mutilator numbing numbness outcast overkill panic
    pantyhose penknife perish persecute poison prison punisher rage ruined sadden sadness savage
    scared scary scorn seduce seducing shame shun sinner slain slander slapping slashed slashing
    slit smother strangle stricken sufferer suffering suffocate thong thrash threaten tragedy
    unclothed undead undress unholy unkind unlovable unloved unloving unsafe unwanted unworthy
    violate violation violator wimp wound wreckage
    """.split()  # noqa: SIM905 (to be read, and 131 of them)
)
"""Words of the list that nobody is given: they may hurt the very child that reads them. All are read."""

_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"[0-9]+")
_NUMBERS = re.compile(r"[0-9][0-9\W]*")
# For what the two first find in ASCII, at a tenth of the cost: every message comes by here.
_LETTERS = bytes(code if chr(code).isascii() and chr(code).isalpha() else 32 for code in range(256))
_NO_DIGITS = bytes(code for code in range(256) if code not in b"0123456789")


class UnknownWord(BadReceipt):
    """A word that is not in the list, nor one mistake away from only one that is."""

    code = "unknown_word"
    template = _("We don't know the word “{word}”. Check how it is spelled and try again.")

    def __init__(self, word: str) -> None:
        # Not in the arguments: whatever prints an exception would print part of a receipt.
        super().__init__()
        self.word = word[:30]
        self.text = self.template.format(word=self.word)

    def words(self, say: Callable[[str], str]) -> str:
        return say(self.template).format(word=self.word)


class NotSixWords(BadReceipt):
    """More or fewer words, or digits, than a receipt has."""

    code = "not_six_words"
    text = _("That is not six words. Type all six, with a space between them.")


class Wordlist:
    """The words that receipts are made of, in their order.

    Two spellings of one word ("yo-yo", "yoyo") count as the first of them, so that a hyphen can
    never matter.
    """

    def __init__(self, words: Iterable[str]) -> None:
        listed = tuple(words)
        self._spelled: dict[str, str] = {}
        for word in listed:
            self._spelled.setdefault(_squashed(word), word)
        self._words = tuple(self._spelled[_squashed(word)] for word in listed)
        self._lengths = sorted({len(word) for word in self._spelled})
        hyphenated = (word for word in listed if "-" in word)
        self._halves = frozenset(half for word in hyphenated for half in word.split("-"))
        self._speller = Speller(self._spelled)

    def __len__(self) -> int:
        return len(self._words)

    def words_of(self, number: int) -> Words:
        """Return the receipt with that number, 0 to len(self) ** 6 - 1."""
        places = []
        for _place in range(WORDS):
            number, place = divmod(number, len(self))
            places.append(place)
        if number:
            raise ValueError("There is no receipt with that number")
        return _six([self._words[place] for place in places])

    def from_bytes(self, seed: bytes) -> Words:
        """Return the receipt that 32 random bytes choose (the modulo's bias is below 2**-178)."""
        if len(seed) != 32:
            raise ValueError("A receipt is made of 32 random bytes")
        return self.words_of(int.from_bytes(seed, "big") % len(self) ** WORDS)

    def parse(self, raw: str) -> Words:
        """Read six words or 24 digits however typed; `UnknownWord`, `NotSixWords` if that fails."""
        if len(raw) > RAW_LIMIT:
            raise NotSixWords
        text = _folded(raw)
        pieces = _WORD.findall(text)
        if not pieces:
            return self._parse_digits("".join(_NUMBER.findall(text)))
        whole: Sequence[str] = self._cut("".join(pieces))
        if len(whole) != WORDS:
            whole = pieces if len(pieces) == WORDS else self._regrouped(pieces)
        if len(whole) != WORDS:
            raise NotSixWords
        return _six([self._meant(piece) for piece in whole])

    def candidate(self, text: str) -> list[Words]:
        """Return what in a message could be a receipt, spelled without a mistake; at most 20."""
        folded = _folded(text)
        found: dict[Words, None] = {}
        if self._may_hold(_pieces(folded)):
            found |= dict.fromkeys(islice(self._runs(folded), CANDIDATES))
        if len(folded.encode(errors="ignore").translate(None, _NO_DIGITS)) >= WORDS * DIGITS:
            found |= dict.fromkeys(islice(self._digit_runs(folded), CANDIDATES))
        return list(found)[:CANDIDATES]

    def _parse_digits(self, digits: str) -> Words:
        places = _groups(digits)
        if len(digits) != WORDS * DIGITS:
            raise NotSixWords
        for place in places:
            if int(place) >= len(self):
                raise UnknownWord(place)
        return _six([self._words[int(place)] for place in places])

    def _meant(self, piece: str) -> str:
        word = self._spelled.get(piece) or self._spelled.get(self._speller.find(piece) or "")
        if word is None:
            raise UnknownWord(piece)
        return word

    def _regrouped(self, pieces: Sequence[str]) -> list[str]:
        if len(pieces) > 2 * WORDS:
            raise NotSixWords
        whole = self._joined(pieces, self._are_one)
        return whole if len(whole) == WORDS else self._joined(pieces, self._may_be_one)

    def _cut(self, letters: str) -> Sequence[str]:
        """Cut letters into words of the list; empty if they are not wholly such words.

        There is one way at most, as no word begins another (a test holds the list to that).
        """
        words, start = [], 0
        while start < len(letters):
            for length in self._lengths:
                if (word := letters[start : start + length]) in self._spelled:
                    break
            else:
                return ()
            words.append(word)
            start += len(word)
        return words

    def _joined(self, pieces: Sequence[str], belong: Callable[[str, str], bool]) -> list[str]:
        words: list[str] = []
        for piece in pieces:
            if words and belong(words[-1], piece):
                words[-1] += piece
            else:
                words.append(piece)
        return words

    def _are_one(self, one: str, other: str) -> bool:
        return one + other in self._spelled

    def _may_be_one(self, one: str, other: str) -> bool:
        if self._are_one(one, other):
            return True
        return one not in self._spelled and self._speller.find(one + other) is not None

    def _may_hold(self, pieces: Sequence[str]) -> bool:
        """Whether a closer look is worth it: every message comes by here, and nearly all go on.

        Counts words of the list in a row, too many rather than too few: what is not one may be
        several written together.
        """
        spelled, halves, shortest = self._spelled, self._halves, self._lengths[0]
        row = 0
        for piece in pieces:
            if piece in spelled or piece in halves:
                row += 1
            elif len(piece) >= 2 * shortest:
                row += len(piece) // shortest
            else:
                row = 0
            if row >= WORDS:
                return True
        return False

    def _runs(self, text: str) -> Iterator[Words]:
        run: list[str] = []
        for words in self._listed(_WORD.findall(text)):
            run = [*run[1 - WORDS :], *words] if words else []
            for start in range(len(run) - WORDS + 1):
                yield _six([self._spelled[word] for word in run[start : start + WORDS]])

    def _listed(self, pieces: Sequence[str]) -> Iterator[Sequence[str]]:
        """Yield the words that each piece, or two pieces ("drop", "down"), stand for."""
        held = ""
        for piece, following in zip_longest(pieces, pieces[1:], fillvalue=""):
            if held:
                yield [held]
                held = ""
                continue
            words = self._cut(piece)
            if not words and piece + following in self._spelled:
                held = piece + following
                continue
            yield words

    def _digit_runs(self, text: str) -> Iterator[Words]:
        for run in _NUMBERS.findall(text):
            numbers = _NUMBER.findall(run)
            digits, start = "".join(numbers), 0
            for number in numbers:
                places = _groups(digits[start : start + WORDS * DIGITS])
                whole = len(digits) >= start + WORDS * DIGITS
                if whole and all(int(place) < len(self) for place in places):
                    yield _six([self._words[int(place)] for place in places])
                start += len(number)


def _pieces(folded: str) -> list[str]:
    if not folded.isascii():
        return _WORD.findall(folded)
    return folded.encode().translate(_LETTERS).decode().split()


def _folded(raw: str) -> str:
    """Return `raw` without case, accents, soft hyphens or other ways to write a letter or digit."""
    if raw.isascii():
        return raw.lower()
    # Marks first: putting them in order takes time by the square of how many stand in a row.
    marks = {ord(char): None for char in set(raw) if _is_mark(char)}
    plain = unicodedata.normalize("NFKD", raw.translate(marks))
    # Each character once: one alone may become eighteen, and a message has ten thousand.
    plainer = {ord(char): _plain(char) for char in set(plain) if not char.isascii()}
    return plain.translate(plainer).casefold()


def _is_mark(char: str) -> bool:
    return unicodedata.combining(char) > 0 or unicodedata.category(char) == "Mn"


def _plain(char: str) -> str:
    if unicodedata.category(char) in {"Mn", "Cf"}:
        return ""
    return str(int(char)) if char.isdecimal() else char


def _groups(digits: str) -> list[str]:
    return [digits[start : start + DIGITS] for start in range(0, len(digits), DIGITS)]


def _squashed(word: str) -> str:
    return "".join(_WORD.findall(_folded(word)))


def _six(words: Sequence[str]) -> Words:
    one, two, three, four, five, six = words
    return one, two, three, four, five, six
