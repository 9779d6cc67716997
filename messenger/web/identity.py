"""Cookies: who comes back, for which school, and that a visit is over. None lasts; scripts see but the last.

A program has no cookies: it shows the token that would be in one.
"""

import re

from starlette.requests import Request
from starlette.responses import Response

from messenger.domain.access import Responder
from messenger.domain.errors import NotFound, SignedOut
from messenger.domain.ids import OrganizationId, SchoolId
from messenger.ports.security import Token
from messenger.services import reporting, signin
from messenger.services.reporting import WayIn
from messenger.services.roster import Names
from messenger.services.signin import SignedIn
from messenger.web.desks import Desks

REPORTER = "reporter"
RESPONDER = "responder"
SCHOOL = "school"
UNKNOWN = "unknown"
"""What `SCHOOL` says of who came by a link with a code that we don't know."""
LEFT = "left"
"""Why a visit is over: "left" or "locked". Also set by a page's script before the server has heard of it."""
OF_A_VISIT = (REPORTER, SCHOOL)
KNOWN = "known"
"""Which member signed in here last, for as long as the browser stays open. It lets nobody in."""


def cookie_name(desks: Desks, name: str) -> str:
    """The `__Host-` prefix makes browsers insist on https, this host and every path."""
    return f"__Host-{name}" if desks.place.is_https else name


def cookie(request: Request, desks: Desks, name: str) -> str:
    """Return the raw value of one of our cookies, or an empty string."""
    return held(cookies_of(request), desks, name)


def held(cookies: str, desks: Desks, name: str) -> str:
    """Return the same from a header. What belongs to a visit that is over is not held."""
    over = name in OF_A_VISIT and find_cookie(cookies, cookie_name(desks, LEFT))
    return "" if over else find_cookie(cookies, cookie_name(desks, name))


def cookies_of(request: Request) -> str:
    """Return all that the browser holds, as one header."""
    return ";".join(request.headers.getlist("cookie"))


def find_cookie(cookies: str, name: str) -> str:
    """Return the value of that name, the last if there are several; or an empty string."""
    # Not by `Request.cookies`: before Python 3.12.6, reading a quoted one takes time by the square of
    # its length (CVE-2024-7592). Of ours only an empty one is ever quoted.
    values = re.findall(rf"(?:^|;)\s*{re.escape(name)}\s*=([^;]*)", cookies)
    return str(values[-1]).strip(' "') if values else ""


def set_cookie(response: Response, desks: Desks, name: str, value: str) -> None:
    """Set a cookie for this browser session only: no date, no other site, and but for `LEFT` no script."""
    response.set_cookie(
        cookie_name(desks, name), value,
        path="/", secure=desks.place.is_https, httponly=name != LEFT, samesite="lax",
    )  # fmt: skip


def drop_cookie(response: Response, desks: Desks, name: str) -> None:
    """Take a cookie away."""
    response.delete_cookie(
        cookie_name(desks, name),
        path="/", secure=desks.place.is_https, httponly=True, samesite="lax",
    )  # fmt: skip


def token_left(request: Request, desks: Desks) -> Token | None:
    """Return the token this browser holds, also if its visit is over."""
    text = find_cookie(cookies_of(request), cookie_name(desks, REPORTER))
    return desks.tokens.read(reporting.PURPOSE, text)


def reporter_token(request: Request, desks: Desks) -> Token | None:
    """Return the token this browser holds, bound to a room or not yet."""
    return desks.tokens.read(reporting.PURPOSE, cookie(request, desks, REPORTER))


async def find_reporter(
    request: Request, desks: Desks, within: OrganizationId | None = None
) -> WayIn | None:
    """Return the reporter of this browser, if their session is still there."""
    return await reporter_by(desks, cookie(request, desks, REPORTER), within)


async def reporter_by(
    desks: Desks, text: str, within: OrganizationId | None = None
) -> WayIn | None:
    """Return the reporter whose token `text` is, if their session is still there."""
    token = desks.tokens.read(reporting.PURPOSE, text)
    return await desks.reporting.find(token, within) if token else None


async def find_member(request: Request, desks: Desks) -> SignedIn | None:
    """Return the member signed in here, approved or not."""
    return await member_by(desks, cookie(request, desks, RESPONDER))


async def member_by(desks: Desks, text: str) -> SignedIn | None:
    """Return the member whose token `text` is, approved or not."""
    token = desks.tokens.read(signin.PURPOSE, text)
    return await desks.signin.find(token) if token else None


async def check_responder(desks: Desks, text: str) -> Responder:
    """Return the approved member whose token `text` is, or refuse."""
    signed_in = await member_by(desks, text)
    if signed_in is None:
        raise SignedOut
    return signed_in.check_approved()


async def check_member(request: Request, desks: Desks) -> SignedIn:
    """Return the member signed in here, or refuse."""
    signed_in = await find_member(request, desks)
    if signed_in is None:
        raise SignedOut
    return signed_in


def school_value(organization: OrganizationId, school: SchoolId | None) -> str:
    """Write down which school this browser came for."""
    return f"{organization}.{school or ''}"


async def find_school(desks: Desks, value: str) -> tuple[Names, SchoolId | None] | None:
    """Return the organization and school that `school_value` wrote down."""
    organization, _, school = value.partition(".")
    if not organization:
        return None
    try:
        names = await desks.roster.names(OrganizationId(organization))
    except NotFound:
        return None
    return names, SchoolId(school) if school in names.schools else None
