"""Duty hours over real calendars: nights with a clock change, holidays, shifts past midnight."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messenger.domain.duty import ALWAYS, DutyHours, Shift, Week, say_hours, usual_answer

NEW_YORK = "America/New_York"
SPRING, AUTUMN = date(2027, 3, 14), date(2027, 11, 7)  # Clocks go on, and back, at 2 in the night.
NIGHT = DutyHours(NEW_YORK, dict.fromkeys(range(7), ((time(22), time(6)),)))

zones = st.sampled_from(
    [NEW_YORK, "America/Phoenix", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kolkata"]
)
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.integers(0, 3 * 365 * 86_400).map(lambda seconds: BEGAN + timedelta(seconds=seconds))
times = st.times().map(lambda at: at.replace(second=0, microsecond=0))
shifts = st.tuples(times, times).filter(lambda shift: shift[0] != shift[1]) | st.just(ALWAYS)
weeks = st.dictionaries(st.integers(0, 6), st.lists(shifts, max_size=2).map(tuple), max_size=7)


@st.composite
def hours(draw: st.DrawFn) -> DutyHours:
    days = st.dates(date(2026, 1, 1), date(2028, 12, 31))
    return DutyHours(draw(zones), draw(weeks), frozenset(draw(st.sets(days, max_size=4))))


def local(day: date, at: time, fold: int = 0) -> datetime:
    return datetime.combine(day, at, ZoneInfo(NEW_YORK)).replace(fold=fold).astimezone(UTC)


@given(hours(), moments)
def test_the_next_shift_comes_after_now_and_somebody_is_on_duty_when_it_does(
    hours: DutyHours, at: datetime
) -> None:
    start = hours.next_start(at)

    if start is not None:
        assert at < start <= at + timedelta(days=32)
        assert hours.covers(start)


@given(hours(), moments)
def test_between_now_and_the_next_shift_nobody_new_comes_on(hours: DutyHours, at: datetime) -> None:
    start = hours.next_start(at)

    if start is not None and not hours.covers(at):
        halfway = at + (start - at) / 2
        assert not hours.covers(halfway)


@given(weeks, zones, moments)
def test_on_ordinary_days_the_wall_clock_decides(week: Week, zone: str, at: datetime) -> None:
    here = at.astimezone(ZoneInfo(zone))
    offsets = {(here + timedelta(days=n)).utcoffset() for n in (-2, -1, 0, 1, 2)}
    if len(offsets) > 1:
        return
    covered = any(
        _covers_by_the_wall(here.replace(tzinfo=None), day, shift)
        for day in (here.date(), here.date() - timedelta(days=1))
        for shift in week.get(day.weekday(), ())
    )

    assert DutyHours(zone, week).covers(at) == covered


def _covers_by_the_wall(here: datetime, day: date, shift: Shift) -> bool:
    start, end = (datetime.combine(day, at) for at in shift)
    return start <= here < (end if end > start else end + timedelta(days=1))


@pytest.mark.parametrize(("day", "length"), [(SPRING, 7), (AUTUMN, 9), (date(2027, 6, 1), 8)])
def test_a_night_with_a_clock_change_is_shorter_or_longer(day: date, length: int) -> None:
    start = local(day - timedelta(days=1), time(22))
    minutes = [start + timedelta(minutes=15 * n) for n in range(4 * 12)]

    assert sum(NIGHT.covers(at) for at in minutes) == 4 * length


def test_the_hour_that_comes_twice_is_covered_both_times() -> None:
    assert NIGHT.covers(local(AUTUMN, time(1, 30))) and NIGHT.covers(local(AUTUMN, time(1, 30), 1))


def test_a_shift_in_the_hour_that_does_not_exist_does_not_begin_that_night() -> None:
    hours = DutyHours(NEW_YORK, dict.fromkeys(range(7), ((time(2, 30), time(3)),)))
    start = hours.next_start(local(SPRING, time(0)))

    assert start is not None and start == local(SPRING + timedelta(days=1), time(2, 30))


def test_no_shift_starts_on_a_holiday_but_the_one_before_runs_out() -> None:
    holiday = date(2027, 7, 4)
    hours = DutyHours(NEW_YORK, NIGHT.shifts, frozenset({holiday}))

    assert hours.covers(local(holiday, time(5, 59)))
    assert not hours.covers(local(holiday, time(23)))
    assert not hours.covers(local(holiday + timedelta(days=1), time(3)))
    assert hours.next_start(local(holiday, time(12))) == local(
        holiday + timedelta(days=1), time(22)
    )


def test_after_a_weekend_and_a_holiday_somebody_comes_on_the_first_day_that_is_neither() -> None:
    friday, monday = date(2027, 7, 2), date(2027, 7, 5)
    hours = DutyHours(NEW_YORK, dict.fromkeys(range(5), ((time(8), time(16)),)))
    closed_on_monday = replace(hours, holidays=frozenset({monday}))

    assert hours.next_start(local(friday, time(16))) == local(monday, time(8))
    assert closed_on_monday.next_start(local(friday, time(16))) == local(date(2027, 7, 6), time(8))


def test_without_shifts_nobody_comes_and_a_month_of_holidays_is_too_far_to_say() -> None:
    noon = local(date(2027, 7, 1), time(12))
    days = frozenset(date(2027, 6, 1) + timedelta(days=n) for n in range(90))

    assert DutyHours(NEW_YORK, {}).next_start(noon) is None
    assert DutyHours(NEW_YORK, NIGHT.shifts, days).next_start(noon) is None
    assert say_hours({}) == "never"


def test_always_is_every_minute_even_in_the_longest_night() -> None:
    hours = DutyHours(NEW_YORK, dict.fromkeys(range(7), (ALWAYS,)))

    assert all(hours.covers(local(AUTUMN, time(0)) + timedelta(minutes=n)) for n in range(1560))


@given(st.lists(st.integers(0, 10**6), max_size=60))
def test_the_usual_answer_is_the_median_and_not_told_of_fewer_than_five(took: list[int]) -> None:
    usual = usual_answer(took)

    if len(took) < 5:
        assert usual is None
        return
    assert usual in took
    assert sum(each <= usual for each in took) >= len(took) / 2
    assert sum(each >= usual for each in took) >= len(took) / 2
