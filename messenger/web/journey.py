"""The reporter's journey: one address, `/`. A view is where they look, an act is what they do.

`go=VIEW` shows a view and keeps what was typed; `do=ACT` acts and leads back to `/` (a script is shown
it at once: onward.py), or shows the view again with errors beside their fields. What `/` shows follows
from where the browser stands.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from secrets import token_urlsafe

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from messenger.domain.errors import PASSING
from messenger.web import identity, reporter_acts, reporter_views
from messenger.web.desks import Desks, desks_of
from messenger.web.forms import is_left_behind, open_form, read_form
from messenger.web.middleware import ANCESTORS
from messenger.web.multipart import MultipartForm
from messenger.web.visit import Visit, open_visit

View = Callable[[Visit], Awaitable[Response]]

VIEWS: dict[str, View] = {
    "find": reporter_views.find,
    "start": reporter_views.start,
    "report": reporter_views.report,
    "talk": reporter_views.talk,
    "return": reporter_views.come_back,
    "privacy": reporter_views.privacy,
    "receipt": reporter_views.receipt,
    "room": reporter_views.room,
    "introduce": reporter_views.room,
    "held": reporter_views.held,
}
"""Where a reporter can look. Each is a state that the accessibility test visits."""

ACTS: dict[str, View] = {
    "find": reporter_acts.find,
    "change_school": reporter_acts.change_school,
    "send_report": reporter_acts.send_report,
    "send_talk": reporter_acts.send_talk,
    "open": reporter_acts.come_back,
    "keep": reporter_acts.keep,
    "say": reporter_acts.say,
    "introduce": reporter_acts.introduce,
    "delete": reporter_acts.delete,
}
"""What a reporter can do."""


async def show(request: Request) -> Response:
    """GET /: where the browser stands."""
    visit = await open_visit(request, desks_of(request.scope))
    over = identity.cookie(request, visit.desks, identity.LEFT)
    if not over:
        return await reporter_views.here(visit)
    page = await reporter_views.gone(visit, "locked") if over == "locked" else visit.home()
    await _end_visit(request, visit.desks, page)
    return page


async def move(request: Request) -> Response:
    """POST /: look somewhere else, or act."""
    desks = desks_of(request.scope)
    form, enclosed = await open_form(request, desks, "reporter")
    try:
        return await _move(request, form, enclosed)
    finally:
        if enclosed is not None:
            await enclosed.pass_over()


async def _move(request: Request, form: dict[str, str], enclosed: MultipartForm | None) -> Response:
    desks = desks_of(request.scope)
    if is_left_behind(request, desks, "reporter", form.get("csrf", "")):
        return RedirectResponse("/", 303)
    if enclosed is not None and "enclosing" in form:
        # The button that sends files stands behind them; no other one sends its form this way.
        form.setdefault("do", form["enclosing"])
    form["draft_id"] = form.get("draft_id") or token_urlsafe(16)
    visit = await open_visit(request, desks, form)
    visit.enclosed = enclosed
    if "pick" in form:
        return await reporter_acts.pick(visit)
    table, name = (ACTS, form["do"]) if "do" in form else (VIEWS, form.get("go", "start"))
    return await table.get(name, reporter_acts.unknown)(visit)


async def arrive(request: Request) -> Response:
    """GET /c/CODE: the code in a link becomes a cookie, and the address the neutral one."""
    desks = desks_of(request.scope)
    response = RedirectResponse("/", 303)
    found = await desks.directory.find_code(request.path_params["code"])
    if identity.cookie(request, desks, identity.LEFT):
        await _end_visit(request, desks, response)
    # Not the school that was looked up before: a report would go there, though the link meant another.
    school = identity.school_value(*found) if found else identity.UNKNOWN
    identity.set_cookie(response, desks, identity.SCHOOL, school)
    return response


async def history(request: Request) -> Response:
    """GET /history: the conversation alone, for the frame of our pages without scripts."""
    request.scope[ANCESTORS] = "'self'"
    visit = await open_visit(request, desks_of(request.scope))
    return await reporter_views.history(visit)


async def leave(request: Request) -> Response:
    """POST /leave: end the session, clear the site's traces, and be somewhere else."""
    desks = desks_of(request.scope)
    await read_form(request, desks, "reporter")
    response = RedirectResponse(desks.place.leave_url, 303)
    await _end_visit(request, desks, response)
    return response


async def lock(request: Request) -> Response:
    """POST /lock: nobody was here for a while. The receipt opens the room again."""
    visit = await open_visit(request, desks_of(request.scope))
    await read_form(request, visit.desks, "reporter")
    page = await reporter_views.gone(visit, "locked")
    await _end_visit(request, visit.desks, page)
    # The script that locks goes on to `/`, which then says why there is nothing to see.
    identity.set_cookie(page, visit.desks, identity.LEFT, "locked")
    return page


async def _end_visit(request: Request, desks: Desks, response: Response) -> None:
    """End the session of who was here, and take their cookies away."""
    token = identity.token_left(request, desks)
    if token is not None:
        # In an outage, too: nobody holds the token any more, and its session ends by itself.
        with suppress(*PASSING):
            await desks.reporting.leave(token)
        desks.revocation.end(token.session)
    for name in identity.OF_A_VISIT:
        identity.drop_cookie(response, desks, name)
    if identity.cookie(request, desks, identity.LEFT):
        identity.drop_cookie(response, desks, identity.LEFT)
    # Cookies are dropped one by one above: browsers wait long for "cookies" in this header.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
