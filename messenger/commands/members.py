"""Members: how they come, are approved, and go; and the rehearsal of the recovery key."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from messenger.commands.asking import ask_recovery_key, refuse_arguments
from messenger.commands.running import Slug, read_settings, with_parts
from messenger.domain.errors import BadSetting
from messenger.domain.people import Member, Standing
from messenger.parts import Parts
from messenger.services.recovery import Rehearsal

Login = Annotated[str, typer.Argument(help="What they sign in with.")]


def invite(
    slug: Slug,
    login: Login,
    name: Annotated[str, typer.Argument(help="As colleagues know them: “Ana Ruiz”.")],
    email: Annotated[str, typer.Option(help="Where to tell them that somebody waits.")] = "",
) -> None:
    """Invite a member; prints the link for them."""

    async def work(parts: Parts) -> str:
        return await parts.membership.invite(slug, login, name, email)

    settings = read_settings()
    _tell_link(settings.origin, with_parts(work, settings), name)


def invite_again(slug: Slug, login: Login) -> None:
    """Give a member who forgot the password a new way in; the old one ends at once."""

    async def work(parts: Parts) -> tuple[str, bool]:
        had_somebody = await _has_somebody(parts, slug)
        code = await parts.membership.invite_again(slug, login)
        return code, had_somebody and not await _has_somebody(parts, slug)

    settings = read_settings()
    code, nobody_left = with_parts(work, settings)
    _tell_link(settings.origin, code, login)
    if nobody_left:
        typer.echo(
            f"\nNobody is left in {slug}: until {login} is in again, nobody can read its reports.\n"
            "Approve them with the recovery key."
        )


def list_members(slug: Slug) -> None:
    """List the members of an organization."""

    async def work(parts: Parts) -> Sequence[Member]:
        return await parts.membership.members(slug)

    lines = [_describe(member) for member in with_parts(work)]
    typer.echo("\n".join(lines) or f"There is no member yet: messenger invite {slug}")


def rename_member(
    slug: Slug,
    login: Login,
    name: Annotated[str | None, typer.Option(help="As colleagues know them.")] = None,
    shown_name: Annotated[
        str | None, typer.Option(help="What reporters see; may be empty.")
    ] = None,
    email: Annotated[str | None, typer.Option(help="Where mail goes; may be empty.")] = None,
) -> None:
    """Change what a member is called."""
    if name is None and shown_name is None and email is None:
        raise BadSetting("Say what to change: --name, --shown-name or --email.")

    async def work(parts: Parts) -> Member:
        return await parts.membership.rename(
            slug, login, name=name, shown_name=shown_name, email=email
        )

    typer.echo(_describe(with_parts(work)))


def disable_member(slug: Slug, login: Login) -> None:
    """End a member's access at once."""

    async def work(parts: Parts) -> tuple[Member, bool]:
        member = await parts.membership.disable(slug, login)
        return member, await _has_somebody(parts, slug)

    member, somebody_left = with_parts(work)
    typer.echo(f"{member.name} is signed out everywhere and can't come back.")
    if somebody_left:
        typer.echo("The team's key changes when the next member signs in.")
    else:
        typer.echo(
            f"Nobody is left in {slug}: invite somebody and approve them with the recovery key."
        )


def approve_member(
    context: typer.Context,
    slug: Slug,
    login: Login,
    fingerprint: Annotated[
        str, typer.Option(help="The digits the member reads out; at a terminal, you are asked.")
    ] = "",
) -> None:
    """Approve a member with the recovery key, read from standard input."""
    refuse_arguments(context)

    async def find(parts: Parts) -> str:
        return await parts.membership.fingerprint(slug, login)

    async def work(parts: Parts) -> Member:
        return await parts.membership.approve_with_recovery(slug, login, recovery_key)

    digits = with_parts(find)
    _compare(digits, fingerprint, login)
    recovery_key = ask_recovery_key()
    typer.echo(f"{with_parts(work).name} is approved. Their key: {digits}")


def rehearse_recovery(context: typer.Context, slug: Slug) -> None:
    """Prove that the recovery key, read from standard input, opens everything; reads nothing."""
    refuse_arguments(context)
    recovery_key = ask_recovery_key()

    async def work(parts: Parts) -> Rehearsal:
        return await parts.membership.read_with_recovery(slug, recovery_key)

    rehearsal = with_parts(work)
    opened = rehearsal.rooms - len(rehearsal.lost)
    typer.echo(f"The recovery key opens the team's key and {opened} of {rehearsal.rooms} reports.")
    if rehearsal.lost:
        numbers = ", ".join(f"R-{number}" for number in rehearsal.lost)
        typer.echo(f"It does not open {numbers}: compare with a backup.", err=True)
        raise typer.Exit(1)


async def _has_somebody(parts: Parts, slug: str) -> bool:
    members = await parts.membership.members(slug)
    return any(member.standing is Standing.ACTIVE for member in members)


def _tell_link(origin: str, code: str, name: str) -> None:
    typer.echo(
        f"For {name} alone, for seven days, by a way you trust:\n\n"
        f"{origin}/console/join#{code}\n\n"
        "They set a password; then a colleague approves them in the console, or\n"
        "`messenger approve-member` does with the recovery key."
    )


def _compare(digits: str, told: str, login: str) -> None:
    """A key that was slipped into the database has other digits than the member's screen."""
    if told:
        if "".join(filter(str.isdigit, told)) != digits.replace(" ", ""):
            raise BadSetting(
                f"The database has {digits} for {login}. Approve nobody; find out why."
            )
    elif sys.stdin.isatty():
        typer.confirm(f"Does {login} see {digits} on their screen?", abort=True, err=True)
    else:
        raise BadSetting(
            f"Have {login} read out the digits on their screen, and say --fingerprint with them: the "
            "key in the database may be somebody else's. At a terminal, you are asked."
        )


def _describe(member: Member) -> str:
    duty = "on duty" if member.on_duty else "off duty"
    shown = f"shown as {member.shown_name}" if member.shown_name else ""
    words = (member.login, member.name, member.standing, duty, member.email, shown)
    return "  ".join(word for word in words if word)
