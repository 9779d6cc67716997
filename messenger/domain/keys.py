"""The rows that hold keys. Every key in them is sealed to somebody; none can be used as it stands."""

from dataclasses import dataclass, field
from enum import StrEnum

from messenger.domain.ids import MemberId, OrganizationId, RoomId, SessionId
from messenger.domain.values import Value


class Recipient(StrEnum):
    """Whom a key can be granted to."""

    TEAM = "team"
    MEMBER = "member"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An X25519 pair, 32 bytes each."""

    public: bytes
    private: bytes = field(repr=False)


class Label(Value, frozen=True):
    """What a sealed thing is and where it belongs: the associated data of the seal.

    Moved to another room, author, purpose or generation it no longer opens.
    """

    purpose: str
    organization: str = ""
    room: str = ""
    author: str = ""
    client_id: str = ""
    kind: str = ""
    recipient: str = ""
    generation: int = 0


@dataclass(frozen=True, slots=True)
class RoomGrant:
    """A room key sealed to a team's generation, or to recovery."""

    room: RoomId
    recipient: Recipient
    generation: int
    box: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class TeamGeneration:
    """One generation of a team's key; `previous` is the private key before it, sealed to this one.

    `recovery_tag` vouches for the organization's recovery key, which stands in a database that an
    attacker may write.
    """

    organization: OrganizationId
    generation: int
    public_key: bytes
    previous: bytes = field(default=b"", repr=False)
    recovery_tag: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class TeamGrant:
    """A team's private key of one generation, sealed to a member or to recovery."""

    organization: OrganizationId
    generation: int
    recipient: Recipient
    recipient_id: str
    box: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Approval:
    """Says that who held generation `generation` vouched for this member's public key."""

    member: MemberId
    generation: int
    tag: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Credentials:
    """How a member unlocks: the private key wrapped under the password, the rest sealed to them.

    `cost` names the Argon2id parameters used. `last_step` is the newest TOTP step taken, so that a
    code works once. `second_factor` is a sealed JSON of the TOTP seed and the unused recovery codes.
    """

    member: MemberId
    salt: bytes = field(repr=False)
    cost: str
    wrapped_private: bytes = field(repr=False)
    second_factor: bytes = field(default=b"", repr=False)
    last_step: int = 0


@dataclass(frozen=True, slots=True)
class Session:
    """A browser's stay. `wrapped` is the room key or the private key, under the token's secret.

    `expires` is unix seconds, rounded up to the hour: the exact minute would tell when a reporter
    was here. `pending` holds a receipt's words under the same secret until the reporter has them.
    """

    id: SessionId = field(repr=False)
    organization: OrganizationId
    room: RoomId | None
    member: MemberId | None
    expires: int
    wrapped: bytes = field(repr=False)
    pending: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """A way back: what the words derive, never the words. `last_used` is sealed with the room key."""

    lookup: bytes = field(repr=False)
    room: RoomId
    wrapped: bytes = field(repr=False)
    last_used: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Invitation:
    """A member may set themselves up with the code this is the hash of, until `expires`."""

    code_hash: bytes = field(repr=False)
    member: MemberId
    expires: int
