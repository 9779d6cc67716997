"""Logging as it was, after a test that configured it as the server does."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from messenger.logs import log_config


@contextmanager
def logging_put_back() -> Iterator[None]:
    """Undo, on leaving, what `log_config` changes for the whole process."""
    root = logging.getLogger()
    named = [logging.getLogger(name) for name in log_config("info")["loggers"]]
    before = [(logger, logger.level, logger.handlers[:], logger.propagate) for logger in named]
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:], root.level = handlers, level
        for logger, own, own_handlers, propagate in before:
            logger.setLevel(own)
            logger.handlers[:], logger.propagate = own_handlers, propagate
