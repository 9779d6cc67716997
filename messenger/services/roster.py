"""The names people go by, kept at hand. Forgotten whenever anything about them changes."""

from messenger.domain.errors import NotFound
from messenger.domain.events import Author, Role
from messenger.domain.ids import MemberId, OrganizationId, SchoolId
from messenger.domain.people import Member, Organization, Standing
from messenger.ports.storage import Directory
from messenger.protocol.frames import Person


class Names:
    """An organization with its members and schools, as they were when last read."""

    __slots__ = ("frame_origins", "members", "on_duty", "organization", "schools")

    def __init__(
        self,
        organization: Organization,
        members: dict[MemberId, Member],
        schools: dict[SchoolId, str],
        frame_origins: tuple[str, ...] = (),
    ) -> None:
        self.organization = organization
        self.members = members
        self.on_duty = [member for member in members.values() if _is_on_duty(member)]
        self.schools = schools
        self.frame_origins = frame_origins

    def person(self, author: Author, viewer: Role) -> Person:
        """Say who `author` is, as far as `viewer` may know: reporters see only chosen names."""
        if author.member is None:
            return Person(author.role)
        member = self.members.get(author.member)
        if viewer is Role.REPORTER:
            return Person(author.role, member.shown_name if member else "")
        return Person(author.role, member.name if member else "", author.member)

    def responder(self, member: MemberId | None, viewer: Role) -> Person | None:
        """Say who holds the claim."""
        return None if member is None else self.person(Author(Role.TEAM, member), viewer)


class Roster:
    """Names by organization."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._known: dict[OrganizationId, Names] = {}

    def at_hand(self, organization: OrganizationId) -> Names | None:
        """Return the names if they need not be read: after every message they are asked for."""
        return self._known.get(organization)

    async def names(self, organization: OrganizationId) -> Names:
        """Return the names; raises `NotFound` for an organization that is not there."""
        remembered = self._known
        known = remembered.get(organization)
        if known is None:
            known = remembered[organization] = await self._read(organization)
        return known

    def forget(self) -> None:
        """Read again next time."""
        # Not cleared: what is being read now may be older, and goes into the one nobody asks again.
        self._known = {}

    async def _read(self, id: OrganizationId) -> Names:
        organization = await self._directory.find_organization(id)
        if organization is None:
            raise NotFound
        members = {member.id: member for member in await self._directory.members(id)}
        schools = {school.id: school.name for school in await self._directory.schools(id)}
        origins = tuple(await self._directory.frame_origins(id))
        return Names(organization, members, schools, origins)


def _is_on_duty(member: Member) -> bool:
    return member.on_duty and member.standing is Standing.ACTIVE
