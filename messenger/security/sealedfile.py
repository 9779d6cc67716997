"""A file sealed with a passphrase: Argon2id, then XChaCha20-Poly1305 in chunks (libsodium's
`secretstream`), so that nothing can be changed, left out, repeated or cut off unnoticed.

    magic (8)  cost length (1)  cost  salt (16)  stream header (24)  chunks of 64 KiB + 17 bytes
"""

import io
import os
from collections.abc import Iterator
from typing import BinaryIO

from argon2.low_level import Type, hash_secret_raw
from nacl import bindings, exceptions

from messenger.domain.errors import BadSetting, Unreadable
from messenger.security.passwords import Cost, secret_of

MAGIC = b"MSGRBAK1"
COST = "argon2id:t=4,m=262144,p=1"
"""256 MiB, four passes: about a second. Guessing is offline, and nobody waits in a queue here."""
CHUNK = 65_536
SHORTEST = 12
"""Characters of a passphrase."""

_SALT_BYTES = 16
_HEADER_BYTES = bindings.crypto_secretstream_xchacha20poly1305_HEADERBYTES
_SEALED_CHUNK = CHUNK + bindings.crypto_secretstream_xchacha20poly1305_ABYTES
_FINAL = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL
_MESSAGE = bindings.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE


def check_passphrase(passphrase: str) -> str:
    """Return `passphrase` if it is long enough to be worth something."""
    if len(passphrase) < SHORTEST:
        raise BadSetting(
            f"Use a passphrase of at least {SHORTEST} characters: six random words are good."
        )
    return passphrase


class SealingWriter(io.RawIOBase):
    """A binary file to write to. Only after `finish` is the whole of it sealed."""

    def __init__(self, target: BinaryIO, passphrase: str, cost: str = COST) -> None:
        super().__init__()
        self._target = target
        self._waiting = bytearray()
        self._state = bindings.crypto_secretstream_xchacha20poly1305_state()
        start = MAGIC + bytes([len(cost)]) + cost.encode() + os.urandom(_SALT_BYTES)
        key = _key(passphrase, cost, start[-_SALT_BYTES:])
        header = bindings.crypto_secretstream_xchacha20poly1305_init_push(self._state, key)
        # Bound to every chunk: a changed cost or salt is a changed file.
        self._bound = start + header
        target.write(self._bound)

    def writable(self) -> bool:
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        self._waiting += data
        # The last chunk is kept back: it has to say that it is the last.
        while len(self._waiting) > CHUNK:
            self._push(bytes(self._waiting[:CHUNK]), _MESSAGE)
            del self._waiting[:CHUNK]
        return len(data)

    def finish(self) -> None:
        self._push(bytes(self._waiting), _FINAL)

    def _push(self, chunk: bytes, tag: int) -> None:
        push = bindings.crypto_secretstream_xchacha20poly1305_push
        self._target.write(push(self._state, chunk, self._bound, tag))


class OpeningReader(io.RawIOBase):
    """A binary file to read from. What it returns is genuine; `check_finished` says it is all."""

    def __init__(self, source: BinaryIO, passphrase: str) -> None:
        super().__init__()
        self._source = source
        self._opened = bytearray()
        self._state = bindings.crypto_secretstream_xchacha20poly1305_state()
        self._bound, cost, salt = _read_start(source)
        key = _key(passphrase, cost, salt)
        header = self._bound[-_HEADER_BYTES:]
        bindings.crypto_secretstream_xchacha20poly1305_init_pull(self._state, header, key)
        self._chunks = self._pull()
        self._opened += next(self._chunks, b"")

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        while size < 0 or len(self._opened) < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            self._opened += chunk
        end = len(self._opened) if size < 0 else size
        taken = bytes(self._opened[:end])
        del self._opened[:end]
        return taken

    def check_finished(self) -> None:
        """Read to the end, and raise unless it is the end the writer made."""
        while self.read(CHUNK):
            pass

    def _pull(self) -> Iterator[bytes]:
        tag = _MESSAGE
        while tag != _FINAL:
            sealed = self._source.read(_SEALED_CHUNK)
            if not sealed:
                raise BadSetting("The backup was cut off: copy it again from where it was kept.")
            chunk, tag = self._open(sealed)
            yield chunk
        if self._source.read(1):
            raise BadSetting("Something was added to the end of the backup: do not use it.")

    def _open(self, sealed: bytes) -> tuple[bytes, int]:
        pull = bindings.crypto_secretstream_xchacha20poly1305_pull
        try:
            return pull(self._state, sealed, self._bound)
        except exceptions.CryptoError:
            raise BadSetting(
                "The backup does not open: the passphrase is another one, or the file is damaged."
            ) from None


def _read_start(source: BinaryIO) -> tuple[bytes, str, bytes]:
    magic, length = source.read(len(MAGIC)), source.read(1)
    if magic != MAGIC or not length:
        raise BadSetting("This is not a backup made by `messenger backup`.")
    cost, salt = source.read(length[0]), source.read(_SALT_BYTES)
    header = source.read(_HEADER_BYTES)
    if len(header) != _HEADER_BYTES:
        raise BadSetting("The backup was cut off: copy it again from where it was kept.")
    return magic + length + cost + salt + header, cost.decode("ascii", "replace"), salt


def _key(passphrase: str, cost: str, salt: bytes) -> bytes:
    try:
        parsed = Cost.parse(cost)  # Bounded: a file from elsewhere must not take all memory.
    except Unreadable:
        raise BadSetting("The backup's beginning is damaged.") from None
    return hash_secret_raw(
        secret_of(passphrase), salt, parsed.passes, parsed.memory, parsed.lanes,
        bindings.crypto_secretstream_xchacha20poly1305_KEYBYTES, Type.ID,
    )  # fmt: skip
