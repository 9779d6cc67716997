"""Argon2id for passwords and receipts, on a bounded number of threads."""

import hmac
import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Self, TypeVar

from anyio import CapacityLimiter, to_thread
from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw

from messenger.domain.errors import TooBusy, Unreadable
from messenger.turnstile import Turnstile

PASSWORD_COST = "argon2id:t=3,m=65536,p=1"  # noqa: S105 - A cost, not a password.
"""RFC 9106's second recommendation, with one lane: 64 MiB, three passes."""
RECEIPT_COST = "argon2id:t=2,m=19456,p=1"
"""OWASP's first recommendation (19 MiB, two passes): 77 random bits carry the security."""
THREADS = 2
WAITING = 64
PATIENCE = timedelta(seconds=20)
"""How long somebody waits for a thread."""
PASSWORD_LINES = 8
"""Logins share so many lines by chance: who guesses at one holds up few others. A line for each
organization would tell, by the wait, which logins exist.
"""

JUDGED = 32
"""So much of a password is looked at: the time that takes grows faster than its length."""
TYPED = 1_000
"""Characters that somebody may have typed."""
_UNGUESSABLE = 3
"""zxcvbn's score for more than 10^8 guesses, of which each costs an Argon2id."""

_COST = re.compile(r"argon2id:t=([1-9][0-9]?),m=([1-9][0-9]{0,6}),p=([1-4])")
_MOST_PASSES = 10
_MOST_MEMORY = 262_144
_SALT_BYTES = range(8, 65)
_KEY_BYTES = 32
_LOOKUP_BYTES = 16

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one derivation takes; `memory` is in KiB."""

    passes: int
    memory: int
    lanes: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "argon2id:t=3,m=65536,p=1"; `Unreadable` for another shape or a cost beyond bounds.

        The text may come from a database that an attacker wrote: it must not take 10 GB.
        """
        match = _COST.fullmatch(text)
        if match is None:
            raise Unreadable
        passes, memory, lanes = map(int, match.groups())
        if passes > _MOST_PASSES or not 8 * lanes <= memory <= _MOST_MEMORY:
            raise Unreadable
        return cls(passes, memory, lanes)


class ThreadedStretcher:
    """The `Stretcher`: two at a time, a bounded number waiting, and nobody for ever."""

    def __init__(
        self,
        cost: str = PASSWORD_COST,
        receipt_cost: str = RECEIPT_COST,
        *,
        waiting: int = WAITING,
        patience: timedelta = PATIENCE,
    ) -> None:
        Cost.parse(cost)
        self.cost = cost
        self._receipt_cost = Cost.parse(receipt_cost)
        self._turnstile = Turnstile(THREADS, waiting, patience.total_seconds())
        self._threads = CapacityLimiter(THREADS)

    async def password(self, password: str, salt: bytes, cost: str, login: str = "") -> bytes:
        parsed = Cost.parse(cost)
        line = f"password {hash(login) % PASSWORD_LINES}"
        return await self._run(line, lambda: _stretched(secret_of(password), salt, parsed))

    async def is_guessable(self, password: str, about: Collection[str]) -> bool:
        return await self._run("judged", lambda: _score(password, about) < _UNGUESSABLE)

    async def receipt(self, words: str, salt: bytes, share: str = "") -> tuple[bytes, bytes]:
        stretched = await self._run(
            f"receipt {share}", lambda: _stretched(secret_of(words), salt, self._receipt_cost)
        )
        extracted = hmac.digest(b"messenger receipt", stretched, "sha256")
        lookup, wrap = _expanded(extracted, b"lookup"), _expanded(extracted, b"wrap")
        return lookup[:_LOOKUP_BYTES], wrap

    async def _run(self, line: str, work: Callable[[], T]) -> T:
        async with self._turnstile.inside(line):
            return await to_thread.run_sync(work, limiter=self._threads)


def _stretched(secret: bytes, salt: bytes, cost: Cost) -> bytes:
    if len(salt) not in _SALT_BYTES:
        raise Unreadable
    try:
        return hash_secret_raw(
            secret, salt, cost.passes, cost.memory, cost.lanes, _KEY_BYTES, Type.ID
        )
    except HashingError:
        # The bounds above leave one way to fail: there is no memory for it now.
        raise TooBusy from None


def _score(password: str, about: Collection[str]) -> int:
    # Its lists of what people choose take 14 MB: for the few times that somebody chooses one.
    from zxcvbn import zxcvbn  # noqa: PLC0415

    return int(zxcvbn(_normal(password)[:JUDGED], user_inputs=list(about))["score"])


def secret_of(text: str) -> bytes:
    """Return the bytes to stretch of what somebody typed."""
    return _normal(text).encode(errors="surrogatepass")


def _normal(text: str) -> str:
    # The same letters typed on another machine can be other code points. But to put accents in order
    # takes time by the square of how many stand in a row, and nothing else runs meanwhile.
    return text if len(text) > TYPED else unicodedata.normalize("NFKC", text)


def _expanded(extracted: bytes, purpose: bytes) -> bytes:
    """Expand to one block of 32 bytes, as HKDF does (RFC 5869, section 2.3, with N = 1)."""
    return hmac.digest(extracted, purpose + b"\x01", "sha256")
