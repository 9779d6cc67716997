"""Every refusal: a code of its own for programs, and words for people that betray nothing."""

import importlib
import pkgutil

import pytest

import messenger
from messenger.domain.errors import (
    BadFrame,
    BadSetting,
    CannotClean,
    Conflict,
    ContainsReceipt,
    NotFound,
    Reason,
    Refusal,
    StoreDown,
    TextTooLong,
)


def every_refusal() -> list[type[Refusal]]:
    for module in pkgutil.walk_packages(messenger.__path__, "messenger."):
        if ".versions." not in module.name and not module.name.endswith(("env", "__main__")):
            importlib.import_module(module.name)
    found, waiting = [], [Refusal]
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting += kind.__subclasses__()
    return found


REFUSALS = every_refusal()


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.__name__)
def test_a_refusal_has_a_code_a_status_and_a_sentence(kind: type[Refusal]) -> None:
    text = getattr(kind, "template", kind.text)

    assert kind.code.replace("_", "").isalnum() and kind.code == kind.code.lower()
    assert 400 <= kind.status < 600
    assert text[0].isupper() and text.endswith((".", "?"))


def test_no_two_refusals_share_a_code_but_for_what_must_look_like_another() -> None:
    alike: dict[type[Refusal], str] = {
        NotFound: "not_found",
        StoreDown: "store_down",
        Conflict: "conflict",
        ContainsReceipt: "contains_receipt",
        TextTooLong: "too_long",
    }
    others = [kind for kind in REFUSALS if not issubclass(kind, tuple(alike))]

    assert len({kind.code for kind in others} | set(alike.values())) == len(others) + len(alike)
    for kind, code in alike.items():
        assert {each.code for each in REFUSALS if issubclass(each, kind)} == {code}


def test_not_there_says_nothing_of_what_was_asked_for() -> None:
    assert NotFound().args == () and NotFound.status == 404
    assert BadFrame().args == ()


def test_a_setting_is_refused_with_words_of_its_own() -> None:
    assert BadSetting("Use digits.").text == str(BadSetting("Use digits.")) == "Use digits."
    assert BadSetting.text == Refusal.text


def test_each_reason_why_a_file_stays_out_says_what_to_do() -> None:
    texts = {CannotClean(reason).text for reason in Reason}

    assert len(texts) == len(Reason)
    assert all("Send" in text or "send" in text for text in texts)
