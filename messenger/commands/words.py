"""The words of an organization: what reporters read, and the responses its team has ready."""

from collections.abc import Sequence
from typing import Annotated

import typer

from messenger.commands.running import Slug, with_parts
from messenger.domain.errors import BadSetting
from messenger.domain.people import Canned
from messenger.parts import Parts


def set_wording(
    slug: Slug,
    greeting: Annotated[str | None, typer.Option(help="The first sentence reporters read.")] = None,
    who_reads: Annotated[str | None, typer.Option(help="Who reads reports, in words.")] = None,
    emergency: Annotated[
        list[str] | None,
        typer.Option(
            help="“Town police: 555-0100”; may be repeated. Replaces the numbers set before; 911 and 988 always stay."
        ),
    ] = None,
) -> None:
    """Change what reporters read. An empty text goes back to the usual words."""
    given = [number for number in emergency if number] if emergency is not None else None

    async def work(parts: Parts) -> None:
        await parts.practice.set_wording(
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
        await parts.practice.add_canned(slug, title, body)

    with_parts(work)
    typer.echo(f"“{title}” is ready.")


def list_canned(slug: Slug) -> None:
    """List the responses that are ready for the team."""

    async def work(parts: Parts) -> Sequence[Canned]:
        return await parts.practice.canned(slug)

    lines = [f"{one.title}\n  {' '.join(one.body.split())}" for one in with_parts(work)]
    typer.echo("\n".join(lines) or f"There is none: messenger add-canned {slug}")


def remove_canned(
    slug: Slug, title: Annotated[str, typer.Argument(help="As list-canned shows it.")]
) -> None:
    """Offer a response to the team no more."""

    async def work(parts: Parts) -> None:
        await parts.practice.remove_canned(slug, title)

    with_parts(work)
    typer.echo(f"“{title}” is gone.")
