"""What the pages of schools ask the service for. Nothing here knows a visitor, or asks who one is."""

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from messenger.domain.errors import NotFound
from messenger.web import identity
from messenger.web.desks import desks_of
from messenger.web.middleware import ANCESTORS
from messenger.web.ready import Ready
from messenger.web.visit import organization_out


class StatusOut(msgspec.Struct):
    """Whether somebody is there, in a few words for a button; `text` may be empty."""

    here: bool
    text: str


async def status(request: Request) -> Ready:
    """GET /widget/status/CODE, when nobody has asked for it in the last half minute."""
    desks = desks_of(request.scope)
    found = await desks.directory.find_code(request.path_params["code"])
    if found is None:
        raise NotFound
    here, text = await desks.duty.in_short(found[0])
    content = msgspec.json.encode(StatusOut(here, text))
    return desks.shelf.put_status(request.scope["path"], content)


async def frame(request: Request) -> Response:
    """GET /frame/CODE: the tip line in a frame, on the pages of the organization's own origins alone."""
    desks, code = desks_of(request.scope), request.path_params["code"]
    found = await desks.directory.find_code(code)
    if found is None:
        raise NotFound
    if request.headers.get("sec-fetch-dest") == "document":
        return RedirectResponse(f"/c/{code}", 303)  # It is in a tab of its own.
    names = await desks.roster.names(found[0])
    school = identity.school_value(*found)
    context = {
        "framed": code,
        "org": organization_out(names, desks),
        "origins": names.frame_origins,
        "jar": f"code={code}; {identity.cookie_name(desks, identity.SCHOOL)}={school}",
        "locked": f"{identity.cookie_name(desks, identity.LEFT)}=locked",
        "leave_url": desks.place.leave_url,
    }
    page = desks.pages.render(request, "widget/frame.html", context)
    request.scope[ANCESTORS] = " ".join(names.frame_origins) or "'none'"
    page.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return page
