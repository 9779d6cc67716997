"""Signed anonymous tokens (itsdangerous) and marks. What a token opens is not here."""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from functools import lru_cache

from itsdangerous import BadSignature, Signer

from messenger.domain.ids import ID_BYTES, SessionId
from messenger.ports.security import Token
from messenger.ports.world import Chance

SECRET_BYTES = 32
MARK_LENGTH = 22
"""Of base64url: 132 bits."""

# 48 bytes, a dot, 32 bytes. The last character has two bits to spare, which must be zero: else
# four texts would be one token.
_SHAPE = re.compile(r"[A-Za-z0-9_-]{64}\.[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")


class SignedTokens:
    """The `Tokens`: a random id and secret, signed with sha256 under a salt for each purpose."""

    def __init__(self, keys: Sequence[str], chance: Chance) -> None:
        """`keys` are the signing keys, the newest last: that one signs, each of them verifies."""
        if not all(keys) or not keys:
            raise ValueError("There must be a signing key, and none may be empty")
        self._keys = tuple(keys)
        self._chance = chance
        self._signer = lru_cache(maxsize=16)(self._signer_for)

    def issue(self, purpose: str) -> Token:
        return self._sign(purpose, self._chance(ID_BYTES + SECRET_BYTES))

    def after(self, token: Token, purpose: str, name: str) -> Token:
        derived = hmac.digest(
            token.secret, f"messenger.token.{purpose}.after {name}".encode(), "sha512"
        )
        return self._sign(purpose, derived[: ID_BYTES + SECRET_BYTES])

    def read(self, purpose: str, text: str) -> Token | None:
        if _SHAPE.fullmatch(text) is None:
            return None
        try:
            payload = self._signer(purpose).unsign(text)
        except BadSignature:
            return None
        return _token(purpose, text, base64.urlsafe_b64decode(payload))

    def mark(self, purpose: str, text: str) -> str:
        return _mark(self._keys[-1], purpose, text)

    def check_mark(self, purpose: str, text: str, mark: str) -> bool:
        given = mark.encode(errors="replace")
        marks = [_mark(key, purpose, text).encode() for key in self._keys]
        return any(hmac.compare_digest(given, ours) for ours in marks)

    def _sign(self, purpose: str, payload: bytes) -> Token:
        text = self._signer(purpose).sign(base64.urlsafe_b64encode(payload)).decode()
        return _token(purpose, text, payload)

    def _signer_for(self, purpose: str) -> Signer:
        return Signer(
            list(self._keys),
            salt=f"messenger.token.{purpose}",
            key_derivation="hmac",
            digest_method=hashlib.sha256,
        )


def _token(purpose: str, text: str, payload: bytes) -> Token:
    id, secret = payload[:ID_BYTES], payload[ID_BYTES:]
    session = hashlib.blake2b(id, digest_size=16, person=purpose.encode()).digest()
    return Token(text, SessionId(session), secret)


def _mark(key: str, purpose: str, text: str) -> str:
    salted = hmac.digest(key.encode(), f"messenger.{purpose}".encode(), "sha256")
    mark = hmac.digest(salted, text.encode(errors="surrogatepass"), "sha256")
    return base64.urlsafe_b64encode(mark).decode()[:MARK_LENGTH]
