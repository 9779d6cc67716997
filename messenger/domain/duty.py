"""When the team is on duty, and the truth about whether somebody is there now."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from messenger.domain.errors import BadSetting

Shift = tuple[time, time]
Week = dict[int, tuple[Shift, ...]]

ALWAYS = (time(0), time(0))
"""A shift that ends when it starts lasts the whole day."""
_LOOK_AHEAD_DAYS = 31


@dataclass(frozen=True, slots=True)
class DutyHours:
    """A week of shifts in local time, and the days without any.

    `shifts` maps a weekday (Monday is 0) to (start, end) pairs; an end at or before its start is on
    the next day. `holidays` are local dates on which no shift starts.
    """

    time_zone: str
    shifts: Mapping[int, tuple[Shift, ...]]
    holidays: frozenset[date] = frozenset()

    def covers(self, at: datetime) -> bool:
        """Return whether `at` (aware) falls in a shift."""
        return any(start <= at < end for start, end in self._around(at))

    def next_start(self, at: datetime) -> datetime | None:
        """Return when the next shift begins after `at`, in local time; None within 31 days."""
        # One in the hour that a clock change leaves out ends before it starts: it isn't, that night.
        starts = [start for start, end in self._around(at) if at < start < end]
        return min(starts).astimezone(ZoneInfo(self.time_zone)) if starts else None

    def _around(self, at: datetime) -> list[tuple[datetime, datetime]]:
        today = at.astimezone(ZoneInfo(self.time_zone)).date()
        days = (today + timedelta(days=n) for n in range(-1, _LOOK_AHEAD_DAYS))
        return [
            self._shift(day, start, end)
            for day in days
            if day not in self.holidays
            for start, end in self.shifts.get(day.weekday(), ())
        ]

    def _shift(self, day: date, start: time, end: time) -> tuple[datetime, datetime]:
        """Both ends in UTC, each converted on its own: a night with a clock change is 23 or 25 h."""
        last_day = day if end > start else day + timedelta(days=1)
        return self._at(day, start), self._at(last_day, end)

    def _at(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, ZoneInfo(self.time_zone)).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Duty:
    """What a reporter is told, as of `at`. `usual` is the median seconds to a first answer, if known."""

    at: datetime
    here: bool
    within_hours: bool
    next_start: datetime | None
    usual: int | None


def usual_answer(seconds: list[int]) -> int | None:
    """Return the median of recent first answers; None below five, where it would be chance."""
    return sorted(seconds)[len(seconds) // 2] if len(seconds) >= 5 else None


def parse_hours(raw: str) -> Week:
    """Read "mon-fri 7:30-16:00; sat 9-12", "daily 8am-8pm", "always" or "never".

    An end at or before its start is on the next day. Raises `BadSetting` that names the part.
    """
    text = raw.strip().lower().translate(_DASHES)
    if text == "never":
        return {}
    week: dict[int, list[Shift]] = {}
    for part in ["daily always"] if text == "always" else text.split(";"):
        days, shifts = _parse_part(part.strip())
        for day in days:
            week.setdefault(day, []).extend(shifts)
    return {day: _checked(day, shifts) for day, shifts in sorted(week.items())}


def say_hours(week: Mapping[int, tuple[Shift, ...]]) -> str:
    """Write a week the way `parse_hours` reads it."""
    if not week:
        return "never"
    days = [(day, ", ".join(map(_say_shift, week.get(day, ())))) for day in range(7)]
    runs = [(text, [day for day, _ in run]) for text, run in groupby(days, lambda pair: pair[1])]
    return "; ".join(f"{_say_days(run)} {text}" for text, run in runs if text)


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DASHES = str.maketrans("\u2012\u2013\u2014\u2212", "----")
_PART = re.compile(r"(?P<days>[a-z, -]*?[a-z])\s+(?P<times>always|[0-9].*)")
_TIME = re.compile(r"(\d{1,2})(?::(\d\d))?\s*(am|pm)?", re.ASCII)
_EXAMPLE = "Write it like “mon-fri 7:30-16:00; sat 9-12”, “always” or “never”."


def _parse_part(part: str) -> tuple[list[int], list[Shift]]:
    match = _PART.fullmatch(part)
    if match is None:
        raise BadSetting(f"“{part}” is not a day with hours. {_EXAMPLE}")
    if match["times"] == "always":
        return _parse_days(match["days"]), [ALWAYS]
    shifts = [_parse_shift(shift.strip()) for shift in match["times"].split(",")]
    return _parse_days(match["days"]), shifts


def _parse_days(text: str) -> list[int]:
    if text in {"daily", "every day"}:
        return list(range(7))
    days: dict[int, None] = {}
    for span in text.split(","):
        first, dash, last = (piece.strip() for piece in span.partition("-"))
        start = _parse_day(first)
        length = (_parse_day(last) - start) % 7 if dash else 0
        days |= dict.fromkeys((start + n) % 7 for n in range(length + 1))
    return list(days)


def _parse_day(text: str) -> int:
    for number, name in enumerate(_DAY_NAMES):
        if len(text) >= 3 and name.lower().startswith(text):
            return number
    raise BadSetting(f"“{text}” is not a day. Days are {', '.join(_DAYS)}, or daily.")


def _parse_shift(text: str) -> Shift:
    start, dash, end = (piece.strip() for piece in text.partition("-"))
    if not dash:
        raise BadSetting(f"“{text}” has no end. {_EXAMPLE}")
    shift = _parse_time(start), _parse_time(end)
    if shift[0] == shift[1] and shift != ALWAYS:
        raise BadSetting(f"“{text}” ends when it starts. For a whole day write 0-24.")
    return shift


def _parse_time(text: str) -> time:
    """Read a time of day; 24 is the midnight that ends it, and so is 12am at an end."""
    match = _TIME.fullmatch(text)
    hour, minute = (int(match[1]), int(match[2] or 0)) if match else (25, 0)
    if match and match[3]:
        hour = hour % 12 + 12 * (match[3] == "pm") if 1 <= hour <= 12 else 25
    if (hour, minute) == (24, 0):
        return time(0)
    if hour > 23 or minute > 59:
        raise BadSetting(f"“{text}” is not a time. Write 7, 7:30, 16:00, 7:30am or 24.")
    return time(hour, minute)


def _checked(day: int, shifts: list[Shift]) -> tuple[Shift, ...]:
    ordered = tuple(sorted(shifts))
    for (before, end), (start, _) in pairwise(ordered):
        if start < end or end <= before:
            raise BadSetting(f"Two shifts on {_DAY_NAMES[day]} overlap. Join them into one.")
    return ordered


def _say_days(days: list[int]) -> str:
    if len(days) == 7:
        return "daily"
    return _DAYS[days[0]] if len(days) == 1 else f"{_DAYS[days[0]]}-{_DAYS[days[-1]]}"


def _say_shift(shift: Shift) -> str:
    start, end = shift
    return "always" if shift == ALWAYS else f"{start:%H:%M}-{end:%H:%M}"
