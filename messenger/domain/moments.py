"""Moments that are kept in clear are coarse: the minute would tell when somebody was here."""

from datetime import datetime

_HOUR = 3600


def up_to_the_hour(at: datetime) -> int:
    """Return `at` in unix seconds, rounded up to the hour."""
    return -int(-at.timestamp() // _HOUR) * _HOUR
