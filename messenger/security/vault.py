"""Sealing with libsodium: contents under a key, keys under public keys, vouching for public keys.

A seal is: version (1 byte), nonce (24), then encrypted: check of the key (32), content, padding;
and a tag (16). A new way gets a new version. Only subkeys of the keys used last are kept here.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from functools import lru_cache

from nacl import bindings, exceptions

from messenger.domain.errors import Unreadable
from messenger.domain.keys import KeyPair, Label
from messenger.ports.world import Chance

KEY_BYTES = 32
NONCE_BYTES = bindings.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
TAG_BYTES = bindings.crypto_aead_xchacha20poly1305_ietf_ABYTES
DIGEST_BYTES = 16
BUCKETS = (128, 512, 2048, 8192)
"""Sizes a content is padded to; beyond the last, to a multiple of `LARGE`."""
LARGE = 16_384

_VERSION = b"\x01"
_OVERHEAD = len(_VERSION) + NONCE_BYTES + KEY_BYTES + TAG_BYTES
_ROUNDS = 10_000
_NONCES_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class _Subkeys:
    """What one key is turned into, one subkey for each purpose, and its check."""

    seal: bytes = field(repr=False)
    digest: bytes = field(repr=False)
    check: bytes = field(repr=False)


class SealedVault:
    """The `Vault`: XChaCha20-Poly1305, X25519 sealed boxes and keyed BLAKE2b."""

    def __init__(self, chance: Chance, cached: int = 256) -> None:
        self._chance = chance
        # Deriving costs half as much as sealing. Bounded: what is in here is in a memory dump.
        self._subkeys = lru_cache(maxsize=cached)(_subkeys_of)
        self._nonces: list[bytes] = []

    def new_key(self) -> bytes:
        return self._chance(KEY_BYTES)

    def new_pair(self) -> KeyPair:
        return self.pair_of(self.new_key())

    def pair_of(self, private: bytes) -> KeyPair:
        return KeyPair(bindings.crypto_scalarmult_base(private), private)

    def key_check(self, key: bytes) -> bytes:
        return self._subkeys(key).check

    def seal(self, key: bytes, label: Label, content: bytes) -> bytes:
        subkeys, nonce = self._subkeys(key), self._nonce()
        sealed = bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(
            # The check is inside as well as in the associated data: an AEAD does not commit to its
            # key, so one text could be made that opens under two keys. This one opens under one.
            subkeys.check + content + padding(len(content), _bucket(len(content) + 1)),
            _associated(subkeys, label),
            nonce,
            subkeys.seal,
        )
        return _VERSION + nonce + sealed

    def open(self, key: bytes, label: Label, sealed: bytes) -> bytes:
        if len(sealed) <= _OVERHEAD or sealed[:1] != _VERSION:
            raise Unreadable
        subkeys, start = self._subkeys(key), 1 + NONCE_BYTES
        try:
            content = bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(
                sealed[start:], _associated(subkeys, label), sealed[1:start], subkeys.seal
            )
        except exceptions.CryptoError:
            raise Unreadable from None
        if not hmac.compare_digest(content[:KEY_BYTES], subkeys.check):
            raise Unreadable
        return unpadded(content[KEY_BYTES:])

    def forget(self) -> None:
        self._subkeys.cache_clear()

    def digest(self, key: bytes, label: Label, content: bytes) -> bytes:
        return _hash(self._subkeys(key).digest, encoded(label) + content, DIGEST_BYTES)

    def grant(self, to_public: bytes, label: Label, key: bytes) -> bytes:
        try:
            return bindings.crypto_box_seal(_VERSION + encoded(label) + _checked(key), to_public)
        except exceptions.CryptoError:
            # Not a public key, or one of those for which everybody knows the shared secret.
            raise Unreadable from None

    def open_grant(self, pair: KeyPair, label: Label, box: bytes) -> bytes:
        try:
            payload = bindings.crypto_box_seal_open(box, pair.public, pair.private)
        except exceptions.CryptoError:
            raise Unreadable from None
        if not hmac.compare_digest(payload[:-KEY_BYTES], _VERSION + encoded(label)):
            raise Unreadable
        return payload[-KEY_BYTES:]

    def vouch(self, team_private: bytes, label: Label, public_key: bytes) -> bytes:
        return _hash(subkey(team_private, b"vouch"), encoded(label) + public_key)

    def check_vouched(
        self, team_private: bytes, label: Label, public_key: bytes, tag: bytes
    ) -> bool:
        return hmac.compare_digest(self.vouch(team_private, label, public_key), tag)

    def _nonce(self) -> bytes:
        """Each is used once. Many are drawn at a time: asking the system stops this thread.

        They are no secret. A process must not be forked with some in hand: ours are spawned.
        """
        if not self._nonces:
            drawn = self._chance(_NONCES_AT_ONCE * NONCE_BYTES)
            self._nonces = [
                drawn[start : start + NONCE_BYTES] for start in range(0, len(drawn), NONCE_BYTES)
            ]
        return self._nonces.pop()

    def fingerprint(self, public_key: bytes) -> str:
        # Twelve digits are few enough to look for a key that has the same ones: the rounds make
        # each try as dear as ten thousand, and cost us some 7 ms where a person compares two.
        stretched = hashlib.pbkdf2_hmac("blake2b", public_key, b"fingerprint", _ROUNDS, 16)
        digits = f"{int.from_bytes(stretched, 'big') % 10**12:012}"
        return f"{digits[:4]} {digits[4:8]} {digits[8:]}"


def _subkeys_of(key: bytes) -> _Subkeys:
    check = _hash(subkey(key, b"check"), b"")
    return _Subkeys(subkey(key, b"seal"), subkey(key, b"digest"), check)


def subkey(key: bytes, purpose: bytes) -> bytes:
    """Return the key that `key` is turned into for one purpose."""
    return hashlib.blake2b(key=_checked(key), person=purpose, digest_size=KEY_BYTES).digest()


def _checked(key: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        raise ValueError("A key has 32 bytes")
    return key


def _hash(key: bytes, content: bytes, size: int = KEY_BYTES) -> bytes:
    return hashlib.blake2b(content, key=key, digest_size=size).digest()


def _associated(subkeys: _Subkeys, label: Label) -> bytes:
    return _VERSION + encoded(label) + subkeys.check


def encoded(label: Label) -> bytes:
    """Encode every field behind its length, so that no two labels look alike (netstrings).

    A field added to `Label` must be added here (a test fails until it is).
    """
    return (
        f"{len(label.purpose)}:{label.purpose},{len(label.organization)}:{label.organization},"
        f"{len(label.room)}:{label.room},{len(label.author)}:{label.author},"
        f"{len(label.client_id)}:{label.client_id},{len(label.kind)}:{label.kind},"
        f"{len(label.recipient)}:{label.recipient},{label.generation},"
    ).encode()


def padding(length: int, size: int) -> bytes:
    """Return what brings so many bytes to `size`, as in ISO/IEC 7816-4: one byte 0x80, then zeros."""
    return b"\x80".ljust(size - length, b"\0")


def unpadded(whole: bytes) -> bytes:
    """Return what was padded; raises `Unreadable`."""
    content = whole.rstrip(b"\0")
    if content[-1:] != b"\x80":
        raise Unreadable
    return content[:-1]


def _bucket(size: int) -> int:
    for bucket in BUCKETS:
        if size <= bucket:
            return bucket
    return -(-size // LARGE) * LARGE
