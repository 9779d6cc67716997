"""What an operator sets up: organizations, their schools, their access codes, the sites that may show them."""

from collections.abc import Sequence
from dataclasses import replace

from messenger.domain.canned import FIRST_CANNED
from messenger.domain.errors import BadSetting
from messenger.domain.ids import OrganizationId, SchoolId
from messenger.domain.naming import check_code, check_name, check_slug, check_time_zone
from messenger.domain.origins import check_origin
from messenger.domain.people import Canned, Member, Organization, School, Standing
from messenger.domain.recovery_key import write_recovery_key
from messenger.ports.security import Vault
from messenger.ports.storage import Directory, Keys
from messenger.ports.world import Chance
from messenger.services.ids import new_id
from messenger.services.keyring import first_generation
from messenger.services.roster import Roster
from messenger.services.typed import Typed, known


class Administration:
    """Everything is called by what people type: the short name, the school's name, the code.

    What cannot be used is refused as `BadSetting`, with words that say what to type instead.
    """

    def __init__(
        self, directory: Directory, keys: Keys, vault: Vault, roster: Roster, chance: Chance
    ) -> None:
        self._directory = directory
        self._keys = keys
        self._vault = vault
        self._roster = roster
        self._chance = chance
        self._typed = Typed(directory)

    async def add_organization(
        self, name: str, slug: str, time_zone: str, *, demo: bool = False
    ) -> tuple[Organization, str]:
        """Record an organization; return it with its recovery key, which is told once, never kept."""
        pair = self._vault.new_pair()
        organization = Organization(
            OrganizationId(new_id(self._chance)), check_slug(slug), check_name(name),
            check_time_zone(time_zone), recovery_key=pair.public, demo=demo,
        )  # fmt: skip
        generation, grant = first_generation(self._vault, organization.id, pair.public)
        await self._directory.add_organization(organization, generation, grant)
        for title, body in FIRST_CANNED:
            await self._directory.add_canned(
                organization.id, Canned(new_id(self._chance), title, body)
            )
        self._roster.forget()
        return organization, write_recovery_key(pair.private)

    async def renew_recovery_key(self, slug: str) -> tuple[Organization, str]:
        """Have it begin anew with another recovery key, as long as that closes nothing."""
        pair = self._vault.new_pair()
        organization = await self._typed.organization(slug)
        first = first_generation(self._vault, organization.id, pair.public)
        if not await self._keys.begin_anew(*first, pair.public):
            raise BadSetting(
                f"{organization.name} keeps its recovery key: a member is approved, a report came, or a "
                "code leads there, by which one may be on its way. While it is only a code: `messenger "
                "remove-code`, then again. Else there is no other key; see “The recovery key” in "
                "docs/operations.md."
            )
        self._roster.forget()
        return replace(organization, recovery_key=pair.public), write_recovery_key(pair.private)

    async def change_organization(
        self, slug: str, *, name: str | None = None, time_zone: str | None = None
    ) -> Organization:
        """Change what an organization is called, or where its hours are counted; what is None stays."""
        organization = await self._typed.organization(slug)
        if name is not None:
            organization = replace(organization, name=check_name(name))
        if time_zone is not None:
            organization = replace(organization, time_zone=check_time_zone(time_zone))
        await self._directory.update_organization(organization)
        self._roster.forget()
        return organization

    async def shortcomings(self, organization: Organization) -> list[str]:
        """Say what keeps an organization from being reached, or its reports from being read."""
        members = await self._directory.members(organization.id)
        found = {
            f"has no active member, so nobody can read its reports: {_next_step(members)}": not any(
                member.standing is Standing.ACTIVE for member in members
            ),
            "has no access code, so nobody finds it: `messenger add-code`": not (
                await self._directory.codes(organization.id)
            ),
            "has no duty hours, so reporters read that nobody is on duty: `messenger set-hours`": (
                not (await self._directory.duty_hours(organization.id)).shifts
            ),
            "waits for a new team key since somebody left: have any member open the console": (
                await self._keys.rotation_due(organization.id)
            ),
        }
        return [f"{organization.slug} {text}" for text, is_so in found.items() if is_so]

    # Schools and codes

    async def add_school(self, slug: str, name: str) -> School:
        """Add a school, unless there is one of that name."""
        organization, name = await self._typed.organization(slug), check_name(name)
        await self._check_new(organization, name)
        school = School(SchoolId(new_id(self._chance)), organization.id, name)
        await self._directory.add_school(school)
        self._roster.forget()
        return school

    async def rename_school(self, slug: str, name: str, new_name: str) -> School:
        """Have it called something else, in its reports too."""
        organization, new_name = await self._typed.organization(slug), check_name(new_name)
        school = await self._typed.school(organization, name)
        if new_name.casefold() != school.name.casefold():
            await self._check_new(organization, new_name)
        renamed = replace(school, name=new_name)
        await self._directory.rename_school(renamed)
        self._roster.forget()
        return renamed

    async def remove_school(self, slug: str, name: str) -> School:
        """Remove a school that no code leads to and no report names."""
        organization = await self._typed.organization(slug)
        school = await self._typed.school(organization, name)
        codes = [
            code for code, of in await self._directory.codes(organization.id) if of == school.id
        ]
        if codes:
            raise BadSetting(
                f"The code “{codes[0]}” leads to {school.name}: `messenger remove-code` first, or have it "
                "lead elsewhere with `messenger add-code --replace`."
            )
        if not await self._directory.remove_school(school):
            raise BadSetting(
                f"Reports name {school.name}, so it stays as long as they do. To tell people: "
                f'`messenger rename-school {slug} "{school.name}" "{school.name} (closed)"`.'
            )
        self._roster.forget()
        return school

    async def add_code(
        self, slug: str, code: str, school: str = "", *, replacing: bool = False
    ) -> str:
        """Have an access code lead to an organization, or to one of its schools.

        Return where it led before, if that was elsewhere: then only if `replacing`.
        """
        organization, code = await self._typed.organization(slug), check_code(code)
        of = (await self._typed.school(organization, school)).id if school else None
        before = await self._directory.find_code(code)
        moves = before is not None and before[0] == organization.id and before[1] != of
        led_to = (await self.whose_code(code))[1] or f"all of {slug}" if moves else ""
        if moves and not replacing:
            raise BadSetting(
                f"The code “{code}” leads to {led_to}. Choose another one, or say --replace to take "
                "it from there."
            )
        await self._directory.add_code(code, organization.id, of)
        return led_to

    async def remove_code(self, slug: str, code: str) -> None:
        """Have an access code lead nowhere. Another organization may take it from then on."""
        organization = await self._typed.organization(slug)
        if not await self._directory.remove_code(organization.id, code):
            codes = [code for code, _ in await self._directory.codes(organization.id)]
            raise BadSetting(f"{organization.name} has no code “{code}”. {known(code, codes)}")

    async def whose_code(self, code: str) -> tuple[Organization, str]:
        """Return where an access code leads: the organization, and the name of the school if any."""
        found = await self._directory.find_code(code)
        organization = await self._directory.find_organization(found[0]) if found else None
        if found is None or organization is None:
            raise BadSetting(f"There is no access code “{code}”: messenger add-code")
        school = await self._directory.find_school(found[1]) if found[1] else None
        return organization, school.name if school else ""

    # Frames

    async def allow_frame(self, slug: str, origin: str) -> None:
        """Let the pages of an origin show the tip line in a frame."""
        organization = await self._typed.organization(slug)
        await self._directory.add_frame_origin(organization.id, check_origin(origin))
        self._roster.forget()

    async def forbid_frame(self, slug: str, origin: str) -> None:
        """Take that back. Frames that are open stay so until they are closed or loaded again."""
        organization = await self._typed.organization(slug)
        if not await self._directory.remove_frame_origin(organization.id, origin):
            origins = await self._directory.frame_origins(organization.id)
            raise BadSetting(f"“{origin}” is not on the list. {known(origin, origins)}")
        self._roster.forget()

    async def frame_origins(self, slug: str) -> list[str]:
        """Return the origins that may."""
        return await self._directory.frame_origins((await self._typed.organization(slug)).id)

    async def _check_new(self, organization: Organization, name: str) -> None:
        if name.casefold() in await self._typed.schools(organization):
            raise BadSetting(f"{organization.name} has a school “{name}” already.")


def _next_step(members: Sequence[Member]) -> str:
    """Say what brings the first member in; somebody may be on the way."""
    logins = {member.standing: member.login for member in members}
    if pending := logins.get(Standing.PENDING):
        return f"{pending} waits for `messenger approve-member`"
    if invited := logins.get(Standing.INVITED):
        return f"{invited} has not opened the link yet; `messenger invite-again` makes a new one"
    return "`messenger invite`"
