"""For the operator's monitor: is the process alive, can it do its work."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from messenger.domain.errors import StoreDown
from messenger.web.desks import desks_of


async def live(request: Request) -> Response:
    """GET /health/live: the process answers."""
    del request
    return PlainTextResponse("ok\n")


async def ready(request: Request) -> Response:
    """GET /health/ready: and its database does. Without Redis it can still do its work."""
    desks = desks_of(request.scope)
    try:
        await desks.directory.organizations()
    except StoreDown:
        return PlainTextResponse("the database does not answer\n", 503)
    if not desks.is_bus_well():
        return PlainTextResponse("ok, but Redis does not answer: others' news comes late\n")
    return PlainTextResponse("ok\n")
