"""Folds the write-ahead log into the database beside the writer, which would else stop for it.

Every thousandth message or so would wait for thousands of pages: measured, four times the p99.
"""

from threading import Event, Thread

from sqlalchemy import Engine

from messenger.aside import stand_back
from messenger.domain.errors import StoreDown
from messenger.storage.sqlite import fold_log

EVERY = 0.1
"""Seconds between two looks. What changed often in between is folded once; but the longer it takes,
the more of those who talk wait behind it for the disk.
"""


class Checkpointer:
    """A thread that folds what was committed since it looked last."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_due = False
        self._is_over = Event()
        self._thread = Thread(target=self._work, name="checkpointer", daemon=True)
        self._thread.start()

    def committed(self) -> None:
        """Something is new in the log. Called from any thread; costs nothing."""
        self._is_due = True

    def close(self, deadline: float) -> None:
        """End the thread after the folding in hand. Blocks, `deadline` seconds at most."""
        self._is_over.set()
        self._thread.join(deadline)

    def _work(self) -> None:
        stand_back()
        while not self._is_over.wait(EVERY):
            if self._is_due:
                self._is_due = False
                try:
                    fold_log(self._engine)
                except StoreDown:
                    # Nothing is lost by it: the writer, which needs the same disk, will say so.
                    self._is_due = True
