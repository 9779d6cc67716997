"""Files sealed in segments: each is a `secretstream` of its own, so any of them opens without the rest.

    version (1)  stream header (24)  encrypted: check of the key (32), content, padding  tag (17)

A segment is bound to its file, its number and whether it is the last: none can be left out, moved,
exchanged or put into another file. A new way gets a new version.
"""

import hashlib
import hmac

from nacl import bindings, exceptions

from messenger.domain.errors import Unreadable
from messenger.domain.keys import Label
from messenger.ports.security import SEGMENT, Unsealed
from messenger.security.vault import KEY_BYTES, encoded, padding, subkey, unpadded

BUCKETS = (4_096, 16_384, 65_536, SEGMENT + 1)
"""Sizes a content is padded to, with the byte that ends it. A full last segment looks like any other."""

_VERSION = b"\x01"
_HEADER_BYTES = bindings.crypto_secretstream_xchacha20poly1305_HEADERBYTES
_STREAM_OVERHEAD = bindings.crypto_secretstream_xchacha20poly1305_ABYTES
_FINAL = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL
_START = len(_VERSION) + _HEADER_BYTES
OVERHEAD = _START + KEY_BYTES + _STREAM_OVERHEAD


class SealedSegments:
    """The `Segments`: XChaCha20-Poly1305 by libsodium, under a subkey for each file."""

    def seal(
        self, key: bytes, label: Label, number: int, content: Unsealed, *, last: bool
    ) -> bytes:
        file_key, check = _file_key(key, label)
        state = bindings.crypto_secretstream_xchacha20poly1305_state()
        header = bindings.crypto_secretstream_xchacha20poly1305_init_push(state, file_key)
        # An AEAD does not commit to its key: the check inside does.
        plain = b"".join((check, content, padding(len(content), _bucket(len(content) + 1))))
        push = bindings.crypto_secretstream_xchacha20poly1305_push
        return _VERSION + header + push(state, plain, _associated(label, number, last), _FINAL)

    def open(self, key: bytes, label: Label, number: int, sealed: bytes, *, last: bool) -> bytes:
        if len(sealed) <= OVERHEAD or sealed[:1] != _VERSION:
            raise Unreadable
        file_key, check = _file_key(key, label)
        state = bindings.crypto_secretstream_xchacha20poly1305_state()
        header = sealed[len(_VERSION) : _START]
        bindings.crypto_secretstream_xchacha20poly1305_init_pull(state, header, file_key)
        pull = bindings.crypto_secretstream_xchacha20poly1305_pull
        try:
            plain, _tag = pull(state, sealed[_START:], _associated(label, number, last))
        except exceptions.CryptoError:
            raise Unreadable from None
        if not hmac.compare_digest(plain[:KEY_BYTES], check):
            raise Unreadable
        return unpadded(plain[KEY_BYTES:])


def _file_key(key: bytes, label: Label) -> tuple[bytes, bytes]:
    """Return the key of this file alone, and the check that tells it from every other."""
    both = hashlib.blake2b(encoded(label), key=subkey(key, b"file"), digest_size=2 * KEY_BYTES)
    return both.digest()[:KEY_BYTES], both.digest()[KEY_BYTES:]


def _associated(label: Label, number: int, last: bool) -> bytes:  # noqa: FBT001 (bound, not chosen)
    return _VERSION + encoded(label) + b"%d,%d," % (number, last)


def _bucket(size: int) -> int:
    for bucket in BUCKETS:
        if size <= bucket:
            return bucket
    raise ValueError("A segment is at most SEGMENT bytes")
