"""What programs send and are told, clients of others and our own scripts: JSON."""

import re
from typing import TypeVar

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from messenger.domain.errors import BadFrame

T = TypeVar("T")

_THEIRS = re.compile(r"/api/|(/console/rooms/[^/]+)?/attachments(/|$)")
_FOLLOWED = ("/content", "/break-glass")
"""Below attachments, where people's links and forms lead; a program that goes there shows its token."""


class Body(Struct):
    """What travels between programs and us. A `repr` says of which kind it is: words and tokens are in it."""

    def __repr__(self) -> str:
        return type(self).__name__


def is_program(request: Request) -> bool:
    """Whether who asks reads JSON, also when it is refused."""
    path = request.scope["path"]
    if request.headers.get("accept", "").startswith("application/json"):
        return True
    if _THEIRS.match(path) is None:
        return False
    return not path.endswith(_FOLLOWED) or bearer(request) != ""


def bearer(request: Request) -> str:
    """Return the token that a program shows, or an empty string."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token if kind.lower() == "bearer" else ""


def parse_body(raw: bytes, kind: type[T]) -> T:
    """Return what was sent; raises `BadFrame` for anything that is not exactly that."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadFrame from None


def json_of(body: Body, status: int = 200) -> Response:
    """Return an answer."""
    return Response(msgspec.json.encode(body), status, media_type="application/json")
