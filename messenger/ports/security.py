"""Keys and seals. Pure computation, but for `Stretcher`, which waits for a free thread."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from messenger.domain.ids import SessionId
from messenger.domain.keys import KeyPair, Label


@dataclass(frozen=True, slots=True)
class Token:
    """A signed anonymous token: `text` for the browser, the parts for us."""

    text: str = field(repr=False)
    session: SessionId = field(repr=False)
    secret: bytes = field(repr=False)


class Tokens(Protocol):
    """Signed, purpose-bound, random. Nothing is stored when one is issued."""

    def issue(self, purpose: str) -> Token: ...
    def after(self, token: Token, purpose: str, name: str) -> Token:
        """Another token, the same whenever the same is asked for. Not to be guessed without `token`."""
        ...

    def read(self, purpose: str, text: str) -> Token | None:
        """None unless we signed it for that purpose with a key still on the list."""
        ...

    def mark(self, purpose: str, text: str) -> str:
        """A value (22 characters) that shows that we have seen `text` for that purpose."""
        ...

    def check_mark(self, purpose: str, text: str, mark: str) -> bool: ...


class Vault(Protocol):
    """Sealing. What does not open raises `Unreadable`: wrong key, wrong label, or changed."""

    def new_key(self) -> bytes:
        """32 random bytes."""
        ...

    def new_pair(self) -> KeyPair: ...
    def pair_of(self, private: bytes) -> KeyPair: ...
    def key_check(self, key: bytes) -> bytes:
        """A keyed hash that tells one key from another; verified after every unwrap."""
        ...

    def seal(self, key: bytes, label: Label, content: bytes) -> bytes:
        """Pad to a size bucket and seal; the label is bound to it."""
        ...

    def open(self, key: bytes, label: Label, sealed: bytes) -> bytes: ...
    def digest(self, key: bytes, label: Label, content: bytes) -> bytes:
        """A keyed hash (16 bytes) by which a repeat is told from a conflict."""
        ...

    def forget(self) -> None:
        """Keep no key in memory that was used."""
        ...

    def grant(self, to_public: bytes, label: Label, key: bytes) -> bytes:
        """Seal `key` to somebody's public key; the label travels inside and is verified."""
        ...

    def open_grant(self, pair: KeyPair, label: Label, box: bytes) -> bytes: ...
    def vouch(self, team_private: bytes, label: Label, public_key: bytes) -> bytes:
        """The tag by which holders of the team's key recognize an approved public key."""
        ...

    def check_vouched(
        self, team_private: bytes, label: Label, public_key: bytes, tag: bytes
    ) -> bool: ...

    def fingerprint(self, public_key: bytes) -> str:
        """A few digits two people can compare aloud."""
        ...


SEGMENT = 262_144
"""Bytes of a file in one seal. A weak signal may lose so many when it is cut; a seek reads so many."""
Unsealed = bytes | bytearray
"""What becomes one segment."""


class Segments(Protocol):
    """Sealing of files in segments of `SEGMENT` bytes, only the last of which may be shorter.

    Any segment opens alone. Moved to another number or file, or taken for the end when it is not,
    it is `Unreadable`.
    """

    def seal(
        self, key: bytes, label: Label, number: int, content: Unsealed, *, last: bool
    ) -> bytes:
        """Seal segment `number` of the file that `label` names; the size of a short one is hidden."""
        ...

    def open(
        self, key: bytes, label: Label, number: int, sealed: bytes, *, last: bool
    ) -> bytes: ...


class Wrapping(Protocol):
    """Seals what workers tell one another, by what they all have: the server's own secrets."""

    def name(self, text: str) -> str:
        """A keyed hash to call something by where others may look."""
        ...

    def wrap(self, content: bytes) -> bytes: ...
    def unwrap(self, wrapped: bytes) -> bytes | None:
        """None for what no worker with our secrets wrapped."""
        ...


class Stretcher(Protocol):
    """Argon2id on a bounded number of threads; `TooBusy` when too many wait, for those who have most
    waiting. Passwords and receipts, and the receipts of organizations, take turns.
    """

    cost: str

    async def password(self, password: str, salt: bytes, cost: str, login: str = "") -> bytes:
        """32 bytes; the slow one. Who guesses at one `login` waits behind themselves."""
        ...

    async def is_guessable(self, password: str, about: Collection[str]) -> bool:
        """Whether it is among the first hundred million that somebody would try who knows that
        `about` its owner.
        """
        ...

    async def receipt(self, words: str, salt: bytes, share: str = "") -> tuple[bytes, bytes]:
        """A look-up id (16 bytes) and a wrap key (32 bytes). `share`: whose turn it takes."""
        ...


class SecondFactor(Protocol):
    """Time-based codes (RFC 6238: SHA-1, 6 digits, 30 seconds)."""

    def new_seed(self) -> str: ...
    def uri(self, seed: str, login: str, issuer: str) -> str: ...
    def step_of(self, seed: str, code: str, now: datetime) -> int | None:
        """The time step the code belongs to (one step of tolerance either way), or None."""
        ...

    def recovery_codes(self) -> list[str]:
        """Ten new single-use codes like "k7dq-2mfx"."""
        ...

    def find_recovery_code(self, typed: str, codes: Sequence[str]) -> str | None:
        """The one of `codes` that was typed, whatever the case, hyphens and look-alikes."""
        ...
