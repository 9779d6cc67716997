"""Reads the words that receipts are made of from the file that ships with the package."""

from functools import cache
from importlib.resources import files

from messenger.domain.receipt import Wordlist


@cache
def load() -> Wordlist:
    listed = files("messenger.domain").joinpath("wordlist.txt").read_text(encoding="utf-8")
    return Wordlist(listed.split())
