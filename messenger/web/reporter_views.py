"""What a reporter sees: one function a view. None of them changes anything but cookies."""

from secrets import randbelow, token_urlsafe

from starlette.responses import Response

from messenger.domain.events import Content, Event, Kind, Role, Stream
from messenger.domain.marking import marked as _
from messenger.domain.receipt import WORDS
from messenger.domain.report import CATEGORIES, TALK, Danger, category_of
from messenger.domain.room import Room
from messenger.domain.work import RETURNS, reports_of
from messenger.services.sealing import Unlocked
from messenger.web import identity
from messenger.web.holdings import NEVER, holdings
from messenger.web.identity import cookie
from messenger.web.visit import Visit, end_of_stretch

UNKNOWN_CODE = _("We don't know this code. Check it, or look by name.")


async def here(visit: Visit) -> Response:
    """Show where the browser stands: in a room, at a school's start, or nowhere yet."""
    if visit.way_in is not None:
        return await (receipt if await _is_fresh_report(visit) else room)(visit)
    return await start(visit)


async def find(visit: Visit) -> Response:
    """Type an access code, or find the school by name."""
    unknown = cookie(visit.request, visit.desks, identity.SCHOOL) == identity.UNKNOWN
    say = visit.desks.pages.say
    errors = {"code": say(UNKNOWN_CODE)} if unknown else {}
    return visit.page("report/find.html", found=[], errors=errors)


async def start(visit: Visit) -> Response:
    """What this is, who is there now, and the two ways in."""
    if visit.names is None:
        return await find(visit)
    duty = await visit.desks.duty.sentences(visit.names.organization.id)
    return visit.page("report/start.html", duty=duty)


async def report(visit: Visit) -> Response:
    """The form."""
    if visit.names is None:
        return await find(visit)
    crisis = visit.form.get("danger") == "yes"
    puzzle = visit.desks.toll.ask(reports_of(visit.names.organization.id))
    return _page_with_token(
        visit, "report/form.html", categories=categories(visit), crisis=crisis, puzzle=puzzle
    )


async def talk(visit: Visit) -> Response:
    """The first message of a conversation."""
    if visit.names is None:
        return await find(visit)
    duty = await visit.desks.duty.sentences(visit.names.organization.id)
    puzzle = visit.desks.toll.ask(reports_of(visit.names.organization.id))
    return _page_with_token(visit, "report/talk.html", duty=duty, puzzle=puzzle)


async def come_back(visit: Visit) -> Response:
    """Type six words. Works without knowing the school."""
    puzzle = visit.desks.toll.ask(RETURNS)
    words = visit.form.get("words", "")
    why = {"over": visit.is_over, "elsewhere": visit.is_elsewhere}
    return visit.page("report/return.html", words=words, puzzle=puzzle, **why)


async def privacy(visit: Visit) -> Response:
    """How private is this."""
    return visit.page("report/privacy.html")


async def receipt(visit: Visit) -> Response:
    """The six words, and the step that makes the reporter keep them."""
    way_in = visit.check_way_in()
    words = await visit.desks.reporting.ready_receipt(way_in)
    if not words:
        return await room(visit)
    unlocked, current = visit.enter()
    ask = asked_word(visit.form) or 1 + randbelow(WORDS)
    told = await visit.desks.history.first(unlocked)
    return visit.page("report/receipt.html", room=_room_out(current, told), words=words, ask=ask)


async def room(visit: Visit) -> Response:
    """The conversation."""
    if visit.is_over:
        return await come_back(visit)
    unlocked, current = visit.enter()
    desks, names = visit.desks, visit.check_names()
    await visit.stay()
    duty = await desks.duty.sentences(unlocked.organization)
    return visit.page(
        "room/room.html",
        **await _conversation(visit, unlocked, current, current.head),
        duty=duty,
        here=desks.teller.here(current, names, Role.REPORTER),
        last_used=_last_used(visit),
        came_back=bool(visit.way_in and visit.way_in.last_used),
        introducing=visit.form.get("go") == "introduce" or "name" in visit.errors,
        body=visit.form.get("body", ""),
        id=visit.form.get("id") or token_urlsafe(16),
    )


async def history(visit: Visit) -> Response:
    """The conversation alone: its end, or what was before some number."""
    unlocked, current = visit.enter()
    end = end_of_stretch(visit.request, current.head)
    visit.desks.attendance.renew(unlocked.actor, unlocked.room)
    # Without scripts, whoever waits asks for nothing else.
    await visit.stay()
    if end == current.head > current.seen_by_reporter:
        await visit.desks.chat.mark_seen(unlocked, end)
    return visit.page(
        "room/history.html",
        **await _conversation(visit, unlocked, current, end),
        duty=await visit.desks.duty.sentences(unlocked.organization),
        is_newest=end == current.head,
        paused="paused" in visit.request.query_params,
    )


async def held(visit: Visit) -> Response:
    """Exactly what the server holds about this conversation, and a way to delete it."""
    _, current = visit.enter()
    may_delete = await visit.desks.reporting.deletion(visit.check_way_in().reporter)
    say = visit.desks.pages.say
    held = holdings(current, visit.check_names())
    return visit.page(
        "room/held.html",
        room_id=current.id,
        holdings=[
            {
                "what": say(one.what),
                "value": say(one.value),
                "is_sealed": one.is_sealed,
                "why": say(one.why),
            }
            for one in held
        ],
        never=[say(text) for text in NEVER],
        may_delete={
            "allowed": may_delete.allowed,
            "reason": say(may_delete.reason),
            "after": visit.desks.pages.day(may_delete.on),
        },
    )


async def gone(visit: Visit, reason: str) -> Response:
    """After locking or deleting: what happens next."""
    return visit.page("report/gone.html", reason=reason)


def categories(visit: Visit) -> list[dict[str, object]]:
    """Return the categories in the reader's language."""
    say = visit.desks.pages.say
    return [
        {"id": c.id, "label": say(c.label), "example": say(c.example), "starred": c.starred}
        for c in CATEGORIES
    ]


def asked_word(form: dict[str, str]) -> int:
    """Return which of the six words the form asks for, from 1; 0 if none."""
    raw = form.get("ask", "")
    return int(raw) if raw in map(str, range(1, WORDS + 1)) else 0


async def _is_fresh_report(visit: Visit) -> bool:
    """A report just sent shows its receipt first; a talk just begun goes on talking."""
    if visit.way_in is None or not visit.way_in.pending:
        return False
    _, current = visit.enter()
    if current.category == TALK.id:
        return False
    # Its files may have come before the words were asked for. One more than may come is something else.
    most = visit.desks.uploads.limits.files + 1
    since = await visit.desks.rooms.events(current.id, Stream.ROOM, 1, most)
    return all(_is_own_file(event) for event in since)


def _is_own_file(event: Event) -> bool:
    return event.kind is Kind.ATTACHMENT_ADDED and event.author.role is Role.REPORTER


def _page_with_token(visit: Visit, template: str, **context: object) -> Response:
    """Whoever is about to write holds a token: sending twice with it makes one report."""
    if identity.reporter_token(visit.request, visit.desks) is not None:
        return visit.page(template, **context)
    visit.new_token = visit.desks.reporting.new_token().text
    page = visit.page(template, **context)
    identity.set_cookie(page, visit.desks, identity.REPORTER, visit.new_token)
    return page


async def _conversation(
    visit: Visit, unlocked: Unlocked, room: Room, end: int
) -> dict[str, object]:
    """Return what shows a conversation, up to the number `end`."""
    history = visit.desks.history
    return {
        "room": _room_out(room, await history.first(unlocked)),
        "stretch": await history.stretch(unlocked, end),
        "read_up_to": room.seen_by_team,
        "categories": categories(visit),
    }


def _room_out(room: Room, report: Content) -> dict[str, object]:
    """Return a room the way the reporter's templates know it.

    Urgent is what their own answers said. What the team makes of it is the team's.
    """
    told = report.details
    return {
        "id": room.id,
        "number": room.number,
        "status": room.status,
        "urgent": told.get("danger") == Danger.YES or category_of(told.get("category", "")).starred,
    }


def _last_used(visit: Visit) -> str:
    way_in = visit.way_in
    if way_in is None or not way_in.last_used:
        return ""
    pages, now = visit.desks.pages, visit.desks.clock()
    return pages.moment(now, visit.check_names().organization.time_zone, way_in.last_used)
