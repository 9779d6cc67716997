"""Time-based codes (RFC 6238, by pyotp) and recovery codes. The seed's picture is elsewhere."""

import base64
import hmac
import re
from collections.abc import Sequence
from datetime import datetime

from pyotp import TOTP

from messenger.domain.moments import seconds
from messenger.ports.world import Chance

SEED_BYTES = 20
"""The size of SHA-1's output, as RFC 4226 recommends."""
INTERVAL = 30
RECOVERY_CODES = 10

_CODE = re.compile(r"[0-9]{6}")
_SYMBOLS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: nothing in it looks like anything else in it."""
_LOOKALIKES = str.maketrans({"o": "0", "i": "1", "l": "1", "-": "", " ": ""})


class TimeCodes:
    """The `SecondFactor`: six digits that change every 30 seconds."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance

    def new_seed(self) -> str:
        return base64.b32encode(self._chance(SEED_BYTES)).decode()

    def uri(self, seed: str, login: str, issuer: str) -> str:
        return TOTP(seed, interval=INTERVAL).provisioning_uri(name=login, issuer_name=issuer)

    def step_of(self, seed: str, code: str, now: datetime) -> int | None:
        typed = "".join(code.split())
        if _CODE.fullmatch(typed) is None:
            return None
        here, totp = seconds(now) // INTERVAL, TOTP(seed, interval=INTERVAL)
        steps = range(max(here - 1, 0), here + 2)
        matching = [s for s in steps if hmac.compare_digest(totp.generate_otp(s), typed)]
        return max(matching, default=None)

    def recovery_codes(self) -> list[str]:
        return [self._recovery_code() for _ in range(RECOVERY_CODES)]

    def find_recovery_code(self, typed: str, codes: Sequence[str]) -> str | None:
        given = _folded(typed)
        matching = [code for code in codes if hmac.compare_digest(_folded(code), given)]
        return next(iter(matching), None)

    def _recovery_code(self) -> str:
        number = int.from_bytes(self._chance(5), "big")
        symbols = [_SYMBOLS[number >> shift & 31] for shift in range(0, 40, 5)]
        return f"{''.join(symbols[:4])}-{''.join(symbols[4:])}"


def _folded(code: str) -> bytes:
    return code.casefold().translate(_LOOKALIKES).encode(errors="surrogatepass")
