"""Duty hours as people write them."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messenger.domain.duty import ALWAYS, Shift, Week, parse_hours, say_hours
from messenger.domain.errors import BadSetting

times = st.times(time(0), time(23, 59)).map(lambda at: at.replace(second=0, microsecond=0))


@st.composite
def days(draw: st.DrawFn) -> tuple[Shift, ...]:
    """Shifts of one day that do not overlap; the last may go on into the next day."""
    marks = sorted(draw(st.sets(times, max_size=6)))
    shifts = list(zip(marks[::2], marks[1::2], strict=False))
    goes_on = draw(st.booleans())
    if shifts and goes_on:
        shifts[-1] = (shifts[-1][0], shifts[0][0])
    return tuple(shifts) if len(shifts) != 1 or len(set(shifts[0])) == 2 else (ALWAYS,)


weeks = st.dictionaries(st.integers(0, 6), days(), max_size=7)


@given(weeks)
def test_hours_read_back_as_they_were_written(raw: Week) -> None:
    week = {day: shifts for day, shifts in sorted(raw.items()) if shifts}

    assert parse_hours(say_hours(week)) == week


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("mon-fri 7:30-16:00; sat 9-12", "mon-fri 07:30-16:00; sat 09:00-12:00"),
        ("always", "daily always"),
        ("Always ", "daily always"),
        ("never", "never"),
        ("daily 0-24", "daily always"),
        ("every day 8am-8pm", "daily 08:00-20:00"),
        ("Monday, Wed 13-17, 9-12", "mon 09:00-12:00, 13:00-17:00; wed 09:00-12:00, 13:00-17:00"),
        ("fri-mon 22-6", "mon 22:00-06:00; fri-sun 22:00-06:00"),
        ("tues\u2013thurs 7:30 am \u2013 12:15 pm", "tue-thu 07:30-12:15"),
        ("mon 12am-12pm", "mon 00:00-12:00"),
        ("mon 16-24", "mon 16:00-00:00"),
        ("sat always", "sat always"),
        ("mon 9-12; mon 13-15", "mon 09:00-12:00, 13:00-15:00"),
    ],
)
def test_people_write_hours_in_many_ways(raw: str, said: str) -> None:
    assert say_hours(parse_hours(raw)) == said


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ("", "“” is not a day with hours"),
        ("mon", "“mon” is not a day with hours"),
        ("9-12", "“9-12” is not a day with hours"),
        ("mon-fri 9-12;", "“” is not a day with hours"),
        ("mo 9-12", "“mo” is not a day"),
        ("mon-xyz 9-12", "“xyz” is not a day"),
        ("mon 9", "“9” has no end"),
        ("mon 9-25", "“25” is not a time"),
        ("mon 9-12:60", "“12:60” is not a time"),
        ("mon 13pm-15", "“13pm” is not a time"),
        ("mon 0am-5", "“0am” is not a time"),
        ("mon 9-", "“” is not a time"),
        ("mon 9-9", "whole day write 0-24"),
        ("mon 9-12, 11-13", "Two shifts on Monday overlap"),
        ("sat 9-12; sat-sun 9-10", "Two shifts on Saturday overlap"),
        ("sun 22-6, 23-24", "Two shifts on Sunday overlap"),
        ("daily always; mon 9-12", "Two shifts on Monday overlap"),
    ],
)
def test_what_cannot_be_meant_is_told_by_its_part(raw: str, told: str) -> None:
    with pytest.raises(BadSetting) as refused:
        parse_hours(raw)

    assert told in refused.value.text


@given(st.text(alphabet="monfristu amp0123456789:-,; ", max_size=30))
def test_whatever_is_typed_is_read_or_refused(raw: str) -> None:
    try:
        week = parse_hours(raw)
    except BadSetting:
        return

    assert parse_hours(say_hours(week)) == week
