"""The widget's snippets for an access code, and a page to look at them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from messenger.app import HERE, words
from messenger.commands.running import read_settings, with_parts, write_file
from messenger.domain.errors import BadSetting
from messenger.parts import Parts
from messenger.web.loaders import current_loader
from messenger.web.pages import LANGUAGE
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
        bool,
        typer.Option(
            "--frame", help="Have the button open a frame, on the sites that allow-frame named."
        ),
    ] = False,
    preview: Annotated[Path | None, typer.Option(help="Write a page to look at there.")] = None,
) -> None:
    """Make the lines that a school puts on its site."""
    look = check_look(Look(label, position, colour, language, hide_on, status, frame))

    async def work(parts: Parts) -> tuple[str, str, list[str]]:
        organization, school = await parts.administration.whose_code(code)
        sites = await parts.administration.frame_origins(organization.slug)
        return school or organization.name, organization.slug, sites

    settings = read_settings()
    name, slug, sites = with_parts(work, settings)
    how_to_allow = f"messenger allow-frame {slug} https://THE.SITE.OF.THE.SCHOOL"
    if frame and not sites:
        raise BadSetting(f"No site may have a frame yet. Name yours: {how_to_allow}")
    snippets = make_snippets(settings.origin, code.strip(), look, sites)
    for snippet in snippets:
        typer.echo(f"{snippet.title}\n\n    {snippet.html}\n")
    if not sites:
        typer.echo(f"For a frame in the page, name the site that may have it: {how_to_allow}\n")
    typer.echo("What they do, what they can be told, and what nobody sees: docs/widget.md")
    if preview is not None:
        write_file(preview, render_preview(name, snippets).encode())
        typer.echo(f"{preview} is ready: open it in a browser, while the service runs.")


@dataclass(frozen=True, slots=True)
class Snippet:
    """A line to paste, with what it is for. A frame is not shown in a preview: that is no site's page."""

    title: str
    html: str
    in_preview: bool = True


def make_snippets(origin: str, code: str, look: Look, sites: Sequence[str]) -> list[Snippet]:
    """Return a link, a button, and a frame if there are sites that may have one."""
    loader, label = current_loader(HERE / "static"), look.label or LABEL
    where = f"on {' and '.join(sites)} alone"
    opens = f"a frame above itself, {where}" if look.framed else "a new tab"
    snippets = [
        Snippet(
            "A link, for any page, without a script:", link_snippet(f"{origin}/c/{code}", label)
        ),
        Snippet(f"A button that opens {opens}:", button_snippet(origin, code, loader, look)),
    ]
    if sites:
        title = f"A frame that stands in the page, {where}:"
        snippets.append(Snippet(title, frame_snippet(origin, code, label), in_preview=False))
    return snippets


def render_preview(name: str, snippets: Sequence[Snippet]) -> str:
    """Return a page of some school with all of them, and their text."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
    )
    environment.globals["_"] = words().gettext
    preview = environment.get_template("widget/preview.html")
    return preview.render(lang=LANGUAGE, name=name, snippets=snippets)
