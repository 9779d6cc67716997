"""Seals, grants and vouching: what opens, and that nothing else does."""

from secrets import token_bytes
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl import bindings

from messenger.domain.errors import Unreadable
from messenger.domain.keys import Label
from messenger.ports.security import Vault
from messenger.security import vault
from messenger.security.vault import BUCKETS, LARGE, SealedVault

VAULT = SealedVault(token_bytes)
KEY, OTHER_KEY = VAULT.new_key(), VAULT.new_key()
TEAM, STRANGER = VAULT.new_pair(), VAULT.new_pair()
LABEL = Label("event", "org", "room", "reporter", "client-1", "message_posted", "team", 3)
OVERHEAD = 1 + 24 + 32 + 16

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
labels = st.builds(Label, words, words, words, words, words, words, words, st.integers(0, 2**40))


def other_labels() -> list[Label]:
    names = [name for name in Label.__struct_fields__ if name != "generation"]
    changed: list[dict[str, Any]] = [{name: getattr(LABEL, name) + "x"} for name in names]
    return [LABEL.replace(generation=4), *(LABEL.replace(**change) for change in changed)]


def test_it_is_a_vault() -> None:
    adapter: Vault = VAULT

    assert len(adapter.new_key()) == 32


# Seals


@given(st.binary(max_size=9_000), labels)
def test_what_was_sealed_opens(content: bytes, label: Label) -> None:
    assert VAULT.open(KEY, label, VAULT.seal(KEY, label, content)) == content


@pytest.mark.parametrize("label", other_labels())
def test_under_another_label_it_does_not(label: Label) -> None:
    sealed = VAULT.seal(KEY, LABEL, b"hi")

    with pytest.raises(Unreadable):
        VAULT.open(KEY, label, sealed)


def test_letters_that_move_from_one_field_to_the_next_make_another_label() -> None:
    sealed = VAULT.seal(KEY, Label("a", "bc"), b"hi")

    for label in (Label("ab", "c"), Label("a,2:bc"), Label("", "abc")):
        with pytest.raises(Unreadable):
            VAULT.open(KEY, label, sealed)


def test_with_another_key_it_does_not() -> None:
    sealed = VAULT.seal(KEY, LABEL, b"hi")

    with pytest.raises(Unreadable):
        VAULT.open(OTHER_KEY, LABEL, sealed)


@given(st.data())
def test_with_any_bit_changed_it_does_not(data: st.DataObject) -> None:
    sealed = bytearray(VAULT.seal(KEY, LABEL, b"hi"))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8

    with pytest.raises(Unreadable):
        VAULT.open(KEY, LABEL, bytes(sealed))


@given(st.data())
def test_cut_short_or_prolonged_it_does_not(data: st.DataObject) -> None:
    sealed = VAULT.seal(KEY, LABEL, b"hi")
    cut = sealed[: data.draw(st.integers(0, len(sealed) - 1))]

    for changed in (cut, sealed + b"\0"):
        with pytest.raises(Unreadable):
            VAULT.open(KEY, LABEL, changed)


@given(st.binary(max_size=300))
def test_whatever_strangers_put_there_is_unreadable(sealed: bytes) -> None:
    for hostile in (sealed, b"\x01" + sealed):
        with pytest.raises(Unreadable):
            VAULT.open(KEY, LABEL, hostile)


def test_a_text_sealed_with_the_right_key_but_the_wrong_check_or_padding_is_unreadable() -> None:
    for inner in (bytes(32) + b"hi\x80", VAULT.key_check(KEY) + bytes(128)):
        with pytest.raises(Unreadable):
            VAULT.open(KEY, LABEL, sealed_raw(inner))


def sealed_raw(inner: bytes) -> bytes:
    subkeys = vault._subkeys_of(KEY)
    associated = vault._associated(subkeys, LABEL)
    nonce = bytes(24)
    return (
        b"\x01"
        + nonce
        + bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(
            inner, associated, nonce, subkeys.seal
        )
    )


def test_the_same_content_never_seals_the_same_twice() -> None:
    assert VAULT.seal(KEY, LABEL, b"hi") != VAULT.seal(KEY, LABEL, b"hi")


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (0, 128),
        (127, 128),
        (128, 512),
        (511, 512),
        (512, 2048),
        (2047, 2048),
        (8191, 8192),
        (8192, LARGE),
        (LARGE - 1, LARGE),
        (LARGE, 2 * LARGE),
        (5 * LARGE, 6 * LARGE),
    ],
)
def test_a_seal_tells_only_the_bucket_of_a_size(content: int, size: int) -> None:
    assert len(VAULT.seal(KEY, LABEL, bytes(content))) == size + OVERHEAD


def test_buckets_grow() -> None:
    assert list(BUCKETS) == sorted(BUCKETS)


@pytest.mark.parametrize("tail", [b"\x80", b"\0", b"\x80\0", b""])
def test_content_that_looks_like_padding_comes_back_whole(tail: bytes) -> None:
    assert VAULT.open(KEY, LABEL, VAULT.seal(KEY, LABEL, b"hi" + tail)) == b"hi" + tail


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_key_of_another_size_is_a_bug(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        VAULT.seal(bytes(size), LABEL, b"hi")
    with pytest.raises(ValueError, match="32 bytes"):
        VAULT.grant(TEAM.public, LABEL, bytes(size))


# Hashes


def test_the_check_tells_one_key_from_another_and_is_no_subkey() -> None:
    assert VAULT.key_check(KEY) == SealedVault(token_bytes).key_check(KEY)
    assert VAULT.key_check(KEY) != VAULT.key_check(OTHER_KEY)
    assert VAULT.key_check(KEY) != KEY


def test_a_digest_is_the_same_for_a_repeat() -> None:
    digest = VAULT.digest(KEY, LABEL, b"hi")

    assert digest == VAULT.digest(KEY, LABEL, b"hi")
    assert len(digest) == 16


def test_a_digest_differs_with_content_label_and_key() -> None:
    others = [VAULT.digest(KEY, label, b"hi") for label in other_labels()]
    others += [VAULT.digest(KEY, LABEL, b"ho"), VAULT.digest(OTHER_KEY, LABEL, b"hi")]

    assert VAULT.digest(KEY, LABEL, b"hi") not in others


def test_many_more_keys_than_are_remembered_all_work() -> None:
    small = SealedVault(token_bytes, cached=2)
    keys = [small.new_key() for _ in range(8)]
    sealed = [small.seal(key, LABEL, key) for key in keys]

    assert [small.open(key, LABEL, box) for key, box in zip(keys, sealed, strict=True)] == keys


def test_of_few_keys_anything_is_in_memory_and_of_none_once_they_are_forgotten() -> None:
    small = SealedVault(token_bytes, cached=2)
    for _ in range(8):
        small.seal(small.new_key(), LABEL, b"hi")
    kept = small._subkeys.cache_info().currsize

    small.forget()

    assert (kept, small._subkeys.cache_info().currsize) == (2, 0)


# Grants


@given(labels)
def test_a_grant_opens_for_whom_it_was_made(label: Label) -> None:
    assert VAULT.open_grant(TEAM, label, VAULT.grant(TEAM.public, label, KEY)) == KEY


def test_and_for_nobody_else() -> None:
    box = VAULT.grant(TEAM.public, LABEL, KEY)

    with pytest.raises(Unreadable):
        VAULT.open_grant(STRANGER, LABEL, box)


@pytest.mark.parametrize("label", other_labels())
def test_nor_under_another_label(label: Label) -> None:
    box = VAULT.grant(TEAM.public, LABEL, KEY)

    with pytest.raises(Unreadable):
        VAULT.open_grant(TEAM, label, box)


@given(st.data())
def test_nor_with_any_bit_changed(data: st.DataObject) -> None:
    box = bytearray(VAULT.grant(TEAM.public, LABEL, KEY))
    bit = data.draw(st.integers(0, len(box) * 8 - 1))
    box[bit // 8] ^= 1 << bit % 8

    with pytest.raises(Unreadable):
        VAULT.open_grant(TEAM, LABEL, bytes(box))


@given(st.binary(max_size=200))
def test_whatever_strangers_grant_us_is_unreadable(box: bytes) -> None:
    with pytest.raises(Unreadable):
        VAULT.open_grant(TEAM, LABEL, box)


@pytest.mark.parametrize("public", [b"", bytes(31), bytes(32), b"\x01" + bytes(31), bytes(33)])
def test_nothing_is_granted_to_what_is_not_a_public_key(public: bytes) -> None:
    with pytest.raises(Unreadable):
        VAULT.grant(public, LABEL, KEY)


def test_a_pair_can_be_had_from_its_private_half() -> None:
    assert VAULT.pair_of(TEAM.private) == TEAM


def test_no_key_shows_when_a_pair_or_what_is_made_of_a_key_is_printed() -> None:
    assert repr(TEAM.private) not in repr(TEAM)
    assert repr(vault._subkeys_of(KEY)) == "_Subkeys()"


# Vouching


def test_who_holds_the_teams_key_knows_whom_it_vouched_for() -> None:
    tag = VAULT.vouch(TEAM.private, LABEL, STRANGER.public)

    assert VAULT.check_vouched(TEAM.private, LABEL, STRANGER.public, tag)


def test_nothing_else_is_vouched_for() -> None:
    tag = VAULT.vouch(TEAM.private, LABEL, STRANGER.public)

    assert not VAULT.check_vouched(TEAM.private, LABEL, TEAM.public, tag)
    assert not VAULT.check_vouched(STRANGER.private, LABEL, STRANGER.public, tag)
    assert not VAULT.check_vouched(TEAM.private, LABEL, STRANGER.public, b"")
    for label in other_labels():
        assert not VAULT.check_vouched(TEAM.private, label, STRANGER.public, tag)


def test_a_fingerprint_is_three_groups_of_digits_that_differ_between_keys() -> None:
    fingerprint = VAULT.fingerprint(TEAM.public)

    assert [len(group) for group in fingerprint.split(" ")] == [4, 4, 4]
    assert fingerprint.replace(" ", "").isdecimal()
    assert fingerprint == VAULT.fingerprint(TEAM.public) != VAULT.fingerprint(STRANGER.public)


def test_a_fingerprint_is_the_same_wherever_it_is_read_out() -> None:
    assert VAULT.fingerprint(bytes(range(32))) == "5256 2105 2440"
