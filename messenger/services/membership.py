"""Members as an operator sees them: invited, renamed, disabled, approved by the recovery key; its rehearsal."""

from dataclasses import replace

from messenger.domain.errors import BadSetting
from messenger.domain.naming import check_mail, check_name, check_shown_name
from messenger.domain.people import Member, Standing
from messenger.ports.security import Vault
from messenger.ports.storage import Directory, MemberChanges, Rooms
from messenger.services.keyring import Keyring
from messenger.services.recovery import Recovery, Rehearsal
from messenger.services.roster import Roster
from messenger.services.signin import SignIn
from messenger.services.typed import Typed

_NOT_WAITING = {
    Standing.INVITED: "has not opened the invitation and set a password yet",
    Standing.ACTIVE: "is approved already",
    Standing.DISABLED: "is disabled; `messenger invite-again` lets them start anew",
}


class Membership:
    """Everybody is called by their organization's short name and their login.

    What cannot be done is refused as `BadSetting`, with words that say what to do instead.
    """

    def __init__(
        self,
        directory: Directory,
        rooms: Rooms,
        vault: Vault,
        keyring: Keyring,
        signin: SignIn,
        roster: Roster,
    ) -> None:
        self._directory = directory
        self._vault = vault
        self._keyring = keyring
        self._signin = signin
        self._roster = roster
        self._typed = Typed(directory)
        self._recovery = Recovery(rooms, keyring, vault)

    async def invite(self, slug: str, login: str, name: str, email: str = "") -> str:
        """Add a member; return the invitation's code, which is told once and not kept."""
        organization = await self._typed.organization(slug)
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
        member = await self._typed.member(slug, login)
        return await self._signin.invite_again(member.organization, member.id)

    async def members(self, slug: str) -> list[Member]:
        """Return the members of an organization."""
        return await self._directory.members((await self._typed.organization(slug)).id)

    async def rename(
        self,
        slug: str,
        login: str,
        *,
        name: str | None = None,
        shown_name: str | None = None,
        email: str | None = None,
    ) -> Member:
        """Change what a member is called or mailed at; what is None stays."""
        member = await self._typed.member(slug, login)
        changes = MemberChanges()
        if name is not None:
            changes["name"] = check_name(name)
        if shown_name is not None:
            changes["shown_name"] = check_shown_name(shown_name)
        if email is not None:
            changes["email"] = check_mail(email)
        await self._directory.change_member(member, **changes)
        self._roster.forget()
        return replace(member, **changes)

    async def disable(self, slug: str, login: str) -> Member:
        """End a member's access at once."""
        member = await self._typed.member(slug, login)
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
        organization, member = (
            await self._typed.organization(slug),
            await self._waiting(slug, login),
        )
        team = await self._recovery.unlock(organization, recovery_key)
        await self._keyring.approve(team, member.id, member.public_key)
        self._roster.forget()
        self._keyring.forget()
        return member

    async def read_with_recovery(self, slug: str, recovery_key: str) -> Rehearsal:
        """Open every conversation's key with the recovery key, and read nothing."""
        return await self._recovery.rehearse(await self._typed.organization(slug), recovery_key)

    async def _waiting(self, slug: str, login: str) -> Member:
        member = await self._typed.member(slug, login)
        if member.standing is not Standing.PENDING:
            raise BadSetting(f"{member.name} {_NOT_WAITING[member.standing]}.")
        return member
