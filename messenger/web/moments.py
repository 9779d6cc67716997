"""Moments as people of a language write them: order, commas and hours to 12 or 24 are Unicode's (CLDR)."""

import re
from datetime import date, datetime
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.units import format_unit


def in_full(now: datetime, at: datetime, language: str) -> str:
    """Write a local moment: "Monday, 7:00 AM", or "Monday, January 4, 7:00 AM" if that is not this week's."""
    locale = Locale.parse(language)
    day = format_date(at, _date_with_weekday(locale) if _days(now, at) >= 7 else "EEEE", locale)
    return _joined(locale, "long", day, at)


def softly(now: datetime, at: datetime, language: str) -> str:
    """Write a local time as scripts do (elements/words.js): today's clock, else its day; the date from a week ago."""
    locale, days = Locale.parse(language), _days(now, at)
    if days == 0:
        return _written(at, _clock(locale), locale)
    if days < 7:
        hours = "Ehm" if "a" in _clock(locale) else "EHm"
        return _written(at, _wider(str(locale.datetime_skeletons[hours])), locale)
    return _joined(locale, "medium", _day(at, "MMMd", locale), at)


def day_of_year(on: date, language: str) -> str:
    """Write a date: "December 1"."""
    return _day(on, "MMMMd", Locale.parse(language))


def age(seconds: int, language: str) -> str:
    """Write how long ago: "<1 min", "5 min", "2 hr", "3 days": the largest whole unit."""
    unit, size = next((each for each in _UNITS if seconds >= each[1]), _UNITS[-1])
    if seconds < size:
        return f"<{_amount(1, unit, language)}"
    return _amount(seconds // size, unit, language)


# A long queue says few different ones.
@lru_cache(maxsize=200)
def _amount(count: int, unit: str, language: str) -> str:
    return str(format_unit(count, unit, "short", locale=language))


_UNITS = (("duration-day", 86_400), ("duration-hour", 3600), ("duration-minute", 60))


def _days(now: datetime, at: datetime) -> int:
    return abs((at.date() - now.astimezone(at.tzinfo).date()).days)


def _clock(locale: Locale) -> str:
    return str(locale.time_formats["short"].pattern)


def _date_with_weekday(locale: Locale) -> str:
    known = locale.datetime_skeletons
    return re.sub("(?<!M)MMM(?!M)", "MMMM", _wider(str(known.get("MMMMEd") or known["MMMEd"])))


def _wider(pattern: str) -> str:
    """What is known of a short weekday holds for a long one (UTS 35, Missing Skeleton Fields)."""
    return re.sub("E+|c+", "EEEE", pattern)


def _day(on: date, skeleton: str, locale: Locale) -> str:
    return format_date(on, str(locale.datetime_skeletons[skeleton]), locale)


def _joined(locale: Locale, length: str, day: str, at: datetime) -> str:
    clock = _written(at, _clock(locale), locale)
    return str(locale.datetime_formats[length]).format(clock, day)


def _written(at: datetime, pattern: str, locale: Locale) -> str:
    return format_datetime(at, pattern, locale=locale).replace("\u202f", " ")
