"""Sealing of what workers tell one another. Nobody keeps it, so it need not outlast the secrets.

The key comes from the server's own secrets: a thief of Redis reads nothing; whoever has those too
and listens at the same time reads what passes, as somebody would who runs code on the server.
"""

from collections.abc import Sequence
from hashlib import blake2b

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError

from messenger.ports.world import Chance

NONCE_BYTES = 24
_PURPOSE = b"messenger.relay"


class SecretWrapping:
    """The `Wrapping`: XChaCha20-Poly1305, the nonce first. `keys` as for tokens, the newest last."""

    def __init__(self, keys: Sequence[str], chance: Chance) -> None:
        self._keys = [
            blake2b(_PURPOSE, key=key.encode()[:64], digest_size=32).digest()
            for key in reversed(keys)
        ]
        self._chance = chance

    def name(self, text: str) -> str:
        return blake2b(text.encode(), key=self._keys[0], digest_size=16).hexdigest()

    def wrap(self, content: bytes) -> bytes:
        nonce = self._chance(NONCE_BYTES)
        return nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(
            content, _PURPOSE, nonce, self._keys[0]
        )

    def unwrap(self, wrapped: bytes) -> bytes | None:
        nonce, sealed = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
        for key in self._keys:
            try:
                return crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, _PURPOSE, nonce, key)
            except (CryptoError, ValueError):
                continue
        return None
