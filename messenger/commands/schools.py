"""The schools of an organization, and the access codes that lead to them."""

from typing import Annotated

import typer

from messenger.commands.running import Slug, read_settings, with_parts
from messenger.parts import Parts

School = Annotated[str, typer.Argument(metavar="SCHOOL", help="As list-organizations shows it.")]


def add_school(slug: Slug, name: Annotated[str, typer.Argument(help="“Lincoln High”.")]) -> None:
    """Add a school to an organization."""

    async def work(parts: Parts) -> str:
        return (await parts.administration.add_school(slug, name)).name

    typer.echo(f"{with_parts(work)} is there.")


def rename_school(
    slug: Slug, school: School, name: Annotated[str, typer.Argument(help="Its new name.")]
) -> None:
    """Rename a school, in the reports that name it too."""

    async def work(parts: Parts) -> str:
        return (await parts.administration.rename_school(slug, school, name)).name

    typer.echo(f"It is {with_parts(work)} now.")


def remove_school(slug: Slug, school: School) -> None:
    """Remove a school that no code leads to and no report names."""

    async def work(parts: Parts) -> str:
        return (await parts.administration.remove_school(slug, school)).name

    typer.echo(f"{with_parts(work)} is gone.")


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


def remove_code(
    slug: Slug, code: Annotated[str, typer.Argument(help="As list-organizations shows it.")]
) -> None:
    """Have an access code lead nowhere; links and posters with it as well."""

    async def work(parts: Parts) -> None:
        await parts.administration.remove_code(slug, code)

    with_parts(work)
    typer.echo(
        f"{code} leads nowhere. Who follows a link or a poster with it is asked for their school."
    )
