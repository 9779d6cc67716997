"""Messenger that never empties its write-ahead log: a search of that sees all that was ever written."""

from messenger.__main__ import main
from messenger.storage import embedded
from tests.swapping import swap

if __name__ == "__main__":
    swap(embedded, QUIET=1e9, LINGERS=1e9)
    main()
