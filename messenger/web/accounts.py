"""Staff's way in: sign in, join by invitation, second factor, the team, one's own account."""

import segno
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from messenger.domain.errors import BadCredentials, NotFound, Refusal
from messenger.domain.ids import MemberId
from messenger.domain.people import Member, Standing
from messenger.services.signin import SignedIn
from messenger.web import identity
from messenger.web.desks import Desks, desks_of
from messenger.web.forms import read_form
from messenger.web.staff import shared, sign_in_page, unsent_page, words_in
from messenger.web.visit import organization_out

INVITED = ("login", "name", "email")
"""What is asked about somebody who is invited."""


async def sign_in_form(request: Request) -> Response:
    """GET /console/sign-in."""
    return await sign_in_page(request, desks_of(request.scope), {}, {})


async def sign_in(request: Request) -> Response:
    """POST /console/sign-in: as a page, or as JSON from the dialog over an expired console."""
    desks = desks_of(request.scope)
    form = await read_form(request, desks, "console")
    wants_json = request.headers.get("accept", "").startswith("application/json")
    try:
        signed_in = await desks.signin.sign_in(
            form.get("login", ""), form.get("password", ""), form.get("code", ""),
            identity.cookie(request, desks, identity.KNOWN), desks.admission.pause,
        )  # fmt: skip
    except Refusal as refusal:
        errors = {"form": refusal.words(desks.pages.say)}
        if wants_json:
            return JSONResponse({"errors": errors}, refusal.status)
        return await sign_in_page(request, desks, form, errors)
    await _end_another_s(request, desks, signed_in)
    answer: Response = JSONResponse({"ok": True})
    if not wants_json:
        answer = RedirectResponse(_after(signed_in), 303)
        if words_in(form) and signed_in.member.standing is Standing.ACTIVE:
            answer = unsent_page(request, desks, signed_in, form)
    return _hold(desks, signed_in, answer)


async def sign_out(request: Request) -> Response:
    """POST /console/sign-out."""
    desks = desks_of(request.scope)
    await read_form(request, desks, "console")
    signed_in = await identity.find_member(request, desks)
    if signed_in is not None:
        await _end(desks, signed_in)
    response = RedirectResponse("/console/sign-in", 303)
    identity.drop_cookie(response, desks, identity.RESPONDER)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


async def join_page(request: Request) -> Response:
    """GET /console/join: the invitation's code follows the # of the link, which is never sent."""
    desks = desks_of(request.scope)
    return desks.pages.render(request, "console/join.html", {"errors": {}, "code": ""})


async def join(request: Request) -> Response:
    """POST /console/join: a password, and a key pair of one's own."""
    desks = desks_of(request.scope)
    form = await read_form(request, desks, "console")
    errors = {}
    if form.get("password") != form.get("password2"):
        errors["password2"] = desks.pages.say("The two passwords differ. Type both again.")
    else:
        try:
            signed_in = await desks.signin.accept(form.get("code", ""), form.get("password", ""))
        except Refusal as refusal:
            name = "code" if refusal.code == "bad_invitation" else "password"
            errors[name] = refusal.words(desks.pages.say)
        else:
            await _end_another_s(request, desks, signed_in)
            return _hold(desks, signed_in, RedirectResponse(_after(signed_in), 303))
    context = {"errors": errors, "code": form.get("code", "")}
    return desks.pages.render(request, "console/join.html", context, 422)


async def second_factor_page(request: Request) -> Response:
    """GET /console/second-factor: a seed to scan. It is not kept until a code proves it works."""
    desks = desks_of(request.scope)
    signed_in = await identity.check_member(request, desks)
    if not signed_in.needs_second_factor:
        return RedirectResponse("/console", 303)
    return await _factor_page(request, desks, signed_in, desks.signin.new_seed(), {})


async def second_factor(request: Request) -> Response:
    """POST /console/second-factor: a code proves it; the recovery codes are shown once."""
    desks = desks_of(request.scope)
    form = await read_form(request, desks, "console")
    signed_in = await identity.check_member(request, desks)
    seed = desks.signin.keep_seed(form.get("seed", ""))
    try:
        recovery = await desks.signin.set_second_factor(signed_in, seed, form.get("code", ""))
    except NotFound:
        return RedirectResponse("/console", 303)
    except Refusal:
        text = desks.pages.say(
            "That code does not fit. Type the one shown now, and check your phone's clock."
        )
        errors = {"code": text}
        return await _factor_page(request, desks, signed_in, seed, errors)
    context = {
        **shared(request, desks, signed_in),
        "recovery_codes": recovery,
        "errors": {},
    }
    return desks.pages.render(request, "console/second_factor.html", context)


async def waiting(request: Request) -> Response:
    """GET /console/waiting: until a colleague approves."""
    desks = desks_of(request.scope)
    signed_in = await identity.check_member(request, desks)
    if signed_in.needs_second_factor:
        return RedirectResponse("/console/second-factor", 303)
    if signed_in.member.standing is Standing.ACTIVE:
        return RedirectResponse("/console", 303)
    context = {
        **shared(request, desks, signed_in),
        "fingerprint": desks.signin.fingerprint(signed_in.member),
    }
    return desks.pages.render(request, "console/waiting.html", context)


async def team(request: Request) -> Response:
    """GET /console/team: who is in it, and who waits to be approved."""
    desks = desks_of(request.scope)
    signed_in = await identity.check_member(request, desks)
    return await _team_page(request, desks, signed_in, {}, "", {})


async def change_team(request: Request) -> Response:
    """POST /console/team: approve, invite, invite again, disable."""
    desks = desks_of(request.scope)
    form = await read_form(request, desks, "console")
    signed_in = await identity.check_member(request, desks)
    try:
        invitation = await _change_team(desks, signed_in, form)
    except NotFound:
        # A colleague was faster, perhaps. Of somebody elsewhere it looks the same.
        changed = desks.pages.say(
            "This list had changed, so nothing was done. Here is how it is now."
        )
        errors = {"form": changed}
        return await _team_page(request, desks, signed_in, errors, "", {}, NotFound.status)
    except BadCredentials:
        beside = f"password-{form.get('member', '')}"
        errors = {beside: desks.pages.say("That is not your password. Type it again.")}
        return await _team_page(request, desks, signed_in, errors, "", {}, 422)
    except Refusal as refusal:
        # Somebody in the list has no field for words to stand beside.
        beside = "login" if form.get("do") == "invite" else "form"
        errors = {beside: refusal.words(desks.pages.say)}
        return await _team_page(request, desks, signed_in, errors, "", form, 422)
    link = f"{desks.place.origin}/console/join#{invitation}" if invitation else ""
    return await _team_page(request, desks, signed_in, {}, link, {})


async def account(request: Request) -> Response:
    """GET /console/account."""
    desks = desks_of(request.scope)
    signed_in = await identity.check_member(request, desks)
    return await _account_page(request, desks, signed_in, {})


async def change_account(request: Request) -> Response:
    """POST /console/account: another password, or the name reporters see."""
    desks = desks_of(request.scope)
    form = await read_form(request, desks, "console")
    signed_in = await identity.check_member(request, desks)
    responder = signed_in.check_approved()
    if form.get("do") == "password":
        return await _change_password(request, desks, signed_in, form)
    name = form.get("shown_name", "")
    try:
        changed = await desks.signin.show_as(signed_in, name)
    except Refusal as refusal:
        errors = {"shown_name": refusal.words(desks.pages.say)}
        return await _account_page(request, desks, signed_in, errors, shown_name=name)
    desks.teller.tell_queue_again(responder.organization)
    return await _account_page(request, desks, changed, {}, is_saved=True)


async def _change_team(desks: Desks, signed_in: SignedIn, form: dict[str, str]) -> str:
    """Do what the form asks; return the code of a new invitation, if there is one."""
    responder = signed_in.check_approved()
    member, organization, code = MemberId(form.get("member", "")), responder.organization, ""
    match form.get("do"):
        case "invite":
            login, name, email = (form.get(field, "") for field in INVITED)
            return await desks.signin.invite(organization, login, name, email)
        case "approve":
            # Who finds a console open could else let themselves in, for good.
            await desks.signin.confirm(signed_in, form.get("password", ""), desks.admission.pause)
            await desks.signin.approve(responder, member, form.get("fingerprint", ""))
        case "disable" if member != responder.member:
            await desks.signin.disable(organization, member)
        case "reset" if member != responder.member:
            code = await desks.signin.invite_again(organization, member)
        case _:
            raise NotFound
    await desks.revocation.recheck()
    desks.teller.tell_queue_again(organization)  # Who is on duty may have changed.
    return code


async def _change_password(
    request: Request, desks: Desks, signed_in: SignedIn, form: dict[str, str]
) -> Response:
    errors = {}
    if form.get("password") != form.get("password2"):
        errors["password2"] = desks.pages.say("The two passwords differ. Type both again.")
    else:
        try:
            await desks.signin.change_password(
                signed_in, form.get("old", ""), form.get("password", ""), desks.admission.pause
            )
            await desks.revocation.end_what_is_over()
        except BadCredentials:
            errors["old"] = desks.pages.say("That is not your password. Type it again.")
        except Refusal as refusal:
            name = "password" if refusal.code == "weak_password" else "old"
            errors[name] = refusal.words(desks.pages.say)
    return await _account_page(request, desks, signed_in, errors, is_saved=not errors)


async def _factor_page(
    request: Request, desks: Desks, signed_in: SignedIn, seed: str, errors: dict[str, str]
) -> Response:
    uri = await desks.signin.seed_uri(signed_in, seed)
    # Without a size of its own it is as large as its place, whole: how many dots there are hangs on the names in it.
    square = segno.make(uri, error="m").svg_inline(border=2, omitsize=True)
    context = {
        **shared(request, desks, signed_in),
        "totp_svg": Markup(square),  # noqa: S704 (made here, of a QR code)
        "totp_uri": uri,
        "totp_text": " ".join(seed[i : i + 4] for i in range(0, len(seed), 4)),
        "seed": seed,
        "recovery_codes": [],
        "errors": errors,
    }
    status = 422 if errors else 200
    return desks.pages.render(request, "console/second_factor.html", context, status)


async def _team_page(
    request: Request,
    desks: Desks,
    signed_in: SignedIn,
    errors: dict[str, str],
    invitation: str,
    typed: dict[str, str],
    status: int = 200,
) -> Response:
    signed_in.check_approved()
    names = await desks.roster.names(signed_in.member.organization)
    context = {
        **shared(request, desks, signed_in),
        "org": organization_out(names, desks),
        "members": [_member_out(desks, member) for member in names.members.values()],
        "invitation": invitation,
        **{field: typed.get(field, "") for field in INVITED},
        "errors": errors,
    }
    return desks.pages.render(request, "console/team.html", context, status)


async def _account_page(
    request: Request,
    desks: Desks,
    signed_in: SignedIn,
    errors: dict[str, str],
    *,
    shown_name: str | None = None,
    is_saved: bool = False,
) -> Response:
    signed_in.check_approved()
    names = await desks.roster.names(signed_in.member.organization)
    context = {
        **shared(request, desks, signed_in),
        "org": organization_out(names, desks),
        "shown_name": signed_in.member.shown_name if shown_name is None else shown_name,
        "saved": is_saved,
        "errors": errors,
    }
    status = 422 if errors else 200
    return desks.pages.render(request, "console/account.html", context, status)


def _member_out(desks: Desks, member: Member) -> dict[str, object]:
    pending = member.standing is Standing.PENDING
    return {
        "id": member.id,
        "name": member.name,
        "login": member.login,
        "status": member.standing,
        "on_duty": member.on_duty,
        "fingerprint": desks.signin.fingerprint(member) if pending else "",
    }


def _after(signed_in: SignedIn) -> str:
    if signed_in.needs_second_factor:
        return "/console/second-factor"
    return "/console" if signed_in.member.standing is Standing.ACTIVE else "/console/waiting"


async def _end_another_s(request: Request, desks: Desks, signed_in: SignedIn) -> None:
    """A browser is one member's: what is pressed in a page that a colleague left open would be done by who came."""
    before = await identity.find_member(request, desks)
    if before is not None and before.member.id != signed_in.member.id:
        await _end(desks, before)


async def _end(desks: Desks, signed_in: SignedIn) -> None:
    await desks.signin.sign_out(signed_in)
    desks.revocation.end(signed_in.token.session)


def _hold(desks: Desks, signed_in: SignedIn, response: Response) -> Response:
    identity.set_cookie(response, desks, identity.RESPONDER, signed_in.token.text)
    identity.set_cookie(response, desks, identity.KNOWN, desks.signin.known(signed_in.member))
    return response
