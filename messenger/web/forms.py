"""Forms: read whole, bounded, and only from our own pages.

A page with `no-referrer` posts with `Origin: null`. That is accepted only when the browser itself
says it is the same origin, or the form carries a mark bound to the cookie.
"""

from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from messenger.domain.errors import BadForm
from messenger.web.bodies import body_so_far
from messenger.web.desks import Desks
from messenger.web.identity import REPORTER, RESPONDER, SCHOOL, cookie
from messenger.web.multipart import FIELDS_LIMIT, MultipartForm

FORM_MARK = "form-mark"
_BOUND_TO = {"reporter": (REPORTER, SCHOOL), "console": (RESPONDER,)}


async def read_form(request: Request, desks: Desks, side: str) -> dict[str, str]:
    """Return the form's fields; raises `BadForm` when it did not come from one of our pages."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind not in (b"application/x-www-form-urlencoded", b"multipart/form-data"):
        raise BadForm
    # Else the parts are decoded by whatever codec a stranger names, into what is no text.
    if options.get(b"charset", b"utf-8").lower() != b"utf-8":
        raise BadForm
    async with request.form(max_files=0, max_fields=FIELDS_LIMIT, max_part_size=128 * 1024) as raw:
        fields = {name: value for name, value in raw.items() if isinstance(value, str)}
    check_source(request, desks, side, fields.get("csrf", ""))
    return fields


async def open_form(
    request: Request, desks: Desks, side: str
) -> tuple[dict[str, str], MultipartForm | None]:
    """Return the fields, as `read_form` does, and the form itself if files may follow them."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        return await read_form(request, desks, side), None
    form = MultipartForm(options[b"boundary"], body_so_far(request))
    await form.read_fields()
    check_source(request, desks, side, form.fields.get("csrf", ""))
    return form.fields, form


def form_mark(request: Request, desks: Desks, side: str, new_cookie: str = "") -> str:
    """Return the hidden value that ties a form to this browser's cookie, if it has one.

    `new_cookie` is what the answer with the form in it sets.
    """
    value = new_cookie or _bound_cookie(request, desks, side)
    return desks.tokens.mark(FORM_MARK, value) if value else ""


def is_left_behind(request: Request, desks: Desks, side: str, mark: str) -> bool:
    """Return whether the form's visit is over: it was bound to a cookie, and there is none now.

    Whoever presses Back after somebody left, and posts such a form again, must see nothing of it.
    """
    return bool(mark) and not _bound_cookie(request, desks, side)


def is_of_reporter(request: Request, desks: Desks, mark: str) -> bool:
    """Return whether the form was bound to the very reporter's cookie that this browser still holds."""
    value = cookie(request, desks, REPORTER)
    return bool(value) and desks.tokens.check_mark(FORM_MARK, value, mark)


def check_source(request: Request, desks: Desks, side: str, mark: str = "") -> None:
    """Raise `BadForm` for what did not come from one of our own pages."""
    origin = request.headers.get("origin")
    if origin is not None and origin != "null":
        if origin in desks.place.origins:
            return
        raise BadForm
    if request.headers.get("sec-fetch-site") == "same-origin":
        return
    value = _bound_cookie(request, desks, side)
    if not value or not desks.tokens.check_mark(FORM_MARK, value, mark):
        raise BadForm


def _bound_cookie(request: Request, desks: Desks, side: str) -> str:
    values = (cookie(request, desks, name) for name in _BOUND_TO[side])
    return next((value for value in values if value), "")
