"""What a reporter does: each act leads back to `/`, or shows its view again with the errors."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from secrets import token_urlsafe

from starlette.responses import Response

from messenger.domain.errors import NotFound, Refusal, TooBusy
from messenger.domain.ids import SchoolId
from messenger.domain.marking import marked as _
from messenger.domain.people import School
from messenger.domain.report import (
    BadReport,
    Danger,
    Report,
    ReportContainsReceipt,
    parse_report,
    parse_talk,
)
from messenger.domain.text import check_line
from messenger.domain.work import RETURNS, reports_of
from messenger.services.reporting import SentOtherwise, WayIn
from messenger.services.sealing import Unlocked
from messenger.web import identity, reporter_views
from messenger.web.enclosures import take_files
from messenger.web.visit import Visit

_TOLD = {
    "danger": _("Danger right now"), "where": _("Where"), "when": _("When"),
    "who": _("Who is involved"), "name": _("Your name"), "contact": _("How to reach you"),
}  # fmt: skip
"""Answers of a report that can be said in a message."""

_UNSENT = {"say": "body", "introduce": "name"}
"""What may meet a session that is over, and the field where it is looked at again."""


async def find(visit: Visit) -> Response:
    """Look up an access code, or schools by name."""
    code, name = visit.form.get("code", "").strip(), visit.form.get("school", "").strip()
    place = await visit.desks.directory.find_code(code) if code else None
    if place is not None:
        return _at_school(visit, identity.school_value(*place))
    schools = await _search_schools(visit, name) if name else []
    say = visit.desks.pages.say
    if code:
        visit.errors["code"] = say(reporter_views.UNKNOWN_CODE)
    elif not schools:
        visit.errors["school"] = say("No school found. Try one word of its name.")
    found = [
        {"id": school.id, "name": school.name, "organization": organization}
        for school, organization in schools
    ]
    return visit.page("report/find.html", found=found)


async def pick(visit: Visit) -> Response:
    """Choose one of the schools found."""
    school = await visit.desks.directory.find_school(SchoolId(visit.form["pick"]))
    if school is None:
        raise NotFound
    return _at_school(visit, identity.school_value(school.organization, school.id))


async def change_school(visit: Visit) -> Response:
    """Forget which school this browser came for."""
    response = visit.home()
    identity.drop_cookie(response, visit.desks, identity.SCHOOL)
    return response


async def send_report(visit: Visit) -> Response:
    """Submit the form. Sent twice it is one report."""
    return await _submit(visit, parse_report, reporter_views.report)


async def send_talk(visit: Visit) -> Response:
    """Open a room with its first message."""
    return await _submit(visit, parse_talk, reporter_views.talk)


async def come_back(visit: Visit) -> Response:
    """Open the room again with six words."""
    worked = await visit.desks.toll.take(RETURNS, visit.form.get("work", ""))
    try:
        way_in = await visit.desks.reporting.come_back(
            visit.form.get("words", ""), visit.form["draft_id"], worked=worked
        )
    except Refusal as refusal:
        visit.refuse("words", refusal)
        return await reporter_views.come_back(visit)
    visit.way_in, visit.new_token = way_in, way_in.token.text
    visit.names = await visit.desks.roster.names(way_in.reporter.organization)
    _give_back(visit)
    return _hold(visit, way_in, await reporter_views.room(visit))


async def keep(visit: Visit) -> Response:
    """Type back one word: the reporter has the receipt."""
    if visit.is_over:
        return await reporter_views.come_back(visit)
    way_in = visit.check_way_in()
    place = reporter_views.asked_word(visit.form)
    if not place:
        raise NotFound
    try:
        await visit.desks.reporting.keep(way_in, place, visit.form.get("word", ""))
    except Refusal as refusal:
        visit.refuse("word", refusal)
        return await reporter_views.receipt(visit)
    return visit.home()


async def say(visit: Visit) -> Response:
    """Send a message. The hidden id makes a second press the same message."""
    if visit.is_over or visit.is_elsewhere:
        return await _open_first(visit, "say")
    unlocked, _ = visit.enter()
    id, body = visit.form.get("id") or token_urlsafe(16), visit.form.get("body", "")
    try:
        if body.strip() or not visit.has_files:
            await visit.desks.chat.say(unlocked, id, body)
    except Refusal as refusal:
        visit.refuse("body", refusal)
        return await reporter_views.room(visit)
    return await _enclose(visit, unlocked, id) or visit.home()


async def introduce(visit: Visit) -> Response:
    """Give a name or a way to be reached."""
    if visit.is_over or visit.is_elsewhere:
        return await _open_first(visit, "introduce")
    unlocked, _ = visit.enter()
    id = visit.form.get("id") or token_urlsafe(16)
    name, contact = visit.form.get("name", ""), visit.form.get("contact", "")
    if not f"{name}{contact}".strip():
        visit.errors["name"] = visit.desks.pages.say("Write your name, or how to reach you.")
        return await reporter_views.room(visit)
    try:
        await visit.desks.chat.introduce(unlocked, id, name, contact)
    except Refusal as refusal:
        visit.refuse("name", refusal)
        return await reporter_views.room(visit)
    return visit.home()


async def delete(visit: Visit) -> Response:
    """Delete the conversation: access ends now, the content goes after the delay."""
    if visit.is_elsewhere:
        return await reporter_views.come_back(visit)
    way_in = visit.check_way_in()
    if visit.form.get("sure") != "yes":
        visit.errors["sure"] = visit.desks.pages.say("Tick the box if you are sure.")
        return await reporter_views.held(visit)
    try:
        await visit.desks.reporting.delete(way_in.reporter)
        await visit.desks.revocation.end_what_is_over()
    except Refusal as refusal:
        visit.refuse("sure", refusal)
        return await reporter_views.held(visit)
    visit.way_in = None
    response = await reporter_views.gone(visit, "deleted")
    identity.drop_cookie(response, visit.desks, identity.REPORTER)
    return response


async def unknown(visit: Visit) -> Response:
    """There is no such act or view: the page is of another version. What was typed in it is given back."""
    answer = await _given_back(visit)
    answer.status_code = NotFound.status
    return answer


async def _given_back(visit: Visit) -> Response:
    sorry = visit.desks.pages.say("That could not be done just now. Try it again.")
    if visit.form.get("body", "").strip():
        if visit.way_in is None or visit.is_elsewhere:
            return await _open_first(visit, "say")
        visit.errors["body"] = sorry
        return await reporter_views.room(visit)
    if visit.form.get("what", "").strip():
        visit.errors["form"] = sorry
        return await reporter_views.report(visit)
    raise NotFound


async def _open_first(visit: Visit, act: str) -> Response:
    """Ask for the six words, carrying along what was typed."""
    visit.form["unsent"] = act
    return await reporter_views.come_back(visit)


def _give_back(visit: Visit) -> None:
    """Have the room show what was typed before it was open, for it or as a new report: all unsent."""
    typed, field = visit.form, _UNSENT.get(visit.form.get("unsent", ""))
    if field is None:
        visit.form = {"body": _as_message(visit, _anonymous_unless_named(typed))}
        return
    visit.form = {name: typed.get(name, "") for name in ("body", "name", "contact")}
    visit.errors[field] = visit.desks.pages.say("This is not sent yet. Look at it, then send it.")


async def _search_schools(visit: Visit, name: str) -> list[tuple[School, str]]:
    try:
        return await visit.desks.directory.search_schools(check_line(name))
    except Refusal:
        return []  # No school is called that.


async def _submit(
    visit: Visit,
    parse: Callable[[dict[str, str]], Report],
    again: Callable[[Visit], Awaitable[Response]],
) -> Response:
    names = visit.check_names()
    token = identity.reporter_token(visit.request, visit.desks)
    token = token or visit.desks.reporting.new_token()
    try:
        report = parse(_anonymous_unless_named(visit.form))
    except BadReport as refusal:
        visit.errors = {k: visit.desks.pages.say(v) for k, v in refusal.fields.items()}
        return await again(visit)
    try:
        way_in = await visit.desks.reporting.submit(
            token, names.organization.id, visit.school, visit.form["draft_id"], report
        )
        await _take_toll(visit, way_in)
    except SentOtherwise as sent:
        return _hold(visit, sent.way_in, await _offer_as_message(visit, sent.way_in, report))
    except ReportContainsReceipt as refusal:
        visit.has_receipt = True
        for name in refusal.fields:
            visit.refuse(name, refusal)
    except Refusal as refusal:
        visit.refuse("form", refusal)
    else:
        return _hold(visit, way_in, await _enclose_in_report(visit, way_in) or visit.home())
    return await again(visit)


async def _offer_as_message(visit: Visit, way_in: WayIn, report: Report) -> Response:
    """The report had got in, and no answer had come; since then something was written anew."""
    visit.way_in, visit.new_token = way_in, way_in.token.text
    visit.form = {"body": _as_message(visit, {"what": report.what} | report.details())}
    visit.errors["body"] = visit.desks.pages.say(
        "Your report is in, as you sent it at first. Here is what you wrote now. Send it as a message."
    )
    return await reporter_views.room(visit)


def _as_message(visit: Visit, answers: dict[str, str]) -> str:
    """Return what was written for a report as something to say in a room."""
    say = visit.desks.pages.say
    danger = say("Yes, right now") if answers.get("danger") == Danger.YES else ""
    told = answers | {"danger": danger}
    lines = [f"{say(label)}: {told[name]}" for name, label in _TOLD.items() if told.get(name)]
    return "\n".join([answers.get("what", ""), *lines]).strip()


async def _enclose_in_report(visit: Visit, way_in: WayIn) -> Response | None:
    visit.way_in, visit.new_token = way_in, way_in.token.text
    unlocked, _ = visit.enter()
    return await _enclose(visit, unlocked, visit.form["draft_id"])


async def _enclose(visit: Visit, here: Unlocked, id: str) -> Response | None:
    """Take the files of the form; a page about those that did not get in, if there are any."""
    if not visit.has_files or visit.enclosed is None:
        return None
    unsent = await take_files(visit.desks, here, visit.form, visit.enclosed, id)
    if not unsent:
        return None
    has_words = any(visit.form.get(name, "").strip() for name in ("body", "what"))
    return visit.page("room/unsent.html", unsent=unsent, has_words=has_words)


async def _take_toll(visit: Visit, way_in: WayIn) -> None:
    """Whoever worked gets the receipt made in a line of its own. The report is in already."""
    desks = visit.desks
    entrance = reports_of(way_in.reporter.organization)
    if await desks.toll.take(entrance, visit.form.get("work", "")):
        with suppress(TooBusy):  # The page with the words tries again.
            await desks.reporting.ready_receipt(way_in, worked=True)


def _anonymous_unless_named(form: dict[str, str]) -> dict[str, str]:
    """A name typed and then taken back by choosing to stay anonymous is not sent."""
    if form.get("identity") == "named" or "identity" not in form:
        return form
    return form | {"name": "", "contact": ""}


def _hold(visit: Visit, way_in: WayIn, response: Response) -> Response:
    identity.set_cookie(response, visit.desks, identity.REPORTER, way_in.token.text)
    return response


def _at_school(visit: Visit, value: str) -> Response:
    response = visit.home()
    identity.set_cookie(response, visit.desks, identity.SCHOOL, value)
    return response
