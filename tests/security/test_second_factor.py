"""Codes that change and codes for the day the phone is gone."""

from datetime import UTC, datetime, timedelta
from secrets import token_bytes

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyotp import TOTP

from messenger.ports.security import SecondFactor
from messenger.security.second_factor import TimeCodes

CODES = TimeCodes(token_bytes)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
STEP = int(NOON.timestamp()) // 30
RFC_SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def test_they_are_a_second_factor() -> None:
    factor: SecondFactor = CODES

    assert factor.new_seed() != factor.new_seed()
    assert len(factor.new_seed()) == 32


@pytest.mark.parametrize(
    ("second", "code"), [(59, "287082"), (1111111109, "081804"), (20000000000, "353130")]
)
def test_the_codes_are_those_of_rfc_6238(second: int, code: str) -> None:
    assert CODES.step_of(RFC_SEED, code, datetime.fromtimestamp(second, UTC)) == second // 30


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_clock_may_be_one_step_off(steps: int) -> None:
    code = TOTP(RFC_SEED).at(NOON + steps * timedelta(seconds=30))

    assert CODES.step_of(RFC_SEED, f" {code[:3]} {code[3:]}\n", NOON) == STEP + steps


@pytest.mark.parametrize("steps", [-2, 2])
def test_but_not_two(steps: int) -> None:
    code = TOTP(RFC_SEED).at(NOON + steps * timedelta(seconds=30))

    assert CODES.step_of(RFC_SEED, code, NOON) is None


def test_of_two_steps_in_a_row_that_have_the_same_code_both_are_used_up() -> None:
    step = 56_188_871

    for now in (step - 1, step):
        moment = datetime.fromtimestamp(now * 30, UTC)
        assert CODES.step_of(RFC_SEED, "617002", moment) == step


def test_at_the_beginning_of_time_there_is_no_step_before() -> None:
    epoch = datetime.fromtimestamp(0, UTC)

    assert CODES.step_of(RFC_SEED, TOTP(RFC_SEED).at(0), epoch) == 0


def test_another_seed_does_not_know_the_code() -> None:
    assert CODES.step_of(CODES.new_seed(), TOTP(RFC_SEED).at(NOON) + "x", NOON) is None


@given(st.text(st.characters(), max_size=12).filter(lambda text: not text.isascii()))
@example("\ud800")
def test_whatever_strangers_type_is_no_code(code: str) -> None:
    assert CODES.step_of(RFC_SEED, code, NOON) is None
    assert CODES.find_recovery_code(code, ["k7dq-2mfx"]) is None


def test_the_uri_names_login_and_issuer() -> None:
    uri = CODES.uri(RFC_SEED, "ana@example.org", "Messenger")

    assert uri == (f"otpauth://totp/Messenger:ana%40example.org?secret={RFC_SEED}&issuer=Messenger")


def test_there_are_ten_recovery_codes_easy_to_copy() -> None:
    codes = CODES.recovery_codes()

    assert len(set(codes)) == 10
    assert all(len(code) == 9 and code[4] == "-" for code in codes)
    assert not set("".join(codes)) & set("oilu")


@given(st.binary(min_size=5, max_size=5), st.integers(0, 39))
def test_every_bit_of_chance_makes_another_recovery_code(chance: bytes, bit: int) -> None:
    other = (int.from_bytes(chance, "big") ^ 1 << bit).to_bytes(5, "big")

    (code, *_), (other_code, *_) = (
        TimeCodes(lambda size, drawn=drawn: drawn[:size]).recovery_codes()
        for drawn in (chance, other)
    )

    assert CODES.find_recovery_code(code, [other_code]) is None


@pytest.mark.parametrize("typed", ["k7d0-1mfx", "K7DO-LMFX", " k7do imfx ", "k7d01mfx"])
def test_a_recovery_code_is_found_however_it_is_typed(typed: str) -> None:
    assert CODES.find_recovery_code(typed, ["aaaa-bbbb", "k7d0-1mfx"]) == "k7d0-1mfx"


@pytest.mark.parametrize("typed", ["", "k7d0", "k7d0-1mfy", "aaaa-bbbb"])
def test_another_is_not(typed: str) -> None:
    assert CODES.find_recovery_code(typed, ["k7d0-1mfx"]) is None
    assert CODES.find_recovery_code(typed, []) is None
