"""Files over HTTP: announcing, sending in pieces, asking how far, cancelling, and seeing.

The same for both sides: a reporter's below /attachments, a member's below /console/rooms/ROOM/attachments.
Who comes with a cookie must come from our own pages; a program shows its token (`Authorization: Bearer`).
"""

import logging
from collections.abc import AsyncIterator
from secrets import token_urlsafe
from typing import Annotated

from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from messenger.domain.access import Responder
from messenger.domain.attachment import (
    ACCEPTED,
    INLINE,
    MEGABYTE,
    Announced,
    Part,
    Progress,
)
from messenger.domain.errors import AnotherRoom, BadFrame, CannotClean, NotFound, Reason, Refusal
from messenger.domain.ids import RoomId
from messenger.domain.room import Room
from messenger.ports.security import SEGMENT
from messenger.services.attached import Upload
from messenger.services.reporting import WayIn
from messenger.services.sealing import Unlocked
from messenger.services.viewing import Exhibit
from messenger.web.bodies import body_so_far
from messenger.web.call import BrokenOff
from messenger.web.desks import Desks, desks_of
from messenger.web.forms import check_source, read_form
from messenger.web.identity import REPORTER, RESPONDER, check_responder, cookie, reporter_by
from messenger.web.programs import Body, bearer, json_of, parse_body
from messenger.web.ranges import Unsatisfiable, find_range

_log = logging.getLogger("messenger.web")

PIECE_TYPE = "application/offset+octet-stream"
"""No form can send this: a foreign page would have to ask first, and we never allow it."""
POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""Opened by itself, a file may do nothing at all."""


class AnnounceIn(Body, forbid_unknown_fields=True):
    """A file that is about to come. `id` is the client's own: the same again is the same file.

    `room`, if it is named, must be the one that the sender is in.
    """

    id: str
    type: Annotated[str, Meta(max_length=100)]
    size: Annotated[int, Meta(ge=0, le=2**53)]
    alt: str = ""
    mark: str = ""
    keep_original: bool = False
    room: str = ""


class AttachmentOut(Body):
    """How far a file has come: `offset` bytes of `size` are safe. `mark` is as it was announced.

    Once the file is done the mark is gone, and `size` and `offset` are of what was made of it.

    `progress`: `arriving`, `ready` (cleaned), `there` (shown in the room) or `refused`; then `refused`
    says why, to be shown.
    """

    attachment: str
    id: str
    progress: str
    offset: int
    size: int
    refused: str = ""
    mark: str = ""


class UnfinishedOut(Body):
    """What may be sent (in megabytes, and files a room), and what was begun and is not done."""

    image_mb: int
    video_mb: int
    audio_mb: int
    pdf_mb: int
    files: int
    accept: str
    piece: int
    unfinished: list[AttachmentOut]


async def unfinished(request: Request) -> Response:
    """GET .../attachments."""
    desks, here, _ = await _enter(request)
    found = await desks.uploads.unfinished(here)
    limits = desks.uploads.limits
    answer = UnfinishedOut(
        limits.image // MEGABYTE, limits.video // MEGABYTE, limits.audio // MEGABYTE,
        limits.pdf // MEGABYTE, limits.files, ACCEPTED, SEGMENT,
        [_out(desks, each) for each in found],
    )  # fmt: skip
    return json_of(answer)


async def announce(request: Request) -> Response:
    """POST .../attachments."""
    desks, here, _ = await _enter(request)
    body = parse_body(await request.body(), AnnounceIn)
    # A cookie is the browser's, not the page's: in another tab it may have become another room's.
    if body.room not in {"", here.room}:
        raise AnotherRoom
    upload = await desks.uploads.announce(
        here,
        body.id,
        Announced(body.type, body.size, body.alt, body.mark),
        keeps_original=body.keep_original,
    )
    return json_of(_out(desks, upload), 201)


async def find(request: Request) -> Response:
    """GET .../attachments/ID."""
    desks, here, _ = await _enter(request)
    return json_of(_out(desks, await desks.registrar.own(here, _id(request))))


async def receive(request: Request) -> Response:
    """PATCH .../attachments/ID: a piece, from the byte that `Upload-Offset` says."""
    desks, here, _ = await _enter(request)
    offset = request.headers.get("upload-offset", "")
    if request.headers.get("content-type") != PIECE_TYPE or not _is_number(offset):
        raise BadFrame
    upload = await desks.uploads.receive(here, _id(request), int(offset), body_so_far(request))
    return json_of(_out(desks, upload))


async def finish(request: Request) -> Response:
    """POST .../attachments/ID/finish: ask again as long as it is `arriving`."""
    desks, here, _ = await _enter(request)
    upload = await desks.finishing.finish(here, _id(request), desks.admission.aside)
    return json_of(_out(desks, upload))


async def cancel(request: Request) -> Response:
    """DELETE .../attachments/ID."""
    desks, here, _ = await _enter(request)
    await desks.uploads.cancel(here, _id(request))
    return Response(status_code=204)


async def content(request: Request) -> Response:
    """GET .../attachments/ID/content: to be saved, or shown in a page with `?inline`."""
    desks, here, _ = await _enter(request)
    exhibit = await desks.viewing.look(here, _id(request))
    return await _served(request, exhibit, inline="inline" in request.query_params)


async def preview(request: Request) -> Response:
    """GET .../attachments/ID/preview."""
    desks, here, room = await _enter(request)
    exhibit = await desks.viewing.preview(here, room, _id(request))
    return await _served(request, exhibit, inline=True)


async def break_glass(request: Request) -> Response:
    """POST /console/rooms/ROOM/attachments/ID/break-glass: what is kept apart, for a reason."""
    form = await read_form(request, desks_of(request.scope), "console")
    desks, here, _ = await _enter(request)
    part = Part.ORIGINAL if form.get("part") == Part.ORIGINAL else Part.CLEANED
    exhibit = await desks.viewing.break_glass(
        here, form.get("id") or token_urlsafe(16), _id(request), part, form.get("reason", "")
    )
    return await _served(request, exhibit, inline=False)


async def _enter(request: Request) -> tuple[Desks, Unlocked, Room]:
    """Let in who asks, to the room they ask about."""
    desks = desks_of(request.scope)
    room = request.path_params.get("room")
    has_token = bearer(request) != ""
    if not has_token and request.method not in {"GET", "HEAD"}:
        check_source(request, desks, "reporter" if room is None else "console")
    if room is None:
        way_in = await _way_in(request, desks)
        return desks, desks.chat.unlock(way_in.reporter, way_in.room), way_in.room
    responder = await _responder(request, desks)
    return desks, *await desks.chat.enter(responder, RoomId(room))


async def _way_in(request: Request, desks: Desks) -> WayIn:
    # Whoever comes with a token is not asked where from: then no cookie counts.
    way_in = await reporter_by(desks, bearer(request) or cookie(request, desks, REPORTER))
    if way_in is None:
        raise NotFound
    return way_in


async def _responder(request: Request, desks: Desks) -> Responder:
    return await check_responder(desks, bearer(request) or cookie(request, desks, RESPONDER))


async def _served(request: Request, exhibit: Exhibit, *, inline: bool) -> Response:
    shown = inline and exhibit.media_type in INLINE
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Disposition": "inline" if shown else f'attachment; filename="{exhibit.name}"',
        "Content-Security-Policy": POLICY,
    }
    media_type = exhibit.media_type if shown else "application/octet-stream"
    try:
        asked = find_range(request.headers.get("range", ""), exhibit.size)
    except Unsatisfiable:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{exhibit.size}"})
    start, stop = asked or (0, exhibit.size)
    headers["Content-Length"] = str(stop - start)
    if asked:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{exhibit.size}"
    status = 206 if asked else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=media_type)
    pieces = exhibit.stream(start, stop)
    # Before its size is promised: of what is gone, or can't be reached, that is told instead.
    first = await anext(pieces, b"")
    return StreamingResponse(_begun(first, pieces), status, headers, media_type)


async def _begun(first: bytes, others: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    try:
        async for piece in others:
            yield piece
    except Refusal as refusal:
        if refusal.status >= 500:
            _log.error("broke off a file on its way out: %s", refusal.code)
        raise BrokenOff from None


def _out(desks: Desks, upload: Upload) -> AttachmentOut:
    return AttachmentOut(
        upload.id,
        upload.attachment.client_id,
        upload.attachment.progress,
        upload.offset,
        upload.size,
        _why_refused(desks, upload),
        upload.announced.mark,
    )


def _why_refused(desks: Desks, upload: Upload) -> str:
    if upload.attachment.progress is not Progress.REFUSED or upload.result is None:
        return ""
    return CannotClean(Reason(upload.result.refused)).words(desks.pages.say)


def _id(request: Request) -> str:
    return str(request.path_params["attachment"])


def _is_number(raw: str) -> bool:
    return raw.isascii() and raw.isdigit() and len(raw) < 16
