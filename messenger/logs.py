"""What the server writes about itself: one line an event; never whom it served or what they said.

Our own words are written out. Of other people's libraries only sentences known to be constant are;
anything else is told by its place in the code, since their values are addresses, paths and frames.
"""

import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import PurePath
from traceback import walk_tb
from typing import Any

from messenger.domain.errors import Refusal

OURS = "messenger"
FRAMES = 12
"""Places told of one traceback, the innermost first."""
_CHAIN = 4
"""Exceptions told of one chain or group."""

_CONSTANT = {
    "Started server process [%d]": "started",
    "Application startup complete.": "ready",
    "Shutting down": "shutting down",
    "Finished server process [%d]": "stopped",
    "Cancel %s running task(s), timeout graceful shutdown exceeded": "tasks cut off at the end",
    "Application startup failed. Exiting.": "could not start",
    "Application shutdown failed. Exiting.": "did not stop cleanly",
    "Exception in ASGI application\n": "bug",
    "Exception in 'lifespan' protocol\n": "bug while starting or stopping",
    "ASGI callable returned without completing handshake.": "bug: a socket was left unanswered",
    "ASGI callable returned without starting response.": "bug: a request was left unanswered",
    "ASGI callable returned without completing response.": "bug: an answer was left unfinished",
}
# Anybody on the network can cause these, as often as they like, and there is nothing to mend.
_NOISE = (
    "Invalid HTTP request received.",
    "Invalid UTF-8 sequence received from client.",
    "Unsupported upgrade request.",
)
_TIME_OF_DAY = r"\d{1,2}:\d\d:\d\d(?![\w:.])"
_IPV6 = rf"(?<![\w.:])(?!{_TIME_OF_DAY})\[?(?:[0-9a-fA-F]{{0,4}}:){{2,}}[0-9a-fA-F.]*(?:\]:\d+|\])?"
_MASKS = (
    (re.compile(r"\?\S+"), "?[query]"),
    (re.compile(r"(?<![\w.:])(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?(?![\w.])"), "[address]"),
    (re.compile(_IPV6), "[address]"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "[mail address]"),
    (re.compile(r"\b(?=[\w-]*\d)(?=[\w-]*[A-Z])[\w-]{20,}|\b[0-9a-f]{32,}\b"), "[secret]"),
)


def log_config(level: str) -> dict[str, Any]:
    """Return a `logging.config` dictionary, for uvicorn and for us; `level` is for our own words.

    Libraries never go below `info`: at `debug`, websockets and asyncio write frames and values.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    theirs = max(number, logging.INFO)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"telling": {"()": Telling}},
        "formatters": {"line": {"()": Line}},
        "handlers": {
            "lines": {
                "class": "logging.StreamHandler",
                "filters": ["telling"],
                "formatter": "line",
            }
        },
        "root": {"level": logging.WARNING, "handlers": ["lines"]},
        "loggers": {
            OURS: {"level": number},
            # Set by name: uvicorn asks for its logger's own level before it makes up trace lines.
            "uvicorn": {"level": theirs},
            "uvicorn.error": {"level": theirs},
            "uvicorn.asgi": {"level": logging.ERROR},
            "uvicorn.access": {"level": logging.CRITICAL + 1, "propagate": False},
            "websockets": {"level": logging.ERROR},
            # It warns of each form that is none.
            "python_multipart": {"level": logging.ERROR},
        },
    }


class Telling(logging.Filter):
    """Lets through what an operator can use."""

    def filter(self, record: logging.LogRecord) -> bool:
        if _is_ours(record):
            return True
        if record.msg in _NOISE:
            return False
        return record.msg in _CONSTANT or record.levelno >= logging.WARNING


class Line(logging.Formatter):
    """One line: when, how bad, where, what; of an exception its kind and its places."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        error = record.exc_info[1] if record.exc_info else None
        told = [f"{at} {record.levelname.lower()} {record.name}: {_message(record)}"]
        told += [_error(each, is_told=is_told) for each, is_told in _chain(error)]
        return " | ".join(told)


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name == OURS or record.name.startswith(OURS + ".")


def _message(record: logging.LogRecord) -> str:
    if _is_ours(record):
        return _masked(_formatted(record))
    return _CONSTANT.get(record.msg, f"something at {_place(record.pathname, record.lineno)}")


def _formatted(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        return str(record.msg)  # Else `logging` would write the arguments to stderr itself.


def _masked(text: str) -> str:
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return "".join(char if char.isprintable() else " " for char in text)


def _chain(error: BaseException | None) -> list[tuple[BaseException, bool]]:
    """List an exception, what it was raised from, and what its group holds; each once.

    With whether its words are told. Not of one that was only being handled when another thing broke:
    nobody meant it for the log, and it may name what somebody typed.
    """
    found: list[tuple[BaseException, bool]] = []
    waiting = [(error, True)]
    while waiting and len(found) < _CHAIN:
        error, is_told = waiting.pop(0)
        if error is not None and all(error is not each for each, _ in found):
            found.append((error, is_told))
            group = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
            waiting += [(each, is_told) for each in (*group, error.__cause__)]
            waiting += [(error.__context__, False)]
    return found


def _error(error: BaseException, *, is_told: bool) -> str:
    """Say the kind and the places: the message of an exception may hold anything at all."""
    words = f" ({_masked(error.text)})" if isinstance(error, Refusal) and is_told else ""
    return f"{type(error).__module__}.{type(error).__qualname__}{words} at " + (
        " < ".join(list(_places(error))[::-1][:FRAMES]) or "no place"
    )


def _places(error: BaseException) -> Iterator[str]:
    for frame, line in walk_tb(error.__traceback__):
        yield f"{_place(frame.f_code.co_filename, line)} {frame.f_code.co_name}"


def _place(path: str, line: int) -> str:
    parts = PurePath(path).parts
    for start in ("site-packages", OURS):
        if start in parts:
            parts = parts[len(parts) - parts[::-1].index(start) - (start == OURS) :]
            break
    return f"{'/'.join(parts[-4:]).lstrip('/')}:{line}"
