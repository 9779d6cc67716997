"""Organizations, schools and the members who answer."""

from dataclasses import dataclass, field
from enum import StrEnum

from messenger.domain.ids import MemberId, OrganizationId, SchoolId


class Standing(StrEnum):
    """How far a member has come."""

    INVITED = "invited"
    PENDING = "pending"
    """Has a password and a key of their own; a colleague has not approved them yet."""
    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Organization:
    """A district or an independent school.

    `time_zone` is an IANA name; `emergency` its own numbers beside 911 and 988 as (label, number);
    `demo` signs in without a second factor and is served on loopback only.
    """

    id: OrganizationId
    slug: str
    name: str
    time_zone: str
    emergency: tuple[tuple[str, str], ...] = ()
    greeting: str = ""
    who_reads: str = ""
    recovery_key: bytes = field(default=b"", repr=False)
    demo: bool = False


@dataclass(frozen=True, slots=True)
class School:
    """One school of an organization."""

    id: SchoolId
    organization: OrganizationId
    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody on the team. `shown_name` is what reporters see, if the member chose one."""

    id: MemberId
    organization: OrganizationId
    login: str
    name: str
    email: str = ""
    shown_name: str = ""
    standing: Standing = Standing.INVITED
    on_duty: bool = False
    public_key: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Canned:
    """A response kept ready."""

    id: str
    title: str
    body: str
