"""Posters and cards with a code to scan, to print."""

from pathlib import Path
from typing import Annotated

import typer

from messenger.app import HERE, words
from messenger.commands.running import read_settings, with_parts, write_file
from messenger.parts import Parts
from messenger.web.sheets import Sheet, WayIn


def poster(
    code: Annotated[str, typer.Argument(help="The access code.")],
    out: Annotated[Path, typer.Option(help="Write it there, as PDF.")],
    size: Annotated[Sheet, typer.Option(help="A poster, or a card for the wallet.")] = Sheet.LETTER,
) -> None:
    """Make a poster or a card for an access code, to print."""
    # What draws PDFs takes a fifth of the time that all of Messenger takes to load: nothing else waits for it.
    from messenger.web.printed import print_way_in  # noqa: PLC0415

    settings = read_settings()
    code = code.strip()

    async def work(parts: Parts) -> WayIn:
        organization, school = await parts.administration.whose_code(code)
        link = f"{settings.origin}/c/{code}"
        return WayIn(school or organization.name, link, code, organization.emergency)

    way_in = with_parts(work, settings)
    write_file(out, print_way_in(way_in, size, HERE / "static" / "fonts", words().gettext))
    typer.echo(f"{out} is ready to print.")
