"""What every staff page gets, and the page that lets one in, with what was being written meanwhile."""

from starlette.requests import Request
from starlette.responses import Response

from messenger.services.signin import SignedIn
from messenger.web.desks import Desks
from messenger.web.forms import FORM_MARK, form_mark

WRITTEN = {"say": "body", "hand_over": "summary", "close": "note", "quarantine": "reason"}
"""What can be done in a room in words, and the field they are written in."""
CARRIED = ("room", "do", "to", "attachment", *WRITTEN.values())
"""What goes along while somebody signs in again."""


def shared(request: Request, desks: Desks, signed_in: SignedIn) -> dict[str, object]:
    """Return what every staff page gets."""
    member = signed_in.member
    return {
        "csrf": form_mark(request, desks, "console"),
        "you": {
            "id": member.id,
            "name": member.name or member.login,
            "login": member.login,
            "on_duty": member.on_duty,
            "shown_name": member.shown_name,
        },
    }


def words_in(form: dict[str, str]) -> str:
    """Return what was being written in a room; empty if nothing was."""
    return form.get(WRITTEN.get(form.get("do", ""), ""), "") if form.get("room") else ""


async def sign_in_page(
    request: Request, desks: Desks, form: dict[str, str], errors: dict[str, str]
) -> Response:
    """Ask to sign in, carrying along what was being written."""
    context = {
        "errors": errors,
        "demo": any(one.demo for one in await desks.directory.organizations()),
        "login": form.get("login", ""),
        "carried": {name: form.get(name, "") for name in CARRIED} if words_in(form) else {},
    }
    return desks.pages.render(request, "console/sign_in.html", context, 401 if errors else 200)


def unsent_page(
    request: Request, desks: Desks, signed_in: SignedIn, form: dict[str, str]
) -> Response:
    """Signed in again with something half written: it is here, to be looked at and sent."""
    context = {
        **{name: form.get(name, "") for name in CARRIED},
        "field": WRITTEN[form["do"]],
        "words": words_in(form),
        "errors": {},
        "csrf": desks.tokens.mark(FORM_MARK, signed_in.token.text),
    }
    return desks.pages.render(request, "console/unsent.html", context)
