"""A report: what must be told, what is urgent, and that every mistake is told at once."""

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from messenger.domain.report import (
    CATEGORIES,
    TALK,
    BadReport,
    Danger,
    Relation,
    Report,
    Urgency,
    category_of,
    parse_report,
    parse_talk,
)

FIELDS = ("category", "what", "danger", "where", "when", "who", "relation", "name", "contact")
ids = [category.id for category in CATEGORIES]
values = st.text(max_size=20) | st.sampled_from([*ids, *Danger, *Relation, "x" * 501, "\ud800"])
forms = st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), values)
good_forms = st.fixed_dictionaries(
    {"category": st.sampled_from(ids), "what": st.text("words ", min_size=1).filter(str.strip)},
    optional={"danger": st.sampled_from(Danger).map(str), "relation": st.sampled_from(Relation).map(str)},
)  # fmt: skip


@given(forms | good_forms)
def test_a_form_becomes_a_report_or_every_problem_is_named(raw: dict[str, str]) -> None:
    try:
        report = parse_report(raw)
    except BadReport as refusal:
        told = refusal.fields
    else:
        event("taken")
        assert report.category in ids and report.what
        assert set(report.details()) <= set(FIELDS) - {"what"}
        assert all(report.details().values())
        return

    event("refused")
    assert told and set(told) <= set(FIELDS)
    assert all(text.endswith(".") for text in told.values())


@given(good_forms)
def test_life_safety_is_danger_now_or_a_starred_category_and_nothing_else(
    raw: dict[str, str],
) -> None:
    report = parse_report(raw)

    urgent = raw.get("danger") == "yes" or category_of(raw["category"]).starred
    assert (report.urgency is Urgency.LIFE_SAFETY) == urgent


def test_what_starts_as_life_safety_is_what_may_cost_a_life() -> None:
    assert {category.id for category in (*CATEGORIES, TALK) if category.starred} == {
        *("planned_school_attack", "weapon", "suicide", "self_harm"),
        *("abuse_neglect", "sexual_misconduct", "trafficking"),
    }


def test_all_that_was_filled_in_is_kept_and_all_that_was_typed_is_known_as_such() -> None:
    chosen = {"category": "bullying", "danger": "unsure", "relation": "friend"}
    typed = {name: f"the {name}" for name in ("what", "where", "when", "who", "name", "contact")}

    report = parse_report(chosen | typed)

    assert {"what": report.what, **report.details()} == chosen | typed
    assert report.typed() == typed


@pytest.mark.parametrize("what", ["x" * 10_001, "half a character: \ud800"])
def test_words_that_cannot_be_taken_are_not_left_out_without_a_word(what: str) -> None:
    for parse in (parse_report, parse_talk):
        with pytest.raises(BadReport) as refused:
            parse({"category": "other", "what": what})
        assert set(refused.value.fields) == {"what"}


def test_every_field_that_needs_another_look_is_told_at_once() -> None:
    with pytest.raises(BadReport) as refused:
        parse_report({"category": "nope", "what": " ", "where": "x" * 501, "name": "\ud800"})

    assert set(refused.value.fields) == {"category", "what", "where", "name"}


def test_nobody_reports_a_talk_by_the_form_and_a_talk_needs_words() -> None:
    with pytest.raises(BadReport) as refused:
        parse_report({"category": "talk", "what": "hello"})
    assert set(refused.value.fields) == {"category"}
    with pytest.raises(BadReport) as unsaid:
        parse_talk({"what": "\n"})
    assert unsaid.value.fields == {"what": "Write something. “Hi” is enough."}
    assert parse_talk({"what": " hello ", "category": "weapon"}) == Report(TALK.id, "hello")


def test_an_answer_nobody_offered_is_taken_as_none() -> None:
    report = parse_report({"category": "other", "what": "x", "danger": "DROP", "relation": "boss"})

    assert report.danger is None and report.relation is Relation.RATHER_NOT_SAY


def test_a_category_that_is_gone_is_shown_as_something_else() -> None:
    assert category_of("of last year").id == "other"
    assert category_of("talk") is TALK
    assert len({category.id for category in CATEGORIES}) == len(CATEGORIES)
