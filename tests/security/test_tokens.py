"""Tokens and the marks of forms: ours are read, nobody else's."""

from secrets import token_bytes

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from messenger.ports.security import Tokens
from messenger.security.tokens import SignedTokens

OLD, NEW = "an old key of thirty-two letters", "a new key of thirty-two letters."
TOKENS = SignedTokens([OLD, NEW], token_bytes)
TOKEN = TOKENS.issue("reporter")


def test_they_are_tokens() -> None:
    tokens: Tokens = TOKENS

    assert tokens.read("reporter", TOKEN.text) == TOKEN


def test_a_token_is_read_for_its_purpose_and_no_other() -> None:
    assert TOKENS.read("reporter", TOKEN.text) == TOKEN
    assert TOKENS.read("member", TOKEN.text) is None


def test_two_tokens_share_nothing() -> None:
    other = TOKENS.issue("reporter")

    assert other.session != TOKEN.session
    assert other.secret != TOKEN.secret
    assert (len(TOKEN.session), len(TOKEN.secret)) == (16, 32)


def test_a_token_is_followed_by_the_same_one_for_the_same_name_and_by_others_for_others() -> None:
    after = TOKENS.after(TOKEN, "reporter", "draft-0001")
    others = [
        TOKENS.after(TOKEN, "reporter", "draft-0002"),
        TOKENS.after(TOKENS.issue("reporter"), "reporter", "draft-0001"),
        TOKENS.after(TOKEN, "member", "draft-0001"),
    ]

    assert TOKENS.after(TOKEN, "reporter", "draft-0001") == after
    assert TOKENS.read("reporter", after.text) == after and len(after.secret) == 32
    assert len({each.session for each in (TOKEN, after, *others)}) == 5
    assert len({each.secret for each in (TOKEN, after, *others)}) == 5


def test_the_session_is_another_for_another_purpose_and_not_in_the_token() -> None:
    tokens = SignedTokens([NEW], bytes)

    assert tokens.issue("reporter").session != tokens.issue("member").session
    assert tokens.issue("reporter").session != bytes(16)


def test_a_token_signed_with_an_older_key_is_read_while_that_is_on_the_list() -> None:
    old = SignedTokens([OLD], token_bytes).issue("reporter")

    assert TOKENS.read("reporter", old.text) == old
    assert SignedTokens([NEW], token_bytes).read("reporter", old.text) is None


def test_the_newest_key_signs() -> None:
    newest = SignedTokens([NEW], token_bytes)

    assert newest.read("reporter", TOKEN.text) == TOKEN
    assert newest.check_mark("form-mark", "cookie", TOKENS.mark("form-mark", "cookie"))


@given(st.data())
def test_with_any_letter_changed_it_is_not_read(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(TOKEN.text) - 1))
    letter = data.draw(st.sampled_from("ABCDwxyz0189-_.="))
    text = TOKEN.text[:at] + letter + TOKEN.text[at + 1 :]

    assert (TOKENS.read("reporter", text) is not None) == (text == TOKEN.text)


@given(st.text(st.characters(), max_size=200))
def test_whatever_strangers_send_is_no_token(text: str) -> None:
    assert TOKENS.read("reporter", text) is None
    assert TOKENS.read("reporter", TOKEN.text + text) is None or text == ""


def test_a_token_does_not_show_when_it_is_printed() -> None:
    assert TOKEN.text not in repr(TOKEN)


@pytest.mark.parametrize("keys", [[], [""], [NEW, ""]])
def test_there_is_no_signing_without_a_key(keys: list[str]) -> None:
    with pytest.raises(ValueError, match="signing key"):
        SignedTokens(keys, token_bytes)


def test_a_mark_is_good_for_its_text_and_purpose_and_no_other() -> None:
    mark = TOKENS.mark("form-mark", "cookie")

    assert TOKENS.check_mark("form-mark", "cookie", mark)
    assert not TOKENS.check_mark("form-mark", "another", mark)
    assert not TOKENS.check_mark("work", "cookie", mark)
    assert len(mark) == 22


def test_a_mark_outlives_the_newest_key_becoming_an_older_one() -> None:
    mark = SignedTokens([OLD], token_bytes).mark("form-mark", "cookie")

    assert TOKENS.check_mark("form-mark", "cookie", mark)
    assert not SignedTokens([NEW], token_bytes).check_mark("form-mark", "cookie", mark)


@given(st.text(st.characters(), max_size=40), st.text(st.characters(), max_size=40))
@example("\ud800", "\ud800")
def test_whatever_strangers_send_is_no_mark(text: str, mark: str) -> None:
    assert not TOKENS.check_mark("form-mark", text, mark)
