"""The people and things the store's contracts are about, and one value for all its ports."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from messenger.domain.commands import Claim, Post, Said
from messenger.domain.events import REPORTER, Author, Kind, Role
from messenger.domain.ids import ClientId, MemberId, OrganizationId, RoomId, SchoolId, SessionId
from messenger.domain.keys import (
    Approval,
    Credentials,
    Invitation,
    Recipient,
    RoomGrant,
    Session,
    TeamGeneration,
    TeamGrant,
)
from messenger.domain.people import Member, Organization, School, Standing
from messenger.domain.report import Urgency
from messenger.domain.room import Room
from messenger.ports.storage import (
    Attachments,
    Directory,
    Journal,
    Keys,
    Leasing,
    Opening,
    Rooms,
    Sessions,
)

NOON = datetime(2030, 3, 5, 12, 0, tzinfo=UTC)
NOW = int(NOON.timestamp())
LATER = NOW + 3600

OAK = Organization(
    OrganizationId("oak"),
    "oak",
    "Oak Valley District",
    "America/New_York",
    emergency=(("School police", "555-0100"),),
    greeting="We are here.",
    who_reads="Two counselors.",
    recovery_key=b"recovery",
)
ELM = Organization(OrganizationId("elm"), "elm", "École Elm", "America/Toronto")
HIGH = School(SchoolId("high"), OAK.id, "Oak Valley High")

ADA = Member(MemberId("ada"), OAK.id, "ada", "Ada Park", "ada@oak.example", on_duty=True)
BEN = Member(MemberId("ben"), OAK.id, "ben", "Ben Ruiz", "ben@oak.example")
EVE = Member(MemberId("eve"), ELM.id, "eve", "Eve Elm")

ADAS = Author(Role.TEAM, ADA.id)
BENS = Author(Role.TEAM, BEN.id)


@dataclass(frozen=True)
class Store:
    """Every port of one adapter."""

    journal: Journal
    rooms: Rooms
    directory: Directory
    keys: Keys
    sessions: Sessions
    attachments: Attachments
    leasing: Leasing


async def settle(store: Store) -> None:
    """Two organizations; Ada and Ben answer for Oak, Eve for Elm."""
    for organization in (OAK, ELM):
        await store.directory.add_organization(
            organization, generation(organization.id, 1), team_grant(organization.id, 1)
        )
    await store.directory.add_school(HIGH)
    for member in (ADA, BEN, EVE):
        await join(store, member)


async def join(store: Store, member: Member) -> None:
    """Have `member` invited, set up and approved."""
    await invite(store, member)
    await store.keys.accept_invitation(code_of(member), b"public", credentials(member))
    await store.keys.approve(
        Approval(member.id, 1, b"tag"), [team_grant(member.organization, 1, member.id)]
    )


async def invite(store: Store, member: Member) -> None:
    await store.directory.add_member(member, Invitation(code_of(member), member.id, LATER))


def active(member: Member) -> Member:
    return replace(member, standing=Standing.ACTIVE, public_key=b"public")


def code_of(member: Member) -> bytes:
    return f"invitation of {member.id}".encode()


def credentials(member: Member) -> Credentials:
    return Credentials(member.id, b"salt", "cost", b"wrapped", b"seed")


def generation(organization: OrganizationId, number: int) -> TeamGeneration:
    return TeamGeneration(organization, number, b"public %d" % number, b"previous")


def team_grant(
    organization: OrganizationId, number: int, member: MemberId | None = None
) -> TeamGrant:
    recipient = Recipient.RECOVERY if member is None else Recipient.MEMBER
    return TeamGrant(organization, number, recipient, member or "", b"box %d" % number)


def said(words: str) -> Said:
    return Said(words.encode(), words.encode())


def post(room: Room, words: str, id: str = "", author: Author = REPORTER) -> Post:
    return Post(room.id, author, ClientId(id or words), said(words))


def claim(room: Room, author: Author = ADAS, id: str = "a claim") -> Claim:
    return Claim(room.id, author, ClientId(id), said("claimed"))


def opening(name: str = "room", organization: Organization = OAK, words: str = "help") -> Opening:
    """A report as it is submitted."""
    id = RoomId(name)
    room = Room(id, organization.id, None, 0, "other", Urgency.NORMAL, key_check=b"check")
    return Opening(
        room,
        Kind.REPORT_SUBMITTED,
        ClientId("the report"),
        said(words),
        (RoomGrant(id, Recipient.TEAM, 1, b"box"),),
        session(name, organization, room=id),
    )


def session(
    name: str,
    organization: Organization = OAK,
    room: RoomId | None = None,
    member: MemberId | None = None,
) -> Session:
    id = SessionId(f"session of {name}".encode())
    return Session(id, organization.id, room, member, LATER, b"wrapped", b"six words")


async def open_room(store: Store, name: str = "room", organization: Organization = OAK) -> Room:
    return (await store.journal.open_room(opening(name, organization))).room
