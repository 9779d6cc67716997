"""What people write: checked, never changed beyond line ends and invisible controls."""

import unicodedata

from messenger.domain.errors import EmptyText, LineTooLong, TextTooLong, UnreadableText

BODY_LIMIT = 10_000
"""Code points in one message or answer."""
LINE_LIMIT = 500
"""Code points in a single-line field: a name, a place, a time."""

_BIDI_OVERRIDES = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))


def check_body(raw: str) -> str:
    """Return `raw` fit to be sent: plain line ends, no controls, 1 to 10,000 code points."""
    body = check_optional(raw)
    if not body:
        raise EmptyText
    return body


def check_optional(raw: str, limit: int = BODY_LIMIT) -> str:
    """Return `raw` cleaned as `check_body` does, or an empty string."""
    if len(raw) > 2 * limit:
        raise TextTooLong
    body = _clean(raw)
    if len(body) > limit:
        raise TextTooLong
    return body


def check_line(raw: str) -> str:
    """Return `raw` as one line of at most 500 code points, possibly empty."""
    try:
        return " ".join(check_optional(raw, LINE_LIMIT).split())
    except TextTooLong:
        raise LineTooLong from None


def excerpt(body: str, length: int = 80) -> str:
    """Return the first words of `body` on one line, for a row in the queue."""
    line = " ".join(body[: 4 * length].split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def _clean(raw: str) -> str:
    if raw.isprintable():
        return raw.strip()
    # Overrides of direction let a stranger make words read as other words.
    text = raw.replace("\r\n", "\n").replace("\r", "\n").translate(_BIDI_OVERRIDES)
    if any(unicodedata.category(char) == "Cs" for char in text):
        raise UnreadableText
    return "".join(char for char in text if char in "\n\t" or _is_visible(char)).strip()


def _is_visible(char: str) -> bool:
    # Not "Cn": to this Python, each emoji that is newer than itself is unassigned.
    return unicodedata.category(char) != "Cc" and not _is_noncharacter(ord(char))


def _is_noncharacter(code: int) -> bool:
    return 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE
