"""What the widget asks the service for. It is asked by the pages of others: nothing here knows a visitor."""

import msgspec
from starlette.requests import Request

from messenger.domain.errors import NotFound
from messenger.web.desks import desks_of
from messenger.web.shelf import Ready


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
