"""Moments in languages that put the day first, count hours to 24, or write the time before the day."""

from datetime import UTC, date, datetime

import pytest

from messenger.web import moments

NOW = datetime(2027, 5, 4, 16, 5, tzinfo=UTC)
SUNDAY = datetime(2027, 5, 2, 15, 5, tzinfo=UTC)
APRIL = datetime(2027, 4, 20, 15, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "days"),
    [
        ("en", ["Sunday, 3:05 PM", "Tuesday, April 20, 3:05 PM"]),
        ("es", ["domingo, 15:05", "martes, 20 de abril, 15:05"]),
        ("pl", ["niedziela 15:05", "wtorek, 20 kwietnia 15:05"]),
        ("vi", ["15:05 Chủ Nhật", "15:05 Thứ Ba, 20 tháng 4"]),
        ("ar", ["الأحد، 3:05 م", "الثلاثاء، 20 أبريل، 3:05 م"]),
        ("zh", ["星期日 15:05", "4月20日星期二 15:05"]),
    ],
)
def test_a_moment_stands_in_the_order_of_its_language(language: str, days: list[str]) -> None:
    assert [moments.in_full(NOW, at, language) for at in (SUNDAY, APRIL)] == days


@pytest.mark.parametrize(
    ("language", "times"),
    [
        ("en", ["4:05 PM", "Sunday 3:05 PM", "Apr 20, 3:05 PM"]),
        ("es", ["16:05", "domingo, 15:05", "20 abr, 15:05"]),
        ("pl", ["16:05", "niedziela, 15:05", "20 kwi, 15:05"]),
        ("vi", ["16:05", "15:05 Chủ Nhật", "15:05 20 thg 4"]),
        ("ar", ["4:05 م", "الأحد 3:05 م", "20 أبريل، 3:05 م"]),
        ("zh", ["16:05", "星期日15:05", "4月20日 15:05"]),
    ],
)
def test_a_time_is_said_softly_as_a_browser_of_that_language_does(
    language: str, times: list[str]
) -> None:
    assert [moments.softly(NOW, at, language) for at in (NOW, SUNDAY, APRIL)] == times


@pytest.mark.parametrize(
    ("language", "day"),
    [("en", "December 1"), ("es", "1 de diciembre"), ("pl", "1 grudnia"), ("zh", "12月1日")],
)
def test_a_day_of_the_year_stands_in_the_order_of_its_language(language: str, day: str) -> None:
    assert moments.day_of_year(date(2027, 12, 1), language) == day


@pytest.mark.parametrize(
    ("language", "ages"),
    [
        ("en", ["<1 min", "1 min", "59 min", "2 hr", "1 day", "3 days"]),
        ("pl", ["<1 min", "1 min", "59 min", "2 godz.", "1 dzień", "3 dni"]),
        ("es", ["<1 min", "1 min", "59 min", "2 h", "1 d", "3 d"]),
    ],
)
def test_how_long_ago_is_said_as_a_browser_of_that_language_does(
    language: str, ages: list[str]
) -> None:
    seconds = [59, 60, 3599, 7200, 86_400, 3 * 86_400]

    assert [moments.age(each, language) for each in seconds] == ages
