"""Values: records that stay as they were made, and keep to themselves what is nobody's business."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messenger.domain.values import Value


class Note(Value, frozen=True):
    """A value with a secret."""

    number: int
    words: str = ""
    marks: list[str] = []  # noqa: RUF012 (a new one for each)

    hides = ("words", "marks")


@given(st.integers(), st.text(), st.integers())
def test_a_copy_differs_in_what_was_asked_for_and_nothing_else(
    number: int, words: str, other: int
) -> None:
    note = Note(number, words)

    assert note.replace(number=other) == Note(other, words)
    assert note == Note(number, words)


def test_a_copy_with_a_field_that_does_not_exist_is_a_mistake() -> None:
    with pytest.raises(TypeError):
        Note(1).replace(colour="red")


def test_a_value_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Note(1).number = 2  # type: ignore[misc]


def test_what_is_hidden_does_not_show_when_it_is_printed() -> None:
    note = Note(1, "secret", ["hush"])

    assert repr(note) == str(note) == "Note(number=1)"


def test_two_values_share_no_list_that_neither_was_given() -> None:
    assert Note(1).marks is not Note(2).marks
