"""The names things go by. All are random, none tells a time or an order."""

import re
from base64 import urlsafe_b64encode
from typing import NewType

from messenger.domain.errors import BadId

OrganizationId = NewType("OrganizationId", str)
SchoolId = NewType("SchoolId", str)
RoomId = NewType("RoomId", str)
MemberId = NewType("MemberId", str)
AttachmentId = NewType("AttachmentId", str)
ClientId = NewType("ClientId", str)
SessionId = NewType("SessionId", bytes)
"""A keyed-down hash of the id inside a token: what the server keeps instead of the token."""

ID_BYTES = 16
"""Enough that ids can be made anywhere without asking anyone (128 bits)."""

_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)


def check_client_id(raw: str) -> ClientId:
    """Return `raw` as the id a client gave to what it sends; 8 to 64 letters, digits, `-`, `_`."""
    if _CLIENT_ID.fullmatch(raw) is None:
        raise BadId
    return ClientId(raw)


def url_safe(raw: bytes) -> str:
    """Return `raw` as base64url without padding (RFC 4648, section 5)."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
