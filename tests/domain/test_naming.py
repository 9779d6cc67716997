"""Names that operators type: taken as they are, or refused with what to type instead."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messenger.domain.errors import BadSetting
from messenger.domain.naming import (
    check_code,
    check_login,
    check_mail,
    check_name,
    check_slug,
    check_time_zone,
    check_wording,
    parse_emergency,
)

CHECKS: list[Callable[[str], object]] = [
    check_code, check_login, check_mail, check_name, check_slug, check_time_zone,
    check_wording, parse_emergency,
]  # fmt: skip


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@given(raw=st.text(max_size=80) | st.text("ab-1@.: \n\ud800", max_size=20))
def test_whatever_is_typed_is_taken_in_one_spelling_or_refused(
    check: Callable[[str], object], raw: str
) -> None:
    try:
        taken = check(raw)
    except BadSetting:
        return

    assert "\n" not in str(taken) or check is check_wording
    assert not isinstance(taken, str) or check(taken) == taken


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (check_slug, ["ab", "river-bend", "a1"], ["", "a", "-ab", "A b", "a--b", "x" * 41, "ab\n"]),
        (check_code, ["Lincoln-9", "abc"], ["", "ab", "---", "a b c", "x" * 41, "abc\n"]),
        (check_login, ["ana", "Ana@x.org", "a"], ["", "-a", "a b", "x" * 63, "анна"]),
        (check_mail, ["", "ana@r.org"], ["ana", "a@b", "a b@c.de", "a@b.de,c@d.ef", "a@b.de\nBcc: c"]),
        (check_mail, ["o_neil+tips@r.org"], ["a@[b.de", "a@b].de", "a(b@c.de", "a\\b@c.de"]),
        (check_name, ["Ana Ruiz"], ["", " ", "x" * 101, "\ud800"]),
        (check_time_zone, ["America/Chicago", "US/Pacific", "UTC"], ["", "EST", "Etc/GMT+1", "../x"]),
        (check_wording, ["", "We read it.\nAll."], ["x" * 601, "\ud800"]),
        (parse_emergency, ["Town police: 555-0100", "A: b: 1"], ["555", ": 5", "Police: call", "P:"]),
    ],
)  # fmt: skip
def test_what_may_and_what_may_not_be_typed(
    check: Callable[[str], object], good: list[str], bad: list[str]
) -> None:
    for raw in good:
        check(raw)
    for raw in bad:
        with pytest.raises(BadSetting):
            check(raw)


def test_a_login_is_the_same_in_capitals() -> None:
    assert check_login(" ANA ") == check_login("ana")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Chicago", "America/Chicago"),
        ("new york", "America/New_York"),
        ("America/New York", "America/New_York"),
        ("america/chicaco", "America/Chicago"),
        ("Rome", "Europe/Rome"),
        ("Japan", "by its city"),
        # Abbreviations mean several places, and none of them like "Brazil/West".
        ("CST", "by its city"),
        ("EST", "by its city"),
    ],
)
def test_a_time_zone_is_found_by_its_city(typed: str, meant: str) -> None:
    with pytest.raises(BadSetting, match=meant):
        check_time_zone(typed)
