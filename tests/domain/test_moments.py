"""Moments in seconds; those that are kept: whole hours, never too early."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from messenger.domain.moments import seconds, up_to_the_hour


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_moment_is_kept_as_the_whole_hour_that_comes_next(at: datetime) -> None:
    kept = datetime.fromtimestamp(up_to_the_hour(at), UTC)

    assert timedelta() <= kept - at < timedelta(hours=1)
    assert (kept.minute, kept.second, kept.microsecond) == (0, 0, 0)


def test_a_moment_counts_the_seconds_that_have_passed() -> None:
    assert seconds(datetime(2026, 11, 26, 18, 0, 1, 999_999, tzinfo=UTC)) == 1795716001


def test_of_an_hour_that_begins_just_now_nothing_is_added() -> None:
    assert up_to_the_hour(datetime(2026, 11, 26, 18, tzinfo=UTC)) == 1795716000
