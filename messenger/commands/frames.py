"""The sites of schools that may show the tip line in a frame."""

from typing import Annotated

import typer

from messenger.commands.running import Slug, with_parts
from messenger.parts import Parts


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
