"""A poster with a code to scan: one page that prints, needs nothing else, and asks nobody."""

from gettext import NullTranslations
from pathlib import Path
from typing import Annotated

import segno
import typer
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from messenger.app import HERE, Parts
from messenger.commands.running import read_settings, with_parts, write_file
from messenger.domain.people import Organization


def poster(
    code: Annotated[str, typer.Argument(help="The access code.")],
    out: Annotated[Path | None, typer.Option(help="Write it there, as HTML.")] = None,
) -> None:
    """Make a poster for an access code, to print."""

    async def work(parts: Parts) -> tuple[Organization, str]:
        return await parts.administration.whose_code(code)

    settings = read_settings()
    organization, school = with_parts(work, settings)
    code = code.strip()
    page = render(organization, school, code, f"{settings.origin}/c/{code}")
    if out is None:
        typer.echo(page)
        return
    write_file(out, page.encode())
    typer.echo(f"{out} is ready: open it in a browser and print it.")


def render(organization: Organization, school: str, code: str, link: str) -> str:
    """Return the page; `link` is what the square says to a phone's camera."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
    )
    environment.globals["_"] = NullTranslations().gettext
    square = segno.make(link, error="m", micro=False).svg_inline(omitsize=True, border=2)
    return environment.get_template("poster.html").render(
        organization=organization, school=school, code=code, link=link, square=square
    )
