"""Clocks that stand still until a test moves them."""

from datetime import UTC, datetime, timedelta


class StoppedClock:
    """Wall time and monotonic time, moved together by hand."""

    def __init__(self, at: datetime = datetime(2027, 5, 4, 12, 0, 30, tzinfo=UTC)) -> None:
        self.at = at
        self._passed = 1_000.0

    def __call__(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self._passed

    def pass_by(self, **units: float) -> None:
        """Let time pass, in the units of `timedelta`."""
        span = timedelta(**units)
        self.at += span
        self._passed += span.total_seconds()
