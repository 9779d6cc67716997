"""The file of words that ships."""

from messenger.security import wordlist


def test_the_words_that_ship_make_receipts() -> None:
    words = wordlist.load()

    assert len(words) == 7776
    assert words.words_of(0) == ("abacus",) * 6
