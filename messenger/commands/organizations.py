"""Organizations: made, changed, listed, moved."""

from typing import Annotated

import typer

from messenger.commands.hours import say_duty
from messenger.commands.running import Slug, with_parts
from messenger.domain.errors import BadSetting
from messenger.domain.people import Organization
from messenger.parts import Parts
from messenger.services.typed import Typed


def add_organization(
    name: Annotated[str, typer.Argument(help="As people call it: “Riverbend Schools”.")],
    slug: Annotated[str, typer.Option(help="A short name for commands: riverbend.")],
    time_zone: Annotated[str, typer.Option(help="Where it is: America/Chicago.")],
) -> None:
    """Add an organization, and tell its recovery key. Once: write it down."""

    async def work(parts: Parts) -> tuple[Organization, str]:
        _check_no_demo(await parts.directory.organizations())
        return await parts.administration.add_organization(name, slug, time_zone)

    organization, recovery_key = with_parts(work)
    _tell_recovery_key(f"{organization.name} is there. Its recovery key", recovery_key)
    typer.echo(
        f"\nNext:  messenger add-code {organization.slug} CODE\n"
        f'       messenger set-hours {organization.slug} "mon-fri 7:30-16:00"\n'
        f"       messenger invite {organization.slug} LOGIN NAME"
    )


def renew_recovery_key(slug: Slug) -> None:
    """Tell another recovery key where the first was not told or is lost, before anybody is approved."""

    async def work(parts: Parts) -> tuple[Organization, str]:
        return await parts.administration.renew_recovery_key(slug)

    organization, recovery_key = with_parts(work)
    _tell_recovery_key(
        f"An earlier recovery key of {organization.name} opens nothing any more. The new one",
        recovery_key,
    )


def change_organization(
    slug: Slug,
    name: Annotated[str | None, typer.Option(help="As people call it.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="Where it is: America/Chicago.")] = None,
) -> None:
    """Change what an organization is called, or where its duty hours are counted."""
    if name is None and time_zone is None:
        raise BadSetting("Say what to change: --name or --time-zone.")

    async def work(parts: Parts) -> Organization:
        return await parts.administration.change_organization(slug, name=name, time_zone=time_zone)

    changed = with_parts(work)
    typer.echo(f"{changed.slug} is {changed.name} now, in {changed.time_zone}.")


def list_organizations() -> None:
    """List the organizations: their schools, codes, hours and words."""

    async def work(parts: Parts) -> list[str]:
        found = await parts.directory.organizations()
        return [line for one in found for line in await _describe(parts, one)]

    lines = with_parts(work)
    typer.echo("\n".join(lines) or "There is no organization yet: messenger add-organization")


def move_organization(
    slug: Slug, shard: Annotated[str, typer.Argument(help="As MESSENGER_SHARDS calls it; or home.")]
) -> None:
    """Move an organization to another database, while its people talk."""

    async def work(parts: Parts) -> dict[str, int]:
        if parts.moving is None:
            raise BadSetting("There is one database only: set MESSENGER_SHARDS, on every host.")
        # By the list: of one that is stuck on its way, nothing else can be read.
        listed = {one.slug: one for one in await parts.directory.organizations()}
        found = listed.get(slug) or await Typed(parts.directory).organization(slug)
        return await parts.moving.move(found.id, shard)

    moved = with_parts(work)
    typer.echo(
        f"{slug} is in {shard} now: {moved['room']:,} reports, {moved['event']:,} messages and notes.\n"
        "Every row was read back there, and is gone from where it was."
    )


def _tell_recovery_key(whose: str, recovery_key: str) -> None:
    typer.echo(
        f"{whose}, shown this once and kept nowhere:\n\n"
        f"{recovery_key}\n\n"
        "Write it on paper, twice, and lock it away in two places. It opens every report when all\n"
        "members are gone or have forgotten their passwords, and nothing else can. You need it now\n"
        "to approve the first member."
    )


def _check_no_demo(organizations: list[Organization]) -> None:
    """Beside the demo, whose passwords are public, nothing real is served beyond loopback."""
    if any(organization.demo for organization in organizations):
        raise BadSetting(
            "This data folder holds the demo. Set MESSENGER_DATA to another folder for a real "
            "organization, for this command and all that follow."
        )


async def _describe(parts: Parts, organization: Organization) -> list[str]:
    schools = {school.id: school.name for school in await parts.directory.schools(organization.id)}
    codes = await parts.directory.codes(organization.id)
    demo = "  (demo: no second factor)" if organization.demo else ""
    said = (("greeting", organization.greeting), ("read by", organization.who_reads))
    return [
        f"{organization.slug}  {organization.name}{demo}",
        f"  hours    {say_duty(await parts.directory.duty_hours(organization.id))}",
        *(f"  school   {name}" for name in schools.values()),
        *(f"  code     {code}  {schools.get(of, '') if of else ''}".rstrip() for code, of in codes),
        *(f"  {what:<8} {' '.join(text.split())}" for what, text in said if text),
        *(f"  number   {label}: {number}" for label, number in organization.emergency),
    ]
