"""The responder's pages: the queue and the rooms. All of it works by forms; scripts make it live."""

import re
from datetime import timedelta
from functools import partial
from secrets import token_urlsafe

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from messenger.domain.access import Responder
from messenger.domain.errors import NotFound, Refusal, SignedOut
from messenger.domain.ids import RoomId
from messenger.domain.moments import seconds
from messenger.domain.people import Standing
from messenger.domain.ranking import sections
from messenger.domain.report import CATEGORIES
from messenger.domain.room import Room
from messenger.protocol.frames import Row
from messenger.services.sealing import Unlocked
from messenger.services.signin import SignedIn
from messenger.web.desks import Desks, desks_of
from messenger.web.enclosures import take_files
from messenger.web.forms import open_form, read_form
from messenger.web.identity import check_member, find_member
from messenger.web.middleware import ANCESTORS
from messenger.web.multipart import MultipartForm
from messenger.web.staff import WRITTEN, shared, sign_in_page
from messenger.web.visit import (
    end_of_stretch,
    limits_out,
    organization_out,
    start_of_stretch,
    time_of,
)

TOUCHED_FOR = timedelta(minutes=15)
"""How long somebody who touched a page is before it: as in `static/js/protocol/chair.js`."""

_NUMBER = re.compile(r"(?:R-?)?([0-9]{1,9})", re.ASCII | re.IGNORECASE)


async def queue(request: Request) -> Response:
    """GET /console: the queue; with a `number` (`R-1001`, `1001`), the way to the room of that number."""
    desks = desks_of(request.scope)
    signed_in = await check_member(request, desks)
    responder = signed_in.check_approved()
    number, errors = request.query_params.get("number", ""), dict[str, str]()
    if number:
        try:
            room = await desks.queue.find(responder, _number_in(number))
        except NotFound:
            say = desks.pages.say
            errors = {
                "number": say("Your team has no room with that number. Check it and try again.")
            }
        else:
            return RedirectResponse(f"/console/rooms/{room}", 303)
    await _unlock(desks, responder)
    rows = await desks.queue.rows(responder)
    more = {"number": number, "errors": errors}
    return await _page(request, desks, signed_in, "console/console.html", rows, **more)


async def room(request: Request) -> Response:
    """GET /console/rooms/ID: the queue with one room open."""
    desks = desks_of(request.scope)
    signed_in = await check_member(request, desks)
    return await _room_page(request, desks, signed_in, {}, {})


async def newer(request: Request) -> Response:
    """GET /console/rooms/ID/newer: what came since the room's page, for its frame without scripts.

    The frame keeps whoever is writing there from counting as gone. It says of nothing that it was read:
    it reloads beside an empty chair, too. Where nobody opened it, or pressed anything in it, for a quarter
    of an hour, it is a console beside one (`AWAY` in `ports/live.py`).
    """
    request.scope[ANCESTORS] = "'self'"
    desks = desks_of(request.scope)
    signed_in = await find_member(request, desks)
    if signed_in is None:
        signed_out = {"signed_out": True, "paused": False}
        return desks.pages.render(request, "console/newer.html", signed_out, 401)
    responder = signed_in.check_approved()
    here, current = await desks.chat.enter(responder, RoomId(request.path_params["room"]))
    touched_at = time_of(request, "touched", desks.clock())
    away = desks.clock() - touched_at > TOUCHED_FOR
    desks.attendance.renew(responder, here.room, away=away)
    names = await desks.roster.names(responder.organization)
    after = start_of_stretch(request, current.head)
    context = {
        **shared(request, desks, signed_in),
        "signed_out": False,
        "at": f"/console/rooms/{here.room}/newer?after={after}",
        "touched": seconds(touched_at),
        "away": away,
        "files_at": f"/console/rooms/{here.room}/attachments",
        "covered": desks.viewing.covers(current),
        "stretch": await desks.history.stretch(here, current.head, after),
        "read_up_to": current.seen_by_reporter,
        "clock": partial(desks.pages.time_in_words, desks.clock(), names.organization.time_zone),
        "paused": "paused" in request.query_params,
    }
    return desks.pages.render(request, "console/newer.html", context)


async def act(request: Request) -> Response:
    """POST /console/rooms/ID: say, claim, hand over... What was typed survives a lost session."""
    desks = desks_of(request.scope)
    form, enclosed = await open_form(request, desks, "console")
    try:
        return await _act(request, desks, form, enclosed)
    finally:
        if enclosed is not None:
            await enclosed.pass_over()


async def _act(
    request: Request, desks: Desks, form: dict[str, str], enclosed: MultipartForm | None
) -> Response:
    form.setdefault("do", form.get("enclosing", ""))
    signed_in = await find_member(request, desks)
    if signed_in is None:
        return await _sign_in_again(request, desks, form | {"room": request.path_params["room"]})
    responder = signed_in.check_approved()
    here, _ = await desks.chat.enter(responder, RoomId(request.path_params["room"]))
    form["id"] = form.get("id") or token_urlsafe(16)
    says_nothing = form.get("do") == "say" and not form.get("body", "").strip()
    has_files = enclosed is not None and enclosed.has_files
    try:
        if not (says_nothing and has_files):
            await _do(desks, here, form)
    except Refusal as refusal:
        errors = {_field_of(form): refusal.words(desks.pages.say)}
        return await _room_page(request, desks, signed_in, form, errors, left_files=has_files)
    unsent = []
    if enclosed is not None and form.get("do") == "say":
        unsent = await take_files(desks, here, form, enclosed, form["id"])
    if unsent:
        errors = {"files": " ".join(f"{each.name}: {each.why}" for each in unsent)}
        return await _room_page(request, desks, signed_in, {}, errors)
    return RedirectResponse(f"/console/rooms/{here.room}", 303)


async def duty(request: Request) -> Response:
    """POST /console/duty: on or off."""
    desks = desks_of(request.scope)
    form = await read_form(request, desks, "console")
    responder = (await check_member(request, desks)).check_approved()
    await desks.duty.go(responder, on=form.get("do") == "on")
    desks.teller.tell_queue_again(responder.organization)
    return RedirectResponse("/console", 303)


async def quarantine(request: Request) -> Response:
    """GET /console/quarantine: what the law asks of who found a file that must not be there."""
    desks = desks_of(request.scope)
    signed_in = await check_member(request, desks)
    names = await desks.roster.names(signed_in.check_approved().organization)
    context = {**shared(request, desks, signed_in), "org": organization_out(names, desks)}
    return desks.pages.render(request, "console/quarantine.html", context)


def _number_in(typed: str) -> int:
    found = _NUMBER.fullmatch("".join(typed.split()))
    if found is None:
        raise NotFound
    return int(found[1])


async def _sign_in_again(request: Request, desks: Desks, form: dict[str, str]) -> Response:
    if request.headers.get("accept", "").startswith("application/json"):
        raise SignedOut
    errors = {"form": desks.pages.say(SignedOut.text)}
    return await sign_in_page(request, desks, form, errors)


async def _room_page(
    request: Request,
    desks: Desks,
    signed_in: SignedIn,
    form: dict[str, str],
    errors: dict[str, str],
    *,
    left_files: bool = False,
) -> Response:
    responder = signed_in.check_approved()
    await _unlock(desks, responder)
    here, current = await desks.chat.enter(responder, RoomId(request.path_params["room"]))
    desks.attendance.renew(responder, here.room)
    end = end_of_stretch(request, current.head)
    # A page that scripts take the room out of may show it later, or never: they tell by the socket.
    if end == current.head and "quiet" not in request.query_params:
        await _mark_seen(desks, here, current)
    rows = await desks.queue.rows(responder)
    names = await desks.roster.names(responder.organization)
    first = await desks.history.first(here)
    readers = await desks.rooms.readers(here.room)
    return await _page(
        request, desks, signed_in, "console/room.html", rows,
        room=_row_of(rows, here.room) or await desks.queue.row(responder, current),
        current_room=here.room,
        files_at=f"/console/rooms/{here.room}/attachments",
        kept_apart=await desks.viewing.kept_apart(here),
        covered=desks.viewing.covers(current),
        limits=limits_out(desks.uploads.limits),
        left_files=left_files,
        stretch=await desks.history.stretch(here, end),
        head=current.head,
        file=(await desks.history.file(here)).events,
        report=first.details,
        report_words=first.body,
        readers=[names.members[id] for id in readers if id in names.members],
        read_up_to=current.seen_by_reporter,
        canned=await desks.directory.canned(responder.organization),
        categories=[{"id": c.id, "label": desks.pages.say(c.label)} for c in CATEGORIES],
        body=form.get("body", ""),
        id=form.get("id") or token_urlsafe(16),
        form=form,
        errors=errors,
    )  # fmt: skip


async def _page(
    request: Request,
    desks: Desks,
    signed_in: SignedIn,
    template: str,
    rows: list[Row],
    **more: object,
) -> Response:
    names = await desks.roster.names(signed_in.member.organization)
    desks.attendance.renew(signed_in.responder, None)
    active = [m for m in names.members.values() if m.standing is Standing.ACTIVE]
    now = desks.clock()
    context = {
        **shared(request, desks, signed_in),
        "org": organization_out(names, desks),
        "duty": await desks.duty.sentences(signed_in.member.organization),
        "sections": sections(rows, signed_in.member.id),
        "colleagues": active,
        "on_duty": names.on_duty,
        "errors": {},
        "now": seconds(now),
        "clock": partial(desks.pages.time_in_words, now, names.organization.time_zone),
        **more,
    }
    status = 422 if context["errors"] else 200
    return await desks.pages.render_unhurried(request, template, context, status)


async def _mark_seen(desks: Desks, here: Unlocked, room: Room) -> None:
    if await desks.chat.seen_by(here, room) < room.head:
        await desks.chat.mark_seen(here, room.head)


async def _unlock(desks: Desks, responder: Responder) -> None:
    """Whoever comes first after a colleague left turns the team's key."""
    names = await desks.roster.names(responder.organization)
    await desks.keyring.rotate_if_due(responder, names.organization)


async def _do(desks: Desks, here: Unlocked, form: dict[str, str]) -> None:
    chat, id = desks.chat, form["id"]
    match form.get("do"):
        case "say":
            await chat.say(here, id, form.get("body", ""))
        case "claim":
            await chat.claim(here, id)
        case "hand_over":
            await chat.hand_over(here, id, form.get("to", ""), form.get("summary", ""))
        case "bring_in":
            await chat.bring_in(here, id, form.get("member", ""))
        case "close":
            await chat.close(here, id, form.get("note", ""))
        case "reopen":
            await chat.reopen(here, id)
        case "triage":
            await chat.triage(here, id, form.get("urgency", ""))
        case "quarantine":
            await desks.viewing.quarantine(
                here, id, form.get("attachment", ""), form.get("reason", "")
            )
        case _:
            raise NotFound


def _field_of(form: dict[str, str]) -> str:
    return {**WRITTEN, "bring_in": "member"}.get(form.get("do", ""), "form")


def _row_of(rows: list[Row], room_id: RoomId) -> Row | None:
    return next((row for row in rows if row.room == room_id), None)
