"""Byte ranges of a file (RFC 9110, section 14): players ask for the piece they need."""

import re

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.ASCII)


class Unsatisfiable(Exception):
    """The range begins behind the end."""


def find_range(header: str, size: int) -> tuple[int, int] | None:
    """Return where the range starts and stops, that excluded; None for the whole file.

    What is not one range of bytes is as if nothing had been asked for, as the RFC allows.
    """
    found = _RANGE.fullmatch(header.strip())
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), min(size, int(last) + 1 if last else size)
        if last and int(last) < start:
            return None
    if start >= size or start >= stop:
        raise Unsatisfiable
    return start, stop
