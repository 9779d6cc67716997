"""The way in for other clients: JSON over HTTP for what comes before the socket.

No cookies here: the token is in the answer, and then in the `hello` of the socket. A browser's page
can't use it across origins, as no answer allows that.
"""

from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from messenger.domain.errors import BadFrame, NoSuchCode, NotFound
from messenger.domain.report import BadReport, Danger, Relation, Report, parse_report, parse_talk
from messenger.domain.work import RETURNS, Puzzle, reports_of
from messenger.protocol.frames import DutyNow
from messenger.services.reporting import PURPOSE, WayIn
from messenger.web.desks import desks_of
from messenger.web.identity import reporter_by
from messenger.web.programs import Body, json_of, parse_body
from messenger.web.visit import organization_out

BodyT = TypeVar("BodyT")


class OrganizationOut(Body):
    """Whom an access code leads to."""

    name: str
    school: str
    emergency: list[dict[str, str]]
    duty: DutyNow
    puzzle: Puzzle | None
    """None in calm. Solved while the person types, it spares them a refusal."""


class TokenOut(Body):
    """A token not bound to anything yet. Nothing about it is stored."""

    token: str


class ReportIn(Body, forbid_unknown_fields=True):
    """A report. `id` is the client's own: the same token and id again is the same report."""

    token: str
    code: str
    id: str
    what: str
    category: str = "talk"
    danger: Danger = Danger.NO
    where: str = ""
    when: str = ""
    who: str = ""
    relation: Relation = Relation.RATHER_NOT_SAY
    name: str = ""
    contact: str = ""
    work: str = ""


class ReportOut(Body):
    """The room is open. `receipt` is shown to the reporter and kept by nobody else."""

    token: str
    receipt: list[str]


class ReturnIn(Body, forbid_unknown_fields=True):
    """Six words, typed as people type. `id` is the client's own: the same again is told the same."""

    receipt: str
    id: str = ""
    work: str = ""


class ReturnOut(Body):
    """A new token for the room. `last_used`: unix seconds, 0 if never."""

    token: str
    last_used: int


class TokenIn(Body, forbid_unknown_fields=True):
    """A reporter's token."""

    token: str


async def organization(request: Request) -> Response:
    """GET /api/organizations/CODE."""
    desks = desks_of(request.scope)
    found = await desks.directory.find_code(request.path_params["code"])
    if found is None:
        raise NoSuchCode
    id, school = found
    names = await desks.roster.names(id)
    out = organization_out(names, desks)
    emergency = msgspec.convert(out["emergency"], list[dict[str, str]])
    duty = await desks.duty.sentences(id)
    return json_of(
        OrganizationOut(
            names.organization.name,
            names.schools.get(school, "") if school else "",
            emergency,
            duty,
            desks.toll.ask(reports_of(id)),
        )
    )


async def token(request: Request) -> Response:
    """POST /api/tokens."""
    return json_of(TokenOut(desks_of(request.scope).reporting.new_token().text), 201)


async def report(request: Request) -> Response:
    """POST /api/reports."""
    desks = desks_of(request.scope)
    body = await _read(request, ReportIn)
    found = await desks.directory.find_code(body.code)
    if found is None:
        raise NoSuchCode
    holder = desks.tokens.read(PURPOSE, body.token)
    if holder is None:
        raise NotFound
    parsed = _parse(body)
    worked = await desks.toll.demand(reports_of(found[0]), body.work)
    way_in = await desks.reporting.submit(holder, *found, body.id, parsed)
    words = await desks.reporting.ready_receipt(way_in, worked=worked)
    return json_of(ReportOut(way_in.token.text, list(words)), 201)


async def keep(request: Request) -> Response:
    """POST /api/receipts/kept: the reporter has the words; forget them."""
    way_in = await _way_in(request)
    words = await desks_of(request.scope).reporting.ready_receipt(way_in)
    if words:
        await desks_of(request.scope).reporting.keep(way_in, 1, words[0])
    return Response(status_code=204)


async def come_back(request: Request) -> Response:
    """POST /api/return."""
    desks = desks_of(request.scope)
    body = await _read(request, ReturnIn)
    worked = await desks.toll.demand(RETURNS, body.work)
    way_in = await desks.reporting.come_back(body.receipt, body.id, worked=worked)
    return json_of(ReturnOut(way_in.token.text, way_in.last_used), 201)


async def leave(request: Request) -> Response:
    """POST /api/leave: end the token."""
    desks = desks_of(request.scope)
    body = await _read(request, TokenIn)
    holder = desks.tokens.read(PURPOSE, body.token)
    if holder is not None:
        await desks.reporting.leave(holder)
        desks.revocation.end(holder.session)
    return Response(status_code=204)


def _parse(body: ReportIn) -> Report:
    raw = {name: str(value) for name, value in msgspec.to_builtins(body).items()}
    try:
        return parse_talk(raw) if body.category == "talk" else parse_report(raw)
    except BadReport as refusal:
        refusal.text = " ".join(f"{name}: {text}" for name, text in refusal.fields.items())
        raise


async def _way_in(request: Request) -> WayIn:
    desks = desks_of(request.scope)
    body = await _read(request, TokenIn)
    way_in = await reporter_by(desks, body.token)
    if way_in is None:
        raise NotFound
    return way_in


async def _read(request: Request, kind: type[BodyT]) -> BodyT:
    # Only JSON: a foreign page can't send that type without asking first, and we never allow it.
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise BadFrame
    return parse_body(await request.body(), kind)
