"""The widget's snippets for an access code, and a page to look at them."""

from gettext import NullTranslations
from pathlib import Path
from typing import Annotated

import typer
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from messenger.app import HERE, Parts
from messenger.commands.running import read_settings, with_parts, write_file
from messenger.domain.errors import BadSetting
from messenger.web.loaders import current_loader
from messenger.web.snippets import Look, button_snippet, check_look, frame_snippet, link_snippet

LABEL = "Report anonymously"


def widget(
    code: Annotated[str, typer.Argument(help="The access code.")],
    *,
    label: Annotated[str, typer.Option(help="What the button says.")] = "",
    position: Annotated[
        str, typer.Option(help="right, left, or here: where the line is.")
    ] = "right",
    colour: Annotated[str, typer.Option(help="Its ground, like #0b4d54.")] = "",
    language: Annotated[str, typer.Option(help="The label's language, like es.")] = "",
    hide_on: Annotated[str, typer.Option(help="Paths without it: “/staff*, /lunch”.")] = "",
    status: Annotated[
        bool, typer.Option("--status", help="Say whether somebody is there.")
    ] = False,
    frame: Annotated[
        bool, typer.Option("--frame", help="In a frame, where allow-frame lets it.")
    ] = False,
    preview: Annotated[Path | None, typer.Option(help="Write a page to look at there.")] = None,
) -> None:
    """Make the lines that a school puts on its site."""
    look = check_look(Look(label, position, colour, language, hide_on, status, frame))

    async def work(parts: Parts) -> str:
        organization, school = await parts.administration.whose_code(code)
        if frame and not await parts.administration.frame_origins(organization.slug):
            raise BadSetting(f"No site may have a frame: messenger allow-frame {organization.slug}")
        return school or organization.name

    settings = read_settings()
    name = with_parts(work, settings)
    snippets = make_snippets(settings.origin, code.strip(), look)
    for title, snippet in snippets.items():
        typer.echo(f"{title}\n\n    {snippet}\n")
    typer.echo("What they do, what they can be told, and what nobody sees: docs/widget.md")
    if preview is not None:
        write_file(preview, render_preview(name, snippets).encode())
        typer.echo(f"{preview} is ready: open it in a browser, while the service runs.")


def make_snippets(origin: str, code: str, look: Look) -> dict[str, str]:
    """Return each snippet under what it is for."""
    loader, label = current_loader(HERE / "static"), look.label or LABEL
    link = link_snippet(f"{origin}/c/{code}", label)
    button = button_snippet(origin, code, loader, look)
    snippets = {"A link, for any page, without a script:": link}
    if not look.framed:
        return {**snippets, "A button that opens a new tab:": button}
    return {
        **snippets,
        "A button that opens a frame:": button,
        "A frame that stands in the page:": frame_snippet(origin, code, label),
    }


def render_preview(name: str, snippets: dict[str, str]) -> str:
    """Return a page of some school with all of them, and their text."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
    )
    environment.globals["_"] = NullTranslations().gettext
    return environment.get_template("widget/preview.html").render(name=name, snippets=snippets)
