"""Organizations: schools, access codes, hours, wording, responses."""

from datetime import date
from typing import Annotated

import typer

from messenger.commands.running import read_settings, with_parts
from messenger.domain.duty import DutyHours, say_hours
from messenger.domain.errors import BadSetting
from messenger.domain.people import Organization
from messenger.parts import Parts

Slug = Annotated[str, typer.Argument(metavar="ORG", help="The organization's short name.")]


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
    typer.echo(
        f"{organization.name} is there. Its recovery key, shown this once and kept nowhere:\n\n"
        f"{recovery_key}\n\n"
        "Write it on paper, twice, and lock it away in two places. It opens every report when all\n"
        "members are gone or have forgotten their passwords, and nothing else can. You need it now\n"
        "to approve the first member.\n\n"
        f"Next:  messenger add-code {organization.slug} CODE\n"
        f'       messenger set-hours {organization.slug} "mon-fri 7:30-16:00"\n'
        f"       messenger invite {organization.slug} LOGIN NAME"
    )


def list_organizations() -> None:
    """List the organizations with their schools, codes and hours."""

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
        found = listed.get(slug) or await parts.administration.organization(slug)
        return await parts.moving.move(found.id, shard)

    moved = with_parts(work)
    typer.echo(
        f"{slug} is in {shard} now: {moved['room']:,} reports, {moved['event']:,} messages and notes.\n"
        "Every row was read back there, and is gone from where it was."
    )


def add_school(slug: Slug, name: Annotated[str, typer.Argument(help="“Lincoln High”.")]) -> None:
    """Add a school to an organization."""

    async def work(parts: Parts) -> str:
        return (await parts.administration.add_school(slug, name)).name

    typer.echo(f"{with_parts(work)} is there.")


def add_code(
    slug: Slug,
    code: Annotated[str, typer.Argument(help="What stands on posters: LINCOLN.")],
    *,
    school: Annotated[str, typer.Option(help="The school it leads to; else all of it.")] = "",
    replace: Annotated[
        bool, typer.Option("--replace", help="Take it from what it leads to now.")
    ] = False,
) -> None:
    """Add an access code: public, easy to say, and no secret."""

    async def work(parts: Parts) -> str:
        return await parts.administration.add_code(slug, code, school, replacing=replace)

    settings = read_settings()
    before = with_parts(work, settings)
    typer.echo(f"{code} leads to {school or slug}: {settings.origin}/c/{code}")
    if before:
        typer.echo(f"Before, it led to {before}.")


def set_hours(
    slug: Slug,
    hours: Annotated[str, typer.Argument(help="“mon-fri 7:30-16:00; sat 9-12”, always, never.")],
) -> None:
    """Set the hours in which the team is on duty."""

    async def work(parts: Parts) -> DutyHours:
        return await parts.administration.set_duty_hours(slug, hours)

    typer.echo(f"On duty: {_say(with_parts(work))}")


def add_holiday(
    slug: Slug, day: Annotated[str, typer.Argument(help="A day without duty: 2026-12-25.")]
) -> None:
    """Add a day on which nobody is on duty."""
    try:
        parsed = date.fromisoformat(day)
    except ValueError:
        raise BadSetting(f"“{day}” is not a day. Write it like 2026-12-25.") from None

    async def work(parts: Parts) -> DutyHours:
        return await parts.administration.add_holiday(slug, parsed)

    typer.echo(f"On duty: {_say(with_parts(work))}")


def set_wording(
    slug: Slug,
    greeting: Annotated[str | None, typer.Option(help="The first sentence reporters read.")] = None,
    who_reads: Annotated[str | None, typer.Option(help="Who reads reports, in words.")] = None,
    emergency: Annotated[
        list[str] | None, typer.Option(help="“Town police: 555-0100”; may be repeated.")
    ] = None,
) -> None:
    """Change what reporters read. An empty text goes back to the usual words."""
    given = [number for number in emergency if number] if emergency is not None else None

    async def work(parts: Parts) -> None:
        await parts.administration.set_wording(
            slug, greeting=greeting, who_reads=who_reads, emergency=given
        )

    if greeting is None and who_reads is None and emergency is None:
        raise BadSetting("Say what to change: --greeting, --who-reads or --emergency.")
    with_parts(work)
    typer.echo("Reporters read it from now on.")


def add_canned(
    slug: Slug,
    title: Annotated[str, typer.Argument(help="What the team picks it by.")],
    body: Annotated[str, typer.Argument(help="What it says.")],
) -> None:
    """Keep a response ready for the team."""

    async def work(parts: Parts) -> None:
        await parts.administration.add_canned(slug, title, body)

    with_parts(work)
    typer.echo(f"“{title}” is ready.")


def allow_frame(
    slug: Slug,
    origin: Annotated[str, typer.Argument(help="Exactly: https://www.lincoln.example.org")],
) -> None:
    """Let a school's site show the tip line in a frame on its pages."""

    async def work(parts: Parts) -> None:
        await parts.administration.allow_frame(slug, origin)

    with_parts(work)
    typer.echo(f"Pages of {origin} may show it in a frame: messenger widget CODE")


def forbid_frame(
    slug: Slug, origin: Annotated[str, typer.Argument(help="As list-frames shows it.")]
) -> None:
    """Take back what allow-frame allowed."""

    async def work(parts: Parts) -> None:
        await parts.administration.forbid_frame(slug, origin)

    with_parts(work)
    typer.echo(f"Pages of {origin} may not show it any more.")


def list_frames(slug: Slug) -> None:
    """List the sites that may show the tip line in a frame."""

    async def work(parts: Parts) -> list[str]:
        return await parts.administration.frame_origins(slug)

    typer.echo("\n".join(with_parts(work)) or "None may. That is the usual way.")


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
    return [
        f"{organization.slug}  {organization.name}{demo}",
        f"  hours    {_say(await parts.directory.duty_hours(organization.id))}",
        *(f"  school   {name}" for name in schools.values()),
        *(f"  code     {code}  {schools.get(of, '') if of else ''}".rstrip() for code, of in codes),
    ]


def _say(hours: DutyHours) -> str:
    days = ", ".join(day.isoformat() for day in sorted(hours.holidays))
    return f"{say_hours(hours.shifts)} ({hours.time_zone}){f'; not on {days}' if days else ''}"
