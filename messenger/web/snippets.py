"""The lines a school's web master pastes. Each is a whole snippet: plain HTML, and nothing inline to run."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from messenger.domain.errors import BadSetting
from messenger.domain.naming import check_name
from messenger.web.loaders import Loader

LABEL_LIMIT = 60
POSITIONS = ("right", "left", "here")
_COLOUR = re.compile(r"#[0-9a-f]{6}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)
_NEW_TAB = {"target": "_blank", "rel": "noopener noreferrer", "referrerpolicy": "no-referrer"}


@dataclass(frozen=True, slots=True)
class Look:
    """How the button looks. Empty is as usual; `hide_on` are paths, each of which may end in *."""

    label: str = ""
    position: str = "right"
    colour: str = ""
    language: str = ""
    hide_on: str = ""
    status: bool = False
    framed: bool = False
    """Opens a frame above the button instead of a tab."""


def check_look(look: Look) -> Look:
    """Return what the script can do, or raise `BadSetting` with what to type instead."""
    if look.label and len(check_name(look.label)) > LABEL_LIMIT:
        raise BadSetting(f"A label has at most {LABEL_LIMIT} characters.")
    if look.position not in POSITIONS:
        raise BadSetting(f"“{look.position}” is no position. There is {', '.join(POSITIONS)}.")
    if look.colour and _COLOUR.fullmatch(look.colour.lower()) is None:
        raise BadSetting(f"“{look.colour}” is no colour. Write it like “#0b4d54”.")
    if look.language and _LANGUAGE.fullmatch(look.language) is None:
        raise BadSetting(f"“{look.language}” is no language. Write it like “es” or “pt-BR”.")
    paths = [path.strip() for path in look.hide_on.split(",")] if look.hide_on else []
    if not all(path.startswith("/") for path in paths):
        raise BadSetting("Pages without a button are paths with commas between: “/staff*, /lunch”.")
    return look


def link_snippet(link: str, label: str) -> str:
    """Return a plain link: it works everywhere, without a script and without us."""
    return f"<a {_attributes({'href': link, **_NEW_TAB})}>{escape(label)}</a>"


def button_snippet(origin: str, code: str, loader: Loader, look: Look) -> str:
    """Return the script that draws a button, pinned to its content."""
    options = {
        "data-label": look.label,
        "data-position": "" if look.position == "right" else look.position,
        "data-colour": look.colour.lower(),
        "data-lang": look.language,
        "data-hide-on": look.hide_on,
    }
    given = {name: value for name, value in options.items() if value}
    attributes = {
        "src": f"{origin}{loader.path}",
        "integrity": loader.integrity,
        "crossorigin": "anonymous",
        "referrerpolicy": "no-referrer",
        "data-code": code,
        **given,
    }
    status, frame = " data-status" * look.status, " data-frame" * look.framed
    return f"<script async {_attributes(attributes)}{status}{frame}></script>"


def frame_snippet(origin: str, code: str, label: str) -> str:
    """Return a frame to stand in a page, for the origins that may have one."""
    attributes = {
        "src": f"{origin}/frame/{code}",
        "title": label,
        "width": "100%",
        "height": "680",
        "referrerpolicy": "no-referrer",
        "allow": "clipboard-write",
    }
    return f"<iframe {_attributes(attributes)}></iframe>"


def _attributes(values: Mapping[str, str]) -> str:
    return " ".join(f'{name}="{escape(value)}"' for name, value in values.items())
