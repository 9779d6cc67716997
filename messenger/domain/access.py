"""Who is asking, and what they may see. Permission is a lookup: "not yours" is "not there"."""

from dataclasses import dataclass, field

from messenger.domain.errors import NotFound
from messenger.domain.events import REPORTER, Author, Role
from messenger.domain.ids import MemberId, OrganizationId, RoomId, SessionId
from messenger.domain.room import Room


@dataclass(frozen=True, slots=True)
class Reporter:
    """Someone who holds the session of one room, with the key of that room."""

    session: SessionId = field(repr=False)
    organization: OrganizationId
    room: RoomId
    room_key: bytes = field(repr=False)

    role = Role.REPORTER

    @property
    def author(self) -> Author:
        return REPORTER


@dataclass(frozen=True, slots=True)
class Responder:
    """A signed-in member, with their own private key."""

    session: SessionId = field(repr=False)
    organization: OrganizationId
    member: MemberId
    private_key: bytes = field(repr=False)

    role = Role.TEAM

    @property
    def author(self) -> Author:
        return Author(Role.TEAM, self.member)


Actor = Reporter | Responder


def check_room(actor: Actor, room: Room | None) -> Room:
    """Return `room` if `actor` may see it; otherwise it does not exist."""
    match actor:
        case Reporter() if room is not None and actor.room == room.id:
            return room
        case Responder() if room is not None and actor.organization == room.organization:
            return room
        case _:
            raise NotFound
