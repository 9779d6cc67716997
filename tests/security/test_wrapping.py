"""What workers tell one another opens for those with the same secrets, and for nobody else."""

from os import urandom

from hypothesis import given
from hypothesis import strategies as st

from messenger.security.wrapping import NONCE_BYTES, SecretWrapping

OLD, NEW, OTHER = "o" * 64, "n" * 100, "x" * 64


@given(st.binary(max_size=2000))
def test_what_was_wrapped_comes_out_and_does_not_show(content: bytes) -> None:
    wrapping = SecretWrapping([OLD], urandom)
    wrapped = wrapping.wrap(content)
    assert wrapping.unwrap(wrapped) == content
    assert len(content) < 4 or content not in wrapped
    assert wrapped != wrapping.wrap(content)


@given(st.binary(max_size=200))
def test_what_nobody_wrapped_does_not_open(raw: bytes) -> None:
    assert SecretWrapping([OLD, NEW], urandom).unwrap(raw) is None


@given(st.integers(0, 400), st.integers(1, 255))
def test_one_changed_bit_and_it_does_not_open(place: int, change: int) -> None:
    wrapping = SecretWrapping([NEW], urandom)
    wrapped = bytearray(wrapping.wrap(b"He has a knife in his bag." * 10))
    wrapped[place % len(wrapped)] ^= change
    assert wrapping.unwrap(bytes(wrapped)) is None
    assert wrapping.unwrap(bytes(wrapped[:NONCE_BYTES])) is None


def test_while_secrets_turn_old_and_new_workers_understand_what_the_old_key_wrapped() -> None:
    before = SecretWrapping([OLD], urandom)
    after = SecretWrapping([OLD, NEW], urandom)

    assert after.unwrap(before.wrap(b"x")) == b"x"
    assert before.unwrap(after.wrap(b"x")) is None, "It does not know the new one, and re-reads."
    assert SecretWrapping([OTHER], urandom).unwrap(after.wrap(b"x")) is None


def test_a_name_is_the_same_for_all_with_the_same_secrets_and_tells_nothing() -> None:
    wrapping = SecretWrapping([OLD], urandom)
    assert wrapping.name("ana") == SecretWrapping([OLD], urandom).name("ana")
    assert wrapping.name("ana") != wrapping.name("ben")
    assert wrapping.name("ana") != SecretWrapping([NEW], urandom).name("ana")
    assert "ana" not in wrapping.name("ana")
