"""What a page says of time without scripts, in the school's time zone."""

from datetime import UTC, datetime
from gettext import NullTranslations

import pytest
from jinja2 import UndefinedError

from messenger.app import HERE
from messenger.web.pages import Pages, forms_of
from tests.cast import STATICS
from tests.names import strict

# One in the morning of a Tuesday in New York.
NOW = datetime(2027, 5, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2027, 5, 4, 4, 5, tzinfo=UTC), "12:05 AM"),
        (datetime(2027, 5, 4, 3, 37, tzinfo=UTC), "Monday 11:37 PM"),
        (datetime(2027, 4, 28, 16, tzinfo=UTC), "Wednesday 12:00 PM"),
        (datetime(2027, 4, 27, 16, tzinfo=UTC), "Apr 27, 12:00 PM"),
    ],
)
def test_what_was_not_said_today_says_its_day(at: datetime, said: str) -> None:
    pages = Pages(HERE / "templates", STATICS, NullTranslations())

    assert pages.time_in_words(NOW, "America/New_York", int(at.timestamp())) == said


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2027, 5, 4, 4, 5, tzinfo=UTC), "Tuesday, 12:05 AM"),
        (datetime(2027, 4, 28, 16, tzinfo=UTC), "Wednesday, 12:00 PM"),
        (datetime(2027, 4, 27, 16, tzinfo=UTC), "Tuesday, April 27, 12:00 PM"),
        (datetime(2027, 1, 5, 17, tzinfo=UTC), "Tuesday, January 5, 12:00 PM"),
    ],
)
def test_when_words_were_last_used_is_not_taken_for_this_week(at: datetime, said: str) -> None:
    pages = Pages(HERE / "templates", STATICS, NullTranslations())

    assert pages.moment(NOW, "America/New_York", int(at.timestamp())) == said


@pytest.mark.parametrize(
    "template",
    [
        "{{ x }}",
        "{% if not x %}{% endif %}",
        "{% for _ in x %}{% endfor %}",
        "{{ x == 1 }}",
        "{{ x | length }}",
    ],
)
def test_in_tests_a_name_that_a_page_was_not_given_is_an_error(template: str) -> None:
    environment = strict(Pages(HERE / "templates", STATICS, NullTranslations()))._environment

    with pytest.raises(UndefinedError, match="'x' is undefined"):
        environment.from_string(template).render()
    assert environment.from_string("{{ x | default('') }}{{ {}.x }}").render() == ""


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", {"one": "1", "other": "0"}),
        ("pl", {"one": "1", "few": "2", "many": "0"}),
        ("ar", {"zero": "0", "one": "1", "two": "2", "few": "3", "many": "11", "other": "100"}),
    ],
)
def test_a_script_gets_a_sentence_for_each_kind_of_number_that_its_language_tells_apart(
    language: str, told: dict[str, str]
) -> None:
    assert forms_of(str, language) == told


def test_in_english_these_are_two() -> None:
    pages = Pages(HERE / "templates", STATICS, NullTranslations())

    told = pages.forms("{count} report", "{count} reports")

    assert told == {"one": "{count} report", "other": "{count} reports"}
