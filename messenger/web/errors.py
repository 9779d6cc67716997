"""Every refusal and every bug, worded for the person who meets it."""

import logging
from dataclasses import asdict

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)

from messenger.domain.errors import (
    NeedsSecondFactor,
    NotApproved,
    NotFound,
    Refusal,
    SignedOut,
    TooBusy,
)
from messenger.domain.marking import marked as _
from messenger.domain.work import NeedsWork
from messenger.web.desks import Desks, desks_of
from messenger.web.headers import BARE
from messenger.web.programs import is_program

_log = logging.getLogger("messenger.web")

STATIC_500 = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Home</title>'
    '<meta name="viewport" content="width=device-width"><h1>That did not work.</h1>'
    "<p>The mistake is ours. What was sent before is safe. Go back and try again in a minute. "
    "If someone is in danger now, call 911.</p></html>"
)

STATIC_503 = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Home</title>'
    '<meta name="viewport" content="width=device-width"><h1>Many people are here right now.</h1>'
    "<p>Keep this page open and reload it in half a minute. If your browser asks whether to send "
    "again, say yes: what you wrote goes with it. If someone is in danger now, call 911.</p></html>"
)


async def refused(request: Request, refusal: Exception) -> Response:
    """Word a refusal: as JSON for programs, as a page for people."""
    if not isinstance(refusal, Refusal):
        raise refusal
    desks = desks_of(request.scope)
    if refusal.status >= 500:
        # As an exception: of one, no message is written, and that of a cause may hold anything at all.
        _log.error("refused %s", refusal.code, exc_info=refusal)
    if is_program(request):
        return refusal_json(desks, refusal)
    if request.url.path.startswith("/console"):
        if isinstance(refusal, SignedOut):
            return RedirectResponse("/console/sign-in", 303)
        if isinstance(refusal, NeedsSecondFactor):
            return RedirectResponse("/console/second-factor", 303)
        if isinstance(refusal, NotApproved):
            return RedirectResponse("/console/waiting", 303)
    return _page(request, desks, refusal.status, refusal.words(desks.pages.say))


async def http_error(request: Request, error: Exception) -> Response:
    """Word what the router refuses: no such page, no such method, too large."""
    if not isinstance(error, HTTPException):
        raise error
    desks = desks_of(request.scope)
    if error.status_code == 404:
        return await refused(request, PageNotFound())
    text = desks.pages.say(_HTTP_TEXTS.get(error.status_code, Refusal.text))
    if is_program(request):
        return JSONResponse({"code": Refusal.code, "text": text}, error.status_code)
    return _page(request, desks, error.status_code, text)


async def bug(request: Request, error: Exception) -> Response:
    """A bug is logged once, by the server; the person sees a page that needs nothing to work."""
    del request, error
    # The server ends the connection then: who is not told would send what comes next into nothing.
    return HTMLResponse(STATIC_500, 500, {**BARE, "Connection": "close"})


def no_place(request: Request, seconds: int) -> Response:
    """Turn a request away before anything is done for it; come back in so many seconds."""
    headers = {**BARE, "Retry-After": str(seconds)}
    if is_program(request):
        return JSONResponse({"code": TooBusy.code, "text": TooBusy.text}, TooBusy.status, headers)
    return HTMLResponse(STATIC_503, TooBusy.status, headers)


def refusal_json(desks: Desks, refusal: Refusal) -> JSONResponse:
    """Return a refusal for programs: `code` never changes, `text` can be shown."""
    body: dict[str, object] = {"code": refusal.code, "text": refusal.words(desks.pages.say)}
    if isinstance(refusal, NeedsWork):
        body["puzzle"] = asdict(refusal.puzzle)
    return JSONResponse(body, refusal.status)


class PageNotFound(NotFound):
    """An address that leads nowhere."""

    text = _("There is nothing at this address.")


_HTTP_TEXTS = {
    405: _("This page can't be used that way. Go back and try again."),
    413: _("That is too much at once. Send it in two parts."),
}


def _page(request: Request, desks: Desks, status: int, text: str) -> Response:
    back = "/console" if request.url.path.startswith("/console") else "/"
    if "nonce" not in request.scope:
        return PlainTextResponse(text, status)
    title = desks.pages.say("That did not work.")
    context = {
        "status": status,
        "title": title,
        "text": text,
        "back": back,
        "leave_url": desks.place.leave_url,
    }
    return desks.pages.render(request, "errors/error.html", context, status)
