"""What a page says of time without scripts, in the school's time zone."""

from datetime import UTC, datetime
from gettext import NullTranslations

import pytest

from messenger.app import HERE
from messenger.web.pages import Pages
from tests.cast import STATICS

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
