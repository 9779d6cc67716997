"""Moments in unix seconds.

What is kept in clear of when somebody was here is coarse: the minute would tell too much.
"""

from datetime import datetime

_HOUR = 3600


def seconds(at: datetime) -> int:
    """Return `at` in unix seconds."""
    return int(at.timestamp())


def up_to_the_hour(at: datetime) -> int:
    """Return `at` in unix seconds, rounded up to the hour."""
    return -int(-at.timestamp() // _HOUR) * _HOUR
