"""What an operator sets up: organizations, schools, codes, hours, wording, members, recovery."""

import difflib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo, available_timezones

from messenger.domain.canned import FIRST_CANNED
from messenger.domain.duty import DutyHours, parse_hours
from messenger.domain.errors import BadSetting
from messenger.domain.ids import OrganizationId, SchoolId
from messenger.domain.naming import (
    check_code,
    check_mail,
    check_name,
    check_slug,
    check_wording,
    parse_emergency,
)
from messenger.domain.origins import check_origin
from messenger.domain.people import Canned, Member, Organization, School, Standing
from messenger.domain.recovery_key import write_recovery_key
from messenger.domain.text import check_body
from messenger.ports.security import Vault
from messenger.ports.storage import Directory, Keys, Rooms
from messenger.ports.world import Chance, Clock
from messenger.services.ids import new_id
from messenger.services.keyring import Keyring, first_generation
from messenger.services.recovery import Recovery, Rehearsal
from messenger.services.roster import Roster
from messenger.services.signin import SignIn

_NOT_WAITING = {
    Standing.INVITED: "has not opened the invitation and set a password yet",
    Standing.ACTIVE: "is approved already",
    Standing.DISABLED: "is disabled; `messenger invite-again` lets them start anew",
}


class Administration:
    """Everything is called by what people type: the short name, the login, the school's name.

    What cannot be used is refused as `BadSetting`, with words that say what to type instead.
    """

    def __init__(
        self,
        directory: Directory,
        keys: Keys,
        rooms: Rooms,
        vault: Vault,
        keyring: Keyring,
        signin: SignIn,
        roster: Roster,
        chance: Chance,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._keys = keys
        self._vault = vault
        self._keyring = keyring
        self._signin = signin
        self._roster = roster
        self._chance = chance
        self._clock = clock
        self._recovery = Recovery(rooms, keyring, vault)

    # Organizations and schools

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
            await self._add_canned(organization, title, body)
        self._roster.forget()
        return organization, write_recovery_key(pair.private)

    async def organization(self, slug: str) -> Organization:
        """Return the organization of that short name."""
        found = await self._directory.organization_of_slug(slug)
        if found is None:
            known = [organization.slug for organization in await self._directory.organizations()]
            raise BadSetting(f"There is no organization “{slug}”. {_known(slug, known)}")
        return found

    async def add_school(self, slug: str, name: str) -> School:
        """Add a school, unless there is one of that name."""
        organization, name = await self.organization(slug), check_name(name)
        if name.casefold() in await self._schools(organization):
            raise BadSetting(f"{organization.name} has a school “{name}” already.")
        school = School(SchoolId(new_id(self._chance)), organization.id, name)
        await self._directory.add_school(school)
        self._roster.forget()
        return school

    async def add_code(
        self, slug: str, code: str, school: str = "", *, replacing: bool = False
    ) -> str:
        """Have an access code lead to an organization, or to one of its schools.

        Return where it led before, if that was elsewhere: then only if `replacing`.
        """
        organization, code = await self.organization(slug), check_code(code)
        of = (await self._school(organization, school)).id if school else None
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

    async def whose_code(self, code: str) -> tuple[Organization, str]:
        """Return where an access code leads: the organization, and the name of the school if any."""
        found = await self._directory.find_code(code)
        organization = await self._directory.find_organization(found[0]) if found else None
        if found is None or organization is None:
            raise BadSetting(f"There is no access code “{code}”: messenger add-code")
        school = await self._directory.find_school(found[1]) if found[1] else None
        return organization, school.name if school else ""

    async def shortcomings(self, organization: Organization) -> list[str]:
        """Say what keeps an organization from being reached, or its reports from being read."""
        members = await self._directory.members(organization.id)
        found = {
            "has no active member, so nobody can read its reports: `messenger invite`": not any(
                member.standing is Standing.ACTIVE for member in members
            ),
            "has no access code, so nobody finds it: `messenger add-code`": not (
                await self._directory.codes(organization.id)
            ),
            "has no duty hours, so reporters read that nobody is on duty: `messenger set-hours`": (
                not (await self._directory.duty_hours(organization.id)).shifts
            ),
            "waits for a new team key since somebody left: have any member sign in": (
                await self._keys.rotation_due(organization.id)
            ),
        }
        return [f"{organization.slug} {text}" for text, is_so in found.items() if is_so]

    # Hours and words

    async def set_duty_hours(self, slug: str, hours: str) -> DutyHours:
        """Replace the week, and keep the holidays."""
        organization, week = await self.organization(slug), parse_hours(hours)
        before = await self._directory.duty_hours(organization.id)
        changed = replace(before, shifts=week)
        await self._directory.set_duty_hours(organization.id, changed)
        return changed

    async def add_holiday(self, slug: str, day: date) -> DutyHours:
        """Have no shift start on a day to come."""
        organization = await self.organization(slug)
        before = await self._directory.duty_hours(organization.id)
        if day < self._clock().astimezone(ZoneInfo(organization.time_zone)).date():
            raise BadSetting(f"{day.isoformat()} is over. Write a day to come, like 2027-01-01.")
        changed = replace(before, holidays=before.holidays | {day})
        await self._directory.set_duty_hours(organization.id, changed)
        return changed

    async def set_wording(
        self,
        slug: str,
        *,
        greeting: str | None = None,
        who_reads: str | None = None,
        emergency: Sequence[str] | None = None,
    ) -> Organization:
        """Change what reporters read; what is None stays, what is empty goes."""
        organization = await self.organization(slug)
        if greeting is not None:
            organization = replace(organization, greeting=check_wording(greeting))
        if who_reads is not None:
            organization = replace(organization, who_reads=check_wording(who_reads))
        if emergency is not None:
            numbers = tuple(parse_emergency(number) for number in emergency)
            organization = replace(organization, emergency=numbers)
        await self._directory.update_organization(organization)
        self._roster.forget()
        return organization

    async def add_canned(self, slug: str, title: str, body: str) -> None:
        """Keep a response ready for the team."""
        await self._add_canned(await self.organization(slug), title, body)

    # Frames

    async def allow_frame(self, slug: str, origin: str) -> None:
        """Let the pages of an origin show the tip line in a frame."""
        organization = await self.organization(slug)
        await self._directory.add_frame_origin(organization.id, check_origin(origin))
        self._roster.forget()

    async def forbid_frame(self, slug: str, origin: str) -> None:
        """Take that back. Frames that are open stay so until they are closed or loaded again."""
        organization = await self.organization(slug)
        if not await self._directory.remove_frame_origin(organization.id, origin):
            known = await self._directory.frame_origins(organization.id)
            raise BadSetting(f"“{origin}” is not on the list. {_known(origin, known)}")
        self._roster.forget()

    async def frame_origins(self, slug: str) -> list[str]:
        """Return the origins that may."""
        return await self._directory.frame_origins((await self.organization(slug)).id)

    # Members

    async def invite(self, slug: str, login: str, name: str, email: str = "") -> str:
        """Add a member; return the invitation's code, which is told once and not kept."""
        organization = await self.organization(slug)
        member = await self._directory.member_of_login(login.strip())
        if member is not None and member.organization == organization.id:
            raise BadSetting(
                f"The login “{member.login}” is taken: {member.name} has it ({member.standing}). For a "
                f"new link for them: `messenger invite-again {slug} {member.login}`. For somebody else "
                "choose another login."
            )
        return await self._signin.invite(organization.id, login, name, email)

    async def invite_again(self, slug: str, login: str) -> str:
        """Give a member a new way in; the old one ends at once."""
        member = await self.member(slug, login)
        return await self._signin.invite_again(member.organization, member.id)

    async def members(self, slug: str) -> list[Member]:
        """Return the members of an organization."""
        return await self._directory.members((await self.organization(slug)).id)

    async def member(self, slug: str, login: str) -> Member:
        """Return the member of that login."""
        organization, members = await self.organization(slug), await self.members(slug)
        found = {member.login.casefold(): member for member in members}
        member = found.get(login.strip().casefold())
        if member is None:
            hint = _known(login, list(found))
            raise BadSetting(f"{organization.name} has no member “{login}”. {hint}")
        return member

    async def rename_member(
        self,
        slug: str,
        login: str,
        *,
        name: str | None = None,
        shown_name: str | None = None,
        email: str | None = None,
    ) -> Member:
        """Change what a member is called or mailed at; what is None stays."""
        member = await self.member(slug, login)
        if name is not None:
            member = replace(member, name=check_name(name))
        if shown_name is not None:
            member = replace(member, shown_name=check_name(shown_name) if shown_name else "")
        if email is not None:
            member = replace(member, email=check_mail(email))
        await self._directory.update_member(member)
        self._roster.forget()
        return member

    async def disable_member(self, slug: str, login: str) -> Member:
        """End a member's access at once."""
        member = await self.member(slug, login)
        if member.standing is Standing.DISABLED:
            raise BadSetting(f"{member.name} is disabled already.")
        await self._signin.disable(member.organization, member.id)
        return member

    # Recovery

    async def fingerprint(self, slug: str, login: str) -> str:
        """Return the digits that a member waiting for approval sees, too."""
        return self._vault.fingerprint((await self._waiting(slug, login)).public_key)

    async def approve_with_recovery(self, slug: str, login: str, recovery_key: str) -> Member:
        """Hand a pending member the team's key, by the recovery key instead of a colleague's."""
        organization, member = await self.organization(slug), await self._waiting(slug, login)
        team = await self._recovery.unlock(organization, recovery_key)
        await self._keyring.approve(team, member.id, member.public_key)
        self._roster.forget()
        self._keyring.forget()
        return member

    async def read_with_recovery(self, slug: str, recovery_key: str) -> Rehearsal:
        """Open every conversation's key with the recovery key, and read nothing."""
        return await self._recovery.rehearse(await self.organization(slug), recovery_key)

    async def _waiting(self, slug: str, login: str) -> Member:
        member = await self.member(slug, login)
        if member.standing is not Standing.PENDING:
            raise BadSetting(f"{member.name} {_NOT_WAITING[member.standing]}.")
        return member

    async def _schools(self, organization: Organization) -> dict[str, School]:
        schools = await self._directory.schools(organization.id)
        return {school.name.casefold(): school for school in schools}

    async def _school(self, organization: Organization, name: str) -> School:
        schools = await self._schools(organization)
        found = schools.get(" ".join(name.split()).casefold())
        if found is None:
            hint = _known(name, [school.name for school in schools.values()])
            raise BadSetting(f"{organization.name} has no school “{name}”. {hint}")
        return found

    async def _add_canned(self, organization: Organization, title: str, body: str) -> None:
        canned = Canned(new_id(self._chance), check_name(title), check_body(body))
        await self._directory.add_canned(organization.id, canned)


def check_time_zone(raw: str) -> str:
    """Return an IANA time zone, like America/Chicago."""
    if raw not in available_timezones():
        raise BadSetting(
            f"“{raw}” is not a time zone. {_known(raw, sorted(available_timezones()))}"
        )
    return raw


def _known(typed: str, known: Sequence[str]) -> str:
    """Say what was probably meant, else what there is."""
    near = difflib.get_close_matches(typed, known, 1, 0.5)
    if near:
        return f"Did you mean “{near[0]}”?"
    if not known:
        return "There is none yet."
    return f"There is {', '.join(known[:8])}{' ...' if len(known) > 8 else ''}."
