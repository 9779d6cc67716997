"""What operators type, found: an organization by its short name, a member by their login, and so on.

What is not there is a `BadSetting` that says what was probably meant.
"""

import difflib
from collections.abc import Mapping, Sequence
from typing import TypeVar

from messenger.domain.errors import BadSetting
from messenger.domain.people import Canned, Member, Organization, School
from messenger.ports.storage import Directory

T = TypeVar("T")


class Typed:
    """Looks things up by what they are called."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def organization(self, slug: str) -> Organization:
        """Return the organization of that short name."""
        found = await self._directory.organization_of_slug(slug)
        if found is None:
            slugs = [organization.slug for organization in await self._directory.organizations()]
            raise BadSetting(f"There is no organization “{slug}”. {known(slug, slugs)}")
        return found

    async def member(self, slug: str, login: str) -> Member:
        """Return the member of that login."""
        organization = await self.organization(slug)
        members = await self._directory.members(organization.id)
        return _found(organization, "member", login, {one.login: one for one in members})

    async def school(self, organization: Organization, name: str) -> School:
        """Return the school of that name, however its letters and spaces are."""
        schools = await self._directory.schools(organization.id)
        return _found(organization, "school", name, {one.name: one for one in schools})

    async def response(self, organization: Organization, title: str) -> Canned:
        """Return the canned response of that title, however its letters and spaces are."""
        ready = await self._directory.canned(organization.id)
        return _found(organization, "response", title, {one.title: one for one in ready})

    async def schools(self, organization: Organization) -> dict[str, School]:
        """Return the schools by their names in small letters."""
        schools = await self._directory.schools(organization.id)
        return {school.name.casefold(): school for school in schools}

    async def responses(self, organization: Organization) -> dict[str, Canned]:
        """Return the canned responses by their titles in small letters."""
        ready = await self._directory.canned(organization.id)
        return {canned.title.casefold(): canned for canned in ready}


def known(typed: str, names: Sequence[str]) -> str:
    """Say what was probably meant, else what there is."""
    near = difflib.get_close_matches(typed, names, 1, 0.5)
    if near:
        return f"Did you mean “{near[0]}”?"
    if not names:
        return "There is none yet."
    return f"There is {', '.join(names[:8])}{' ...' if len(names) > 8 else ''}."


def _found(organization: Organization, kind: str, typed: str, named: Mapping[str, T]) -> T:
    folded = {name.casefold(): thing for name, thing in named.items()}
    found = folded.get(" ".join(typed.split()).casefold())
    if found is None:
        hint = known(typed, list(named))
        raise BadSetting(f"{organization.name} has no {kind} “{typed}”. {hint}")
    return found
